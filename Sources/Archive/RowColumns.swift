// Between `Reading` and columns, both ways, without loss (R12) and without allocation beyond the reading's
// own arrays. Column order of every statement on a family's table is `prefix`, scalers, values, texts,
// exceptions.

import Metering
import Storage
import Timekeeping

/// The value columns of one row; reused from row to row.
struct RowColumns {
    /// Columns before the scalers: meter_key, kind, period, season, stamp, seq, rev, trusted, diff, form,
    /// interval.
    static let prefix: Int32 = 11

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

    /// Takes the values of a stored row; the statement's columns begin with `prefix`.
    mutating func load(_ row: Statement) {
        (present, scalersKnown) = (0, 0)
        form = ValueForm(rawValue: UInt8(clamping: row.integer(9))) ?? .register
        var place = RowColumns.prefix
        for group in scalers.indices {
            if let scaler = row.optionalInteger(place) {
                scalers[group] = Int8(clamping: scaler)
                scalersKnown |= 1 << UInt64(group)
            }
            place += 1
        }
        for index in mantissas.indices {
            if let mantissa = row.optionalInteger(place) {
                mantissas[index] = mantissa
                present |= 1 << UInt64(index)
            }
            place += 1
        }
        for index in texts.indices {
            texts[index] = row.optionalText(place)
            place += 1
        }
        exceptions = row.optionalText(place)
    }

    /// Binds form, interval excluded, and everything after `prefix` to an INSERT or UPDATE with `prefix`
    /// places.
    func bind(to statement: Statement) {
        statement.bind(Int64(form.rawValue), at: 10)
        var place = RowColumns.prefix + 1
        for group in scalers.indices {
            statement.bind(scalersKnown & (1 << UInt64(group)) == 0 ? nil : Int64(scalers[group]), at: place)
            place += 1
        }
        for index in mantissas.indices {
            statement.bind(present & (1 << UInt64(index)) == 0 ? nil : mantissas[index], at: place)
            place += 1
        }
        for text in texts {
            statement.bind(text, at: place)
            place += 1
        }
        statement.bind(exceptions, at: place)
    }

    /// Whether both hold the same values.
    func equals(_ other: RowColumns) -> Bool {
        guard present == other.present, scalersKnown == other.scalersKnown, form == other.form,
            exceptions == other.exceptions, texts == other.texts
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

/// Makes readings of stored rows.
struct RowReader {
    private let family: ColumnFamily
    private let measure: Measure
    /// Bit i is set when column i is wanted.
    private let wanted: UInt64
    private var scalers: [Int8]

    /// A reader of one measure; empty `tags` wants all.
    init(_ measure: Measure, family: ColumnFamily, tags: [Tag] = []) {
        self.family = family
        self.measure = measure
        var mask: UInt64 = 0
        for (index, column) in family.columns.enumerated() where tags.isEmpty || tags.contains(column.tag) {
            mask |= 1 << UInt64(index)
        }
        wanted = mask
        scalers = Array(repeating: 0, count: family.groups.count)
        wantedTexts = family.texts.map { tags.isEmpty || tags.contains($0.tag) }
    }

    private let wantedTexts: [Bool]

    /// The reading of the row a statement stands on.
    mutating func reading(_ row: Statement) -> Reading {
        let form = ValueForm(rawValue: UInt8(clamping: row.integer(9))) ?? .register
        var place = RowColumns.prefix
        for group in scalers.indices {
            scalers[group] = Int8(clamping: row.integer(place))
            place += 1
        }
        var values: [MeasuredValue] = []
        values.reserveCapacity(wanted.nonzeroBitCount)
        for (index, column) in family.columns.enumerated() {
            if wanted & (1 << UInt64(index)) != 0, let mantissa = row.optionalInteger(place) {
                values.append(
                    column.group < 0
                        ? MeasuredValue(column.tag, mantissa: mantissa)
                        : MeasuredValue(
                            column.tag, mantissa: mantissa, scaler: scalers[column.group], form: form))
            }
            place += 1
        }
        let texts = texts(row, from: place)
        if let exceptions = row.optionalText(place + Int32(family.texts.count)) {
            RowReader.apply(exceptions, to: &values)
        }
        return Reading(
            measure, at: MeterStamp(CivilStamp(seconds: row.integer(4)), isSeason: row.integer(3) != 0),
            clockDifferenceSeconds: row.optionalInteger(8).map { Int32(clamping: $0) },
            intervalMinutes: UInt8(clamping: row.integer(10)), values: values, texts: texts)
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
