// Each family of faults that concerns tables, clocks and the configuration's tree, by itself; and proof that
// each would be noticed.

import Runtime
import SPODES
import Seams
import Simulation
import StorageSimulation
import Street
import Testing
import VirtualTime

@Suite("Families of faults")
struct FamilyTests {
    static let kinds: [SimulatedFault.Kind] = [
        .meterReaddressed(line: 0, station: 0), .meterClock(line: 0, station: 1, .batteryDied),
        .meterClock(line: 0, station: 1, .clockAhead), .meterClock(line: 1, station: 0, .clockBack),
        .clockLost(seconds: 820_000_000), .meterRemoved(line: 0, station: 0),
        .meterMoved(line: 0, station: 1), .meterTwinned(line: 0, station: 0), .treeTorn,
        .meterDark(line: 0, station: 0), .streetDark(1), .midnightBusy(0, seconds: 110),
        .lineHub(0, share: 0.2), .lineMobile(1), .lineForeignMaster(0, share: 0.2),
        .meterMisset(line: 0, station: 1), .rowsLate(line: 0, station: 1, seconds: 900),
        .meterHappening(line: 0, station: 1, .hourly),
    ]

    @Test("nothing is lost", arguments: kinds.indices)
    func clean(_ index: Int) throws {
        let fault = FaultPlan.single(FamilyTests.kinds[index])
        let episode = FaultEpisode(faults: [fault], examinedAt: fault.at + fault.lasts + FaultPlan.quiet)
        let report = try LifeTests.life(seed: 3, days: 3, [episode]).run()
        #expect(report.offences == [], "\(fault)")
        #expect(report.rows > 200)
    }

    @Test("months that end on another day, or are frozen by hand, are archived and told to nobody as months")
    func months() throws {
        let moves = [
            (3, 0, 0, .monthEndMoved), (4, 0, 1, .monthCaptured), (5, 1, 0, .monthEndMoved),
            (16, 1, 0, .monthEndMoved),
        ].map { (day: Int, line: Int, station: Int, happening: MeterHappening) in
            SimulatedFault(
                at: day * 86_400, lasts: 60, .meterHappening(line: line, station: station, happening))
        }
        let episode = FaultEpisode(faults: moves, examinedAt: 20 * 86_400)
        let report = try LifeTests.life(seed: 5, days: 38, [episode]).run()
        #expect(report.offences == [])
    }

    @Test("what a meter counted before the mains went, in the interval they returned in, is kept")
    func shortOutages() throws {
        let outages = [86_400, 92_000, 97_600].map { SimulatedFault(at: $0, lasts: 600, .streetDark(1)) }
        let episode = FaultEpisode(faults: outages, examinedAt: 98_200 + FaultPlan.quiet)
        let report = try LifeTests.life(seed: 5, days: 3, [episode]).run()
        #expect(report.offences == [])
    }
}

@Suite("Faults that met as nobody had thought")
struct MetFaultTests {
    /// A life of one line of so many meters.
    static func life(
        seed: UInt64, meters: Int, polled minutes: Int, published: Int, days: Int, _ faults: [SimulatedFault]
    ) -> SimulatedLife {
        var street = SimulatedStreet(
            meters: [meters], seed: seed, installed: "2026-02-20", personality: LifeTests.personality)
        (street.rhythm.pollMinutes, street.rhythm.publicationMinutes) = (minutes, published)
        street.rhythm.readsPresentValues = false
        var life = SimulatedLife(seed: seed, days: days, street: street)
        let end = faults.map { $0.at + $0.lasts }.max() ?? 0
        life.episodes = [
            FaultEpisode(
                faults: faults, examinedAt: end + FaultPlan.quiet + 2 * street.rhythm.patience)
        ]
        return life
    }

    @Test("a person sets a clock that died while a poll is on its way to the meter")
    func setUnderWay() throws {
        let report = try MetFaultTests.life(
            seed: 112, meters: 4, polled: 360, published: 360, days: 6,
            [
                SimulatedFault(at: 273_681, lasts: 111_123, .clockLost(seconds: 520_116_623)),
                SimulatedFault(
                    at: 283_425, lasts: 98_712, .meterClock(line: 0, station: 1, .batteryDied)),
            ]
        ).run()
        #expect(report.offences == [])
    }

    @Test("a clock that a person set by a gateway whose own time was wrong is set again")
    func setByWrongTime() throws {
        let report = try MetFaultTests.life(
            seed: 50_037, meters: 2, polled: 60, published: 360, days: 4,
            [
                SimulatedFault(at: 236_283, lasts: 17_187, .clockStep(seconds: -4_000)),
                SimulatedFault(
                    at: 236_858, lasts: 2_524, .meterClock(line: 0, station: 1, .batteryDied)),
            ]
        ).run()
        #expect(report.offences == [])
    }

    /// The profile's interval is changed, which clears it, at 08:58, between the polls of 08:05 and 09:05.
    @Test("a day does not balance when the profile went before it told what came of a clock put back")
    func clearedAfterStep() throws {
        let morning = 2 * 86_400 + 8 * 3_600
        let report = try MetFaultTests.life(
            seed: 150_004, meters: 1, polled: 60, published: 60, days: 4,
            [
                SimulatedFault(
                    at: morning + 991, lasts: 690, .meterClock(line: 0, station: 0, .clockBack)),
                SimulatedFault(
                    at: morning + 3_050, lasts: 60, .meterHappening(line: 0, station: 0, .hourly)),
            ]
        ).run()
        #expect(report.offences == [])
    }

    @Test("a machine that starts while its disk fails starts once, and goes on when the disk is well again")
    func startsWhileTheDiskFails() throws {
        let report = try MetFaultTests.life(
            seed: 60_001, meters: 1, polled: 1_440, published: 30, days: 6,
            [
                SimulatedFault(at: 326_719, lasts: 9_000, .diskFailing([.reads, .writes])),
                SimulatedFault(at: 332_475, lasts: 60, .treeTorn),
            ]
        ).run()
        #expect(report.offences == [])
        #expect(report.boots == 2)
    }
}

/// Proof that a family would be noticed: what it breaks is still broken when the street is examined.
@Suite("Faults that last too long")
struct NoticedFaultTests {
    static let kinds: [SimulatedFault.Kind] = [
        .meterReaddressed(line: 0, station: 0), .meterClock(line: 0, station: 1, .clockAhead),
        .clockLost(seconds: 820_000_000), .meterRemoved(line: 0, station: 0),
        .meterMoved(line: 0, station: 1),
    ]

    @Test("are noticed", arguments: kinds.indices)
    func noticed(_ index: Int) throws {
        let fault = SimulatedFault(at: 100_000, lasts: 200_000, NoticedFaultTests.kinds[index])
        let life = LifeTests.life(seed: 4, days: 3, [FaultEpisode(faults: [fault], examinedAt: 200_000)])
        let report = try life.run()
        #expect(report.episode == 0)
        #expect(report.offences.contains { $0.hasSuffix("is missing") }, "\(fault)")
    }

    @Test("an event that was not collected is noticed")
    func journals() throws {
        let cover = SimulatedFault(at: 90_000, lasts: 60, .meterHappening(line: 0, station: 0, .coverOpened))
        let silence = SimulatedFault(at: 89_000, lasts: 200_000, .meterSilent(line: 0, station: 0))
        let life = LifeTests.life(
            seed: 4, days: 3, [FaultEpisode(faults: [silence, cover], examinedAt: 190_000)])
        let report = try life.run()
        #expect(report.events > 10)
        // By the meter's own clock, some seconds from 01:07.
        let missing = "ElJrnlOpen: the event 3 of 2026-03-11 01:0"
        #expect(report.offences.contains { $0.contains(missing) }, "\(report.offences)")
    }

    @Test("a gateway that holds more than it may is noticed, and it is told how much it held")
    func memory() throws {
        var life = LifeTests.life(seed: 4, days: 1, [])
        #expect(try life.run().offences == [])
        life.limits.pollingPerMeter = 1
        let report = try life.run()
        #expect(report.held.polling > 3 && report.held.polling < 48)
        #expect(report.offences.count == 1 && report.offences[0].contains("facts of polling"))
    }

    @Test("whoever speaks to a meter holds the line for it")
    func lines() throws {
        let life = LifeTests.life(seed: 4, days: 1, [])
        let plan = try life.street.plan()
        try VirtualWorld(seed: 1, start: SimulatedLife.start).run { world in
            let site = VirtualSite(plan, in: world)
            _ = try await site.boot(archivePath: ":memory:")
            let wire = try #require(site.wires["line1"])
            let channel = try await wire.open()
            // SNRM to station 17 of logical device 1 from client 32.
            let request: [UInt8] = [0x7E, 0xA0, 0x0A, 0x00, 0x02, 0x00, 0x23, 0x41, 0x93, 0x00, 0x00, 0x7E]
            try await withThrowingTaskGroup { group in
                for _ in 0..<2 { group.addTask { try await channel.write(request) } }
                try await group.waitForAll()
            }
            #expect(await site.witness.conversations == 2)
            #expect(
                await site.witness.takeOffences().first
                    == "line1: somebody without a lease speaks to station 17")
            #expect(await wire.overlaps == 1)
        }
    }
}
