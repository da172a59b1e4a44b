// What is remembered of a series of rows, so that a session which adds the newest row, as nearly all do,
// asks the database neither what is missing nor what has become too old. Loaded at its first use. Whoever
// writes or drops rows or absent slots says so here, inside the transaction; a rollback, and a transaction of
// another program, forget everything.

import Storage

/// The ends of one series. All four bounds may be further out than the rows, never further in.
struct SeriesMemory {
    /// No row lies before this slot.
    var oldest: Int64
    /// No row lies after this slot.
    var newest: Int64
    /// No absent slot lies after this period.
    var lastAbsent: Int64
    /// Where depth counts from; nil until something is pruned.
    var rank: TrustedRank?

    /// A row came to a slot that was empty.
    mutating func rowCame(_ slot: Int64, isTrusted: Bool) {
        oldest = min(oldest, slot)
        newest = max(newest, slot)
        if isTrusted { rank?.rowCame(slot) }
    }
}

/// The row that so many trusted ones, itself among them, are not older than (R13).
struct TrustedRank {
    /// How many.
    let depth: Int
    /// Slot of that row, or of an older one while `count` is larger than `depth`; nil while there have been
    /// fewer.
    var slot: Int64?
    /// Trusted rows from `slot` on.
    var count: Int

    /// A trusted row came to a slot that was empty.
    mutating func rowCame(_ added: Int64) {
        if depth == 1 {
            (slot, count) = (max(slot ?? added, added), 1)
        } else if slot.map({ added > $0 }) ?? true {
            count += 1
        }
    }
}

extension ArchiveTables {
    /// The ends of a series of `family`.
    func ends(of series: Int64, in family: ColumnFamily) throws(StorageError) -> SeriesMemory {
        if let known = memory[series] { return known }
        let rows = try connection.statement(family.queries.ends)
        rows.bind(series, at: 1)
        defer { rows.reset() }
        _ = try rows.step()
        let absences = try connection.statement(ArchiveTables.lastAbsence)
        absences.bind(RowSeries.meterKey(series), at: 1)
        absences.bind(RowSeries.kind(series), at: 2)
        defer { absences.reset() }
        _ = try absences.step()
        let ends = SeriesMemory(
            oldest: rows.optionalInteger(0) ?? .max, newest: rows.optionalInteger(1) ?? .min,
            lastAbsent: absences.optionalInteger(0) ?? .min)
        memory[series] = ends
        return ends
    }

    private static let lastAbsence = SQLText(
        "SELECT max(last) FROM absent_slot WHERE meter_key = ?1 AND kind = ?2")

    /// The slot of the `depth`-th newest trusted row of a series, nil when it has fewer. Asked again after
    /// one more row it costs one step along the series, however deep that is.
    func trustedSlot(
        _ depth: Int, of series: Int64, in family: ColumnFamily
    ) throws(StorageError) -> Int64? {
        var rank: TrustedRank
        if let known = try ends(of: series, in: family).rank, known.depth == depth {
            rank = known
        } else {
            rank = try loadRank(depth, of: series, in: family)
        }
        if rank.count > depth || (rank.slot == nil && rank.count == depth) {
            let query = try connection.statement(family.queries.trustedAfter)
            query.bind(series, at: 1)
            query.bind(rank.slot ?? .min, at: 2)
            query.bind(Int64(rank.count - depth - (rank.slot == nil ? 0 : 1)), at: 3)
            defer { query.reset() }
            if try query.step() { rank = TrustedRank(depth: depth, slot: query.integer(0), count: depth) }
        }
        memory[series]?.rank = rank
        return rank.slot
    }

    private func loadRank(
        _ depth: Int, of series: Int64, in family: ColumnFamily
    ) throws(StorageError) -> TrustedRank {
        let query = try connection.statement(family.queries.trusted)
        query.bind(series, at: 1)
        query.bind(Int64(depth - 1), at: 2)
        defer { query.reset() }
        if try query.step() { return TrustedRank(depth: depth, slot: query.integer(0), count: depth) }
        let counting = try connection.statement(family.queries.trustedCount)
        counting.bind(series, at: 1)
        defer { counting.reset() }
        return TrustedRank(depth: depth, slot: nil, count: try counting.step() ? Int(counting.integer(0)) : 0)
    }

    // MARK: - What changes

    /// A row came to a slot that was empty.
    func rowCame(at key: SlotKey, isTrusted: Bool) {
        memory[key.series]?.rowCame(key.slot, isTrusted: isTrusted)
    }

    /// Rows of a series before `slot` went, or were never there.
    func rowsBegin(at slot: Int64, of series: Int64) { memory[series]?.oldest = slot }

    /// Slots of a series were found to be absent, the last of them at `period`.
    func absenceCame(through period: Int64, of series: Int64) {
        guard let known = memory[series]?.lastAbsent, known < period else { return }
        memory[series]?.lastAbsent = period
    }

    /// More has changed of a series than is followed.
    func forgetEnds(of series: Int64) { memory[series] = nil }

    /// Many rows of a life changed, or it went.
    func forget(life: Int64) {
        coverage.forget(life: life)
        journalMemory[life] = nil
        for kind in Int64(0)..<64 { memory[RowSeries.number(life, kind)] = nil }
    }

    /// Rows came or went that nobody has told of.
    func forgetAll() {
        coverage = CoverageMemo()
        memory.removeAll()
        journalMemory.removeAll()
    }
}
