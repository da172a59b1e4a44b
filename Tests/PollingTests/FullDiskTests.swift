// A disk without room under the archive: meters are polled and questions answered as before, and what could
// not be stored is asked for again once there is room.

import Archive
import Drivers
import Faults
import Metering
import Polling
import Seams
import StorageSimulation
import Testing
import Timekeeping
import VirtualTime

@Suite("Polling over a full disk")
struct FullDiskTests {
    @Test("polling goes on, questions are answered, and nothing stays missing when room returns")
    func full() throws {
        try PollingBench.world().run { world in
            let disk = SimulatedDisk(name: "polling-full", seed: 5)
            let bench = try PollingBench(world, disk: disk)
            let poller = try await bench.poller(first: 2, measures: [.powerProfile, .dayEnergy])
            disk.capacity = disk.octetsHeld + 30_000
            _ = try? await poller.poll(template: 1)
            let trouble = try #require(await bench.archive.trouble)
            #expect(trouble.fault.code == .archiveFull)
            let asked = await bench.street.log.count
            let answers = await poller.answers(to: LiveQuestion(meters: [1, 2], measure: .momentEnergy))
            #expect(answers.count == 2 && answers.values.allSatisfy { (try? $0.get()) != nil })
            try await world.clock.sleep(for: .seconds(3_720))
            _ = try? await poller.poll(template: 1)
            #expect(await bench.street.log.count > asked + 2, "meters are still polled")
            disk.capacity = nil
            #expect(try await poller.poll(template: 1).good == 2)
            #expect(await bench.archive.trouble == nil)
            // The first day that does not balance is asked for once more.
            _ = try await poller.poll(template: 1)
            await bench.street.clearLog()
            _ = try await poller.poll(template: 1)
            #expect(await bench.street.log.isEmpty, "nothing is missing any more")
        }
    }
}
