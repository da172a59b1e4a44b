import Octets
import Testing

@testable import DLMS

/// Application machines over both halves of an HDLC link: data blocks above, segments below.
@Suite struct StackTests {
    private struct Stack {
        var application: ApplicationClient
        var link: HDLCClient
        var station: HDLCServer
        var server: ApplicationServer
        var directory = TestMeter.directory(rows: 500)
        var longestInformation = 0
        var segments = 0

        /// Carries one APDU to the station and back.
        mutating func carry(_ actions: [HDLCClient.Action]) throws -> [UInt8]? {
            var pending = actions
            while !pending.isEmpty {
                switch pending.removeFirst() {
                case .send(let octets):
                    let frame = try HDLCFrame(between: octets.dropFirst().dropLast())
                    for answer in try answers(to: frame) { pending += link.frameReceived(answer) }
                case .received(let apdu): return apdu
                case .failed(let failure): throw failure
                case .await, .connected, .notified, .disconnected: break
                }
            }
            return nil
        }

        private mutating func answers(to frame: HDLCFrame) throws -> [HDLCFrame] {
            var actions = station.frameReceived(frame)
            var heard: [HDLCFrame] = []
            while !actions.isEmpty {
                switch actions.removeFirst() {
                case .send(let octets):
                    let answer = try HDLCFrame(between: octets.dropFirst().dropLast())
                    longestInformation = max(longestInformation, answer.information.count)
                    segments += answer.isSegmented ? 1 : 0
                    heard.append(answer)
                case .received(let apdu, let client, _):
                    let sap = ClientSAP(rawValue: UInt16(client))
                    let answer = server.received(apdu, from: sap, directory: &directory)
                    if let answer { actions += station.answer(answer) }
                case .established(let client, _), .released(let client):
                    server.linkClosed(by: ClientSAP(rawValue: UInt16(client)))
                }
            }
            return heard
        }

        mutating func run(_ request: [UInt8]) throws -> ApplicationClient.Action {
            var answer = try #require(try carry(link.send(request)))
            while true {
                switch application.received(answer) {
                case .sendAPDU(let next): answer = try #require(try carry(link.send(next)))
                case let ended: return ended
                }
            }
        }
    }

    @Test(arguments: [32, 128, 512], [100, 400, 1000] as [UInt16])
    func `blocks inside segments bring a profile whole`(information: Int, pdu: UInt16) throws {
        let limits = HDLCParameters(
            maximumTransmit: information, maximumReceive: information, windowTransmit: 1, windowReceive: 1)
        let settings = HDLCClient.Settings(
            client: try #require(HDLCClientTests.client), server: try #require(HDLCClientTests.server),
            proposal: limits)
        var stack = Stack(
            application: ApplicationClient(settings: .init(authentication: .lowLevel(TestMeter.password))),
            link: HDLCClient(settings),
            station: HDLCServer(HDLCServer.Settings(physical: 16, limits: limits)),
            server: TestMeter.server(maximumPDU: pdu))
        _ = try stack.carry(stack.link.connect())
        _ = try stack.run(try stack.application.associate())
        let request = try stack.application.get(TestMeter.attribute(7, TestMeter.profile, 2))
        let rows = try stack.run(request).value?.elements
        #expect(rows?.map { $0.elements?[1].wholeNumber } == (0..<500).map(Int64.init))
        #expect(stack.longestInformation <= information)
        #expect((stack.segments > 0) == (Int(pdu) + 3 > information))
        _ = try stack.carry(stack.link.disconnect())
        #expect(stack.server.associatedClients.isEmpty)
    }
}
