// What the archive does by itself while nobody asks: prunes profiles, brings rows over after a repair, looks
// through the whole file once a month, and repairs what it finds. An administrator may ask for the look at
// once (POST /jobs).

package import Faults
import Logging
package import Seams
import Storage
package import Timekeeping

/// How far a check of the file has come.
package struct CheckProgress: Sendable, Hashable {
    /// 0…1.
    package var share: Double
    /// Whether it is over.
    package var isDone: Bool
    /// What is wrong; nil when nothing was found so far.
    package var complaint: String?
}

extension MeterArchive {
    /// Between two looks.
    private static let pause = Duration.seconds(600)
    /// Looks in the 30 days that one pass over the file takes.
    private static let looks: Int64 = 30 * 144

    /// Runs until cancelled.
    package func maintain(clock: any MonotonicClock) async {
        var (prunedDay, weighedDay) = (Int64.min, Int64.min)
        var slice = 0
        while !Task.isCancelled {
            do {
                let day = wall.now.unixSeconds / 86_400
                if day != prunedDay, wall.isTrusted {
                    try await pruneProfiles()
                    prunedDay = day
                }
                if let damage, canRepair { try repair(reason: damage) }
                while !(try salvageSlice()) { try await clock.sleep(for: .milliseconds(20)) }
                if day != weighedDay { (slice, weighedDay) = (try rowsAtOnce(), day) }
                _ = try continueCheck(limit: slice)
            } catch is Fault {
                // Logged where it was met; the next look tries again.
            } catch { return }
            do { try await clock.sleep(for: MeterArchive.pause) } catch { return }
        }
    }

    /// Begins a check of the whole file anew.
    package func startCheck() throws(Fault) {
        check = try reading("checking the archive") { () throws(StorageError) in
            try IntegrityCheck(connection)
        }
    }

    /// Checks further, `limit` rows; at damage the file is repaired at once.
    package func continueCheck(limit: Int = 2_000) throws(Fault) -> CheckProgress {
        if check == nil { try startCheck() }
        guard var current = check else { return CheckProgress(share: 1, isDone: true, complaint: nil) }
        do throws(StorageError) {
            try current.advance(on: connection, limit: limit)
        } catch {
            guard error.code == .corrupt else {
                throw Fault(.archiveRead, ["attempted": "checking the archive", "reason": error.reason])
            }
            current.note(error.reason)
        }
        check = current.isDone ? nil : current
        let progress = CheckProgress(
            share: current.share, isDone: current.isDone, complaint: current.complaint)
        if let complaint = current.complaint {
            if canRepair { try repair(reason: complaint) } else { damage = complaint }
        } else if current.isDone {
            try noteChecked()
        }
        return progress
    }

    /// UTC of the last check that found nothing wrong; nil before the first.
    package func lastChecked() throws(Fault) -> WallTime? {
        try reading("asking for the last check") { () throws(StorageError) in
            try connection.integer("SELECT value FROM counter WHERE name = 'checked_at'").map {
                WallTime(unixSeconds: $0)
            }
        }
    }

    /// Rows of one slice of the monthly pass.
    private func rowsAtOnce() throws(Fault) -> Int {
        let rows = try fileSize().octets / 25
        return Int(max(rows / MeterArchive.looks, 50))
    }

    private func noteChecked() throws(Fault) {
        let now = wall.now
        try writing("noting a check") { () throws(StorageError) in
            try connection.statement("INSERT OR REPLACE INTO counter VALUES ('checked_at', ?1)").run(
                now.unixSeconds)
        }
    }
}
