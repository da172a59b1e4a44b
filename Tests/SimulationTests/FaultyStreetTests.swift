// Faults of the street that must harm nobody else (issue: faults shown harmless).

import Archive
import Configuration
import Faults
import Metering
import Polling
import Runtime
import Seams
import Simulation
import Street
import Testing
import Timekeeping
import VirtualTime

@Suite("Faults of the street")
struct FaultyStreetTests {
    /// Missing half-hours of a meter between two stamps.
    static func missing(
        _ gateway: VirtualGateway, meter: Int, _ window: ClosedRange<CivilStamp>
    ) async throws -> [ClosedRange<CivilStamp>] {
        try await gateway.runtime.archive.missing(meter: meter, measure: .powerProfile, window: window)
    }

    @Test("a silent meter costs the others nothing, and its rows come when it is back")
    func silent() throws {
        try SimulatedSite.live(left: 3) { gateway, world in
            let wire = try #require(gateway.wires["left"])
            await wire.setFaults(ofStation: 1) { $0.isSilent = true }
            try await world.clock.sleep(for: .seconds(86_400))
            let day = SimulatedSite.stamp(3, 10, 0, 30)...SimulatedSite.stamp(3, 10, 23, 30)
            #expect(try await FaultyStreetTests.missing(gateway, meter: 1, day).isEmpty)
            #expect(try await FaultyStreetTests.missing(gateway, meter: 3, day).isEmpty)
            #expect(try await FaultyStreetTests.missing(gateway, meter: 2, day) == [day])
            let outcome = try await gateway.runtime.archive.pollOutcomes(meters: [2]).first
            #expect(outcome?.fault?.code == .meterSilent)
            await wire.setFaults(ofStation: 1) { $0.isSilent = false }
            try await world.clock.sleep(for: .seconds(2 * 3_600))
            #expect(try await FaultyStreetTests.missing(gateway, meter: 2, day).isEmpty)
        }
    }

    @Test("R22: a wrong password is tried once and not again within 25 hours")
    func password() throws {
        try SimulatedSite.live(left: 2) { gateway, world in
            let wire = try #require(gateway.wires["left"])
            try await world.clock.sleep(for: .seconds(2 * 3_600))
            await wire.setFaults(ofStation: 1) { $0.refusesPassword = true }
            try await world.clock.sleep(for: .seconds(3_600))
            let before = await wire.withLine { $0.stations[1].counters.requests }
            let outcome = try await gateway.runtime.archive.pollOutcomes(meters: [2]).first
            #expect(outcome?.fault?.code == .meterRefusedPassword)
            try await world.clock.sleep(for: .seconds(23 * 3_600))
            #expect(await wire.withLine { $0.stations[1].counters.requests } == before, "left alone")
            try await world.clock.sleep(for: .seconds(2 * 3_600))
            #expect(await wire.withLine { $0.stations[1].counters.requests } > before, "tried after 25 hours")
        }
    }

    @Test("a line that is unplugged and comes back is read to the last row")
    func unplugged() throws {
        try SimulatedSite.live(left: 2, right: 1) { gateway, world in
            let wire = try #require(gateway.wires["left"])
            try await world.clock.sleep(for: .seconds(3_600))
            await wire.setUnplugged(true)
            try await world.clock.sleep(for: .seconds(12 * 3_600))
            #expect(await gateway.runtime.poller.conditions.prefix(2).allSatisfy { $0.condition == .good })
            await wire.setUnplugged(false)
            try await world.clock.sleep(for: .seconds(2 * 3_600))
            let window = SimulatedSite.stamp(3, 10, 0, 30)...SimulatedSite.stamp(3, 10, 14)
            for meter in 1...3 {
                #expect(
                    try await FaultyStreetTests.missing(gateway, meter: meter, window).isEmpty, "\(meter)")
            }
        }
    }

    @Test("late answers and garbage are never taken for something else")
    func lateAndGarbage() throws {
        try SimulatedSite.live(left: 3) { gateway, world in
            let wire = try #require(gateway.wires["left"])
            await wire.setFaults(ofStation: 0) { $0.lateness = .seconds(7) }
            await wire.setFaults(ofStation: 1) { $0.garbage = 0.3 }
            try await world.clock.sleep(for: .seconds(6 * 3_600))
            await wire.setFaults(ofStation: 0) { $0.lateness = .zero }
            await wire.setFaults(ofStation: 1) { $0.garbage = 0 }
            try await world.clock.sleep(for: .seconds(3 * 3_600))
            let archive = gateway.runtime.archive
            let window = SimulatedSite.stamp(3, 10, 0, 30)...SimulatedSite.stamp(3, 10, 8)
            for meter in 1...3 {
                #expect(
                    try await FaultyStreetTests.missing(gateway, meter: meter, window).isEmpty, "\(meter)")
                let lives = await archive.lives(of: [meter])
                #expect(lives.count == 1, "no stranger's serial number")
                let rows = try await archive.rows(
                    ArchiveQuery(.powerProfile, meters: [meter], windows: [window]))
                #expect(rows.allSatisfy { $0.revision <= 1 }, "no row was ever corrected")
            }
        }
    }

    @Test("a broker that is down for a day gets every row in order once it returns")
    func broker() throws {
        let received = try SimulatedSite.live(left: 2) { gateway, world in
            try await world.clock.sleep(for: .seconds(3_600))
            await gateway.broker.setUp(false)
            try await world.clock.sleep(for: .seconds(86_400))
            await gateway.broker.setUp(true)
            try await world.clock.sleep(for: .seconds(3_600))
            return try ReceivedRows(await gateway.broker.messages)
        }
        #expect(received.isInOrder)
        #expect(received.counts.values.allSatisfy { $0 == 1 })
        #expect((received.byMeasure["ElArr1ConsPower"] ?? 0) >= 2 * 50)
    }

    @Test("REQ-003: with meters and schedules but no rules the street hears nothing")
    func quiet() throws {
        try SimulatedSite.live(left: 1) { gateway, world in
            _ = try await gateway.runtime.store.commit([TableEdit(.eventRules, .clear)], user: "test")
            try await world.clock.sleep(for: .seconds(1_200))
            let wire = try #require(gateway.wires["left"])
            let before = await wire.withLine { $0.counters.octetsIn }
            try await world.clock.sleep(for: .seconds(86_400))
            #expect(await wire.withLine { $0.counters.octetsIn } == before)
        }
    }
}
