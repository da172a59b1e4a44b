// A prepared statement: bind, step, read columns. Nothing is allocated per row but the texts that are asked
// for.

import CSQLite

/// One prepared statement of one connection; used from the connection's owner only.
package final class Statement {
    private let handle: OpaquePointer
    // A statement never outlives its cache entry; the connection closes lazily (`sqlite3_close_v2`) all the
    // same.
    private unowned let connection: Connection
    private let sql: String

    /// Prepares one statement (`sqlite3_prepare_v3`, persistent). Throws `.misuse` for wrong SQL.
    package init(_ sql: String, on connection: Connection) throws(StorageError) {
        var made: OpaquePointer?
        let result = sqlite3_prepare_v3(
            connection.handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &made, nil)
        guard result == SQLITE_OK, let made else { throw connection.failure(result, sql) }
        self.handle = made
        self.connection = connection
        self.sql = sql
    }

    deinit { sqlite3_finalize(handle) }

    /// Makes the statement ready for new values and frees its lock (`sqlite3_reset`).
    package func reset() { sqlite3_reset(handle) }

    /// Binds an integer to place `index`, counted from 1.
    package func bind(_ value: Int64, at index: Int32) { sqlite3_bind_int64(handle, index, value) }

    /// Binds an integer or NULL to place `index`, counted from 1.
    package func bind(_ value: Int64?, at index: Int32) {
        if let value { sqlite3_bind_int64(handle, index, value) } else { sqlite3_bind_null(handle, index) }
    }

    /// Binds a text or NULL to place `index`, counted from 1; the text is copied (SQLITE_TRANSIENT).
    package func bind(_ value: String?, at index: Int32) {
        guard let value else {
            sqlite3_bind_null(handle, index)
            return
        }
        let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
        var text = value
        text.withUTF8 { octets in
            _ = octets.withMemoryRebound(to: CChar.self) { characters in
                // An empty Swift string has no base address, which SQLite would take for NULL.
                if let base = characters.baseAddress {
                    sqlite3_bind_text(handle, index, base, Int32(characters.count), transient)
                } else {
                    sqlite3_bind_text(handle, index, "", 0, transient)
                }
            }
        }
    }

    /// Binds column `column` of the row `source` stands on, whatever its type (`sqlite3_bind_value`).
    package func bind(_ source: Statement, column: Int32, at index: Int32) {
        sqlite3_bind_value(handle, index, sqlite3_column_value(source.handle, column))
    }

    /// Columns of a row.
    package var columnCount: Int32 { sqlite3_column_count(handle) }

    /// Goes to the next row; false at the end (`sqlite3_step`). Resets itself when it fails.
    package func step() throws(StorageError) -> Bool {
        let result = sqlite3_step(handle)
        if result == SQLITE_ROW { return true }
        if result == SQLITE_DONE { return false }
        let failure = connection.failure(result, sql)
        sqlite3_reset(handle)
        throw failure
    }

    /// Steps to the end, dropping rows, and resets.
    package func run() throws(StorageError) {
        while try step() {}
        sqlite3_reset(handle)
    }

    /// Binds integers to places 1…n, steps to the end and resets.
    package func run(_ values: Int64...) throws(StorageError) {
        for (index, value) in values.enumerated() { bind(value, at: Int32(index + 1)) }
        try run()
    }

    /// Column `index`, counted from 0, as an integer; 0 for NULL.
    package func integer(_ index: Int32) -> Int64 { sqlite3_column_int64(handle, index) }

    /// Column `index` as an integer, nil for NULL.
    package func optionalInteger(_ index: Int32) -> Int64? {
        // One column access for the usual case: only a zero can be a NULL.
        let value = sqlite3_column_int64(handle, index)
        if value != 0 { return value }
        return sqlite3_column_type(handle, index) == SQLITE_NULL ? nil : 0
    }

    /// Whether column `index` is NULL.
    package func isNull(_ index: Int32) -> Bool { sqlite3_column_type(handle, index) == SQLITE_NULL }

    /// Column `index` as text; empty for NULL.
    package func text(_ index: Int32) -> String {
        guard let octets = sqlite3_column_text(handle, index) else { return "" }
        return String(cString: octets)
    }

    /// Column `index` as text, nil for NULL.
    package func optionalText(_ index: Int32) -> String? { isNull(index) ? nil : text(index) }
}
