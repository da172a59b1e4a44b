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
    private var reader: RowReader

    /// Reads `query`, whose windows have been joined.
    init(
        tables: ArchiveTables, query: ArchiveQuery, family: ColumnFamily, windows: [ClosedRange<CivilStamp>]
    ) {
        self.tables = tables
        self.query = query
        self.family = family
        self.windows = windows
        kind = Int64(query.measure.archiveNumber ?? -1)
        reader = RowReader(query.measure, family: family, tags: query.tags)
    }

    /// Rows from `position` on until `limit` is reached or nothing is left.
    mutating func page(
        lives: [MeterLife], from position: ArchivePosition, limit: Int
    ) throws(StorageError) -> ArchivePage {
        var rows: [ArchivedRow] = []
        if limit < 100_000 { rows.reserveCapacity(limit) }
        var position = position
        while position.lifeIndex < lives.count {
            while position.windowIndex < windows.count {
                let life = lives[position.lifeIndex]
                if let last = try collect(life, position, limit: limit, into: &rows) {
                    position.last = last
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
    mutating func newest(of life: MeterLife) throws(StorageError) -> ArchivedRow? {
        for window in windows.reversed() {
            let statement = try tables.connection.statement(RowQueries.newest(family))
            bind(life, window, to: statement)
            defer { statement.reset() }
            if try statement.step() { return row(statement, of: life) }
        }
        return nil
    }

    /// Appends rows of one window; returns the place of the last one when `limit` was reached.
    private mutating func collect(
        _ life: MeterLife, _ position: ArchivePosition, limit: Int, into rows: inout [ArchivedRow]
    ) throws(StorageError) -> ArchivePosition.Place? {
        let statement = try tables.connection.statement(RowQueries.page(family))
        bind(life, windows[position.windowIndex], to: statement)
        if let last = position.last { statement.bind(last.period, at: 3) }
        statement.bind(position.last?.period ?? Int64.min, at: 7)
        statement.bind(position.last?.season ?? 0, at: 8)
        defer { statement.reset() }
        while try statement.step() {
            if !isServed(statement.integer(4)) { continue }
            rows.append(row(statement, of: life))
            if rows.count >= limit {
                return ArchivePosition.Place(period: statement.integer(2), season: statement.integer(3))
            }
        }
        return nil
    }

    /// R19: of monthly rows only the 1st at 00:00 is a calendar month.
    private func isServed(_ stamp: Int64) -> Bool {
        guard query.measure == .monthEnergy, query.billing != .all else { return true }
        let civil = CivilStamp(seconds: stamp)
        return (civil == civil.startOfMonth) == (query.billing == .calendarMonths)
    }

    /// Places ?1…?6 of the row queries.
    private func bind(_ life: MeterLife, _ window: ClosedRange<CivilStamp>, to statement: Statement) {
        statement.bind(life.key, at: 1)
        statement.bind(kind, at: 2)
        statement.bind(window.lowerBound.minutes, at: 3)
        // A partial row's period lies up to an interval after its stamp.
        statement.bind(window.upperBound.minutes + 60, at: 4)
        statement.bind(window.lowerBound.seconds, at: 5)
        statement.bind(window.upperBound.seconds, at: 6)
    }

    /// The row a statement stands on.
    private mutating func row(_ statement: Statement, of life: MeterLife) -> ArchivedRow {
        ArchivedRow(
            life: life, sequence: statement.integer(5), revision: statement.integer(6),
            isTrusted: statement.integer(7) != 0, reading: reader.reading(statement))
    }
}
