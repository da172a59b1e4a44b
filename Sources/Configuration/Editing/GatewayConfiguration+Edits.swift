// From one configuration to the next: edits of any number of tables at once, atomically. Order: read rows,
// number and resolve, follow renames, let go what lost its meaning, then check the whole.

package import Faults
package import JSONText

/// A configuration that edits led to.
package struct EditedConfiguration: Sendable {
    /// The valid result.
    package var configuration: GatewayConfiguration
    /// What goes beyond what was asked to go, and every meter whose archive goes.
    package var losses: [ConfigurationLoss]
    /// What a person should know although it is allowed (R9, R10).
    package var warnings: [Fault]
}

extension GatewayConfiguration {
    /// Applies edits of several tables as one. Throws every fault by path; the parameter `table` of each
    /// names the table's API path. `place` is where this gateway itself is reached.
    package func applying(
        _ edits: [TableEdit], at place: OwnPlace = OwnPlace()
    ) throws(Faults) -> EditedConfiguration {
        var next = self
        var faults: [Fault] = []
        var offsets: [ConfigurationTable: Int] = [:]
        for edit in edits {
            if edit.verb == .add { offsets[edit.table] = next.rowCount(of: edit.table) }
            next.apply(edit, faults: &faults)
        }
        let written = Set(edits.map(\.table))
        next.number()
        next.resolveGroupNames(faults: &faults)
        if !written.contains(.pollTemplates) { next.followRenames(since: self) }
        guard faults.isEmpty else { throw Faults(faults) }
        let losses = next.cascade(since: self, written: written)
        faults = next.faults(rowOffsets: offsets)
        faults += next.hubFaults(at: place, written: written, rowOffsets: offsets)
        guard faults.isEmpty else { throw Faults(faults) }
        return EditedConfiguration(configuration: next, losses: losses, warnings: next.warnings())
    }

    /// Reads a stored revision: the documents of its tables. Absent tables are empty. Throws every fault.
    package init(stored documents: [ConfigurationTable: JSONValue]) throws(Faults) {
        self.init()
        var faults: [Fault] = []
        for table in ConfigurationTable.allCases {
            guard let document = documents[table] else { continue }
            let rows = table.wrapper.map { document[$0]?.elements ?? [] } ?? [document]
            apply(TableEdit(table, .replace, rows: rows), view: .stored, faults: &faults)
        }
        number()
        faults += self.faults()
        guard faults.isEmpty else { throw Faults(faults) }
    }

    private func rowCount(of table: ConfigurationTable) -> Int { rows(of: table, for: .stored).count }

    private mutating func apply(_ edit: TableEdit, view: SecretView = .client, faults: inout [Fault]) {
        var reader = TableReader(edit: edit, view: view)
        switch edit.table {
        case .meters: reader.apply(to: &meters)
        case .groups: reader.apply(to: &groups)
        case .dataTemplates: reader.apply(to: &dataTemplates)
        case .pollTemplates: reader.apply(to: &pollTemplates)
        case .schedules: reader.apply(to: &schedules)
        case .discreteInputs: reader.apply(to: &discreteInputs)
        case .eventRules: reader.apply(to: &eventRules)
        case .brokers: reader.apply(to: &brokers)
        case .messageTemplates: reader.apply(to: &messageTemplates)
        case .publications: reader.apply(to: &publications)
        case .accounts: reader.apply(to: &accounts)
        case .lines: reader.apply(to: &lines)
        case .servers:
            // The list shows the admin's own servers too; whoever sends it back may send them along.
            var own = edit
            own.rows.removeAll { DeviceServer.isAdmin($0) }
            reader = TableReader(edit: own, view: view)
            reader.apply(to: &servers)
        case .interfaces: reader.apply(to: &interfaces)
        case .supplies:
            reader.apply(to: &supplies)
            // Automatic is no setting.
            supplies.removeAll { $0.state == .automatic }
        case .headEndPasswords: reader.apply(to: &headEndPasswords)
        case .archiveDepths:
            reader.apply(to: &archiveDepths)
            // The standard is no setting: a later version may have a better one.
            archiveDepths.removeAll(where: \.isStandard)
        case .time: reader.apply(to: &time, factory: TimeSettings())
        case .site:
            let factory = SiteSettings(model: site.model, serialNumber: site.serialNumber)
            reader.apply(to: &site, factory: factory)
        }
        faults += reader.faults
    }

    /// Gives numbers to groups and data templates that came without.
    private mutating func number() {
        func fill<Record: NamedRecord>(_ rows: inout [Record]) {
            var next = (rows.map(\.id).max() ?? 0) + 1
            for index in rows.indices where rows[index].id == 0 {
                rows[index].id = next
                next += 1
            }
        }
        fill(&groups)
        fill(&dataTemplates)
    }

    private mutating func resolveGroupNames(faults: inout [Fault]) {
        for index in messageTemplates.indices {
            guard let name = messageTemplates[index].unresolvedGroup else { continue }
            messageTemplates[index].unresolvedGroup = nil
            if name.isEmpty {
                messageTemplates[index].groupID = 0
            } else if let group = groups.first(where: { $0.name == name }) {
                messageTemplates[index].groupID = group.id
            } else {
                faults.append(
                    Fault(
                        .inputUnknownReference,
                        ["value": name, "table": ConfigurationTable.messageTemplates.path],
                        path: "/Settings/\(index)/group"))
            }
        }
    }

    /// Poll templates refer by name; a row that kept its number and changed its name is renamed, not deleted.
    private mutating func followRenames(since old: GatewayConfiguration) {
        func renamed<Record: NamedRecord>(_ rows: [Record], from before: [Record]) -> [String: String] {
            var names: [String: String] = [:]
            for row in before where !rows.contains(where: { $0.name == row.name }) {
                if let now = rows.first(where: { $0.id == row.id }) { names[row.name] = now.name }
            }
            return names
        }
        let groupNames = renamed(groups, from: old.groups)
        let templateNames = renamed(dataTemplates, from: old.dataTemplates)
        for index in pollTemplates.indices {
            if let group = pollTemplates[index].group, let name = groupNames[group] {
                pollTemplates[index].group = name
            }
            if let name = templateNames[pollTemplates[index].dataTemplate] {
                pollTemplates[index].dataTemplate = name
            }
        }
    }
}

/// Reads the rows of one edit and applies them to the rows of its table.
private struct TableReader {
    let edit: TableEdit
    let view: SecretView
    var faults: [Fault] = []

    init(edit: TableEdit, view: SecretView) {
        self.edit = edit
        self.view = view
    }

    mutating func apply<Record: ConfigurationRecord>(to rows: inout [Record]) {
        switch edit.verb {
        case .clear: rows = []
        case .remove: rows.removeAll { row in edit.rows.contains { row.isNamed(by: $0) } }
        case .add: rows += read(keeping: [])
        case .replace: rows = read(keeping: rows)
        }
    }

    mutating func apply<Record: ConfigurationRecord>(to object: inout Record, factory: Record) {
        guard edit.verb == .replace || edit.verb == .add, let row = edit.rows.first else {
            object = factory
            return
        }
        if let read: Record = record(row, path: "", previous: object) { object = read }
    }

    private mutating func read<Record: ConfigurationRecord>(keeping old: [Record]) -> [Record] {
        let byKey = Dictionary(old.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
        let base = "/" + (edit.table.wrapper ?? "")
        var rows: [Record] = []
        for (index, row) in edit.rows.enumerated() {
            let previous = Record.key(of: row).flatMap { byKey[$0] }
            if let record = record(row, path: "\(base)/\(index)", previous: previous) { rows.append(record) }
        }
        return rows
    }

    private mutating func record<Record: ConfigurationRecord>(
        _ row: JSONValue, path: String, previous: Record?
    ) -> Record? {
        var reader = RecordReader(row, path: path, view: view)
        let record = Record(from: &reader, previous: previous)
        guard reader.faults.isEmpty else {
            for fault in reader.faults {
                var named = fault
                named.parameters["table"] = edit.table.path
                faults.append(named)
            }
            return nil
        }
        return record
    }
}
