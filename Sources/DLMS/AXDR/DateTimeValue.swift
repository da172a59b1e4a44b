// Dates and times of COSEM (IEC 62056-6-2, 4.1.6.1) as their octets say, wildcards included. Nothing is
// converted here: the deviation's sign differs between meters (Nartis sends −180 for UTC+3, others +180), so
// callers use the local wall-clock fields and leave the deviation alone.

package import Octets

/// A date: five octets. FFh (FFFFh for the year) means "not specified" in every field.
package struct DateValue: Sendable, Hashable {
    /// Year, or FFFFh.
    package var year: UInt16
    /// Month 1…12; FDh end and FEh begin of daylight saving.
    package var month: UInt8
    /// Day 1…31; FDh the last but one, FEh the last day of the month.
    package var day: UInt8
    /// Day of the week, Monday is 1.
    package var dayOfWeek: UInt8

    /// A date; the day of the week is not specified unless given.
    package init(year: UInt16, month: UInt8, day: UInt8, dayOfWeek: UInt8 = 0xFF) {
        self.year = year
        self.month = month
        self.day = day
        self.dayOfWeek = dayOfWeek
    }

    /// Reads five octets. Throws `truncated`.
    package init(from reader: inout OctetReader) throws(DecodingError) {
        year = try reader.big(UInt16.self, "year")
        month = try reader.octet("month")
        day = try reader.octet("day")
        dayOfWeek = try reader.octet("day of week")
    }

    /// Writes five octets.
    package func encode(into writer: inout OctetWriter) {
        writer.big(year)
        writer.octets(month, day, dayOfWeek)
    }
}

/// A time of day: four octets; FFh means "not specified".
package struct TimeValue: Sendable, Hashable {
    /// Hour 0…23.
    package var hour: UInt8
    /// Minute 0…59.
    package var minute: UInt8
    /// Second 0…59.
    package var second: UInt8
    /// Hundredths of a second 0…99.
    package var hundredths: UInt8

    /// A time; the hundredths are zero unless given.
    package init(hour: UInt8, minute: UInt8, second: UInt8, hundredths: UInt8 = 0) {
        self.hour = hour
        self.minute = minute
        self.second = second
        self.hundredths = hundredths
    }

    /// Reads four octets. Throws `truncated`.
    package init(from reader: inout OctetReader) throws(DecodingError) {
        hour = try reader.octet("hour")
        minute = try reader.octet("minute")
        second = try reader.octet("second")
        hundredths = try reader.octet("hundredths")
    }

    /// Writes four octets.
    package func encode(into writer: inout OctetWriter) { writer.append([hour, minute, second, hundredths]) }
}

/// The clock status octet of a date-time.
package struct ClockStatus: OptionSet, Sendable, Hashable {
    /// The octet; FFh means "not specified".
    package let rawValue: UInt8
    /// A status from its octet.
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The time is invalid, such as after a long power failure.
    package static let invalid = ClockStatus(rawValue: 0x01)
    /// The time could be recovered but its value is doubtful.
    package static let doubtful = ClockStatus(rawValue: 0x02)
    /// The clock runs on a different time base.
    package static let differentBase = ClockStatus(rawValue: 0x04)
    /// The status itself is invalid.
    package static let invalidStatus = ClockStatus(rawValue: 0x08)
    /// Daylight saving is active.
    package static let daylightSaving = ClockStatus(rawValue: 0x80)
    /// Not specified: all bits set, as push messages have it.
    package static let notSpecified = ClockStatus(rawValue: 0xFF)
}

/// A date, a time, a deviation and a status: twelve octets.
package struct DateTimeValue: Sendable, Hashable {
    /// Length on the wire.
    package static let octetCount = 12

    /// Date.
    package var date: DateValue
    /// Time of day.
    package var time: TimeValue
    /// Deviation in minutes as sent; nil for 8000h, not specified. Its sign is not to be trusted.
    package var deviationMinutes: Int16?
    /// Clock status as sent.
    package var status: ClockStatus

    /// A stamp; deviation and status as given.
    package init(
        date: DateValue, time: TimeValue, deviationMinutes: Int16? = nil, status: ClockStatus = []
    ) {
        self.date = date
        self.time = time
        self.deviationMinutes = deviationMinutes
        self.status = status
    }

    /// Reads twelve octets. Throws `truncated`.
    package init(from reader: inout OctetReader) throws(DecodingError) {
        date = try DateValue(from: &reader)
        time = try TimeValue(from: &reader)
        let deviation = try reader.big(Int16.self, "deviation")
        deviationMinutes = deviation == Int16.min ? nil : deviation
        status = ClockStatus(rawValue: try reader.octet("clock status"))
    }

    /// A stamp from exactly twelve octets; nil for any other count.
    package init?(octets: some Collection<UInt8>) {
        guard octets.count == DateTimeValue.octetCount else { return nil }
        var reader = OctetReader(Array(octets))
        guard let value = try? DateTimeValue(from: &reader) else { return nil }
        self = value
    }

    /// Writes twelve octets.
    package func encode(into writer: inout OctetWriter) {
        date.encode(into: &writer)
        time.encode(into: &writer)
        writer.big(deviationMinutes ?? Int16.min)
        writer.octet(status.rawValue)
    }

    /// The twelve octets.
    package var octets: [UInt8] {
        var writer = OctetWriter(capacity: DateTimeValue.octetCount)
        encode(into: &writer)
        return writer.octets
    }

    /// Whether year, month, day, hour and minute hold a real moment: no wildcard, no zero date.
    package var isSpecified: Bool {
        date.year != 0xFFFF && date.year != 0 && (1...12).contains(date.month) && (1...31).contains(date.day)
            && time.hour < 24 && time.minute < 60
    }

    /// Orders moments by their local fields to the hundredth; wildcards of the time count as zero.
    package var sortKey: UInt64 {
        func known(_ field: UInt8) -> UInt64 { field == 0xFF ? 0 : UInt64(field) }
        let day = UInt64(date.year) << 16 | UInt64(date.month) << 8 | UInt64(date.day)
        let time =
            known(time.hour) << 24 | known(time.minute) << 16 | known(time.second) << 8
            | known(time.hundredths)
        return day << 32 | time
    }
}
