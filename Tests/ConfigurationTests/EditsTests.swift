// Edits in the shapes clients send them, secrets that stay secret, and what goes with what (D8, D12).

import Configuration
import Faults
import JSONText
import Testing

@Suite("Edits of tables")
struct EditsTests {
    @Test("what was written is read back with equal values for every key of the answer")
    func writeThenRead() throws {
        let base = try linkedConfiguration()
        for table in ConfigurationTable.allCases where table != .accounts {
            let document = base.document(of: table)
            let edit = try TableEdit(table, .replace, body: document)
            let next = try base.applying([edit]).configuration
            #expect(next == base, "\(table)")
            #expect(next.document(of: table) == document)
        }
    }

    @Test("a revision's documents make the same configuration, secrets included")
    func stored() throws {
        let base = try linkedConfiguration()
        let documents = Dictionary(
            uniqueKeysWithValues: ConfigurationTable.allCases.map {
                ($0, base.document(of: $0, for: .stored))
            })
        #expect(try GatewayConfiguration(stored: documents) == base)
    }

    @Test("an absent or empty password stays, null removes it, and none is ever shown (D12)")
    func secrets() throws {
        let base = try linkedConfiguration()
        let row = #""id":1,"typeName":"SPODES","addr":"17","ifaceName":"Iface1""#
        for (members, expected) in [
            ("", "3030"), (#","passRd":"""#, "3030"), (#","passRd":null"#, ""), (#","passRd":"31""#, "31"),
        ] {
            let next = try base.applying([put(.meters, "[{\(row)\(members)}]")]).configuration
            #expect(next.meters.first?.readPassword.revealedHexadecimal == expected)
        }
        var text = ""
        dump(base, to: &text)
        let client = ConfigurationTable.allCases.map {
            String(decoding: base.document(of: $0).octets, as: UTF8.self)
        }
        for shown in client + [text, "\(base)"] {
            #expect(!shown.contains("secret"))
            #expect(!shown.contains("3030"))
            #expect(!shown.contains("48, 48"))
        }
    }

    @Test("additions are appended, and a number twice is refused at the client's own row")
    func additions() throws {
        let base = try linkedConfiguration()
        let fresh = TableEdit(.schedules, .add, rows: try rows(#"[{"id":7,"min":5}]"#))
        #expect(try base.applying([fresh]).configuration.schedules.map(\.id) == [1, 2, 7])
        let twice = TableEdit(.schedules, .add, rows: try rows(#"[{"id":7,"min":5},{"id":2,"min":5}]"#))
        #expect(faults(of: [twice], on: base).map(\.path) == ["/Settings/1/id"])
    }

    @Test(
        "a deletion is understood in every shape clients send",
        arguments: [
            #"{"Meters":[{"id":2}]}"#, #"{"Meters":{"id":[2]}}"#, #"{"ids":[2]}"#,
            #"{"meters":[{"id":2,"addr":"18"}]}"#,
            "[2]",
        ])
    func deletions(body: String) throws {
        let edit = try TableEdit(.meters, .remove, body: JSONValue(parsing: body))
        #expect(try linkedConfiguration().applying([edit]).configuration.meters.map(\.id) == [1])
    }

    @Test("a deletion without a body, or with an empty list, clears")
    func clearing() throws {
        for body in [nil, #"{"Settings":[]}"#] {
            let edit = try TableEdit(.groups, .remove, body: body.map { try JSONValue(parsing: $0) })
            #expect(edit.verb == .clear)
        }
    }

    @Test("a deleted meter leaves its groups, and only what lost its meaning goes, listed (D8)")
    func cascade() throws {
        let base = try linkedConfiguration()
        let edit = TableEdit(.meters, .remove, rows: try rows(#"[{"id":1}]"#))
        let edited = try base.applying([edit])
        #expect(edited.configuration.groups.map(\.meters) == [[2]])
        #expect(edited.configuration.pollTemplates.map(\.id) == [2])
        #expect(edited.configuration.eventRules.isEmpty)
        #expect(
            edited.losses == [
                ConfigurationLoss(.meters, key: "1"), ConfigurationLoss(.groups, key: "A", member: 1),
                ConfigurationLoss(.groups, key: "A"), ConfigurationLoss(.groups, key: "B", member: 1),
                ConfigurationLoss(.pollTemplates, key: "1"), ConfigurationLoss(.messageTemplates, key: "1"),
                ConfigurationLoss(.publications, key: "1"), ConfigurationLoss(.eventRules, key: "1"),
                ConfigurationLoss(.eventRules, key: "2"),
            ])
    }

    @Test("a group or template renamed under its number takes its poll templates along")
    func renaming() throws {
        let base = try linkedConfiguration()
        let edited = try base.applying([
            put(.groups, #"[{"id":1,"name":"Дом","meters":[1]},{"id":2,"name":"B","meters":[1,2]}]"#),
            put(.dataTemplates, #"[{"id":1,"name":"Сутки","types":["ElDayEnergy"]}]"#),
        ])
        #expect(edited.losses.isEmpty)
        #expect(edited.configuration.pollTemplates.map(\.group) == ["Дом", nil])
        #expect(edited.configuration.pollTemplates.map(\.dataTemplate) == ["Сутки", "Сутки"])
    }

    @Test("several tables are saved as one, or none")
    func together() throws {
        let base = try linkedConfiguration()
        let good = try put(.schedules, #"[{"id":1,"min":1},{"id":2,"min":15},{"id":3,"min":20}]"#)
        let bad = try put(
            .eventRules, #"[{"id":1,"eventType":"Scheduler","eventId":4,"actionType":"Poller","actionId":1}]"#
        )
        #expect(faults(of: [good, bad], on: base).map(\.path) == ["/Settings/0/eventId"])
        let rule = try put(
            .eventRules, #"[{"id":1,"eventType":"Scheduler","eventId":3,"actionType":"Poller","actionId":1}]"#
        )
        #expect(try base.applying([good, rule]).configuration.schedules.count == 3)
    }
}
