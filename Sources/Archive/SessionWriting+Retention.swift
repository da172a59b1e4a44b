// The two ends of a ring: slots the meter does not have are marked absent so that gap queries end (R15), and
// what lies beyond the depth goes, in the same transaction, counted only from trusted rows of the same life
// (R13).

import Metering
import Storage
import Timekeeping

extension SessionWriting {
    /// Marks slots of an answered window that have no whole row; returns how many were newly marked. What a
    /// meter with a wild clock says it lacks is believed no more than what it has: some hide rows of stamps
    /// that their clock has yet to reach.
    func markAbsent(_ answer: AnsweredWindow) throws(StorageError) -> Int {
        guard answer.holdsLaterRow || answer.reason == .unsupported, session.isTimeTrusted,
            let kind = answer.measure.archiveNumber,
            let grid = SlotGrid(answer.measure, intervalMinutes: answer.intervalMinutes)
        else { return 0 }
        if answer.reason != .unsupported, let difference = session.clockDifferenceSeconds,
            SessionWriting.isTooFar(difference, for: grid, now: now)
        {
            return 0
        }
        if hasFilled(answer.window, of: grid, kind: Int64(kind)) { return 0 }
        let missing = try tables.missing(
            answer.measure, of: life.key, grid: grid, window: answer.window)
        let series = RowSeries.number(life.key, Int64(kind))
        var marked = 0
        for range in missing {
            let before = grid.previous(before: range.lowerBound)
            try insertAbsent(range, after: before, kind: Int64(kind), reason: answer.reason)
            marked += grid.slots(in: range).count
            tables.coverage.touch(series, periods: range.lowerBound.minutes...range.upperBound.minutes)
            tables.absenceCame(through: range.upperBound.minutes, of: series)
        }
        return marked
    }

    /// Whether this session alone brought a whole row for every slot of a window, as it usually does: then
    /// nobody need be asked.
    private func hasFilled(_ window: ClosedRange<CivilStamp>, of grid: SlotGrid, kind: Int64) -> Bool {
        var rows = filled[...]
        var slot = grid.slot(containing: window.lowerBound)
        while slot <= window.upperBound {
            let period = slot.minutes
            while let row = rows.first, row.kind != kind || row.period < period { rows.removeFirst() }
            guard rows.first?.period == period else { return false }
            slot = grid.next(after: slot)
        }
        return true
    }

    /// Stores a range, joined with the range of the same reason that ends at the slot `before` it.
    private func insertAbsent(
        _ range: ClosedRange<CivilStamp>, after before: CivilStamp, kind: Int64, reason: AbsenceReason
    ) throws(StorageError) {
        let connection = tables.connection
        try connection.statement(
            "UPDATE absent_slot SET last = ?5 "
                + "WHERE meter_key = ?1 AND kind = ?2 AND reason = ?3 AND last = ?4"
        ).run(life.key, kind, reason.rawValue, before.minutes, range.upperBound.minutes)
        guard connection.changedRows == 0 else { return }
        try connection.statement("INSERT OR REPLACE INTO absent_slot VALUES (?1, ?2, ?3, ?4, ?5, ?6)").run(
            life.key, kind, range.lowerBound.minutes, range.upperBound.minutes, reason.rawValue,
            session.readAt.unixSeconds)
    }

    /// Drops what lies beyond the depth of a measure. Profiles wait two days for the daily pass over all
    /// meters, which costs far fewer pages than each meter's own.
    mutating func prune(_ measure: Measure) throws(StorageError) {
        let pruning = Pruning(tables: tables, cursors: cursors, life: life)
        let pruned = try pruning.prune(measure, patienceDays: measure == .powerProfile ? 2 : 0)
        outcome.pruned += pruned.count
        newestPruned = max(newestPruned, pruned.newest)
    }
}
