// A SPODES meter without its communication: clock, registers, archives and relay over a measuring element,
// shaped by a personality. `SPODESMeter+Objects.swift` shows it as COSEM objects; nothing here knows
// associations or frames. Instants are true time, milliseconds since 2000-01-01 of the street's civil time;
// stamps are the meter's clock.

package import DLMS
package import Timekeeping

/// A meter.
package struct SPODESMeter: Sendable {
    /// What model it is, shared with its copies.
    package private(set) var model: MeterModel
    /// What makes the model what it is.
    package internal(set) var personality: Personality {
        get { model.personality }
        set { model = MeterModel(newValue) }
    }
    /// Serial number, digits.
    package internal(set) var serial: String
    /// Its clock.
    package var clock: MeterClock
    /// Its load relay.
    package var supply = SupplyState()
    /// What has been written to its settings.
    var written = WrittenSettings()
    /// The limits among them.
    var limits = LoadLimits()
    /// When it was without mains.
    package internal(set) var outages = MainsOutages()
    /// What has happened to it at run time.
    package internal(set) var diary = MeterDiary()
    /// The meter before this one, as long as nothing else was hung up: at most one.
    package internal(set) var formers: [FormerMeter] = []
    /// What it tells unasked.
    package var pushes = PushMemory()
    /// How late its rows are.
    package private(set) var rowDelay = RowDelay()
    /// Its journals, made once and good until something happens.
    private(set) var recalled = RecalledJournals()
    /// When the snapshot of its present values was captured last; nil before the first time.
    package internal(set) var captured: Int64?
    /// The measuring half.
    package internal(set) var element: any MeasuringElement

    /// The only meter of its model, over a measuring element.
    package init(personality: Personality, serial: String, clock: MeterClock, element: any MeasuringElement) {
        self.init(model: MeterModel(personality), serial: serial, clock: clock, element: element)
    }

    /// A meter of a model that others share, over a measuring element.
    package init(model: MeterModel, serial: String, clock: MeterClock, element: any MeasuringElement) {
        self.model = model
        self.serial = serial
        self.clock = clock
        self.element = element
    }

    /// Gets ready for questions at `instant`; call it before every conversation step.
    package mutating func prepare(at instant: Int64) {
        element.prepare(through: instant)
        watchLimits(until: instant)
        supply.settle(element)
        if !recalled.isGood(for: self, at: instant) { recalled = RecalledJournals(of: self, at: instant) }
    }

    /// Notes an attempt to get in (journal 6): 1 for a wrong password, 3 for the block after several.
    package mutating func noteAccess(code: UInt8, at instant: Int64) {
        diary.note(6, code: code, at: instant)
    }

    // MARK: - Present values

    /// The value of a register or of a present quantity; a profile column has none.
    package func value(of column: MeterColumn, at instant: Int64) -> DataValue {
        switch column.source {
        case .energy(let quantity, let tariff):
            return register(supply.registers(at: instant, of: element)[quantity, tariff])
        case .increment, .demand:
            return .nullData
        case .operatingTime:
            return .doubleLongUnsigned(UInt32(clamping: (instant - element.installed) / 1_000))
        case .temperature:
            return .long(24)
        default:
            return quantity(column, element.network(at: instant))
        }
    }

    /// The values of several at one instant.
    package func values(of columns: [MeterColumn], at instant: Int64) -> [DataValue] {
        let registers = supply.registers(at: instant, of: element)
        let network = element.network(at: instant)
        return columns.map { column in
            switch column.source {
            case .energy(let quantity, let tariff): register(registers[quantity, tariff])
            case .increment, .demand, .operatingTime, .temperature: value(of: column, at: instant)
            default: quantity(column, network)
            }
        }
    }

    private func quantity(_ column: MeterColumn, _ network: NetworkState) -> DataValue {
        let present = supply.isOn ? network : network.withoutCurrent
        var value = present.value(of: column.source)
        var power = column.scaler
        while power < 0 { value *= 10; power += 1 }
        while power > 0 { value /= 10; power -= 1 }
        let whole = Int64(value.rounded())
        switch column.source {
        case .voltage, .lineVoltage, .frequency, .apparent:
            return .doubleLongUnsigned(UInt32(clamping: whole))
        default: return .doubleLong(Int32(clamping: whole))
        }
    }

    private func register(_ milliwattSeconds: Int64) -> DataValue {
        let digits = milliwattSeconds / model.registerDigit
        return personality.energy.bits == 64
            ? .long64Unsigned(UInt64(clamping: digits))
            : .doubleLongUnsigned(UInt32(truncatingIfNeeded: digits))
    }

    // MARK: - Archives

    /// From an instant on rows are written so many milliseconds after their boundaries (R32); 0 for at once.
    package mutating func delayRows(byMilliseconds delay: Int64, from instant: Int64) {
        rowDelay = RowDelay(milliseconds: delay, from: instant)
    }

    /// Stamps of the daily rows: the midnights the registers were frozen at.
    package func days(at instant: Int64) -> ArchiveSeries {
        series(.day, .seconds(86_400), depth: personality.days, at: instant)
    }

    /// Stamps of the monthly rows: the 1st, 00:00.
    package func months(at instant: Int64) -> ArchiveSeries {
        series(.month, .month, depth: personality.months, at: instant)
    }

    /// Stamps of the load profile: ends of the intervals.
    package func intervals(at instant: Int64) -> ArchiveSeries {
        let rows = personality.profile.days * 1_440 / personality.profile.minutes
        return series(.load, .seconds(Int64(personality.profile.minutes) * 60), depth: rows, at: instant)
    }

    /// Frozen registers of a daily or monthly row, in the order of `columns`.
    package func frozen(_ columns: [MeterColumn], at stamp: CivilStamp) -> [DataValue] {
        let instant = clock.instant(of: stamp.seconds * 1_000)
        let registers = supply.registers(at: instant, of: element)
        return columns.map { column in
            switch column.source {
            case .energy(let quantity, let tariff): register(registers[quantity, tariff])
            case .operatingTime: value(of: column, at: instant)
            default: .nullData
            }
        }
    }

    /// Values of the profile interval that ends at `stamp`, in the order of `columns`.
    package func interval(_ columns: [MeterColumn], endingAt stamp: CivilStamp) -> [DataValue] {
        let length = Int64(personality.profile.minutes) * 60_000
        let end = clock.instant(of: stamp.seconds * 1_000)
        // A row at switch-off belongs to the interval it lies in, and counting begins anew after it; a meter
        // that writes none goes on with what it had counted.
        let boundary = clock.instant(of: floorDivide(stamp.seconds * 1_000 - 1, length) * length)
        let begin = writesParts ? max(boundary, lastReturn(after: boundary, before: end)) : boundary
        let before = supply.registers(at: begin, of: element).total
        let after = supply.registers(at: end, of: element).total
        lazy var middle = element.network(at: begin + length / 2)
        return columns.map { column in
            switch column.source {
            case .increment(let quantity):
                return .doubleLongUnsigned(increment(column, before[quantity], after[quantity]))
            case .demand(let quantity):
                let unit = MeterModel.leastDigit(column.scaler) * length
                let product = (after[quantity] - before[quantity]).multipliedFullWidth(by: 3_600_000)
                return .doubleLongUnsigned(UInt32(clamping: unit.dividingFullWidth(product).quotient))
            default:
                return quantity(column, middle)
            }
        }
    }

    /// Whether the meter writes a row of the interval it goes in; those of mean powers write none.
    private var writesParts: Bool { personality.profile.processing == 29 }

    private func increment(_ column: MeterColumn, _ before: Int64, _ after: Int64) -> UInt32 {
        let digit = MeterModel.leastDigit(column.scaler)
        let digits = personality.profile.carries ? after / digit - before / digit : (after - before) / digit
        return UInt32(clamping: digits)
    }

    /// Rows since the installation, or since the archive was last cleared.
    private func series(
        _ profile: ArchiveProfile, _ step: ArchiveSeries.Step, depth: Int, at instant: Int64
    ) -> ArchiveSeries {
        let born = began(profile, by: instant)
        let instant = rowDelay.written(by: instant)
        let now = clock.civil(at: instant)
        var series = ArchiveSeries(step: step, installed: born, now: now, depth: depth)
        if profile == .month { bill(&series, depth: depth, until: instant) }
        for outage in outages.all where outage.begin <= instant && leftGap(outage) {
            let off = clock.civil(at: outage.begin)
            guard off > born else { continue }
            let on = gapEnd(outage, from: off, by: instant)
            let isPart = profile == .load && writesParts
            let isBoundary = off.seconds % (Int64(personality.profile.minutes) * 60) == 0
            // The row of a boundary is written before the supply is gone; what the clock has yet to reach is
            // not told.
            let hasPart = isPart && !isBoundary && off <= now
            let from = isBoundary ? off.adding(seconds: 1) : off
            series.interrupt(
                from: from,
                until: outage.end == nil ? CivilStamp(seconds: .max) : max(from, on.adding(seconds: 1)),
                part: hasPart ? off : nil)
        }
        return series
    }

    /// Where the rows begin. An archive that is cleared while the clock is years off begins when the clock is
    /// right again: the rows of years before are gone all the same. One whose clock is put back behind the
    /// clearing begins there: what was written since lies after it.
    private func began(_ profile: ArchiveProfile, by instant: Int64) -> CivilStamp {
        let installed = element.installed + clock.offset
        guard let cleared = diary.cleared[profile] else { return CivilStamp(milliseconds: installed) }
        var began = clock.reading(at: cleared)
        for step in clock.settings(after: cleared, until: instant) where step.after > installed {
            began = began > installed ? min(began, step.after) : step.after
        }
        return CivilStamp(milliseconds: began)
    }

    /// Whether the clock had shown a stamp, was put back behind it, and came to it again without mains: the
    /// row of the first time, which somebody may have read, has lost its place to one that was never written.
    package func passedAgainInTheDark(_ stamp: CivilStamp, by instant: Int64) -> Bool {
        let reading = stamp.seconds * 1_000
        let returns = clock.settings(after: .min, until: instant).filter {
            $0.after < reading && reading <= $0.before
        }
        return outages.all.contains { outage in
            returns.contains { $0.instant <= outage.begin } && clock.reading(at: outage.begin) < reading
                && stamp <= stoppedPassing(outage, by: instant)
        }
    }

    /// What the clock showed when the supply came back, or when it was put back or lost its battery in the
    /// dark: up to there it passed stamps without rows. What a clock put ahead in the dark leaves out has no
    /// rows either.
    private func stoppedPassing(_ outage: MainsOutages.Outage, by instant: Int64) -> CivilStamp {
        let end = min(outage.end ?? instant, instant)
        let back = clock.settings(after: outage.begin, until: end).first { $0.after < $0.before }
        return back.map { CivilStamp(milliseconds: $0.before) } ?? clock.civil(at: end)
    }

    /// Up to where an outage that began at `off` left stamps without rows: a clock that was put back into the
    /// gap after the supply had returned passed the rest of it again, and wrote its rows then.
    private func gapEnd(
        _ outage: MainsOutages.Outage, from off: CivilStamp, by instant: Int64
    ) -> CivilStamp {
        let stopped = stoppedPassing(outage, by: instant)
        guard let end = outage.end, end < instant else { return stopped }
        let entered = clock.settings(after: end, until: instant).map { CivilStamp(milliseconds: $0.after) }
            .filter { $0 >= off }.min()
        return entered.map { min($0, stopped) } ?? stopped
    }

    /// Whether the rows show an outage where the clock was when it began. They do not when the clock came to
    /// show the same again, and what it wrote then took their place; nor when it showed the year 2000 after
    /// its battery died.
    private func leftGap(_ outage: MainsOutages.Outage) -> Bool {
        let reading = clock.reading(at: outage.begin)
        guard reading > element.installed + clock.offset else { return false }
        return abs(clock.instant(of: reading) - outage.begin) < 1_000
    }

    /// When the supply last came back between two instants, from an outage the rows show; the beginning of
    /// time when it never did.
    private func lastReturn(after begin: Int64, before end: Int64) -> Int64 {
        for outage in outages.all.reversed() {
            guard let back = outage.end, back < end else { continue }
            if back <= begin { break }
            if leftGap(outage) { return back }
        }
        return .min
    }
}
