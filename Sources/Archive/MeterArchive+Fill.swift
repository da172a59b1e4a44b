// How full the archive is: rows, span and unsent rows of every kind, and when the first row would be lost
// (R17). Asked for by the page of the archive; one meter after the other, so that polling is not held up.

package import Faults
package import Metering
import Storage
package import Timekeeping

/// How full one archive is, all meters together.
package struct ArchiveFill: Sendable, Hashable {
    /// Which archive.
    package var measure: Measure
    /// Stored rows.
    package var rows = 0
    /// Rows of the meter that has most, over what its depth can hold; 0…1.
    package var share = 0.0
    /// Oldest and newest stamp; nil without rows.
    package var span: ClosedRange<CivilStamp>?
    /// Rows that some publication has not sent yet; nil when nothing is published.
    package var unsent: Int?
    /// When depth takes the first row that was not sent (or, without publications, the first row), by the
    /// meters' clocks; nil for a depth in records and for an empty archive.
    package var firstLoss: CivilStamp?

    /// An empty archive.
    package init(_ measure: Measure) { self.measure = measure }
}

extension MeterArchive {
    /// The fill of every archive that has a depth, in the order of their storage codes; of journals only
    /// those with events.
    package func fills() async throws(Fault) -> [ArchiveFill] {
        let measures = Measure.plain.filter { $0.archiveNumber != nil }
            .sorted { ($0.archiveNumber ?? 0) < ($1.archiveNumber ?? 0) }
        var fills: [ArchiveFill] = []
        for measure in measures {
            var fill = ArchiveFill(measure)
            let sent = cursors.values.min()
            fill.unsent = sent.map { _ in 0 }
            for life in lives.values.sorted(by: { $0.key < $1.key }) {
                try reading("measuring \(measure.rawValue)") { () throws(StorageError) in
                    try tables.add(life.key, to: &fill, depth: depths, sentUpTo: sent)
                }
                await Task.yield()
            }
            fills.append(fill)
        }
        return fills + (try await journalFills())
    }

    /// Octets of the database file and its log, and how many of them are free pages inside.
    package func fileSize() throws(Fault) -> (octets: Int64, freeInside: Int64) {
        try reading("asking for the size of the archive") { () throws(StorageError) in
            let size = try connection.integer("PRAGMA page_size") ?? 0
            let pages = try connection.integer("PRAGMA page_count") ?? 0
            let free = try connection.integer("PRAGMA freelist_count") ?? 0
            return (pages * size, free * size)
        }
    }
}

extension ArchiveTables {
    /// Adds the rows of one life.
    fileprivate func add(
        _ key: Int64, to fill: inout ArchiveFill, depth: RetentionDepths, sentUpTo sent: Int64?
    ) throws(StorageError) {
        guard let family = ColumnFamily.of(fill.measure), let kind = fill.measure.archiveNumber else {
            return
        }
        let query = try connection.statement(
            "SELECT count(*), min(stamp), max(stamp), sum(seq > ?2), min(CASE WHEN seq > ?2 THEN stamp END) "
                + "FROM (SELECT seq, \(RowMark.stampText) AS stamp FROM \(family.table) WHERE series = ?1)")
        query.bind(RowSeries.number(key, Int64(kind)), at: 1)
        query.bind(sent ?? 0, at: 2)
        defer { query.reset() }
        guard try query.step(), query.integer(0) > 0 else { return }
        let rows = Int(query.integer(0))
        let oldest = CivilStamp(seconds: query.integer(1))
        let newest = CivilStamp(seconds: query.integer(2))
        fill.rows += rows
        fill.span =
            min(fill.span?.lowerBound ?? oldest, oldest)...max(fill.span?.upperBound ?? newest, newest)
        if sent != nil { fill.unsent = (fill.unsent ?? 0) + Int(query.integer(3)) }
        let kept = depth.oldest(of: fill.measure, newest: newest)
        let share: Double =
            switch depth[fill.measure] {
            case .records(let count): Double(rows) / Double(max(count, 1))
            default:
                Double(newest.seconds - oldest.seconds)
                    / Double(max(newest.seconds - (kept ?? oldest).seconds, 1))
            }
        fill.share = max(fill.share, min(share, 1))
        let first = sent == nil ? oldest : query.optionalInteger(4).map { CivilStamp(seconds: $0) }
        if let first, let kept {
            // The depth moves with the newest row: so long after it, this row is the oldest that stays.
            let loss = first.adding(seconds: newest.seconds - kept.seconds)
            fill.firstLoss = min(fill.firstLoss ?? loss, loss)
        }
    }
}
