// «Настройки серверов устройства» (api 2.8, REQ-104…REQ-113): type and port of a server the device has
// beside its admin. Ours are the type `push`, at which meters tell what they were not asked, and the list of
// addresses that may connect. Without a row nothing listens.

import Faults
package import JSONText

/// One server of the device.
package struct DeviceServer: ConfigurationRecord {
    /// What it serves.
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        /// Pushes of meters, DLMS over the wrapper.
        case push
    }

    /// What it serves; there is one of each.
    package var type: Kind
    /// TCP port, 1…65535.
    package var port: Int
    /// Who may connect; empty for the addresses that the meter table names.
    package var allow: [AddressPrefix]

    /// The port that the wrapper of DLMS has been given (IANA).
    package static let pushPort = 4_059

    /// A server.
    package init(type: Kind = .push, port: Int = DeviceServer.pushPort, allow: [AddressPrefix] = []) {
        self.type = type
        self.port = port
        self.allow = allow
    }

    /// Reads a row; without a port it is the usual one.
    package init(from reader: inout RecordReader, previous: DeviceServer?) {
        type = reader.requiredChoice("type", placeholder: .push)
        let fallback = previous?.port ?? DeviceServer.pushPort
        port = reader.integer("port", in: 1...65_535, fallback: fallback)
        // Ports of the admin.
        if [80, 443].contains(port) { reader.refuse(.inputDuplicate, "port", ["value": "\(port)"]) }
        allow = previous?.allow ?? []
        guard reader["allow"] != nil else { return }
        let texts = reader.texts("allow")
        if texts.count > DeviceServer.longestList {
            reader.refuse(.inputTooLarge, "allow", ["allowed": "\(DeviceServer.longestList)"])
        }
        allow = texts.compactMap { text in
            let prefix = AddressPrefix(text)
            if prefix == nil {
                reader.refuse(.inputFormat, "allow", ["value": text, "allowed": "192.168.0.0/24"])
            }
            return prefix
        }
    }

    private static let longestList = 64

    /// The members of the API.
    package func members(for view: SecretView) -> [JSONMember] {
        [
            JSONMember("type", type.rawValue), JSONMember("port", port),
            JSONMember("allow", allow.map(\.text)),
        ]
    }

    /// The type.
    package var key: String { type.rawValue }
    /// The `type` member of a client's JSON, or its `name`.
    package static func key(of json: JSONValue) -> String? { json["type"]?.text ?? json["name"]?.text }

    /// Whether a row is one of the admin's own servers, which the command line places.
    static func isAdmin(_ json: JSONValue) -> Bool { ["http", "https"].contains(json["type"]?.text ?? "") }
}

/// The IPv4 addresses that share their first bits.
package struct AddressPrefix: Sendable, Hashable {
    private let bits: UInt32
    private let length: Int

    /// Reads `192.168.0.7` or `192.168.0.0/24`; nil for anything else.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard let first = parts.first, parts.count <= 2, let bits = AddressPrefix.number(first) else {
            return nil
        }
        guard let length = parts.count == 2 ? Int(parts[1]) : 32, (0...32).contains(length) else {
            return nil
        }
        self.length = length
        self.bits = bits & AddressPrefix.mask(length)
    }

    /// As it was written, the bits behind the prefix cleared.
    package var text: String {
        let address = (0..<4).map { String(bits >> (24 - 8 * $0) & 0xFF) }.joined(separator: ".")
        return length == 32 ? address : "\(address)/\(length)"
    }

    /// Whether a numeric address begins so.
    package func contains(_ address: String) -> Bool {
        AddressPrefix.number(address[...]).map { $0 & AddressPrefix.mask(length) == bits } ?? false
    }

    private static func mask(_ length: Int) -> UInt32 { length == 0 ? 0 : ~0 << (32 - UInt32(length)) }

    private static func number(_ text: Substring) -> UInt32? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var number: UInt32 = 0
        for part in parts {
            guard part.count <= 3, let octet = UInt8(part) else { return nil }
            number = number << 8 | UInt32(octet)
        }
        return number
    }
}
