import Octets
import Testing

@testable import DLMS

@Suite struct HDLCServerLinkTests {
    private static func frame(_ control: HDLCControl, _ information: [UInt8] = [], client: Int = 32) throws
        -> HDLCFrame
    {
        HDLCFrame(
            to: try #require(HDLCClientTests.server), from: try #require(HDLCAddress.client(client)), control,
            information: information[...])
    }

    private static func answers(_ actions: [HDLCServer.Action]) throws -> [HDLCFrame] {
        try actions.compactMap { action in
            guard case .send(let octets) = action else { return nil }
            return try HDLCFrame(between: octets.dropFirst().dropLast())
        }
    }

    private static func connected(clients: [Int] = [32], places: Int = 1) throws -> HDLCServer {
        var server = HDLCServer(HDLCServer.Settings(physical: 16, places: places))
        for client in clients {
            _ = server.frameReceived(try frame(.setNormalResponseMode(final: true), client: client))
        }
        return server
    }

    private static let poll = HDLCControl.receiveReady(received: 0, final: true)
    private static let request = HDLCControl.information(sent: 0, received: 0, final: true)

    @Test func `is silent to SNRM and DISC that do not poll`() throws {
        var server = HDLCServer(HDLCServer.Settings(physical: 16))
        #expect(server.frameReceived(try Self.frame(.setNormalResponseMode(final: false))) == [])
        #expect(!server.isConnected)
        server = try Self.connected()
        #expect(server.frameReceived(try Self.frame(.disconnect(final: false))) == [])
        #expect(server.isConnected)
    }

    @Test func `keeps its answer until it is polled`() throws {
        var server = try Self.connected()
        let unpolled = HDLCControl.information(sent: 0, received: 0, final: false)
        _ = server.frameReceived(try Self.frame(unpolled, LogicalLinkControl.request + [0xC0]))
        #expect(server.answer([0xC4]) == [])
        #expect(server.frameReceived(try Self.frame(.receiveNotReady(received: 0, final: false))) == [])
        let sent = try Self.answers(server.frameReceived(try Self.frame(Self.poll)))
        #expect(sent.map(\.control) == [.information(sent: 0, received: 1, final: true)])
    }

    @Test func `answers nothing but FRMR from a rejection until SNRM`() throws {
        var server = try Self.connected()
        let refused = server.frameReceived(try Self.frame(.receiveReady(received: 5, final: true)))
        #expect(try Self.answers(refused).first?.information == [0xB1, 0x00, 0x08])
        let request = try Self.frame(Self.request, LogicalLinkControl.request + [0xC0])
        #expect(server.frameReceived(request) == refused)
        #expect(server.frameReceived(try Self.frame(.receiveReady(received: 0, final: false))) == [])
        _ = server.frameReceived(try Self.frame(.setNormalResponseMode(final: true)))
        #expect(server.frameReceived(request) == [.received(apdu: [0xC0], client: 32, logical: 1)])
    }

    @Test func `tells a client with a link which command it does not know`() throws {
        var octets = try Self.frame(Self.poll).encoded
        let place = octets.count - 4
        octets[place] = 0x3B
        let check = CRC16.x25(octets[1...place])
        (octets[place + 1], octets[place + 2]) = (UInt8(check & 0xFF), UInt8(check >> 8))
        var decoder = HDLCFrameDecoder()
        decoder.append(octets)
        let next = decoder.next()
        let item = try #require(next)
        #expect(item.content == .failure(DecodingError(.unsupported, at: 0, "")))
        var server = try Self.connected()
        let answer = try Self.answers(server.unknownCommandReceived(item.octets))
        #expect(answer.first?.control == .frameReject(final: true))
        #expect(answer.first?.information == [0x3B, 0x00, 0x01])
        var closed = HDLCServer(HDLCServer.Settings(physical: 16))
        #expect(closed.unknownCommandReceived(item.octets) == [])
        #expect(closed.unknownCommandReceived([0x7E, 0xA0]) == [])
    }

    @Test func `passes nothing on that comes with a server's header`() throws {
        var server = try Self.connected()
        let actions = server.frameReceived(try Self.frame(Self.request, LogicalLinkControl.response + [0xC0]))
        #expect(try Self.answers(actions).map(\.control) == [.receiveReady(received: 1, final: true)])
    }

    @Test func `keeps the links of two clients apart`() throws {
        var server = try Self.connected(clients: [32, 16], places: 2)
        #expect(server.clients == [32, 16])
        for client in [32, 16] {
            let asked = server.frameReceived(
                try Self.frame(Self.request, LogicalLinkControl.request + [UInt8(client)], client: client))
            #expect(asked == [.received(apdu: [UInt8(client)], client: client, logical: 1)])
            let sent = server.answer([1])
            let answer = try #require(try Self.answers(sent).first)
            #expect(Int(answer.destination.upper) == client)
            #expect(answer.control == .information(sent: 0, received: 1, final: true))
        }
        let closed = server.frameReceived(try Self.frame(.disconnect(final: true), client: 16))
        #expect(closed.last == .released(client: 16))
        #expect(server.inactivityTimerFired(of: 16) == [])
        #expect(server.inactivityTimerFired(of: 32) == [.released(client: 32)])
    }

    @Test func `gives the place heard longest ago to a client more`() throws {
        var server = try Self.connected(clients: [32, 16], places: 2)
        _ = server.frameReceived(try Self.frame(Self.poll, client: 32))
        let actions = server.frameReceived(try Self.frame(.setNormalResponseMode(final: true), client: 48))
        #expect(actions.first == .released(client: 16))
        #expect(server.clients == [32, 48])
    }
}
