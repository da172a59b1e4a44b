// The site whose mornings are counted: 32 meters on two slow lines, asked in the small hours as a real site
// is: profile and starts of days at 00:20 and again, for what is missing, each hour until 05:20; clocks put
// right at 02:40; a publication every half-hour.

import Configuration
package import Drivers
import JSONText
package import Street

/// The street and the tables of a site that is read at night.
package struct NightlySite: Sendable {
    /// Meters of each line, at addresses 17…, 117….
    package var meters: [Int]
    /// Chance of the street.
    package var seed: UInt64
    /// Date the meters were installed.
    package var installed: String
    /// Text of a model by name; nil when there is none.
    package var personality: @Sendable (String) -> [UInt8]?
    /// What the gateway knows of makers of meters.
    package private(set) var profiles = MeterProfiles.none

    /// A site of so many meters on two lines; two of them at least.
    package init(
        meters: Int, seed: UInt64, installed: String, personality: @escaping @Sendable (String) -> [UInt8]?
    ) {
        self.meters = [(meters + 1) / 2, meters / 2]
        self.seed = seed
        self.installed = installed
        self.personality = personality
    }

    /// Has the gateway know what the makers' profiles say: `SimulatedStreet.adopt`.
    package mutating func adopt(profiles texts: [String: [UInt8]]) throws {
        profiles = try MeterProfiles(texts: texts)
    }

    /// Names of the lines.
    package var lineNames: [String] { meters.indices.map { "line\($0 + 1)" } }

    /// Seconds a day by which the worst quartz of each line is wrong; that of the others is drawn, half a
    /// second as a rule (R31).
    package static let worstDrift = [1.5, -1.5]

    /// The street's plan.
    package func plan() throws -> StreetPlan {
        let models = #""personalities":["three-phase","three-phase","nartis-like","single-phase"]"#
        let loads = #""subscribers":["household","shop","workshop"]"#
        let lines = lineNames.indices.map { index in
            let (address, serial) = (17 + 100 * index, 4_000_000 + 100 * index)
            let drift = NightlySite.worstDrift[index % NightlySite.worstDrift.count]
            var groups = [
                #"{"address":\#(address),"serial":\#(serial),"drift":\#(drift),\#(models),\#(loads)}"#
            ]
            if meters[index] > 1 {
                let count = meters[index] - 1
                groups.append(
                    #"{"address":\#(address + 1),"serial":\#(serial + 1),"count":\#(count),\#(models),\#(loads)}"#
                )
            }
            return #"""
                {"name":"\#(lineNames[index])","pty":"/dev/line\#(index + 1)","iface":"Iface\#(index + 1)",
                "settings":"9600,8n1","meters":[\#(groups.joined(separator: ","))]}
                """#
        }
        let text = #"""
            {"seed":\#(seed),"zoneMinutes":180,"installed":"\#(installed)",
            "lines":[\#(lines.joined(separator: ","))]}
            """#
        return try StreetPlan(StreetFile(json: Array(text.utf8)), personality: personality)
    }

    /// The tables of the gateway that reads it.
    static func tables(for plan: StreetPlan) throws -> [TableEdit] {
        try plan.tables(with: texts)
    }

    private static let texts: [(ConfigurationTable, String)] = [
        (
            .dataTemplates,
            #"""
            [{"name":"night","types":["ElArr1ConsPower","ElDayEnergy","ElMonthEnergy"]},
            {"name":"journals","types":["ElJrnlPwr","ElJrnlTimeCorr","ElJrnlOpen","ElJrnlUnAyth","ElJrnlProg"]}]
            """#
        ),
        (.groups, #"[{"id":1,"name":"clocks","meters":[]}]"#),
        (.pollTemplates, #"[{"id":1,"archTypesName":"night"},{"id":2,"archTypesName":"journals"}]"#),
        (
            .schedules,
            #"""
            [{"id":1,"min":20,"hour":0},{"id":2,"min":20,"hour":1},{"id":3,"min":20,"hour":2},
            {"id":4,"min":20,"hour":3},{"id":5,"min":20,"hour":4},{"id":6,"min":20,"hour":5},
            {"id":7,"min":30},{"id":8,"min":40,"hour":2},{"id":9,"min":50,"hour":3}]
            """#
        ),
        (.brokers, #"[{"id":1,"addr":"broker","port":1883,"prefix":"um"}]"#),
        (
            .messageTemplates,
            #"""
            [{"id":1,"name":"rows","types":[{"measure":"ElArr1ConsPower"},{"measure":"ElDayEnergy"},
            {"measure":"ElMonthEnergy"}]}]
            """#
        ),
        (.publications, #"[{"id":1,"meterMessageId":1,"brokerId":1,"topic":"rows"}]"#),
        (
            .eventRules,
            #"""
            [{"id":1,"eventType":"Scheduler","eventId":1,"actionType":"Poller","actionId":1},
            {"id":2,"eventType":"Scheduler","eventId":2,"actionType":"Poller","actionId":1},
            {"id":3,"eventType":"Scheduler","eventId":3,"actionType":"Poller","actionId":1},
            {"id":4,"eventType":"Scheduler","eventId":4,"actionType":"Poller","actionId":1},
            {"id":5,"eventType":"Scheduler","eventId":5,"actionType":"Poller","actionId":1},
            {"id":6,"eventType":"Scheduler","eventId":6,"actionType":"Poller","actionId":1},
            {"id":7,"eventType":"Scheduler","eventId":7,"actionType":"MQTTMeterMessages","actionId":1},
            {"id":8,"eventType":"Scheduler","eventId":8,"actionType":"SyncTime","actionId":1},
            {"id":9,"eventType":"Scheduler","eventId":9,"actionType":"Poller","actionId":2}]
            """#
        ),
    ]
}
