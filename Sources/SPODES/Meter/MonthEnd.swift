// Months that do not end on the 1st: the billing day of a meter is moved, and somebody freezes the registers
// in the middle of a month (R19, R32). The archive of months holds all of these rows in one order.

import Timekeeping

/// From an instant on months end on a day, 1…28, at 00:00.
struct MonthEnd: Sendable, Hashable {
    /// True instant.
    var from: Int64
    /// Day of the month.
    var day: Int
}

extension SPODESMeter {
    /// Puts the rows of moved month ends and of captures by hand into the calendar's.
    func bill(_ series: inout ArchiveSeries, depth: Int, until instant: Int64) {
        for end in diary.monthEnds where end.from <= instant {
            series.goOnMonthly(
                after: clock.civil(at: end.from), onDay: end.day, through: clock.civil(at: instant))
        }
        for capture in diary.monthCaptures where capture <= instant {
            series.insert(clock.civil(at: capture))
        }
        series.keepNewest(depth)
    }
}

extension ArchiveSeries {
    /// Monthly rows that fall on another day from some stamp on.
    mutating func goOnMonthly(after stamp: CivilStamp, onDay day: Int, through now: CivilStamp) {
        // A clock that began anew in the year 2000 moves nothing of what had been.
        guard count > 0, stamp >= first else { return }
        let offset = Int64(day - 1) * 86_400
        var month = stamp.startOfMonth.adding(seconds: offset) > stamp ? 0 : 1
        let begin = stamp.startOfMonth(adding: month).adding(seconds: offset)
        var rows = 0
        while stamp.startOfMonth(adding: month).adding(seconds: offset) <= now {
            (month, rows) = (month + 1, rows + 1)
        }
        let kept = piece(indices(from: CivilStamp(seconds: .min), to: stamp))
        replace(by: rows > 0 ? kept + [Stretch(first: begin, count: rows)] : kept)
    }

    /// One row more, between the others or after them.
    mutating func insert(_ stamp: CivilStamp) {
        guard count > 0, stamp > first, indices(from: stamp, to: stamp).isEmpty else { return }
        let before = piece(indices(from: CivilStamp(seconds: .min), to: stamp))
        let after = piece(indices(from: stamp, to: CivilStamp(seconds: .max)))
        replace(by: before + [Stretch(first: stamp, count: 1)] + after)
    }

    /// Drops the oldest rows beyond a ring's depth.
    mutating func keepNewest(_ depth: Int) {
        if count > depth { replace(by: piece(count - depth..<count)) }
    }
}
