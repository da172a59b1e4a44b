// Some RS-485 drivers hear what they send. A transit client must not: it would take its own request for the
// answer.

package import Timekeeping

/// Takes the echo of what was sent out of what is received.
package struct EchoFilter: Sendable {
    private var awaited: [UInt8] = []
    private var until: MonotonicInstant?

    /// A filter that awaits nothing.
    package init() {}

    /// Octets were sent; their echo comes within `patience`.
    package mutating func sent(_ octets: [UInt8], at now: MonotonicInstant, patience: Duration) {
        if let until, now > until { awaited = [] }
        awaited += octets
        until = now + patience
    }

    /// What of the octets received is no echo. The first octet that differs ends the echo: somebody else
    /// speaks, and everything from there on belongs to the client.
    package mutating func received(_ octets: [UInt8], at now: MonotonicInstant) -> [UInt8] {
        if let until, now > until { awaited = [] }
        guard !awaited.isEmpty else { return octets }
        var matched = 0
        while matched < octets.count, matched < awaited.count, octets[matched] == awaited[matched] {
            matched += 1
        }
        if matched < octets.count {
            awaited = []
        } else {
            awaited.removeFirst(matched)
        }
        return Array(octets.dropFirst(matched))
    }
}
