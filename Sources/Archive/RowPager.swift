// Walks the rows of a query life by life and window by window.

import Metering
import Storage
import Timekeeping

/// Reads pages of one query.
struct RowPager {
    private let tables: ArchiveTables
    private let query: ArchiveQuery
    private let family: ColumnFamily
    private let kind: Int64
    private let windows: [ClosedRange<CivilStamp>]
    private let reader: RowReader

    /// Reads `query`, whose windows have been joined.
    init(
        tables: ArchiveTables, query: ArchiveQuery, family: ColumnFamily, windows: [ClosedRange<CivilStamp>]
    ) {
        self.tables = tables
        self.query = query
        self.family = family
        self.windows = windows
        kind = Int64(query.measure.archiveNumber ?? -1)
        reader =
            query.tags.isEmpty
            ? tables.reader(query.measure, family)
            : RowReader(query.measure, family: family, shapes: tables.shapes(family), tags: query.tags)
    }

    /// Rows from `position` on until `limit` is reached or nothing is left.
    func page(
        lives: [MeterLife], from position: ArchivePosition, limit: Int
    ) throws(StorageError) -> ArchivePage {
        var rows: [ArchivedRow] = []
        rows.reserveCapacity(min(limit, 64))
        var position = position
        while position.lifeIndex < lives.count {
            while position.windowIndex < windows.count {
                let life = lives[position.lifeIndex]
                if let last = try collect(life, position, limit: limit, into: &rows) {
                    position.last = ArchivePosition.Place(
                        period: last.period, season: last.isSeason ? 1 : 0)
                    return ArchivePage(rows: rows, next: position)
                }
                position.windowIndex += 1
                position.last = nil
            }
            position = ArchivePosition(lifeIndex: position.lifeIndex + 1, windowIndex: 0, last: nil)
        }
        return ArchivePage(rows: rows, next: nil)
    }

    /// The newest row of a life within the query's windows.
    func newest(of life: MeterLife) throws(StorageError) -> ArchivedRow? {
        for window in windows.reversed() {
            let statement = try tables.connection.statement(family.queries.newest)
            bind(life, window, from: nil, to: statement)
            defer { statement.reset() }
            while try statement.step() {
                let row = row(statement, of: life)
                if window.contains(row.reading.stamp.civil) { return row }
            }
        }
        return nil
    }

    /// Appends rows of one window; returns the slot of the last one when `limit` was reached.
    private func collect(
        _ life: MeterLife, _ position: ArchivePosition, limit: Int, into rows: inout [ArchivedRow]
    ) throws(StorageError) -> RowSlot? {
        let window = windows[position.windowIndex]
        let statement = try tables.connection.statement(family.queries.page)
        let last = position.last.map { RowSlot(period: $0.period, isSeason: $0.season != 0) }
        bind(life, window, from: last, to: statement)
        defer { statement.reset() }
        var hasRoom = false
        while try statement.step() {
            let row = row(statement, of: life)
            if !hasRoom {
                hasRoom = true
                let more = try mostRows(of: life, from: row.reading, until: window.upperBound)
                rows.reserveCapacity(min(limit, rows.count + more))
            }
            guard window.contains(row.reading.stamp.civil), isServed(row.reading.stamp.civil) else {
                continue
            }
            rows.append(row)
            if rows.count >= limit { return RowSlot(statement.integer(1)) }
        }
        return nil
    }

    /// How many rows there can be from the first one on, the clock never put back: a year of half-hours would
    /// else be copied again and again as it grows. 0 for rows of no interval.
    private func mostRows(
        of life: MeterLife, from first: Reading, until end: CivilStamp
    ) throws(StorageError) -> Int {
        guard first.intervalMinutes > 0 else { return 0 }
        let ends = try tables.ends(of: RowSeries.number(life.key, kind), in: family)
        let minutes = min(RowSlot(ends.newest).period, end.minutes) - first.stamp.civil.minutes
        return min(max(0, Int(minutes / Int64(first.intervalMinutes)) + 1), RowPager.room)
    }

    /// Rows that room is made for at once: somewhat less than two years of half-hours. A single row of a
    /// clock that is years ahead must not ask for more.
    private static let room = 32_768

    /// R19: of monthly rows only the 1st at 00:00 is a calendar month.
    private func isServed(_ stamp: CivilStamp) -> Bool {
        guard query.measure == .monthEnergy, query.billing != .all else { return true }
        return (stamp == stamp.startOfMonth) == (query.billing == .calendarMonths)
    }

    /// Places of the row queries; what was delivered up to `last` is passed over.
    private func bind(
        _ life: MeterLife, _ window: ClosedRange<CivilStamp>, from last: RowSlot?, to statement: Statement
    ) {
        let first = RowSlot(period: window.lowerBound.minutes, isSeason: true).number
        // A partial row's period lies up to an interval after its stamp.
        let end = RowSlot(period: window.upperBound.minutes + 60, isSeason: false).number
        statement.bind(RowSeries.number(life.key, kind), at: 1)
        statement.bind(max(first, last.map { $0.number + 1 } ?? first), at: 2)
        statement.bind(end, at: 3)
    }

    /// The row a statement stands on.
    private func row(_ statement: Statement, of life: MeterLife) -> ArchivedRow {
        let mark = RowMark(statement.integer(4))
        return ArchivedRow(
            life: life, sequence: statement.integer(2), revision: mark.revision,
            isTrusted: mark.isTrusted, reading: reader.reading(statement, mark))
    }
}
