// Reading rows back: windows OR-ed and inclusive, tags chosen, ascending, newest only; in bounded pages, so
// that an answer of any length streams with little memory and no statement stays open across a suspension.

package import Faults
package import Metering
import Storage
package import Timekeeping

extension MeterArchive {
    /// The next piece of a query's answer from `position` on: at least `limit` rows or the end. Lives of a
    /// point come oldest first, the present one last. Windows that overlap are joined, so no row comes twice.
    package func page(
        _ query: ArchiveQuery, from position: ArchivePosition = .start, limit: Int = 500
    ) throws(Fault) -> ArchivePage {
        if query.measure.journal != nil { return try eventPage(query, from: position, limit: limit) }
        guard let family = ColumnFamily.of(query.measure) else { return ArchivePage(rows: [], next: nil) }
        let lives = lives(of: query.meters)
        let windows = ArchiveWindows.join(query.windows)
        return try reading("reading \(query.measure.rawValue)") { () throws(StorageError) in
            if query.newestOnly {
                return ArchivePage(
                    rows: try newestRows(query, family, lives: lives, windows: windows), next: nil)
            }
            let reader = RowPager(tables: tables, query: query, family: family, windows: windows)
            return try reader.page(lives: lives, from: position, limit: max(limit, 1))
        }
    }

    /// All rows of a query; for answers known to be small.
    package func rows(_ query: ArchiveQuery) throws(Fault) -> [ArchivedRow] {
        try page(query, limit: .max).rows
    }

    /// The newest row of a measure for each meter that has one, of its present life; 1,000 meters in
    /// milliseconds.
    package func latest(
        _ measure: Measure, meters: [Int] = [], tags: [Tag] = []
    ) throws(Fault) -> [ArchivedRow] {
        try page(ArchiveQuery(measure, meters: meters, tags: tags, newestOnly: true, billing: .all)).rows
    }

    /// Present life of a meter; nil when it is not registered.
    package func life(of meter: Int) -> MeterLife? { present[meter] }

    /// Every life of the meters asked for, in that order, oldest first within a meter; all meters when empty.
    package func lives(of meters: [Int]) -> [MeterLife] {
        let wanted = meters.isEmpty ? present.keys.sorted() : meters
        guard lives.count > present.count else { return wanted.compactMap { present[$0] } }
        let former = Dictionary(grouping: lives.values.filter { $0.until != nil }, by: \.meterID)
        return wanted.flatMap { meter -> [MeterLife] in
            guard let life = present[meter] else { return [] }
            return (former[meter] ?? []).sorted { ($0.since, $0.key) < ($1.since, $1.key) } + [life]
        }
    }

    /// One seek per meter, of its present life only: an old serial's last row is not the point's newest.
    private func newestRows(
        _ query: ArchiveQuery, _ family: ColumnFamily, lives: [MeterLife],
        windows: [ClosedRange<CivilStamp>]
    ) throws(StorageError) -> [ArchivedRow] {
        let pager = RowPager(tables: tables, query: query, family: family, windows: windows)
        var rows: [ArchivedRow] = []
        for life in lives where life.until == nil {
            if let row = try pager.newest(of: life) { rows.append(row) }
        }
        return rows
    }
}

/// Joins OR-ed windows.
enum ArchiveWindows {
    /// Disjoint windows, ascending; everything when none is given.
    static func join(_ windows: [ClosedRange<CivilStamp>]) -> [ClosedRange<CivilStamp>] {
        guard !windows.isEmpty else { return [CivilStamp.archiveBegin...CivilStamp.archiveEnd] }
        var joined: [ClosedRange<CivilStamp>] = []
        for window in windows.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = joined.last, window.lowerBound <= last.upperBound {
                joined[joined.count - 1] = last.lowerBound...max(last.upperBound, window.upperBound)
            } else {
                joined.append(window)
            }
        }
        return joined
    }
}

extension CivilStamp {
    /// Before any row: a bound for one-sided windows.
    package static let archiveBegin = CivilStamp(seconds: -1 << 40)
    /// After any row: a bound for one-sided windows.
    package static let archiveEnd = CivilStamp(seconds: 1 << 40)
}
