import Octets
import Testing

@testable import DLMS

@Suite struct AssociationAPDUTests {
    @Test func `a reader's request is written as the field's readers write it`() throws {
        var request = AARQ(mechanism: .lowLevel, authenticationValue: Array("111".utf8))
        request.userInformation = .request(InitiateRequest(conformance: .automaticProposal, maximumPDU: 1200))
        let golden = try #require(GoldenAPDU.dialogue("v002").first)
        #expect(APDU.aarq(request).encoded.hex == golden.octets.hex)
    }

    @Test func `a calling title is kept`() throws {
        let golden = try #require(GoldenAPDU.dialogue("v117").first)
        guard case .aarq(let request) = try APDU(octets: golden.octets) else {
            Issue.record("not an AARQ")
            return
        }
        #expect(request.titles.first?.octetString?.hex == "757469c82e8c3784")
        #expect(request.mechanism == .lowLevel)
    }

    @Test func `the challenges of high level security are read`() throws {
        let dialogue = GoldenAPDU.dialogue("v086")
        guard case .aarq(let request) = try APDU(octets: dialogue[0].octets),
            case .aare(let answer) = try APDU(octets: dialogue[1].octets)
        else {
            Issue.record("not an association")
            return
        }
        #expect(request.mechanism == .highLevelGMAC)
        #expect(request.authenticationValue == Array("K56iVagY".utf8))
        #expect(answer.diagnostic == .authenticationRequired)
        #expect(answer.authenticationValue == Array("P6wRJ21F".utf8))
    }

    @Test func `every optional field of an initiate reads back`() throws {
        var request = InitiateRequest(conformance: .usualGrant, maximumPDU: 0)
        request.dedicatedKey = [1, 2, 3]
        request.responseAllowed = false
        request.qualityOfService = -1
        #expect(try APDU(octets: APDU.initiateRequest(request).encoded) == .initiateRequest(request))
        var response = InitiateResponse(conformance: .usualGrant, maximumPDU: 100)
        response.qualityOfService = 0
        #expect(try APDU(octets: APDU.initiateResponse(response).encoded) == .initiateResponse(response))
    }

    @Test func `an initiate error inside an AARE reads back`() throws {
        let error = ConfirmedServiceError(service: 1, errorClass: 6, value: 3)
        let answer = AARE(
            result: .rejectedPermanent, diagnostic: .serviceProvider(1), userInformation: .error(error))
        #expect(try APDU(octets: APDU.aare(answer).encoded) == .aare(answer))
    }

    @Test func `an AARE without a result is refused`() {
        let octets: [UInt8] = [0x61, 0x0B, 0xA1, 0x09, 0x06, 0x07, 0x60, 0x85, 0x74, 0x05, 0x08, 0x01, 0x01]
        #expect(throws: DecodingError(.invalid, at: 0, "")) { try APDU(octets: octets) }
    }

    @Test func `the old form of the conformance tag is read`() throws {
        var reader = OctetReader([0x5F, 0x04, 0x00, 0x00, 0x10, 0x1D])
        #expect(try Conformance(from: &reader) == .usualGrant)
    }

    @Test func `the bits have the standard's names`() {
        #expect(
            Conformance.usualGrant.memberNames == [
                "block-transfer-with-get-or-read", "get", "set", "selective-access", "action",
            ])
        #expect(Conformance(rawValue: 0x00_1A9D).contains([.multipleReferences, .dataNotification]))
    }
}
