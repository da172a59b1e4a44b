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
    package var depths: RetentionDepths { tables.depths }

    var tables: ArchiveTables
    let wall: any WallClock
    let logger: Logger
    /// What is kept in memory of the tables. Hot paths change it in place: the properties below copy what is
    /// set through them.
    var memory: ArchiveMemory
    /// Why nothing can be stored now; nil while all is well.
    package var trouble: ArchiveTrouble?
    /// Whether the file could not be opened yet, for the reason in `trouble`: nothing is known of before, and
    /// nothing is kept.
    package internal(set) var isAway = false
    /// Octets written to the device.
    var wearMemory: DeviceWear?
    /// Set when a page turned out to be damaged; `maintain` repairs.
    var damage: String?
    /// The repair whose rows are being brought over, and the check that goes on.
    var salvage: Salvage?
    var check: IntegrityCheck?
    let options: Connection.Options
    /// Files behind another VFS cannot be renamed.
    var canRepair: Bool { options.vfs == nil }

    /// Opens or creates the archive at `path`. Throws `archive.newer` for a schema of a later version, naming
    /// both; `archive.damaged` for a foreign file, which is left as it is; `archive.open` when the file
    /// cannot be opened. An older schema is copied to `path.v<n>` and migrated. A damaged file is set aside
    /// as `path.damaged-<stamp>` and a new one begun, into which `maintain` brings every readable row. With
    /// `waitsForDevice` a device that is full, fails or takes no writes leaves the archive `isAway` instead.
    package init(
        path: String, depths: RetentionDepths = RetentionDepths(), wall: any WallClock,
        vfs: String? = nil, options: Connection.Options = Connection.Options(), waitsForDevice: Bool = false,
        logger: Logger = .silent
    ) throws(Fault) {
        var options = options
        if let vfs { options.vfs = vfs }
        self.path = path
        self.wall = wall
        self.logger = logger.labelled("archive")
        self.options = options
        do throws(Fault) {
            let opened = try MeterArchive.openOrRebuild(
                path, depths, options, at: wall.now, logger: self.logger)
            (tables, memory) = opened
        } catch {
            guard waitsForDevice, error.isOfDevice else { throw error }
            (tables, memory) = try MeterArchive.placeholder(path, depths)
            isAway = true
            trouble = ArchiveTrouble(fault: error, since: wall.now)
            self.logger.log(.error, "the archive cannot be opened", [(.path, path), (.error, "\(error)")])
        }
    }

    /// Present lives by meter ID, and every life by its key.
    var present: [Int: MeterLife] {
        get { memory.present }
        set { memory.present = newValue }
    }
    var lives: [Int64: MeterLife] {
        get { memory.lives }
        set { memory.lives = newValue }
    }
    /// The newest sequence number of the last committed transaction.
    var sequence: Int64 {
        get { memory.sequence }
        set { memory.sequence = newValue }
    }
    /// Lives that hold rows of an untrusted time, so that the first trusted session settles them (R13).
    var unsettled: Set<Int64> {
        get { memory.unsettled }
        set { memory.unsettled = newValue }
    }
    /// Newest outcomes; the table holds them at most six hours old.
    var outcomes: [OutcomeKey: OutcomeState] {
        get { memory.outcomes }
        set { memory.outcomes = newValue }
    }
    /// Cursor positions, to know without a query whether pruning loses unsent rows.
    var cursors: [CursorKey: Int64] {
        get { memory.cursors }
        set { memory.cursors = newValue }
    }

    /// Puts a rebuilt file in the place of the present one.
    func take(_ rebuilt: (tables: ArchiveTables, memory: ArchiveMemory)) {
        (tables, memory) = rebuilt
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
        if isAway, let trouble { throw trouble.fault }
        do throws(StorageError) {
            let value = try connection.transaction { () throws(StorageError) in
                tables.transactionBegan()
                return try body()
            }
            tables.transactionEnded(committed: true)
            noteSuccess()
            return value
        } catch {
            tables.transactionEnded(committed: false)
            let fault = fault(error, .archiveWrite, attempted())
            note(fault, of: error)
            throw fault
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
        if error.code == .corrupt || error.code == .notADatabase { damage = error.reason }
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

    /// Why somebody else's database is refused.
    static let foreign = "not an archive of this gateway"

    /// The fault of a file that could not be opened.
    static func openingFault(_ error: StorageError, path: String) -> Fault {
        switch error.code {
        case .corrupt, .notADatabase: Fault(.archiveDamaged, ["path": path, "reason": error.reason])
        case .diskFull:
            Fault(.archiveFull, ["path": path, "reason": error.reason, "attempted": error.attempted])
        default: Fault(.archiveOpen, ["path": path, "reason": error.reason])
        }
    }

    /// Creates, refuses or migrates, by what the file says of itself.
    static func prepare(_ connection: Connection, path: String) throws(Fault) {
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
            throw Fault(.archiveDamaged, ["path": path, "reason": foreign])
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
}
