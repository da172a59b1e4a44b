// Time that moves only when everybody sleeps. Also the wall clock of a simulated world: UTC at a chosen start
// plus elapsed virtual time, with steps and loss of trust on demand (R1).

import Seams
package import Timekeeping

#if canImport(Glibc)
    import Glibc
#endif

/// The monotonic clock of a simulated world.
package final class VirtualClock: MonotonicClock, @unchecked Sendable {
    // `@unchecked Sendable`: state is touched under the mutex only; see `VirtualExecutor`.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private var instant = MonotonicInstant(nanoseconds: 0)
    private var sleepers: [Sleeper] = []
    private var order: UInt64 = 0

    private struct Sleeper {
        let deadline: MonotonicInstant
        let order: UInt64
        let continuation: UnsafeContinuation<Void, any Error>

        static func precedes(_ left: Sleeper, _ right: Sleeper) -> Bool {
            (left.deadline, left.order) < (right.deadline, right.order)
        }
    }

    private let home: VirtualExecutor
    private var runsFreely = false

    /// A clock at its origin, by which everything on `executor` lives.
    package init(executor: VirtualExecutor = VirtualExecutor()) {
        home = executor
        pthread_mutex_init(mutex, nil)
    }

    /// Where this world runs.
    package var executor: UnownedSerialExecutor { home.asUnownedSerialExecutor() }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    /// The present virtual instant.
    package var now: MonotonicInstant { locked { instant } }

    /// How many tasks sleep.
    package var sleeping: Int { locked { sleepers.count } }

    /// Waits until the world's time is cranked to `deadline`.
    package func sleep(until deadline: MonotonicInstant) async throws {
        // Who waits for an actor with a queue of its own is not seen in the world's: to leave such an actor
        // is the only way to let others in.
        let place: (any Actor)? = #isolation
        if home.isHome(of: place), passes(to: deadline) { return }
        try await wait(until: deadline, isolation: #isolation)
    }

    /// Lets time go on by itself, or not: only while somebody cranks on to the end whatever comes.
    package func setRunsFreely(_ value: Bool) { locked { runsFreely = value } }

    /// Moves to `deadline` at once where nothing could happen before: nobody is ready to run, and nobody
    /// sleeps until then or less. To go to sleep and to be woken would come to the same.
    private func passes(to deadline: MonotonicInstant) -> Bool {
        guard !Task.isCancelled else { return false }
        return locked {
            guard runsFreely, home.isIdle else { return false }
            if let next = sleepers.last, next.deadline <= deadline { return false }
            instant = max(instant, deadline)
            return true
        }
    }

    /// The sleeper's isolation is named, or the closure would begin elsewhere and cost a second job.
    private func wait(until deadline: MonotonicInstant, isolation: isolated (any Actor)?) async throws {
        let ticket = locked { () -> UInt64 in
            order += 1
            return order
        }
        try await withTaskCancellationHandler {
            _ = isolation
            try await withUnsafeThrowingContinuation { continuation in
                let refused: Result<Void, any Error>? = locked {
                    if Task.isCancelled { return .failure(CancellationError()) }
                    if deadline <= instant { return .success(()) }
                    insert(Sleeper(deadline: deadline, order: ticket, continuation: continuation))
                    return nil
                }
                if let refused { continuation.resume(with: refused) }
            }
        } onCancel: {
            let cancelled = locked { () -> Sleeper? in
                guard let index = sleepers.firstIndex(where: { $0.order == ticket }) else { return nil }
                return sleepers.remove(at: index)
            }
            cancelled?.continuation.resume(throwing: CancellationError())
        }
    }

    /// Moves to the earliest deadline not after `limit` and wakes who waited for it; false when there is
    /// none.
    package func advance(notAfter limit: MonotonicInstant = .distantFuture) -> Bool {
        let woken = locked { () -> [Sleeper] in
            guard let earliest = sleepers.last, earliest.deadline <= limit else { return [] }
            instant = max(instant, earliest.deadline)
            var due: [Sleeper] = []
            while let last = sleepers.last, last.deadline <= instant { due.append(sleepers.removeLast()) }
            return due
        }
        for sleeper in woken { sleeper.continuation.resume() }
        return !woken.isEmpty
    }

    /// Moves to `target` when nobody waits for an earlier instant.
    package func jump(to target: MonotonicInstant) { locked { instant = max(instant, target) } }

    /// Sleepers are kept latest first, so that the next one is the cheap end of the array.
    private func insert(_ sleeper: Sleeper) {
        var (low, high) = (0, sleepers.count)
        while low < high {
            let middle = (low + high) / 2
            if Sleeper.precedes(sleeper, sleepers[middle]) { low = middle + 1 } else { high = middle }
        }
        sleepers.insert(sleeper, at: low)
    }

    private func locked<Result>(_ body: () -> Result) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body()
    }
}

/// The wall clock of a simulated world.
package final class VirtualWallClock: WallClock, @unchecked Sendable {
    // `@unchecked Sendable`: written by the scenario between cranks, read by the world on the same thread.
    private let clock: VirtualClock
    private var origin: WallTime
    private var trusted: Bool

    /// A wall clock that reads `start` at the virtual origin.
    package init(clock: VirtualClock, start: WallTime, isTrusted: Bool = true) {
        self.clock = clock
        self.origin = start
        self.trusted = isTrusted
    }

    /// UTC as this world believes.
    package var now: WallTime {
        let elapsed = clock.now.nanoseconds
        let total = Int64(origin.nanoseconds) + elapsed % 1_000_000_000
        return WallTime(
            unixSeconds: origin.unixSeconds + elapsed / 1_000_000_000 + total / 1_000_000_000,
            nanoseconds: Int32(total % 1_000_000_000))
    }

    /// Whether the time may be acted on.
    package var isTrusted: Bool { trusted }

    /// Steps the clock by `seconds`.
    package func step(seconds: Int64) { origin = origin.adding(seconds: seconds) }

    /// Declares the time trusted or not.
    package func setTrusted(_ value: Bool) { trusted = value }
}
