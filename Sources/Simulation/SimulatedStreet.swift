// The street and the configuration of the long simulation: ten meters on two lines, a half-hour poll of
// present values and profile, start of days, months and journals once a day, clocks put right once a day, and
// a publication every half-hour; or a street as the seed draws it.

package import Configuration
package import Drivers
import JSONText
import Metering
import Runtime
package import Street
import Timekeeping
import VirtualTime

/// How many meters on which lines, and how they are asked.
package struct SimulatedStreet: Sendable {
    /// Meters of each line, at addresses 17…, 117….
    package var meters: [Int]
    /// Chance of the street.
    package var seed: UInt64
    /// How often it is read.
    package var rhythm = SiteRhythm.halfHours
    /// Date the meters were installed, such as `2026-03-08`.
    package var installed: String
    /// Text of a model by name; nil when there is none.
    package var personality: @Sendable (String) -> [UInt8]?
    /// What the gateway knows of makers of meters.
    package private(set) var profiles = MeterProfiles.none

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

    /// A street as the seed draws it: one to three lines of one to six meters, read in a rhythm of its own.
    package static func drawn(
        seed: UInt64, installed: String, personality: @escaping @Sendable (String) -> [UInt8]?
    ) -> SimulatedStreet {
        let entropy = SeededEntropy(seed: seed ^ 0x7374_7265)
        let rhythm = SiteRhythm.drawn(entropy)
        // A life's worth is its faults: sites that are read often get fewer meters, for more lives an hour.
        let most = rhythm.pollMinutes < 120 ? 2 : rhythm.pollMinutes < 360 ? 4 : 6
        let meters = (0..<entropy.number(in: 1...3)).map { _ in entropy.number(in: 1...most) }
        var street = SimulatedStreet(
            meters: meters, seed: seed, installed: installed, personality: personality)
        street.rhythm = rhythm
        return street
    }

    /// Has the gateway know what the makers' profiles say, texts by name of the file. Throws the faults of
    /// those that cannot be used.
    package mutating func adopt(profiles texts: [String: [UInt8]]) throws {
        profiles = try MeterProfiles(texts: texts)
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
    package func configure(_ gateway: VirtualGateway, for plan: StreetPlan) async throws {
        _ = try await gateway.runtime.store.commit(try tables(for: plan), user: "simulation")
    }

    /// The tables of the gateway that reads it.
    package func tables(for plan: StreetPlan) throws -> [TableEdit] {
        try plan.tables(with: SimulatedStreet.texts + rhythm.tables)
    }

    /// Edits the data templates while polls may be running: one measure more, or the old list again.
    package static func edit(_ gateway: VirtualGateway, widened: Bool) async throws {
        let store = gateway.runtime.store
        let extra = Measure.momentQuality.rawValue
        let rows = await store.current.configuration.dataTemplates.map { template in
            var template = template
            template.types.removeAll { $0 == extra }
            if widened, template.types.contains(Measure.powerProfile.rawValue) {
                template.types.append(extra)
            }
            return JSONValue.object(template.members(for: .stored))
        }
        _ = try await store.commit([TableEdit(.dataTemplates, .replace, rows: rows)], user: "simulation")
    }

    /// What is the same whatever the rhythm.
    private static let texts: [(ConfigurationTable, String)] = [
        (.groups, #"[{"id":1,"name":"clocks","meters":[]}]"#),
        (.pollTemplates, #"[{"id":1,"archTypesName":"half-hour"},{"id":2,"archTypesName":"daily"}]"#),
        (.brokers, #"[{"id":1,"addr":"broker","port":1883,"prefix":"um"}]"#),
        (
            .messageTemplates,
            #"""
            [{"id":1,"name":"all","types":[{"measure":"ElMomentEnergy"},{"measure":"ElArr1ConsPower"},
            {"measure":"ElDayEnergy"},{"measure":"ElMonthEnergy"},{"measure":"ElJrnlOpen"}]}]
            """#
        ),
        (.publications, #"[{"id":1,"meterMessageId":1,"brokerId":1,"topic":"all"}]"#),
    ]
}

extension MeterProfiles {
    /// What makers' profiles say, texts by name of the file. Throws the faults of those that cannot be used.
    init(texts: [String: [UInt8]]) throws {
        self.init(
            try texts.sorted { $0.key < $1.key }.map { try MeterProfiles.profile($0.key, $0.value) })
    }
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
