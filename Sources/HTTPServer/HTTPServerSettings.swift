// The bounds of the HTTP door and where it listens.

package import EventLoop

/// Bounds that keep one client, or a thousand, from taking the gateway down.
package struct HTTPServerSettings: Sendable {
    /// Largest request body in octets; a larger one is answered 413.
    package var maximumBodyOctets = 1 << 20
    /// Largest request head in octets.
    package var maximumHeadOctets = 16 << 10
    /// Time for a whole request, head and body, from its first octet; also for the first octet of a new
    /// connection.
    package var requestDeadline = Duration.seconds(15)
    /// Time a connection may rest between two requests or without taking what is sent to it.
    package var idleSeconds = 60
    /// Connections at once.
    package var maximumConnections = 512
    /// Connections at once from one address.
    package var maximumConnectionsPerAddress = 128
    /// Connections the kernel may hold for us.
    package var backlog: Int32 = 511
    /// Octets of one answer that may wait for the client (D3).
    package var maximumUnsentOctets = 256 << 10

    /// The defaults.
    package init() {}
}

/// One address and port to listen on.
package struct HTTPListener: Sendable {
    /// IPv4 or IPv6 address, numeric; `0.0.0.0` for all.
    package var address: String
    /// Port; 0 lets the system choose.
    package var port: Int
    /// Certificate and key for HTTPS; nil for plain HTTP.
    package var tls: TLSServerContext?

    /// A listener.
    package init(address: String, port: Int, tls: TLSServerContext? = nil) {
        self.address = address
        self.port = port
        self.tls = tls
    }
}

/// Why listening failed: what was attempted and the system's reason.
package struct HTTPServerError: Error, Sendable, Hashable {
    /// The text.
    package let reason: String
}
