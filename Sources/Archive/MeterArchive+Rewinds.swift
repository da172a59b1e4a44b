// Stamps that meters' clocks passed twice and whose rows are still to be asked for again (R31): kept across
// restarts, for nothing else would tell that what the archive has of them is the first passing.

package import Faults
package import Metering
import Storage
package import Timekeeping

/// One stretch of what a meter's clock passed twice, as far as one kind of rows goes.
package struct RewoundStamps: Sendable, Hashable {
    /// Which rows.
    package var measure: Measure
    /// Rows later than this may have been written anew.
    package var after: CivilStamp
    /// Rows later than this were not passed twice.
    package var through: CivilStamp
    /// The latest the clock may have shown since it was put back, as far as its steps tell.
    package var reached: CivilStamp

    /// Stamps that were passed twice.
    package init(measure: Measure, after: CivilStamp, through: CivilStamp, reached: CivilStamp) {
        self.measure = measure
        self.after = after
        self.through = through
        self.reached = reached
    }
}

extension MeterArchive {
    /// All that is kept, by target, in the order in which it was kept.
    package func rewinds() throws(Fault) -> [String: [RewoundStamps]] {
        try reading("asking for clocks that were put back") { () throws(StorageError) in
            let query = try connection.statement(
                "SELECT target, kind, after, through, reached FROM clock_rewind ORDER BY target, entry")
            defer { query.reset() }
            var found: [String: [RewoundStamps]] = [:]
            while try query.step() {
                guard let measure = Measure(archiveNumber: Int(query.integer(1))) else { continue }
                found[query.text(0), default: []].append(
                    RewoundStamps(
                        measure: measure, after: CivilStamp(seconds: query.integer(2)),
                        through: CivilStamp(seconds: query.integer(3)),
                        reached: CivilStamp(seconds: query.integer(4))))
            }
            return found
        }
    }

    /// Keeps what a target's clock passed twice instead of what was kept; durable when this returns.
    package func keep(rewinds: [RewoundStamps], of target: String) throws(Fault) {
        try writing("noting a clock that was put back") { () throws(StorageError) in
            let deletion = try connection.statement("DELETE FROM clock_rewind WHERE target = ?1")
            deletion.bind(target, at: 1)
            try deletion.run()
            for (entry, rewind) in rewinds.enumerated() {
                let insertion = try connection.statement(
                    "INSERT INTO clock_rewind VALUES (?1, ?2, ?3, ?4, ?5, ?6)")
                insertion.bind(target, at: 1)
                insertion.bind(Int64(entry), at: 2)
                insertion.bind(Int64(rewind.measure.archiveNumber ?? 0), at: 3)
                insertion.bind(rewind.after.seconds, at: 4)
                insertion.bind(rewind.through.seconds, at: 5)
                insertion.bind(rewind.reached.seconds, at: 6)
                try insertion.run()
            }
        }
    }
}
