// The archive of all meters: SQLite used as rings (decision D1). One actor owns the only connection. Polling
// stores sessions and asks what is missing, Publishing walks the sequence, the web admin reads. The verbs are
// in the extensions beside this file; here are opening, the state kept in memory, and how failures become
// faults.

package import Faults
package import Logging
package import Seams
package import Storage
import Timekeeping

/// The store of every reading.
package actor MeterArchive {
    /// Where the database lies.
    package nonisolated let path: String
    /// How far back each archive reaches.
    package let depths: RetentionDepths

    let tables: ArchiveTables
    let wall: any WallClock
    let logger: Logger
    /// Present lives by meter ID, and every life by its key.
    var present: [Int: MeterLife] = [:]
    var lives: [Int64: MeterLife] = [:]
    /// The newest sequence number of the last committed transaction.
    var sequence: Int64 = 0
    /// Lives that hold rows of an untrusted time, so that the first trusted session settles them (R13).
    var unsettled: Set<Int64> = []
    /// Newest outcomes; the table holds them at most six hours old.
    var outcomes: [OutcomeKey: OutcomeState] = [:]
    /// Cursor positions, to know without a query whether pruning loses unsent rows.
    var cursors: [CursorKey: Int64] = [:]

    /// Opens or creates the archive at `path`. Throws `archive.newer` for a schema of a later version, naming
    /// both; `archive.damaged` for a damaged or foreign file, which is left as it is; `archive.open` when the
    /// file cannot be opened. An older schema is copied to `path.v<n>` and migrated.
    package init(
        path: String, depths: RetentionDepths = RetentionDepths(), wall: any WallClock,
        options: Connection.Options = Connection.Options(), logger: Logger = .silent
    ) throws(Fault) {
        self.path = path
        self.depths = depths
        self.wall = wall
        self.logger = logger.labelled("archive")
        let connection: Connection
        do throws(StorageError) {
            connection = try Connection(path: path, options: options)
        } catch {
            throw MeterArchive.openingFault(error, path: path)
        }
        try MeterArchive.prepare(connection, path: path)
        do throws(StorageError) {
            tables = try ArchiveTables(connection, depths: depths)
            sequence = try tables.newestSequence()
            (lives, present) = try MeterArchive.loadLives(connection)
            unsettled = try MeterArchive.loadUnsettled(connection)
            cursors = try MeterArchive.loadCursors(connection)
            outcomes = try MeterArchive.loadOutcomes(connection)
        } catch {
            throw MeterArchive.openingFault(error, path: path)
        }
    }

    /// The database, for the verbs of the extensions.
    var connection: Connection { tables.connection }

    /// The newest sequence number: what a publication freezes when its event fires (D2).
    package var newestSequence: Int64 { sequence }

    /// Complaints of the database's own check, empty when sound; `thorough` reads every page and takes long.
    package func complaints(thorough: Bool = false) throws(Fault) -> [String] {
        try reading("checking the archive") { () throws(StorageError) in
            try connection.complaints(thorough: thorough)
        }
    }

    /// Copies the whole archive to a new file while it stays in use.
    package func copy(to target: String) throws(Fault) {
        try reading("copying the archive to \(target)") { () throws(StorageError) in
            try connection.copy(to: target)
        }
    }

    // MARK: - Failures

    /// Runs one durable transaction; its failure becomes a fault that says what was attempted.
    func writing<Value>(
        _ attempted: @autoclosure () -> String, _ body: () throws(StorageError) -> Value
    ) throws(Fault) -> Value {
        do throws(StorageError) {
            return try connection.transaction(body)
        } catch {
            try? tables.forgetRolledBack()
            throw fault(error, .archiveWrite, attempted())
        }
    }

    /// Runs queries; their failure becomes a fault that says what was attempted.
    func reading<Value>(
        _ attempted: @autoclosure () -> String, _ body: () throws(StorageError) -> Value
    ) throws(Fault) -> Value {
        do throws(StorageError) {
            return try body()
        } catch {
            throw fault(error, .archiveRead, attempted())
        }
    }

    /// Full disk and damage keep their own codes whatever was being done: different people must act.
    private func fault(_ error: StorageError, _ otherwise: FaultCode, _ attempted: String) -> Fault {
        logger.log(.error, "\(attempted): \(error)", [(.path, path)])
        let code: FaultCode =
            switch error.code {
            case .diskFull: .archiveFull
            case .corrupt, .notADatabase: .archiveDamaged
            default: otherwise
            }
        return Fault(code, ["attempted": attempted, "reason": error.reason, "path": path])
    }

    // MARK: - Opening

    /// The fault of a file that could not be opened.
    private static func openingFault(_ error: StorageError, path: String) -> Fault {
        switch error.code {
        case .corrupt, .notADatabase: Fault(.archiveDamaged, ["path": path, "reason": error.reason])
        case .diskFull:
            Fault(.archiveFull, ["path": path, "reason": error.reason, "attempted": error.attempted])
        default: Fault(.archiveOpen, ["path": path, "reason": error.reason])
        }
    }

    /// Creates, refuses or migrates, by what the file says of itself.
    private static func prepare(_ connection: Connection, path: String) throws(Fault) {
        var (found, application, tables): (Int64, Int64, Int64) = (0, 0, 0)
        do throws(StorageError) {
            found = try connection.userVersion()
            application = try connection.integer("PRAGMA application_id") ?? 0
            tables = try connection.integer("SELECT count(*) FROM sqlite_schema") ?? 0
        } catch {
            throw openingFault(error, path: path)
        }
        let isEmpty = tables == 0 && found == 0
        guard isEmpty || application == Schema.applicationID else {
            throw Fault(.archiveDamaged, ["path": path, "reason": "not an archive of this gateway"])
        }
        if found > Schema.version {
            let versions = ["path": path, "version": String(found), "supported": String(Schema.version)]
            throw Fault(.archiveNewer, versions)
        }
        do throws(StorageError) {
            if isEmpty {
                try connection.transaction { () throws(StorageError) in try Schema.create(on: connection) }
            } else if found < Schema.version {
                try connection.copy(to: path + ".v\(found)")
                try connection.transaction { () throws(StorageError) in
                    try Schema.migrate(connection, from: found)
                }
            }
        } catch {
            throw openingFault(error, path: path)
        }
    }

    /// Lives with rows of an untrusted time; the partial indexes make this free when there are none.
    private static func loadUnsettled(_ connection: Connection) throws(StorageError) -> Set<Int64> {
        var found: Set<Int64> = []
        for family in ColumnFamily.all {
            let query = try connection.statement(
                "SELECT DISTINCT series FROM \(family.table) WHERE \(RowMark.untrusted)")
            while try query.step() { found.insert(RowSeries.meterKey(query.integer(0))) }
            query.reset()
        }
        return found
    }
}
