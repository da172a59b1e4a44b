import Octets
import Testing

@testable import DLMS

@Suite struct AXDRLengthTests {
    @Test(arguments: [
        (0, "00"), (127, "7f"), (128, "8180"), (255, "81ff"), (256, "820100"), (65_535, "82ffff"),
        (65_536, "8400010000"),
    ])
    func `lengths are written in their shortest form and read back`(length: Int, hex: String) throws {
        var writer = OctetWriter()
        writer.length(length)
        #expect(writer.octets.hex == hex)
        var reader = OctetReader(writer.octets)
        #expect(try reader.length(limit: 1 << 20) == length)
        #expect(reader.isAtEnd)
    }

    @Test(arguments: [("8105", 5), ("820005", 5), ("83000005", 5), ("8400000005", 5)])
    func `longer forms than needed are read: meters use them`(hex: String, length: Int) throws {
        var reader = OctetReader(try #require([UInt8](hex: hex)))
        #expect(try reader.length(limit: 10) == length)
    }

    @Test(arguments: [
        ("80", DecodingError.Code.invalid), ("850000000001", .invalid), ("ff", .invalid),
        ("820100", .tooLong),
        ("84ffffffff", .tooLong), ("81", .truncated), ("", .truncated),
    ])
    func `lengths that cannot be are refused`(hex: String, code: DecodingError.Code) throws {
        var reader = OctetReader(try #require([UInt8](hex: hex)))
        #expect(throws: DecodingError(code, at: 0, "")) { try reader.length(limit: 100) }
    }

    @Test func `a string takes as many octets as it says`() throws {
        var reader = OctetReader([3, 1, 2, 3, 4])
        #expect(try Array(reader.lengthPrefixed()) == [1, 2, 3])
        #expect(reader.remaining == 1)
        #expect(throws: DecodingError(.truncated, at: 0, "")) { try reader.lengthPrefixed() }
    }

    @Test func `bits count from the most significant`() {
        let bits = BitString(octets: [0x80, 0x01])
        #expect(bits[0] && bits[15] && !bits[1])
        #expect(!bits[16] && !bits[-1])
    }
}
