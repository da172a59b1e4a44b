// Thirty virtual days of ten meters on two lines: every row archived once, published once, in order (issue
// milestone M5).

import Archive
import Configuration
import Metering
import Runtime
import Seams
import Simulation
import Street
import Testing
import Timekeeping
import VirtualTime

@Suite("A month of the whole gateway")
struct MonthTests {
    @Test("thirty days of ten meters: no row missing, none doubled, all published in order")
    func month() throws {
        let received = try SimulatedSite.live(left: 6, right: 4) { gateway, world in
            try await world.clock.sleep(for: .seconds(30 * 86_400 + 3_600))
            let archive = gateway.runtime.archive
            let days = SimulatedSite.stamp(3, 10)...SimulatedSite.stamp(4, 9)
            for meter in 1...10 {
                let halfHours = try await archive.rows(
                    ArchiveQuery(.powerProfile, meters: [meter], windows: [days]))
                #expect(halfHours.count == 30 * 48 + 1, "meter \(meter)")
                #expect(Set(halfHours.map(\.reading.stamp)).count == halfHours.count)
                let starts = try await archive.rows(
                    ArchiveQuery(.dayEnergy, meters: [meter], windows: [days]))
                #expect(starts.count == 31, "meter \(meter)")
            }
            return try ReceivedRows(await gateway.broker.messages)
        }
        #expect(received.isInOrder)
        #expect(received.counts.values.allSatisfy { $0 == 1 })
        #expect((received.byMeasure["ElArr1ConsPower"] ?? 0) >= 10 * 30 * 48)
        #expect((received.byMeasure["ElDayEnergy"] ?? 0) >= 10 * 30)
    }
}
