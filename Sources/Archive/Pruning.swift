// Dropping what lies beyond the depth of an archive (R13, R17): at the old end of a ring, counted only from
// trusted rows of the same life. A session prunes its own meter; profiles are pruned for all meters together
// once a day, because rows of one hour lie together in the sequence: a page of it is then changed once, not
// once a meter.

package import Faults
import Metering
import Storage
import Timekeeping

/// Rows that went.
struct PrunedRows {
    var count: Int
    /// The newest of their numbers.
    var newest: Int64

    static let none = PrunedRows(count: 0, newest: 0)
}

/// Prunes the archives of one life.
struct Pruning {
    let tables: ArchiveTables
    let cursors: [CursorKey: Int64]
    let life: MeterLife

    /// Drops rows beyond the depth, counting what a publication had not sent yet; nothing while the oldest is
    /// overdue by no more than `patienceDays`. Part of the caller's transaction.
    func prune(_ measure: Measure, patienceDays: Int64 = 0) throws(StorageError) -> PrunedRows {
        guard let family = ColumnFamily.of(measure), let kind = measure.archiveNumber else { return .none }
        let series = RowSeries.number(life.key, Int64(kind))
        guard let oldest = try oldestKept(measure, series, family) else { return .none }
        let end = RowSlot(period: oldest.minutes, isSeason: true).number
        let overdue = RowSlot(period: oldest.minutes - patienceDays * 1_440, isSeason: true).number
        guard try tables.ends(of: series, in: family).oldest < overdue else { return .none }
        var pruned = try rows(family, series, before: overdue)
        guard pruned.count > 0 else {
            tables.rowsBegin(at: overdue, of: series)
            return .none
        }
        if overdue < end { pruned = try rows(family, series, before: end) }
        for (cursor, position) in cursors.sorted(by: { $0.key < $1.key }) where position < pruned.newest {
            try countLoss(cursor, after: position, kind: Int64(kind), family, (series, end))
        }
        try tables.connection.statement(family.queries.deleteBefore).run(series, end)
        tables.rowsBegin(at: end, of: series)
        // What has no grid has neither absent slots nor days that could be counted.
        guard SlotGrid(measure) != nil else { return pruned }
        tables.coverage.forget(series: series)
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
        return pruned
    }

    /// Rows before a slot.
    private func rows(
        _ family: ColumnFamily, _ series: Int64, before end: Int64
    ) throws(StorageError) -> PrunedRows {
        let counting = try tables.connection.statement(family.queries.countBefore)
        counting.bind(series, at: 1)
        counting.bind(end, at: 2)
        defer { counting.reset() }
        guard try counting.step() else { return .none }
        return PrunedRows(count: Int(counting.integer(0)), newest: counting.integer(1))
    }

    /// The oldest stamp that stays; nil while there is nothing trusted to count from.
    private func oldestKept(
        _ measure: Measure, _ series: Int64, _ family: ColumnFamily
    ) throws(StorageError) -> CivilStamp? {
        var (depth, isCounted) = (1, false)
        if case .records(let count) = tables.depths[measure] { (depth, isCounted) = (max(count, 1), true) }
        guard let slot = try tables.trustedSlot(depth, of: series, in: family) else { return nil }
        let stamp = CivilStamp(minutes: RowSlot(slot).period)
        return isCounted ? stamp : tables.depths.oldest(of: measure, newest: stamp)
    }

    /// Adds rows about to go to a cursor's losses. Scope is not known here: the page joins it later.
    private func countLoss(
        _ cursor: CursorKey, after position: Int64, kind: Int64, _ family: ColumnFamily,
        _ places: (series: Int64, end: Int64)
    ) throws(StorageError) {
        let counting = try tables.connection.statement(family.queries.countBeforeAfter)
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

extension MeterArchive {
    /// Lives pruned in one transaction: enough to share pages, few enough to hold nobody up.
    private static let livesAtOnce = 64

    /// Prunes the profiles of all meters; `maintain` does so once a day.
    package func pruneProfiles() async throws(Fault) {
        let keys = lives.keys.sorted()
        for start in stride(from: 0, to: keys.count, by: MeterArchive.livesAtOnce) {
            let chosen = keys[start..<min(start + MeterArchive.livesAtOnce, keys.count)]
            try writing("pruning profiles") { () throws(StorageError) in
                var pruned = 0
                for key in chosen {
                    guard let life = lives[key] else { continue }
                    pruned += try Pruning(tables: tables, cursors: cursors, life: life)
                        .prune(.powerProfile).count
                }
                if pruned > 0 { try tables.keep(sequence: sequence) }
            }
            await Task.yield()
        }
    }
}
