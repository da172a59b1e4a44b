// The tables of a configuration by name: file on disk, path and wrapper key of the API. The one place that
// knows which Swift property a table is.

package import JSONText

/// A table of the configuration. The raw value is its file in a revision, without `.json`.
package enum ConfigurationTable: String, Sendable, Hashable, CaseIterable {
    case meters
    case groups
    case dataTemplates = "data-templates"
    case pollTemplates = "poll-templates"
    case schedules
    case discreteInputs = "discrete-inputs"
    case eventRules = "event-rules"
    case brokers
    case messageTemplates = "message-templates"
    case publications
    case accounts
    case lines
    case servers
    case interfaces
    case supplies
    case headEndPasswords = "head-end-passwords"
    case archiveDepths = "archive-depths"
    case time
    case site

    /// The path of the table in the API.
    package var path: String {
        switch self {
        case .meters: "/settings/meter/table"
        case .groups: "/settings/templates/meter"
        case .dataTemplates: "/settings/templates/arch"
        case .pollTemplates: "/settings/actions/meter"
        case .schedules: "/settings/events/schdl"
        case .discreteInputs: "/settings/events/din"
        case .eventRules: "/settings/events/manager"
        case .brokers: "/settings/servers/mqtt"
        case .messageTemplates: "/settings/templates/messages"
        case .publications: "/settings/actions/mqtt"
        case .accounts: "/settings/proto/json/auth"
        case .lines: "/settings/lines"
        case .servers: "/settings/servers/tcp"
        case .interfaces: "/settings/uart"
        case .supplies: "/settings/dout"
        case .headEndPasswords: "/settings/proto/rtu/auth"
        case .archiveDepths: "/settings/archive"
        case .time: "/settings/time/local"
        case .site: "/settings/site"
        }
    }

    /// The key around the list in bodies; nil for single objects.
    package var wrapper: String? {
        switch self {
        case .meters: "Meters"
        case .time, .site: nil
        default: "Settings"
        }
    }

    /// The table of an API path.
    package init?(path: String) {
        guard let table = ConfigurationTable.allCases.first(where: { $0.path == path }) else { return nil }
        self = table
    }
}

extension GatewayConfiguration {
    /// The rows of a table as JSON; one element for single objects.
    package func rows(of table: ConfigurationTable, for view: SecretView) -> [JSONValue] {
        switch table {
        case .meters: indexed(meters.map { $0.json(for: view) }, for: view)
        case .groups: groups.map { $0.json(for: view) }
        case .dataTemplates: dataTemplates.map { $0.json(for: view) }
        case .pollTemplates: pollTemplates.map { $0.json(for: view) }
        case .schedules: schedules.map { $0.json(for: view) }
        case .discreteInputs: discreteInputs.map { $0.json(for: view) }
        case .eventRules: eventRules.map { $0.json(for: view) }
        case .brokers: brokers.map { $0.json(for: view) }
        case .messageTemplates: messageTemplates.map { json(of: $0, for: view) }
        case .publications: publications.map { $0.json(for: view) }
        case .accounts: accounts.map { $0.json(for: view) }
        case .lines: lines.map { $0.json(for: view) }
        case .servers: servers.map { $0.json(for: view) }
        case .interfaces: interfaces.map { $0.json(for: view) }
        case .supplies: SupplyRow.completed(supplies).map { $0.json(for: view) }
        case .headEndPasswords: headEndPasswords.map { $0.json(for: view) }
        case .archiveDepths: ArchiveDepth.completed(archiveDepths).map { $0.json(for: view) }
        case .time: [time.json(for: view)]
        case .site: [site.json(for: view)]
        }
    }

    /// The body of a GET: the list in its wrapper, or the single object.
    package func document(of table: ConfigurationTable, for view: SecretView = .client) -> JSONValue {
        let rows = rows(of: table, for: view)
        guard let wrapper = table.wrapper else { return rows.first ?? .object([]) }
        return .object([JSONMember(wrapper, .array(rows))])
    }

    /// Clients get the row number in front.
    private func indexed(_ rows: [JSONValue], for view: SecretView) -> [JSONValue] {
        guard view == .client else { return rows }
        return rows.enumerated().map { index, row in
            .object([JSONMember("index", index + 1)] + (row.members ?? []))
        }
    }

    /// Clients get the group's name beside its number; empty for all meters.
    private func json(of template: MessageTemplate, for view: SecretView) -> JSONValue {
        let json = template.json(for: view)
        guard view == .client else { return json }
        let name = groups.first { $0.id == template.groupID }?.name ?? ""
        return json.setting("group", to: .string(name))
    }
}
