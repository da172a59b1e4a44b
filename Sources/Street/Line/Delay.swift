// How long a meter thinks before it answers (R33): a fixed time, or a log-normal spread as real meters show
// it.

import Timekeeping

/// What a request asks of the meter, as far as its answering time goes.
package enum RequestClass: String, Sendable, Hashable, Codable, CaseIterable {
    /// SNRM, DISC, RR and other link work.
    case link
    /// Opening and releasing an association.
    case association
    /// A simple attribute, a SET or an ACTION.
    case get
    /// The buffer of a profile.
    case profile
    /// The next block of a long answer.
    case block
}

/// Distribution of an answering time.
package enum Delay: Sendable, Hashable {
    /// Always the same.
    case fixed(Duration)
    /// Log-normal: median, spread of the logarithm, and the limits it is cut at.
    case logNormal(median: Duration, sigma: Double, limits: ClosedRange<Duration>)

    /// One delay; `draw` gives uniform numbers 0 ..< 1.
    package func sample(_ draw: () -> Double) -> Duration {
        switch self {
        case .fixed(let time): return time
        case .logNormal(let median, let sigma, let limits):
            let factor = SmallMathematics.exponential(sigma * SmallMathematics.normal(draw))
            let nanoseconds = Double(median.wholeNanoseconds) * factor
            let time = Duration.nanoseconds(Int64(min(nanoseconds, 1e15)))
            return min(max(time, limits.lowerBound), limits.upperBound)
        }
    }

    /// What a meter in the field typically does (R33).
    package static func typical(_ requestClass: RequestClass) -> Delay {
        switch requestClass {
        case .link: spread(12, 0.4, 4...60)
        case .association: spread(70, 0.4, 20...300)
        case .get: spread(60, 0.5, 20...200)
        case .profile: spread(700, 0.5, 300...3_000)
        case .block: spread(40, 0.5, 10...200)
        }
    }

    /// A meter behind a GSM modem: the round trip takes 0.3…3 s (R33).
    package static let mobile = spread(800, 0.6, 300...3_000)
    /// A meter behind a PLC hub: 3…30 s (R33).
    package static let powerLine = spread(8_000, 0.6, 3_000...30_000)

    private static func spread(_ median: Int, _ sigma: Double, _ limits: ClosedRange<Int>) -> Delay {
        .logNormal(
            median: .milliseconds(median), sigma: sigma,
            limits: .milliseconds(limits.lowerBound)...Duration.milliseconds(limits.upperBound))
    }
}

/// Answering times of one meter, by request class.
package struct DelayTable: Sendable, Hashable {
    private var delays: [RequestClass: Delay] = [:]

    /// Typical times for every class.
    package init() {}

    /// The same fixed time for every class.
    package init(fixed time: Duration) {
        for requestClass in RequestClass.allCases { delays[requestClass] = .fixed(time) }
    }

    /// The time of a class.
    package subscript(requestClass: RequestClass) -> Delay {
        get { delays[requestClass] ?? .typical(requestClass) }
        set { delays[requestClass] = newValue }
    }
}
