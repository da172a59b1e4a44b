// Slows guessing down (REQ-054): after five failures in a row, by address or by login, answers wait longer and longer.

import Seams
import Timekeeping

/// Failures in a row by address and by login.
actor LoginThrottle {
    private struct Record {
        var failures: Int
        var last: MonotonicInstant
    }

    private var records: [String: Record] = [:]
    private var running = 0
    private let clock: any MonotonicClock

    static let freeFailures = 5
    /// Hashes computed at once: each takes 16 MiB for some tens of milliseconds.
    static let concurrency = 2
    /// Remembered names; beyond this the oldest go.
    static let capacity = 512

    init(clock: any MonotonicClock) { self.clock = clock }

    /// Seconds that this address and login must still wait; 0 when they may try.
    func wait(_ names: [String]) -> Int {
        let now = clock.now
        let waits = names.map { name -> Duration in
            guard let record = records[name], record.failures >= LoginThrottle.freeFailures else {
                return .zero
            }
            let step = min(record.failures - LoginThrottle.freeFailures, 8)
            return record.last + .seconds(2 << step) - now
        }
        let longest = waits.max() ?? .zero
        return longest > .zero ? Int(longest.secondsAndFraction) + 1 : 0
    }

    /// Takes a place to compute a hash in; false when none is free.
    func begin() -> Bool {
        guard running < LoginThrottle.concurrency else { return false }
        running += 1
        return true
    }

    /// Gives the place back and counts.
    func end(_ names: [String], succeeded: Bool) {
        running -= 1
        for name in names {
            let failures = succeeded ? 0 : (records[name]?.failures ?? 0) + 1
            records[name] = failures == 0 ? nil : Record(failures: failures, last: clock.now)
        }
        if records.count > LoginThrottle.capacity,
            let oldest = records.min(by: { $0.value.last < $1.value.last })
        {
            records[oldest.key] = nil
        }
    }
}
