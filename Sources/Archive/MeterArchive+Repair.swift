// Damage: the file is set aside under a name with its time, a new one takes its place with everything the
// gateway cannot do without, and rows follow in slices while polling goes on. The journal, the log and the
// page say so; nothing is ever wiped silently.

package import Faults
import Logging
import Seams
import Storage
package import Timekeeping

/// A repair of the archive, for pages.
package struct ArchiveRepair: Sendable, Hashable {
    /// UTC when the damage was found.
    package var at: WallTime
    /// Where the damaged file lies.
    package var path: String
    /// What was wrong.
    package var reason: String
    /// UTC when the last readable row had been brought over; nil while that goes on.
    package var endedAt: WallTime?
    /// Rows brought over.
    package var rows: Int
    /// Stretches that could not be read.
    package var holes: Int
}

extension MeterArchive {
    /// Repairs, newest first.
    package func repairs() throws(Fault) -> [ArchiveRepair] {
        try reading("listing repairs") { () throws(StorageError) in
            let query = try connection.statement(
                "SELECT at, path, reason, ended_at, rows, holes FROM repair ORDER BY entry DESC")
            defer { query.reset() }
            var found: [ArchiveRepair] = []
            while try query.step() {
                found.append(
                    ArchiveRepair(
                        at: WallTime(unixSeconds: query.integer(0)), path: query.text(1),
                        reason: query.text(2),
                        endedAt: query.optionalInteger(3).map { WallTime(unixSeconds: $0) },
                        rows: Int(query.integer(4)), holes: Int(query.integer(5))))
            }
            return found
        }
    }

    /// Sets the present file aside and goes on with a new one. Throws when not even that can be done; then
    /// everything is as it was.
    package func repair(reason: String) throws(Fault) {
        logger.log(.error, "the archive is damaged: \(reason)", [(.path, path)])
        (salvage, check) = (nil, nil)
        // The file must be closed before it is renamed: a database in memory holds its place.
        take(try MeterArchive.placeholder(path, depths))
        take(try MeterArchive.rebuild(path, depths, options, reason: reason, at: wall.now, logger: logger))
        damage = nil
    }

    /// Brings the next rows of an unfinished repair over; true when nothing is left to do.
    package func salvageSlice(limit: Int = 500) throws(Fault) -> Bool {
        let next = try unfinishedRepair()
        guard let (entry, source) = next else { return true }
        do throws(StorageError) {
            if salvage == nil {
                let newest = RowSlot(period: wall.now.civil(in: .utc).minutes + 2_880, isSeason: false).number
                let damaged = try Connection(path: source, options: Connection.Options(isReadOnly: true))
                salvage = try Salvage(from: damaged, to: connection, newest: newest)
            }
        } catch {
            // The damaged file is gone or cannot even be opened: that is the end of it.
            try finishRepair(entry, holes: 1)
            return false
        }
        guard let salvage else { return false }
        tables.forgetAll()
        try writing("bringing rows over from \(source)") { () throws(StorageError) in
            try salvage.step(limit: limit)
            if salvage.rows > 0 { try tables.keep(sequence: try tables.newestSequence()) }
            try connection.statement("UPDATE repair SET rows = ?2, holes = ?3 WHERE entry = ?1").run(
                entry, Int64(salvage.rows), Int64(salvage.holes))
        }
        if salvage.isDone {
            self.salvage = nil
            try finishRepair(entry, holes: salvage.holes)
        }
        return false
    }

    private func unfinishedRepair() throws(Fault) -> (entry: Int64, path: String)? {
        try reading("looking for repairs") { () throws(StorageError) in
            let query = try connection.statement(
                "SELECT entry, path FROM repair WHERE ended_at IS NULL ORDER BY entry LIMIT 1")
            defer { query.reset() }
            return try query.step() ? (query.integer(0), query.text(1)) : nil
        }
    }

    private func finishRepair(_ entry: Int64, holes: Int) throws(Fault) {
        let now = wall.now
        try writing("ending a repair") { () throws(StorageError) in
            try connection.statement("UPDATE repair SET ended_at = ?2, holes = ?3 WHERE entry = ?1").run(
                entry, now.unixSeconds, Int64(holes))
            try tables.journal(at: now, meter: 0, code: "archive.repaired", ["holes": String(holes)])
        }
        logger.log(.notice, "the damaged archive has been brought over", [(.path, path)])
    }

    // MARK: - Files

    /// Opens the archive; when it is damaged, a new one with all that could be read of it.
    static func openOrRebuild(
        _ path: String, _ depths: RetentionDepths, _ options: Connection.Options, at now: WallTime,
        logger: Logger
    ) throws(Fault) -> (tables: ArchiveTables, memory: ArchiveMemory) {
        let isOnPlatform = options.vfs == nil
        do throws(Fault) {
            // A power cut between the two renames of a repair.
            if isOnPlatform, !DatabaseFiles.exists(path), DatabaseFiles.exists(path + ".new") {
                try renaming(path + ".new", to: path)
            }
            return try open(path, depths, options)
        } catch {
            guard isOnPlatform, error.code == .archiveDamaged, error.parameters["reason"] != foreign else {
                throw error
            }
            let reason = error.parameters["reason"] ?? ""
            return try rebuild(path, depths, options, reason: reason, at: now, logger: logger)
        }
    }

    private static func open(
        _ path: String, _ depths: RetentionDepths, _ options: Connection.Options
    ) throws(Fault) -> (tables: ArchiveTables, memory: ArchiveMemory) {
        let connection: Connection
        do throws(StorageError) {
            connection = try Connection(path: path, options: options)
        } catch {
            throw openingFault(error, path: path)
        }
        try prepare(connection, path: path)
        let complaint: String?
        do throws(StorageError) {
            let tables = try ArchiveTables(connection, depths: depths)
            complaint = try tables.complaintAtOpen()
            if complaint == nil { return (tables, try ArchiveMemory(tables)) }
        } catch {
            throw openingFault(error, path: path)
        }
        throw Fault(.archiveDamaged, ["path": path, "reason": complaint ?? ""])
    }

    /// Makes a new file beside the damaged one, with everything but rows; then the two change names.
    static func rebuild(
        _ path: String, _ depths: RetentionDepths, _ options: Connection.Options, reason: String,
        at now: WallTime, logger: Logger
    ) throws(Fault) -> (tables: ArchiveTables, memory: ArchiveMemory) {
        let stamp = now.iso8601(in: .utc).filter { $0.isNumber }.prefix(14)
        let aside = "\(path).damaged-\(stamp)"
        let fresh = path + ".new"
        DatabaseFiles.remove(fresh)
        do throws(StorageError) {
            let connection = try Connection(path: fresh, options: options)
            let source = try? Connection(path: path, options: Connection.Options(isReadOnly: true))
            try connection.transaction { () throws(StorageError) in
                try Schema.create(on: connection)
                try begin(repairOf: aside, reason: reason, at: now, from: source, on: connection)
            }
        } catch {
            throw openingFault(error, path: path)
        }
        try renaming(path, to: aside)
        try renaming(fresh, to: path)
        logger.log(.error, "the damaged archive was set aside", [(.path, aside)])
        return try open(path, depths, options)
    }

    private static func begin(
        repairOf aside: String, reason: String, at now: WallTime, from source: Connection?,
        on connection: Connection
    ) throws(StorageError) {
        var isReadable = false
        if let source, let version = try? source.userVersion(), version == Schema.version {
            isReadable = true
            let isWhole = try Salvage.copyTables(from: source, to: connection)
            var newest = try connection.integer("SELECT value FROM counter WHERE name = 'seq'") ?? 0
            var isSure = isWhole
            for table in ColumnFamily.all.map(\.table) + ["event"] {
                do throws(StorageError) {
                    newest = max(newest, try source.integer("SELECT max(seq) FROM \(table)") ?? 0)
                } catch { isSure = false }
            }
            newest = max(newest, try connection.integer("SELECT max(seq) FROM cursor") ?? 0)
            // Numbers and keys that can no longer be seen must not be given out again.
            if !isSure {
                newest += 1_000_000
                try connection.execute("UPDATE sqlite_sequence SET seq = seq + 100000 WHERE name = 'meter'")
                try connection.execute("UPDATE invocation_counter SET next = next + 1000000")
            }
            try connection.statement("UPDATE counter SET value = ?1 WHERE name = 'seq'").run(newest)
        }
        let insertion = try connection.statement(
            "INSERT INTO repair(path, reason, at, ended_at, rows, holes) VALUES (?1, ?2, ?3, ?4, 0, ?5)")
        insertion.bind(aside, at: 1)
        insertion.bind(reason, at: 2)
        insertion.bind(now.unixSeconds, at: 3)
        insertion.bind(isReadable ? nil : now.unixSeconds, at: 4)
        insertion.bind(isReadable ? 0 : 1, at: 5)
        try insertion.run()
        let note = try connection.statement(
            "INSERT INTO journal(at, id, code, parameters) VALUES (?1, 0, 'archive.damaged', ?2)")
        note.bind(now.unixSeconds, at: 1)
        note.bind(ParameterText.encode(["path": aside, "reason": reason]), at: 2)
        try note.run()
    }

    private static func renaming(_ path: String, to target: String) throws(Fault) {
        do throws(StorageError) {
            try DatabaseFiles.rename(path, to: target)
        } catch {
            throw Fault(.archiveOpen, ["path": path, "reason": error.reason])
        }
    }
}
