// Opening: newer schemas are refused by name, damaged and foreign files are reported and left as they are.

import Archive
import Faults
import Glibc
import Metering
import Storage
import Testing
import Timekeeping

@Suite struct OpeningTests {
    let bench = ArchiveBench()

    @Test func aNewerSchemaIsRefusedNamingTheVersionNeeded() async throws {
        _ = try bench.open()
        try bench.shell().execute("PRAGMA user_version = 99")
        let fault = Fault(.archiveNewer, ["path": bench.path, "version": "99", "supported": "6"])
        #expect(throws: fault) { _ = try bench.open() }
        #expect(try bench.shell().userVersion() == 99)
    }

    @Test func aFileThatIsNoDatabaseIsReportedAndNotWiped() throws {
        let file = fopen(bench.path, "wb")
        for _ in 0..<300 { fputs("this is not a database ", file) }
        fclose(file)
        let fault = #expect(throws: Fault.self) { _ = try bench.open() }
        #expect(fault?.code == .archiveDamaged)
        #expect(fault?.parameters["reason"] == "file is not a database")
        var information = stat()
        stat(bench.path, &information)
        #expect(information.st_size == 300 * 23)
    }

    @Test func theDatabaseOfAnotherProgramIsRefused() throws {
        try bench.shell().execute("CREATE TABLE theirs(i)")
        let fault = #expect(throws: Fault.self) { _ = try bench.open() }
        #expect(fault?.code == .archiveDamaged)
        #expect(try bench.shell().integer("SELECT count(*) FROM theirs") == 0)
    }

    @Test func aDamagedPageIsReportedAndNothingIsWiped() async throws {
        let archive = try await bench.open(meters: 1)
        let rows = (0..<2_000).map { index -> Reading in
            var reading = half("2026-01-10T00:00:00", Int64(index))
            reading.stamp.civil = reading.stamp.civil.adding(seconds: Int64(index) * 1_800)
            return reading
        }
        _ = try await archive.store(session(rows))
        try bench.shell().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        // Overwrite pages behind the schema.
        let file = fopen(bench.path, "r+b")
        fseek(file, 4_096 * 50, SEEK_SET)
        for _ in 0..<4_096 * 5 { fputc(0xA5, file) }
        fclose(file)
        let damaged = try bench.open()
        let fault = await #expect(throws: Fault.self) {
            _ = try await damaged.rows(ArchiveQuery(.powerProfile))
        }
        #expect(fault?.code == .archiveDamaged)
        let complaints = try? await damaged.complaints()
        #expect(complaints?.isEmpty != true)
    }

    @Test func theSequenceAndTheLivesSurviveReopening() async throws {
        let archive = try await bench.open(meters: 1)
        _ = try await archive.store(session([day("2026-03-01T00:00:00", 1), day("2026-02-28T00:00:00", 1)]))
        let reopened = try bench.open()
        #expect(await reopened.newestSequence == 2)
        #expect(await reopened.life(of: 1)?.serial == "100")
        let outcome = try await reopened.store(session([day("2026-02-27T00:00:00", 1)]))
        #expect(outcome.sequence == 3)
    }

    @Test func theShellSeesReadableColumns() async throws {
        let archive = try await bench.open(meters: 1)
        _ = try await archive.store(session([half("2026-02-28T10:30:00", 125)]))
        let query = try bench.shell().statement(
            "SELECT meter, serial_number, at, p_plus, scaler_p, form, interval FROM readable_profile")
        #expect(try query.step())
        let seen = (0..<7).map { query.text($0) }
        #expect(seen == ["1", "100", "2026-02-28 10:30:00", "125", "0", "1", "30"])
    }

    @Test func aCopyIsAnArchiveOfItsOwn() async throws {
        let archive = try await bench.open(meters: 1)
        _ = try await archive.store(session([half("2026-02-28T10:30:00", 125)]))
        try await archive.copy(to: bench.directory + "/copy.sqlite")
        let copy = try MeterArchive(path: bench.directory + "/copy.sqlite", wall: bench.wall)
        #expect(try await copy.rows(ArchiveQuery(.powerProfile)).map(\.main) == [125])
    }
}
