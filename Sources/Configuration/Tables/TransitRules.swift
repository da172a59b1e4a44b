// How a transit port treats its clients and its line; ours, with the device's ways where a row says nothing.

import JSONText

/// Rules of one transit port.
package struct TransitRules: Sendable, Hashable {
    /// What happens to a client that comes while another has the port.
    package enum SecondClient: String, Sendable, Hashable, CaseIterable {
        /// It waits, then it is closed.
        case wait
        /// It is closed at once.
        case reject
        /// The one before is closed.
        case kick
    }

    /// What happens to a second client.
    package var secondClient: SecondClient
    /// How long a client waits for the port, and for the line, 0…600 s.
    package var waitSeconds: Int
    /// A connection without octets for so long is closed, 0…86,400 s; 0 is never.
    package var idleSeconds: Int
    /// A line without octets for so long is given back, 1…600 s.
    package var quietSeconds: Int
    /// Whether the line's driver hears what it sends.
    package var hasEcho: Bool
    /// Whether clients speak RFC 2217: telnet, with which they may set speed and format for themselves.
    package var isComPort: Bool
    /// Whether clients speak TLS, with the device's certificate.
    package var isSecure: Bool

    /// Rules.
    package init(
        secondClient: SecondClient = .wait, waitSeconds: Int = 10, idleSeconds: Int = 120,
        quietSeconds: Int = 10, hasEcho: Bool = false, isComPort: Bool = false,
        isSecure: Bool = false
    ) {
        self.secondClient = secondClient
        self.waitSeconds = waitSeconds
        self.idleSeconds = idleSeconds
        self.quietSeconds = quietSeconds
        self.hasEcho = hasEcho
        self.isComPort = isComPort
        self.isSecure = isSecure
    }

    /// Reads the members of a server's row; what is absent stays.
    init(from reader: inout RecordReader, previous: TransitRules) {
        secondClient = reader.choice("second", fallback: previous.secondClient)
        waitSeconds = reader.integer("wait", in: 0...600, fallback: previous.waitSeconds)
        idleSeconds = reader.integer("idle", in: 0...86_400, fallback: previous.idleSeconds)
        quietSeconds = reader.integer("quiet", in: 1...600, fallback: previous.quietSeconds)
        hasEcho = reader.flag("echo", fallback: previous.hasEcho)
        isComPort = reader.flag("rfc2217", fallback: previous.isComPort)
        isSecure = reader.flag("tls", fallback: previous.isSecure)
    }

    /// As members of a server's row.
    var members: [JSONMember] {
        [
            JSONMember("second", secondClient.rawValue), JSONMember("wait", waitSeconds),
            JSONMember("idle", idleSeconds), JSONMember("quiet", quietSeconds), JSONMember("echo", hasEcho),
            JSONMember("rfc2217", isComPort), JSONMember("tls", isSecure),
        ]
    }
}
