// What an archive remembers of its series must never show: one that was opened a moment ago remembers nothing
// and is the measure of the one that has been open all along.

import Faults
import Metering
import Storage
import StorageSimulation
import Testing
import Timekeeping
import VirtualTime

@testable import Archive

@Suite("What is remembered of series")
struct SeriesMemoryTests {
    private static let depths = RetentionDepths([
        .momentEnergy: .records(5), .momentQuality: .records(1), .dayEnergy: .days(4),
        .powerProfile: .days(2), .monthEnergy: .months(3),
    ])

    /// Chance with names.
    private struct Chance {
        let entropy: SeededEntropy
        func below(_ count: Int) -> Int { Int(entropy.next() % UInt64(count)) }
        func oneIn(_ count: Int) -> Bool { below(count) == 0 }
    }

    /// A row of some measure at or before `now`, seldom later.
    private func reading(_ chance: Chance, now: CivilStamp) -> Reading {
        let measure = [Measure.momentEnergy, .dayEnergy, .powerProfile, .powerProfile, .monthEnergy][
            chance.below(5)]
        let back = Int64(chance.below(chance.oneIn(5) ? 8 * 86_400 : 5 * 3_600))
        let stamp = now.adding(seconds: chance.oneIn(20) ? back : -back)
        let value = Int64(chance.below(3))
        switch measure {
        case .powerProfile:
            var row = half("2026-03-01T00:00:00", value)
            let whole = stamp.seconds - stamp.seconds % 1_800
            row.stamp = MeterStamp(CivilStamp(seconds: chance.oneIn(6) ? whole + 600 : whole))
            return row
        case .dayEnergy:
            var row = day("2026-03-01T00:00:00", value)
            row.stamp = MeterStamp(stamp.startOfDay)
            return row
        case .monthEnergy:
            var row = month("2026-03-01T00:00:00", value)
            row.stamp = MeterStamp(stamp.startOfMonth)
            return row
        default:
            var row = day("2026-03-01T00:00:00", value)
            row.measure = .momentEnergy
            row.stamp = MeterStamp(stamp)
            return row
        }
    }

    private func session(_ chance: Chance, now: CivilStamp) -> MeterSessionRows {
        var rows = (0...chance.below(6)).map { _ in reading(chance, now: now) }
        rows.sort { $0.measure.rawValue < $1.measure.rawValue }
        let answers = [Measure.powerProfile, .dayEnergy, .monthEnergy].filter { _ in chance.oneIn(2) }.map {
            let first = now.adding(seconds: -Int64(chance.below(3 * 86_400)))
            return AnsweredWindow(
                $0, first...max(first, now.adding(seconds: -3_600)), intervalMinutes: 30,
                holdsLaterRow: !chance.oneIn(3))
        }
        var made = MeterSessionRows(
            meterID: 1 + chance.below(2), serial: chance.oneIn(12) ? "300" : nil,
            readAt: WallTime(civil: now, offset: zone), isTimeTrusted: !chance.oneIn(6), zone: zone,
            clockDifferenceSeconds: chance.oneIn(15) ? 4_000 : 2, readings: rows, answers: answers)
        made.isTold = chance.oneIn(10)
        if chance.oneIn(3) { made.alarms = chance.oneIn(2) ? .magnet : [.magnet, .powerLoss] }
        if chance.oneIn(3) {
            let events = (0..<chance.below(3)).map { _ in
                JournalEvent(
                    .power, at: MeterStamp(now.adding(seconds: -Int64(chance.below(20_000)))), event: 1,
                    code: 1)
            }
            made.journals = JournalYield(journals: [.power], events: events, readAt: now)
        }
        return made
    }

    /// A session of meter 1.
    private func rows(_ readings: [Reading], at: String = "2026-03-01T00:05:00") -> MeterSessionRows {
        ArchiveTests.session(readings, at: at)
    }

    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func r13AnArchiveKeepsAndLacksTheSameAsOneThatRemembersNothing(seed: UInt64) async throws {
        let (bench, forgetful) = (ArchiveBench(), ArchiveBench())
        let archive = try await bench.open(meters: 2, Self.depths)
        _ = try await forgetful.open(meters: 2, Self.depths)
        let chance = Chance(entropy: SeededEntropy(seed: seed))
        var now = civil("2026-03-01T00:05:00")
        for step in 0..<250 {
            now = now.adding(seconds: Int64(chance.below(7_200)))
            let rows = session(chance, now: now)
            let fresh = try forgetful.open(Self.depths)
            #expect(try await archive.store(rows) == fresh.store(rows), "seed \(seed), session \(step)")
            let marks = try await archive.journalMarks(meter: 1)
            #expect(try await marks == fresh.journalMarks(meter: 1), "seed \(seed), session \(step)")
            if chance.oneIn(50) {
                try await archive.doubtJournalMarks(meter: 1)
                try await fresh.doubtJournalMarks(meter: 1)
            }
            if chance.oneIn(40) {
                try await archive.pruneProfiles()
                try await fresh.pruneProfiles()
            }
            for measure in [Measure.powerProfile, .dayEnergy, .monthEnergy] {
                let first = now.adding(seconds: -Int64(chance.below(4 * 86_400)))
                let known = try await archive.missing(meter: 1, measure: measure, window: first...now)
                let asked = try await fresh.missing(meter: 1, measure: measure, window: first...now)
                #expect(known == asked, "seed \(seed), session \(step), \(measure)")
            }
        }
        let fresh = try forgetful.open(Self.depths)
        for measure in [Measure.momentEnergy, .powerProfile, .dayEnergy, .monthEnergy] {
            let rows = try await archive.rows(ArchiveQuery(measure, billing: .all))
            #expect(try await rows == fresh.rows(ArchiveQuery(measure, billing: .all)))
            #expect(!rows.isEmpty)
        }
        #expect(try await archive.unbalancedDays(meter: 1) == fresh.unbalancedDays(meter: 1))
    }

    @Test func itsOwnSessionsMakeAnArchiveForgetNothing() async throws {
        let bench = ArchiveBench()
        let archive = try await bench.open(meters: 1)
        _ = try await archive.store(rows([day("2026-02-28T00:00:00", 1)]))
        _ = try await archive.store(rows([month("2026-02-01T00:00:00", 1)]))
        #expect(await archive.rememberedSeries == 2)
        try bench.shell().execute("DELETE FROM quarantine; CREATE TABLE other(a)")
        _ = try await archive.store(rows([day("2026-03-01T00:00:00", 2)]))
        #expect(await archive.rememberedSeries == 1)
    }

    @Test func whatAnotherProgramDropsIsMissingFromTheNextSessionOn() async throws {
        let bench = ArchiveBench()
        let archive = try await bench.open(meters: 1, RetentionDepths([.dayEnergy: .days(3)]))
        let days = ["2026-02-26", "2026-02-27", "2026-02-28"].enumerated().map {
            day($1 + "T00:00:00", Int64($0))
        }
        _ = try await archive.store(rows(days))
        try bench.shell().execute("DELETE FROM energy WHERE slot > (SELECT min(slot) FROM energy)")
        let outcome = try await archive.store(
            rows([day("2026-02-27T00:00:00", 1)], at: "2026-02-28T01:00:00"))
        #expect(outcome.inserted == 1 && outcome.pruned == 0)
        #expect(try await archive.rows(ArchiveQuery(.dayEnergy)).map(\.main) == [0, 1])
    }

    @Test func aRowThatWasRolledBackIsNotCounted() async throws {
        let disk = SimulatedDisk(name: "rolled-back", seed: 1)
        let wall = ArchiveBench().wall
        let archive = try MeterArchive(
            path: "/data/a.sqlite", depths: RetentionDepths([.momentEnergy: .records(2)]), wall: wall,
            vfs: disk.vfsName)
        try await archive.register([RegisteredMeter(id: 1)], revision: 1)
        func store(_ hours: ClosedRange<Int>) async throws -> Int {
            let rows = hours.map { hour -> Reading in
                var row = day("2026-02-28T\(hour):07:00", Int64(hour))
                row.measure = .momentEnergy
                return row
            }
            return try await archive.store(self.rows(rows)).pruned
        }
        #expect(try await store(10...11) == 0)
        disk.failing = .writes
        await #expect(throws: Fault.self) { _ = try await store(12...14) }
        disk.failing = []
        #expect(try await store(15...15) == 1)
        #expect(try await archive.rows(ArchiveQuery(.momentEnergy)).map(\.main) == [11, 15])
    }
}

extension MeterArchive {
    fileprivate var rememberedSeries: Int { tables.memory.count }
}
