import Octets
import Testing

@Suite struct OctetReaderTests {
    @Test func integersComeInBothByteOrders() throws {
        var reader = OctetReader([0x12, 0x34, 0x12, 0x34, 0xFF, 0xFF, 0xFF, 0xFE])
        #expect(try reader.big(UInt16.self) == 0x1234)
        #expect(try reader.little(UInt16.self) == 0x3412)
        #expect(try reader.big(Int32.self) == -2)
        #expect(reader.isAtEnd)
    }

    @Test func runningOutIsAnErrorThatNamesTheOffset() {
        var reader = OctetReader([1, 2, 3][1...])
        #expect(throws: DecodingError(.truncated, at: 1, "")) { try reader.big(UInt32.self, "length") }
        do {
            _ = try reader.take(3, "body")
            Issue.record("three octets came out of two")
        } catch {
            #expect(error.offset == 1)
            #expect(error.text == "body")
        }
        #expect(reader.remaining == 2)
    }

    @Test func aNegativeCountIsRefusedNotTrapped() {
        var reader = OctetReader([1, 2, 3])
        #expect(throws: DecodingError.self) { try reader.take(-1) }
    }

    @Test func leftoversAreAnError() throws {
        var reader = OctetReader([1, 2])
        _ = try reader.octet()
        #expect(throws: DecodingError(.trailing, at: 0, "")) { try reader.finish() }
        _ = try reader.octet()
        try reader.finish()
    }

    @Test func whatTheWriterWritesTheReaderReads() throws {
        var writer = OctetWriter()
        writer.octet(7)
        writer.big(UInt32(0xDEAD_BEEF))
        writer.little(Int16(-2))
        writer.append([1, 2, 3])
        var reader = OctetReader(writer.octets)
        #expect(try reader.octet() == 7)
        #expect(try reader.big(UInt32.self) == 0xDEAD_BEEF)
        #expect(try reader.little(Int16.self) == -2)
        #expect(try Array(reader.take(3)) == [1, 2, 3])
    }

    @Test(arguments: 0...140)
    func whateverIsWrittenBehindAnyNumberOfOctetsIsWhole(before: Int) throws {
        let stretches = [[], [7], [UInt8](0..<63), [UInt8](0..<64), [UInt8](0..<65), [UInt8](0..<200)]
        for stretch in stretches {
            var writer = OctetWriter(capacity: before)
            for index in 0..<before { writer.octet(UInt8(index)) }
            writer.big(UInt64(0x0102_0304_0506_0708))
            writer.append(stretch)
            writer.append(stretch[...].lazy.map { $0 ^ 0xFF })
            writer.big(0xA1_B2C3, octets: 3)
            let written = (0..<before).map { UInt8($0) } + [1, 2, 3, 4, 5, 6, 7, 8] + stretch
            #expect(writer.octets == written + stretch.map { $0 ^ 0xFF } + [0xA1, 0xB2, 0xC3])
            #expect(writer.count == writer.octets.count)
            var reader = OctetReader(writer.octets[before...])
            #expect(try reader.word(octets: 3) == 0x01_0203)
            #expect(try reader.array(5) == [4, 5, 6, 7, 8])
            #expect(throws: DecodingError(.truncated, at: 0, "")) { try reader.array(1_000) }
            #expect(reader.position == before + 8)
        }
    }
}

@Suite struct HexadecimalTests {
    @Test func textAndOctetsTurnIntoEachOther() {
        #expect([0x00, 0x7E, 0xFF].hex == "007eff")
        #expect([UInt8](hex: "00 7e\nFF") == [0x00, 0x7E, 0xFF])
        #expect([UInt8](hex: "") == [])
    }

    @Test(arguments: ["0", "0g", "1 2", "12 3", "ж0"]) func otherTextIsRefused(text: String) {
        #expect([UInt8](hex: text) == nil)
    }
}
