// What rows of one meter have in common: scalers, form, interval, flags. A row names its shape by a number
// instead of repeating it, which is a third of its octets. Shapes are few, never change, and are all in
// memory.

import Metering
import Storage

/// Everything of a row that its values need to be read with.
struct RowShape: Sendable, Hashable {
    /// Form of the first value that belongs to a group (R12).
    var form: ValueForm
    /// Minutes, 0 when the row has none.
    var interval: UInt8
    /// One per group of the family; nil while no value of the group is present.
    var scalers: [Int8?]
    /// One per shape column of the family: flags and the like.
    var flags: [Int64?]
    /// `tag:scaler:form` of values unlike their group, blank-separated; nil for nearly every row.
    var exceptions: String?
}

/// A stored shape. A class, so that handing it from row to row counts one reference instead of three.
final class StoredShape: Sendable {
    let number: Int64
    let shape: RowShape

    init(_ number: Int64, _ shape: RowShape) {
        self.number = number
        self.shape = shape
    }
}

/// The shapes of one family.
final class RowShapes {
    private let family: ColumnFamily
    private let connection: Connection
    private var byNumber: [Int64: StoredShape] = [:]
    private var numbers: [RowShape: Int64] = [:]
    /// The newest answer: rows of one session nearly always share a shape.
    private var newest: StoredShape?
    /// Numbers given since the last commit.
    private var added: [Int64] = []

    /// Loads every shape of a family.
    init(_ family: ColumnFamily, on connection: Connection) throws(StorageError) {
        self.family = family
        self.connection = connection
        try load()
    }

    /// The shape of a number; nil when it was lost.
    func shape(_ number: Int64) -> StoredShape? {
        if let newest, newest.number == number { return newest }
        guard let found = byNumber[number] else { return nil }
        newest = found
        return found
    }

    /// The number of the shape that `columns` have; a new one is stored, as part of the open transaction.
    func number(of columns: RowColumns) throws(StorageError) -> Int64 {
        if let newest, columns.hasShape(newest.shape) { return newest.number }
        let shape = columns.shape
        let number: Int64
        if let known = numbers[shape] { number = known } else { number = try add(shape) }
        newest = byNumber[number]
        return number
    }

    /// The shapes of the open transaction are in the database.
    func committed() { if !added.isEmpty { added.removeAll() } }

    /// The shapes of the open transaction are gone. Nothing is read: the device that made the transaction
    /// fail may refuse reads as well, and a shape that is remembered without being stored would cost every
    /// row that refers to it.
    func rolledBack() {
        for number in added {
            if let shape = byNumber.removeValue(forKey: number) { numbers[shape.shape] = nil }
        }
        added.removeAll()
        newest = nil
    }

    private func load() throws(StorageError) {
        let names = RowShapes.names(of: family)
        let query = try connection.statement(
            "SELECT shape, \(names.joined(separator: ", ")) FROM \(family.table)_shape")
        defer { query.reset() }
        while try query.step() {
            var shape = RowShape(
                form: ValueForm(rawValue: UInt8(clamping: query.integer(1))) ?? .register,
                interval: UInt8(clamping: query.integer(2)), scalers: [], flags: [], exceptions: nil)
            var place: Int32 = 3
            for _ in family.groups {
                shape.scalers.append(query.optionalInteger(place).map { Int8(clamping: $0) })
                place += 1
            }
            for _ in family.shapeColumns {
                shape.flags.append(query.optionalInteger(place))
                place += 1
            }
            shape.exceptions = query.optionalText(place)
            byNumber[query.integer(0)] = StoredShape(query.integer(0), shape)
            numbers[shape] = query.integer(0)
        }
    }

    /// Columns of a shape table after `shape`.
    static func names(of family: ColumnFamily) -> [String] {
        ["form", "interval"] + family.groups + family.shapeColumns.map(\.name) + ["exceptions"]
    }

    private func add(_ shape: RowShape) throws(StorageError) -> Int64 {
        let names = RowShapes.names(of: family)
        let places = (1...names.count).map { "?\($0)" }.joined(separator: ", ")
        let insertion = try connection.statement(
            "INSERT INTO \(family.table)_shape(\(names.joined(separator: ", "))) VALUES (\(places))")
        insertion.bind(Int64(shape.form.rawValue), at: 1)
        insertion.bind(Int64(shape.interval), at: 2)
        var place: Int32 = 3
        for value in shape.scalers.map({ $0.map(Int64.init) }) + shape.flags {
            insertion.bind(value, at: place)
            place += 1
        }
        insertion.bind(shape.exceptions, at: place)
        try insertion.run()
        let number = try connection.integer("SELECT last_insert_rowid()") ?? 0
        byNumber[number] = StoredShape(number, shape)
        numbers[shape] = number
        added.append(number)
        return number
    }
}
