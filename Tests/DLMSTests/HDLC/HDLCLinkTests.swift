import Octets
import Testing

@testable import DLMS

/// Both halves against each other over a line that loses, doubles and delays frames.
@Suite struct HDLCLinkTests {
    private struct Line {
        var client: HDLCClient
        var server: HDLCServer
        var numbers: SeededNumbers
        var lossPercent: Int
        /// Answers that come only behind those to the next frame sent.
        var late: [HDLCFrame] = []
        var received: [[UInt8]] = []
        var failure: HDLCFailure?
        var made = 0

        mutating func run(_ actions: [HDLCClient.Action], until done: (Line) -> Bool) throws {
            var pending = actions
            for _ in 0..<10_000 where !done(self) && failure == nil {
                let delayed = late
                late = []
                var heard: [HDLCFrame] = []
                for action in pending {
                    switch action {
                    case .send(let octets): heard += try deliver(octets)
                    case .received(let apdu): received.append(apdu)
                    case .failed(let reason): failure = reason
                    case .await, .connected, .notified, .disconnected: break
                    }
                }
                if done(self) { return }
                pending = (heard + delayed).flatMap { client.frameReceived($0) }
                if pending.allSatisfy({ $0 == .await }) { pending = client.timerFired() }
            }
        }

        private var isLost: Bool {
            mutating get { Int.random(in: 0..<100, using: &numbers) < lossPercent }
        }

        private mutating func deliver(_ octets: [UInt8]) throws -> [HDLCFrame] {
            if isLost { return [] }
            var heard: [HDLCFrame] = []
            for action in server.frameReceived(try HDLCFrame(between: octets.dropFirst().dropLast())) {
                switch action {
                case .send(let answer): heard += try carry(answer)
                case .received(let apdu, _, _):
                    made += 1
                    for case .send(let answer) in server.answer(apdu.reversed()) {
                        heard += try carry(answer)
                    }
                case .established, .released: break
                }
            }
            return heard
        }

        private mutating func carry(_ octets: [UInt8]) throws -> [HDLCFrame] {
            let frame = try HDLCFrame(between: octets.dropFirst().dropLast())
            if isLost { return [] }
            if isLost {
                late.append(frame)
                return []
            }
            return isLost ? [frame, frame] : [frame]
        }
    }

    @Test(arguments: 1...40)
    func `every APDU arrives once and whole however the line loses, doubles and delays`(seed: Int) throws {
        var numbers = SeededNumbers(seed: UInt64(seed))
        let size = [32, 128, 512][seed % 3]
        // Here answers overtake each other, as on no wire: numbers of modulo 8 tell a late frame from a new
        // one then only while the window is below four.
        let window = seed % 4 == 0 ? 3 : seed % 4
        let limits = HDLCParameters(
            maximumTransmit: size, maximumReceive: size, windowTransmit: window, windowReceive: window)
        let settings = HDLCClient.Settings(
            client: try #require(HDLCClientTests.client), server: try #require(HDLCClientTests.server),
            proposal: limits, retries: 200)
        let requests = (0..<20).map { _ in numbers.octets(Int.random(in: 1...900, using: &numbers)) }
        var line = Line(
            client: HDLCClient(settings),
            server: HDLCServer(HDLCServer.Settings(physical: 16, limits: limits)),
            numbers: numbers, lossPercent: seed % 5 * 6)
        try line.run(line.client.connect()) { $0.client.isIdle }
        #expect(line.client.parameters == limits)
        for (index, request) in requests.enumerated() {
            try line.run(line.client.send(request)) { $0.received.count == index + 1 }
            #expect(line.failure == nil)
        }
        let isWhole = line.received == requests.map { $0.reversed() }
        #expect(isWhole)
        #expect(line.made == requests.count)
    }
}
