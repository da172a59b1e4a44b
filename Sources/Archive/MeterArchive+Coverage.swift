// How complete the days of a meter are: what was due, what is there, what will never be («вчера: 31 из 32
// полностью»). Pages ask for a month of every meter at once, so the walk is one query a measure.

package import Faults
package import Metering
import Storage
package import Timekeeping

/// One day of one meter, all its measures together.
package struct DayCoverage: Sendable, Hashable {
    /// 00:00 of the day.
    package var day: CivilStamp
    /// Slots that were due.
    package var due = 0
    /// Slots with a row.
    package var present = 0
    /// Slots known to stay empty (R15).
    package var absent = 0
    /// Why, for the last of those.
    package var reason: AbsenceReason?

    /// Whether nothing is left to be read.
    package var isFull: Bool { present + absent >= due }

    /// A day nothing is known of.
    package init(day: CivilStamp) { self.day = day }
}

extension MeterArchive {
    /// The days from the one of `first` to the one of `last`, ascending. A day of profile is its half-open
    /// (00:00, 24:00] (R5); registers and consumptions belong to the day they are stamped with. `now` is the
    /// civil time of the meter's zone: what is not due yet is not counted.
    package func coverage(
        meter: Int, measures: [Measure], from first: CivilStamp, through last: CivilStamp, now: CivilStamp
    ) throws(Fault) -> [DayCoverage] {
        let (begin, end) = (first.startOfDay, last.startOfDay)
        guard begin <= end else { return [] }
        let count = Int(end.dayNumber - begin.dayNumber) + 1
        var days = (0..<count).map { DayCoverage(day: begin.adding(seconds: Int64($0) * 86_400)) }
        guard let life = present[meter] else { return days }
        let interval = try profileInterval(meter: meter) ?? 30
        for measure in measures {
            guard let grid = SlotGrid(measure, intervalMinutes: interval) else { continue }
            // The second after midnight keeps the interval that ends at 00:00 with the day before.
            let shift: Int64 = measure == .powerProfile ? 1 : 0
            let oldest = begin.adding(seconds: shift)
            let newest = min(end.adding(seconds: shift == 1 ? 86_400 : 0), grid.newestDue(at: now))
            guard oldest <= newest else { continue }
            try reading("counting days of meter \(meter)") { () throws(StorageError) in
                let rows = try tables.presentPeriods(measure, of: life.key, window: oldest...newest)
                let holes = try tables.absences(measure, of: life.key, window: oldest...newest)
                // All three ascend: one walk, as a page asks this for every meter at once.
                var (row, hole) = (0, 0)
                var slot = grid.slot(containing: oldest)
                while slot <= newest {
                    let day = Int((slot.seconds - shift - begin.seconds) / 86_400)
                    let period = slot.minutes
                    while row < rows.count, rows[row] < period { row += 1 }
                    while hole < holes.count, holes[hole].last < period { hole += 1 }
                    days[day].due += 1
                    if row < rows.count, rows[row] == period {
                        days[day].present += 1
                    } else if hole < holes.count, holes[hole].first <= period {
                        days[day].absent += 1
                        days[day].reason = holes[hole].reason
                    }
                    slot = grid.next(after: slot)
                }
            }
        }
        return days
    }
}
