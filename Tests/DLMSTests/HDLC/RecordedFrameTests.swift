import Octets
import Testing

@testable import DLMS

/// The recorded frames that stand alone, each handed to a client in the state in which it came; and the list
/// of every golden dialogue by the suite that plays it.
@Suite struct RecordedFrameTests {
    private static func frame(_ name: String) throws -> HDLCFrame {
        let file = try #require(VectorFile.all().first { $0.name == name })
        let octets = try #require(file.steps.first).octets
        return try HDLCFrame(between: octets.dropFirst().dropLast())
    }

    /// A client of a frame's addresses, its link open, after so many exchanges of one frame each way, and one
    /// request under way behind them.
    private static func client(of frame: HDLCFrame, exchanges: UInt8) throws -> HDLCClient {
        var client = HDLCClient(HDLCClient.Settings(client: frame.destination, server: frame.source))
        func answer(_ control: HDLCControl, _ information: [UInt8] = []) -> HDLCFrame {
            HDLCFrame(to: frame.destination, from: frame.source, control, information: information[...])
        }
        _ = client.connect()
        _ = client.frameReceived(answer(.unnumberedAcknowledge(final: true)))
        for number in 0..<exchanges {
            _ = client.send([0])
            let control = HDLCControl.information(sent: number, received: number + 1, final: true)
            _ = client.frameReceived(answer(control, LogicalLinkControl.response + [0]))
        }
        #expect(client.isIdle)
        _ = client.send([0])
        return client
    }

    @Test(arguments: ["v070", "v118"])
    func `a UA by itself opens the link by the limits it states`(name: String) throws {
        let frame = try Self.frame(name)
        var client = HDLCClient(HDLCClient.Settings(client: frame.destination, server: frame.source))
        _ = client.connect()
        #expect(client.frameReceived(frame) == [.connected(client.parameters)])
        let stated = try HDLCParameters(information: frame.information)
        #expect(client.parameters.maximumReceive == stated.maximumTransmit)
        #expect(client.parameters.maximumTransmit == stated.maximumReceive)
    }

    @Test func `the AARE of a KPZ is the answer to the first request of a link`() throws {
        let frame = try Self.frame("v061")
        var client = try Self.client(of: frame, exchanges: 0)
        let apdu = try #require(GoldenAPDU.dialogue("v061").first)
        #expect(client.frameReceived(frame) == [.received(apdu.octets)])
    }

    @Test func `the first segment of a long answer is acknowledged, and the rest awaited`() throws {
        let frame = try Self.frame("v063")
        var client = try Self.client(of: frame, exchanges: 3)
        let ready = HDLCFrame(
            to: frame.source, from: frame.destination, .receiveReady(received: 4, final: true),
            information: [])
        #expect(client.frameReceived(frame) == [.send(ready.encoded), .await])
    }

    @Test(arguments: ["v110", "v114"])
    func `a push by itself is handed on, whatever the link is doing`(name: String) throws {
        let frame = try Self.frame(name)
        let apdu = Array(try #require(LogicalLinkControl.apdu(in: frame.information)))
        var closed = HDLCClient(HDLCClient.Settings(client: frame.destination, server: frame.source))
        #expect(closed.frameReceived(frame) == [.notified(apdu)])
        var asking = try Self.client(of: frame, exchanges: 2)
        #expect(asking.frameReceived(frame) == [.notified(apdu), .await])
    }

    @Test func `a push in a numbered frame to a client without a link is nobody's answer`() throws {
        let frame = try Self.frame("v109")
        var closed = HDLCClient(HDLCClient.Settings(client: frame.destination, server: frame.source))
        #expect(closed.frameReceived(frame).isEmpty)
    }

    @Test func `every golden dialogue is decoded and played`() {
        let alone: Set = ["v061", "v063", "v070", "v109", "v110", "v114", "v118"]
        let dialogues = Set(RecordedSessionTests.Recording.all.map(\.name))
        let applications = Set(GoldenAPDU.all.map(\.file))
        // The proof of mechanism 5 stands alone in `SecurityContextTests`; one frame lies about its length.
        let others: Set = ["v104", "v062"]
        let played = alone.union(dialogues).union(applications).union(others)
        let left = VectorFile.all().map(\.name).filter { !played.contains($0) }
        #expect(left.isEmpty)
        #expect(VectorFile.all().count == 60)
    }
}
