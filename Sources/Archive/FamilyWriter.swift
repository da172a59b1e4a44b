// The statements and scratch columns one family's table is written with. Values of a row go from the reading
// to the statement through one reused `RowColumns`; a row of an empty slot costs one INSERT and nothing else.

import Metering
import Storage
import Timekeeping

/// Where a row belongs.
struct SlotKey: Sendable, Hashable {
    /// The life.
    var meterKey: Int64
    /// `Measure.archiveNumber`.
    var kind: Int64
    /// Minutes since 2000-01-01 of the meter's clock.
    var period: Int64
    /// Whether the meter's seasonal time was on (R4).
    var isSeason: Bool
}

/// What is stored of a slot beside its values.
struct StoredSlot {
    /// Exact label, seconds since 2000-01-01 of the meter's clock.
    var stamp: Int64
    /// Place in the global order of changes.
    var sequence: Int64
    /// Corrections so far.
    var revision: Int64
    /// Whether it was read under trusted time (R1).
    var isTrusted: Bool
}

/// Writes rows of one family.
final class FamilyWriter {
    let family: ColumnFamily
    /// INSERT … ON CONFLICT DO NOTHING: the way of nearly every row.
    private let insertion: Statement
    /// Replaces everything but the key.
    private let update: Statement
    /// Only trust and clock difference: the values are the same.
    private let trust: Statement
    /// The row of a slot.
    private let lookup: Statement
    /// Values on their way in.
    private var fresh: RowColumns
    /// Values read for comparison.
    private var stored: RowColumns

    /// Prepares the statements of a family.
    init(_ family: ColumnFamily, on connection: Connection) throws(StorageError) {
        self.family = family
        fresh = RowColumns(family)
        stored = fresh
        let names = RowQueries.names(of: family)
        let places = (1...names.count).map { "?\($0)" }
        let key = "meter_key = ?1 AND kind = ?2 AND period = ?3 AND season = ?4"
        insertion = try Statement(
            "INSERT INTO \(family.table)(\(names.joined(separator: ", "))) "
                + "VALUES (\(places.joined(separator: ", "))) ON CONFLICT DO NOTHING", on: connection)
        let assignments = zip(names, places).dropFirst(4).map { "\($0) = \($1)" }.joined(separator: ", ")
        update = try Statement("UPDATE \(family.table) SET \(assignments) WHERE \(key)", on: connection)
        trust = try Statement(
            "UPDATE \(family.table) SET trusted = 1, diff = ?5 WHERE \(key)", on: connection)
        lookup = try Statement(
            "SELECT \(names.joined(separator: ", ")) FROM \(family.table) WHERE \(key)", on: connection)
    }

    /// Inserts a row when its slot is empty; true when it did.
    func insert(
        _ reading: Reading, at key: SlotKey, sequence: Int64, isTrusted: Bool, on connection: Connection
    ) throws(StorageError) -> Bool {
        fresh.load(reading)
        bind(insertion, reading, key, sequence: sequence, revision: 0, isTrusted: isTrusted)
        try insertion.run()
        return connection.changedRows == 1
    }

    /// Replaces the values of a taken slot.
    func replace(
        with reading: Reading, at key: SlotKey, sequence: Int64, revision: Int64, isTrusted: Bool
    ) throws(StorageError) {
        fresh.load(reading)
        bind(update, reading, key, sequence: sequence, revision: revision, isTrusted: isTrusted)
        try update.run()
    }

    /// Marks an unchanged row as read under trusted time.
    func markTrusted(_ key: SlotKey, difference: Int32?) throws(StorageError) {
        bind(key, to: trust)
        trust.bind(difference.map(Int64.init), at: 5)
        try trust.run()
    }

    /// The stored row of a slot, and whether its values equal those of `reading`; nil when the slot is empty.
    func stored(
        at key: SlotKey, measure: Measure, comparedWith reading: Reading
    ) throws(StorageError) -> (slot: StoredSlot, reading: Reading, isEqual: Bool)? {
        bind(key, to: lookup)
        defer { lookup.reset() }
        guard try lookup.step() else { return nil }
        let slot = StoredSlot(
            stamp: lookup.integer(4), sequence: lookup.integer(5), revision: lookup.integer(6),
            isTrusted: lookup.integer(7) != 0)
        fresh.load(reading)
        stored.load(lookup)
        let isEqual =
            fresh.equals(stored) && slot.stamp == reading.stamp.civil.seconds
            && lookup.integer(10) == Int64(reading.intervalMinutes)
        var reader = RowReader(measure, family: family)
        return (slot, reader.reading(lookup), isEqual)
    }

    /// Places ?1…?4 of every statement here.
    private func bind(_ key: SlotKey, to statement: Statement) {
        statement.bind(key.meterKey, at: 1)
        statement.bind(key.kind, at: 2)
        statement.bind(key.period, at: 3)
        statement.bind(key.isSeason ? 1 : 0, at: 4)
    }

    /// All places of an INSERT or UPDATE; `fresh` must hold the values already.
    private func bind(
        _ statement: Statement, _ reading: Reading, _ key: SlotKey, sequence: Int64, revision: Int64,
        isTrusted: Bool
    ) {
        bind(key, to: statement)
        statement.bind(reading.stamp.civil.seconds, at: 5)
        statement.bind(sequence, at: 6)
        statement.bind(revision, at: 7)
        statement.bind(isTrusted ? 1 : 0, at: 8)
        statement.bind(reading.clockDifferenceSeconds.map(Int64.init), at: 9)
        statement.bind(Int64(reading.intervalMinutes), at: 11)
        fresh.bind(to: statement)
    }
}
