// A disk that fills up, fails, or lost the end of the log. Nothing that was called durable is lost, what
// could not be stored stays wanted, and the archive goes on by itself once it can.

import Archive
import Faults
import Glibc
import Metering
import Seams
import Storage
import StorageSimulation
import Testing
import Timekeeping
import VirtualTime

@Suite struct DiskTests {
    let wall = VirtualWallClock(
        clock: VirtualClock(), start: WallTime(civil: civil("2026-03-01T00:05:00"), offset: zone))

    private func open(_ disk: SimulatedDisk) throws -> MeterArchive {
        try MeterArchive(
            path: "/data/archive.sqlite", wall: wall,
            options: Connection.Options(vfs: disk.vfsName, checkpointPages: 40))
    }

    private func halves(_ day: Int) -> [Reading] {
        (1...48).map { index -> Reading in
            var reading = half("2026-01-01T00:00:00", Int64(day * 48 + index))
            reading.stamp.civil = reading.stamp.civil.adding(
                seconds: Int64(day) * 86_400 + Int64(index) * 1_800)
            return reading
        }
    }

    /// Days of one meter stored in turn until storing fails; the days that were called durable.
    private func fill(_ archive: MeterArchive, from first: Int = 0) async -> [Int] {
        var durable: [Int] = []
        for day in first..<58 {
            do {
                _ = try await archive.store(session(halves(day)))
                durable.append(day)
            } catch { return durable }
        }
        return durable
    }

    private func days(in archive: MeterArchive) async throws -> [Int: Int] {
        let begin = civil("2026-01-01T00:00:00").minutes
        let rows = try await archive.rows(ArchiveQuery(.powerProfile))
        return Dictionary(grouping: rows) { Int(($0.reading.stamp.civil.minutes - 1 - begin) / 1_440) }
            .mapValues(\.count)
    }

    @Test func aFullDiskKeepsWhatWasDurableAnswersQuestionsAndRecoversWithSpace() async throws {
        let disk = SimulatedDisk(name: "full", seed: 1)
        let archive = try open(disk)
        try await archive.register([RegisteredMeter(id: 1)], revision: 1)
        _ = try await archive.store(session(halves(0)))
        disk.capacity = disk.octetsHeld + 60_000
        let durable = await fill(archive, from: 1)
        #expect(!durable.isEmpty && durable.count < 57)
        let trouble = try #require(await archive.trouble)
        #expect(trouble.fault.code == .archiveFull && trouble.since == wall.now)
        // Reading goes on; the day that was refused is wanted, those that were stored are not.
        #expect(try await days(in: archive).keys.sorted() == [0] + durable)
        let next = (durable.last ?? 0) + 1
        let window = halves(next)[0].stamp.civil...halves(next)[47].stamp.civil
        let gaps = try await archive.missing(
            meter: 1, measure: .powerProfile, window: window, intervalMinutes: 30)
        #expect(gaps == [window])
        // An unchanged meter table needs no room: the gateway starts on a full disk.
        try await archive.register([RegisteredMeter(id: 1)], revision: 1)
        disk.capacity = nil
        #expect(await fill(archive, from: next).last == 57)
        #expect(await archive.trouble == nil)
        #expect(try await days(in: archive).values.allSatisfy { $0 == 48 })
        #expect(try await archive.complaints(thorough: true).isEmpty)
    }

    @Test(arguments: [DiskFailure.writes, .syncs])
    func aFailingDeviceLosesNothingThatWasDurable(failing: DiskFailure) async throws {
        let disk = SimulatedDisk(name: "failing-\(failing.rawValue)", seed: 2)
        let archive = try open(disk)
        try await archive.register([RegisteredMeter(id: 1)], revision: 1)
        _ = try await archive.store(session(halves(0)))
        disk.failing = failing
        await #expect(throws: Fault.self) { _ = try await archive.store(session(halves(1))) }
        #expect(await archive.trouble != nil)
        #expect(try await days(in: archive)[0] == 48)
        disk.failing = []
        #expect(try await archive.store(session(halves(1))).inserted == 48)
        #expect(await archive.trouble == nil)
        #expect(try await archive.complaints(thorough: true).isEmpty)
    }

    @Test func aLogCutAtAnyOctetKeepsEveryCommitWhollyBeforeTheCut() async throws {
        let disk = SimulatedDisk(name: "log", seed: 3)
        try await open(disk).register([RegisteredMeter(id: 1)], revision: 1)
        let archive = try MeterArchive(
            path: "/data/archive.sqlite", wall: wall,
            options: Connection.Options(vfs: disk.vfsName, checkpointPages: 100_000))
        // The length of the log after each of four commits of one row.
        var lengths: [Int] = []
        for index in 0..<4 {
            _ = try await archive.store(session([halves(0)[index]]))
            lengths.append(disk.contents("/data/archive.sqlite-wal")?.count ?? 0)
        }
        let main = try #require(disk.contents("/data/archive.sqlite"))
        let log = try #require(disk.contents("/data/archive.sqlite-wal"))
        // Every 61st octet and both sides of every commit; every octet when the environment says LONG=1.
        let isLong = getenv("LONG").map { String(cString: $0) } == "1"
        let cuts = Set(
            Array(stride(from: 0, through: log.count, by: isLong ? 1 : 61))
                + lengths.flatMap { [$0 - 1, $0, min($0 + 1, log.count)] })
        for cut in cuts.sorted() {
            let copy = SimulatedDisk(name: "cut-\(cut)", seed: 4)
            copy.place(main, at: "/data/archive.sqlite")
            copy.place(Array(log.prefix(cut)), at: "/data/archive.sqlite-wal")
            let found = try Connection(
                path: "/data/archive.sqlite", options: Connection.Options(vfs: copy.vfsName))
            let rows = try found.integer("SELECT count(*) FROM profile") ?? -1
            let expected = lengths.count { $0 <= cut }
            #expect(rows == expected, "log cut at \(cut)")
        }
        #expect(cuts.count > log.count / 64 && lengths[0] > 0)
    }
}
