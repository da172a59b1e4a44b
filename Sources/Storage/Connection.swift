// The door to SQLite, the only importer of CSQLite. One connection has one owner (an actor); it and its
// statements are not Sendable. Durability: WAL with synchronous = FULL, so a commit that returned survives a
// power cut (decision D1). Memory is bounded for a daemon of 40 MB: a 2 MB page cache, no memory map.

import CSQLite

/// An open database.
package final class Connection {
    /// How durable and how large.
    package struct Options: Sendable, Hashable {
        /// Name of the VFS; nil is the platform's. A simulation passes one that loses what was not synced.
        package var vfs: String?
        /// Wait this long for a lock of another process, as the stock shell; milliseconds.
        package var busyTimeoutMilliseconds: Int32
        /// Upper bound of the page cache in KiB.
        package var cacheKibibytes: Int32
        /// WAL pages after which a commit checkpoints; 4 KiB each.
        package var checkpointPages: Int32
        /// Whether nothing may be changed: how a damaged file is looked at.
        package var isReadOnly: Bool

        /// The gateway's defaults.
        package init(
            vfs: String? = nil, busyTimeoutMilliseconds: Int32 = 5_000, cacheKibibytes: Int32 = 2_048,
            checkpointPages: Int32 = 500, isReadOnly: Bool = false
        ) {
            self.vfs = vfs
            self.busyTimeoutMilliseconds = busyTimeoutMilliseconds
            self.cacheKibibytes = cacheKibibytes
            self.checkpointPages = checkpointPages
            self.isReadOnly = isReadOnly
        }
    }

    /// The path it was opened with.
    package let path: String
    let handle: OpaquePointer
    private let options: Options
    private var prepared: [String: Statement] = [:]
    /// Statements of `SQLText`s, which are held so that no other takes the place of one that went.
    private var kept: [ObjectIdentifier: (text: SQLText, statement: Statement)] = [:]

    /// Opens or creates the database at `path` (`sqlite3_open_v2`). Throws when it cannot be opened, is
    /// damaged or is no database; the file is never replaced.
    package init(path: String, options: Options = Options()) throws(StorageError) {
        var opened: OpaquePointer?
        let access = options.isReadOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
        let flags = access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
        let result = sqlite3_open_v2(path, &opened, flags, options.vfs)
        guard result == SQLITE_OK, let opened else {
            let reason = opened.map { String(cString: sqlite3_errmsg($0)) } ?? "no memory"
            sqlite3_close_v2(opened)
            throw StorageError(result: result, attempted: "opening \(path)", reason: reason)
        }
        self.path = path
        self.handle = opened
        self.options = options
        try configure()
    }

    deinit {
        prepared.removeAll()
        kept.removeAll()
        sqlite3_close_v2(handle)
    }

    /// Runs SQL text that returns nothing; several statements are allowed (`sqlite3_exec`).
    package func execute(_ sql: String) throws(StorageError) {
        try check(sqlite3_exec(handle, sql, nil, nil, nil), sql)
    }

    /// A statement from the cache, prepared at its first use (`sqlite3_prepare_v3`), reset and without
    /// bindings. The caller must not ask for the same text again while still stepping it.
    package func statement(_ sql: String) throws(StorageError) -> Statement {
        if let ready = prepared[sql] {
            ready.reset()
            return ready
        }
        let made = try Statement(sql, on: self)
        prepared[sql] = made
        return made
    }

    /// The statement of a text that is asked for often, under the same conditions.
    package func statement(_ text: SQLText) throws(StorageError) -> Statement {
        if let ready = kept[ObjectIdentifier(text)]?.statement {
            ready.reset()
            return ready
        }
        let made = try Statement(text.description, on: self)
        kept[ObjectIdentifier(text)] = (text, made)
        return made
    }

    private static let beginning = SQLText("BEGIN IMMEDIATE")
    private static let commitment = SQLText("COMMIT")

    /// Runs `body` between BEGIN IMMEDIATE and COMMIT; rolls back when it throws. Durable once it returns.
    package func transaction<Value>(
        _ body: () throws(StorageError) -> Value
    ) throws(StorageError) -> Value {
        try statement(Connection.beginning).run()
        do throws(StorageError) {
            let value = try body()
            try statement(Connection.commitment).run()
            return value
        } catch {
            // SQLite may have rolled back by itself (full disk, I/O error); then this ROLLBACK has nothing to
            // do.
            if sqlite3_get_autocommit(handle) == 0 { sqlite3_exec(handle, "ROLLBACK", nil, nil, nil) }
            throw error
        }
    }

    /// Rows changed by the last INSERT, UPDATE or DELETE (`sqlite3_changes64`).
    package var changedRows: Int64 { sqlite3_changes64(handle) }

    /// A number that is another one after every commit, this connection's or another's; as to the latter, up
    /// to date within a transaction (`SQLITE_FCNTL_DATA_VERSION`).
    package var dataVersion: UInt32 {
        var version: UInt32 = 0
        sqlite3_file_control(handle, "main", SQLITE_FCNTL_DATA_VERSION, &version)
        return version
    }

    /// The schema's version as its owner numbers it (`PRAGMA user_version`).
    package func userVersion() throws(StorageError) -> Int64 { try integer("PRAGMA user_version") ?? 0 }

    /// Sets the schema's version; part of the open transaction.
    package func setUserVersion(_ version: Int64) throws(StorageError) {
        try execute("PRAGMA user_version = \(version)")
    }

    /// The first column of the first row of a query, or nil.
    package func integer(_ sql: String) throws(StorageError) -> Int64? {
        let query = try statement(sql)
        defer { query.reset() }
        return try query.step() ? query.optionalInteger(0) : nil
    }

    /// Complaints of `PRAGMA quick_check` or, when `thorough`, `integrity_check`; empty when sound.
    package func complaints(thorough: Bool) throws(StorageError) -> [String] {
        let query = try Statement(thorough ? "PRAGMA integrity_check" : "PRAGMA quick_check", on: self)
        var found: [String] = []
        while try query.step() { found.append(query.text(0)) }
        return found == ["ok"] ? [] : found
    }

    func check(_ result: Int32, _ attempted: @autoclosure () -> String) throws(StorageError) {
        guard result != SQLITE_OK else { return }
        throw failure(result, attempted())
    }

    func failure(_ result: Int32, _ attempted: String) -> StorageError {
        StorageError(result: result, attempted: attempted, reason: String(cString: sqlite3_errmsg(handle)))
    }

    private func configure() throws(StorageError) {
        sqlite3_busy_timeout(handle, options.busyTimeoutMilliseconds)
        guard !options.isReadOnly else { return }
        // Where the file system takes no writes SQLite opens for reading, and never looks again.
        guard sqlite3_db_readonly(handle, "main") != 1 else {
            throw StorageError(
                result: SQLITE_READONLY, attempted: "opening \(path)", reason: "the device cannot be written")
        }
        // Debian compiles secure_delete in: overwriting freed pages doubles the wear of a ring for nothing.
        try execute("PRAGMA secure_delete = OFF")
        try execute("PRAGMA journal_mode = WAL")
        try execute("PRAGMA synchronous = FULL")
        try execute("PRAGMA wal_autocheckpoint = \(options.checkpointPages)")
        try execute("PRAGMA journal_size_limit = 4194304")
        try execute("PRAGMA cache_size = -\(options.cacheKibibytes)")
        try execute("PRAGMA mmap_size = 0")
        try execute("PRAGMA temp_store = MEMORY")
    }
}
