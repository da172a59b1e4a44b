// Whether a meter may be disturbed now: communication back-off that grows, and the block after a refused
// password (R22). A value; the poller keeps one per target.

package import Faults
package import Timekeeping

/// What is known of a meter's willingness to answer.
package struct MeterHealth: Sendable, Hashable {
    /// What pages show.
    package enum Condition: Sendable, Hashable {
        /// Never asked since start.
        case unknown
        /// The last session went well.
        case good
        /// The last session failed; it is asked at every poll.
        case failing(Fault)
        /// Given up for a while; asked again from then on.
        case disconnected(Fault, until: WallTime)
        /// It refused our password; not asked before then (R22).
        case blocked(until: WallTime)
    }

    /// The present condition.
    package private(set) var condition: Condition = .unknown
    private var failures = 0
    private var failingSince: WallTime?

    /// Nothing known yet.
    package init() {}

    /// Both must hold before a meter counts as disconnected: so many failed sessions in a row…
    package static let failureLimit = 3
    /// …and so many seconds since the first of them.
    package static let failureSeconds: Int64 = 600
    /// First pause of a disconnected meter; doubles with every failure.
    package static let firstPauseSeconds: Int64 = 60
    /// Longest pause: with the watch's own minute a meter's return is noticed within ten.
    package static let longestPauseSeconds: Int64 = 480
    /// How long a refused password blocks (R22).
    package static let blockSeconds: Int64 = 25 * 3_600

    /// Why the meter is left alone at `now`; nil when it may be asked.
    package func refusal(at now: WallTime) -> Fault? {
        switch condition {
        case .unknown, .good, .failing: nil
        case .disconnected(_, let until):
            until <= now || until > now.adding(seconds: MeterHealth.longestPauseSeconds)
                ? nil : Fault(.meterDisconnected, ["until": "\(until.unixSeconds)"])
        case .blocked(let until):
            // A clock that was stepped back must not prolong the block beyond its length.
            until <= now || until > now.adding(seconds: MeterHealth.blockSeconds)
                ? nil : Fault(.meterBlocked, ["until": "\(until.unixSeconds)"])
        }
    }

    /// Whether a session is only tried after somebody has answered a probe: a dead meter costs its line
    /// little then.
    package var needsProbe: Bool {
        if case .disconnected = condition { return true }
        return false
    }

    /// A session went well.
    package mutating func succeeded() { self = MeterHealth(condition: .good) }

    /// A session failed at `now`.
    package mutating func failed(_ fault: Fault, at now: WallTime) {
        if fault.code.isAboutCredentials {
            condition = .blocked(until: now.adding(seconds: MeterHealth.blockSeconds))
            return
        }
        failures += 1
        let since = min(failingSince ?? now, now)
        failingSince = since
        let over = failures - MeterHealth.failureLimit
        guard over >= 0, now.unixSeconds - since.unixSeconds >= MeterHealth.failureSeconds else {
            condition = .failing(fault)
            return
        }
        let doubled = MeterHealth.firstPauseSeconds << Int64(min(over, 3))
        let pause = min(doubled, MeterHealth.longestPauseSeconds)
        condition = .disconnected(fault, until: now.adding(seconds: pause))
    }

    /// A block that began before a restart, from the archive's record of the refusal.
    package static func blocked(since refusal: WallTime) -> MeterHealth {
        MeterHealth(condition: .blocked(until: refusal.adding(seconds: blockSeconds)))
    }

    private init(condition: Condition) { self.condition = condition }
}
