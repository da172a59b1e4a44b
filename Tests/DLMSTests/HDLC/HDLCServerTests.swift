import Octets
import Testing

@testable import DLMS

@Suite struct HDLCServerTests {
    private static func station(_ change: (inout HDLCServer.Settings) -> Void = { _ in }) -> HDLCServer {
        var settings = HDLCServer.Settings(physical: 16)
        change(&settings)
        return HDLCServer(settings)
    }

    private static func frame(
        _ control: HDLCControl, _ information: [UInt8] = [], isSegmented: Bool = false, client: Int = 32,
        to address: HDLCAddress? = HDLCClientTests.server
    ) throws -> HDLCFrame {
        HDLCFrame(
            to: try #require(address), from: try #require(HDLCAddress.client(client)), control,
            information: information[...], isSegmented: isSegmented)
    }

    private static func controls(_ actions: [HDLCServer.Action]) throws -> [HDLCControl] {
        try actions.compactMap { action in
            guard case .send(let octets) = action else { return nil }
            return try HDLCFrame(between: octets.dropFirst().dropLast()).control
        }
    }

    private static func connected(_ change: (inout HDLCServer.Settings) -> Void = { _ in }) throws
        -> HDLCServer
    {
        var server = station(change)
        let actions = server.frameReceived(try frame(.setNormalResponseMode(final: true)))
        #expect(actions.last == .established(client: 32, logical: 1))
        return server
    }

    private static let request = LogicalLinkControl.request

    @Test func `answers SNRM as a Nartis does`() throws {
        let steps = try #require(VectorFile.all().first { $0.name == "v001" }).steps
        var server = Self.station { $0.limits = HDLCParameters(maximumTransmit: 256, maximumReceive: 256) }
        let actions = server.frameReceived(try HDLCFrame(between: steps[0].octets.dropFirst().dropLast()))
        #expect(actions == [.send(steps[1].octets), .established(client: 32, logical: 1)])
    }

    @Test(arguments: [true, false])
    func `an empty SNRM leaves its limits standing or brings the defaults, by the model`(keeps: Bool) throws {
        let own = HDLCParameters(
            maximumTransmit: 512, maximumReceive: 512, windowTransmit: 7, windowReceive: 7)
        var server = Self.station {
            $0.limits = own
            $0.keepsLimits = keeps
        }
        for case .send(let octets) in server.frameReceived(
            try Self.frame(.setNormalResponseMode(final: true)))
        {
            let answer = try HDLCFrame(between: octets.dropFirst().dropLast())
            #expect(try HDLCParameters(information: answer.information) == (keeps ? own : .standard))
        }
    }

    @Test func `is silent to other addresses and to what only a server sends`() throws {
        var server = Self.station { $0.answersOneOctet = false }
        let others = [
            HDLCAddress(upper: 1, lower: 17, width: .two), HDLCAddress(upper: 2, lower: 16, width: .two),
            HDLCAddress(upper: 1, lower: 17, width: .four), HDLCAddress(upper: 1, width: .one),
        ]
        for other in others {
            #expect(
                server.frameReceived(try Self.frame(.setNormalResponseMode(final: true), to: other)) == [])
        }
        #expect(server.frameReceived(try Self.frame(.unnumberedAcknowledge(final: true))) == [])
    }

    @Test func `answers one and four octets in the width it was called by`() throws {
        var server = Self.station()
        for address in [HDLCAddress(upper: 1, width: .one), HDLCAddress(upper: 1, lower: 16, width: .four)] {
            let actions = server.frameReceived(
                try Self.frame(.setNormalResponseMode(final: true), to: address))
            for case .send(let octets) in actions {
                #expect(try HDLCFrame(between: octets.dropFirst().dropLast()).source == address)
            }
        }
    }

    @Test func `refuses everything outside a link with DM`() throws {
        var server = Self.station()
        for control in [
            HDLCControl.disconnect(final: true), .receiveReady(received: 0, final: true),
            .information(sent: 0, received: 0, final: true),
        ] {
            #expect(
                try Self.controls(server.frameReceived(try Self.frame(control))) == [
                    .disconnectedMode(final: true)
                ])
        }
        var taken = try Self.connected()
        let other = try Self.frame(
            .information(sent: 0, received: 0, final: true), Self.request + [1], client: 48)
        #expect(try Self.controls(taken.frameReceived(other)) == [.disconnectedMode(final: true)])
    }

    @Test func `closes with UA, with limits where the meter does so`() throws {
        for states in [false, true] {
            var server = try Self.connected { $0.statesLimitsAtDisconnect = states }
            let actions = server.frameReceived(try Self.frame(.disconnect(final: true)))
            #expect(actions.last == .released(client: 32))
            for case .send(let octets) in actions {
                #expect(try HDLCFrame(between: octets.dropFirst().dropLast()).information.isEmpty != states)
            }
            #expect(!server.isConnected)
        }
    }

    @Test func `cuts its answer into segments and sends the next for each RR`() throws {
        var server = try Self.connected {
            $0.limits = HDLCParameters(maximumTransmit: 32, maximumReceive: 128)
        }
        let asked = server.frameReceived(
            try Self.frame(.information(sent: 0, received: 0, final: true), Self.request + [0xC0]))
        #expect(asked == [.received(apdu: [0xC0], client: 32, logical: 1)])
        let first = try Self.controls(server.answer([UInt8](repeating: 5, count: 40)))
        #expect(first == [.information(sent: 0, received: 1, final: true)])
        let ready = try Self.frame(.receiveReady(received: 1, final: true))
        #expect(
            try Self.controls(server.frameReceived(ready)) == [
                .information(sent: 1, received: 1, final: true)
            ])
        // Asked again with the old number, it sends the last segment again; then it has nothing more.
        #expect(
            try Self.controls(server.frameReceived(ready)) == [
                .information(sent: 1, received: 1, final: true)
            ])
        let done = try Self.frame(.receiveReady(received: 2, final: true))
        #expect(try Self.controls(server.frameReceived(done)) == [.receiveReady(received: 1, final: true)])
    }

    @Test func `answers a repeated request once more and makes it once only`() throws {
        var server = try Self.connected()
        let request = try Self.frame(.information(sent: 0, received: 0, final: true), Self.request + [0xC0])
        #expect(server.frameReceived(request).count == 1)
        #expect(server.frameReceived(request) == [])
        let answer = server.answer([0xC4])
        #expect(server.frameReceived(request) == answer)
    }

    @Test func `puts a segmented request together`() throws {
        var server = try Self.connected()
        let first = try Self.frame(
            .information(sent: 0, received: 0, final: true), Self.request + [1, 2], isSegmented: true)
        #expect(try Self.controls(server.frameReceived(first)) == [.receiveReady(received: 1, final: true)])
        let last = try Self.frame(.information(sent: 1, received: 0, final: true), [3])
        #expect(server.frameReceived(last) == [.received(apdu: [1, 2, 3], client: 32, logical: 1)])
    }

    @Test func `rejects numbers of another session as the golden FRMR shows`() throws {
        var server = try Self.connected()
        let stale = try Self.frame(.information(sent: 2, received: 0, final: true), Self.request + [1])
        let controls = try Self.controls(server.frameReceived(stale))
        #expect(controls == [.frameReject(final: true)])
        let beyond = try Self.frame(.receiveReady(received: 3, final: true))
        #expect(try Self.controls(server.frameReceived(beyond)) == [.frameReject(final: true)])
    }

    @Test func `asks again with REJ where the window is wider than one`() throws {
        var server = try Self.connected {
            $0.limits = HDLCParameters(
                maximumTransmit: 128, maximumReceive: 128, windowTransmit: 3, windowReceive: 3)
        }
        let skipped = try Self.frame(.information(sent: 1, received: 0, final: true), [1])
        #expect(try Self.controls(server.frameReceived(skipped)) == [.reject(received: 0, final: true)])
        // A number behind is a late copy: it is answered, and asked for no more.
        let late = try Self.frame(.information(sent: 6, received: 0, final: true), [1])
        #expect(try Self.controls(server.frameReceived(late)) == [.receiveReady(received: 0, final: true)])
    }

    @Test func `sends a window of segments and only the last one is final`() throws {
        var server = try Self.connected {
            $0.limits = HDLCParameters(
                maximumTransmit: 32, maximumReceive: 128, windowTransmit: 2, windowReceive: 1)
        }
        _ = server.frameReceived(
            try Self.frame(.information(sent: 0, received: 0, final: true), Self.request + [1]))
        let window = try Self.controls(server.answer([UInt8](repeating: 1, count: 80)))
        #expect(
            window == [
                .information(sent: 0, received: 1, final: false),
                .information(sent: 1, received: 1, final: true),
            ])
        let reject = try Self.frame(.reject(received: 1, final: true))
        let again = try Self.controls(server.frameReceived(reject))
        #expect(
            again == [
                .information(sent: 1, received: 1, final: false),
                .information(sent: 2, received: 1, final: true),
            ])
    }

    @Test func `forgets the link when nothing has come for long`() throws {
        var server = try Self.connected()
        #expect(server.inactivityTimerFired() == [.released(client: 32)])
        let poll = try Self.frame(.receiveReady(received: 0, final: true))
        #expect(try Self.controls(server.frameReceived(poll)) == [.disconnectedMode(final: true)])
    }

    @Test func `a new SNRM takes the link over and counts from zero`() throws {
        var server = try Self.connected()
        _ = server.frameReceived(
            try Self.frame(.information(sent: 0, received: 0, final: true), Self.request + [1]))
        let actions = server.frameReceived(try Self.frame(.setNormalResponseMode(final: true), client: 48))
        #expect(actions.first == .released(client: 32))
        #expect(actions.last == .established(client: 48, logical: 1))
        #expect(server.answer([1]) == [])
    }
}
