// The crank: runs a body and everything it starts on virtual time until the body has ended.

import Seams
package import Timekeeping

/// Nobody can go on: the body has not ended, no job is ready and nobody sleeps.
package struct VirtualDeadlock: Error, Sendable {
    /// Virtual time of the standstill.
    package let instant: MonotonicInstant
}

/// One simulated world: executor, clocks and seeded chance.
package struct VirtualWorld: Sendable {
    /// Where its jobs run.
    package let executor: VirtualExecutor
    /// Its monotonic clock.
    package let clock: VirtualClock
    /// Its wall clock.
    package let wall: VirtualWallClock
    /// Its chance.
    package let entropy: SeededEntropy

    /// A world that begins at `start` with the chance of `seed`.
    package init(seed: UInt64 = 1, start: WallTime = WallTime(unixSeconds: 1_772_312_400)) {
        let executor = VirtualExecutor()
        let clock = VirtualClock(executor: executor)
        self.executor = executor
        self.clock = clock
        self.wall = VirtualWallClock(clock: clock, start: start)
        self.entropy = SeededEntropy(seed: seed)
    }

    /// Runs `body` to its end in virtual time. Throws what it throws, or `VirtualDeadlock`.
    package func run<Value: Sendable>(
        _ body: @escaping @Sendable (VirtualWorld) async throws -> Value
    ) throws -> Value {
        let box = OutcomeBox<Value>()
        let world = self
        let task = Task(executorPreference: executor) {
            world.clock.setRunsFreely(true)
            do { box.outcome = .success(try await body(world)) } catch { box.outcome = .failure(error) }
            world.clock.setRunsFreely(false)
        }
        while true {
            executor.drain()
            if let outcome = box.outcome { return try outcome.get() }
            guard clock.advance() else {
                task.cancel()
                executor.drain()
                throw VirtualDeadlock(instant: clock.now)
            }
        }
    }
}

/// Carries the result out of the root task; touched on the cranking thread only.
private final class OutcomeBox<Value: Sendable>: @unchecked Sendable {
    var outcome: Result<Value, any Error>?
}

/// SplitMix64: a small, well-mixed stream of octets from a seed; for simulations, never for secrets.
package final class SeededEntropy: Entropy, @unchecked Sendable {
    // `@unchecked Sendable`: drawn from on the cranking thread only.
    private var state: UInt64

    /// The stream of a seed.
    package init(seed: UInt64) { state = seed }

    /// The next 64 bits.
    package func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// The next `count` octets.
    package func octets(_ count: Int) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(count)
        while result.count < count {
            let word = next()
            for shift in stride(from: 0, to: 64, by: 8) where result.count < count {
                result.append(UInt8(truncatingIfNeeded: word >> UInt64(shift)))
            }
        }
        return result
    }
}
