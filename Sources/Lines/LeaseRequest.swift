// What somebody says who wants a line: which one, how to set it, how urgent it is and how long to wait
// (decision D5).

package import Seams
package import Timekeeping

/// Names one line: a numbered interface of the device, or the connection to one host.
package enum LineID: Sendable, Hashable {
    /// `Iface1`…`Iface4`, as the meter table names them; where they lead is configuration.
    case interface(String)
    /// A meter or hub behind TCP: one line per host and port.
    case tcp(host: String, port: Int)

    /// The line of a meter's row: `ifaceName` and, for `Ethernet`, its `addr` as `host:port`. Nil when the
    /// interface is empty or the address is not of that form.
    package init?(interfaceName: String, address: String) {
        guard interfaceName == "Ethernet" else {
            if interfaceName.isEmpty { return nil }
            self = .interface(interfaceName)
            return
        }
        guard let colon = address.lastIndex(of: ":"), colon > address.startIndex,
            let port = Int(address[address.index(after: colon)...]), (1...65_535).contains(port)
        else { return nil }
        self = .tcp(host: String(address[..<colon]), port: port)
    }

    /// Whether it is one of the device's own interfaces.
    package var isInterface: Bool {
        switch self {
        case .interface: true
        case .tcp: false
        }
    }

    /// `Iface1`, or `192.168.0.7:4059`.
    package var text: String {
        switch self {
        case .interface(let name): name
        case .tcp(let host, let port): "\(host):\(port)"
        }
    }
}

/// How urgent a lease is; a smaller one goes first (D5).
package enum LeaseClass: Int, Sendable, Hashable, Comparable, CaseIterable {
    /// A person at the admin: test of connection, relay, clock.
    case technician
    /// A SCADA's transparent transit or remote request.
    case remote
    /// Values asked for now (R27).
    case current
    /// Scheduled polling of what has just come due.
    case scheduled
    /// Search for meters: somebody stands there and waits, while history waits for nobody.
    case discovery
    /// Back-fill of archives: gives way to the scheduled, or weeks of history would hold up the present hour.
    case backFill

    /// The more urgent class is the smaller one.
    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }

    /// Whether a meter that a transit client may still be speaking with is left alone: its poll loses nothing
    /// by coming later.
    var waitsForLinks: Bool { self == .scheduled || self == .backFill }

    /// Whether the line is tried at once even while it rests after failed openings: somebody is waiting.
    var ignoresBackOff: Bool { self <= .current }
}

/// A wish for a line.
package struct LeaseRequest: Sendable, Hashable {
    /// Which line.
    package var line: LineID
    /// Speed and format; of no meaning for TCP.
    package var settings: SerialSettings
    /// Urgency.
    package var leaseClass: LeaseClass
    /// Who, for people: `poll meter 17`, `admin`.
    package var owner: String
    /// How long to wait for the line at most.
    package var patience: Duration
    /// When the holder must begin nothing more on the line; nil for no such hour.
    package var lastRequestBy: MonotonicInstant?
    /// Whether the holder may leave the line in the middle of an answer that nobody can tell from here: the
    /// next one waits until the line has been quiet for half a second (R26).
    package var leavesTraffic: Bool

    /// A wish.
    package init(
        line: LineID, settings: SerialSettings = .standard, leaseClass: LeaseClass, owner: String,
        patience: Duration, lastRequestBy: MonotonicInstant? = nil, leavesTraffic: Bool = false
    ) {
        self.lastRequestBy = lastRequestBy
        self.leavesTraffic = leavesTraffic
        self.line = line
        self.settings = settings
        self.leaseClass = leaseClass
        self.owner = owner
        self.patience = patience
    }
}

/// Where a line leads and how it wants to be treated.
package struct LineConfiguration: Sendable, Hashable {
    /// Device or host.
    package var address: LineAddress
    /// Silence kept between the last octet of an answer and the next request (R25).
    package var guardTime: Duration

    /// A line at `address`; without a guard time of its own 10 ms on serial lines and none on TCP (R25).
    package init(address: LineAddress, guardTime: Duration? = nil) {
        self.address = address
        switch address {
        case .serial: self.guardTime = guardTime ?? .milliseconds(10)
        case .tcp: self.guardTime = guardTime ?? .zero
        }
    }
}
