// A point on the machine's monotonic time line, the only time that waits and deadlines are made of.
// Virtual in simulation, CLOCK_MONOTONIC behind the real door (`Seams.MonotonicClock`).

/// Nanoseconds since an arbitrary origin; never jumps, never repeats.
package struct MonotonicInstant: Sendable, Hashable, Comparable {
    /// Nanoseconds since the origin of the clock that made this instant.
    package var nanoseconds: Int64

    /// An instant `nanoseconds` after the clock's origin.
    package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    /// The earlier instant is the smaller one.
    package static func < (left: Self, right: Self) -> Bool { left.nanoseconds < right.nanoseconds }

    /// The instant `duration` later; saturates instead of overflowing.
    package static func + (instant: Self, duration: Duration) -> Self {
        let (sum, overflow) = instant.nanoseconds.addingReportingOverflow(duration.wholeNanoseconds)
        return Self(nanoseconds: overflow ? (duration < .zero ? .min : .max) : sum)
    }

    /// The time from `right` to `left`.
    package static func - (left: Self, right: Self) -> Duration {
        .nanoseconds(left.nanoseconds &- right.nanoseconds)
    }

    /// A deadline that never comes.
    package static let distantFuture = Self(nanoseconds: .max)
}

extension Duration {
    /// The duration in nanoseconds, saturated to 64 bits (±292 years).
    package var wholeNanoseconds: Int64 {
        // Waits are short: up to nine seconds one division of a machine word does instead of two of 128 bits.
        if let short = Int64(exactly: attoseconds) { return short / 1_000_000_000 }
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        if overflow { return seconds < 0 ? .min : .max }
        let (sum, carried) = product.addingReportingOverflow(attoseconds / 1_000_000_000)
        return carried ? (seconds < 0 ? .min : .max) : sum
    }

    /// The duration in seconds, with fraction.
    package var secondsAndFraction: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds) * 1e-18
    }
}
