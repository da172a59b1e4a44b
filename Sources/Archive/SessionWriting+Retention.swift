// The two ends of a ring: slots the meter does not have are marked absent so that gap queries end (R15), and
// what lies beyond the depth goes, in the same transaction, counted only from trusted rows of the same life
// (R13).

import Metering
import Storage
import Timekeeping

extension SessionWriting {
    /// Marks slots of an answered window that have no whole row; returns how many were newly marked.
    func markAbsent(_ answer: AnsweredWindow) throws(StorageError) -> Int {
        guard answer.holdsLaterRow || answer.reason == .unsupported, session.isTimeTrusted,
            let kind = answer.measure.archiveNumber,
            let grid = SlotGrid(answer.measure, intervalMinutes: answer.intervalMinutes)
        else { return 0 }
        let missing = try tables.missing(
            answer.measure, of: life.key, grid: grid, window: answer.window)
        var marked = 0
        for range in missing {
            let before = grid.previous(before: range.lowerBound)
            try insertAbsent(range, after: before, kind: Int64(kind), reason: answer.reason)
            marked += grid.slots(in: range).count
        }
        return marked
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

    /// Drops what lies beyond the depth of a measure, counting what a publication had not sent yet.
    mutating func prune(_ measure: Measure) throws(StorageError) {
        guard let family = ColumnFamily.of(measure), let kind = measure.archiveNumber,
            let oldest = try oldestKept(measure)
        else { return }
        let range = "FROM \(family.table) WHERE series = ?1 AND slot < ?2"
        let series = RowSeries.number(life.key, Int64(kind))
        let end = RowSlot(period: oldest.minutes, isSeason: true).number
        let counting = try tables.connection.statement("SELECT count(*), max(seq) \(range)")
        counting.bind(series, at: 1)
        counting.bind(end, at: 2)
        var doomed: (count: Int64, newest: Int64) = (0, 0)
        if try counting.step() { doomed = (counting.integer(0), counting.integer(1)) }
        counting.reset()
        guard doomed.count > 0 else { return }
        for (cursor, position) in cursors.sorted(by: { $0.key < $1.key }) where position < doomed.newest {
            try countLoss(cursor, after: position, kind: Int64(kind), range: range, (series, end))
        }
        try tables.connection.statement("DELETE \(range)").run(series, end)
        let places = (life.key, Int64(kind), oldest.minutes)
        try tables.connection.statement(
            "DELETE FROM absent_slot WHERE meter_key = ?1 AND kind = ?2 AND last < ?3"
        ).run(places.0, places.1, places.2)
        if measure == .powerProfile {
            try tables.connection.statement(
                "DELETE FROM profile_part WHERE meter_key = ?1 AND kind = ?2 AND period < ?3"
            ).run(places.0, places.1, places.2)
        }
        if measure == .dayEnergy {
            try tables.connection.statement(
                "DELETE FROM unbalanced_day WHERE meter_key = ?1 AND day < ?2"
            ).run(life.key, oldest.dayNumber)
        }
        outcome.pruned += Int(doomed.count)
    }

    /// The oldest stamp that stays; nil while there is nothing trusted to count from.
    private func oldestKept(_ measure: Measure) throws(StorageError) -> CivilStamp? {
        if case .records(let count) = tables.depths[measure] {
            return try tables.newestTrusted(measure, of: life.key, skipping: max(count - 1, 0))
        }
        guard let newest = try tables.newestTrusted(measure, of: life.key) else { return nil }
        return tables.depths.oldest(of: measure, newest: newest)
    }

    /// Adds rows about to go to a cursor's losses. Scope is not known here: the page joins it later.
    private func countLoss(
        _ cursor: CursorKey, after position: Int64, kind: Int64, range: String,
        _ places: (series: Int64, end: Int64)
    ) throws(StorageError) {
        let counting = try tables.connection.statement("SELECT count(*) \(range) AND seq > ?3")
        counting.bind(places.series, at: 1)
        counting.bind(places.end, at: 2)
        counting.bind(position, at: 3)
        let lost = try counting.step() ? counting.integer(0) : 0
        counting.reset()
        try tables.connection.statement(
            "INSERT INTO cursor_loss VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE SET lost = lost + ?5"
        ).run(Int64(cursor.publication), Int64(cursor.broker), Int64(life.meterID), kind, lost)
    }
}
