// What configuration says of the service for head-ends.

package import RTU327

/// Settings of the RTU327 server.
package struct HeadEndSettings: Sendable, Hashable {
    /// The meters of the table that have readings.
    package var meters: [HeadEndMeter]
    /// Passwords of four octets; none takes anything, and lets nobody set the clock.
    package var passwords: [[UInt8]]
    /// Answers to what the reconstruction leaves open.
    package var profile: QuirkProfile
    /// Settings.
    package init(
        meters: [HeadEndMeter] = [], passwords: [[UInt8]] = [], profile: QuirkProfile = .usual
    ) {
        self.meters = meters
        self.passwords = passwords
        self.profile = profile
    }

    /// Whether a password protects the server: only then the clock may be set.
    package var isProtected: Bool { passwords.contains { $0 != [0, 0, 0, 0] } }
}

/// Who sets the device's clock.
package protocol ClockShifting: Sendable {
    /// Adds seconds to the clock. Returns false when it cannot be set.
    func shift(seconds: Int) async -> Bool
}

/// A clock that nobody sets.
package struct FixedClock: ClockShifting {
    /// Such a clock.
    package init() {}
    /// Never.
    package func shift(seconds: Int) async -> Bool { false }
}
