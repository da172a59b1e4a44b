import EventLoop
import Lines
import Logging
import Ports
import Seams
import Testing
import Timekeeping

/// Lines over real doors: what virtual time cannot show.
@Suite(.serialized) struct LineOverPortTests {
    @Test func theNextRequestCanFollowTheGuardTimeWithinAMillisecond() throws {
        let beyond = try Loop.run { loop -> [Duration] in
            let terminal = try await PseudoTerminal.open(loop: loop)
            let lines = registry(terminal.devicePath, loop)
            return try await withThrowingTaskGroup(of: [Duration].self) { group in
                group.addTask { try await answer(60, on: terminal.channel, loop.clock) }
                group.addTask {
                    try await lines.withLease(wish) { lease in
                        for _ in 0..<60 {
                            try await lease.write([0x7E, 1, 2, 0x7E])
                            _ = try await lease.gather(6, clock: loop.clock)
                        }
                    }
                    return []
                }
                return try await group.reduce([], +)
            }
        }.sorted()
        #expect(beyond.count == 59)
        #expect(beyond[0] >= .milliseconds(-1), "the guard time was not kept")
        // The best of sixty: on a busy machine the median belongs to others. The bench `turnaround` holds it.
        #expect(beyond[0] < .milliseconds(1), "\(beyond[0])")
    }

    @Test func anUnpluggedLineComesBackWithTheNextLease() throws {
        let link = uniquePath("iface")
        try Loop.run { loop in
            let first = try await PseudoTerminal.open(loop: loop, link: link)
            let lines = registry(link, loop)
            try await lines.withLease(wish) { try await $0.write([1]) }
            await first.close()
            let second = try await PseudoTerminal.open(loop: loop, link: link)
            try await lines.withLease(wish) { try await $0.write([2]) }
            let got = try await second.channel.gather(1, clock: loop.clock)
            #expect(got == [2])
        }
    }

    private let wish = LeaseRequest(
        line: .interface("Iface1"), leaseClass: .backFill, owner: "test", patience: .seconds(1))

    private func registry(_ path: String, _ loop: Loop) -> LineRegistry {
        LineRegistry(
            interfaces: ["Iface1": LineConfiguration(address: .serial(path: path))],
            opener: PortOpener(loop: loop), clock: loop.clock, logger: .silent)
    }

    /// A meter that answers `count` requests; returns by how much each next request came later than the
    /// guard.
    private func answer(
        _ count: Int, on channel: any Channel, _ clock: LoopClock
    ) async throws -> [Duration] {
        var beyond: [Duration] = []
        var answered: MonotonicInstant?
        for _ in 0..<count {
            let first = try await channel.read(until: clock.now + .seconds(2))
            if let answered { beyond.append(clock.now - answered - .milliseconds(10)) }
            if first.count < 4 { _ = try await channel.gather(4 - first.count, clock: clock) }
            try await clock.sleep(for: .milliseconds(2))
            try await channel.write([0x7E, 1, 2, 3, 4, 0x7E])
            answered = clock.now
        }
        return beyond
    }
}
