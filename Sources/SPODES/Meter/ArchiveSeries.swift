// The stamps of one archive of a meter: which rows exist now, found by arithmetic, so that half a year of
// half-hours costs nothing until a row is asked for.

package import Timekeeping

/// Stamps of an archive, oldest first.
package struct ArchiveSeries: Sendable, Hashable {
    /// What lies between two rows.
    package enum Step: Sendable, Hashable {
        /// A fixed number of seconds.
        case seconds(Int64)
        /// A calendar month.
        case month
    }

    /// What lies between two rows.
    package let step: Step
    /// Stamp of the oldest row.
    package let first: CivilStamp
    /// Rows that exist.
    package let count: Int

    /// The rows a clock that shows `now` has passed since `installed`, at most the newest `depth`.
    package init(step: Step, installed: CivilStamp, now: CivilStamp, depth: Int) {
        self.step = step
        switch step {
        case .seconds(let length):
            let last = floorDivide(now.seconds, length)
            let oldest = max(floorDivide(installed.seconds, length) + 1, last - Int64(depth) + 1)
            count = max(0, Int(last - oldest + 1))
            first = CivilStamp(seconds: oldest * length)
        case .month:
            let last = now.startOfMonth
            let born = installed.startOfMonth(adding: 1)
            count = max(0, min(depth, ArchiveSeries.months(from: born, to: last) + 1))
            first = last.startOfMonth(adding: 1 - max(count, 1))
        }
    }

    /// Stamp of a row, 0 ..< count.
    package func stamp(_ index: Int) -> CivilStamp {
        switch step {
        case .seconds(let length): first.adding(seconds: Int64(index) * length)
        case .month: first.startOfMonth(adding: index)
        }
    }

    /// Indices of the rows with stamps in `from` … `to`, both ends included.
    package func indices(from: CivilStamp, to: CivilStamp) -> Range<Int> {
        let lower = firstIndex { $0 >= from }
        return lower..<max(lower, firstIndex { $0 > to })
    }

    private func firstIndex(where holds: (CivilStamp) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if holds(stamp(middle)) { high = middle } else { low = middle + 1 }
        }
        return low
    }

    private static func months(from start: CivilStamp, to end: CivilStamp) -> Int {
        (end.date.year - start.date.year) * 12 + end.date.month - start.date.month
    }
}

/// Division rounding towards minus infinity.
func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
    let quotient = value / divisor
    return value % divisor < 0 ? quotient - 1 : quotient
}
