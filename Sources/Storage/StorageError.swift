// What can go wrong beneath a statement, sorted by who has to act: the disk is full, the device fails, the
// file is damaged, or we misused the library. Result codes are those of sqlite.org/rescode.html.

import CSQLite

/// A failure of the database with what was attempted. Equality is on the code.
package struct StorageError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kinds a caller tells apart.
    package enum Code: String, Sendable, Hashable {
        /// No room on the device, or a size limit reached.
        case diskFull
        /// The device or file system failed to read, write or sync.
        case inputOutput
        /// The file is a database with inconsistent pages.
        case corrupt
        /// The file is not a database.
        case notADatabase
        /// Another connection holds a lock longer than the busy time-out.
        case busy
        /// A uniqueness or type rule of the schema was broken.
        case constraint
        /// The file or directory cannot be written.
        case readOnly
        /// The file cannot be opened or created.
        case cannotOpen
        /// No memory.
        case outOfMemory
        /// The statement or its use is wrong.
        case misuse
    }

    /// What happened.
    package let code: Code
    /// SQLite's extended result code, for the log.
    package let extendedCode: Int32
    /// What was being done: an SQL text or a verb with a path.
    package let attempted: String
    /// SQLite's own sentence.
    package let reason: String

    /// A failure with a result code of SQLite.
    init(result: Int32, attempted: String, reason: String) {
        self.code = StorageError.code(of: result)
        self.extendedCode = result
        self.attempted = attempted
        self.reason = reason
    }

    /// `corrupt (11) while opening /data/archive.sqlite: database disk image is malformed`
    package var description: String { "\(code.rawValue) (\(extendedCode)) while \(attempted): \(reason)" }

    /// Whether trying again later may help without anybody acting.
    package var isTransient: Bool {
        switch code {
        case .busy, .outOfMemory, .diskFull: true
        case .inputOutput, .corrupt, .notADatabase, .constraint, .readOnly, .cannotOpen, .misuse: false
        }
    }

    /// Same code.
    package static func == (left: Self, right: Self) -> Bool { left.code == right.code }

    /// Hashes the code.
    package func hash(into hasher: inout Hasher) { hasher.combine(code) }

    /// The kind of a primary or extended result code.
    private static func code(of result: Int32) -> Code {
        switch result & 0xFF {
        case SQLITE_FULL, SQLITE_TOOBIG: .diskFull
        case SQLITE_IOERR: .inputOutput
        case SQLITE_CORRUPT: .corrupt
        case SQLITE_NOTADB: .notADatabase
        case SQLITE_BUSY, SQLITE_LOCKED: .busy
        case SQLITE_CONSTRAINT: .constraint
        case SQLITE_READONLY, SQLITE_PERM, SQLITE_AUTH: .readOnly
        case SQLITE_CANTOPEN: .cannotOpen
        case SQLITE_NOMEM: .outOfMemory
        default: .misuse
        }
    }
}
