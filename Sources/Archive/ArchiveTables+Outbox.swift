// Walks along the sequence. The four tables' sequence indexes are merged by SQLite in order, without sorting;
// only rows in scope are fetched.

import Metering
import Storage
import Timekeeping

extension ArchiveTables {
    /// At most this many sequence numbers are looked at in one call.
    private static let scanLimit: Int64 = 20_000

    /// One bounded walk; the page says how far it looked, so that numbers out of scope cost no second look.
    func outbox(
        after: Int64, through: Int64, scope: PublicationScope, limit: Int, lives: [Int64: MeterLife]
    ) throws(StorageError) -> OutboxPage {
        let kinds = KindSet(scope.measures)
        let meters = scope.meters.map(Set.init)
        let walk = try connection.statement(walkText(scope.measures))
        walk.bind(after, at: 1)
        walk.bind(through, at: 2)
        walk.bind(ArchiveTables.scanLimit, at: 3)
        defer { walk.reset() }
        var page = OutboxPage(rows: [], scannedThrough: after, isComplete: false)
        var scanned: Int64 = 0
        while try walk.step() {
            scanned += 1
            let kind = RowSeries.kind(walk.integer(1))
            if kinds.contains(kind), let life = lives[RowSeries.meterKey(walk.integer(1))],
                meters?.contains(life.meterID) ?? true,
                let row = try row(walk, life: life, kind: kind), row.isTold
            {
                page.rows.append(row)
            }
            page.scannedThrough = walk.integer(0)
            if page.rows.count >= limit { return page }
        }
        if scanned < ArchiveTables.scanLimit {
            page.isComplete = true
            page.scannedThrough = max(through, after)
        }
        return page
    }

    /// Rows in scope beyond `after`, of the first `scanLimit` sequence numbers.
    func waitingRows(
        after: Int64, scope: PublicationScope, lives: [Int64: MeterLife]
    ) throws(StorageError) -> Int {
        let kinds = KindSet(scope.measures)
        let meters = scope.meters.map(Set.init)
        let walk = try connection.statement(walkText(scope.measures))
        walk.bind(after, at: 1)
        walk.bind(Int64.max, at: 2)
        walk.bind(ArchiveTables.scanLimit, at: 3)
        defer { walk.reset() }
        var count = 0
        while try walk.step() {
            let series = walk.integer(1)
            guard kinds.contains(RowSeries.kind(series)), let life = lives[RowSeries.meterKey(series)] else {
                continue
            }
            if meters?.contains(life.meterID) ?? true { count += 1 }
        }
        return count
    }

    /// Rows of one meter and kind between a history's position and its end, of all lives of the point.
    func rows(
        of history: PublicationHistory, lives: [MeterLife], limit: Int
    ) throws(StorageError) -> OutboxPage {
        if history.measure.journal != nil { return try events(of: history, lives: lives, limit: limit) }
        guard let family = ColumnFamily.of(history.measure), let kind = history.measure.archiveNumber else {
            return OutboxPage(rows: [], scannedThrough: history.through, isComplete: true)
        }
        let reader = reader(history.measure, family)
        var rows: [ArchivedRow] = []
        // The unary plus keeps the planner on the primary key: one meter's rows instead of the whole
        // sequence.
        let text =
            "SELECT \(family.queries.columns) FROM \(family.table) "
            + "WHERE series = ?1 AND +seq > ?2 AND +seq <= ?3 ORDER BY +seq LIMIT ?4"
        for life in lives {
            let query = try connection.statement(text)
            query.bind(RowSeries.number(life.key, Int64(kind)), at: 1)
            query.bind(history.sequence, at: 2)
            query.bind(history.through, at: 3)
            query.bind(Int64(limit), at: 4)
            defer { query.reset() }
            while try query.step() { rows.append(ArchiveTables.row(query, life: life, reader: reader)) }
        }
        rows.sort { $0.sequence < $1.sequence }
        guard rows.count >= limit else {
            return OutboxPage(
                rows: rows.filter(\.isTold), scannedThrough: history.through, isComplete: true)
        }
        rows.removeLast(rows.count - limit)
        return OutboxPage(
            rows: rows.filter(\.isTold), scannedThrough: rows.last?.sequence ?? history.through,
            isComplete: false)
    }

    /// Compares what a publication covers with what it covered, item by item. A new item gets the history
    /// that the cursor has passed already; one that is gone is forgotten, and would be sent again if it came
    /// back.
    func openScope(
        _ key: CursorKey, meters: [Int], measures: [Measure], position: Int64
    ) throws(StorageError) -> [PublicationHistory] {
        var known = try loadScope(key)
        var found: [PublicationHistory] = []
        for meter in meters {
            for measure in measures {
                guard let kind = measure.archiveNumber else { continue }
                let item = ScopeItem(meter: meter, kind: kind)
                let state = known.removeValue(forKey: item)
                if let state, state.sequence >= state.through { continue }
                if state == nil {
                    try connection.statement("INSERT INTO cursor_scope VALUES (?1, ?2, ?3, ?4, 0, ?5)").run(
                        Int64(key.publication), Int64(key.broker), Int64(meter), Int64(kind), position)
                    if position == 0 { continue }
                }
                found.append(
                    PublicationHistory(
                        meterID: meter, measure: measure, sequence: state?.sequence ?? 0,
                        through: state?.through ?? position))
            }
        }
        for item in known.keys {
            try connection.statement(
                "DELETE FROM cursor_scope WHERE publication = ?1 AND broker = ?2 AND id = ?3 AND kind = ?4"
            ).run(Int64(key.publication), Int64(key.broker), Int64(item.meter), Int64(item.kind))
        }
        return found
    }

    /// A meter and a kind that a publication covers.
    private struct ScopeItem: Hashable {
        let meter: Int
        let kind: Int
    }

    /// What a publication covered when it last looked, and how much of late joiners' history is out.
    private func loadScope(
        _ key: CursorKey
    ) throws(StorageError) -> [ScopeItem: (sequence: Int64, through: Int64)] {
        let query = try connection.statement(
            "SELECT id, kind, seq, upto FROM cursor_scope WHERE publication = ?1 AND broker = ?2")
        query.bind(Int64(key.publication), at: 1)
        query.bind(Int64(key.broker), at: 2)
        defer { query.reset() }
        var known: [ScopeItem: (sequence: Int64, through: Int64)] = [:]
        while try query.step() {
            let item = ScopeItem(meter: Int(query.integer(0)), kind: Int(query.integer(1)))
            known[item] = (query.integer(2), query.integer(3))
        }
        return known
    }

    /// The present values of the row a step of the walk stands on. Nil when it was renewed or pruned
    /// meanwhile, which one transaction excludes, or its kind is of a later schema.
    private func row(
        _ walk: Statement, life: MeterLife, kind: Int64
    ) throws(StorageError) -> ArchivedRow? {
        guard let (family, measure) = ColumnFamily.of(kind: kind) else {
            return try event(numbered: walk.integer(0), life: life, kind: kind)
        }
        let query = try connection.statement(family.queries.slot)
        query.bind(walk.integer(1), at: 1)
        query.bind(walk.integer(2), at: 2)
        defer { query.reset() }
        guard try query.step() else { return nil }
        return ArchiveTables.row(query, life: life, reader: reader(measure, family))
    }

    /// A row with the columns of `RowQueries.columns` of its family.
    private static func row(_ query: Statement, life: MeterLife, reader: RowReader) -> ArchivedRow {
        let mark = RowMark(query.integer(4))
        return ArchivedRow(
            life: life, sequence: query.integer(2), revision: mark.revision, isTrusted: mark.isTrusted,
            reading: reader.reading(query))
    }

    /// The merged walk over the tables of `measures`: ?1 < seq ≤ ?2, at most ?3.
    private func walkText(_ measures: [Measure]) -> SQLText {
        var tables: [String] = []
        for family in ColumnFamily.all where measures.contains(where: { ColumnFamily.of($0) === family }) {
            tables.append(family.table)
        }
        if measures.contains(where: { $0.journal != nil }) { tables.append("event") }
        if tables.isEmpty { tables = ["configuration"] }
        if let known = walks[tables] { return known }
        let parts = tables.map {
            $0 == "event"
                ? ArchiveTables.eventWalk : "SELECT seq, series, slot FROM \($0) WHERE seq > ?1 AND seq <= ?2"
        }
        let text = SQLText(parts.joined(separator: " UNION ALL ") + " ORDER BY seq LIMIT ?3")
        walks[tables] = text
        return text
    }
}

/// Kinds of rows; all are below 64.
private struct KindSet {
    private var bits: UInt64 = 0

    init(_ measures: [Measure]) {
        for measure in measures { if let kind = measure.archiveNumber { bits |= 1 << UInt64(kind) } }
    }

    func contains(_ kind: Int64) -> Bool { bits & (1 << UInt64(kind)) != 0 }
}

extension ArchivedRow {
    /// Whether others are told of it: of a meter's months only those from the 1st, 00:00 (R19).
    fileprivate var isTold: Bool {
        reading.measure != .monthEnergy || reading.stamp.civil == reading.stamp.civil.startOfMonth
    }
}
