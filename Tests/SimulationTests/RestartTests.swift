// What must hold over restarts, clock steps and repetitions of the whole gateway.

import Archive
import Configuration
import Faults
import Foundation
import JSONText
import Lines
import Metering
import Polling
import Runtime
import Seams
import Simulation
import StorageSimulation
import Street
import Testing
import Timekeeping
import VirtualTime

@Suite("Restarts, clocks and repetition")
struct RestartTests {
    @Test("D6: the same seed lives the same two days, message by message")
    func repetition() throws {
        func messages() throws -> [BrokerMessage] {
            try SimulatedSite.live(left: 2, right: 1) { gateway, world in
                try await world.clock.sleep(for: .seconds(2 * 86_400))
                return await gateway.broker.messages
            }
        }
        let first = try messages()
        #expect(first.count > 90)
        #expect(try messages() == first)
    }

    @Test("a revision saved while the archive cannot be written comes into force when it can")
    func revisionOverFailingDisk() throws {
        let plan = try SimulatedSite.street(left: 2, right: 0)
        let edits = try SimulatedSite.edits(for: plan)
        try VirtualWorld(start: SimulatedSite.start).run { world in
            let disk = SimulatedDisk(name: "revision-over-failing-disk", seed: 1)
            let wall = VirtualWallClock(clock: world.clock, start: SimulatedSite.start)
            let gateway = try await VirtualSite(plan, in: world, disk: disk, wall: wall).boot()
            try await gateway.live { gateway in
                let (store, poller) = (gateway.runtime.store, gateway.runtime.poller)
                func polled() async throws -> [Int] {
                    try await world.clock.sleep(for: .seconds(60))
                    return await poller.configuration.meters.map(\.id)
                }
                _ = try await store.commit(edits, user: "test")
                #expect(try await polled() == [1, 2])
                disk.failing = .writes
                let rows = Array(try JSONValue(parsing: plan.meterTable)["Meters"]?.elements?.prefix(1) ?? [])
                _ = try await store.commit([TableEdit(.meters, .replace, rows: rows)], user: "test")
                #expect(try await polled() == [1, 2])
                disk.failing = []
                #expect(try await polled() == [1])
            }
        }
    }

    @Test("after a night without power the gap is filled, and nothing is sent twice")
    func restart() throws {
        let folder = "/tmp/simulated-restart-\(UInt64.random(in: 0...UInt64.max))"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let plan = try SimulatedSite.street(left: 2, right: 0)
        let edits = try SimulatedSite.edits(for: plan)
        let received = try VirtualWorld(start: SimulatedSite.start).run { world in
            let files = VirtualFiles()
            let path = folder + "/archive.sqlite"
            var messages: [BrokerMessage] = []
            for evening in 0..<2 {
                let gateway = try await VirtualGateway.open(plan, in: world, archivePath: path, files: files)
                messages += try await gateway.live { gateway in
                    if evening == 0 { _ = try await gateway.runtime.store.commit(edits, user: "test") }
                    try await world.clock.sleep(for: .seconds(6 * 3_600))
                    return await gateway.broker.messages
                }
                try await world.clock.sleep(for: .seconds(8 * 3_600))
            }
            let gateway = try await VirtualGateway.open(plan, in: world, archivePath: path, files: files)
            messages += try await gateway.live { gateway in
                try await world.clock.sleep(for: .seconds(3_600))
                let window = SimulatedSite.stamp(3, 10, 0, 30)...SimulatedSite.stamp(3, 11, 4)
                for meter in [1, 2] {
                    let missing = try await gateway.runtime.archive.missing(
                        meter: meter, measure: .powerProfile, window: window)
                    #expect(missing.isEmpty, "\(missing)")
                }
                return await gateway.broker.messages
            }
            return try ReceivedRows(messages)
        }
        #expect(received.isInOrder)
        #expect(received.counts.values.allSatisfy { $0 == 1 })
    }

    @Test("a gateway that lost its power says nothing more, whoever still holds it")
    func silence() throws {
        let plan = try SimulatedSite.street(left: 1, right: 0)
        try VirtualWorld(start: SimulatedSite.start).run { world in
            let disk = SimulatedDisk(name: "silence", seed: 1)
            let site = VirtualSite(plan, in: world, disk: disk)
            let request = LeaseRequest(
                line: .interface("Iface1"), leaseClass: .technician, owner: "person 1",
                patience: .seconds(1))
            let gateway = try await site.boot()
            try await gateway.runtime.lines.withLease(request) { lease in
                try await lease.write([0x7E])
                disk.cutPower(leaving: .loseUnsynced)
                await #expect(throws: ChannelError.self) { try await lease.write([0x7E]) }
            }
            disk.powerOn()
            _ = try await site.boot()
            await #expect(throws: Fault.self) {
                try await gateway.runtime.lines.withLease(request) { try await $0.write([0x7E]) }
            }
            #expect(await site.wires["left"]?.withLine { $0.counters.octetsIn } == 1)
        }
    }

    @Test("a gateway whose disk fails at its start answers people at once, and collects when the disk works")
    func refusedArchive() throws {
        let plan = try SimulatedSite.street(left: 1, right: 0)
        let edits = try SimulatedSite.edits(for: plan)
        try VirtualWorld(start: SimulatedSite.start).run { world in
            let disk = SimulatedDisk(name: "refused-archive", seed: 1)
            let site = VirtualSite(plan, in: world, disk: disk)
            try await site.boot().live { gateway in
                _ = try await gateway.runtime.store.commit(edits, user: "test")
                try await world.clock.sleep(for: .seconds(3_600))
                #expect(await !gateway.broker.messages.isEmpty)
            }
            try await world.clock.sleep(for: .seconds(4 * 3_600))
            disk.failing = [.reads, .writes]
            let sent = await site.broker.messages.count
            try await site.boot().live { gateway in
                let (archive, poller) = (gateway.runtime.archive, gateway.runtime.poller)
                try await world.clock.sleep(for: .seconds(3 * 3_600))
                #expect(await archive.isAway)
                let octets = await site.wires["left"]?.withLine { $0.counters.octetsIn }
                let question = LiveQuestion(meters: [1], measure: .momentEnergy, patience: nil)
                let answer = try #require(await poller.answers(to: question)[1])
                #expect(try answer.get().reading?.values.isEmpty == false)
                // Nobody but the person has spoken to the meter.
                try await world.clock.sleep(for: .seconds(3_600))
                let after = await site.wires["left"]?.withLine { $0.counters.octetsIn }
                #expect(octets == 0 || (after ?? 0) - (octets ?? 0) < 2_000)
                #expect(await site.broker.messages.count == sent)
                disk.failing = []
                try await world.clock.sleep(for: .seconds(2 * 3_600))
                #expect(await !archive.isAway)
                #expect(await site.broker.messages.count > sent)
                let now = world.wall.now.civil(in: plan.zone)
                let missing = try await archive.missing(
                    meter: 1, measure: .powerProfile,
                    window: SimulatedSite.stamp(3, 10, 0, 30)...now.adding(seconds: -3_600))
                #expect(missing.isEmpty, "\(missing)")
            }
        }
    }

    @Test("a revision saved while the gateway starts is applied as soon as it runs")
    func savedAtStart() throws {
        let plan = try SimulatedSite.street(left: 1, right: 0)
        let edits = try SimulatedSite.edits(for: plan)
        try VirtualWorld(start: SimulatedSite.start).run { world in
            let gateway = try await VirtualGateway.open(plan, in: world)
            _ = try await gateway.runtime.store.commit(edits, user: "test")
            try await gateway.live { gateway in
                try await world.clock.sleep(for: .seconds(2 * 3_600))
                #expect(await !gateway.broker.messages.isEmpty)
            }
        }
    }

    @Test("R1: with untrusted time half-hours are read and no daily poll fires; with trust it does")
    func untrusted() throws {
        let plan = try SimulatedSite.street(left: 1, right: 0)
        let edits = try SimulatedSite.edits(for: plan)
        try VirtualWorld(start: SimulatedSite.start).run { world in
            world.wall.setTrusted(false)
            let gateway = try await VirtualGateway.open(plan, in: world)
            try await gateway.live { gateway in
                _ = try await gateway.runtime.store.commit(edits, user: "test")
                try await world.clock.sleep(for: .seconds(86_400))
                let archive = gateway.runtime.archive
                #expect(try await archive.rows(ArchiveQuery(.dayEnergy, meters: [1])).isEmpty)
                #expect(try await !archive.rows(ArchiveQuery(.powerProfile, meters: [1])).isEmpty)
                world.wall.setTrusted(true)
                try await world.clock.sleep(for: .seconds(600))
                #expect(try await !archive.rows(ArchiveQuery(.dayEnergy, meters: [1])).isEmpty)
            }
        }
    }

    @Test("a clock stepped forward and back loses no half-hour and doubles none")
    func steps() throws {
        let received = try SimulatedSite.live(left: 2) { gateway, world in
            for step: Int64 in [0, 3_600, -3_600, 45, -45] {
                world.wall.step(seconds: step)
                try await world.clock.sleep(for: .seconds(5 * 3_600))
            }
            let window = SimulatedSite.stamp(3, 10, 0, 30)...SimulatedSite.stamp(3, 10, 23, 30)
            for meter in [1, 2] {
                let missing = try await gateway.runtime.archive.missing(
                    meter: meter, measure: .powerProfile, window: window)
                #expect(missing.isEmpty, "\(missing)")
            }
            return try ReceivedRows(await gateway.broker.messages)
        }
        #expect(received.isInOrder)
        #expect(received.counts.values.allSatisfy { $0 == 1 })
    }
}
