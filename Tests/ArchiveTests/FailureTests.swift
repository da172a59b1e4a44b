// When storing fails nothing of the session stays, and the archive goes on once the cause is gone.

import Faults
import Metering
import Seams
import Storage
import Testing
import Timekeeping

@testable import Archive

@Suite struct FailureTests {
    let bench = ArchiveBench()

    private func year() -> [Reading] {
        (0..<5_000).map { index -> Reading in
            var reading = half("2025-10-01T00:30:00", Int64(index))
            reading.stamp.civil = reading.stamp.civil.adding(seconds: Int64(index) * 1_800)
            return reading
        }
    }

    @Test func aFullDiskLosesTheSessionWholeAndSaysSo() async throws {
        let archive = try await bench.open(meters: 1)
        _ = try await archive.store(session([day("2026-02-27T00:00:00", 1)]))
        try await archive.limitPages(60)
        let fault = await #expect(throws: Fault.self) {
            _ = try await archive.store(session([day("2026-02-28T00:00:00", 2)] + year()))
        }
        #expect(fault?.code == .archiveFull)
        #expect(fault?.parameters["attempted"] == "storing the rows of meter 1")
        #expect(try await archive.rows(ArchiveQuery(.dayEnergy)).map(\.main) == [1])
        #expect(await archive.newestSequence == 1)
        try await archive.limitPages(1_000_000)
        let outcome = try await archive.store(session([day("2026-02-28T00:00:00", 2)] + year()))
        #expect(outcome.inserted == 5_001 && outcome.sequence == 5_002)
        #expect(try await archive.complaints(thorough: true).isEmpty)
    }

    @Test func aFailedSessionWithANewSerialLeavesTheOldLifePresent() async throws {
        let archive = try await bench.open(meters: 1)
        _ = try await archive.store(session([day("2026-02-27T00:00:00", 1)], serial: "100"))
        try await archive.limitPages(60)
        await #expect(throws: Fault.self) { _ = try await archive.store(session(year(), serial: "200")) }
        #expect(await archive.life(of: 1)?.serial == "100")
        try await archive.limitPages(1_000_000)
        let outcome = try await archive.store(session([day("2026-02-28T00:00:00", 2)], serial: "200"))
        #expect(outcome.replacedSerial == "100")
    }

    @Test func theJournalAndTheQuarantineAreBounded() async throws {
        let archive = try await bench.open(meters: 1)
        let wild = (0..<1_500).map { index -> Reading in
            var reading = half("2030-01-01T00:30:00", Int64(index))
            reading.stamp.civil = reading.stamp.civil.adding(seconds: Int64(index) * 1_800)
            return reading
        }
        let outcome = try await archive.store(session(wild))
        #expect(outcome.quarantined == 1_500)
        #expect(try bench.shell().integer("SELECT count(*) FROM quarantine") == 1_000)
        for index in 0..<5 {
            try await archive.note(
                JournalEntry(
                    at: WallTime(unixSeconds: Int64(index)), meterID: index % 2, code: "test",
                    parameters: ["index": "\(index)", "text": "a=b"]))
        }
        let entries = try await archive.journal(meter: 0, limit: 2)
        #expect(entries.map { $0.parameters["index"] } == ["4", "2"])
        #expect(entries[0].parameters["text"] == "a=b")
    }

    @Test func theJournalOfConnectionsKeepsTheNewestAndOutlivesARestart() async throws {
        let bench = ArchiveBench()
        let entries = (0..<2_010).map { index in
            ConnectionEntry(
                server: "iface1", port: 11, peer: "192.0.2.\(index % 200)",
                began: WallTime(unixSeconds: Int64(index)), ended: WallTime(unixSeconds: Int64(index + 5)),
                served: ServedConnection(received: 9, sent: Int64(index), end: "clientGone"))
        }
        try await bench.open().note(entries)
        let archive = try bench.open()
        let newest = try await archive.connections(before: nil, limit: 2)
        #expect(newest.map(\.served.sent) == [2_009, 2_008] && newest[0].peer == "192.0.2.9")
        let older = try await archive.connections(before: newest[1].number, limit: 5_000)
        #expect(older.count == 1_998 && older.first?.served.sent == 2_007)
        try await archive.note([ConnectionEntry]())
    }

    @Test func aFixtureOfEverySchemaVersionOpensWithItsRows() async throws {
        let fixtures = #filePath.split(separator: "/").dropLast().joined(separator: "/")
        for version in 1...Schema.version {
            let bench = ArchiveBench()
            let text = try #require(FixtureFile.text("/\(fixtures)/Fixtures/schema-\(version).sql"))
            try bench.shell().execute(text)
            let archive = try bench.open()
            #expect(try await archive.rows(ArchiveQuery(.powerProfile)).map(\.main) == [125, 126])
            #expect(try await archive.rows(ArchiveQuery(.dayEnergy)).map(\.main) == [500])
            #expect(await archive.newestSequence == 3)
            #expect(try await archive.unbalancedDays(meter: 1).isEmpty)
            #expect(try bench.shell().userVersion() == Schema.version)
            #expect(try await archive.rewinds().count == (version < 9 ? 0 : 1))
            let series = "8f0c1d2e3b4a59687766554433221100"
            let counters = try await archive.reserve(256, of: series, notBelow: 0)
            #expect(counters.lowerBound == (version < 11 ? 1 : 513))
            let connections = try await archive.connections(before: nil, limit: 10)
            #expect(connections.map(\.number) == (version < 12 ? [] : [7]))
            for table in ColumnFamily.all.map(\.table) {
                let shell = try bench.shell()
                let rows = try shell.integer("SELECT count(*) FROM \(table)")
                #expect(try shell.integer("SELECT count(at) FROM readable_\(table)") == rows)
            }
            // An older one is copied aside before it is migrated.
            let hasCopy = FixtureFile.text(bench.path + ".v\(version)") != nil
            #expect(hasCopy == (version < Schema.version))
        }
    }
}

extension MeterArchive {
    /// Makes the disk full at so many pages.
    fileprivate func limitPages(_ count: Int) throws {
        try connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        try connection.execute("PRAGMA max_page_count = \(count)")
    }
}
