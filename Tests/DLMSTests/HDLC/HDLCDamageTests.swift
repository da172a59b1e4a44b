import Octets
import Testing

@testable import DLMS

/// Both halves with their decoders over a wire of octets in virtual time, which flips, drops, doubles, cuts
/// and delays what passes, but keeps its order as wires do. Whatever it does, an APDU arrives as it was or
/// not at all.
@Suite struct HDLCDamageTests {
    @Test(arguments: 1...70)
    func `every APDU arrives once and whole over a damaging wire, at any window and size`(seed: Int) throws {
        var numbers = SeededNumbers(seed: UInt64(seed))
        let size = [32, 33, 128, 512, 2_030][seed % 5]
        let limits = HDLCParameters(
            maximumTransmit: size, maximumReceive: size, windowTransmit: seed % 7 + 1,
            windowReceive: seed / 7 % 7 + 1)
        var wire = try DamagingWire(
            limits: limits, retries: 500, damagePercent: seed % 4 * 8, numbers: numbers)
        try wire.connect()
        #expect(wire.client.parameters == limits)
        let requests = (0..<12).map { _ in numbers.octets(Int.random(in: 1...3 * size, using: &numbers)) }
        for request in requests { try wire.exchange(request) }
        let isWhole = wire.received == requests.map { $0.reversed() }
        #expect(isWhole)
        #expect(wire.served == requests, "served once each")
        #expect(wire.failures == [])
    }

    @Test(arguments: 1...40)
    func `with few repetitions there are failures in plain words and still no wrong data`(seed: Int) throws {
        var numbers = SeededNumbers(seed: UInt64(seed) << 20)
        let window = seed % 7 + 1
        let limits = HDLCParameters(
            maximumTransmit: 32 << (seed % 3), maximumReceive: 64, windowTransmit: window,
            windowReceive: window)
        var wire = try DamagingWire(limits: limits, retries: 1, damagePercent: 35, numbers: numbers)
        var answered = 0
        for _ in 0..<30 {
            let request = numbers.octets(1...300)
            if !wire.client.isIdle { try wire.connect() }
            guard wire.client.isIdle else { continue }
            let before = wire.received.count
            try wire.exchange(request)
            guard wire.received.count > before else { continue }
            answered += 1
            let isRight = wire.received.last == request.reversed()
            #expect(isRight)
        }
        #expect(wire.received.count == answered)
        #expect(answered > 0)
        #expect(!wire.failures.isEmpty)
        #expect(wire.failures.allSatisfy { $0 == .silent })
    }
}

/// Two halves of a link and what happens between them.
private struct DamagingWire {
    private struct Delivery {
        var time: Int
        var octets: [UInt8]
    }

    private(set) var client: HDLCClient
    private(set) var received: [[UInt8]] = []
    private(set) var served: [[UInt8]] = []
    private(set) var failures: [HDLCFailure] = []

    private var server: HDLCServer
    private var clientFrames = HDLCFrameDecoder()
    private var serverFrames = HDLCFrameDecoder()
    private var numbers: SeededNumbers
    private let damagePercent: Int
    /// Milliseconds.
    private var now = 0
    private var deadline: Int?
    private var heardByServer = 0
    private var toServer: [Delivery] = []
    private var toClient: [Delivery] = []

    init(limits: HDLCParameters, retries: Int, damagePercent: Int, numbers: SeededNumbers) throws {
        let settings = HDLCClient.Settings(
            client: try #require(HDLCClientTests.client), server: try #require(HDLCClientTests.server),
            proposal: limits, retries: retries)
        client = HDLCClient(settings)
        server = HDLCServer(HDLCServer.Settings(physical: 16, limits: limits.turned))
        self.damagePercent = damagePercent
        self.numbers = numbers
    }

    mutating func connect() throws { try run(client.connect()) { $0.isIdle } }

    mutating func exchange(_ apdu: [UInt8]) throws { try run(client.send(apdu)) { $0.isIdle } }

    /// Lets time pass until the client has what it wants or the link has failed.
    private mutating func run(_ actions: [HDLCClient.Action], until done: (HDLCClient) -> Bool) throws {
        let failed = failures.count
        take(actions)
        for _ in 0..<200_000 {
            guard !done(client), failures.count == failed else { return }
            let next = [toServer.first?.time, toClient.first?.time, deadline].compactMap { $0 }.min()
            now = max(now, try #require(next, "nobody waits for anything"))
            if let delivery = toServer.first, delivery.time <= now {
                toServer.removeFirst()
                serve(delivery.octets)
            } else if let delivery = toClient.first, delivery.time <= now {
                toClient.removeFirst()
                clientFrames.append(delivery.octets)
                while let item = clientFrames.next() { hear(item) }
            } else {
                deadline = nil
                while let item = clientFrames.nextAtSilence() { hear(item) }
                if deadline == nil { take(client.timerFired()) }
            }
        }
        Issue.record("it never ends")
    }

    private mutating func hear(_ item: HDLCStreamItem) {
        if case .success(let frame) = item.content { take(client.frameReceived(frame)) }
    }

    private mutating func take(_ actions: [HDLCClient.Action]) {
        for action in actions {
            switch action {
            case .send(let octets): carry(octets, to: \.toServer, delay: 1...20)
            case .await: deadline = now + 400
            case .received(let apdu): received.append(apdu)
            case .failed(let failure): failures.append(failure)
            case .connected, .notified, .disconnected: break
            }
        }
    }

    private mutating func serve(_ octets: [UInt8]) {
        // A false length must not swallow what comes after a pause.
        if serverFrames.isInsideFrame, now - heardByServer > 200 { serverFrames.reset() }
        heardByServer = now
        serverFrames.append(octets)
        while let item = serverFrames.next() {
            guard case .success(let frame) = item.content else { continue }
            for action in server.frameReceived(frame) { act(action) }
        }
    }

    private mutating func act(_ action: HDLCServer.Action) {
        switch action {
        // Sometimes slower than the client's patience: its answer then meets the next question.
        case .send(let octets): carry(octets, to: \.toClient, delay: 1...450)
        case .received(let apdu, _, _):
            served.append(apdu)
            for answer in server.answer(apdu.reversed()) { act(answer) }
        case .established, .released: break
        }
    }

    private mutating func carry(
        _ octets: [UInt8], to direction: WritableKeyPath<DamagingWire, [Delivery]>, delay: ClosedRange<Int>
    ) {
        let last = self[keyPath: direction].last?.time ?? now
        let time = max(last, now + Int.random(in: delay, using: &numbers))
        for copy in spoilt(octets) where !copy.isEmpty {
            self[keyPath: direction].append(Delivery(time: time, octets: copy))
        }
    }

    private mutating func spoilt(_ octets: [UInt8]) -> [[UInt8]] {
        guard Int.random(in: 0..<100, using: &numbers) < damagePercent else { return [octets] }
        let place = Int.random(in: 0..<octets.count, using: &numbers)
        var changed = octets
        switch Int.random(in: 0..<7, using: &numbers) {
        case 0: return []
        case 1: return [octets, octets]
        case 2: changed[place] ^= 1 << UInt8.random(in: 0..<8, using: &numbers)
        case 3: changed.remove(at: place)
        case 4: changed.insert(HDLCFrame.flag, at: place)
        case 5: changed.removeLast(octets.count - place)
        default: changed = numbers.octets(1...9) + octets
        }
        return [changed]
    }
}

extension HDLCParameters {
    /// The limits of a peer that suits these exactly.
    fileprivate var turned: HDLCParameters {
        HDLCParameters(
            maximumTransmit: maximumReceive, maximumReceive: maximumTransmit, windowTransmit: windowReceive,
            windowReceive: windowTransmit)
    }
}
