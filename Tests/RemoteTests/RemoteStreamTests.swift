// No octet is lost, doubled or out of order, wherever connections break (REQ-526).

import Remote
import Seams
import Testing
import Timekeeping
import VirtualTime

@Suite struct RemoteStreamTests {
    @Test(arguments: 1...120) func `connections cut at any octet lose, double and misplace nothing`(seed: Int)
        throws
    {
        try VirtualWorld(seed: UInt64(seed)).run { world in
            let (near, far) = (RemoteStream(clock: world.clock), RemoteStream(clock: world.clock))
            let (up, down) = (Script(world, 60), Script(world, 60))
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await up.send(over: near, world) }
                group.addTask { await down.send(over: far, world) }
                group.addTask { await down.receive(from: near, world) }
                group.addTask { await up.receive(from: far, world) }
                let links = world.entropy.number(below: 20)
                for _ in 0...links { try await carry(near, far, world, cut: true) }
                try await carry(near, far, world, cut: false) {
                    while true {
                        if await up.isComplete, await down.isComplete { return }
                        try? await world.clock.sleep(for: .milliseconds(100))
                    }
                }
                await near.end()
                await far.end()
                group.cancelAll()
            }
            #expect(await up.isExact, "seed \(seed), up")
            #expect(await down.isExact, "seed \(seed), down")
        }
    }

    /// One connection between the two, which breaks after a random number of octets either way.
    private func carry(
        _ near: RemoteStream, _ far: RemoteStream, _ world: VirtualWorld, cut: Bool,
        until done: (@Sendable () async -> Void)? = nil
    ) async throws {
        let delay = Duration.milliseconds(Int(world.entropy.number(below: 300)))
        let (left, right) = await Wire.pair(world.clock, delay: delay)
        if cut {
            // Often in the middle of the first message.
            let bound: UInt64 = world.entropy.number(below: 2) == 0 ? 40 : 9_000
            await (world.entropy.number(below: 2) == 0 ? left : right)
                .cut(after: 1 + Int(world.entropy.number(below: bound)))
        }
        let (one, other) = (
            RemoteConnection(left, clock: world.clock), RemoteConnection(right, clock: world.clock)
        )
        await one.trust()
        await other.trust()
        let (mine, theirs) = (await near.next, await far.next)
        #expect(await near.attach(one, at: theirs))
        #expect(await far.attach(other, at: mine))
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                _ = await near.carry(over: one)
                await one.close()
            }
            group.addTask {
                _ = await far.carry(over: other)
                await other.close()
            }
            await done?()
            if done != nil {
                await near.end()
                await far.end()
            }
        }
    }

    @Test func `a far end that takes nothing holds the sender back, within bounds`() throws {
        try VirtualWorld().run { world in
            let (near, far) = (RemoteStream(clock: world.clock), RemoteStream(clock: world.clock))
            let (left, right) = await Wire.pair(world.clock)
            let (one, other) = (
                RemoteConnection(left, clock: world.clock), RemoteConnection(right, clock: world.clock)
            )
            await one.trust()
            await other.trust()
            _ = await near.attach(one)
            _ = await far.attach(other)
            await withTaskGroup(of: Void.self) { group in
                group.addTask { _ = await near.carry(over: one) }
                group.addTask { _ = await far.carry(over: other) }
                group.addTask {
                    var isOn = true
                    while isOn { isOn = await near.send([UInt8](repeating: 1, count: 4_096)) }
                }
                try? await world.clock.sleep(for: .seconds(60))
                #expect(await near.takenOver == 65_536)
                // Whoever takes one lets one more come.
                _ = await far.piece()
                await far.handOn()
                try? await world.clock.sleep(for: .seconds(1))
                #expect(await near.takenOver == 65_536 + 4_096)
                await near.end()
                await far.end()
            }
        }
    }

    @Test func `a far end that falls silent is told dead after half a minute, one that beats is not`() throws
    {
        try VirtualWorld().run { world in
            let (near, far) = (RemoteStream(clock: world.clock), RemoteStream(clock: world.clock))
            let (left, right) = await Wire.pair(world.clock)
            let (one, other) = (
                RemoteConnection(left, clock: world.clock), RemoteConnection(right, clock: world.clock)
            )
            _ = await near.attach(one)
            _ = await far.attach(other)
            await withTaskGroup(of: Void.self) { group in
                group.addTask { _ = await far.carry(over: other) }
                group.addTask {
                    #expect(await near.carry(over: one) == .silent)
                    #expect((625...631).contains(world.clock.now.nanoseconds / 1_000_000_000))
                    await far.end()
                }
                try? await world.clock.sleep(for: .seconds(600))
                await left.pull()
            }
        }
    }
}

/// Random pieces in one direction, and what arrived of them.
private actor Script {
    private nonisolated let clock: VirtualClock
    private let pieces: [[UInt8]]
    private var arrived: [[UInt8]] = []

    init(_ world: VirtualWorld, _ count: Int) {
        clock = world.clock
        pieces = (0..<count).map { _ in
            world.entropy.octets(
                1 + Int(world.entropy.number(below: world.entropy.number(below: 4) == 0 ? 4_096 : 60)))
        }
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { clock.executor }

    var isComplete: Bool { arrived.count >= pieces.count }
    var isExact: Bool { arrived == pieces }

    func send(over stream: RemoteStream, _ world: VirtualWorld) async {
        for piece in pieces {
            guard await stream.send(piece) else { return }
            try? await clock.sleep(for: .milliseconds(Int(world.entropy.number(below: 200))))
        }
    }

    func receive(from stream: RemoteStream, _ world: VirtualWorld) async {
        while let piece = await stream.piece() {
            // As a slow line takes it: connections break meanwhile.
            try? await clock.sleep(for: .milliseconds(Int(world.entropy.number(below: 100))))
            arrived.append(piece)
            await stream.handOn()
        }
    }
}
