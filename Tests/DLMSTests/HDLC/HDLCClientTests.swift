import Octets
import Testing

@testable import DLMS

@Suite struct HDLCClientTests {
    static let server = HDLCAddress(upper: 1, lower: 16, width: .two)
    static let client = HDLCAddress.client(32)

    /// A link to a Nartis at its address 16, as in the golden dialogues v001 and v002.
    private static func makeClient(retries: Int = 2, proposal: HDLCParameters? = nil) throws -> HDLCClient {
        HDLCClient(
            HDLCClient.Settings(
                client: try #require(client), server: try #require(server), proposal: proposal,
                retries: retries))
    }

    private static func frame(
        _ control: HDLCControl, _ information: [UInt8] = [], isSegmented: Bool = false
    ) throws -> HDLCFrame {
        HDLCFrame(
            to: try #require(client), from: try #require(server), control, information: information[...],
            isSegmented: isSegmented)
    }

    private static func sent(_ actions: [HDLCClient.Action]) throws -> [HDLCFrame] {
        try actions.compactMap { action in
            guard case .send(let octets) = action else { return nil }
            return try HDLCFrame(between: octets.dropFirst().dropLast())
        }
    }

    private static func connected(limits: [UInt8] = []) throws -> HDLCClient {
        var link = try makeClient()
        _ = link.connect()
        let actions = link.frameReceived(try frame(.unnumberedAcknowledge(final: true), limits))
        #expect(actions == [.connected(link.parameters)])
        return link
    }

    @Test(arguments: ["v001", "v002"])
    func `speaks the golden dialogue of a Nartis`(name: String) throws {
        let all = VectorFile.all()
        let (open, associate) = (all.first { $0.name == "v001" }, all.first { $0.name == "v002" })
        var link = try Self.makeClient()
        let steps = try #require(open).steps
        #expect(link.connect() == [.send(steps[0].octets), .await])
        let acknowledge = try HDLCFrame(between: steps[1].octets.dropFirst().dropLast())
        let limits = HDLCParameters(maximumTransmit: 256, maximumReceive: 256)
        #expect(link.frameReceived(acknowledge) == [.connected(limits)])
        let exchange = try #require(associate).steps
        let request = try HDLCFrame(between: exchange[0].octets.dropFirst().dropLast())
        #expect(link.send(Array(request.information.dropFirst(3))) == [.send(exchange[0].octets), .await])
        let answer = try HDLCFrame(between: exchange[1].octets.dropFirst().dropLast())
        #expect(link.frameReceived(answer) == [.received(Array(answer.information.dropFirst(3)))])
        #expect(link.isIdle)
    }

    @Test func `puts a segmented answer together with RR`() throws {
        var link = try Self.connected()
        _ = link.send([0xC0])
        let header = LogicalLinkControl.response
        let first = try Self.frame(
            .information(sent: 0, received: 1, final: true), header + [1, 2], isSegmented: true)
        let ready = try Self.sent(link.frameReceived(first))
        #expect(ready.map(\.control) == [.receiveReady(received: 1, final: true)])
        // The same segment once more (our RR was lost): taken once only.
        #expect(link.frameReceived(first) == [.await])
        let last = try Self.frame(.information(sent: 1, received: 1, final: true), [3])
        #expect(link.frameReceived(last) == [.received([1, 2, 3])])
    }

    @Test func `cuts a long request to the limit of the meter and waits for RR`() throws {
        var link = try Self.connected(
            limits: HDLCParameters(maximumTransmit: 128, maximumReceive: 32).encoded)
        let first = try Self.sent(link.send([UInt8](repeating: 7, count: 60)))
        #expect(first.count == 1)
        #expect(first[0].isSegmented)
        #expect(first[0].information.count == 32)
        let second = try Self.sent(
            link.frameReceived(try Self.frame(.receiveReady(received: 1, final: true))))
        #expect(second.map(\.control) == [.information(sent: 1, received: 0, final: true)])
        #expect(second[0].information.count == 31)
        #expect(!second[0].isSegmented)
    }

    @Test func `sends again with the same number and then gives up`() throws {
        var link = try Self.connected()
        let request = link.send([0xC0])
        #expect(link.timerFired() == request)
        #expect(link.timerFired() == request)
        #expect(link.timerFired() == [.failed(.silent)])
        #expect(link.retransmissions == 2)
        #expect(!link.isOpen)
    }

    @Test func `asks with RR when the request was acknowledged but the answer is missing`() throws {
        var link = try Self.connected()
        _ = link.send([0xC0])
        #expect(link.frameReceived(try Self.frame(.receiveReady(received: 1, final: true))) == [.await])
        let poll = try Self.sent(link.timerFired())
        #expect(poll.map(\.control) == [.receiveReady(received: 0, final: true)])
        let busy = try Self.frame(.receiveNotReady(received: 1, final: true))
        #expect(link.frameReceived(busy) == [.await])
    }

    @Test func `sends again what the meter rejects, a bounded number of times`() throws {
        var link = try Self.connected()
        let request = link.send([0xC0])
        let reject = try Self.frame(.reject(received: 0, final: true))
        #expect(link.frameReceived(reject) == request)
        #expect(link.frameReceived(reject) == request)
        #expect(link.frameReceived(reject) == [.failed(.silent)])
    }

    @Test func `takes windows up to seven that the meter states, sends them at once and polls with the last`()
        throws
    {
        let stated = HDLCParameters(
            maximumTransmit: 128, maximumReceive: 32, windowTransmit: 7, windowReceive: 7)
        var link = try Self.connected(limits: stated.encoded)
        #expect(link.parameters.windowTransmit == 7)
        let sent = try Self.sent(link.send([UInt8](repeating: 7, count: 32 * 7)))
        #expect(sent.map(\.control.sentNumber) == [0, 1, 2, 3, 4, 5, 6])
        #expect(sent.map(\.control.isFinal) == [false, false, false, false, false, false, true])
        let rest = try Self.sent(
            link.frameReceived(try Self.frame(.receiveReady(received: 5, final: true))))
        // Nothing new before the window is acknowledged, then what is missing is sent again.
        #expect(rest == [])
        let again = try Self.sent(link.timerFired())
        #expect(again.map(\.control.sentNumber) == [5, 6, 7])
    }

    @Test func `an empty UA leaves 128 octets and a window of one`() throws {
        #expect(try Self.connected().parameters == .standard)
    }

    @Test func `asks with REJ for what is missing in a window, when the window has ended`() throws {
        let stated = HDLCParameters(
            maximumTransmit: 128, maximumReceive: 128, windowTransmit: 3, windowReceive: 3)
        var link = try Self.connected(limits: stated.encoded)
        _ = link.send([0xC0])
        let header = LogicalLinkControl.response
        func segment(_ number: UInt8, final: Bool, last: Bool = false) throws -> HDLCFrame {
            try Self.frame(
                .information(sent: number, received: 1, final: final),
                (number == 0 ? header : []) + [number], isSegmented: !last)
        }
        #expect(link.frameReceived(try segment(0, final: false)) == [.await])
        let reject = try Self.sent(link.frameReceived(try segment(2, final: true)))
        #expect(reject.map(\.control) == [.reject(received: 1, final: true)])
        #expect(link.frameReceived(try segment(1, final: false)) == [.await])
        let ready = try Self.sent(link.frameReceived(try segment(2, final: true)))
        #expect(ready.map(\.control) == [.receiveReady(received: 3, final: true)])
        // The same window once more: what has been taken is not asked for again.
        #expect(link.frameReceived(try segment(2, final: true)) == [.await])
        #expect(link.frameReceived(try segment(3, final: true, last: true)) == [.received([0, 1, 2, 3])])
    }

    @Test func `waits for a meter that is busy longer than for a silent one, but not for ever`() throws {
        var link = try Self.connected()
        _ = link.send([0xC0])
        let busy = try Self.frame(.receiveNotReady(received: 1, final: true))
        var polls = 0
        while link.isOpen {
            _ = link.frameReceived(busy)
            polls += 1
            #expect(polls < 100)
            _ = link.timerFired()
        }
        #expect(polls > 10)
    }

    @Test func `takes a late copy of an earlier answer for nothing else`() throws {
        var link = try Self.connected()
        _ = link.send([0xC0])
        let header = LogicalLinkControl.response
        let answer = try Self.frame(.information(sent: 0, received: 1, final: true), header + [1])
        #expect(link.frameReceived(answer) == [.received([1])])
        _ = link.send([0xC1])
        #expect(link.frameReceived(answer) == [.await])
        let next = try Self.frame(.information(sent: 1, received: 2, final: true), header + [2])
        #expect(link.frameReceived(next) == [.received([2])])
    }

    @Test func `ignores its own echo and other stations`() throws {
        var link = try Self.makeClient()
        for case .send(let octets) in link.connect() {
            #expect(link.frameReceived(try HDLCFrame(between: octets.dropFirst().dropLast())) == [])
        }
        let other = HDLCFrame(
            to: try #require(Self.client), from: try #require(HDLCAddress(upper: 1, lower: 17, width: .two)),
            .unnumberedAcknowledge(final: true))
        #expect(link.frameReceived(other) == [])
    }

    @Test func `tells DM, FRMR and a lost link apart`() throws {
        var refused = try Self.makeClient()
        _ = refused.connect()
        let mode = try Self.frame(.disconnectedMode(final: true))
        #expect(refused.frameReceived(mode) == [.failed(.disconnectedMode)])
        var open = try Self.connected()
        _ = open.send([0xC0])
        let reject = try Self.frame(.frameReject(final: true), [0x54, 0, 0x10])
        #expect(open.frameReceived(reject) == [.failed(.frameReject([0x54, 0, 0x10]))])
        var lost = try Self.connected()
        _ = lost.send([0xC0])
        #expect(lost.frameReceived(mode) == [.failed(.disconnectedMode)])
    }

    @Test func `an UA with limits, a DM and silence all end a disconnection`() throws {
        let limits = HDLCParameters.standard.encoded
        for answer in [
            try Self.frame(.unnumberedAcknowledge(final: true), limits),
            try Self.frame(.disconnectedMode(final: true)),
        ] {
            var link = try Self.connected()
            #expect(try Self.sent(link.disconnect()).map(\.control) == [.disconnect(final: true)])
            #expect(link.frameReceived(answer) == [.disconnected])
        }
        var silent = try Self.connected()
        _ = silent.disconnect()
        #expect(silent.timerFired().count == 2)
        #expect(silent.timerFired().count == 2)
        #expect(silent.timerFired() == [.disconnected])
    }

    @Test func `hands out pushed APDUs in any state`() throws {
        var link = try Self.makeClient()
        let push = try Self.frame(
            .unnumberedInformation(final: false), LogicalLinkControl.response + [0x0F, 1])
        #expect(link.frameReceived(push) == [.notified([0x0F, 1])])
    }

    @Test func `refuses an answer without LLC and one without end`() throws {
        var link = try Self.connected()
        _ = link.send([0xC0])
        let bare = try Self.frame(.information(sent: 0, received: 1, final: true), [0xC4])
        guard case .failed(.violation) = try #require(link.frameReceived(bare).first) else {
            Issue.record("taken")
            return
        }
        var endless = HDLCClient(
            HDLCClient.Settings(
                client: try #require(Self.client), server: try #require(Self.server), maximumAPDU: 100))
        _ = endless.connect()
        _ = endless.frameReceived(try Self.frame(.unnumberedAcknowledge(final: true)))
        _ = endless.send([0xC0])
        let information = LogicalLinkControl.response + [UInt8](repeating: 1, count: 97)
        let first = try Self.frame(
            .information(sent: 0, received: 1, final: true), information, isSegmented: true)
        #expect(endless.frameReceived(first).count == 2)
        let second = try Self.frame(
            .information(sent: 1, received: 1, final: true), information, isSegmented: true)
        #expect(endless.frameReceived(second) == [.failed(.tooLong)])
    }
}
