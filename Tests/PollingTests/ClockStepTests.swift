// Whose clock was stepped: rows that a meter passed twice are asked for again, those of a gateway that lost
// its own time are not.

import Archive
import Drivers
import Lines
import Metering
import Polling
import Seams
import Testing
import Timekeeping
import VirtualTime

@Suite("Clocks that step")
struct ClockStepTests {
    /// Twelve years, as after a battery has died.
    private static let years: Int64 = 12 * 365 * 86_400

    @Test("A gateway that was years behind asks for nothing again")
    func gatewayBehind() throws {
        try PollingBench.world().run { world in
            let bench = try PollingBench(world)
            let poller = try await bench.poller(first: 1, measures: [.powerProfile])
            _ = try await poller.poll(template: 1)
            world.wall.step(seconds: -Self.years)
            await bench.street.set("101", .init(serial: "S101", clockDifference: Int32(Self.years)))
            try await world.clock.sleep(for: .seconds(7_200))
            _ = try await poller.poll(template: 1)
            world.wall.step(seconds: Self.years)
            await bench.street.set("101", .init(serial: "S101"))
            try await world.clock.sleep(for: .seconds(1_800))
            // The first finds the clock right again, the second asks what came meanwhile.
            for _ in 0..<2 { _ = try await poller.poll(template: 1) }
            await bench.street.clearLog()
            try await world.clock.sleep(for: .seconds(1_800))
            _ = try await poller.poll(template: 1)
            let log = await bench.street.log.filter { $0.contains("ElArr1ConsPower") }
            #expect(log == ["101 ElArr1ConsPower 2026-03-01 14:30:00…2026-03-01 14:30:00"])
        }
    }

    @Test("A gateway that starts years behind, with rows of the right time, asks for nothing again")
    func gatewayStartsBehind() throws {
        try PollingBench.world().run { world in
            let bench = try PollingBench(world)
            _ = try await bench.poller(first: 1, measures: [.powerProfile]).poll(template: 1)
            world.wall.step(seconds: -Self.years)
            world.wall.setTrusted(false)
            await bench.street.set("101", .init(serial: "S101", clockDifference: Int32(Self.years)))
            let poller = try await bench.poller(first: 1, measures: [.powerProfile])
            _ = try await poller.poll(template: 1)
            world.wall.step(seconds: Self.years)
            world.wall.setTrusted(true)
            await bench.street.set("101", .init(serial: "S101"))
            _ = try await poller.poll(template: 1)
            await bench.street.clearLog()
            try await world.clock.sleep(for: .seconds(1_800))
            _ = try await poller.poll(template: 1)
            let log = await bench.street.log.filter { $0.contains("ElArr1ConsPower") }
            #expect(log == ["101 ElArr1ConsPower 2026-03-01 12:00:00…2026-03-01 12:00:00"])
        }
    }

    @Test("A meter put back by two hours is asked again for the rows it passed twice, once")
    func meterPutBack() throws {
        try PollingBench.world().run { world in
            let bench = try PollingBench(world)
            let poller = try await bench.poller(first: 1, measures: [.powerProfile])
            await bench.street.set("101", .init(serial: "S101", clockDifference: 7_200))
            _ = try await poller.poll(template: 1)
            await bench.street.set("101", .init(serial: "S101"))
            try await world.clock.sleep(for: .seconds(1_800))
            _ = try await poller.poll(template: 1)
            await bench.street.clearLog()
            try await world.clock.sleep(for: .seconds(7_200))
            _ = try await poller.poll(template: 1)
            try await world.clock.sleep(for: .seconds(1_800))
            _ = try await poller.poll(template: 1)
            let log = await bench.street.log.filter { $0.contains("ElArr1ConsPower") }
            #expect(
                log == [
                    "101 ElArr1ConsPower 2026-03-01 12:00:00…2026-03-01 14:00:00",
                    "101 ElArr1ConsPower 2026-03-01 14:30:00…2026-03-01 14:30:00",
                ])
        }
    }

    @Test("A meter put back, and put right by a person before the next poll, is asked again as well")
    func meterPutBackBetweenPolls() throws {
        try PollingBench.world().run { world in
            let bench = try PollingBench(world)
            let poller = try await bench.poller(first: 1, measures: [.powerProfile])
            _ = try await poller.poll(template: 1)
            await bench.street.set("101", .init(serial: "S101", clockDifference: -3_600))
            let question = LiveQuestion(meters: [1], measure: .clock, patience: nil, correctsClock: true)
            _ = await poller.answers(to: question)
            let asked = await bench.street.log.count
            try await world.clock.sleep(for: .seconds(1_800))
            _ = try await poller.poll(template: 1)
            let log = await bench.street.log.dropFirst(asked).filter { $0.contains("ElArr1ConsPower") }
            #expect(log == ["101 ElArr1ConsPower 2026-03-01 11:30:00…2026-03-01 12:00:00"])
        }
    }

    @Test("What a meter passed twice is asked again after a restart of the gateway, too")
    func restartBetween() throws {
        try PollingBench.world().run { world in
            let bench = try PollingBench(world)
            let first = try await bench.poller(first: 1, measures: [.powerProfile])
            await bench.street.set("101", .init(serial: "S101", clockDifference: 7_200))
            _ = try await first.poll(template: 1)
            await bench.street.set("101", .init(serial: "S101"))
            try await world.clock.sleep(for: .seconds(1_800))
            _ = try await first.poll(template: 1)
            #expect(try await bench.archive.rewinds().values.map(\.count) == [3])
            await bench.street.clearLog()
            try await world.clock.sleep(for: .seconds(7_200))
            _ = try await bench.poller(first: 1, measures: [.powerProfile]).poll(template: 1)
            try await world.clock.sleep(for: .seconds(1_800))
            _ = try await bench.poller(first: 1, measures: [.powerProfile]).poll(template: 1)
            let log = await bench.street.log.filter { $0.contains("ElArr1ConsPower") }
            #expect(
                log == [
                    "101 ElArr1ConsPower 2026-03-01 12:00:00…2026-03-01 14:00:00",
                    "101 ElArr1ConsPower 2026-03-01 14:30:00…2026-03-01 14:30:00",
                ])
        }
    }

    @Test("A clock put back and forward again between two looks is told by the meter's journal")
    func toldByJournal() throws {
        try PollingBench.world().run { world in
            let bench = try PollingBench(world)
            func step(_ before: Int64, _ after: Int64) -> JournalEvent {
                let noon = world.wall.now.civil(in: ZoneOffset(minutes: 180))
                return JournalEvent(
                    .timeCorrection, at: MeterStamp(noon.adding(seconds: after)), event: 0, code: 0,
                    before: MeterStamp(noon.adding(seconds: before)))
            }
            // What lies before the first rows that were read has spoilt none.
            let old = step(-6_000, -9_600)
            let steps = [old, step(600, -3_000), step(-2_000, 1_600)]
            await bench.street.set("101", .init(serial: "S101", hasJournals: true, events: [old]))
            let poller = try await bench.poller(
                first: 1, measures: [.powerProfile, .journal(.timeCorrection)])
            for _ in 0..<2 { _ = try await poller.poll(template: 1) }
            #expect(try await bench.archive.rewinds().isEmpty)
            await bench.street.set("101", .init(serial: "S101", hasJournals: true, events: steps))
            try await world.clock.sleep(for: .seconds(86_400))
            _ = try await poller.poll(template: 1)
            await bench.street.clearLog()
            try await world.clock.sleep(for: .seconds(1_800))
            for _ in 0..<2 { _ = try await poller.poll(template: 1) }
            let log = await bench.street.log.filter { $0.contains("ElArr1ConsPower") }
            #expect(
                log == [
                    "101 ElArr1ConsPower 2026-03-02 12:00:00…2026-03-02 12:00:00",
                    "101 ElArr1ConsPower 2026-03-01 11:30:00…2026-03-01 11:30:00",
                ])
        }
    }

    @Test("A journal that is read for the first time tells of it as well, if rows had been read before")
    func toldByFirstReading() throws {
        try PollingBench.world().run { world in
            let bench = try PollingBench(world)
            let noon = world.wall.now.civil(in: ZoneOffset(minutes: 180))
            let steps = [(-6_000, -9_600), (600, -3_000), (-2_000, 1_600)].map { before, after in
                JournalEvent(
                    .timeCorrection, at: MeterStamp(noon.adding(seconds: after)), event: 0, code: 0,
                    before: MeterStamp(noon.adding(seconds: before)))
            }
            let poller = try await bench.poller(
                first: 1, measures: [.powerProfile, .journal(.timeCorrection)])
            _ = await poller.poll(meters: [1], measures: [.powerProfile])
            await bench.street.set("101", .init(serial: "S101", hasJournals: true, events: steps))
            try await world.clock.sleep(for: .seconds(86_400))
            _ = try await poller.poll(template: 1)
            #expect(try await bench.archive.rewinds().values.map(\.count) == [3])
            await bench.street.clearLog()
            try await world.clock.sleep(for: .seconds(1_800))
            for _ in 0..<2 { _ = try await poller.poll(template: 1) }
            let log = await bench.street.log.filter { $0.contains("ElArr1ConsPower") }
            #expect(log.contains("101 ElArr1ConsPower 2026-03-01 11:30:00…2026-03-01 11:30:00"))
        }
    }

    @Test("What was set aside because the gateway's own time was wrong meanwhile is asked once more")
    func setAsideMeanwhile() throws {
        try PollingBench.world().run { world in
            let bench = try PollingBench(world)
            let poller = try await bench.poller(first: 1, measures: [.powerProfile])
            await bench.street.set("101", .init(serial: "S101", clockDifference: 7_200))
            _ = try await poller.poll(template: 1)
            await bench.street.set("101", .init(serial: "S101"))
            _ = try await poller.poll(template: 1)
            try await world.clock.sleep(for: .seconds(7_200))
            // Planned as if the meter were right, heard while the gateway is two hours ahead.
            world.wall.step(seconds: 7_200)
            await bench.street.set("101", .init(serial: "S101", clockDifference: -7_200))
            _ = try await poller.poll(template: 1)
            world.wall.step(seconds: -7_200)
            await bench.street.set("101", .init(serial: "S101"))
            let question = LiveQuestion(meters: [1], measure: .clock, patience: nil)
            #expect(await poller.answers(to: question).count == 1)
            await bench.street.clearLog()
            for _ in 0..<2 { _ = try await poller.poll(template: 1) }
            let log = await bench.street.log.filter { $0.contains("ElArr1ConsPower") }
            #expect(log == ["101 ElArr1ConsPower 2026-03-01 12:30:00…2026-03-01 13:30:00"])
        }
    }

    @Test("A clock that loses its time while it passes rows again is asked for the rest of them later")
    func lostWhilePutBack() throws {
        try PollingBench.world().run { world in
            let bench = try PollingBench(world)
            let poller = try await bench.poller(first: 1, measures: [.powerProfile])
            for difference in [7_200, 0, Int32(-Self.years)] {
                await bench.street.set("101", .init(serial: "S101", clockDifference: difference))
                _ = try await poller.poll(template: 1)
                try await world.clock.sleep(for: .seconds(1_800))
            }
            await bench.street.set("101", .init(serial: "S101"))
            await bench.street.clearLog()
            for _ in 0..<3 {
                _ = try await poller.poll(template: 1)
                try await world.clock.sleep(for: .seconds(1_800))
            }
            let log = await bench.street.log.filter { $0.contains("ElArr1ConsPower") }
            #expect(
                log == [
                    "101 ElArr1ConsPower 2014-03-04 13:00:00…2014-03-04 13:00:00",
                    "101 ElArr1ConsPower 2026-03-01 12:30:00…2026-03-01 13:30:00",
                    "101 ElArr1ConsPower 2026-03-01 14:00:00…2026-03-01 14:00:00",
                ])
        }
    }

    @Test("A day that does not balance is asked for again, once, after a restart, too")
    func unbalancedDay() throws {
        try PollingBench.world().run { world in
            let bench = try PollingBench(world)
            let measures: [Measure] = [.powerProfile, .dayEnergy]
            // Numbers of these meters are minutes: no day of theirs balances.
            _ = try await bench.poller(first: 1, measures: measures).poll(template: 1)
            let day = try #require(try await bench.archive.unbalancedDays(meter: 1).first).day
            await bench.street.clearLog()
            let poller = try await bench.poller(first: 1, measures: measures)
            _ = try await poller.poll(template: 1)
            let asked = await bench.street.log.filter { $0.contains("El") }
            let next = day.adding(seconds: 86_400)
            #expect(
                asked == [
                    "101 ElDayEnergy \(day)…\(next)",
                    "101 ElArr1ConsPower \(day.adding(seconds: 1_800))…\(next)",
                ])
            await bench.street.clearLog()
            _ = try await poller.poll(template: 1)
            #expect(await bench.street.log.filter { $0.contains("El") }.isEmpty)
        }
    }

    @Test("What is to be asked again comes with the next poll of any archive, not of present values alone")
    func askedAgainByAnyPoll() throws {
        try PollingBench.world().run { world in
            let bench = try PollingBench(world)
            let poller = try await bench.poller(first: 1, measures: [.powerProfile, .dayEnergy])
            // Numbers of these meters are minutes: no day of theirs balances.
            _ = try await poller.poll(template: 1)
            let day = try #require(try await bench.archive.unbalancedDays(meter: 1).first).day
            func asked(_ measures: [Measure]) async -> [String] {
                await bench.street.clearLog()
                _ = await poller.poll(meters: [1], measures: measures)
                return await bench.street.log.filter { $0.contains("ElDay") || $0.contains("ElArr") }
            }
            #expect(await asked([.momentEnergy]).isEmpty)
            let next = day.adding(seconds: 86_400)
            #expect(
                await asked([.powerProfile]) == [
                    "101 ElDayEnergy \(day)…\(next)",
                    "101 ElArr1ConsPower \(day.adding(seconds: 1_800))…\(next)",
                ])
            #expect(await asked([.powerProfile, .dayEnergy]).isEmpty)
        }
    }

    @Test("What reaches farther back than the archive keeps comes to an end all the same")
    func beyondDepth() throws {
        try PollingBench.world().run { world in
            let bench = try PollingBench(world)
            let poller = try await bench.poller(first: 1, measures: [.powerProfile])
            await bench.street.set("101", .init(serial: "S101", clockDifference: Int32(Self.years)))
            _ = try await poller.poll(template: 1)
            try await world.clock.sleep(for: .seconds(130 * 86_400))
            await bench.street.set("101", .init(serial: "S101"))
            for _ in 0..<40 {
                _ = try await poller.poll(template: 1)
                try await world.clock.sleep(for: .seconds(1_800))
            }
            await bench.street.clearLog()
            _ = try await poller.poll(template: 1)
            let log = await bench.street.log.filter { $0.contains("ElArr1ConsPower") }
            #expect(log == ["101 ElArr1ConsPower 2026-07-10 07:30:00…2026-07-10 07:30:00"])
        }
    }

    @Test("After a person has set a clock that no poll had seen wrong, journals are read whole")
    func setBetweenPolls() throws {
        try PollingBench.world().run { world in
            let bench = try PollingBench(world)
            await bench.street.set("101", .init(serial: "S101", hasJournals: true))
            let poller = try await bench.poller(first: 1, measures: [.journal(.coverOpened)])
            _ = try await poller.poll(template: 1)
            try await world.clock.sleep(for: .seconds(86_400))
            _ = try await poller.poll(template: 1)
            let before = await bench.street.log.filter { $0.contains("journals") }
            #expect(before == ["101 journals since ever", "101 journals since 2026-03-01 12:00:00"])
            await bench.street.set(
                "101",
                .init(serial: "S101", clockDifference: Int32(-2 * Self.years), hasJournals: true))
            let question = LiveQuestion(
                meters: [1], measure: nil, leaseClass: .technician, patience: nil, correctsClock: true)
            #expect(await poller.answers(to: question).count == 1)
            try await world.clock.sleep(for: .seconds(86_400))
            _ = try await poller.poll(template: 1)
            let after = await bench.street.log.filter { $0.contains("journals") }
            #expect(after == before + ["101 journals since ever"])
        }
    }
}
