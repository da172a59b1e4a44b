// A date and time of day without a zone: what a meter's clock shows and what its rows are labelled with
// (domain rules R2, R3). Arithmetic is on the proleptic Gregorian calendar; leap seconds do not exist.

/// A civil date and time, to the second. Stored as seconds since 2000-01-01 00:00:00 of the same clock.
package struct CivilStamp: Sendable, Hashable, Comparable {
    /// Seconds since 2000-01-01 00:00:00 on the clock this stamp was read from.
    package var seconds: Int64

    /// A stamp `seconds` after 2000-01-01 00:00:00.
    package init(seconds: Int64) { self.seconds = seconds }

    /// A stamp `minutes` after 2000-01-01 00:00:00: the archive's period number (decision D1).
    package init(minutes: Int64) { self.seconds = minutes * 60 }

    /// The stamp of a calendar date and time; nil when a field is outside the calendar.
    package init?(
        year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0
    ) {
        guard (1...12).contains(month), (1...CivilStamp.days(inMonth: month, of: year)).contains(day),
            (0...23).contains(hour), (0...59).contains(minute), (0...59).contains(second),
            (1...9999).contains(year)
        else { return nil }
        let days = CivilStamp.dayNumber(year: year, month: month, day: day)
        self.seconds = Int64(days) * 86_400 + Int64(hour * 3_600 + minute * 60 + second)
    }

    /// Whole minutes since 2000-01-01 00:00, rounded down.
    package var minutes: Int64 { seconds.floorDivided(by: 60) }

    /// Whole days since 2000-01-01, rounded down.
    package var dayNumber: Int64 { seconds.floorDivided(by: 86_400) }

    /// Seconds since the midnight that began this stamp's day, 0…86399.
    package var secondOfDay: Int { Int(seconds - dayNumber * 86_400) }

    /// 0…23.
    package var hour: Int { secondOfDay / 3_600 }
    /// 0…59.
    package var minute: Int { secondOfDay / 60 % 60 }
    /// 0…59.
    package var second: Int { secondOfDay % 60 }

    /// Monday = 1 … Sunday = 7, as DLMS counts.
    package var weekday: Int {
        // 2000-01-01 was a Saturday.
        let shifted = (dayNumber + 5) % 7
        return Int(shifted < 0 ? shifted + 7 : shifted) + 1
    }

    /// Year, month 1…12 and day 1…31.
    package var date: (year: Int, month: Int, day: Int) { CivilStamp.date(ofDay: Int(dayNumber)) }

    /// 00:00:00 of the same day.
    package var startOfDay: CivilStamp { CivilStamp(seconds: dayNumber * 86_400) }

    /// 00:00:00 of the first day of the same month.
    package var startOfMonth: CivilStamp {
        let (year, month, _) = date
        return CivilStamp(seconds: Int64(CivilStamp.dayNumber(year: year, month: month, day: 1)) * 86_400)
    }

    /// The first of the month `count` months later, at 00:00:00.
    package func startOfMonth(adding count: Int) -> CivilStamp {
        let (year, month, _) = date
        let index = year * 12 + (month - 1) + count
        let days = CivilStamp.dayNumber(
            year: Int(Int64(index).floorDivided(by: 12)), month: Int(Int64(index).modulo(12)) + 1, day: 1)
        return CivilStamp(seconds: Int64(days) * 86_400)
    }

    /// This stamp `seconds` later.
    package func adding(seconds count: Int64) -> CivilStamp { CivilStamp(seconds: seconds + count) }

    /// The earlier stamp of one clock is the smaller one.
    package static func < (left: Self, right: Self) -> Bool { left.seconds < right.seconds }

    /// Days of a month, 28…31.
    package static func days(inMonth month: Int, of year: Int) -> Int {
        switch month {
        case 4, 6, 9, 11: 30
        case 2: isLeap(year) ? 29 : 28
        default: 31
        }
    }

    static func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

    /// Days from 2000-01-01 to a date (Howard Hinnant's era arithmetic, shifted to 2000).
    static func dayNumber(year: Int, month: Int, day: Int) -> Int {
        let shifted = month <= 2 ? year - 1 : year
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 730_425
    }

    static func date(ofDay number: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = number + 730_425
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth + (shiftedMonth < 10 ? 3 : -9)
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }
}

extension CivilStamp: CustomStringConvertible {
    /// `2026-03-01 00:30:00`.
    package var description: String { text(between: " ") }

    /// Date and time with a character between them.
    func text(between separator: Unicode.Scalar) -> String {
        let (year, month, day) = date
        let time = secondOfDay
        var octets: [UInt8] = []
        octets.reserveCapacity(19)
        func two(_ number: Int) {
            octets.append(48 + UInt8(truncatingIfNeeded: number / 10))
            octets.append(48 + UInt8(truncatingIfNeeded: number % 10))
        }
        if (0...9_999).contains(year) {
            two(year / 100)
            two(year % 100)
        } else {
            let digits = String(year).utf8
            octets += Array(repeating: 48, count: max(0, 4 - digits.count)) + Array(digits)
        }
        for (mark, number) in [(0x2D, month), (0x2D, day)] as [(UInt8, Int)] {
            octets.append(mark)
            two(number)
        }
        octets.append(UInt8(ascii: separator))
        two(time / 3_600)
        for number in [time / 60 % 60, time % 60] {
            octets.append(0x3A)
            two(number)
        }
        return String(decoding: octets, as: UTF8.self)
    }
}

extension Int64 {
    /// Division rounding towards minus infinity.
    func floorDivided(by divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }

    /// The remainder that goes with `floorDivided`, always 0 ..< divisor.
    func modulo(_ divisor: Int64) -> Int64 { self - floorDivided(by: divisor) * divisor }
}
