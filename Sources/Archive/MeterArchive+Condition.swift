// How the archive is doing on its device: whether it can be written, how much has been written, and how far
// back it reaches. While it cannot be written polling goes on, nothing acknowledged is lost, and what was not
// stored stays wanted.

package import Faults
import Logging
import Seams
import Storage
package import Timekeeping

/// Why nothing can be stored now.
package struct ArchiveTrouble: Sendable, Hashable {
    /// The newest failure.
    package var fault: Fault
    /// UTC of the first of them.
    package var since: WallTime
}

/// Octets that went to the device under the data.
package struct DeviceWear: Sendable, Hashable {
    /// Octets.
    package var octets: Int64 = 0
    /// UTC since when they are counted; nil before the first count.
    package var since: WallTime?
    /// The process's own count that is contained in `octets`.
    var counted: Int64 = 0
    /// UTC when `octets` was stored.
    var storedAt: WallTime?
}

extension MeterArchive {
    /// Reaches as far back as `depths` from now on; what lies beyond goes with the next row of its kind.
    package func follow(_ depths: RetentionDepths) { tables.depths = depths }

    /// A transaction was committed.
    func noteSuccess() {
        guard trouble != nil else { return }
        trouble = nil
        logger.log(.notice, "the archive can be written again", [(.path, path)])
    }

    /// A transaction failed because of the device.
    func note(_ fault: Fault, of error: StorageError) {
        switch error.code {
        case .diskFull, .inputOutput, .readOnly, .cannotOpen:
            trouble = ArchiveTrouble(fault: fault, since: trouble?.since ?? wall.now)
        default: break
        }
    }

    /// Takes note of `octets` that this process has given to the device since it started. The sum is stored
    /// every six hours, so a power cut forgets no more.
    package func noteWritten(_ octets: Int64) throws(Fault) {
        var next = try wear()
        next.octets += max(octets - next.counted, 0)
        next.counted = octets
        let now = wall.now
        next.since = next.since ?? now
        wearMemory = next
        if let storedAt = next.storedAt, (0..<21_600).contains(now.unixSeconds - storedAt.unixSeconds) {
            return
        }
        let (sum, since) = (next.octets, (next.since ?? now).unixSeconds)
        try writing("counting octets written") { () throws(StorageError) in
            let counting = try connection.statement("INSERT OR REPLACE INTO counter VALUES (?1, ?2)")
            for (name, value) in [("octets_written", sum), ("octets_since", since)] {
                counting.bind(name, at: 1)
                counting.bind(value, at: 2)
                try counting.run()
            }
        }
        wearMemory?.storedAt = now
    }

    /// Octets written so far.
    package func wear() throws(Fault) -> DeviceWear {
        if let wearMemory { return wearMemory }
        return try reading("asking for octets written") { () throws(StorageError) in
            var wear = DeviceWear()
            wear.octets =
                try connection.integer("SELECT value FROM counter WHERE name = 'octets_written'") ?? 0
            wear.since = try connection.integer("SELECT value FROM counter WHERE name = 'octets_since'")
                .map { WallTime(unixSeconds: $0) }
            return wear
        }
    }
}
