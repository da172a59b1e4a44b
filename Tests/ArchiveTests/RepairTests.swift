// Damage: pages overwritten with noise. The file is set aside, every row of an undamaged page comes back, and
// the archive says so; nothing is wiped.

import Archive
import Faults
import Glibc
import Metering
import Storage
import Testing
import Timekeeping
import VirtualTime

@Suite struct RepairTests {
    let bench = ArchiveBench()

    /// Rows of four meters over forty days, and what their pages hold.
    private func filled() async throws -> [Int: Int] {
        let archive = try await bench.open(meters: 4)
        for meter in 1...4 {
            let rows = (0..<1_920).map { index -> Reading in
                var reading = half("2026-01-10T00:30:00", Int64(index))
                reading.stamp.civil = reading.stamp.civil.adding(seconds: Int64(index) * 1_800)
                return reading
            }
            _ = try await archive.store(session(rows, meter: meter, serial: "\(meter)"))
        }
        let shell = try bench.shell()
        try shell.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        let query = try shell.statement("SELECT pageno, ncell FROM dbstat WHERE name = 'profile'")
        var cells: [Int: Int] = [:]
        while try query.step() { cells[Int(query.integer(0))] = Int(query.integer(1)) }
        return cells
    }

    private func overwrite(_ pages: some Sequence<Int>, seed: UInt64) {
        let chance = SeededEntropy(seed: seed)
        let file = fopen(bench.path, "r+b")
        for page in pages {
            fseek(file, 4_096 * (page - 1), SEEK_SET)
            for _ in 0..<512 {
                var word = chance.next()
                fwrite(&word, 8, 1, file)
            }
        }
        fclose(file)
    }

    /// Checks and repairs to the end.
    private func mend(_ archive: MeterArchive) async throws {
        while !(try await archive.continueCheck().isDone) {}
        while !(try await archive.salvageSlice()) {}
    }

    @Test(arguments: [1, 2, 3, 4, 5, 6] as [UInt64])
    func everyRowOfAnUndamagedPageComesBack(seed: UInt64) async throws {
        let cells = try await filled()
        let chance = SeededEntropy(seed: seed)
        let pages = cells.keys.sorted()
        // Leaves and, with every third seed, the root too.
        var doomed = Set((0..<4).map { _ in pages[Int(chance.next() % UInt64(pages.count))] })
        if seed.isMultiple(of: 3), let root = pages.first { doomed.insert(root) }
        overwrite(doomed.sorted(), seed: seed)
        let archive = try bench.open()
        try await mend(archive)
        let rows = try await archive.rows(ArchiveQuery(.powerProfile))
        let hidden = doomed.reduce(0) { $0 + (cells[$1] ?? 0) }
        #expect(rows.count >= 4 * 1_920 - hidden)
        let begin = civil("2026-01-10T00:30:00").minutes
        #expect(rows.allSatisfy { $0.main == ($0.reading.stamp.civil.minutes - begin) / 30 })
        let repair = try #require(try await archive.repairs().first)
        #expect(repair.endedAt != nil && repair.holes > 0)
        #expect(access(repair.path, F_OK) == 0)
        let codes = try await archive.journal(limit: 5).map(\.code)
        #expect(codes.contains("archive.damaged") && codes.contains("archive.repaired"))
        // It goes on: numbers continue, lives stay, the check is content.
        let newest = await archive.newestSequence
        let outcome = try await archive.store(session([day("2026-03-01T00:00:00", 9)], serial: "1"))
        #expect(outcome.inserted == 1 && outcome.sequence > newest && newest >= 4 * 1_920)
        #expect(try await archive.complaints(thorough: true).isEmpty)
        let reopened = try bench.open()
        #expect(try await reopened.repairs().count == 1)
    }

    @Test func rowsOfASessionThatMeetsDamageGoIntoTheNewFile() async throws {
        let cells = try await filled()
        let archive = try bench.open()
        overwrite(cells.keys, seed: 7)
        let outcome = try await archive.store(session([half("2026-02-28T10:30:00", 5)], serial: "1"))
        #expect(outcome.inserted == 1)
        #expect(try await archive.repairs().count == 1)
        #expect(await archive.life(of: 4)?.serial == "4")
    }

    @Test func aRepairGoesOnAfterARestart() async throws {
        let cells = try await filled()
        overwrite([cells.keys.sorted()[5]], seed: 8)
        var archive = try bench.open()
        while !(try await archive.continueCheck().isDone) {}
        _ = try await archive.salvageSlice(limit: 300)
        let before = try await archive.rows(ArchiveQuery(.powerProfile)).count
        #expect(before > 0 && before < 1_000)
        archive = try bench.open()
        while !(try await archive.salvageSlice()) {}
        let count = try await archive.rows(ArchiveQuery(.powerProfile)).count
        #expect(count >= 4 * 1_920 - (cells.values.max() ?? 0))
    }

    @Test func aFileThatIsNoDatabaseIsSetAsideAndKept() async throws {
        let file = fopen(bench.path, "wb")
        for _ in 0..<300 { fputs("this is not a database ", file) }
        fclose(file)
        let archive = try bench.open()
        let repair = try #require(try await archive.repairs().first)
        var information = stat()
        stat(repair.path, &information)
        #expect(information.st_size == 300 * 23)
        #expect(repair.reason == "file is not a database")
    }

    @Test func eventsBetweenTwoDamagedPagesComeBackAndLostOnesAreAskedForAgain() async throws {
        let archive = try await bench.open(meters: 8)
        for meter in 1...8 {
            var rows = session([], meter: meter, serial: "\(meter)")
            let events = (0..<300).map { index in
                JournalEvent(
                    .coverOpened,
                    at: MeterStamp(civil("2026-01-10T00:00:00").adding(seconds: Int64(index) * 60)), event: 0,
                    code: 3, operatingTime: Int64(index), ordinal: 0)
            }
            rows.journals = JournalYield(
                journals: [.coverOpened], events: events, readAt: civil("2026-03-01T00:05:00"))
            #expect(try await archive.store(rows).events == 300)
        }
        let shell = try bench.shell()
        try shell.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        let query = try shell.statement(
            "SELECT pageno, ncell FROM dbstat WHERE name = 'event' AND pagetype = 'leaf' ORDER BY path")
        var leaves: [(page: Int, cells: Int)] = []
        while try query.step() { leaves.append((Int(query.integer(0)), Int(query.integer(1)))) }
        try #require(leaves.count > 12)
        overwrite([leaves[3].page, leaves[leaves.count - 4].page], seed: 9)
        let damaged = try bench.open()
        try await mend(damaged)
        let kept = try await damaged.rows(ArchiveQuery(.journal(.coverOpened)))
        #expect(kept.count >= 2_400 - leaves[3].cells - leaves[leaves.count - 4].cells)
        #expect(kept.count < 2_400)
        #expect(try await damaged.repairs().first?.holes == 1)
        #expect(try bench.shell().integer("SELECT max(read_stamp) FROM journal_mark") == 0)
        #expect(try await damaged.complaints(thorough: true).isEmpty)
    }

    @Test func aSoundArchiveHasNothingToRepair() async throws {
        _ = try await filled()
        let archive = try bench.open()
        try await mend(archive)
        #expect(try await archive.repairs().isEmpty)
        #expect(try await archive.lastChecked() == bench.wall.now)
    }
}
