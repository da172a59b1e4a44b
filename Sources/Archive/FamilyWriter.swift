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

    /// The `series` column.
    var series: Int64 { RowSeries.number(meterKey, kind) }
    /// The `slot` column.
    var slot: Int64 { RowSlot(period: period, isSeason: isSeason).number }
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
    private let shapes: RowShapes
    /// INSERT … ON CONFLICT DO NOTHING: the way of nearly every row.
    private let insertion: Statement
    /// Replaces everything but the key.
    private let update: Statement
    /// Only the mark: the values are the same.
    private let remark: Statement
    /// The row of a slot.
    private let lookup: Statement
    /// Values on their way in.
    private var fresh: RowColumns
    /// Values read for comparison.
    private var stored: RowColumns

    /// Prepares the statements of a family.
    init(_ family: ColumnFamily, shapes: RowShapes, on connection: Connection) throws(StorageError) {
        self.family = family
        self.shapes = shapes
        fresh = RowColumns(family)
        stored = fresh
        let names = family.queries.names
        let places = (1...names.count).map { "?\($0)" }
        let key = "series = ?1 AND slot = ?2"
        insertion = try Statement(
            "INSERT INTO \(family.table)(\(names.joined(separator: ", "))) "
                + "VALUES (\(places.joined(separator: ", "))) ON CONFLICT DO NOTHING", on: connection)
        let assignments = zip(names, places).dropFirst(2).map { "\($0) = \($1)" }.joined(separator: ", ")
        update = try Statement("UPDATE \(family.table) SET \(assignments) WHERE \(key)", on: connection)
        remark = try Statement("UPDATE \(family.table) SET mark = ?3 WHERE \(key)", on: connection)
        lookup = try Statement(family.queries.slot.description, on: connection)
    }

    /// Inserts a row when its slot is empty; true when it did.
    func insert(
        _ reading: Reading, at key: SlotKey, sequence: Int64, isTrusted: Bool, on connection: Connection
    ) throws(StorageError) -> Bool {
        fresh.load(reading)
        try bind(insertion, reading, key, sequence: sequence, revision: 0, isTrusted: isTrusted)
        try insertion.run()
        return connection.changedRows == 1
    }

    /// Replaces the values of a taken slot.
    func replace(
        with reading: Reading, at key: SlotKey, sequence: Int64, revision: Int64, isTrusted: Bool
    ) throws(StorageError) {
        fresh.load(reading)
        try bind(update, reading, key, sequence: sequence, revision: revision, isTrusted: isTrusted)
        try update.run()
    }

    /// Marks an unchanged row as read under trusted time.
    func markTrusted(_ key: SlotKey, _ slot: StoredSlot, difference: Int32?) throws(StorageError) {
        let mark = RowMark(
            offset: slot.stamp - key.period * 60, difference: difference, isTrusted: true,
            revision: slot.revision)
        try remark.run(key.series, key.slot, mark.stored)
    }

    /// The stored row of a slot, and whether its values equal those of `reading`; nil when the slot is empty.
    func stored(
        at key: SlotKey, measure: Measure, comparedWith reading: Reading
    ) throws(StorageError) -> (slot: StoredSlot, reading: Reading, isEqual: Bool)? {
        lookup.bind(key.series, at: 1)
        lookup.bind(key.slot, at: 2)
        defer { lookup.reset() }
        guard try lookup.step() else { return nil }
        let mark = RowMark(lookup.integer(4))
        let slot = StoredSlot(
            stamp: key.period * 60 + mark.offset, sequence: lookup.integer(2), revision: mark.revision,
            isTrusted: mark.isTrusted)
        let old = RowReader(measure, family: family, shapes: shapes).reading(lookup)
        guard let shape = shapes.shape(lookup.integer(3)) else { return (slot, old, false) }
        fresh.load(reading)
        stored.load(lookup, shape: shape.shape)
        let isEqual = fresh.equals(stored) && slot.stamp == reading.stamp.civil.seconds
        return (slot, old, isEqual)
    }

    /// All places of an INSERT or UPDATE; `fresh` must hold the values already.
    private func bind(
        _ statement: Statement, _ reading: Reading, _ key: SlotKey, sequence: Int64, revision: Int64,
        isTrusted: Bool
    ) throws(StorageError) {
        let mark = RowMark(
            offset: reading.stamp.civil.seconds - key.period * 60,
            difference: reading.clockDifferenceSeconds, isTrusted: isTrusted, revision: revision)
        let shape = try shapes.number(of: fresh)
        statement.bind(key.series, at: 1)
        statement.bind(key.slot, at: 2)
        statement.bind(sequence, at: 3)
        statement.bind(shape, at: 4)
        statement.bind(mark.stored, at: 5)
        fresh.bind(to: statement)
    }
}
