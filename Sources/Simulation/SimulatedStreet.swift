// The street and the configuration of the long simulation: ten meters on two lines, a half-hour poll of
// present values and profile, start of days, months and journals once a day, clocks put right once a day, and
// a publication every half-hour.

package import Configuration
import JSONText
import Runtime
package import Street
import Timekeeping

/// How many meters on which lines, and how they are asked.
package struct SimulatedStreet: Sendable {
    /// Meters of each line, at addresses 17…, 117….
    package var meters: [Int]
    /// Chance of the street.
    package var seed: UInt64
    /// Date the meters were installed, such as `2026-03-08`.
    package var installed: String
    /// Text of a model by name; nil when there is none.
    package var personality: @Sendable (String) -> [UInt8]?

    /// A street.
    package init(
        meters: [Int] = [5, 5], seed: UInt64, installed: String,
        personality: @escaping @Sendable (String) -> [UInt8]?
    ) {
        self.meters = meters
        self.seed = seed
        self.installed = installed
        self.personality = personality
    }

    /// Names of the lines.
    package var lineNames: [String] { meters.indices.map { "line\($0 + 1)" } }

    /// The street's plan.
    package func plan() throws -> StreetPlan {
        let lines = zip(lineNames.indices, meters).map { index, count in
            #"""
            {"name":"\#(lineNames[index])","pty":"/dev/line\#(index + 1)","iface":"Iface\#(index + 1)",
            "settings":"9600,8n1","meters":[{"address":\#(17 + 100 * index),"count":\#(count),
            "serial":\#(4_000_000 + 100 * index),
            "personalities":["three-phase","three-phase","nartis-like","three-phase","single-phase"],
            "subscribers":["household","shop","workshop"]}]}
            """#
        }
        let text = #"""
            {"seed":\#(seed),"zoneMinutes":180,"installed":"\#(installed)",
            "lines":[\#(lines.joined(separator: ","))]}
            """#
        return try StreetPlan(StreetFile(json: Array(text.utf8)), personality: personality)
    }

    /// Gives a gateway the tables to read the street with.
    package static func configure(_ gateway: VirtualGateway, for plan: StreetPlan) async throws {
        _ = try await gateway.runtime.store.commit(try tables(for: plan), user: "simulation")
    }

    /// The tables of the gateway that reads it.
    package static func tables(for plan: StreetPlan) throws -> [TableEdit] {
        try plan.tables(with: texts)
    }

    /// Edits the data templates while polls may be running: one measure more, or the old list again.
    package static func edit(_ gateway: VirtualGateway, widened: Bool) async throws {
        let more = widened ? #","ElMomentQuality""# : ""
        let text = templates.replacing(#""ElArr1ConsPower""#, with: #""ElArr1ConsPower""# + more)
        let rows = try JSONValue(parsing: text).elements ?? []
        _ = try await gateway.runtime.store.commit(
            [TableEdit(.dataTemplates, .replace, rows: rows)], user: "simulation")
    }

    private static let templates = #"""
        [{"name":"half-hour","types":["ElMomentEnergy","ElArr1ConsPower"]},
        {"name":"daily","types":["ElDayEnergy","ElMonthEnergy",
        "ElJrnlPwr","ElJrnlTimeCorr","ElJrnlOpen","ElJrnlUnAyth","ElJrnlProg"]}]
        """#

    private static let texts: [(ConfigurationTable, String)] = [
        (.dataTemplates, templates),
        (.groups, #"[{"id":1,"name":"clocks","meters":[]}]"#),
        (.pollTemplates, #"[{"id":1,"archTypesName":"half-hour"},{"id":2,"archTypesName":"daily"}]"#),
        (
            .schedules,
            #"[{"id":1,"min":30},{"id":2,"min":10,"hour":0},{"id":3,"min":30},{"id":4,"min":40,"hour":1}]"#
        ),
        (.brokers, #"[{"id":1,"addr":"broker","port":1883,"prefix":"um"}]"#),
        (
            .messageTemplates,
            #"""
            [{"id":1,"name":"all","types":[{"measure":"ElMomentEnergy"},{"measure":"ElArr1ConsPower"},
            {"measure":"ElDayEnergy"},{"measure":"ElMonthEnergy"},{"measure":"ElJrnlOpen"}]}]
            """#
        ),
        (.publications, #"[{"id":1,"meterMessageId":1,"brokerId":1,"topic":"all"}]"#),
        (
            .eventRules,
            #"""
            [{"id":1,"eventType":"Scheduler","eventId":1,"actionType":"Poller","actionId":1},
            {"id":2,"eventType":"Scheduler","eventId":2,"actionType":"Poller","actionId":2},
            {"id":3,"eventType":"Scheduler","eventId":3,"actionType":"MQTTMeterMessages","actionId":1},
            {"id":4,"eventType":"Scheduler","eventId":4,"actionType":"SyncTime","actionId":1}]
            """#
        ),
    ]
}

extension StreetPlan {
    /// The meter table of this street and the rows of other tables.
    func tables(with texts: [(ConfigurationTable, String)]) throws -> [TableEdit] {
        let meters = try JSONValue(parsing: meterTable)["Meters"]?.elements ?? []
        var edits = [TableEdit(.meters, .replace, rows: meters)]
        for (table, text) in texts {
            edits.append(TableEdit(table, .replace, rows: try JSONValue(parsing: text).elements ?? []))
        }
        return edits
    }
}
