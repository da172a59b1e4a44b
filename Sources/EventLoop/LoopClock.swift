// The real clocks and the real chance behind the seams of the same names (decision D6, R1).

import CLinux
import Seams
package import Timekeeping

/// CLOCK_MONOTONIC; sleeps end on the loop, later than asked by well under a millisecond.
package final class LoopClock: MonotonicClock {
    private let timers: TimerQueue
    private let home: LoopExecutor

    init(timers: TimerQueue, home: LoopExecutor) {
        self.timers = timers
        self.home = home
    }

    /// The loop.
    package var executor: UnownedSerialExecutor { home.asUnownedSerialExecutor() }

    /// The present instant.
    package var now: MonotonicInstant { LoopClock.monotonicNow }

    /// The present instant, for doors that have no clock at hand.
    package static var monotonicNow: MonotonicInstant {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return MonotonicInstant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    /// Waits until `deadline`; throws `CancellationError` as soon as the task is cancelled.
    package func sleep(until deadline: MonotonicInstant) async throws {
        try Task.checkCancellation()
        let wakeup = Wakeup()
        let token = timers.add(deadline: deadline) { wakeup.signal() }
        await wakeup.wait()
        timers.remove(token)
        if now < deadline { throw CancellationError() }
    }
}

/// CLOCK_REALTIME with the simple form of R1: a year before the software was made cannot be true.
package struct SystemWallClock: WallClock {
    private let notBefore: WallTime

    /// A clock that distrusts years before `buildYear`.
    package init(buildYear: Int) {
        let start = CivilStamp(year: buildYear, month: 1, day: 1)
        notBefore = start.map { WallTime(civil: $0, offset: .utc) } ?? WallTime(unixSeconds: .max)
    }

    /// UTC as the system believes.
    package var now: WallTime {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return WallTime(unixSeconds: Int64(time.tv_sec), nanoseconds: Int32(time.tv_nsec))
    }

    /// Whether the time may be acted on.
    package var isTrusted: Bool { now >= notBefore }
}

/// The kernel's generator.
package struct SystemEntropy: Entropy {
    /// The kernel's generator.
    package init() {}

    /// `count` unpredictable octets, by getrandom(2); waits for the pool only in the first seconds after
    /// boot.
    package func octets(_ count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let got = getrandom(buffer.baseAddress.map { $0 + filled }, count - filled, 0)
                if got > 0 { filled += got }
            }
        }
    }
}
