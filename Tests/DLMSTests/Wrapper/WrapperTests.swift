import Octets
import Testing

@testable import DLMS

@Suite struct WrapperTests {
    private static func decode(_ pieces: [[UInt8]]) -> [WrapperUnit] {
        var decoder = WrapperDecoder()
        var units: [WrapperUnit] = []
        for piece in pieces {
            decoder.append(piece)
            while let item = decoder.next() { if let unit = try? item.content.get() { units.append(unit) } }
        }
        return units
    }

    @Test func `the golden unit decodes and encodes to the same octets`() throws {
        let file = try #require(VectorFile.all().first { $0.name == "v106" })
        let octets = try #require(file.steps.first?.octets)
        var reader = OctetReader(octets)
        let unit = try WrapperUnit(from: &reader)
        try reader.finish()
        #expect((unit.sourcePort, unit.destinationPort) == (1, 1))
        #expect(unit.apdu.count == 70)
        #expect(unit.encoded == octets)
    }

    @Test func `units come out of any stream`() {
        let units = [
            WrapperUnit(from: 32, to: 1, apdu: [0xC0, 1, 0xC1]),
            WrapperUnit(from: 1, to: 32, apdu: [0, 1, 0, 1, 0]),
            WrapperUnit(from: 16, to: 1, apdu: []),
        ]
        StreamVerifier(decode: Self.decode).verify(units.map(\.encoded), units, noise: [9, 8, 0, 0, 7])
    }

    @Test
    func `a length beyond the bound is refused at once and hides no later unit once the line is silent`() {
        let unit = WrapperUnit(from: 32, to: 1, apdu: [1, 2, 3])
        var decoder = WrapperDecoder(bound: 100)
        decoder.append([0, 1, 0, 32, 0, 1, 0xFF, 0xFF] + unit.encoded)
        var found: [WrapperUnit] = []
        var errors: [DecodingError.Code] = []
        while let item = decoder.nextAtSilence() {
            switch item.content {
            case .success(let unit): found.append(unit)
            case .failure(let error): errors.append(error.code)
            }
        }
        #expect(found == [unit])
        #expect(errors.first == .tooLong)
    }

    @Test func `the rest of a stream is reported as truncated`() {
        var decoder = WrapperDecoder()
        decoder.append(WrapperUnit(from: 32, to: 1, apdu: [1, 2, 3]).encoded.dropLast())
        #expect(decoder.next() == nil)
        let item = decoder.nextAtSilence()
        #expect(item?.octets.count == 10)
        while let rest = decoder.nextAtSilence() {
            #expect(throws: DecodingError.self) { try rest.content.get() }
        }
        #expect(!decoder.isInsideUnit)
    }
}
