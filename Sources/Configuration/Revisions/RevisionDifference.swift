// What one revision changed against another: table by table, record by record, member by member, as people
// read it (D7). Secrets are compared by what is stored and shown as dots (D12).

package import JSONText

/// One difference between two configurations.
package struct ConfigurationChange: Sendable, Hashable {
    /// What happened.
    package enum Kind: String, Sendable, Hashable { case added, removed, changed }
    /// The table.
    package var table: ConfigurationTable
    /// Key of the record: its number or name; empty for single objects.
    package var record: String
    /// JSON pointer to the member within the record; `/` for the record as a whole.
    package var path: String
    /// What happened.
    package var kind: Kind
    /// Values before and after, of `changed` only.
    package var old: JSONValue?
    package var new: JSONValue?
}

extension GatewayConfiguration {
    /// The changes that lead from `older` to this configuration, in the order of tables and of this
    /// configuration's records; removed ones last.
    package func changes(since older: GatewayConfiguration) -> [ConfigurationChange] {
        ConfigurationTable.allCases.flatMap { table in
            changes(of: table, since: older)
        }
    }

    private func changes(
        of table: ConfigurationTable, since older: GatewayConfiguration
    ) -> [ConfigurationChange] {
        let before = older.records(of: table)
        let now = records(of: table)
        var found: [ConfigurationChange] = []
        for (key, record) in now {
            guard let old = before.first(where: { $0.key == key })?.record else {
                found.append(ConfigurationChange(table: table, record: key, path: "/", kind: .added))
                continue
            }
            found += ConfigurationChange.members(table, key, old, record)
        }
        for (key, _) in before where !now.contains(where: { $0.key == key }) {
            found.append(ConfigurationChange(table: table, record: key, path: "/", kind: .removed))
        }
        return found
    }

    /// Records of a table by key: as clients see them and as they are stored.
    fileprivate func records(
        of table: ConfigurationTable
    ) -> [(key: String, record: (shown: JSONValue, stored: JSONValue))] {
        zip(rows(of: table, for: .client), rows(of: table, for: .stored)).map { shown, stored in
            (ConfigurationChange.key(of: stored), (shown, stored))
        }
    }

    /// The table with one record as `older` has it: put back, or taken away where `older` lacks it. Nil when
    /// neither knows the record.
    package func rows(
        of table: ConfigurationTable, restoring key: String, from older: GatewayConfiguration
    ) -> [JSONValue]? {
        var rows = rows(of: table, for: .stored)
        let place = rows.firstIndex { ConfigurationChange.key(of: $0) == key }
        let old = older.rows(of: table, for: .stored).first { ConfigurationChange.key(of: $0) == key }
        switch (place, old) {
        case (nil, nil): return nil
        case (nil, let old?): rows.append(old)
        case (let place?, nil): rows.remove(at: place)
        case (let place?, let old?): rows[place] = old
        }
        return rows
    }
}

extension ConfigurationChange {
    /// Number, login or name of a record.
    fileprivate static func key(of record: JSONValue) -> String {
        if let number = record["id"]?.wholeNumber { return String(number) }
        return record["login"]?.text ?? record["name"]?.text ?? ""
    }

    /// Differing members of two versions of a record.
    fileprivate static func members(
        _ table: ConfigurationTable, _ key: String, _ old: (shown: JSONValue, stored: JSONValue),
        _ new: (shown: JSONValue, stored: JSONValue)
    ) -> [ConfigurationChange] {
        guard old.stored != new.stored else { return [] }
        func change(_ name: String, _ old: JSONValue?, _ new: JSONValue?) -> ConfigurationChange {
            ConfigurationChange(
                table: table, record: key, path: "/" + name, kind: .changed, old: old ?? .null,
                new: new ?? .null)
        }
        let names = (new.stored.members ?? []).map(\.name)
        let gone = (old.stored.members ?? []).map(\.name).filter { !names.contains($0) }
        return (names + gone).compactMap { name in
            guard old.stored[name] != new.stored[name] else { return nil }
            // What clients see the same way on both sides, or not at all, is a secret.
            let (before, after) = (old.shown[name], new.shown[name])
            guard before != after else { return change(name, .string(dots), .string(dots)) }
            return change(name, before, after)
        }
    }

    private static let dots = "••"
}
