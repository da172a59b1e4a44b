// Between `Reading` and columns, both ways, without loss (R12) and without allocation beyond the reading's
// own arrays. Column order of every statement on a family's table is series, slot, seq, shape, mark, values,
// texts.

import Metering
import Storage
import Timekeeping

/// The value columns of one row; reused from row to row.
struct RowColumns {
    /// Columns before the values.
    static let prefix: Int32 = 5

    /// The family, for names and groups.
    let family: ColumnFamily
    /// One per value column; meaningless where `present` has no bit.
    private(set) var mantissas: [Int64]
    /// Bit i is set when column i has a value.
    private(set) var present: UInt64 = 0
    /// One per group; meaningless where `scalersKnown` has no bit.
    private(set) var scalers: [Int8]
    /// Bit i is set when a value of group i is present.
    private(set) var scalersKnown: UInt64 = 0
    /// Minutes.
    private(set) var interval: UInt8 = 0
    /// Form of the first value that belongs to a group; the others are exceptions.
    private(set) var form: ValueForm = .register
    /// One per text column.
    private(set) var texts: [String?]
    /// `tag:scaler:form` of values unlike their group, blank-separated; nil for nearly every row.
    private(set) var exceptions: String?

    /// Empty columns of a family.
    init(_ family: ColumnFamily) {
        self.family = family
        mantissas = Array(repeating: 0, count: family.columns.count)
        scalers = Array(repeating: 0, count: family.groups.count)
        texts = Array(repeating: nil, count: family.texts.count)
    }

    /// Takes the values of a reading; tags foreign to the family are dropped.
    mutating func load(_ reading: Reading) {
        (present, scalersKnown, exceptions, form) = (0, 0, nil, .register)
        interval = reading.intervalMinutes
        var formKnown = false
        var column = 0
        for value in reading.values {
            guard let index = find(value.tag, from: column) else { continue }
            column = index + 1
            mantissas[index] = value.mantissa
            present |= 1 << UInt64(index)
            let group = family.columns[index].group
            var expected: (scaler: Int8, form: ValueForm) = (0, .register)
            if group >= 0 {
                if scalersKnown & (1 << UInt64(group)) == 0 {
                    scalersKnown |= 1 << UInt64(group)
                    scalers[group] = value.scaler
                }
                if !formKnown { (form, formKnown) = (value.form, true) }
                expected = (scalers[group], form)
            }
            if value.scaler != expected.scaler || value.form != expected.form { except(value) }
        }
        for index in texts.indices {
            texts[index] = reading.texts.first { $0.tag == family.texts[index].tag }?.text
        }
    }

    /// Takes the values of a stored row and its shape.
    mutating func load(_ row: Statement, shape: RowShape) {
        (present, scalersKnown) = (0, 0)
        (form, interval, exceptions) = (shape.form, shape.interval, shape.exceptions)
        for group in scalers.indices {
            guard let scaler = shape.scalers[group] else { continue }
            scalers[group] = scaler
            scalersKnown |= 1 << UInt64(group)
        }
        var place = RowColumns.prefix
        for index in mantissas.indices {
            let isPlain = index < family.plainCount
            let value = isPlain ? row.optionalInteger(place) : shape.flags[index - family.plainCount]
            if isPlain { place += 1 }
            guard let value else { continue }
            mantissas[index] = value
            present |= 1 << UInt64(index)
        }
        for index in texts.indices {
            texts[index] = row.optionalText(place)
            place += 1
        }
    }

    /// Binds everything after the prefix to an INSERT or UPDATE.
    func bind(to statement: Statement) {
        var place = RowColumns.prefix + 1
        for index in 0..<family.plainCount {
            statement.bind(present & (1 << UInt64(index)) == 0 ? nil : mantissas[index], at: place)
            place += 1
        }
        for text in texts {
            statement.bind(text, at: place)
            place += 1
        }
    }

    /// What belongs to the row's shape.
    var shape: RowShape {
        RowShape(
            form: form, interval: interval, scalers: scalers.indices.map(scaler),
            flags: (family.plainCount..<mantissas.count).map(value), exceptions: exceptions)
    }

    /// The same comparison without making a shape.
    func hasShape(_ shape: RowShape) -> Bool {
        guard form == shape.form, interval == shape.interval, exceptions == shape.exceptions else {
            return false
        }
        for group in scalers.indices where scaler(group) != shape.scalers[group] { return false }
        for index in family.plainCount..<mantissas.count
        where value(index) != shape.flags[index - family.plainCount] {
            return false
        }
        return true
    }

    private func scaler(_ group: Int) -> Int8? {
        scalersKnown & (1 << UInt64(group)) == 0 ? nil : scalers[group]
    }

    private func value(_ index: Int) -> Int64? {
        present & (1 << UInt64(index)) == 0 ? nil : mantissas[index]
    }

    /// Whether both hold the same values of the same interval.
    func equals(_ other: RowColumns) -> Bool {
        guard present == other.present, scalersKnown == other.scalersKnown, form == other.form,
            interval == other.interval, exceptions == other.exceptions, texts == other.texts
        else { return false }
        for index in mantissas.indices where present & (1 << UInt64(index)) != 0 {
            if mantissas[index] != other.mantissas[index] { return false }
        }
        for group in scalers.indices where scalersKnown & (1 << UInt64(group)) != 0 {
            if scalers[group] != other.scalers[group] { return false }
        }
        return true
    }

    /// The column of a tag, nil when it is foreign to the family.
    private func find(_ tag: Tag, from start: Int) -> Int? {
        // Drivers list values in the order of the columns, so the next column is nearly always the right one.
        let columns = family.columns
        if start < columns.count, columns[start].tag == tag { return start }
        return columns.firstIndex { $0.tag == tag }
    }

    /// Notes a value whose scaler or form is not its group's.
    private mutating func except(_ value: MeasuredValue) {
        let text = "\(value.tag.rawValue):\(value.scaler):\(value.form.rawValue)"
        exceptions = exceptions.map { $0 + " " + text } ?? text
    }
}

/// Makes readings of stored rows. A class, so that handing it on counts one reference.
final class RowReader {
    private let family: ColumnFamily
    private let measure: Measure
    private let shapes: RowShapes
    /// Bit i is set when column i is wanted.
    private let wanted: UInt64
    private let wantedTexts: [Bool]
    /// Tag and group of each value column: without the names, whose reference counts cost more than the
    /// value.
    private let columns: [(tag: Tag, group: Int)]
    /// Values of the row before: meters fill few of the columns, and always the same.
    private var usual = 0

    /// A reader of one measure; empty `tags` wants all.
    init(_ measure: Measure, family: ColumnFamily, shapes: RowShapes, tags: [Tag] = []) {
        self.family = family
        self.measure = measure
        self.shapes = shapes
        var mask: UInt64 = 0
        for (index, column) in family.columns.enumerated() where tags.isEmpty || tags.contains(column.tag) {
            mask |= 1 << UInt64(index)
        }
        wanted = mask
        columns = family.columns.map { ($0.tag, $0.group) }
        wantedTexts = family.texts.map { tags.isEmpty || tags.contains($0.tag) }
    }

    /// The reading of the row a statement stands on; without values when its shape was lost.
    func reading(_ row: Statement) -> Reading { reading(row, RowMark(row.integer(4))) }

    /// The same when the row's mark is known.
    func reading(_ row: Statement, _ mark: RowMark) -> Reading {
        let slot = RowSlot(row.integer(1))
        let stamp = CivilStamp(seconds: slot.period * 60 + mark.offset)
        let shape = shapes.shape(row.integer(3))
        let values = shape.map { self.values(row, $0) } ?? []
        return Reading(
            measure, at: MeterStamp(stamp, isSeason: slot.isSeason),
            clockDifferenceSeconds: mark.difference, intervalMinutes: shape?.shape.interval ?? 0,
            values: values,
            texts: shape == nil ? [] : texts(row, from: RowColumns.prefix + Int32(family.plainCount)))
    }

    /// The wanted values of a row.
    private func values(_ row: Statement, _ stored: StoredShape) -> [MeasuredValue] {
        var values: [MeasuredValue] = []
        values.reserveCapacity(usual)
        let plainCount = family.plainCount
        for (index, column) in columns.enumerated() where wanted & (1 << UInt64(index)) != 0 {
            let value =
                index < plainCount
                ? row.optionalInteger(RowColumns.prefix + Int32(index))
                : stored.shape.flags[index - plainCount]
            guard let mantissa = value else { continue }
            values.append(
                column.group < 0
                    ? MeasuredValue(column.tag, mantissa: mantissa)
                    : MeasuredValue(
                        column.tag, mantissa: mantissa, scaler: stored.shape.scalers[column.group] ?? 0,
                        form: stored.shape.form))
        }
        usual = values.count
        if let exceptions = stored.shape.exceptions { RowReader.apply(exceptions, to: &values) }
        return values
    }

    /// The wanted texts of a row.
    private func texts(_ row: Statement, from place: Int32) -> [TextValue] {
        guard !family.texts.isEmpty else { return [] }
        var found: [TextValue] = []
        for (index, column) in family.texts.enumerated() where wantedTexts[index] {
            if let text = row.optionalText(place + Int32(index)) { found.append(TextValue(column.tag, text)) }
        }
        return found
    }

    /// Gives named values their own scaler and form.
    private static func apply(_ exceptions: String, to values: inout [MeasuredValue]) {
        for entry in exceptions.split(separator: " ") {
            let parts = entry.split(separator: ":")
            guard parts.count == 3, let tag = Tag(rawValue: String(parts[0])), let scaler = Int8(parts[1]),
                let form = UInt8(parts[2]).flatMap(ValueForm.init(rawValue:)),
                let index = values.firstIndex(where: { $0.tag == tag })
            else { continue }
            values[index].scaler = scaler
            values[index].form = form
        }
    }
}
