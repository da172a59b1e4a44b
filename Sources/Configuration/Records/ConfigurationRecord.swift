// One row of one configuration table, both directions in one place: read from JSON with every fault named,
// written with exactly the keys of the device's own API (api 2.6, 2.11–2.13).

package import JSONText

/// Who will see a written record.
package enum SecretView: Sendable {
    /// A client: secrets are `""`, beside them whether one is set; derived members are added (D12).
    case client
    /// The revision on disk: everything that is needed to read it back, nothing derived.
    case stored
}

/// One row of a table.
package protocol ConfigurationRecord: Sendable, Hashable {
    /// Reads a row. Faults are collected in `reader`; a row that had some is thrown away. `previous` is the
    /// row it replaces, whose secrets stay when the client sent none.
    init(from reader: inout RecordReader, previous: Self?)
    /// The members of the row's JSON object in the order of the API.
    func members(for view: SecretView) -> [JSONMember]
    /// What identifies the row within its table, as text.
    var key: String { get }
    /// The same identification in a client's JSON; nil when it names none.
    static func key(of json: JSONValue) -> String?
    /// Whether a client's JSON names this row, for deletions.
    func isNamed(by json: JSONValue) -> Bool
}

extension ConfigurationRecord {
    /// Whether the key is the same.
    package func isNamed(by json: JSONValue) -> Bool { Self.key(of: json) == key }

    /// The row as JSON.
    package func json(for view: SecretView) -> JSONValue { .object(members(for: view)) }
}

/// A row identified by its number.
package protocol NumberedRecord: ConfigurationRecord {
    /// Number of the row, from 1.
    var id: Int { get }
}

extension NumberedRecord {
    /// The number as text.
    package var key: String { String(id) }
    /// The `id` member of a client's JSON.
    package static func key(of json: JSONValue) -> String? { json["id"]?.wholeNumber.map(String.init) }
}

/// A row identified by its name, with a number beside it that the manual shows.
package protocol NamedRecord: ConfigurationRecord {
    /// Number of the row, from 1; 0 until one is assigned.
    var id: Int { get set }
    /// Unique name.
    var name: String { get }
}

extension NamedRecord {
    /// The name.
    package var key: String { name }
    /// The `name` member of a client's JSON.
    package static func key(of json: JSONValue) -> String? { json["name"]?.text }

    /// By name, or by number when no name is given.
    package func isNamed(by json: JSONValue) -> Bool {
        if let name = json["name"]?.text { return name == self.name }
        return json["id"]?.wholeNumber == id
    }
}
