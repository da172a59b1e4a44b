import Octets
import Testing

@testable import DLMS

@Suite struct ReleaseTests {
    @Test func `the golden release is ours, and its answer carries the initiate again`() throws {
        let dialogue = GoldenAPDU.dialogue("v088")
        #expect(APDU.release(Release(.request)).encoded == dialogue[0].octets)
        guard case .release(let answer) = try APDU(octets: dialogue[1].octets) else {
            Issue.record("not a release")
            return
        }
        #expect(answer.kind == .response)
        #expect(answer.reason == 0)
        guard case .response(let initiate)? = answer.userInformation else {
            Issue.record("no initiate")
            return
        }
        #expect(initiate.qualityOfService == 0)
        #expect(initiate.maximumPDU == 1224)
    }

    @Test func `a ciphered initiate inside a release is kept whole`() throws {
        for golden in GoldenAPDU.dialogue("v089") {
            guard case .release(let release) = try APDU(octets: golden.octets),
                case .opaque(let octets)? = release.userInformation
            else {
                Issue.record("not a ciphered release")
                return
            }
            #expect([0x21, 0x28].contains(octets.first))
        }
    }

    @Test func `an empty release is one, a strange field is refused`() throws {
        #expect(try APDU(octets: [0x62, 0]) == .release(Release(.request, reason: nil)))
        #expect(throws: DecodingError(.unsupported, at: 0, "")) { try APDU(octets: [0x62, 2, 0x99, 0]) }
        #expect(throws: DecodingError(.invalid, at: 0, "")) { try APDU(octets: [0x62, 4, 0x80, 2, 0, 0]) }
    }

    @Test func `a release without an association is answered all the same`() {
        var server = TestMeter.server()
        var directory = TestMeter.directory()
        let answer = server.received([0x62, 0], from: .reader, directory: &directory)
        #expect(answer == APDU.release(Release(.response)).encoded)
        #expect(server.received([0x63, 0], from: .reader, directory: &directory) == nil)
    }
}
