// Walks the events of a journal life by life and window by window, as `RowPager` walks rows.

import Metering
import Storage
import Timekeeping

/// Reads pages of one journal.
struct EventReader {
    let tables: ArchiveTables
    let query: ArchiveQuery

    static let columns = "seq, stamp, season, diff, event, number, code, before_stamp"

    /// The event a statement over `columns` stands on. Clients that ask for no tags get those they know.
    static func row(
        _ query: Statement, _ measure: Measure, _ life: MeterLife, tags: [Tag] = []
    ) -> ArchivedRow {
        let wanted = tags.isEmpty ? Tag.event : tags
        let values = (Tag.event + Tag.eventDetails).filter(wanted.contains).compactMap { tag in
            value(tag, query).map { MeasuredValue(tag, mantissa: $0) }
        }
        let reading = Reading(
            measure, at: MeterStamp(CivilStamp(seconds: query.integer(1)), isSeason: query.integer(2) != 0),
            clockDifferenceSeconds: query.optionalInteger(3).map { Int32(clamping: $0) }, values: values)
        return ArchivedRow(life: life, sequence: query.integer(0), revision: 0, reading: reading)
    }

    private static func value(_ tag: Tag, _ query: Statement) -> Int64? {
        switch tag {
        case .eventState: query.integer(4)
        case .eventNumber: query.integer(5)
        case .eventCode: query.integer(6)
        case .eventShift: query.optionalInteger(7).map { query.integer(1) - $0 }
        default: nil
        }
    }

    /// Events from `position` on until `limit` is reached or nothing is left.
    func page(
        lives: [MeterLife], _ windows: [ClosedRange<CivilStamp>], from position: ArchivePosition, limit: Int
    ) throws(StorageError) -> ArchivePage {
        var rows: [ArchivedRow] = []
        var position = position
        while position.lifeIndex < lives.count {
            let life = lives[position.lifeIndex]
            while position.windowIndex < windows.count {
                let statement = try selection(life, windows[position.windowIndex], after: position.last)
                defer { statement.reset() }
                while try statement.step() {
                    let row = EventReader.row(statement, query.measure, life, tags: query.tags)
                    rows.append(row)
                    guard rows.count >= limit else { continue }
                    position.last = ArchivePosition.Place(
                        period: statement.integer(1), season: statement.integer(5))
                    return ArchivePage(rows: rows, next: position)
                }
                position.windowIndex += 1
                position.last = nil
            }
            position = ArchivePosition(lifeIndex: position.lifeIndex + 1, windowIndex: 0, last: nil)
        }
        return ArchivePage(rows: rows, next: nil)
    }

    /// The newest event of a life within the windows.
    func newest(
        of life: MeterLife, _ windows: [ClosedRange<CivilStamp>]
    ) throws(StorageError) -> ArchivedRow? {
        for window in windows.reversed() {
            let statement = try tables.connection.statement(
                "SELECT \(EventReader.columns) FROM event WHERE meter_key = ?1 AND kind = ?2 "
                    + "AND stamp BETWEEN ?3 AND ?4 ORDER BY stamp DESC, number DESC LIMIT 1")
            bind(life, window, to: statement)
            defer { statement.reset() }
            if try statement.step() {
                return EventReader.row(statement, query.measure, life, tags: query.tags)
            }
        }
        return nil
    }

    private func selection(
        _ life: MeterLife, _ window: ClosedRange<CivilStamp>, after last: ArchivePosition.Place?
    ) throws(StorageError) -> Statement {
        let statement = try tables.connection.statement(
            "SELECT \(EventReader.columns) FROM event WHERE meter_key = ?1 AND kind = ?2 "
                + "AND stamp BETWEEN ?3 AND ?4 AND (stamp > ?5 OR (stamp = ?5 AND number > ?6)) "
                + "ORDER BY stamp, number")
        bind(life, window, to: statement)
        statement.bind(last?.period ?? Int64.min, at: 5)
        statement.bind(last?.season ?? 0, at: 6)
        return statement
    }

    private func bind(_ life: MeterLife, _ window: ClosedRange<CivilStamp>, to statement: Statement) {
        statement.bind(life.key, at: 1)
        statement.bind(Int64(query.measure.archiveNumber ?? -1), at: 2)
        statement.bind(window.lowerBound.seconds, at: 3)
        statement.bind(window.upperBound.seconds, at: 4)
    }
}
