import Octets
import Testing

@testable import DLMS

@Suite struct ServicePartsTests {
    @Test func `the invoke identifier is its low four bits`() {
        let ours = InvokeID(confirmed: 0x21)
        #expect(ours.octet == 0xC1)
        #expect(ours.number == 1 && ours.isConfirmed && ours.isHighPriority)
        #expect(InvokeID(octet: 0x81).number == 1)
        #expect(!InvokeID(octet: 0x81).isConfirmed)
        #expect(!InvokeID(octet: 0x41).isHighPriority)
    }

    @Test func `results have the standard's names, others their code`() {
        #expect(DataAccessResult.objectUndefined.name == "object-undefined")
        #expect(DataAccessResult(rawValue: 250).name == "other-reason")
        #expect(DataAccessResult(rawValue: 77).name == "code 77")
        #expect(ActionResult(rawValue: 3).name == "read-write-denied")
        #expect(ActionResult(rawValue: 15).name == "long-action-aborted")
    }

    @Test func `a list longer than its bound is refused`() {
        let octets: [UInt8] = [0xC0, 3, 0xC1, 0x82, 0x01, 0x01] + [UInt8](repeating: 0, count: 257 * 10)
        #expect(throws: DecodingError(.tooLong, at: 0, "")) { try APDU(octets: octets) }
    }

    @Test func `an APDU longer than its bound is refused`() {
        let octets = [UInt8](repeating: 0xC4, count: DLMSLimit.apdu + 1)
        #expect(throws: DecodingError(.tooLong, at: 0, "")) { try APDU(octets: octets) }
    }

    @Test func `a result that is neither data nor error is refused with its place`() {
        let error = #expect(throws: DecodingError.self) { try APDU(octets: [0xC4, 1, 0xC1, 2, 0]) }
        #expect(error?.code == .invalid)
        #expect(error?.offset == 3)
    }

    @Test func `a block tells its own error`() throws {
        let octets: [UInt8] = [0xC4, 2, 0xC1, 1, 0, 0, 0, 3, 1, 16]
        let block = GetDataBlock(isLast: true, number: 3, result: .accessError(.noLongGetInProgress))
        #expect(try APDU(octets: octets) == .getResponse(.withDataBlock(InvokeID(octet: 0xC1), block)))
        // The imitator's answer to a block asked after the last is too short to be one.
        #expect(throws: DecodingError(.truncated, at: 0, "")) { try APDU(octets: [0xC4, 2, 0xC1, 1, 0x10]) }
    }

    @Test func `an action answered without the presence octet is an action without return`() throws {
        guard case .actionResponse(.normal(_, let outcome)) = try APDU(octets: [0xC7, 1, 0xC2, 0]) else {
            Issue.record("not an ACTION response")
            return
        }
        #expect(outcome == ActionOutcome(.success))
    }

    @Test func `names of objects read back from their octets`() {
        let name = LogicalName(1, 0, 99, 1, 0)
        #expect(name.description == "1.0.99.1.0.255")
        #expect(LogicalName(octets: name.octets) == name)
        #expect(LogicalName(octets: [1, 0, 99]) == nil)
    }
}
