// Current values beside history on one slow line (R27): clients answered within their four seconds, and the
// load profile complete all the same.

import Archive
import Configuration
import Drivers
import Faults
import Lines
import Metering
import Polling
import Runtime
import Seams
import Simulation
import Street
import Testing
import Timekeeping
import VirtualTime

@Suite("Giving a line back")
struct GiveWayTests {
    @Test("clients that ask every four seconds are answered in time, and history comes in beside them")
    func impatientClients() throws {
        let outcome = try SimulatedSite.live(left: 2, installed: "2026-03-01") { gateway, world in
            let runtime = gateway.runtime
            var (asked, late, longest): (Int, [String], Duration) = (0, [], .zero)
            let end = world.clock.now + .seconds(3_600)
            while world.clock.now < end {
                let begun = world.clock.now
                let answers = await runtime.poller.answers(
                    to: LiveQuestion(meters: [1], measure: .momentEnergy))
                asked += 1
                longest = max(longest, world.clock.now - begun)
                switch answers[1] {
                case .success: break
                case .failure(let fault): late.append("\(begun): \(fault.code.rawValue)")
                case nil: late.append("\(begun): no answer")
                }
                let rest = begun + .seconds(4) - world.clock.now
                if rest > .zero { try await world.clock.sleep(for: rest) }
            }
            let window = SimulatedSite.stamp(3, 1, 0, 30)...SimulatedSite.stamp(3, 10)
            let missing = try await runtime.archive.missing(
                meter: 1, measure: .powerProfile, window: window)
            let far = try await runtime.archive.missing(meter: 2, measure: .powerProfile, window: window)
            return (asked: asked, late: late, longest: longest, missing: missing, far: far)
        }
        // A request under way is not broken off, and a meter may take three seconds over rows: some questions
        // must be told "busy", every one in time.
        #expect(outcome.asked >= 890)
        #expect(outcome.longest <= .seconds(4))
        #expect(outcome.late.count * 5 < outcome.asked, "\(outcome.late)")
        #expect(outcome.late.allSatisfy { !$0.contains("meter.silent") }, "\(outcome.late)")
        #expect(outcome.missing.isEmpty, "\(outcome.missing)")
        #expect(outcome.far.isEmpty, "\(outcome.far)")
    }
}
