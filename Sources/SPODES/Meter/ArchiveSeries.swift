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
    package private(set) var first: CivilStamp
    /// Rows that exist.
    package private(set) var count: Int
    /// Stretches of rows one step apart, where outages left gaps; empty for rows without any.
    private var stretches: [Stretch] = []

    /// Rows one step apart.
    struct Stretch: Sendable, Hashable {
        var first: CivilStamp
        var count: Int
    }

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

    /// The same rows without those with stamps from `from` on and before `until`, and with one row at `part`,
    /// which lies between two or in the interval of the oldest: a meter without supply writes nothing, and
    /// some write one row as it goes.
    package mutating func interrupt(
        from: CivilStamp, until: CivilStamp, part: CivilStamp?
    ) {
        let kept = indices(from: CivilStamp(seconds: .min), to: from.adding(seconds: -1))
        let later = indices(from: until, to: CivilStamp(seconds: .max))
        var pieces = piece(kept)
        if let part, part > oldestBegin { pieces.append(Stretch(first: part, count: 1)) }
        replace(by: pieces + piece(later))
    }

    /// Where the interval of the oldest row begins.
    private var oldestBegin: CivilStamp {
        switch step {
        case .seconds(let length): first.adding(seconds: -length)
        case .month: first.startOfMonth(adding: -1)
        }
    }

    mutating func replace(by pieces: [Stretch]) {
        stretches = pieces
        count = pieces.reduce(0) { $0 + $1.count }
        first = pieces.first?.first ?? first
    }

    /// Some of the rows as stretches.
    func piece(_ range: Range<Int>) -> [Stretch] {
        guard !range.isEmpty else { return [] }
        guard !stretches.isEmpty else { return [Stretch(first: stamp(range.lowerBound), count: range.count)] }
        var (found, begin): ([Stretch], Int) = ([], 0)
        for stretch in stretches {
            let own = range.clamped(to: begin..<begin + stretch.count)
            if !own.isEmpty {
                let first = advanced(stretch.first, by: own.lowerBound - begin)
                found.append(Stretch(first: first, count: own.count))
            }
            begin += stretch.count
        }
        return found
    }

    /// Stamp of a row, 0 ..< count.
    package func stamp(_ index: Int) -> CivilStamp {
        guard !stretches.isEmpty else { return advanced(first, by: index) }
        var rest = index
        for stretch in stretches {
            if rest < stretch.count { return advanced(stretch.first, by: rest) }
            rest -= stretch.count
        }
        return stretches.last.map { advanced($0.first, by: $0.count - 1) } ?? first
    }

    private func advanced(_ first: CivilStamp, by index: Int) -> CivilStamp {
        switch step {
        case .seconds(let length): first.adding(seconds: Int64(index) * length)
        case .month:
            first.startOfMonth(adding: index).adding(seconds: first.seconds - first.startOfMonth.seconds)
        }
    }

    /// Indices of the rows with stamps in `from` … `to`, both ends included.
    package func indices(from: CivilStamp, to: CivilStamp) -> Range<Int> {
        let lower = firstIndex { $0 >= from }
        return lower..<max(lower, firstIndex { $0 > to })
    }

    private func firstIndex(where holds: (CivilStamp) -> Bool) -> Int {
        SPODES.firstIndex(below: count) { holds(stamp($0)) }
    }

    private static func months(from start: CivilStamp, to end: CivilStamp) -> Int {
        (end.date.year - start.date.year) * 12 + end.date.month - start.date.month
    }
}

/// The first of the indices below `count` that a condition holds for which, once it holds, holds for all
/// later ones; `count` when it holds for none.
func firstIndex(below count: Int, where holds: (Int) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
        let middle = (low + high) / 2
        if holds(middle) { high = middle } else { low = middle + 1 }
    }
    return low
}

extension CivilStamp {
    /// The second that so many milliseconds since 2000-01-01 00:00 lie in.
    init(milliseconds: Int64) { self.init(seconds: floorDivide(milliseconds, 1_000)) }
}

/// Division rounding towards minus infinity.
func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
    let quotient = value / divisor
    return value % divisor < 0 ? quotient - 1 : quotient
}
