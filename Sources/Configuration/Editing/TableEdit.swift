// What a client asks to be done to one table, taken from the body of its request in all the shapes clients
// are known to send (api 1.7).

package import Faults
package import JSONText

/// A change of one table.
package struct TableEdit: Sendable, Hashable {
    /// What to do.
    package enum Verb: Sendable, Hashable {
        /// PUT: the rows are the whole table.
        case replace
        /// POST: the rows are added.
        case add
        /// DELETE with a body: the rows with these keys go.
        case remove
        /// DELETE without a body: everything goes; single objects return to the factory's.
        case clear
    }
    /// The table.
    package var table: ConfigurationTable
    /// What to do.
    package var verb: Verb
    /// Rows of `replace` and `add`; keys (`id`, `name`) of `remove`.
    package var rows: [JSONValue]

    /// A change.
    package init(_ table: ConfigurationTable, _ verb: Verb, rows: [JSONValue] = []) {
        self.table = table
        self.verb = verb
        self.rows = rows
    }

    /// The change a request body asks for. Lists may come in their wrapper, in lower case or bare; deletions
    /// also as `{"Meters":{"id":[…]}}`, `{"ids":[…]}` or `{"names":[…]}`; an empty deletion clears. Throws
    /// when a list is needed and there is none.
    package init(_ table: ConfigurationTable, _ verb: Verb, body: JSONValue?) throws(Faults) {
        guard verb == .remove || verb == .clear else {
            self.init(table, verb, rows: try TableEdit.list(in: body, of: table))
            return
        }
        let keys = body.map { TableEdit.keys(in: $0, of: table) } ?? []
        self.init(table, keys.isEmpty ? .clear : .remove, rows: keys)
    }

    private static func list(in body: JSONValue?, of table: ConfigurationTable) throws(Faults) -> [JSONValue]
    {
        guard let body else { throw Faults([Fault(.inputMissing, path: "")]) }
        guard let wrapper = table.wrapper else { return [body] }
        if let list = (body[wrapper] ?? body[wrapper.lowercased()] ?? body).elements { return list }
        throw Faults([Fault(.inputMissing, ["allowed": "array"], path: "/\(wrapper)")])
    }

    private static func keys(in body: JSONValue, of table: ConfigurationTable) -> [JSONValue] {
        let inner = table.wrapper.flatMap { body[$0] ?? body[$0.lowercased()] } ?? body
        if let list = inner.elements {
            return list.map { $0.members == nil ? key($0) : $0 }
        }
        for name in ["id", "ids", "name", "names"] {
            guard let member = inner[name] else { continue }
            return (member.elements ?? [member]).map(key)
        }
        return []
    }

    /// A bare number or name as the object a row would have.
    private static func key(_ value: JSONValue) -> JSONValue {
        if let name = value.text, Int(name) == nil { return .object([JSONMember("name", name)]) }
        return .object([JSONMember("id", value), JSONMember("name", value)])
    }
}

/// What goes because of a change, so that a person can be asked first (D8).
package struct ConfigurationLoss: Sendable, Hashable {
    /// Where it goes from. Loss of a meter row means loss of its archive.
    package var table: ConfigurationTable
    /// Key of the row, or of the row that loses a member.
    package var key: String
    /// The meter that a group loses; nil when the row itself goes.
    package var member: Int?

    /// A loss.
    package init(_ table: ConfigurationTable, key: String, member: Int? = nil) {
        self.table = table
        self.key = key
        self.member = member
    }
}
