import Octets
import Testing

@testable import DLMS

/// General block transfer: long requests and answers where it was agreed and services have no blocks of their
/// own.
@Suite struct GeneralBlockTests {
    private static let services: Conformance = [
        .get, .set, .action, .selectiveAccess, .multipleReferences, .generalBlockTransfer,
    ]
    private static let profile = TestMeter.attribute(7, TestMeter.profile, 2)

    private static func reader(
        size: UInt16, serverSize: UInt16 = 1200, services: Conformance = services, rows: Int = 480
    ) throws -> Conversation {
        try Conversation.reader(
            server: TestMeter.server(conformance: services, maximumPDU: serverSize),
            directory: TestMeter.directory(rows: rows), conformance: services, maximumPDU: size)
    }

    @Test(arguments: [40, 64, 100, 256, 1200] as [UInt16])
    func `a long answer comes whole in blocks no longer than agreed`(size: UInt16) throws {
        var talk = try Self.reader(size: size)
        talk.longestAnswer = 0
        let rows = try #require(try talk.get(Self.profile).value?.elements)
        #expect(rows.count == 480)
        #expect(rows.last?.elements?[1] == .doubleLongUnsigned(479))
        #expect(talk.longestAnswer <= Int(size))
        #expect(talk.exchanges > 11_000 / Int(size))
        // The next service begins with block one again.
        #expect(try talk.get(Self.profile).value?.elements?.count == 480)
        #expect(
            try talk.get(TestMeter.attribute(3, TestMeter.energy, 2)).value == .doubleLongUnsigned(123_456))
    }

    @Test func `an answer may be as long as an APDU, and a longer one is refused`() throws {
        // A row has twenty-three octets or so.
        var talk = try Self.reader(size: 1_200, rows: 2_500)
        #expect(try talk.get(Self.profile).value?.elements?.count == 2_500)
        var longer = try Self.reader(size: 1_200, rows: 3_500)
        #expect(try longer.get(Self.profile).value == nil)
        #expect(
            try longer.get(TestMeter.attribute(3, TestMeter.energy, 2)).value == .doubleLongUnsigned(123_456))
    }

    @Test func `a long list is asked for and answered in blocks`() throws {
        var talk = try Self.reader(size: 100, serverSize: 100)
        let names = Array(
            repeating: AttributeRequest(TestMeter.attribute(3, TestMeter.energy, 2)), count: 60)
        guard case .completed(.list(let results)) = talk.run(try talk.client.getList(names)) else {
            Issue.record("no list")
            return
        }
        #expect(results.count == 60)
        #expect(results.allSatisfy { $0 == .data(.doubleLongUnsigned(123_456)) })
        #expect(talk.longestRequest <= 100 && talk.longestAnswer <= 100)
    }

    @Test func `a long value is written in blocks and read back`() throws {
        var talk = Conversation(
            as: .configurator, .highLevel(TestMeter.exclusiveOr(key: 0x5A, challenge: "my turn!")),
            server: TestMeter.server(conformance: Self.services, maximumPDU: 100),
            conformance: Self.services, maximumPDU: 100)
        _ = try talk.associate()
        let note = TestMeter.attribute(1, TestMeter.note, 2)
        let value = DataValue.octetString((0..<5_000).map { UInt8(truncatingIfNeeded: $0 * 7) })
        #expect(talk.run(try talk.client.set(note, to: value)) == .completed(.set(.success)))
        #expect(try talk.get(note).value == value)
        #expect(talk.longestRequest <= 100 && talk.longestAnswer <= 100)
    }

    @Test func `without it a request that is too long is not sent, and a block is not taken`() throws {
        var talk = try Self.reader(size: 100, serverSize: 100, services: [.get, .set, .multipleReferences])
        let names = Array(
            repeating: AttributeRequest(TestMeter.attribute(3, TestMeter.energy, 2)), count: 60)
        #expect(throws: ApplicationError.self) { try talk.client.getList(names) }
        let block = GeneralBlockTransfer(control: 0x81, number: 1, acknowledged: 0, data: [1])
        let sent = APDU.generalBlockTransfer(block).encoded
        #expect(
            talk.server.received(sent, from: .reader, directory: &talk.directory)
                == APDU.exceptionResponse(.serviceNotSupported).encoded)
        _ = try talk.client.get(TestMeter.attribute(3, TestMeter.energy, 2))
        #expect(
            talk.client.received(sent) == .failed(.unexpected("a general block that was not agreed")))
    }

    // MARK: - Each half by itself

    @Test func `requests in blocks follow one another at the server, each numbered from one`() throws {
        var talk = try Self.reader(size: 100)
        let energy = AttributeRequest(TestMeter.attribute(3, TestMeter.energy, 2))
        let request = APDU.getRequest(.normal(InvokeID(octet: 0xC1), energy)).encoded
        let within = Self.block(0x81, 1, Self.block(0x81, 1, request))
        for _ in 0..<3 {
            var answers: [[UInt8]] = []
            for (number, piece) in [request.prefix(7), request.dropFirst(7)].enumerated() {
                let block = Self.block(number == 0 ? 0x01 : 0x81, UInt16(number + 1), Array(piece))
                answers +=
                    talk.server.received(block, from: .reader, directory: &talk.directory).map { [$0] } ?? []
            }
            try #require(answers.count == 2)
            let acknowledged = GeneralBlockTransfer(control: 0x81, number: 1, acknowledged: 1, data: [])
            #expect(try APDU(octets: answers[0]) == .generalBlockTransfer(acknowledged))
            let value = DataValue.doubleLongUnsigned(123_456)
            #expect(
                try APDU(octets: answers[1]) == .getResponse(.normal(InvokeID(octet: 0xC1), .data(value))))
            // What is refused leaves no rest behind either.
            let refused = talk.server.received(within, from: .reader, directory: &talk.directory)
            #expect(refused == APDU.exceptionResponse(.serviceNotSupported).encoded)
        }
    }

    /// An answer to the GET under way, cut into pieces.
    private static func pieces(of talk: Conversation, _ count: Int) -> [[UInt8]] {
        let invoke = InvokeID(octet: talk.client.lastInvoke | 0xC0)
        let answer = APDU.getResponse(.normal(invoke, .data(.octetString([1, 2, 3, 4, 5, 6, 7, 8])))).encoded
        let size = (answer.count + count - 1) / count
        return stride(from: 0, to: answer.count, by: size).map {
            Array(answer[$0..<min($0 + size, answer.count)])
        }
    }

    private static func block(_ control: UInt8, _ number: UInt16, _ data: [UInt8]) -> [UInt8] {
        APDU.generalBlockTransfer(
            GeneralBlockTransfer(control: control, number: number, acknowledged: 0, data: data)
        ).encoded
    }

    private static func acknowledgement(_ number: UInt16, of newest: UInt16) -> ApplicationClient.Action {
        .sendAPDU(
            APDU.generalBlockTransfer(
                GeneralBlockTransfer(control: 0x81, number: number, acknowledged: newest, data: [])
            ).encoded)
    }

    @Test func `a window is acknowledged at its end, and what came after a gap is asked for again`() throws {
        var talk = try Self.reader(size: 100)
        _ = try talk.client.get(TestMeter.attribute(1, TestMeter.note, 2))
        let pieces = Self.pieces(of: talk, 4)
        try #require(pieces.count == 4)
        // Three of a window, the second of them lost.
        guard case .ignored = talk.client.received(Self.block(0x43, 1, pieces[0])) else {
            Issue.record("a block in mid-window is waited on")
            return
        }
        #expect(talk.client.received(Self.block(0x03, 3, pieces[2])) == Self.acknowledgement(1, of: 1))
        #expect(talk.client.received(Self.block(0x02, 2, pieces[1])) == Self.acknowledgement(2, of: 2))
        // A late copy changes nothing.
        #expect(talk.client.received(Self.block(0x02, 2, pieces[1])) == Self.acknowledgement(3, of: 2))
        guard case .ignored = talk.client.received(Self.block(0x42, 3, pieces[2])) else {
            Issue.record("a block in mid-window is waited on")
            return
        }
        #expect(
            talk.client.received(Self.block(0x82, 4, pieces[3])).value
                == .octetString([1, 2, 3, 4, 5, 6, 7, 8]))
    }

    @Test func `blocks within blocks, blocks without end and blocks out of season are refused`() throws {
        var talk = try Self.reader(size: 100)
        let stray = Self.block(0x81, 1, [0])
        guard case .ignored = talk.client.received(stray) else {
            Issue.record("nobody asked")
            return
        }
        _ = try talk.client.get(TestMeter.attribute(1, TestMeter.note, 2))
        #expect(
            talk.client.received(Self.block(0x81, 1, stray))
                == .failed(.unexpected("general blocks within general blocks")))
        _ = try talk.client.get(TestMeter.attribute(1, TestMeter.note, 2))
        let piece = [UInt8](repeating: 0, count: 32_000)
        var last = ApplicationClient.Action.failed(.tooLong)
        for number in 1...3 { last = talk.client.received(Self.block(0x01, UInt16(number), piece)) }
        #expect(last == .failed(.tooLong))
        #expect(talk.client.isOpen)
    }
}
