// What a dead meter costs its line, on a small one: the bench takes the figure with 32 meters.

import Simulation
import Testing

@Suite struct DeadMeterTests {
    @Test func `a dead meter hardly lengthens polls and its return is noticed within ten minutes`() throws {
        let report = try DeadMeterDay(
            meters: 3, seed: 4, personality: LifeTests.personality, profiles: try LifeTests.profiles()
        ).run()
        #expect(report.polls == 46)
        #expect(report.cycleWithout > 1)
        // One probe of a second in five polls at most; with 32 meters it is a third of a per cent.
        #expect(report.ratio >= 1 && report.ratio < 1.15, "\(report)")
        #expect((1...600).contains(report.noticedAfter), "\(report)")
    }
}
