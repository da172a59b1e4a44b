// One row of data from one meter: made by a driver in one place, stored, published and shown, never edited.
// Values are kept as the meter gave them (R12): integer mantissa, scaler, and what kind of column they came
// from.

package import Timekeeping

/// Where a number comes from, which decides how it may be shown.
package enum ValueForm: UInt8, Sendable, Hashable {
    /// A state now or at a stamp: register, voltage, flag.
    case register = 0
    /// Energy that passed within the interval (OBIS D = 29).
    case increment = 1
    /// Mean demand over the interval (OBIS D = 53 and kin).
    case demand = 2
}

/// One number of a reading: `mantissa × 10^scaler` in the tag's base unit or, for an increment, its energy
/// unit.
package struct MeasuredValue: Sendable, Hashable {
    /// Which value this is.
    package var tag: Tag
    /// The integer as the meter sent it; 0 or 1 for flags.
    package var mantissa: Int64
    /// Power of ten.
    package var scaler: Int8
    /// Register, increment or demand.
    package var form: ValueForm

    /// A number as the meter sent it.
    package init(_ tag: Tag, mantissa: Int64, scaler: Int8 = 0, form: ValueForm = .register) {
        self.tag = tag
        self.mantissa = mantissa
        self.scaler = scaler
        self.form = form
    }

    /// The number as a double, for charts and comparisons, never for storage.
    package var double: Double {
        var value = Double(mantissa)
        var power = scaler
        while power > 0 { value *= 10; power -= 1 }
        var divisor = 1.0
        while power < 0 { divisor *= 10; power += 1 }
        return value / divisor
    }
}

/// One text of a reading (serial number, model).
package struct TextValue: Sendable, Hashable {
    /// Which text this is.
    package var tag: Tag
    /// The text, already UTF-8.
    package var text: String

    /// A text as the meter sent it.
    package init(_ tag: Tag, _ text: String) {
        self.tag = tag
        self.text = text
    }
}

/// The meter's own label of a row (R3, R4).
package struct MeterStamp: Sendable, Hashable, Comparable {
    /// Date and time on the meter's clock.
    package var civil: CivilStamp
    /// True for rows taken while the meter's seasonal time was on: tells the two passes of a repeated hour
    /// apart.
    package var isSeason: Bool

    /// A label of a row.
    package init(_ civil: CivilStamp, isSeason: Bool = false) {
        self.civil = civil
        self.isSeason = isSeason
    }

    /// The same moment in standard time: seasonal time is an hour ahead of it, and no error of the clock.
    package var standard: CivilStamp { isSeason ? civil.adding(seconds: -3_600) : civil }

    /// In order of the meter's elapsed time: the seasonal pass of a repeated hour comes first.
    package static func < (left: Self, right: Self) -> Bool {
        left.civil == right.civil ? left.isSeason && !right.isSeason : left.civil < right.civil
    }
}

/// One row of one measure of one meter.
package struct Reading: Sendable, Hashable {
    /// What was asked.
    package var measure: Measure
    /// The row's label, in the convention of R2 for its measure.
    package var stamp: MeterStamp
    /// Meter clock minus gateway clock in whole seconds, when it was known at the session.
    package var clockDifferenceSeconds: Int32?
    /// Length of the interval for profiles, 1…60; 0 for everything else.
    package var intervalMinutes: UInt8
    /// Numbers and flags in the meter's form; a value the meter did not give is absent (R20).
    package var values: [MeasuredValue]
    /// Texts; empty but for configurations.
    package var texts: [TextValue]

    /// A row as a driver made it.
    package init(
        _ measure: Measure, at stamp: MeterStamp, clockDifferenceSeconds: Int32? = nil,
        intervalMinutes: UInt8 = 0,
        values: [MeasuredValue], texts: [TextValue] = []
    ) {
        self.measure = measure
        self.stamp = stamp
        self.clockDifferenceSeconds = clockDifferenceSeconds
        self.intervalMinutes = intervalMinutes
        self.values = values
        self.texts = texts
    }

    /// The value of a tag, if the meter gave it.
    package subscript(tag: Tag) -> MeasuredValue? { values.first { $0.tag == tag } }

    /// A value as it leaves the gateway: mean power for P± and Q± whatever the column was (R12), else as
    /// stored. An increment of an interval of m minutes becomes increment × 60 ÷ m; where that is not whole
    /// in the meter's least digit, three more digits are kept.
    package func output(_ value: MeasuredValue) -> (mantissa: Int64, scaler: Int) {
        guard measure == .powerProfile, value.form == .increment, intervalMinutes > 0 else {
            return (value.mantissa, Int(value.scaler))
        }
        let minutes = Int64(intervalMinutes)
        let (hourly, overflow) = value.mantissa.multipliedReportingOverflow(by: 60)
        if overflow { return (value.mantissa / 100 * 60 / minutes, Int(value.scaler) + 2) }
        if hourly % minutes == 0 { return (hourly / minutes, Int(value.scaler)) }
        let (fine, overflowed) = hourly.multipliedReportingOverflow(by: 1_000)
        if overflowed { return (hourly / minutes, Int(value.scaler)) }
        return ((fine + (fine < 0 ? -minutes : minutes) / 2) / minutes, Int(value.scaler) - 3)
    }
}
