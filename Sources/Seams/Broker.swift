// An MQTT broker as the publisher sees it. `MQTTClient` implements it with libmosquitto, `Simulation` in
// memory.

/// Everything needed to connect to one broker.
package struct BrokerSettings: Sendable, Hashable {
    /// Encryption of the connection.
    package enum Encryption: Sendable, Hashable {
        /// Plain TCP.
        case none
        /// TLS 1.2 or newer. With `verify` the broker's certificate must lead to `authority` (PEM; empty: the
        /// system's store) and name the address.
        case tls(verify: Bool, authority: String)
    }
    /// Host name or address.
    package var host: String
    /// TCP port.
    package var port: Int
    /// Unique name of this client at the broker.
    package var clientID: String
    /// Login; empty for none.
    package var login: String
    /// Password; never logged.
    package var password: [UInt8]
    /// Encryption.
    package var encryption: Encryption
    /// Longest silence in seconds before the broker is probed.
    package var keepAliveSeconds: Int
    /// Message the broker publishes when this client vanishes; nil for none.
    package var will: BrokerMessage?

    /// Settings of one connection.
    package init(
        host: String, port: Int, clientID: String, login: String = "", password: [UInt8] = [],
        encryption: Encryption = .none, keepAliveSeconds: Int = 60, will: BrokerMessage? = nil
    ) {
        self.host = host
        self.port = port
        self.clientID = clientID
        self.login = login
        self.password = password
        self.encryption = encryption
        self.keepAliveSeconds = keepAliveSeconds
        self.will = will
    }
}

/// One message.
package struct BrokerMessage: Sendable, Hashable {
    /// Topic, without wildcards.
    package var topic: String
    /// Payload octets.
    package var payload: [UInt8]
    /// 0, 1 or 2.
    package var qos: Int
    /// Whether the broker keeps it for later subscribers.
    package var retain: Bool

    /// A message.
    package init(topic: String, payload: [UInt8], qos: Int, retain: Bool = false) {
        self.topic = topic
        self.payload = payload
        self.qos = qos
        self.retain = retain
    }
}

/// Why a broker could not be reached or refused.
package enum BrokerError: Error, Sendable, Hashable {
    /// Name not resolved, refused, timed out, reset; the system's reason.
    case unreachable(String)
    /// The broker answered no: bad credentials, client identifier refused…
    case refused(String)
    /// Its certificate was not accepted, and why. There is no fall-back to clear text.
    case certificate(String)
    /// The two sides share no TLS version or cipher that is allowed.
    case tlsVersion(String)
    /// The connection ended before the message was acknowledged.
    case disconnected
    /// The message can never be sent: bad topic, too large.
    case invalidMessage(String)
}

/// One connection to one broker.
package protocol Broker: Sendable {
    /// Connects and waits for the broker's answer.
    func connect() async throws(BrokerError)
    /// Sends and returns on PUBACK (QoS 1), PUBCOMP (QoS 2) or the socket write (QoS 0). Several calls may
    /// wait at once; the caller bounds how many.
    func publish(_ message: BrokerMessage) async throws(BrokerError)
    /// Disconnects, also when the caller is cancelled, within a few seconds. Cleanly: the will is not sent.
    /// A `farewell` goes before; when it cannot be said in time, the connection breaks off instead, so that
    /// the broker sends the will.
    func disconnect(saying farewell: BrokerMessage?) async
    /// Returns when the connection has ended, whoever ended it; at once when there is none, and when the
    /// caller is cancelled. A far end that fell silent is noticed within one and a half keep-alives.
    func ended() async
}

extension Broker {
    /// Disconnects cleanly without a word.
    package func disconnect() async { await disconnect(saying: nil) }
}

/// Makes connections.
package protocol BrokerOpener: Sendable {
    /// A connection, not yet connected.
    func broker(_ settings: BrokerSettings) -> any Broker
}
