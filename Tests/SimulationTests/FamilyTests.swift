// Each family of faults that concerns tables, clocks and the configuration's tree, by itself; and proof that
// each would be noticed.

import SPODES
import Simulation
import Testing

@Suite("Families of faults")
struct FamilyTests {
    static let kinds: [SimulatedFault.Kind] = [
        .meterReaddressed(line: 0, station: 0), .meterClock(line: 0, station: 1, .batteryDied),
        .meterClock(line: 0, station: 1, .clockAhead), .meterClock(line: 1, station: 0, .clockBack),
        .clockLost(seconds: 820_000_000), .meterRemoved(line: 0, station: 0),
        .meterMoved(line: 0, station: 1), .meterTwinned(line: 0, station: 0), .treeTorn,
    ]

    @Test("nothing is lost", arguments: kinds.indices)
    func clean(_ index: Int) throws {
        let fault = SimulatedFault(at: 129_600, lasts: 7_200, FamilyTests.kinds[index])
        let episode = FaultEpisode(faults: [fault], examinedAt: 136_800 + FaultPlan.quiet)
        let report = try LifeTests.life(seed: 3, days: 3, [episode]).run()
        #expect(report.offences == [], "\(fault)")
        #expect(report.rows > 200)
    }
}
