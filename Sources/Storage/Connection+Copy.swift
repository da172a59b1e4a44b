// Online copy through SQLite's backup interface: taken before a migration and on demand of an administrator.

import CSQLite

extension Connection {
    /// Copies the whole database into a new file at `target` while it stays in use (`sqlite3_backup_step`).
    /// The copy is complete and consistent when this returns; an existing file is overwritten.
    package func copy(to target: String) throws(StorageError) {
        let attempted = "copying \(path) to \(target)"
        var opened: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
        let result = sqlite3_open_v2(target, &opened, flags, nil)
        defer { sqlite3_close_v2(opened) }
        guard result == SQLITE_OK, let opened else {
            let reason = opened.map { String(cString: sqlite3_errmsg($0)) } ?? "no memory"
            throw StorageError(result: result, attempted: attempted, reason: reason)
        }
        guard let backup = sqlite3_backup_init(opened, "main", handle, "main") else {
            throw StorageError(
                result: sqlite3_extended_errcode(opened), attempted: attempted,
                reason: String(cString: sqlite3_errmsg(opened)))
        }
        let stepped = sqlite3_backup_step(backup, -1)
        let finished = sqlite3_backup_finish(backup)
        let outcome = stepped == SQLITE_DONE ? finished : stepped
        guard outcome == SQLITE_OK else {
            throw StorageError(
                result: outcome, attempted: attempted, reason: String(cString: sqlite3_errmsg(opened)))
        }
    }
}
