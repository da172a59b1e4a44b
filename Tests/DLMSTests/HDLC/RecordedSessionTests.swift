import Octets
import Testing

@testable import DLMS

/// The recorded dialogues step by step through both halves of the link: what the client asked is what ours
/// asks, frame by frame, and what the meter answered is what ours answers.
@Suite struct RecordedSessionTests {
    /// A dialogue of whole frames, without the marks of octets that are none.
    struct Recording: Sendable, CustomTestStringConvertible {
        var name: String
        var frames: [(direction: VectorFile.Direction, frame: HDLCFrame, octets: [UInt8])]

        var testDescription: String { name }

        /// The frame that begins it.
        var first: HDLCFrame { frames[0].frame }
        /// The APDU that went one way, its segments joined; nil for dialogues of the link alone.
        func apdu(_ direction: VectorFile.Direction) -> [UInt8]? {
            let information = frames.filter {
                $0.direction == direction && $0.frame.control.sentNumber != nil
            }
            guard !information.isEmpty else { return nil }
            let joined = information.flatMap { Array($0.frame.information) }
            return LogicalLinkControl.apdu(in: joined[...]).map { Array($0) }
        }

        /// Dialogues that begin with a request and have an answer.
        static let all: [Recording] = VectorFile.all().compactMap { file in
            guard !file.isNegative, file.steps.count > 1, file.steps[0].direction == .request,
                file.steps.allSatisfy({ $0.octets.first == HDLCFrame.flag })
            else { return nil }
            let frames = file.steps.compactMap { step in
                (try? HDLCFrame(between: step.octets.dropFirst().dropLast())).map {
                    (direction: step.direction, frame: $0, octets: step.octets)
                }
            }
            return frames.count == file.steps.count ? Recording(name: file.name, frames: frames) : nil
        }

        /// Those that carry an APDU there and one back.
        static let exchanges = all.filter { $0.apdu(.request) != nil && $0.apdu(.response) != nil }
    }

    /// A client in the state in which the recorded one asked.
    private static func client(before recording: Recording) throws -> HDLCClient {
        let asked = recording.first
        var client = HDLCClient(HDLCClient.Settings(client: asked.source, server: asked.destination))
        guard case .information(let sent, let received, _) = asked.control else { return client }
        _ = client.connect()
        func frame(_ control: HDLCControl, _ information: [UInt8] = [], more: Bool = false) -> HDLCFrame {
            HDLCFrame(
                to: asked.source, from: asked.destination, control, information: information[...],
                isSegmented: more)
        }
        _ = client.frameReceived(frame(.unnumberedAcknowledge(final: true)))
        // Earlier exchanges moved the numbers on: one frame there, one or more back, each time.
        let exchanges = sent == 0 && received > 0 ? 8 : sent
        var number: UInt8 = 0
        for exchange in 0..<exchanges {
            _ = client.send([0])
            let surplus = exchange == 0 ? (received &- exchanges) & 7 : 0
            for segment in 0...surplus {
                let information = segment == 0 ? LogicalLinkControl.response + [0] : [0]
                let control = HDLCControl.information(
                    sent: number & 7, received: (exchange + 1) & 7, final: true)
                _ = client.frameReceived(frame(control, information, more: segment < surplus))
                number += 1
            }
        }
        #expect(client.isIdle)
        return client
    }

    /// A station in the state in which the recorded one was asked.
    private static func server(before recording: Recording) -> HDLCServer {
        let asked = recording.first
        let isBare = recording.frames.last?.frame.information.isEmpty == true
        var settings = HDLCServer.Settings(
            physical: Int(asked.destination.lower), logicalDevices: [Int(asked.destination.upper)])
        settings.statesLimits = !isBare
        settings.statesLimitsAtDisconnect = !isBare
        if let answer = recording.frames.last?.frame, case .unnumberedAcknowledge = answer.control,
            let stated = try? HDLCParameters(information: answer.information)
        {
            settings.limits = stated
        }
        var server = HDLCServer(settings)
        let received = asked.control.receivedNumber
        let isSNRM = if case .setNormalResponseMode = asked.control { true } else { false }
        guard !isSNRM else { return server }
        func frame(_ control: HDLCControl, _ information: [UInt8] = []) -> HDLCFrame {
            HDLCFrame(
                to: asked.destination, from: asked.source, control, information: information[...])
        }
        // A station that answered DM had no link.
        if case .disconnectedMode? = recording.frames.last?.frame.control { return server }
        _ = server.frameReceived(frame(.setNormalResponseMode(final: true)))
        guard let received else { return server }
        let answered = recording.frames[1].frame.control
        let expected = asked.control.sentNumber ?? answered.receivedNumber ?? 0
        let exchanges = expected == 0 && received > 0 ? 8 : expected
        var number: UInt8 = 0
        for exchange in 0..<exchanges {
            let surplus = exchange == 0 ? Int((received &- exchanges) & 7) : 0
            let control = HDLCControl.information(sent: exchange & 7, received: number & 7, final: true)
            _ = server.frameReceived(frame(control, LogicalLinkControl.request + [0]))
            // As many segments of 128 octets as the answer needs.
            _ = server.answer([UInt8](repeating: 0, count: 1 + 128 * surplus))
            number += 1
            for _ in 0..<surplus {
                _ = server.frameReceived(frame(.receiveReady(received: number & 7, final: true)))
                number += 1
            }
        }
        return server
    }

    @Test func `there are recorded dialogues of every kind`() {
        #expect(Recording.all.count >= 25)
        #expect(Recording.exchanges.count >= 18)
        let kinds = Set(Recording.all.map { String($0.first.control.name) })
        #expect(kinds.isSuperset(of: ["SNRM", "I", "RR", "DISC"]))
    }

    @Test(arguments: Recording.exchanges)
    func `the client asks as the recorded one did, takes the answer and asks for its segments`(
        recording: Recording
    ) throws {
        var client = try Self.client(before: recording)
        var actions = client.send(try #require(recording.apdu(.request)))
        for step in recording.frames {
            switch step.direction {
            case .request: #expect(actions == [.send(step.octets), .await], "\(step.frame.control)")
            case .response: actions = client.frameReceived(step.frame)
            }
        }
        #expect(actions == [.received(try #require(recording.apdu(.response)))])
        #expect(client.isIdle)
    }

    @Test(arguments: Recording.exchanges)
    func `the station answers as the recorded one did, segment by segment`(recording: Recording) throws {
        var server = Self.server(before: recording)
        var actions: [HDLCServer.Action] = []
        for step in recording.frames {
            switch step.direction {
            case .request:
                actions = server.frameReceived(step.frame)
                if case .received(let apdu, _, _)? = actions.first {
                    #expect(apdu == recording.apdu(.request))
                    actions = server.answer(try #require(recording.apdu(.response)))
                }
            case .response: #expect(actions == [.send(step.octets)], "\(step.frame.control)")
            }
        }
    }

    @Test(arguments: Recording.all.filter { ["SNRM", "DISC"].contains($0.first.control.name) })
    func `links open and close as recorded, on both sides`(recording: Recording) throws {
        var client = try Self.client(before: recording)
        let isOpening = recording.first.control.name == "SNRM"
        let asked = isOpening ? client.connect() : client.disconnect()
        #expect(asked == [.send(recording.frames[0].octets), .await])
        let answer = client.frameReceived(recording.frames[1].frame)
        #expect(answer == [isOpening ? .connected(client.parameters) : .disconnected])
        if isOpening {
            let stated = try HDLCParameters(information: recording.frames[1].frame.information)
            #expect(client.parameters.maximumReceive == stated.maximumTransmit)
            #expect(client.parameters.windowTransmit == stated.windowReceive)
        }
        var server = Self.server(before: recording)
        let sent = server.frameReceived(recording.first).filter { if case .send = $0 { true } else { false } }
        #expect(sent == [.send(recording.frames[1].octets)])
    }

    @Test(arguments: Recording.all.filter { $0.first.control.name == "RR" })
    func `a station with nothing more to say answers RR with RR as recorded`(recording: Recording) throws {
        var server = Self.server(before: recording)
        #expect(server.frameReceived(recording.first) == [.send(recording.frames[1].octets)])
    }

    @Test func `numbers carried over from another client's session bring FRMR, and the link is lost`() throws
    {
        let recording = try #require(Recording.all.first { $0.name == "v117" })
        var client = try Self.client(before: recording)
        let asked = client.send(try #require(recording.apdu(.request)))
        #expect(asked == [.send(recording.frames[0].octets), .await])
        guard case .failed(.frameReject(let reason))? = client.frameReceived(recording.frames[1].frame).first
        else {
            Issue.record("no FRMR")
            return
        }
        #expect(reason == Array(recording.frames[1].frame.information))
        #expect(!client.isOpen)
        // Our station has a link with nobody else just then, and says so with DM.
        let asking = recording.first
        var server = HDLCServer(
            HDLCServer.Settings(
                physical: Int(asking.destination.lower), logicalDevices: [Int(asking.destination.upper)]))
        let other = HDLCFrame(
            to: asking.destination, from: try #require(HDLCAddress.client(16)),
            .setNormalResponseMode(final: true))
        _ = server.frameReceived(other)
        for case .send(let octets) in server.frameReceived(asking) {
            let answer = try HDLCFrame(between: octets.dropFirst().dropLast())
            #expect(answer.control == .disconnectedMode(final: true))
        }
    }

    // MARK: Application

    /// A client that agreed to everything.
    private static func application(
        _ client: ClientSAP = .reader, _ authentication: Authentication = .none
    ) throws -> ApplicationClient {
        var application = ApplicationClient(settings: .init(authentication: .none))
        _ = try application.associate()
        let grant = InitiateResponse(conformance: Conformance(rawValue: 0xFF_FFFF), maximumPDU: 1_200)
        _ = application.received(APDU.aare(AARE(userInformation: .response(grant))).encoded)
        #expect(application.isOpen)
        return application
    }

    @Test(arguments: Recording.exchanges)
    func `services are asked as recorded and the recorded answer ends them`(recording: Recording) throws {
        let asked = try #require(recording.apdu(.request))
        let answered = try #require(recording.apdu(.response))
        // The invoke identifier goes round with us; the recorded clients kept one.
        func unnumbered(_ apdu: [UInt8]) -> [UInt8] { apdu.enumerated().map { $0 == 2 ? $1 & 0 : $1 } }
        var application = try Self.application()
        let made: [UInt8]
        switch try APDU(octets: asked) {
        case .getRequest(.normal(_, let request)):
            made = try application.get(request.attribute, selection: request.selection)
        case .setRequest(.normal(_, let request, let value)):
            made = try application.set(request.attribute, to: value, selection: request.selection)
        case .actionRequest(.normal(_, let method, let parameters)):
            made = try application.action(method, with: parameters)
        case .aarq: return try associates(recording, asked, answered)
        default:
            Issue.record("another request: \(asked.hex)")
            return
        }
        #expect(unnumbered(made) == unnumbered(asked))
        var answer = answered
        answer[2] = made[2]
        guard case .completed(let outcome) = application.received(answer) else {
            Issue.record("not taken")
            return
        }
        switch try APDU(octets: answered) {
        case .getResponse(.normal(_, let result)): #expect(outcome == .get(result))
        case .setResponse(.normal(_, let result)): #expect(outcome == .set(result))
        case .actionResponse(.normal(_, let result)): #expect(outcome == .action(result))
        default: Issue.record("another answer: \(answered.hex)")
        }
    }

    /// An association with the recorded password and proposal.
    private func associates(_ recording: Recording, _ asked: [UInt8], _ answered: [UInt8]) throws {
        guard case .aarq(let request) = try APDU(octets: asked),
            case .request(let proposal)? = request.userInformation,
            case .aare(let answer) = try APDU(octets: answered)
        else { throw ApplicationError.misuse("no association") }
        let authentication = request.authenticationValue.map { Authentication.lowLevel($0) } ?? .none
        var settings = ApplicationClient.Settings(authentication: authentication)
        settings.conformance = proposal.conformance
        settings.maximumPDU = proposal.maximumPDU
        var application = ApplicationClient(settings: settings)
        #expect(try application.associate().hex == asked.hex)
        switch application.received(answered) {
        case .completed(.associated(let agreed)):
            #expect(answer.result == .accepted)
            #expect(agreed.serverMaximumPDU > 0)
        case .failed(.refused(let result, let diagnostic)):
            #expect(result == answer.result && diagnostic == answer.diagnostic)
        case let other: Issue.record("\(other)")
        }
    }

    @Test func `the blocks of a Nartis are asked for one by one and give its 38 columns`() throws {
        let dialogue = GoldenAPDU.dialogue("v055")
        var application = try Self.application()
        let name = AttributeDescriptor(classID: 7, logicalName: LogicalName(1, 0, 98, 2, 0), attribute: 3)
        _ = try application.get(name)
        #expect(application.received(dialogue[0].octets) == .sendAPDU(dialogue[1].octets))
        guard case .completed(.get(.data(let columns))) = application.received(dialogue[2].octets) else {
            Issue.record("not taken")
            return
        }
        #expect(columns.elements?.count == 38)
        // Whatever comes after the last block, like the imitator's short answer, ends nothing and asks
        // nothing.
        guard case .failed = application.received([0xC4, 0x02, 0xC1, 0x01, 0x10]) else {
            Issue.record("asked on")
            return
        }
        #expect(application.isOpen)
    }

    @Test func `a list with blocks is asked for as Annex F prints it`() throws {
        let dialogue = GoldenAPDU.dialogue("v093")
        guard case .getRequest(.withList(_, let requests)) = try APDU(octets: dialogue[0].octets) else {
            throw ApplicationError.misuse("golden list")
        }
        var application = try Self.application()
        let made = try application.getList(requests)
        #expect(Array(made.dropFirst(3)) == Array(dialogue[0].octets.dropFirst(3)))
        var first = dialogue[1].octets
        first[2] = made[2]
        guard case .sendAPDU(let next) = application.received(first) else {
            Issue.record("no block asked for")
            return
        }
        #expect(Array(next.dropFirst(3)) == Array(dialogue[2].octets.dropFirst(3)))
        guard case .completed(.list(let results)) = application.received(dialogue[3].octets) else {
            Issue.record("not taken")
            return
        }
        #expect(results.count == 2)
    }
}
