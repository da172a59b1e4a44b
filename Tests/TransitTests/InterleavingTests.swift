// Any interleaving of polls, technicians, transit clients and a client from afar on one line, which is
// sometimes unplugged: the line never has two owners, and no octet is lost, doubled or brought to somebody
// else. Each run is drawn from its seed; LONG=1 in the environment runs a hundred thousand of them.

import Faults
import Foundation
import Lines
import Remote
import Seams
import Testing
import Timekeeping
import Transit
import VirtualTime

/// What everybody saw of one run.
private actor Witness {
    private(set) var owners = 0
    private(set) var ownersAtMost = 0
    private(set) var complaints: [String] = []
    private(set) var answers: [Int: Int] = [:]
    private(set) var failures = 0
    private nonisolated let clock: any MonotonicClock

    init(_ clock: any MonotonicClock) { self.clock = clock }
    nonisolated var unownedExecutor: UnownedSerialExecutor { clock.executor }

    func enter() {
        owners += 1
        ownersAtMost = max(ownersAtMost, owners)
    }
    func leave() { owners -= 1 }
    func complain(_ text: String) { complaints.append(text) }
    func answered(_ who: Int) { answers[who, default: 0] += 1 }
    func failed() { failures += 1 }
}

/// Numbers of a seed.
private struct Dice {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }
    mutating func below(_ limit: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(state >> 33) % limit
    }
}

@Suite struct InterleavingTests {
    /// Requests and answers of four octets: who, which, and twice the complement.
    private static func frame(_ who: Int, _ number: Int, isAnswer: Bool) -> [UInt8] {
        let first = UInt8(who) | (isAnswer ? 0x80 : 0)
        return [first, UInt8(number), ~first, ~UInt8(number)]
    }

    /// The far end of the line: answers each whole request after a while, in pieces.
    private static func answer(_ bench: TransitBench, _ witness: Witness, seed: UInt64) async {
        var served = 0
        while !Task.isCancelled {
            let devices = await bench.opener.devices
            if devices.count > served {
                served = devices.count
                await answer(as: devices[served - 1], bench, witness, seed: seed &+ UInt64(served))
            } else {
                try? await bench.clock.sleep(for: .milliseconds(10))
            }
        }
    }

    /// The same until the line is unplugged.
    private static func answer(
        as device: PipeEnd, _ bench: TransitBench, _ witness: Witness, seed: UInt64
    ) async {
        var dice = Dice(seed ^ 0xABCD)
        var buffer: [UInt8] = []
        while !Task.isCancelled {
            guard let octets = try? await device.read(until: bench.clock.now + .seconds(60)) else { return }
            buffer += octets
            while buffer.count >= 4 {
                let request = Array(buffer.prefix(4))
                buffer.removeFirst(4)
                let (who, number) = (Int(request[0]), Int(request[1]))
                guard request == frame(who, number, isAnswer: false) else {
                    await witness.complain("the device heard \(request)")
                    return
                }
                try? await bench.clock.sleep(for: .milliseconds(5 + dice.below(60)))
                let answer = frame(who, number, isAnswer: true)
                let cut = 1 + dice.below(3)
                try? await device.write(Array(answer.prefix(cut)))
                try? await bench.clock.sleep(for: .milliseconds(dice.below(20)))
                try? await device.write(Array(answer.dropFirst(cut)))
            }
        }
    }

    /// One question over a stream; what comes must be its answer and nothing else.
    private static func ask(
        _ who: Int, _ number: Int, over channel: any Channel, _ bench: TransitBench, _ witness: Witness
    ) async throws -> Bool {
        try await channel.write(frame(who, number, isAnswer: false))
        var octets: [UInt8] = []
        let deadline = bench.clock.now + .seconds(40)
        while octets.count < 4, bench.clock.now < deadline {
            octets += try await channel.read(until: deadline)
        }
        guard octets == frame(who, number, isAnswer: true) else {
            await witness.complain("\(who) asked \(number) and got \(octets)")
            return false
        }
        await witness.answered(who)
        return true
    }

    /// The same over a line that may be unplugged meanwhile.
    private static func answered(
        _ who: Int, _ number: Int, over lease: LineLease, _ bench: TransitBench, _ witness: Witness
    ) async -> Bool {
        do {
            return try await ask(who, number, over: lease, bench, witness)
        } catch {
            await witness.failed()
            return false
        }
    }

    /// Pulls the plug once in every other run.
    private static func unplug(_ bench: TransitBench, _ seed: UInt64) async throws {
        var dice = Dice(seed ^ 0x5EED)
        guard dice.below(2) == 0 else { return }
        try await bench.clock.sleep(for: .milliseconds(dice.below(4_000)))
        await bench.opener.devices.last?.close()
    }

    private static func poll(
        _ who: Int, _ leaseClass: LeaseClass, _ bench: TransitBench, _ witness: Witness, _ seed: UInt64
    ) async throws {
        var dice = Dice(seed &+ UInt64(who) &* 7_919)
        for number in 0..<3 {
            try await bench.clock.sleep(for: .milliseconds(dice.below(4_000)))
            let wish = LeaseRequest(
                line: .interface("Iface1"), leaseClass: leaseClass, owner: "\(who)", patience: .seconds(600))
            let count = 1 + dice.below(3)
            do {
                try await bench.lines.withLease(wish, isolation: nil) { lease in
                    await witness.enter()
                    for index in 0..<count {
                        guard await answered(who, number * 8 + index, over: lease, bench, witness) else {
                            break
                        }
                    }
                    await witness.leave()
                }
            } catch let fault as Fault where [.lineClosed, .lineOpenFailed].contains(fault.code) {
                await witness.failed()
            }
        }
    }

    private static func visit(
        _ who: Int, _ port: TransitPort, _ bench: TransitBench, _ witness: Witness, _ seed: UInt64
    ) async throws {
        var dice = Dice(seed &+ UInt64(who) &* 104_729)
        let (pause, questions) = (dice.below(4_000), 1 + dice.below(4))
        let rests = (0..<questions).map { _ in dice.below(10) == 0 ? 12_000 : dice.below(800) }
        // Some leave without the answer to their last question; it must reach nobody else.
        let isImpatient = dice.below(2) == 0
        try await bench.clock.sleep(for: .milliseconds(pause))
        try await bench.connect(port, peer: "10.0.0.\(who)") { client in
            for (number, rest) in rests.enumerated() {
                do {
                    guard try await ask(who, number, over: client, bench, witness) else { return }
                } catch is ChannelError {
                    // Turned away, or the line was taken for too long: nothing may have come.
                    return
                }
                try await bench.clock.sleep(for: .milliseconds(rest))
            }
            if isImpatient {
                try? await client.write(frame(who, 99, isAnswer: false))
                try await bench.clock.sleep(for: .milliseconds(rests[0] % 40))
            }
        }
    }

    /// The client from afar, whose connection may break twice while it has the line.
    private static func visitFromAfar(
        _ who: Int, _ gateway: FarGateway, _ bench: TransitBench, _ witness: Witness, _ seed: UInt64
    ) async throws {
        var dice = Dice(seed &+ UInt64(who) &* 15_485_863)
        try await bench.clock.sleep(for: .milliseconds(dice.below(4_000)))
        let lifetimes = (0..<dice.below(3)).map { _ in 100 + dice.below(3_000) }
        let rests = (0...dice.below(4)).map { _ in dice.below(800) }
        do {
            try await gateway.borrow(peer: "10.0.1.\(who)", lifetimes: lifetimes) { line in
                for (number, rest) in rests.enumerated() {
                    guard try await ask(who, number, over: line, bench, witness) else { return }
                    try await bench.clock.sleep(for: .milliseconds(rest))
                }
            }
        } catch is RemoteError {
            // The line was taken for too long, or unplugged.
        }
    }

    private static func run(_ seed: UInt64) throws -> Outcome {
        try VirtualWorld(seed: seed).run { world in
            let bench = TransitBench(world)
            let witness = Witness(world.clock)
            let port = bench.port { $0.patience = .seconds(30) }
            try await withThrowingTaskGroup(of: Bool.self) { group in
                group.addTask {
                    await answer(bench, witness, seed: seed)
                    return false
                }
                for (who, urgency) in [(1, LeaseClass.scheduled), (2, .backFill), (3, .technician)] {
                    group.addTask {
                        try await poll(who, urgency, bench, witness, seed)
                        return true
                    }
                }
                let gateway = FarGateway(bench)
                group.addTask {
                    await gateway.run()
                    return false
                }
                group.addTask {
                    try await visitFromAfar(7, gateway, bench, witness, seed)
                    return true
                }
                group.addTask {
                    try await unplug(bench, seed)
                    return true
                }
                for who in 4...6 {
                    group.addTask {
                        try await visit(who, port, bench, witness, seed)
                        return true
                    }
                }
                var done = 0
                while done < 8, let isUser = try await group.next() { done += isUser ? 1 : 0 }
                group.cancelAll()
            }
            return Outcome(
                answers: await witness.answers, failures: await witness.failures,
                complaints: await witness.complaints, owners: await witness.ownersAtMost)
        }
    }

    /// What came of one run.
    private struct Outcome: Sendable {
        /// By who asked.
        var answers: [Int: Int]
        var failures: Int
        var complaints: [String]
        var owners: Int
    }

    @Test func `no interleaving mixes octets, whoever speaks`() throws {
        let runs = ProcessInfo.processInfo.environment["LONG"] == "1" ? 100_000 : 150
        var answers: [Int: Int] = [:]
        var failures = 0
        for seed in 1...UInt64(runs) {
            let outcome = try Self.run(seed)
            #expect(outcome.complaints.isEmpty, "seed \(seed): \(outcome.complaints)")
            #expect(outcome.owners <= 1, "seed \(seed)")
            answers.merge(outcome.answers, uniquingKeysWith: +)
            failures += outcome.failures
        }
        for who in 1...7 {
            #expect(
                answers[who, default: 0] > runs,
                "\(who) asks enough for the runs to mean something: \(answers)")
        }
        #expect(failures > runs / 50, "the plug was pulled in the middle of conversations: \(failures)")
    }
}
