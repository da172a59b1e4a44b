// What a line shows of itself: to the admin's diagnostics, to the log, and to tests.

package import Seams
package import Timekeeping

/// Who holds or awaits a line.
package struct LineOccupant: Sendable, Hashable {
    /// The owner's text of the request.
    package var owner: String
    /// Its urgency.
    package var leaseClass: LeaseClass
    /// Since when it holds or waits.
    package var since: MonotonicInstant
    /// Its ticket, by which a waiter can be sent away.
    package var number: UInt64 = 0
    /// As the lease was asked for: whether it may end in the middle of an answer.
    var leavesTraffic = false
}

/// Sums since the line was first used.
package struct LineCounters: Sendable, Hashable {
    /// Octets handed to the device.
    package var octetsSent: Int64 = 0
    /// Octets received within leases.
    package var octetsReceived: Int64 = 0
    /// Octets that came when nobody had asked: late answers, foreign masters, noise (R29).
    package var octetsStray: Int64 = 0
    /// Leases granted.
    package var leases: Int64 = 0
    /// Successful openings of device or connection.
    package var openings: Int64 = 0
    /// Failed openings, and lines lost while open.
    package var failures: Int64 = 0
}

/// A line at one instant.
package struct LineState: Sendable, Hashable {
    /// Its name.
    package var id: LineID
    /// Where it leads.
    package var address: LineAddress
    /// Whether device or connection is open.
    package var isOpen: Bool
    /// Speed and format in force, while open.
    package var settings: SerialSettings?
    /// Who holds it.
    package var holder: LineOccupant?
    /// Who waits, next one first.
    package var waiters: [LineOccupant]
    /// Sums.
    package var counters: LineCounters
    /// The system's reason of the last failure; nil once it has opened again.
    package var lastFailure: String?
    /// When it was last seen to carry octets.
    package var lastActivity: MonotonicInstant?
}
