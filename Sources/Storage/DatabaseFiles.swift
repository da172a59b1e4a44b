// Whole database files, renamed with their logs: how a damaged one is set aside and a new one takes its
// place. Nobody may have the database open meanwhile, because a log is found by its name.

import CSQLite
import Glibc

/// Renaming of closed databases on the platform's file system.
package enum DatabaseFiles {
    /// What belongs to a database beside its main file.
    private static let suffixes = ["-wal", "-shm"]

    /// Whether a file is there.
    package static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// Gives a database another name, log first, durably. Throws `.inputOutput` with the system's reason.
    package static func rename(_ path: String, to target: String) throws(StorageError) {
        for suffix in suffixes where exists(path + suffix) {
            try renameFile(path + suffix, to: target + suffix)
        }
        try renameFile(path, to: target)
        let directory = target.lastIndex(of: "/").map { String(target[..<$0]) } ?? "."
        let descriptor = open(directory.isEmpty ? "/" : directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        if descriptor >= 0 {
            fsync(descriptor)
            close(descriptor)
        }
    }

    /// Removes a database; harmless when it is not there.
    package static func remove(_ path: String) {
        for suffix in suffixes + [""] { unlink(path + suffix) }
    }

    private static func renameFile(_ path: String, to target: String) throws(StorageError) {
        guard Glibc.rename(path, target) != 0 else { return }
        throw StorageError(
            result: SQLITE_IOERR, attempted: "renaming \(path) to \(target)",
            reason: String(cString: strerror(errno)))
    }
}
