// «MQTT брокеры» (api 2.11, manual 4.6.1.1) as the superset of what devices of all ages write:
// `cropt`/`crypto` and `crcheck`/`certCheck` are the same member under two names, read as either and written
// as both.

import Faults
package import JSONText

/// One broker.
package struct MQTTBroker: NumberedRecord {
    /// Encryption codes of the wire.
    package enum Encryption: Int, Sendable, Hashable, CaseIterable {
        /// 0, the vendor's "default", which is none.
        case standard = 0
        /// Plain TCP.
        case none = 1
        /// TLS 1.2 or newer.
        case tls = 2
    }
    /// How long a connection is held.
    package enum Holding: String, Sendable, Hashable, CaseIterable {
        /// From the first event on, with probes while nothing is sent.
        case always
        /// While there is something to send and a short time after it; for links that charge by octets.
        case sending
    }
    /// Number of the row, from 1.
    package var id: Int
    /// Host name or address.
    package var address: String
    /// 1…65535.
    package var port: Int
    /// 0, 1 or 2; 1 unless told otherwise (D2).
    package var qos: Int
    /// First part of every topic; may be empty and may contain `/`.
    package var prefix: String
    /// Second part of every topic; the row's number when empty.
    package var deviceID: String
    /// Login; empty for none.
    package var login: String
    /// Password.
    package var password: Secret
    /// How the connection is protected.
    package var encryption: Encryption
    /// Whether the broker's certificate must be good.
    package var checksCertificate: Bool
    /// PEM text of the authority; empty for the system's store.
    package var certificate: String
    /// How long the connection is held; our extension of the record.
    package var holding: Holding
    /// Longest silence in seconds before the broker is probed, 10…7200; our extension of the record.
    package var keepAlive: Int

    /// A broker.
    package init(
        id: Int, address: String, port: Int, qos: Int = 1, prefix: String = "", deviceID: String = "",
        login: String = "", password: Secret = Secret(), encryption: Encryption = .none,
        checksCertificate: Bool = true, certificate: String = "", holding: Holding = .always,
        keepAlive: Int = 60
    ) {
        self.id = id
        self.address = address
        self.port = port
        self.qos = qos
        self.prefix = prefix
        self.deviceID = deviceID
        self.login = login
        self.password = password
        self.encryption = encryption
        self.checksCertificate = checksCertificate
        self.certificate = certificate
        self.holding = holding
        self.keepAlive = keepAlive
    }

    /// Reads a broker. TLS 1.1 is refused by name: nothing weaker than 1.2 is spoken.
    package init(from reader: inout RecordReader, previous: MQTTBroker?) {
        id = reader.integer("id", in: 1...1_000_000)
        _ = reader.integer("type", in: 0...0, fallback: 0)
        address = reader.text("addr", length: 1...253)
        if !address.isEmpty, !TCPEndpoint.isHost(address) {
            reader.refuse(.inputFormat, "addr", ["value": address, "allowed": "host"])
        }
        port = reader.integer("port", in: 1...65_535)
        qos = reader.integer("qos", in: 0...2, fallback: previous?.qos ?? 1)
        prefix = Topic.part(&reader, "prefix", limit: 128)
        deviceID = Topic.part(&reader, "deviceID", limit: 64)
        login = reader.text("login", length: 0...128, fallback: "")
        password = reader.secret("password", previous: previous?.password, limit: 128, isHexadecimal: false)
        let name = reader["cropt"] == nil ? "crypto" : "cropt"
        encryption = Encryption(rawValue: reader.integer(name, in: 0...2, fallback: 0)) ?? .standard
        if reader.text("tls", length: 0...8, fallback: "") == "1.1" {
            reader.refuse(.brokerTLSVersion, "tls", ["value": "1.1", "allowed": "1.2"])
        }
        let check = reader["certCheck"] == nil ? "crcheck" : "certCheck"
        checksCertificate = reader.flag(check, fallback: previous?.checksCertificate ?? true)
        certificate = reader.text("cert", length: 0...65_536, fallback: previous?.certificate ?? "")
        if !certificate.isEmpty, !certificate.contains("-----BEGIN CERTIFICATE-----") {
            reader.refuse(.inputFormat, "cert", ["allowed": "PEM"])
        }
        // A client of the device's age knows neither member: what was chosen before stays.
        holding = reader.choice("hold", fallback: previous?.holding ?? .always)
        keepAlive = reader.integer("keepAlive", in: 10...7_200, fallback: previous?.keepAlive ?? 60)
    }

    /// The members of every generation; a client gets no password but whether there is one.
    package func members(for view: SecretView) -> [JSONMember] {
        var members = [
            JSONMember("id", id), JSONMember("type", 0), JSONMember("addr", address),
            JSONMember("port", port),
            JSONMember("qos", qos), JSONMember("prefix", prefix), JSONMember("deviceID", deviceID),
            JSONMember("login", login),
            JSONMember("password", view == .client ? "" : password.revealedText),
            JSONMember("cropt", encryption.rawValue), JSONMember("tls", encryption == .tls ? "1.2" : ""),
            JSONMember("certCheck", checksCertificate), JSONMember("cert", certificate),
            JSONMember("hold", holding.rawValue), JSONMember("keepAlive", keepAlive),
        ]
        if view == .client {
            members.append(JSONMember("crypto", encryption.rawValue))
            members.append(JSONMember("crcheck", checksCertificate))
            members.append(JSONMember("hasPassword", !password.isEmpty))
        }
        return members
    }

    /// The device's name in topics and at the broker.
    package var device: String { deviceID.isEmpty ? String(id) : deviceID }
}

/// Topic text shared by brokers and publications.
enum Topic {
    /// Reads a part of a topic: no wildcards, no NUL (MQTT 3.1.1, 4.7).
    static func part(_ reader: inout RecordReader, _ name: String, limit: Int) -> String {
        let text = reader.text(name, length: 0...limit, fallback: "")
        if text.contains(where: { $0 == "+" || $0 == "#" || $0 == "\0" }) {
            reader.refuse(.inputFormat, name, ["value": text, "allowed": "+ # NUL"])
        }
        return text
    }
}
