// Bringing rows over from a damaged file. Tables that the archive cannot do without come at once; rows come
// in slices beside the running archive, series by series, from both ends of what a damaged page hides and
// then between, by halves. What was stored anew meanwhile stays.

import Metering
import Storage

/// The work of one repair.
final class Salvage {
    /// A stretch of slots of one series that has not been read yet.
    private struct Stretch {
        let family: ColumnFamily
        let series: Int64
        var slots: ClosedRange<Int64>
        var isReversed = false
    }

    private let source: Connection
    private let target: Connection
    private var stretches: [Stretch] = []
    private let sourcePath: String
    /// Series that may be brought over, and the slots of believable rows.
    private let believable: (series: Set<Int64>, slots: ClosedRange<Int64>)
    /// Pages are read off one by one when the trees above them turned out to have holes.
    private var scan: PageScan?
    private var page = 1
    /// Lives whose events may be brought over, when the table of events turned out to have holes.
    private var eventKeys: Set<Int64> = []
    /// Failures left for the series being read: a table without its root would be searched slot by slot.
    private var patience = Salvage.patience
    private var patient: Int64 = -1
    /// Rows brought over.
    private(set) var rows = 0
    /// Stretches given up.
    private(set) var holes = 0

    private static let patience = 20_000
    /// Narrower stretches are given up: hardly more than one half-hour fits.
    private static let narrow: Int64 = 128
    /// Twelve years of slots.
    private static let reach: Int64 = 12 * 366 * 2_880

    /// Prepares to read rows of `source`; `newest` is a slot after every believable row.
    init(from source: Connection, to target: Connection, newest: Int64) throws(StorageError) {
        self.source = source
        self.target = target
        sourcePath = source.path
        var keys: [Int64] = []
        let lives = try Statement("SELECT meter_key FROM meter ORDER BY meter_key DESC", on: target)
        while try lives.step() { keys.append(lives.integer(0)) }
        for family in ColumnFamily.all {
            for key in keys {
                for kind in family.kinds {
                    stretches.append(
                        Stretch(
                            family: family, series: RowSeries.number(key, kind),
                            slots: (newest - Salvage.reach)...newest))
                }
            }
        }
        believable = (Set(stretches.map(\.series)), (newest - Salvage.reach)...newest)
        // Events came over with the other tables, from both ends; a hole may have hidden more between.
        guard try !Salvage.isReadable("event", of: source) else { return }
        holes = 1
        eventKeys = Set(keys)
        // What the hole took is asked of the meters again.
        try target.execute("UPDATE journal_mark SET read_stamp = 0")
    }

    /// Whether every row of a table can be read.
    private static func isReadable(_ table: String, of source: Connection) throws(StorageError) -> Bool {
        let walk = { () throws(StorageError) -> Bool in
            let query = try Statement("SELECT * FROM \(table) NOT INDEXED", on: source)
            while try query.step() {}
            return true
        }
        return try trying(walk) ?? false
    }

    /// Whether nothing is left to be read.
    var isDone: Bool { stretches.isEmpty && (holes == 0 || page > scan?.pageCount ?? .max - 1) }

    /// Brings about `limit` rows over, or makes so many tries; part of the caller's transaction.
    func step(limit: Int) throws(StorageError) {
        var budget = limit
        while budget > 0, let stretch = stretches.popLast() {
            if stretch.series != patient { (patient, patience) = (stretch.series, Salvage.patience) }
            budget -= 1
            try read(stretch, budget: &budget)
        }
        if stretches.isEmpty, holes > 0 { try scanPages(budget: &budget) }
    }

    /// Rows of pages that no tree leads to any more. What came over already stays as it is.
    private func scanPages(budget: inout Int) throws(StorageError) {
        if scan == nil { scan = PageScan(path: sourcePath) }
        guard let scan else {
            page = .max
            return
        }
        let families = ColumnFamily.all.map { ($0, $0.queries.names.count) }
        while budget > 0, page <= scan.pageCount {
            for record in scan.records(ofPage: page) {
                let family = families.first { $0.1 == record.count && isBelievable(record, $0.0) }?.0
                guard let table = family?.table ?? (isBelievableEvent(record) ? "event" : nil) else {
                    continue
                }
                let insertion = try Salvage.insertion(table, on: target)
                for (index, value) in record.enumerated() {
                    switch value {
                    case .null: insertion.bind(nil as Int64?, at: Int32(index + 1))
                    case .integer(let number): insertion.bind(number, at: Int32(index + 1))
                    case .text(let text): insertion.bind(text, at: Int32(index + 1))
                    }
                }
                try insertion.run()
                if target.changedRows == 1 { rows += 1 }
                budget -= 1
            }
            page += 1
            budget -= 1
        }
    }

    /// Whether a record of the right length is a row: known series of that family, slot in reach.
    private func isBelievable(_ record: [PageValue], _ family: ColumnFamily) -> Bool {
        guard case .integer(let series) = record[0], case .integer(let slot) = record[1],
            case .integer(let sequence) = record[2], case .integer = record[3], case .integer = record[4]
        else { return false }
        return believable.series.contains(series) && family.kinds.contains(RowSeries.kind(series))
            && believable.slots.contains(slot) && sequence > 0
    }

    /// Whether a record is an event: as long as one, numbers throughout, of a known life and journal.
    private func isBelievableEvent(_ record: [PageValue]) -> Bool {
        guard record.count == 15, case .integer(let key) = record[0], eventKeys.contains(key),
            case .integer(let kind) = record[1], Salvage.journals.contains(kind)
        else { return false }
        let numbers = record.dropFirst(2).dropLast(3)
        return numbers.allSatisfy { if case .integer = $0 { true } else { false } }
            && record.suffix(3).allSatisfy { if case .text = $0 { false } else { true } }
    }

    private static let journals = Set(
        Measure.allCases.filter { $0.journal != nil }.compactMap { $0.archiveNumber.map(Int64.init) })

    /// Reads a stretch until its end, a failure or the end of the budget; what is left of it comes back.
    private func read(_ stretch: Stretch, budget: inout Int) throws(StorageError) {
        let insertion = try Salvage.insertion(stretch.family.table, on: target)
        let order = stretch.isReversed ? "DESC" : "ASC"
        let text =
            "SELECT \(stretch.family.queries.columns) FROM \(stretch.family.table) "
            + "WHERE series = ?1 AND slot BETWEEN ?2 AND ?3 ORDER BY slot \(order)"
        guard let query = try Salvage.trying({ () throws(StorageError) in try source.statement(text) }) else {
            holes += 1
            return
        }
        query.bind(stretch.series, at: 1)
        query.bind(stretch.slots.lowerBound, at: 2)
        query.bind(stretch.slots.upperBound, at: 3)
        defer { query.reset() }
        var last: Int64?
        while budget > 0 {
            guard let hasRow = try Salvage.trying({ () throws(StorageError) in try query.step() }) else {
                avoid(stretch, after: last)
                return
            }
            guard hasRow, query.integer(0) == stretch.series, isNext(query.integer(1), after: last, stretch)
            else { return }
            last = query.integer(1)
            if try Salvage.copy(query, by: insertion, on: target) { rows += 1 }
            budget -= 1
        }
        push(rest(of: stretch, after: last))
    }

    /// What could be read of the damaged file; nil when it could not.
    private static func trying<Value>(
        _ body: () throws(StorageError) -> Value
    ) throws(StorageError) -> Value? {
        do throws(StorageError) {
            return try body()
        } catch {
            switch error.code {
            case .corrupt, .inputOutput, .notADatabase, .misuse: return nil
            default: throw error
            }
        }
    }

    /// Rows come in order; a page of noise would not.
    private func isNext(_ slot: Int64, after last: Int64?, _ stretch: Stretch) -> Bool {
        guard stretch.slots.contains(slot), let last else { return stretch.slots.contains(slot) }
        return stretch.isReversed ? slot < last : slot > last
    }

    /// What is left of a stretch beyond its last row.
    private func rest(of stretch: Stretch, after last: Int64?) -> Stretch? {
        guard let last else { return stretch }
        var left = stretch
        if stretch.isReversed {
            guard last > stretch.slots.lowerBound else { return nil }
            left.slots = stretch.slots.lowerBound...(last - 1)
        } else {
            guard last < stretch.slots.upperBound else { return nil }
            left.slots = (last + 1)...stretch.slots.upperBound
        }
        return left
    }

    /// Reading failed beyond `last`: first the other end, then the halves, until the hole is narrow.
    private func avoid(_ stretch: Stretch, after last: Int64?) {
        patience -= 1
        guard var left = rest(of: stretch, after: last) else { return }
        if !left.isReversed {
            left.isReversed = true
            push(left)
            return
        }
        let (low, high) = (left.slots.lowerBound, left.slots.upperBound)
        guard high - low > Salvage.narrow, patience > 0 else {
            holes += 1
            return
        }
        left.isReversed = false
        let middle = low + (high - low) / 2
        for part in [low...middle, (middle + 1)...high] {
            left.slots = part
            push(left)
        }
    }

    private func push(_ stretch: Stretch?) {
        if let stretch { stretches.append(stretch) }
    }

    // MARK: - Whole tables

    /// Brings the tables over that lives, cursors and pages need, as far as they can be read; returns whether
    /// all could. Part of the caller's transaction.
    static func copyTables(from source: Connection, to target: Connection) throws(StorageError) -> Bool {
        let rows = Set(ColumnFamily.all.map(\.table) + ["repair", "sqlite_sequence"])
        let listing = try Statement("SELECT name FROM sqlite_schema WHERE type = 'table'", on: target)
        var names: [String] = []
        while try listing.step() { names.append(listing.text(0)) }
        var isWhole = true
        for name in names where !rows.contains(name) {
            var key: [String] = []
            let columns = try Statement(
                "SELECT name FROM pragma_table_info('\(name)') WHERE pk > 0 ORDER BY pk", on: target)
            while try columns.step() { key.append("\(columns.text(0)) DESC") }
            let orders = [
                "", key.isEmpty ? "ORDER BY rowid DESC" : "ORDER BY \(key.joined(separator: ", "))",
            ]
            // The second way round brings what lies beyond the damage.
            for order in orders {
                if try copyTable(name, order, from: source, to: target) { break }
                isWhole = false
            }
        }
        return isWhole
    }

    /// Copies the rows of a table until the end or the first that cannot be read; whether the end was
    /// reached.
    private static func copyTable(
        _ name: String, _ order: String, from source: Connection, to target: Connection
    ) throws(StorageError) -> Bool {
        let insertion = try insertion(name, on: target)
        let text = "SELECT * FROM \(name) \(order)"
        guard
            let query = try trying({ () throws(StorageError) in try Statement(text, on: source) })
        else { return false }
        while let hasRow = try trying({ () throws(StorageError) in try query.step() }) {
            guard hasRow else { return true }
            _ = try copy(query, by: insertion, on: target)
        }
        return false
    }

    /// Keeps what is there; the counters of a new archive give way.
    private static func insertion(_ table: String, on target: Connection) throws(StorageError) -> Statement {
        let names = try target.statement("SELECT count(*) FROM pragma_table_info('\(table)')")
        defer { names.reset() }
        let count = try names.step() ? Int(names.integer(0)) : 0
        let places = (1...max(count, 1)).map { "?\($0)" }.joined(separator: ", ")
        let verb = table == "counter" ? "REPLACE" : "IGNORE"
        return try target.statement("INSERT OR \(verb) INTO \(table) VALUES (\(places))")
    }

    private static func copy(
        _ row: Statement, by insertion: Statement, on target: Connection
    ) throws(StorageError) -> Bool {
        for column in 0..<row.columnCount { insertion.bind(row, column: column, at: column + 1) }
        try insertion.run()
        return target.changedRows == 1
    }
}

extension ColumnFamily {
    /// `kind` numbers of the measures a family stores.
    var kinds: [Int64] {
        Measure.allCases.filter { ColumnFamily.of($0)?.table == table }
            .compactMap { $0.archiveNumber.map(Int64.init) }
    }
}
