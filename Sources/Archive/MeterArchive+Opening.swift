// A device that refuses the archive when the gateway starts: full, failing, or mounted for reading only, as
// flash memory that comes to its end. The gateway starts all the same, so that people can see why and look at
// meters: an empty database in memory holds the place, nothing can be stored in it, and the file is tried
// again.

package import Faults
import Logging
package import Seams
import Storage
import Timekeeping

extension MeterArchive {
    /// Between two attempts to open the file.
    private static let attemptPause = Duration.seconds(15)

    /// Ends once the file has been opened. Throws what waiting does not help against, and cancellation.
    package func waitForDevice(clock: any MonotonicClock) async throws {
        while try !openAgain() { try await clock.sleep(for: MeterArchive.attemptPause) }
    }

    /// Opens the file unless it is open; false while the device still refuses. Throws as opening does.
    package func openAgain() throws(Fault) -> Bool {
        guard isAway else { return true }
        do throws(Fault) {
            let opened = try MeterArchive.openOrRebuild(path, depths, options, at: wall.now, logger: logger)
            (isAway, trouble, damage, wearMemory) = (false, nil, nil, nil)
            take(opened)
        } catch {
            guard error.isOfDevice else { throw error }
            trouble = ArchiveTrouble(fault: error, since: trouble?.since ?? wall.now)
            return false
        }
        logger.log(.notice, "the archive can be opened now", [(.path, path)])
        return true
    }

    /// What stands in for a file that is not open.
    static func placeholder(
        _ path: String, _ depths: RetentionDepths
    ) throws(Fault) -> (tables: ArchiveTables, memory: ArchiveMemory) {
        do throws(StorageError) {
            let connection = try Connection(path: ":memory:")
            try Schema.create(on: connection)
            let tables = try ArchiveTables(connection, depths: depths)
            return (tables, try ArchiveMemory(tables))
        } catch {
            throw openingFault(error, path: path)
        }
    }
}

extension Fault {
    /// Whether the device refuses, which may pass, and not what is in the file.
    var isOfDevice: Bool { code == .archiveFull || code == .archiveOpen }
}
