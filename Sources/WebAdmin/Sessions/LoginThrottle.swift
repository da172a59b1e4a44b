// Slows guessing down (REQ-054): after five failures in a row answers wait longer and longer. An address may
// be kept out for minutes, a login for seconds only: else anybody could keep its owner out.

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
    func wait(address: String, login: String) -> Int {
        let longest = max(
            remaining(LoginThrottle.address(address), steps: 8),
            remaining(LoginThrottle.login(login), steps: 2))
        return longest > .zero ? Int(longest.secondsAndFraction) + 1 : 0
    }

    /// 2 s after the fifth failure in a row, doubled by each further one, `steps` times at most.
    private func remaining(_ name: String, steps: Int) -> Duration {
        guard let record = records[name], record.failures >= LoginThrottle.freeFailures else { return .zero }
        let step = min(record.failures - LoginThrottle.freeFailures, steps)
        return record.last + .seconds(2 << step) - clock.now
    }

    private static func address(_ text: String) -> String { "address " + text }
    private static func login(_ text: String) -> String { "login " + text.prefix(64) }

    /// Takes a place to compute a hash in; false when none is free.
    func begin() -> Bool {
        guard running < LoginThrottle.concurrency else { return false }
        running += 1
        return true
    }

    /// Gives the place back and counts.
    func end(address: String, login: String, succeeded: Bool) {
        running -= 1
        for name in [LoginThrottle.address(address), LoginThrottle.login(login)] {
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
