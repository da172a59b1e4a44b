// The figure `midnight` in virtual time: 32 meters of one 9600 line, all start-of-day rows archived (R16).

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

@Suite("The midnight pass")
struct MidnightTests {
    @Test("the start-of-day rows of 32 meters on one line are archived within five minutes of line time")
    func midnight() throws {
        let duration = try SimulatedSite.live(left: 32) { gateway, world -> Duration in
            // The profile would share the line; the figure is about the pass alone.
            let rules = await gateway.runtime.store.current.configuration.eventRules
            let kept = rules.filter { $0.id == 2 }.map { $0.json(for: .client) }
            _ = try await gateway.runtime.store.commit(
                [TableEdit(.eventRules, .replace, rows: kept)], user: "test")
            let now = world.wall.now.civil(in: SimulatedSite.zone)
            let wait = SimulatedSite.stamp(3, 11, 0, 10).seconds - now.seconds
            try await world.clock.sleep(for: .seconds(wait))
            let began = world.clock.now
            for meter in 1...32 {
                while try await gateway.runtime.archive.newest(meter: meter, measure: .dayEnergy)
                    != SimulatedSite.stamp(3, 11)
                {
                    try await world.clock.sleep(for: .milliseconds(100))
                }
            }
            return world.clock.now - began
        }
        #expect(duration <= .seconds(300), "\(duration)")
    }
}
