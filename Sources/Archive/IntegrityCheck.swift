// Looking for damage without holding anybody up: a bounded look at open, where a power cut would have left
// its marks, and the whole file in slices beside the running archive. Every row must be found by its place in
// the sequence and every place must have its row; the small tables are checked by SQLite itself.

import Storage

extension ArchiveTables {
    /// Looks at both ends of every table and at the newest rows of each; at most some hundreds of pages, so
    /// that a gigabyte takes no longer than a megabyte. A complaint, or nil. Throws `.corrupt` as well.
    func complaintAtOpen() throws(StorageError) -> String? {
        for family in ColumnFamily.all {
            let table = family.table
            for order in ["", "DESC"] {
                _ = try connection.integer(
                    "SELECT seq FROM \(table) ORDER BY series \(order), slot \(order) LIMIT 1")
            }
            _ = try connection.integer("SELECT seq FROM \(table) ORDER BY seq LIMIT 1")
            let query = try connection.statement(
                "SELECT i.seq FROM (SELECT seq, series, slot FROM \(table) ORDER BY seq DESC LIMIT 64) i "
                    + "LEFT JOIN \(table) t ON t.series = i.series AND t.slot = i.slot "
                    + "WHERE t.seq IS NOT i.seq")
            defer { query.reset() }
            if try query.step() { return "row \(query.integer(0)) of \(table) is missing" }
        }
        return nil
    }
}

/// A check of the whole file, slice by slice.
struct IntegrityCheck: Sendable {
    /// What is looked at next.
    private enum Step: Sendable {
        /// Rows of a table, by key.
        case rows(String)
        /// Places of a table's rows in the sequence.
        case places(String)
        /// A table SQLite checks at once.
        case whole(String)
    }

    private var steps: [Step]
    private let stepCount: Int
    private var series = Int64.min
    private var slot = Int64.min
    private var sequence = Int64.min
    /// Rows looked at.
    private(set) var rows = 0
    /// The first thing found wrong.
    private(set) var complaint: String?

    /// A check from the beginning.
    init(_ connection: Connection) throws(StorageError) {
        let families = ColumnFamily.all.map(\.table)
        let listing = try Statement("SELECT name FROM sqlite_schema WHERE type = 'table'", on: connection)
        var others: [String] = []
        while try listing.step() { others.append(listing.text(0)) }
        steps =
            others.filter { !families.contains($0) && $0 != "sqlite_sequence" }.map(Step.whole)
            + families.flatMap { [Step.rows($0), .places($0)] }
        stepCount = steps.count
    }

    /// Whether the end or damage was reached.
    var isDone: Bool { steps.isEmpty || complaint != nil }
    /// Roughly how far it has come, 0…1.
    var share: Double { Double(stepCount - steps.count) / Double(max(stepCount, 1)) }

    /// Looks at the next `limit` rows. Throws `.corrupt` when a page cannot be read.
    mutating func advance(on connection: Connection, limit: Int = 500) throws(StorageError) {
        guard let step = steps.first, complaint == nil else { return }
        let isFinished: Bool =
            switch step {
            case .whole(let table): try whole(table, connection)
            case .rows(let table): try rows(of: table, connection, limit)
            case .places(let table): try places(of: table, connection, limit)
            }
        guard isFinished else { return }
        steps.removeFirst()
        (series, slot, sequence) = (.min, .min, .min)
    }

    /// Damage that SQLite itself met.
    mutating func note(_ reason: String) { complaint = complaint ?? reason }

    private mutating func whole(_ table: String, _ connection: Connection) throws(StorageError) -> Bool {
        let query = try Statement("PRAGMA integrity_check(\(table))", on: connection)
        if try query.step(), query.text(0) != "ok" { complaint = "\(table): \(query.text(0))" }
        return true
    }

    private mutating func rows(
        of table: String, _ connection: Connection, _ limit: Int
    ) throws(StorageError) -> Bool {
        let query = try connection.statement(
            "SELECT t.series, t.slot, t.seq, i.seq FROM \(table) t LEFT JOIN \(table) i "
                + "INDEXED BY \(table)_seq ON i.seq = t.seq AND i.series = t.series AND i.slot = t.slot "
                + "WHERE (t.series, t.slot) > (?1, ?2) ORDER BY t.series, t.slot LIMIT ?3")
        query.bind(series, at: 1)
        query.bind(slot, at: 2)
        query.bind(Int64(limit), at: 3)
        defer { query.reset() }
        var count = 0
        while try query.step() {
            count += 1
            (series, slot) = (query.integer(0), query.integer(1))
            if query.isNull(3), complaint == nil {
                complaint = "\(table): row \(query.integer(2)) is not in the sequence"
            }
        }
        rows += count
        return count < limit
    }

    private mutating func places(
        of table: String, _ connection: Connection, _ limit: Int
    ) throws(StorageError) -> Bool {
        let query = try connection.statement(
            "SELECT i.seq, t.seq FROM (SELECT seq, series, slot FROM \(table) WHERE seq > ?1 ORDER BY seq "
                + "LIMIT ?2) i LEFT JOIN \(table) t ON t.series = i.series AND t.slot = i.slot")
        query.bind(sequence, at: 1)
        query.bind(Int64(limit), at: 2)
        defer { query.reset() }
        var count = 0
        while try query.step() {
            count += 1
            sequence = max(sequence, query.integer(0))
            if query.optionalInteger(1) != query.integer(0), complaint == nil {
                complaint = "\(table): row \(query.integer(0)) is missing"
            }
        }
        return count < limit
    }
}
