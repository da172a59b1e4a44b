// Dropping what lies beyond the depth of an archive (R13, R17): at the old end of a ring, counted only from
// trusted rows of the same life. A session prunes its own meter; profiles are pruned for all meters together
// once a day, because rows of one hour lie together in the sequence: a page of it is then changed once, not
// once a meter.

package import Faults
import Metering
import Storage
import Timekeeping

/// Prunes the archives of one life.
struct Pruning {
    let tables: ArchiveTables
    let cursors: [CursorKey: Int64]
    let life: MeterLife

    /// Drops rows beyond the depth, counting what a publication had not sent yet; nothing while the oldest is
    /// overdue by no more than `patienceDays`. Returns how many went. Part of the caller's transaction.
    func prune(_ measure: Measure, patienceDays: Int64 = 0) throws(StorageError) -> Int {
        guard let family = ColumnFamily.of(measure), let kind = measure.archiveNumber,
            let oldest = try oldestKept(measure)
        else { return 0 }
        let range = "FROM \(family.table) WHERE series = ?1 AND slot < ?2"
        let series = RowSeries.number(life.key, Int64(kind))
        let end = RowSlot(period: oldest.minutes, isSeason: true).number
        let overdue = RowSlot(
            period: oldest.minutes - patienceDays * 1_440, isSeason: true
        ).number
        guard try doomed(range, series, before: overdue).count > 0 else { return 0 }
        let doomed = try doomed(range, series, before: end)
        for (cursor, position) in cursors.sorted(by: { $0.key < $1.key }) where position < doomed.newest {
            try countLoss(cursor, after: position, kind: Int64(kind), range: range, (series, end))
        }
        try tables.connection.statement("DELETE \(range)").run(series, end)
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
        return Int(doomed.count)
    }

    /// Rows before a slot, and the newest of their numbers.
    private func doomed(
        _ range: String, _ series: Int64, before end: Int64
    ) throws(StorageError) -> (count: Int64, newest: Int64) {
        let counting = try tables.connection.statement("SELECT count(*), max(seq) \(range)")
        counting.bind(series, at: 1)
        counting.bind(end, at: 2)
        defer { counting.reset() }
        return try counting.step() ? (counting.integer(0), counting.integer(1)) : (0, 0)
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
                    pruned += try Pruning(tables: tables, cursors: cursors, life: life).prune(.powerProfile)
                }
                if pruned > 0 { try tables.keep(sequence: sequence) }
            }
            await Task.yield()
        }
    }
}
