// What is known of whole past days, so that pages which ask for a month of every meter count a day once and
// not at every look. Direct-mapped: 64 days of a series, each entry naming its day. Whoever writes or drops
// rows or absent slots says so here, inside the transaction: a rollback forgets too much and never too
// little.

import Metering
import Timekeeping

/// Counts of days that are over; owned by `ArchiveTables`, empty until a page asks.
struct CoverageMemo {
    /// One day of one series.
    struct Day: Sendable, Hashable {
        /// Days since 2000-01-01; `Int32.min` for an empty entry.
        var number = Int32.min
        /// Slots that were due, those with a row, and those that will stay empty.
        var due: UInt16 = 0
        var present: UInt16 = 0
        var absent: UInt16 = 0
        /// Why, for the last of those.
        var reason: AbsenceReason?
    }

    /// The days of one series.
    private struct Ring {
        /// Interval of the grid they were counted on, minutes.
        let interval: Int
        var days: [Day]
    }

    /// More than the pages ever ask for.
    private static let reach = 64
    private var rings: [Int64: Ring] = [:]
    private var intervals: [Int64: Int] = [:]

    /// What is known of a series counted on a grid of `interval` minutes.
    func day(_ number: Int64, of series: Int64, interval: Int) -> Day? {
        guard let ring = rings[series], ring.interval == interval else { return nil }
        let day = ring.days[CoverageMemo.place(of: number)]
        return Int64(day.number) == number ? day : nil
    }

    /// Keeps a day that is over.
    mutating func keep(_ day: Day, of series: Int64, interval: Int) {
        if rings[series]?.interval != interval {
            rings[series] = Ring(interval: interval, days: Array(repeating: Day(), count: CoverageMemo.reach))
        }
        rings[series]?.days[CoverageMemo.place(of: Int64(day.number))] = day
    }

    /// The profile's interval of a life, minutes.
    func interval(of life: Int64) -> Int? { intervals[life] }

    /// Keeps the interval of a life.
    mutating func keep(interval: Int, of life: Int64) { intervals[life] = interval }

    // MARK: - Forgetting

    /// A row of the slot at `period` came, changed or went. A midnight belongs to the day it ends or to the
    /// one it begins, by measure: both are forgotten.
    mutating func touch(_ series: Int64, period: Int64) { touch(series, periods: period...period) }

    /// The same for every slot of a range.
    mutating func touch(_ series: Int64, periods: ClosedRange<Int64>) {
        guard !rings.isEmpty || !intervals.isEmpty else { return }
        intervals[RowSeries.meterKey(series)] = nil
        guard rings[series] != nil else { return }
        let days =
            CivilStamp(minutes: periods.lowerBound - 1)
            .dayNumber...CivilStamp(minutes: periods.upperBound)
            .dayNumber
        guard days.count < CoverageMemo.reach else {
            rings[series] = nil
            return
        }
        for day in days {
            let place = CoverageMemo.place(of: day)
            if rings[series]?.days[place].number == Int32(truncatingIfNeeded: day) {
                rings[series]?.days[place] = Day()
            }
        }
    }

    /// Rows of a series went.
    mutating func forget(series: Int64) {
        rings[series] = nil
        intervals[RowSeries.meterKey(series)] = nil
    }

    /// A life went, or many rows of it changed.
    mutating func forget(life: Int64) {
        intervals[life] = nil
        for kind in Int64(0)..<64 { rings[RowSeries.number(life, kind)] = nil }
    }

    private static func place(of day: Int64) -> Int { Int(day & Int64(reach - 1)) }
}
