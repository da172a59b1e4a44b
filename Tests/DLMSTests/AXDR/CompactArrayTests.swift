import Octets
import Testing

@testable import DLMS

@Suite struct CompactArrayTests {
    @Test func `elements of a structure are unpacked without tags`() throws {
        let octets = try #require([UInt8](hex: "13 0202 1112 06 010002 020003"))
        guard case .compactArray(let array) = try DataValue(octets: octets) else {
            Issue.record("not a compact array")
            return
        }
        #expect(
            try array.elements() == [
                .structure([.unsigned(1), .longUnsigned(2)]), .structure([.unsigned(2), .longUnsigned(3)]),
            ])
    }

    @Test func `elements that take no octets are refused`() {
        let array = CompactArray(type: .structure([.array(count: 65_535, .simple(.nullData))]), contents: [0])
        #expect(throws: DecodingError(.invalid, at: 0, "")) { try array.elements() }
    }

    @Test func `a short description cannot stand for endless values`() {
        let bomb = TypeDescription.structure([
            .simple(.unsigned), .array(count: 65_535, .array(count: 65_535, .simple(.nullData))),
        ])
        #expect(throws: DecodingError(.tooLong, at: 0, "")) {
            try CompactArray(type: bomb, contents: [1, 2, 3]).elements()
        }
    }

    @Test func `contents that end inside an element are refused`() {
        let array = CompactArray(type: .simple(.longUnsigned), contents: [0, 1, 2])
        #expect(throws: DecodingError(.truncated, at: 0, "")) { try array.elements() }
    }
}
