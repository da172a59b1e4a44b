// The columns of an archive and what a row of it says. Columns are found by OBIS code and attribute, scalers
// by OBIS code (the scaler profile of Nartis lacks the clock column), never by position in a list of our own.

import DLMS
import Metering
import SPODES
import Timekeeping

/// The columns of one archive of one meter.
struct ProfileShape: Sendable, Hashable {
    /// One column the gateway has a name for.
    struct Column: Sendable, Hashable {
        /// Place in the row.
        var index: Int
        /// Which value.
        var tag: Tag
        /// Register, increment or demand.
        var form: ValueForm
        /// Power of ten.
        var scaler: Int8
    }

    /// Columns of a whole row.
    var width: Int
    /// Place of the stamp.
    var clockIndex: Int
    /// The columns with names, at most one a tag.
    var columns: [Column]

    /// The shape of an archive by its capture objects and the scalings found for them. Nil without a clock.
    init?(_ profile: ArchiveProfile, captured: [CaptureObject], scalings: [OBISCode: Scaling]) {
        let clock = captured.firstIndex {
            $0.attribute.object.classID == 8 && OBISCode($0.attribute.object.logicalName) == ObjectTable.clock
                && $0.attribute.attribute == 2
        }
        guard let clock else { return nil }
        width = captured.count
        clockIndex = clock
        columns = []
        for (index, object) in captured.enumerated() where object.attribute.attribute == 2 {
            let code = OBISCode(object.attribute.object.logicalName)
            guard let (tag, form) = ProfileShape.meaning(of: code, in: profile), let scaling = scalings[code]
            else {
                continue
            }
            add(Column(index: index, tag: tag, form: scaling.form ?? form, scaler: scaling.scaler))
        }
    }

    /// Whether a capture object is a column with a name, whose scaling is wanted.
    static func isNamed(_ object: CaptureObject, in profile: ArchiveProfile) -> Bool {
        object.attribute.attribute == 2
            && meaning(of: OBISCode(object.attribute.object.logicalName), in: profile) != nil
    }

    /// Nartis has both the energy and the mean demand of an interval: the energy is the surer one.
    private mutating func add(_ column: Column) {
        guard let same = columns.firstIndex(where: { $0.tag == column.tag }) else {
            columns.append(column)
            return
        }
        if columns[same].form == .demand, column.form == .increment { columns[same] = column }
    }

    private static func meaning(of code: OBISCode, in profile: ArchiveProfile) -> (tag: Tag, form: ValueForm)?
    {
        switch profile {
        case .load: return RegisterTable.profileColumn(code)
        case .day, .month:
            guard let tag = RegisterTable.tag(of: code), Tag.energy.contains(tag) else { return nil }
            return (tag, .register)
        }
    }
}

extension Scaling {
    /// What the unit says of a load profile column, against the letter of its code: watts are a demand, watt-
    /// hours an increment. Nil for other units.
    fileprivate var form: ValueForm? {
        switch unit.unit {
        case .watt, .var: .demand
        default: nil
        }
    }
}

/// One row as the meter gave it.
struct ProfileRow: Sendable, Hashable {
    /// Its label.
    var stamp: MeterStamp
    /// The named values it holds.
    var values: [MeasuredValue]
}

extension ProfileShape {
    /// Reads the rows of a buffer. `interval` fills in a stamp left out because it follows from the row
    /// before. Returns nil when a row has another width: the meter's columns have changed.
    func rows(of buffer: DataValue, interval: Int64, usesSeason: Bool) -> [ProfileRow]? {
        guard let rows = buffer.elements else { return nil }
        var result: [ProfileRow] = []
        var previous: MeterStamp?
        for row in rows {
            guard let cells = row.elements else { return nil }
            // Device 40 keeps empty months as rows of a date alone.
            if cells.count == 1, width > 1 { continue }
            guard cells.count == width else { return nil }
            guard
                let stamp = stamp(
                    cells[clockIndex], after: previous, interval: interval, usesSeason: usesSeason)
            else { continue }
            previous = stamp
            let values = columns.compactMap { column in
                MeasuredValue(column.tag, cells[column.index], scaler: column.scaler, form: column.form)
            }
            if !values.isEmpty { result.append(ProfileRow(stamp: stamp, values: values)) }
        }
        return result
    }

    private func stamp(
        _ cell: DataValue, after previous: MeterStamp?, interval: Int64, usesSeason: Bool
    ) -> MeterStamp? {
        if case .nullData = cell, let previous, interval > 0 {
            return MeterStamp(previous.civil.adding(seconds: interval), isSeason: previous.isSeason)
        }
        return cell.dateTimeValue.flatMap { MeterStamp($0, usesSeason: usesSeason) }
    }
}

extension MeasuredValue {
    /// A number as a cell or attribute holds it; nil for none and for what is no number. Floating-point
    /// values keep three more digits.
    init?(_ tag: Tag, _ value: DataValue, scaler: Int8, form: ValueForm = .register) {
        if let whole = value.wholeNumber {
            self.init(tag, mantissa: whole, scaler: scaler, form: form)
        } else if let fraction = value.floatingPoint, abs(fraction) < 1e15 {
            self.init(tag, mantissa: Int64((fraction * 1_000).rounded()), scaler: scaler - 3, form: form)
        } else {
            return nil
        }
    }
}

extension MeterStamp {
    /// The wall-clock fields of a date-time; the deviation is ignored, for its sign differs between meters.
    /// Nil for wildcards and dates outside the calendar.
    init?(_ value: DateTimeValue, usesSeason: Bool) {
        let second = value.time.second == 0xFF ? 0 : Int(value.time.second)
        guard value.isSpecified,
            let civil = CivilStamp(
                year: Int(value.date.year), month: Int(value.date.month), day: Int(value.date.day),
                hour: Int(value.time.hour), minute: Int(value.time.minute), second: second)
        else { return nil }
        let isSeason = usesSeason && value.status != .notSpecified && value.status.contains(.daylightSaving)
        self.init(civil, isSeason: isSeason)
    }
}
