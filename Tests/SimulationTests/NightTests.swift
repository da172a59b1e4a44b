// Mornings of a small site: what counts as due is decided from the faults, what arrived from the broker.

import Simulation
import StorageSimulation
import Testing

@Suite("Mornings of a site that is read at night")
struct NightTests {
    private static func report(_ faults: [SimulatedFault], days: Int = 6) throws -> NightlyReport {
        var site = NightlySite(
            meters: 2, seed: 5, installed: "2026-03-08", personality: LifeTests.personality)
        try site.adopt(profiles: try LifeTests.profiles())
        var life = NightlyLife(site, days: days)
        life.faults = faults
        return try life.run()
    }

    /// 20:07 of a day.
    private static func evening(_ day: Int) -> Int { day * 86_400 + 20 * 3_600 }

    @Test("without faults every row of yesterday is at the broker at six, and every clock is right")
    func quiet() throws {
        let nights = try NightTests.report([]).nights
        #expect(nights.due == 2 * 4 * 49)
        #expect(nights.arrived == nights.due && nights.held == nights.due)
        #expect(nights.clockDays == 2 * 4 && nights.rightClockDays == nights.clockDays)
        #expect(nights.corrections > 0 && nights.mostCorrections == 1 && nights.spoiled == 0)
    }

    @Test("rows behind a cut line are not due, rows of a meter that answers with noise are")
    func due() throws {
        let cut = SimulatedFault(at: NightTests.evening(3), lasts: 12 * 3_600, .lineCut(0))
        let garbled = SimulatedFault(
            at: NightTests.evening(3), lasts: 12 * 3_600, .meterGarbled(line: 1, station: 0, share: 1))
        // Ten half-hours of that day had come at 05:20 of the morning before.
        let report = try NightTests.report([cut, garbled], days: 5)
        #expect(report.offences == [])
        #expect(report.nights.excused == ["line cut": 49])
        #expect(report.nights.due - report.nights.arrived == 39)
        #expect(report.nights.missed.count == 1)
        #expect(
            report.nights.missed[0].contains("meter 2: 39 of 49 rows, 0 of them archived; day 3 20:00:00"))
    }

    @Test("a power cut in the night and an hour without a broker cost no row of the morning")
    func short() throws {
        let power = SimulatedFault(
            at: NightTests.evening(2) + 4 * 3_600, lasts: 5_400, .powerCut(write: 3, .tearUnsynced))
        let broker = SimulatedFault(at: NightTests.evening(3) + 5 * 3_600, lasts: 7_200, .brokerDown)
        let report = try NightTests.report([power, broker])
        #expect(report.offences == [])
        #expect(report.boots == 2)
        #expect(report.nights.missed == [] && report.nights.excused == [:])
        #expect(report.nights.arrived == 2 * 4 * 49)
    }

    @Test("an ordinary site's faults are the same for the same seed and never overlap at one place")
    func mix() {
        let faults = FaultMix(seed: 1, meters: [16, 16]).faults(days: 1_000)
        #expect(faults == FaultMix(seed: 1, meters: [16, 16]).faults(days: 1_000))
        #expect(faults != FaultMix(seed: 2, meters: [16, 16]).faults(days: 1_000))
        let cuts = faults.filter { $0.kind == .lineCut(0) }
        #expect((20...80).contains(cuts.count))
        #expect(zip(cuts, cuts.dropFirst()).allSatisfy { $0.at + $0.lasts < $1.at })
        #expect(faults.contains { $0.kind == .brokerDown && $0.lasts > 86_400 })
    }
}
