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
        guard let life = present[meter] else { return nil }
        return try reading("balancing a day of meter \(meter)") { () throws(StorageError) in
            try tables.balance(of: life, day: day.startOfDay)
        }
    }

    /// Days of a meter whose registers and profile disagree, ascending: each is checked whenever a row of it
    /// is stored, and leaves the list when a later row mends it.
    package func unbalancedDays(meter: Int) throws(Fault) -> [DailyBalance] {
        guard let life = present[meter] else { return [] }
        return try reading("listing unbalanced days of meter \(meter)") { () throws(StorageError) in
            try tables.unbalancedDays(of: life.key)
        }
    }
}

extension SessionWriting {
    /// Checks the days that rows of this session belong to, and flags or clears them.
    mutating func checkBalances() throws(StorageError) {
        var days: Set<Int64> = []
        for reading in session.readings {
            let stamp = reading.stamp.civil
            // An interval belongs to the day before its end; a register ends one day and begins another.
            if reading.measure == .powerProfile || reading.measure == .dayEnergy {
                days.insert(stamp.adding(seconds: -1).dayNumber)
            }
            if reading.measure == .dayEnergy { days.insert(stamp.dayNumber) }
        }
        for day in days.sorted() {
            guard let balance = try tables.balance(of: life, day: CivilStamp(seconds: day * 86_400)) else {
                continue
            }
            if balance.isBalanced {
                try tables.connection.statement(
                    "DELETE FROM unbalanced_day WHERE meter_key = ?1 AND day = ?2"
                ).run(life.key, day)
            } else {
                if try !isUnbalanced(since: day - 7, through: day) {
                    outcome.newlyUnbalanced.append(balance.day)
                }
                try tables.connection.statement(
                    "INSERT OR REPLACE INTO unbalanced_day VALUES (?1, ?2, ?3, ?4, ?5, ?6)"
                ).run(
                    life.key, day, balance.registerGain, balance.profileSum, Int64(balance.scaler),
                    balance.allowance)
            }
        }
    }

    /// Whether one of some days is flagged already.
    private func isUnbalanced(since first: Int64, through last: Int64) throws(StorageError) -> Bool {
        let query = try tables.connection.statement(
            "SELECT 1 FROM unbalanced_day WHERE meter_key = ?1 AND day BETWEEN ?2 AND ?3")
        defer { query.reset() }
        query.bind(life.key, at: 1)
        query.bind(first, at: 2)
        query.bind(last, at: 3)
        return try query.step()
    }
}

extension ArchiveTables {
    /// The balance of the day that begins at `begin`; nil while something of it is missing.
    fileprivate func balance(of life: MeterLife, day begin: CivilStamp) throws(StorageError) -> DailyBalance?
    {
        let end = begin.adding(seconds: 86_400)
        // Of the day that goes on the closing register is not there yet, and nothing need be read.
        let closing = RowSlot(period: end.minutes, isSeason: true).number
        let series = RowSeries.number(life.key, Int64(Measure.dayEnergy.archiveNumber ?? 0))
        guard closing <= (try ends(of: series, in: .energy).newest) else { return nil }
        let registers = try readings(.dayEnergy, .aPlus0, of: life, in: begin...end)
        guard registers.count == 2, let first = registers.first, let last = registers.last,
            first.stamp.civil == begin, last.stamp.civil == end
        else { return nil }
        let intervals = try readings(.powerProfile, .pPlus, of: life, in: begin.adding(seconds: 1)...end)
        // On the day a meter was set to another interval some are longer than others.
        guard intervals.reduce(0, { $0 + Int($1.intervalMinutes) }) == 1_440 else { return nil }
        return DailyBalance(day: begin, registers: (first, last), intervals: intervals)
    }

    /// Flagged days of a life.
    fileprivate func unbalancedDays(of key: Int64) throws(StorageError) -> [DailyBalance] {
        let query = try connection.statement(
            "SELECT day, register_gain, profile_sum, scaler, allowance FROM unbalanced_day "
                + "WHERE meter_key = ?1 ORDER BY day")
        query.bind(key, at: 1)
        defer { query.reset() }
        var days: [DailyBalance] = []
        while try query.step() {
            days.append(
                DailyBalance(
                    day: CivilStamp(seconds: query.integer(0) * 86_400), registerGain: query.integer(1),
                    profileSum: query.integer(2), scaler: Int8(clamping: query.integer(3)),
                    allowance: query.integer(4)))
        }
        return days
    }

    private func readings(
        _ measure: Measure, _ tag: Tag, of life: MeterLife, in window: ClosedRange<CivilStamp>
    ) throws(StorageError) -> [Reading] {
        guard let family = ColumnFamily.of(measure) else { return [] }
        let pager = RowPager(
            tables: self, query: ArchiveQuery(measure, tags: [tag]), family: family, windows: [window])
        return try pager.page(lives: [life], from: .start, limit: 1_500).rows.map(\.reading)
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
        let allowance = Int64(intervals.count + 2) * digit
        var gain = to - from
        if gain < 0, let capacity = DailyBalance.capacity(of: opening, finest, gain, sum, allowance) {
            gain += capacity
        }
        self.init(
            day: day, registerGain: gain, profileSum: sum, scaler: finest, allowance: allowance)
    }

    /// What a register holds before it begins at zero again (R32): so many decimal digits, or 32 bits, of
    /// which only the day's increments tell; nil when nothing explains that it stands lower than before.
    private static func capacity(
        of opening: MeasuredValue, _ scaler: Int8, _ gain: Int64, _ sum: Int64, _ allowance: Int64
    ) -> Int64? {
        var capacities: [Int64] = [1 << 32]
        var decimal: Int64 = 10_000
        while decimal <= 1_000_000_000_000 {
            capacities.append(decimal)
            decimal *= 10
        }
        return capacities.filter { $0 > opening.mantissa }.compactMap { mantissa in
            align(MeasuredValue(opening.tag, mantissa: mantissa, scaler: opening.scaler), scaler)
        }.first { (gain + $0 - sum).magnitude <= UInt64(allowance) }
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
