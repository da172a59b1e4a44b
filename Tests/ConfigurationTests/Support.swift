// What the suites of this module share: short spellings and a hasher that is quick and sees through.

import Configuration
import Faults
import JSONText
import Seams
import VirtualTime

/// A hasher for tests: the hash is the password in brackets.
struct PlainHasher: PasswordHasher {
    func hash(_ password: String) async throws -> String { "[\(password)]" }
    func verify(_ password: String, against hash: String) async -> Bool { hash == "[\(password)]" }
    func constantTimeEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool { left == right }
}

/// The rows of a JSON array.
func rows(_ text: String) throws -> [JSONValue] { try JSONValue(parsing: text).elements ?? [] }

/// A PUT of a table.
func put(_ table: ConfigurationTable, _ text: String) throws -> TableEdit {
    TableEdit(table, .replace, rows: try rows(text))
}

/// A configuration with an administrator and two meters, one group, one data template, poll, schedule, rules,
/// broker, message template and publication that refer to each other.
func linkedConfiguration() throws -> GatewayConfiguration {
    var base = GatewayConfiguration()
    base.accounts = [Account(id: 1, login: "admin", level: .administrator, passwordHash: "[x]")]
    return try base.applying([
        put(
            .meters,
            #"""
            [{"id":1,"pId":0,"typeName":"SPODES","addr":"17","passRd":"3030","passWr":"","ifaceName":"Iface1","ifaceCfg":""},
            {"id":2,"pId":0,"typeName":"SPODES","addr":"18","passRd":"","passWr":"","ifaceName":"Iface1","ifaceCfg":"9600,8n1"}]
            """#),
        put(.groups, #"[{"name":"A","meters":[1]},{"name":"B","meters":[1,2]}]"#),
        put(.dataTemplates, #"[{"name":"D","types":["ElDayEnergy"]}]"#),
        put(.pollTemplates, #"[{"id":1,"archTypesName":"D","metersName":"A"},{"id":2,"archTypesName":"D"}]"#),
        put(.schedules, #"[{"id":1,"min":30,"hour":1},{"id":2,"min":15}]"#),
        put(
            .eventRules,
            #"""
            [{"id":1,"eventType":"Scheduler","eventId":1,"actionType":"Poller","actionId":1},
            {"id":2,"eventType":"Scheduler","eventId":2,"actionType":"MQTTMeterMessages","actionId":1}]
            """#),
        put(.brokers, #"[{"id":1,"addr":"broker.example.org","port":8883,"password":"secret","cropt":2}]"#),
        put(.messageTemplates, #"[{"id":1,"name":"M","group":"A","types":[{"measure":"ElDayEnergy"}]}]"#),
        put(.publications, #"[{"id":1,"meterMessageId":1,"brokerId":1,"topic":"day"}]"#),
    ]).configuration
}

/// The faults an edit is refused with; empty when it is accepted.
func faults(of edits: [TableEdit], on configuration: GatewayConfiguration) -> [Fault] {
    do throws(Faults) {
        _ = try configuration.applying(edits)
        return []
    } catch {
        return error.all
    }
}
