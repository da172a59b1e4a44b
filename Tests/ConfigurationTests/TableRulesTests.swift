// What each table refuses, by path and code, and that everything wrong is told at once.

import Configuration
import Faults
import JSONText
import Metering
import Seams
import Testing
import Timekeeping

@Suite("Rules of the tables")
struct TableRulesTests {
    static func meter(_ changes: String) -> String {
        #"{"id":5,"pId":0,"typeName":"SPODES","addr":"20","passRd":"","passWr":"","ifaceName":"Iface1",\#(changes)}"#
    }

    @Test(
        "a meter row is refused at the member that is wrong",
        arguments: [
            (#""id":0"#, "id", FaultCode.inputRange),
            (#""typeName":"NoSuch""#, "typeName", .meterTypeUnknown),
            (#""passRd":"303""#, "passRd", .inputFormat), (#""passRd":"zz""#, "passRd", .inputFormat),
            (#""addr":"""#, "addr", .inputMissing), (#""addr":"16382""#, "addr", .inputRange),
            (#""ifaceName":"COM1""#, "ifaceName", .inputRange),
            (#""ifaceCfg":"9601,8n1""#, "ifaceCfg", .inputFormat),
            (#""ifaceName":"Ethernet","addr":"10.0.0.1""#, "addr", .inputFormat),
            (#""pId":99"#, "pId", .inputUnknownReference), (#""pId":5"#, "pId", .meterParentCycle),
            (#""ifaceName":"Hub""#, "pId", .inputMissing),
            (#""link":{"transport":"tcp"}"#, "link/transport", .inputRange),
            (#""link":{"addressOctets":3}"#, "link/addressOctets", .inputRange),
            (#""link":{"ciphering":"rot13"}"#, "link/ciphering", .inputRange),
            (#""link":{"systemTitle":"4D4D"}"#, "link/systemTitle", .inputFormat),
            (#""link":{"ek":"00"}"#, "link/ek", .inputFormat),
            (#""link":{"ak":"zz"}"#, "link/ak", .inputFormat),
            (#""link":{"mechanism":5}"#, "link/ek", .inputMissing),
            (#""link":{"mechanism":6}"#, "link/systemTitle", .inputMissing),
            (#""link":{"ek":"000102030405060708090a0b0c0d0e0f"}"#, "link/ak", .inputMissing),
        ])
    func meterRow(changes: String, member: String, code: FaultCode) throws {
        var row = try JSONValue(parsing: TableRulesTests.meter(#""ifaceCfg":"""#))
        for change in try JSONValue(parsing: "{\(changes)}").members ?? [] {
            row = row.setting(change.name, to: change.value)
        }
        let found = faults(of: [TableEdit(.meters, .replace, rows: [row])], on: try linkedConfiguration())
        #expect(found.contains { $0.path == "/Meters/0/\(member)" && $0.code == code }, "\(found)")
    }

    @Test("every fault of a table is told at once, each with its path")
    func allFaults() throws {
        let edit = try put(
            .schedules,
            #"[{"id":1,"min":0},{"id":2,"min":60,"hour":24},{"min":"x"},{"id":4,"min":5,"day":3}]"#)
        let paths = faults(of: [edit], on: try linkedConfiguration()).map(\.path)
        #expect(
            paths == [
                "/Settings/0/min", "/Settings/1/min", "/Settings/1/hour", "/Settings/2/id", "/Settings/2/min",
                "/Settings/3/hour",
            ])
    }

    @Test(
        "a schedule's kind follows from its members (manual 4.5.2)",
        arguments: [
            (#"{"id":1,"min":15}"#, Schedule.every(minutes: 15)),
            (#"{"id":1,"min":30,"hour":1}"#, .daily(hour: 1, minute: 30)),
            (#"{"id":1,"min":0,"hour":12,"day":5}"#, .monthly(day: 5, hour: 12, minute: 0)),
            (#"{"id":1,"min":0,"hour":0,"day":1,"month":1}"#, .yearly(month: 1, day: 1, hour: 0, minute: 0)),
            (#"{"id":1,"min":15,"hour":255,"day":null}"#, .every(minutes: 15)),
        ])
    func schedules(text: String, schedule: Schedule) throws {
        let next = try GatewayConfiguration.withAdministrator().applying([put(.schedules, "[\(text)]")])
        #expect(next.configuration.schedules.first?.schedule == schedule)
    }

    /// The brokers after a PUT of one broker with these members more, over `base`.
    private func brokers(_ members: String, on base: GatewayConfiguration) throws -> [MQTTBroker] {
        let row = #"[{"id":1,"addr":"broker.example.org","port":8883\#(members)}]"#
        return try base.applying([put(.brokers, row)]).configuration.brokers
    }

    @Test("a broker's connection is held for ever and probed every minute unless told otherwise")
    func brokerHolding() throws {
        let base = try linkedConfiguration()
        let plain = try #require(try brokers("", on: base).first)
        #expect(plain.holding == .always && plain.keepAlive == 60)
        for (word, holding) in [("always", MQTTBroker.Holding.always), ("sending", .sending)] {
            for seconds in [10, 300, 7_200] {
                let told = #","hold":"\#(word)","keepAlive":\#(seconds)"#
                let broker = try #require(try brokers(told, on: base).first)
                #expect(broker.holding == holding && broker.keepAlive == seconds)
                // What is read is what was written, for clients and for the store.
                for view in [SecretView.client, .stored] {
                    let record = JSONValue.object(broker.members(for: view))
                    #expect(record["hold"]?.text == word && record["keepAlive"]?.wholeNumber == seconds)
                    let again = try base.applying([TableEdit(.brokers, .replace, rows: [record])])
                    #expect(again.configuration.brokers.first?.holding == holding)
                    #expect(again.configuration.brokers.first?.keepAlive == seconds)
                }
            }
        }
    }

    @Test("a client that knows neither member leaves a broker's connection as it was")
    func brokerHoldingStays() throws {
        var base = try linkedConfiguration()
        base.brokers = try brokers(#","hold":"sending","keepAlive":900"#, on: base)
        let kept = try #require(try brokers(#","qos":2"#, on: base).first)
        #expect(kept.qos == 2 && kept.holding == .sending && kept.keepAlive == 900)
    }

    @Test(
        "how long a broker's connection is held is refused when it is no word or out of range",
        arguments: [
            (#""hold":"never""#, "hold", FaultCode.inputRange), (#""hold":"""#, "hold", .inputRange),
            (#""hold":1"#, "hold", .inputRange), (#""keepAlive":9"#, "keepAlive", .inputRange),
            (#""keepAlive":7201"#, "keepAlive", .inputRange), (#""keepAlive":"x""#, "keepAlive", .inputType),
        ])
    func brokerHoldingRefused(members: String, path: String, code: FaultCode) throws {
        let row = #"[{"id":1,"addr":"broker.example.org","port":8883,\#(members)}]"#
        let found = faults(of: [try put(.brokers, row)], on: try linkedConfiguration())
        #expect(found.map { "\($0.code) \($0.path)" } == ["\(code) /Settings/0/\(path)"])
    }

    @Test("a discrete input is 1, 2 or 3, its expectation one of four, its filter kept when not named")
    func discreteInputs() throws {
        let base = try linkedConfiguration()
        let rows =
            #"[{"id":1,"addr":1,"type":1},{"id":2,"addr":1,"type":2,"filter":200},{"id":3,"addr":3,"type":0}]"#
        let next = try base.applying([put(.discreteInputs, rows)]).configuration
        #expect(next.discreteInputs.map(\.filterMilliseconds) == [50, 200, 50])
        #expect(next.discreteInputs.map(\.expectation) == [.appearance, .disappearance, .ignored])
        let again = try next.applying([put(.discreteInputs, #"[{"id":2,"addr":2,"type":3}]"#)]).configuration
        #expect(again.discreteInputs.first?.filterMilliseconds == 200)
        let wrong = #"[{"id":1,"addr":4,"type":4,"filter":60001},{"id":2,"addr":0,"type":-1},{"id":1}]"#
        #expect(
            try faults(of: [put(.discreteInputs, wrong)], on: base).map(\.path) == [
                "/Settings/0/addr", "/Settings/0/type", "/Settings/0/filter", "/Settings/1/addr",
                "/Settings/1/type", "/Settings/2/addr", "/Settings/2/type",
            ])
    }

    @Test("REQ-219, 222: rules name inputs and groups that are there, and go with them")
    func inputRules() throws {
        let rules = #"""
            [{"id":1,"eventType":"IntDigitalSensor","eventId":1,"actionType":"Poller","actionId":1},
            {"id":2,"eventType":"Scheduler","eventId":1,"actionType":"SyncTime","actionId":2}]
            """#
        let base = try linkedConfiguration()
        #expect(try faults(of: [put(.eventRules, rules)], on: base).map(\.path) == ["/Settings/0/eventId"])
        let inputs = try put(.discreteInputs, #"[{"id":1,"addr":2,"type":3}]"#)
        let next = try base.applying([inputs, put(.eventRules, rules)]).configuration
        #expect(next.eventRules.map(\.actionType) == [.poller, .timeSynchronization])
        let without = try next.applying([TableEdit(.discreteInputs, .clear)])
        #expect(without.losses == [ConfigurationLoss(.eventRules, key: "1")])
        let lonely = try next.applying([put(.groups, #"[{"id":1,"name":"A","meters":[1]}]"#)])
        #expect(lonely.losses == [ConfigurationLoss(.eventRules, key: "2")])
        let other = #"[{"id":1,"eventType":"Calendar","eventId":1,"actionType":"Reboot","actionId":1}]"#
        #expect(
            try faults(of: [put(.eventRules, other)], on: base).map(\.path)
                == ["/Settings/0/eventType", "/Settings/0/actionType"])
    }

    @Test("names and numbers are unique, references lead somewhere, templates list known measures once")
    func references() throws {
        let base = try linkedConfiguration()
        func codes(_ edit: TableEdit) -> [String] {
            faults(of: [edit], on: base).map { "\($0.code.rawValue) \($0.path)" }
        }
        #expect(
            try codes(
                put(
                    .groups,
                    #"[{"name":"A","meters":[9]},{"name":"A","meters":[1,1]},{"name":"","meters":[]}]"#))
                == ["input.missing /Settings/2/name"])
        #expect(
            try codes(put(.groups, #"[{"name":"X","meters":[9]},{"name":"X","meters":[1,1]}]"#))
                == [
                    "input.duplicate /Settings/1/name", "input.reference /Settings/0/meters/0",
                    "input.duplicate /Settings/1/meters/1",
                ])
        #expect(
            try codes(put(.dataTemplates, #"[{"name":"D","types":["aDay","ElDayEnergy","ElDayEnergy"]}]"#))
                == ["input.measure /Settings/0/types/0", "input.duplicate /Settings/0/types/2"])
        #expect(
            try codes(
                put(
                    .pollTemplates,
                    #"[{"id":1,"archTypesName":"X"},{"id":2,"archTypesName":"D"},{"id":3,"archTypesName":"D"}]"#
                ))
                == ["input.reference /Settings/0/archTypesName", "input.duplicate /Settings/2/archTypesName"])
        #expect(
            try codes(
                put(
                    .eventRules,
                    #"[{"id":1,"eventType":"Scheduler","eventId":7,"actionType":"Poller","actionId":8}]"#))
                == ["input.reference /Settings/0/eventId", "input.reference /Settings/0/actionId"])
        #expect(
            try codes(put(.publications, #"[{"id":1,"meterMessageId":4,"brokerId":1,"topic":"a/#"}]"#))
                == ["input.format /Settings/0/topic"])
        #expect(try codes(put(.accounts, "[]")) == ["configuration.administrator /Settings"])
        #expect(try codes(put(.time, #"[{"tz":3,"dst":true}]"#)) == ["configuration.season /dst"])
    }

    @Test("TLS 1.1 is refused by name, synonyms of both generations are read and written")
    func brokers() throws {
        let base = try linkedConfiguration()
        let weak = try put(.brokers, #"[{"id":1,"addr":"b","port":"1883","cropt":2,"tls":"1.1"}]"#)
        #expect(faults(of: [weak], on: base).map(\.code) == [.brokerTLSVersion])
        let old = try put(.brokers, #"[{"id":1,"addr":"b","port":"1883","crypto":2,"crcheck":false}]"#)
        let next = try base.applying([old]).configuration
        let json = next.document(of: .brokers)["Settings"]?.elements?.first
        #expect(json?["port"] == .integer(1_883))
        #expect(json?["cropt"] == .integer(2))
        #expect(json?["certCheck"] == .boolean(false))
        #expect(json?["qos"] == .integer(1))
        #expect(json?["password"] == .string(""))
        #expect(json?["hasPassword"] == .boolean(true))
    }

    @Test("aliases of one meter and reserved addresses are allowed and told (R9, R10)")
    func warnings() throws {
        let edit = try put(
            .meters,
            "[\(TableRulesTests.meter(#""ifaceCfg":"""#)),"
                + #"{"id":6,"typeName":"SPODES","addr":"20","ifaceName":"Iface1"},"#
                + #"{"id":7,"type":36,"addr":"9","ifaceName":"Iface2"}]"#)
        let warnings = try GatewayConfiguration.withAdministrator().applying([edit]).warnings
        #expect(warnings.map(\.code) == [.meterAlias, .meterAddressReserved])
        #expect(warnings.map(\.path) == ["/Meters/1/addr", "/Meters/2/addr"])
    }
}

extension GatewayConfiguration {
    /// Nothing but one administrator.
    static func withAdministrator() -> GatewayConfiguration {
        var configuration = GatewayConfiguration()
        configuration.accounts = [Account(id: 1, login: "admin", level: .administrator, passwordHash: "[x]")]
        return configuration
    }
}
