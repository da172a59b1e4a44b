// Ciphering keys of a meter row, members of its `link` (D14), secret by the rules of passwords (D12): a
// client gets `""` and whether there is one, sends nothing to keep it and null to take it away.

import Faults
import JSONText

/// Suite 0 keys of one meter and the title we cipher under.
package struct MeterKeys: Sendable, Hashable {
    /// Octets of a system title.
    package static let titleLength = 8
    /// Octets of a key.
    package static let keyLength = 16

    /// Our system title as a client of this meter, eight octets; empty for none.
    package var systemTitle: [UInt8]
    /// Global unicast encryption key (EK), 16 octets; empty for none.
    package var encryptionKey: Secret
    /// Authentication key (AK), 16 octets; empty for none.
    package var authenticationKey: Secret

    /// Keys; none by default.
    package init(
        systemTitle: [UInt8] = [], encryptionKey: Secret = Secret(), authenticationKey: Secret = Secret()
    ) {
        self.systemTitle = systemTitle
        self.encryptionKey = encryptionKey
        self.authenticationKey = authenticationKey
    }

    /// Whether nothing is set.
    package var isEmpty: Bool { self == MeterKeys() }

    /// Reads the members of a `link`. Keys come in pairs and with a title; mechanism 5 cannot do without.
    init(from reader: inout RecordReader, previous: MeterKeys, mechanism: Int?) {
        self.init(
            systemTitle: MeterKeys.title(&reader, previous.systemTitle),
            encryptionKey: MeterKeys.key("ek", &reader, previous.encryptionKey),
            authenticationKey: MeterKeys.key("ak", &reader, previous.authenticationKey))
        guard reader.faults.isEmpty else { return }
        let hasKeys = !encryptionKey.isEmpty || !authenticationKey.isEmpty || mechanism == 5
        if hasKeys, encryptionKey.isEmpty { reader.refuse(.inputMissing, "ek") }
        if hasKeys, authenticationKey.isEmpty { reader.refuse(.inputMissing, "ak") }
        if hasKeys || mechanism == 6, systemTitle.isEmpty { reader.refuse(.inputMissing, "systemTitle") }
    }

    private static func title(_ reader: inout RecordReader, _ previous: [UInt8]) -> [UInt8] {
        guard reader["systemTitle"] != nil else { return reader.isNull("systemTitle") ? [] : previous }
        let text = reader.text("systemTitle", length: 0...64, fallback: "")
        guard !text.isEmpty else { return [] }
        guard let octets = Secret(hexadecimal: text)?.octets, octets.count == titleLength else {
            reader.refuse(.inputFormat, "systemTitle", ["allowed": "hex, 16"])
            return []
        }
        return octets
    }

    private static func key(_ name: String, _ reader: inout RecordReader, _ previous: Secret) -> Secret {
        let key = reader.secret(name, previous: previous, limit: 32, isHexadecimal: true)
        guard !key.isEmpty, key.octets.count != keyLength else { return key }
        reader.refuse(.inputFormat, name, ["allowed": "hex, 32"])
        return Secret()
    }

    /// The members of the `link` object.
    func members(for view: SecretView) -> [JSONMember] {
        guard !isEmpty else { return [] }
        let title = Secret(systemTitle).revealedHexadecimal
        var members = [
            JSONMember("systemTitle", title),
            JSONMember("ek", view == .client ? "" : encryptionKey.revealedHexadecimal),
            JSONMember("ak", view == .client ? "" : authenticationKey.revealedHexadecimal),
        ]
        if view == .client {
            members.append(JSONMember("hasEk", !encryptionKey.isEmpty))
            members.append(JSONMember("hasAk", !authenticationKey.isEmpty))
        }
        return members
    }
}
