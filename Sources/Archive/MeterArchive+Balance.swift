// The daily balance (R14): what the register gained over a day must be the sum of the day's increments,
// within (intervals + 2) least digits. It proves stamps and profile shape of a meter model.

package import Faults
import Metering
import Storage
package import Timekeeping

/// Register against profile over one day.
package struct DailyBalance: Sendable, Hashable {
    /// 00:00 of the day.
    package var day: CivilStamp
    /// A+0 gained from start-of-day to start-of-day, at `scaler`.
    package var registerGain: Int64
    /// Sum of the day's energy from the profile, at `scaler`.
    package var profileSum: Int64
    /// Power of ten of both, in Wh.
    package var scaler: Int8
    /// Largest difference that rounding explains, at `scaler`.
    package var allowance: Int64

    /// Whether the two agree.
    package var isBalanced: Bool { (registerGain - profileSum).magnitude <= UInt64(allowance) }
}

extension MeterArchive {
    /// The balance of active energy of a day; nil while a register or an interval of it is missing.
    package func balance(meter: Int, day: CivilStamp) throws(Fault) -> DailyBalance? {
        let (begin, end) = (day.startOfDay, day.startOfDay.adding(seconds: 86_400))
        let registers = try rows(
            ArchiveQuery(.dayEnergy, meters: [meter], windows: [begin...end], tags: [.aPlus0]))
        let intervals = try rows(
            ArchiveQuery(
                .powerProfile, meters: [meter], windows: [begin.adding(seconds: 1)...end], tags: [.pPlus]))
        guard let key = present[meter]?.key, let length = intervals.last?.reading.intervalMinutes, length > 0,
            let first = registers.first, let last = registers.last, first.life.key == key,
            first.reading.stamp.civil == begin, last.reading.stamp.civil == end,
            intervals.count == 1_440 / Int(length)
        else { return nil }
        return DailyBalance(
            day: begin, registers: (first.reading, last.reading), intervals: intervals.map(\.reading))
    }
}

extension DailyBalance {
    /// The balance of two registers and the intervals between them; nil when a value is missing or overflows.
    init?(day: CivilStamp, registers: (first: Reading, last: Reading), intervals: [Reading]) {
        guard let opening = registers.first[.aPlus0], let closing = registers.last[.aPlus0] else {
            return nil
        }
        var samples: [MeasuredValue] = []
        for interval in intervals {
            guard let value = interval[.pPlus] else { return nil }
            samples.append(value)
        }
        let coarsest = ([opening, closing] + samples).map(\.scaler).max() ?? 0
        // A demand × minutes ÷ 60 needs two more digits than the demand itself.
        let finest = (([opening, closing] + samples).map(\.scaler).min() ?? 0) - 2
        guard let from = DailyBalance.align(opening, finest), let to = DailyBalance.align(closing, finest)
        else {
            return nil
        }
        var sum: Int64 = 0
        for (interval, value) in zip(intervals, samples) {
            guard let aligned = DailyBalance.align(value, finest) else { return nil }
            sum += value.form == .demand ? aligned * Int64(interval.intervalMinutes) / 60 : aligned
        }
        let digit = DailyBalance.align(MeasuredValue(.aPlus0, mantissa: 1, scaler: coarsest), finest) ?? 1
        self.init(
            day: day, registerGain: to - from, profileSum: sum, scaler: finest,
            allowance: Int64(intervals.count + 2) * digit)
    }

    /// A mantissa at a finer scaler; nil when the day's sum might overflow.
    private static func align(_ value: MeasuredValue, _ scaler: Int8) -> Int64? {
        var mantissa = value.mantissa
        for _ in 0..<max(Int(value.scaler) - Int(scaler), 0) {
            let (next, overflow) = mantissa.multipliedReportingOverflow(by: 10)
            if overflow { return nil }
            mantissa = next
        }
        // Room for 1,440 summands of 60 minutes each.
        return mantissa.magnitude < UInt64(Int64.max / 100_000) ? mantissa : nil
    }
}
