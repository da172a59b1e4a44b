// How long to wait for an answer (R25): learned for each meter and class of request, never below a floor,
// longer after a time-out; and how long a late answer may still come.

import Timekeeping

/// Classes of requests that a meter answers at different speeds.
package enum RequestClass: Int, Sendable, Hashable, CaseIterable {
    /// SNRM, DISC, RR: answered by the link itself.
    case link
    /// An attribute.
    case simple
    /// Rows of a profile; grows with depth.
    case profile
}

/// What is known of one meter's speed.
package struct ResponseTimes: Sendable, Hashable {
    /// What is known of one class.
    private struct Speed: Sendable, Hashable {
        /// The slowest answer of late, in nanoseconds; nil before the first.
        var slowest: Int64?
        /// Answers missed in a row.
        var misses = 0
    }

    private var (link, simple, profile) = (Speed(), Speed(), Speed())

    /// A wait for the link set once and for all; nil learns.
    private var linkWait: Duration?

    /// Nothing known yet. With `linkWait` the link is given just so long: most places of a search are empty.
    package init(linkWait: Duration? = nil) { self.linkWait = linkWait }

    /// The longest wait for a first octet that any class may have.
    package static let ceiling = Duration.seconds(30)

    /// How long to wait for the first octet of an answer over `medium`.
    package func timeout(_ request: RequestClass, over medium: MeterPoint.Medium) -> Duration {
        if request == .link, let linkWait { return linkWait }
        let base: Duration
        let speed = self[request]
        if let known = speed.slowest {
            base = max(.nanoseconds(known * 2 + 300_000_000), ResponseTimes.floor(request))
        } else {
            base = ResponseTimes.initial(request) + (medium == .network ? .seconds(2) : .zero)
        }
        // Twice as long after each answer missed in a row.
        let patient = speed.misses == 0 ? base : base * (1 << min(speed.misses, 3))
        return min(patient, ResponseTimes.ceiling)
    }

    /// The longest gap inside an answer over `medium`.
    package static func gap(over medium: MeterPoint.Medium) -> Duration {
        medium == .network ? .seconds(2) : .milliseconds(200)
    }

    /// How long after a time-out an answer may still come: longer than the slowest seen.
    package func drain(over medium: MeterPoint.Medium) -> Duration {
        let slowest = [link, simple, profile].compactMap(\.slowest).max() ?? 0
        return max(.nanoseconds(slowest), ResponseTimes.gap(over: medium)) + .milliseconds(50)
    }

    /// An answer's first octet came after `wait`.
    package mutating func answered(_ request: RequestClass, after wait: Duration) {
        self[request].misses = 0
        // Slowly forgets: a meter that was once busy at midnight is not slow for ever.
        let faded = (self[request].slowest ?? 0) * 15 / 16
        self[request].slowest = max(faded, wait.wholeNanoseconds)
    }

    /// No answer came in time.
    package mutating func missed(_ request: RequestClass) { self[request].misses += 1 }

    private subscript(request: RequestClass) -> Speed {
        get {
            switch request {
            case .link: link
            case .simple: simple
            case .profile: profile
            }
        }
        set {
            switch request {
            case .link: link = newValue
            case .simple: simple = newValue
            case .profile: profile = newValue
            }
        }
    }

    private static func floor(_ request: RequestClass) -> Duration {
        request == .profile ? .seconds(5) : .milliseconds(500)
    }

    private static func initial(_ request: RequestClass) -> Duration {
        switch request {
        case .link: .seconds(1)
        case .simple: .seconds(2)
        case .profile: .seconds(5)
        }
    }
}
