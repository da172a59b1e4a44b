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
        return try reading("counting days of meter \(meter)") { () throws(StorageError) in
            let interval = try tables.coverageInterval(of: life.key)
            for measure in measures {
                try tables.count(measure, of: life.key, interval: interval, now: now, into: &days)
            }
            return days
        }
    }
}

extension DayCoverage {
    /// Adds what one measure has of this day.
    fileprivate mutating func add(_ day: CoverageMemo.Day) {
        due += Int(day.due)
        present += Int(day.present)
        absent += Int(day.absent)
        if let reason = day.reason { self.reason = reason }
    }
}

extension ArchiveTables {
    /// Interval of the newest profile row, minutes; a half-hour before the first.
    fileprivate func coverageInterval(of life: Int64) throws(StorageError) -> Int {
        if let known = coverage.interval(of: life) { return known }
        let interval = try newestInterval(of: life) ?? 30
        coverage.keep(interval: interval, of: life)
        return interval
    }

    /// Adds one measure to days that follow each other: days that are over from memory, the others, and what
    /// lies between them, counted in one walk.
    fileprivate func count(
        _ measure: Measure, of life: Int64, interval: Int, now: CivilStamp, into days: inout [DayCoverage]
    ) throws(StorageError) {
        guard let grid = SlotGrid(measure, intervalMinutes: interval), let kind = measure.archiveNumber,
            let first = days.first?.day.dayNumber
        else { return }
        let series = RowSeries.number(life, Int64(kind))
        // The second after midnight keeps the interval that ends at 00:00 with the day before.
        let shift: Int64 = measure == .powerProfile ? 1 : 0
        let newest = grid.newestDue(at: now)
        let nextDue = grid.next(after: newest).seconds
        let over = days.count { $0.day.seconds + 86_399 + shift < nextDue }
        let known = days.indices.map { index in
            index < over ? coverage.day(first + Int64(index), of: series, interval: interval) : nil
        }
        guard let from = known.firstIndex(of: nil), let through = known.lastIndex(of: nil) else {
            for (index, day) in known.enumerated() { if let day { days[index].add(day) } }
            return
        }
        let end = min(days[through].day.adding(seconds: 86_399 + shift), newest)
        let counted = try self.counted(
            measure, of: life, grid: grid, shift: shift, from: days[from].day, days: through - from + 1,
            through: end)
        for index in days.indices {
            let isCounted = (from...through).contains(index)
            guard let day = isCounted ? counted[index - from] : known[index] else { continue }
            days[index].add(day)
            if isCounted, index < over { coverage.keep(day, of: series, interval: interval) }
        }
    }

    /// `days` days, the first at midnight `begin`, each counted as far as `end`.
    private func counted(
        _ measure: Measure, of life: Int64, grid: SlotGrid, shift: Int64, from begin: CivilStamp, days: Int,
        through end: CivilStamp
    ) throws(StorageError) -> [CoverageMemo.Day] {
        var counted = (0..<days).map {
            CoverageMemo.Day(number: Int32(truncatingIfNeeded: begin.dayNumber + Int64($0)))
        }
        let oldest = begin.adding(seconds: shift)
        guard oldest <= end else { return counted }
        let window = oldest...end
        let rows = try presentPeriods(measure, of: life, window: window)
        let holes = try absences(measure, of: life, window: window)
        // All three ascend: one walk, as a page asks this for every meter at once.
        var (row, hole) = (0, 0)
        var slot = grid.slot(containing: window.lowerBound)
        while slot <= window.upperBound {
            let day = Int((slot.seconds - shift - begin.seconds) / 86_400)
            let period = slot.minutes
            while row < rows.count, rows[row] < period { row += 1 }
            while hole < holes.count, holes[hole].last < period { hole += 1 }
            counted[day].due += 1
            if row < rows.count, rows[row] == period {
                counted[day].present += 1
            } else if hole < holes.count, holes[hole].first <= period {
                counted[day].absent += 1
                counted[day].reason = holes[hole].reason
            }
            slot = grid.next(after: slot)
        }
        return counted
    }
}
