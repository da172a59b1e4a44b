// The SQLite door against real files in a temporary directory.

import Glibc
import Testing

@testable import Storage

/// A directory that goes away with the test.
final class TemporaryDirectory {
    let path: String

    init() {
        var template = Array("/tmp/gateway-test-XXXXXX".utf8CString)
        path = template.withUnsafeMutableBufferPointer { String(cString: mkdtemp($0.baseAddress!)) }
    }

    deinit {
        for name in names() { unlink(path + "/" + name) }
        rmdir(path)
    }

    func names() -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var found: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { found.append(name) }
        }
        return found
    }

    func write(_ octets: [UInt8], to name: String) {
        let file = fopen(path + "/" + name, "wb")
        fwrite(octets, 1, octets.count, file)
        fclose(file)
    }
}

@Suite struct ConnectionTests {
    let directory = TemporaryDirectory()

    private func open() throws -> Connection { try Connection(path: directory.path + "/a.sqlite") }

    @Test func commitsAreDurableByWriteAheadLogWithFullSync() throws {
        let connection = try open()
        let mode = try connection.statement("PRAGMA journal_mode")
        #expect(try mode.step() && mode.text(0) == "wal")
        mode.reset()
        #expect(try connection.integer("PRAGMA synchronous") == 2)
        #expect(try connection.integer("PRAGMA secure_delete") == 0)
    }

    @Test func valuesOfEveryKindComeBackAsTheyWent() throws {
        let connection = try open()
        try connection.execute("CREATE TABLE t(i INTEGER, s TEXT)")
        let insertion = try connection.statement("INSERT INTO t VALUES (?1, ?2)")
        for (number, text) in [(Int64.min, "Ё"), (0, ""), (.max, "a\u{1F}b"), (nil, nil)]
            as [(Int64?, String?)]
        {
            insertion.bind(number, at: 1)
            insertion.bind(text, at: 2)
            try insertion.run()
        }
        let query = try connection.statement("SELECT i, s FROM t")
        var seen: [String] = []
        while try query.step() {
            seen.append("\(query.optionalInteger(0).map(String.init) ?? "-") \(query.optionalText(1) ?? "-")")
        }
        #expect(seen == ["\(Int64.min) Ё", "0 ", "\(Int64.max) a\u{1F}b", "- -"])
    }

    @Test func aTransactionThatThrowsLeavesNothing() throws {
        let connection = try open()
        try connection.execute("CREATE TABLE t(i INTEGER PRIMARY KEY)")
        #expect(throws: StorageError.self) {
            try connection.transaction { () throws(StorageError) in
                try connection.statement("INSERT INTO t VALUES (1)").run()
                try connection.statement("INSERT INTO t VALUES (1)").run()
            }
        }
        #expect(try connection.integer("SELECT count(*) FROM t") == 0)
        try connection.transaction { () throws(StorageError) in
            try connection.statement("INSERT INTO t VALUES (1)").run()
        }
        #expect(try connection.integer("SELECT count(*) FROM t") == 1)
    }

    @Test func errorsNameWhatWasAttempted() throws {
        let connection = try open()
        let failure = #expect(throws: StorageError.self) { try connection.execute("SELECT nonsense") }
        #expect(failure?.code == .misuse)
        #expect(failure?.attempted == "SELECT nonsense")
        #expect(failure?.reason == "no such column: nonsense")
    }

    @Test func aFileThatIsNoDatabaseIsRefusedAndLeftAlone() throws {
        let noise = Array(repeating: UInt8(0x5A), count: 5_000)
        directory.write(noise, to: "a.sqlite")
        let failure = #expect(throws: StorageError.self) { _ = try open() }
        #expect(failure?.code == .notADatabase)
        var information = stat()
        stat(directory.path + "/a.sqlite", &information)
        #expect(information.st_size == 5_000)
    }

    @Test func aDirectoryThatDoesNotExistCannotBeOpened() {
        let failure = #expect(throws: StorageError.self) {
            _ = try Connection(path: "/nowhere/at/all.sqlite")
        }
        #expect(failure?.code == .cannotOpen)
        #expect(failure?.attempted == "opening /nowhere/at/all.sqlite")
    }

    @Test func aFullDatabaseIsToldApart() throws {
        let connection = try open()
        try connection.execute("CREATE TABLE t(b BLOB)")
        try connection.execute("PRAGMA max_page_count = 4")
        let failure = #expect(throws: StorageError.self) {
            try connection.execute("INSERT INTO t VALUES (zeroblob(100000))")
        }
        #expect(failure?.code == .diskFull)
        #expect(failure?.isTransient == true)
    }

    @Test func anUnknownVFSIsRefused() {
        #expect(throws: StorageError.self) {
            _ = try Connection(
                path: directory.path + "/b.sqlite", options: Connection.Options(vfs: "no such thing"))
        }
    }

    @Test func aCopyHoldsEverythingWhileTheOriginalStaysInUse() throws {
        let connection = try open()
        try connection.execute("CREATE TABLE t(i INTEGER); INSERT INTO t VALUES (7)")
        try connection.copy(to: directory.path + "/copy.sqlite")
        try connection.execute("INSERT INTO t VALUES (8)")
        let copy = try Connection(path: directory.path + "/copy.sqlite")
        #expect(try copy.integer("SELECT sum(i) FROM t") == 7)
        #expect(try copy.complaints(thorough: true).isEmpty)
    }
}
