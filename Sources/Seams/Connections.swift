// Connections that others open to the gateway on ports of their own: `Ports` implements it over TCP, tests in
// memory. Pages and the API have a door to themselves, the HTTP server.

/// Somebody who has connected.
package struct IncomingConnection: Sendable {
    /// The octet stream.
    package var channel: any Channel
    /// Numeric address of the far end; empty when it has gone already.
    package var peer: String

    /// A connection.
    package init(channel: any Channel, peer: String) {
        self.channel = channel
        self.peer = peer
    }
}

/// What became of a connection, for the journal of the device's servers.
package struct ServedConnection: Sendable, Hashable {
    /// Octets from the far end.
    package var received: Int64
    /// Octets to it.
    package var sent: Int64
    /// Requests answered; 0 where octets are only carried.
    package var requests: Int
    /// How it ended, in one word.
    package var end: String

    /// An end.
    package init(received: Int64 = 0, sent: Int64 = 0, requests: Int = 0, end: String) {
        self.received = received
        self.sent = sent
        self.requests = requests
        self.end = end
    }
}

/// A port that is listened at.
package protocol ConnectionListener: Sendable {
    /// The next connection; nil when closed or the task is cancelled. One caller at a time; whoever is not
    /// taken waits outside.
    func next() async -> IncomingConnection?
    /// Stops listening; who waits gets nil.
    func close() async
}

/// How the octets of a port are carried.
package enum ConnectionSecurity: String, Sendable, Hashable, CaseIterable {
    /// As they are.
    case plain
    /// Within TLS 1.2 or newer, with the device's certificate. The handshake is part of the first reading.
    case tls
}

/// Opens ports.
package protocol ConnectionDoor: Sendable {
    /// Listens at a port of the device. Throws `openFailed` with the system's reason.
    func listen(
        port: Int, security: ConnectionSecurity
    ) async throws(ChannelError) -> any ConnectionListener
}
