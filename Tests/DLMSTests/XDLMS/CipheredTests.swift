import Octets
import Testing

@testable import DLMS

@Suite struct CipheredTests {
    @Test(arguments: ["v111", "v112"])
    func `blocks of a general block transfer join to a ciphered push`(file: String) throws {
        var joined: [UInt8] = []
        var last: GeneralBlockTransfer?
        for golden in GoldenAPDU.dialogue(file) {
            guard case .generalBlockTransfer(let block) = try APDU(octets: golden.octets) else {
                Issue.record("not a block")
                return
            }
            #expect(block.number == (last?.number ?? 0) + 1)
            joined += block.data
            last = block
        }
        #expect(last?.isLast == true)
        guard case .ciphered(let push) = try APDU(octets: joined) else {
            Issue.record("not ciphered")
            return
        }
        #expect(push.name == "general-glo-ciphering")
        #expect(push.systemTitle?.prefix(3) == [0x4C, 0x47, 0x5A])
        #expect(push.securityControl == 0x30)
    }

    @Test(arguments: ["v099", "v100"])
    func `a ciphered request tells its counter and is refused by the server, association kept`(file: String)
        throws
    {
        let golden = try #require(GoldenAPDU.dialogue(file).first)
        #expect(try APDU(octets: golden.octets).fields["invocationCounter"] == .integer(0x0123_4567))
        var talk = try Conversation.reader()
        let answer = talk.server.received(golden.octets, from: .reader, directory: &talk.directory)
        #expect(answer == APDU.exceptionResponse(.serviceNotSupported).encoded)
        #expect(talk.server.associatedClients == [.reader])
    }

    @Test func `signed and ACCESS APDUs are kept as they came`() throws {
        for tag: UInt8 in [0xD9, 0xDA, 0xDD, 0xDF] {
            let octets: [UInt8] = [tag, 1, 2, 3]
            guard case .ciphered(let apdu) = try APDU(octets: octets) else {
                Issue.record("not recognised")
                return
            }
            #expect(apdu.securityControl == nil)
            #expect(apdu.content == [1, 2, 3])
            #expect(APDU.ciphered(apdu).encoded == octets)
        }
    }

    @Test func `a header cut short has no counter`() throws {
        guard case .ciphered(let apdu) = try APDU(octets: [0xCC, 2, 0x30, 0]) else {
            Issue.record("not recognised")
            return
        }
        #expect(apdu.securityControl == 0x30)
        #expect(apdu.invocationCounter == nil)
    }
}
