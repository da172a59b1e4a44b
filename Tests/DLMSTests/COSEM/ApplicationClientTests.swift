import Octets
import Testing

@testable import DLMS

@Suite struct ApplicationClientTests {
    /// A client associated by a golden answer.
    private func associated(_ file: String, password: String) throws -> ApplicationClient {
        let settings = ApplicationClient.Settings(authentication: .lowLevel(Array(password.utf8)))
        var client = ApplicationClient(settings: settings)
        _ = try client.associate()
        guard case .completed(.associated) = client.received(GoldenAPDU.dialogue(file)[1].octets) else {
            throw ApplicationError.misuse("golden association")
        }
        return client
    }

    private let time = AttributeDescriptor(classID: 8, logicalName: LogicalName(0, 0, 1, 0, 0), attribute: 2)

    @Test func `Nartis accepts and agrees on 00101D with a PDU of 1000`() throws {
        var client = ApplicationClient(settings: .init(authentication: .lowLevel(Array("111".utf8))))
        let dialogue = GoldenAPDU.dialogue("v002")
        #expect(try client.associate().hex == dialogue[0].octets.hex)
        let agreed = ApplicationClient.Negotiated(
            conformance: Conformance(rawValue: 0x10_1D), serverMaximumPDU: 1000, systemTitle: nil)
        #expect(client.received(dialogue[1].octets) == .completed(.associated(agreed)))
        #expect(client.isOpen)
    }

    @Test func `a refusal is typed with its diagnostic`() throws {
        var client = ApplicationClient(settings: .init(authentication: .lowLevel([1])))
        _ = try client.associate()
        let action = client.received(GoldenAPDU.dialogue("v030")[1].octets)
        #expect(action == .failed(.refused(.rejectedPermanent, .authenticationFailure)))
    }

    @Test func `a wrong password is told from an initiate error beside it`() throws {
        var client = ApplicationClient(settings: .init(authentication: .lowLevel([1])))
        _ = try client.associate()
        let answer = try #require(
            [UInt8](hex: "611fa109060760857405080101a203020101a305a10302010dbe0604040e010601"))
        let action = client.received(answer)
        #expect(action == .failed(.refused(.rejectedPermanent, .authenticationFailure)))
    }

    @Test func `an acceptance that waits for a challenge is none to a client with a password`() throws {
        var client = ApplicationClient(settings: .init(authentication: .lowLevel([1])))
        _ = try client.associate()
        let action = client.received(GoldenAPDU.dialogue("v086")[1].octets)
        #expect(action == .failed(.refused(.accepted, .authenticationRequired)))
        #expect(!client.isOpen)
    }

    @Test func `a server of short names is not talked to`() throws {
        var client = ApplicationClient(settings: .init())
        _ = try client.associate()
        var grant = InitiateResponse(conformance: [.read, .get], maximumPDU: 400)
        grant.vaaName = 0xFA00
        let action = client.received(APDU.aare(AARE(userInformation: .response(grant))).encoded)
        #expect(action == .failed(.unexpected("association with short names")))
    }

    @Test func `an answer that lost its priority bit is still ours`() throws {
        var client = try associated("v002", password: "111")
        _ = try client.get(time)
        #expect(client.received([0xC4, 1, 0x41, 0, 0x11, 5]) == .completed(.get(.data(.unsigned(5)))))
    }

    @Test func `an answer to an earlier request is ignored and the wait goes on`() throws {
        var client = try associated("v002", password: "111")
        _ = try client.get(time)
        client.abandonService()
        _ = try client.get(time)
        guard case .ignored = client.received([0xC4, 1, 0xC1, 0, 0x11, 5]) else {
            Issue.record("taken for ours")
            return
        }
        #expect(client.received([0xC4, 1, 0xC2, 0, 0x11, 6]) == .completed(.get(.data(.unsigned(6)))))
    }

    @Test func `blocks are joined, asked by the number received, and end with the last`() throws {
        var client = try associated("v002", password: "111")
        let dialogue = GoldenAPDU.dialogue("v055")
        _ = try client.get(time)
        let next = client.received(dialogue[0].octets)
        #expect(next == .sendAPDU(dialogue[1].octets))
        let columns = try #require(client.received(dialogue[2].octets).value?.elements)
        #expect(columns.count == 38)
        #expect(columns.allSatisfy { CaptureObject($0) != nil })
        #expect(client.isOpen)
        // The imitator's malformed extra block is an answer to nothing.
        #expect(client.received([0xC4, 2, 0xC1, 1, 0x10]) != .completed(.released))
        #expect(client.isOpen)
    }

    @Test func `the list of the standard's annex comes by blocks`() throws {
        let dialogue = GoldenAPDU.dialogue("v093")
        var client = ApplicationClient(settings: .init(authentication: .none))
        _ = try client.associate()
        let grant = InitiateResponse(
            conformance: [.get, .multipleReferences, .blockTransferGet], maximumPDU: 400)
        _ = client.received(APDU.aare(AARE(userInformation: .response(grant))).encoded)
        let names = [LogicalName(0, 0, 128, 0, 0), LogicalName(0, 0, 128, 1, 0)]
        let requests = names.map {
            AttributeRequest(AttributeDescriptor(classID: 1, logicalName: $0, attribute: 2))
        }
        // The annex answers invoke-id 1, our first.
        _ = try client.getList(requests)
        #expect(client.received(dialogue[1].octets) == .sendAPDU(dialogue[2].octets))
        guard case .completed(.list(let results)) = client.received(dialogue[3].octets) else {
            Issue.record("no list")
            return
        }
        #expect(results.count == 2)
        #expect(results[1] == .data(.visibleString(Array("000".utf8))))
    }

    @Test func `one refusal for a whole list says nothing of its attributes`() throws {
        var client = ApplicationClient(settings: .init(authentication: .none))
        _ = try client.associate()
        let grant = InitiateResponse(
            conformance: [.get, .multipleReferences, .blockTransferGet], maximumPDU: 400)
        _ = client.received(APDU.aare(AARE(userInformation: .response(grant))).encoded)
        let requests = [AttributeRequest(time), AttributeRequest(time)]
        let refusal = GetDataBlock(isLast: true, number: 1, result: .accessError(.longGetAborted))
        let answers: [(GetResponse, DataAccessResult)] = [
            (.normal(InvokeID(confirmed: 1), .accessError(.objectUndefined)), .objectUndefined),
            (.withDataBlock(InvokeID(confirmed: 2), refusal), .longGetAborted),
        ]
        for (answer, error) in answers {
            _ = try client.getList(requests)
            #expect(client.received(APDU.getResponse(answer).encoded) == .completed(.listRefused(error)))
            #expect(client.isOpen)
        }
    }

    @Test func `a block out of order fails the service, not the association`() throws {
        var client = try associated("v002", password: "111")
        _ = try client.get(time)
        let second = APDU.getResponse(
            .withDataBlock(
                InvokeID(confirmed: 1), GetDataBlock(isLast: false, number: 2, result: .rawData([1]))))
        #expect(client.received(second.encoded) == .failed(.blockOutOfOrder(expected: 1, received: 2)))
        #expect(client.isOpen)
    }

    @Test func `a block may carry the reason why the transfer ended`() throws {
        var client = try associated("v002", password: "111")
        _ = try client.get(time)
        let block = GetDataBlock(isLast: true, number: 1, result: .accessError(.longGetAborted))
        let answer = APDU.getResponse(.withDataBlock(InvokeID(confirmed: 1), block))
        #expect(client.received(answer.encoded) == .completed(.get(.accessError(.longGetAborted))))
    }

    @Test func `an exception, garbage and ciphered answers fail with their own errors`() throws {
        let answers: [([UInt8], ApplicationError)] = [
            ([0xD8, 1, 2], .exception(ExceptionResponse(stateError: 1, serviceError: 2))),
            ([0xC4, 1], .undecodable(DecodingError(.truncated, at: 2, ""))),
            ([0xCC, 1, 0], .ciphered("glo-get-response")),
        ]
        for (octets, error) in answers {
            var client = try associated("v002", password: "111")
            _ = try client.get(time)
            #expect(client.received(octets) == .failed(error))
            #expect(client.isOpen)
        }
    }

    @Test func `a push in the middle of a read is handed out and disturbs nothing`() throws {
        var client = try associated("v002", password: "111")
        _ = try client.get(time)
        let push = try #require(GoldenAPDU.dialogue("v114").first)
        guard case .notified(.dataNotification) = client.received(push.octets) else {
            Issue.record("not handed out")
            return
        }
        #expect(client.received([0xC4, 1, 0xC1, 0, 0x11, 5]) == .completed(.get(.data(.unsigned(5)))))
    }

    @Test func `an action may return a second error`() throws {
        var client = try associated("v002", password: "111")
        let shift = MethodDescriptor(classID: 8, logicalName: LogicalName(0, 0, 1, 0, 0), method: 6)
        #expect(try client.action(shift, with: .long(1000)).hex == "c301c100080000010000ff06011003e8")
        let answer = ActionOutcome(.success, returned: .accessError(.otherReason))
        #expect(client.received([0xC7, 1, 0xC1, 0, 1, 1, 0xFA]) == .completed(.action(answer)))
    }

    @Test func `invoke identifiers go round from 1 to 15`() throws {
        var client = try associated("v002", password: "111")
        var seen: [UInt8] = []
        for _ in 0..<16 {
            seen.append(try client.get(time)[2] & 0x0F)
            client.abandonService()
        }
        #expect(seen == Array(1...15) + [1])
    }

    @Test(arguments: [31, 32, 33] as [UInt64])
    func `noise in any state never traps and leaves the machine usable`(seed: UInt64) throws {
        var generator = SeededNumbers(seed: seed)
        for _ in 0..<2_000 {
            var client = try associated("v002", password: "111")
            _ = try client.get(time)
            for _ in 0..<3 {
                let head: [UInt8] = [[0xC4, 0xC5, 0xC7, 0xD8, 0x61].randomElement(using: &generator) ?? 0]
                _ = client.received(head + generator.octets(0...20))
            }
            client.abandonService()
            #expect(client.isOpen, "seed \(seed)")
        }
    }
}
