// Discrete inputs through the whole gateway: signal → poll → archive → publication (manual 4.5.3).

import Archive
import Configuration
import Events
import JSONText
import Metering
import Runtime
import Seams
import Simulation
import Street
import Testing
import Timekeeping
import VirtualTime

@Suite("Discrete inputs of the whole gateway")
struct InputTests {
    /// Two meters that are polled and published when input 1 appears, and nothing else; input 2 not checked.
    private static func live<Value: Sendable>(
        _ body: @escaping @Sendable (VirtualGateway, VirtualWorld) async throws -> Value
    ) throws -> Value {
        func edit(_ table: ConfigurationTable, _ text: String) throws -> TableEdit {
            TableEdit(table, .replace, rows: try JSONValue(parsing: text).elements ?? [])
        }
        let plan = try SimulatedSite.street(left: 2, right: 0)
        let edits = try [
            TableEdit(
                .meters, .replace, rows: JSONValue(parsing: plan.meterTable)["Meters"]?.elements ?? []),
            edit(
                .discreteInputs,
                #"[{"id":1,"addr":1,"type":1,"filter":50},{"id":2,"addr":2,"type":0}]"#),
            edit(.dataTemplates, #"[{"name":"P","types":["ElMomentEnergy"]}]"#),
            edit(.pollTemplates, #"[{"id":1,"archTypesName":"P"}]"#),
            edit(.brokers, #"[{"id":1,"addr":"broker","port":1883,"prefix":"um"}]"#),
            edit(.messageTemplates, #"[{"id":1,"name":"M","types":[{"measure":"ElMomentEnergy"}]}]"#),
            edit(.publications, #"[{"id":1,"meterMessageId":1,"brokerId":1,"topic":"all"}]"#),
            edit(
                .eventRules,
                #"""
                [{"id":1,"eventType":"IntDigitalSensor","eventId":1,"actionType":"Poller","actionId":1},
                {"id":2,"eventType":"IntDigitalSensor","eventId":1,"actionType":"MQTTMeterMessages","actionId":1},
                {"id":3,"eventType":"IntDigitalSensor","eventId":2,"actionType":"Poller","actionId":1}]
                """#),
        ]
        return try VirtualWorld(start: SimulatedSite.start).run { world in
            let gateway = try await VirtualGateway.open(plan, in: world)
            return try await gateway.live { gateway in
                _ = try await gateway.runtime.store.commit(edits, user: "test")
                try await world.clock.sleep(for: .seconds(60))
                return try await body(gateway, world)
            }
        }
    }

    private static func rows(_ gateway: VirtualGateway) async throws -> Int {
        try await gateway.runtime.archive.rows(ArchiveQuery(.momentEnergy)).count
    }

    @Test("REQ-253, 259: a signal that appears is polled, stored and published once; that it goes is nothing")
    func appears() throws {
        let (stored, received, records) = try InputTests.live { gateway, world in
            gateway.inputs.set(1, true)
            try await world.clock.sleep(for: .seconds(120))
            gateway.inputs.set(1, false)
            try await world.clock.sleep(for: .seconds(120))
            let rows = try await InputTests.rows(gateway)
            let entries = try await gateway.runtime.events.firings(before: nil, limit: 20)
            return (rows, try ReceivedRows(await gateway.broker.messages), entries)
        }
        #expect(stored == 2)
        #expect(received.byMeasure["ElMomentEnergy"] == 2)
        let fired = records.filter { $0.event.type == "IntDigitalSensor" }
        #expect(fired.map(\.rule).sorted() == [1, 2])
        #expect(fired.allSatisfy { $0.result == .done })
    }

    @Test("REQ-258: a contact that bounces is one event, a spike is none")
    func bounces() throws {
        let stored = try InputTests.live { gateway, world in
            for step in 0..<30 {
                gateway.inputs.set(1, step % 2 == 0)
                try await world.clock.sleep(for: .milliseconds(20))
            }
            try await world.clock.sleep(for: .seconds(120))
            let spikes = try await InputTests.rows(gateway)
            for step in 0..<31 {
                gateway.inputs.set(1, step % 2 == 0)
                try await world.clock.sleep(for: .milliseconds(20))
            }
            try await world.clock.sleep(for: .seconds(120))
            return [spikes, try await InputTests.rows(gateway)]
        }
        #expect(stored == [0, 2])
    }

    @Test("REQ-256: an input that is not checked does nothing")
    func unchecked() throws {
        let stored = try InputTests.live { gateway, world in
            for step in 0..<10 {
                gateway.inputs.set(2, step % 2 == 0)
                gateway.inputs.set(3, step % 2 == 0)
                try await world.clock.sleep(for: .seconds(5))
            }
            return try await InputTests.rows(gateway)
        }
        #expect(stored == 0)
    }
}
