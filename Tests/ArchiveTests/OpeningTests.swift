// Opening: newer schemas are refused by name, foreign files are reported and left as they are.

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
        let fault = Fault(.archiveNewer, ["path": bench.path, "version": "99", "supported": "12"])
        #expect(throws: fault) { _ = try bench.open() }
        #expect(try bench.shell().userVersion() == 99)
    }

    @Test func theDatabaseOfAnotherProgramIsRefused() throws {
        try bench.shell().execute("CREATE TABLE theirs(i)")
        let fault = #expect(throws: Fault.self) { _ = try bench.open() }
        #expect(fault?.code == .archiveDamaged)
        #expect(try bench.shell().integer("SELECT count(*) FROM theirs") == 0)
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
