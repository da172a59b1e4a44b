// The street's own knowledge of what each meter holds, past every protocol: the simulation compares the
// archive with this and not with the archive's own logic. Values are those a faultless reader would get.

import DLMS
package import Metering
package import SPODES
package import Timekeeping

/// What one meter holds at one instant.
package struct MeterTruth: Sendable {
    /// One row as the meter has it.
    package struct Row: Sendable, Hashable {
        /// Stamp on the meter's clock: midnight, or the end of an interval.
        package let stamp: CivilStamp
        /// Numbers in the least digits of their columns, by tag; profile columns by their mean power's tag.
        package let values: [Tag: MeasuredValue]
    }

    /// Serial number: which meter it is.
    package var serial: String { meter.serial }
    /// When an archive last began anew within this serial number: a new life of its rows (R8).
    package func lifeBegan(_ profile: ArchiveProfile) -> CivilStamp {
        CivilStamp(
            seconds: floorDivision(meter.diary.cleared[profile] ?? meter.element.installed, 1_000))
    }
    /// What the meter's clock shows.
    package var clock: CivilStamp { meter.clock.civil(at: instant) }
    /// What the meter's clock is ahead of the street's time, in seconds.
    package var clockDifferenceSeconds: Int64 { (meter.clock.reading(at: instant) - instant) / 1_000 }
    /// Length of the profile's interval.
    package var intervalMinutes: Int { meter.personality.profile.minutes }

    private var meter: SPODESMeter
    private let instant: Int64

    /// Settings and shifts of the clock in the last so many seconds, oldest first.
    package func clockSettings(ofLast seconds: Int64) -> [MeterClock.Correction] {
        meter.clock.settings(after: instant - seconds * 1_000, until: instant)
    }

    init(meter: SPODESMeter, instant: Int64) {
        self.meter = meter
        self.instant = instant
        // Questions about instants that no conversation has reached yet are cheap only after this.
        self.meter.prepare(at: instant)
    }

    /// Stamps of the rows an archive holds now, oldest first; found by arithmetic, whatever the depth.
    package func stamps(_ profile: ArchiveProfile) -> ArchiveSeries {
        switch profile {
        case .month: meter.months(at: instant)
        case .day: meter.days(at: instant)
        case .load: meter.intervals(at: instant)
        }
    }

    /// Whether a row of the months lies at a stamp where nobody could expect it, and so do all after it: it
    /// was frozen by hand, or is the first on another day than those before.
    package func isUnexpectedMonth(_ stamp: CivilStamp) -> Bool {
        let months = stamps(.month)
        guard let row = months.indices(from: stamp, to: stamp).first else { return false }
        return (row..<months.count).allSatisfy { index in
            let stamp = months.stamp(index)
            guard index > 0, stamp != stamp.startOfMonth else { return false }
            let before = months.stamp(index - 1)
            return before.seconds - before.startOfMonth.seconds != stamp.seconds - stamp.startOfMonth.seconds
        }
    }

    /// Whether a row was written, and its stamp came again without mains after the clock had been
    /// put back: the meter has it no longer.
    package func lostInTheDark(_ stamp: CivilStamp) -> Bool {
        meter.passedAgainInTheDark(stamp, by: instant)
    }

    /// What of a day's active energy no profile can tell, in milliwatt-seconds, when the clock was put back
    /// on that day or behind it, or the mains failed, and the profile was cleared, or the meter taken down,
    /// before it told what had come of it: before so many seconds had passed since the clock showed again
    /// what it had shown, or since the mains failed. At most what was counted from one interval before the
    /// clock first showed what it was put back to, until then, and in the interval before the mains failed;
    /// 0 on all other days.
    package func energyForgotten(ofDay day: CivilStamp, within seconds: Int64) -> Int64 {
        let ends = meter.diary.cleared[.load].map { [FormerMeter(meter: meter, takenDown: $0)] } ?? []
        return (ends + meter.formers).map { energyForgotten(by: $0, day, seconds) }.max() ?? 0
    }

    /// The same of one meter, whose rows went at once, and with them the parts of intervals that it wrote as
    /// the mains went shortly before.
    private func energyForgotten(by end: FormerMeter, _ day: CivilStamp, _ seconds: Int64) -> Int64 {
        let (meter, gone) = (end.meter, end.takenDown)
        func counted(from begin: Int64, until end: Int64) -> Int64 {
            let totals = [begin, end].map { meter.supply.registers(at: $0, of: meter.element).total }
            return totals[1].activeImport - totals[0].activeImport
        }
        let interval = Int64(intervalMinutes) * 60_000
        let parts = meter.mainsFailures(from: gone - seconds * 1_000, until: gone).filter { off in
            CivilStamp(seconds: floorDivision(meter.clock.reading(at: off), 1_000)).startOfDay == day
        }
        let inParts = parts.reduce(0) { $0 + counted(from: $1 - interval, until: $1) }
        let returns = meter.clock.returns(until: gone).filter { step in
            let days = [step.after, step.before].map {
                CivilStamp(seconds: floorDivision($0, 1_000)).startOfDay
            }
            return step.before - step.after > 60_000 && days[0] <= day && day <= days[1]
                && gone < meter.clock.instant(of: step.before) + seconds * 1_000
        }
        guard let first = returns.first else { return inParts }
        let begin = first.instant - (first.before - first.after) - interval
        return inParts + counted(from: begin, until: gone)
    }

    /// Whether an archive holds a row of a stamp now.
    package func holds(_ profile: ArchiveProfile, _ stamp: CivilStamp) -> Bool {
        !stamps(profile).indices(from: stamp, to: stamp).isEmpty
    }

    /// Rows with stamps inside `window`, both ends included; the cost is that of the rows asked.
    package func rows(_ profile: ArchiveProfile, in window: ClosedRange<CivilStamp>) -> [Row] {
        let series = stamps(profile)
        let shape = RowShape(profile, of: meter)
        let rows = series.indices(from: window.lowerBound, to: window.upperBound).map { index in
            row(shape, at: series.stamp(index))
        }
        return profile == .load ? joined(rows) : rows
    }

    /// Two increments of one interval, before and after an outage within it, are added; of two other values
    /// nothing is said (R13).
    private func joined(_ rows: [Row]) -> [Row] {
        let length = Int64(intervalMinutes) * 60
        func slot(_ stamp: CivilStamp) -> Int64 { floorDivision(stamp.seconds - 1, length) }
        var found: [Row] = []
        for row in rows {
            guard let last = found.last, slot(last.stamp) == slot(row.stamp) else {
                found.append(row)
                continue
            }
            var values: [Tag: MeasuredValue] = [:]
            for (tag, value) in row.values where value.form == .increment {
                guard let before = last.values[tag] else { continue }
                values[tag] = MeasuredValue(
                    tag, mantissa: before.mantissa + value.mantissa, scaler: value.scaler, form: .increment)
            }
            found[found.count - 1] = Row(stamp: row.stamp, values: values)
        }
        return found
    }

    /// Events of one of the meter's journals, 0.0.99.98.n, oldest first.
    package func events(ofJournal number: UInt8) -> [MeterEvent] {
        MeterJournal(number: number).events(of: meter, until: instant)
    }

    /// Stamps and codes of one of the meter's journals as a reader gets them, in the journal's order; the
    /// journal of time corrections has no code. With `age` only those that happened so many seconds ago.
    package func told(
        byJournal number: UInt8, before age: Int64 = 0
    ) -> [(stamp: CivilStamp, code: Int)] {
        events(ofJournal: number).filter { $0.instant <= instant - age * 1_000 }.map { event in
            let reading = event.newReading ?? meter.clock.reading(at: event.instant)
            return (CivilStamp(seconds: floorDivision(reading, 1_000)), number == 13 ? 0 : Int(event.code))
        }
    }

    private func row(_ shape: RowShape, at stamp: CivilStamp) -> Row {
        let cells =
            shape.profile == .load
            ? meter.interval(shape.columns, endingAt: stamp) : meter.frozen(shape.columns, at: stamp)
        var values: [Tag: MeasuredValue] = [:]
        for (place, cell) in cells.enumerated() {
            guard let (tag, form) = shape.meanings[place], let number = cell.wholeNumber else { continue }
            // Of an energy and a demand of one quantity the energy is the surer.
            if shape.profile == .load, values[tag]?.form == .increment { continue }
            values[tag] = MeasuredValue(
                tag, mantissa: number, scaler: shape.columns[place].scaler, form: form)
        }
        return Row(stamp: stamp, values: values)
    }

    /// The columns of a profile, and what each means; nil for one that the gateway has no name for.
    private struct RowShape {
        let profile: ArchiveProfile
        let columns: [MeterColumn]
        let meanings: [(tag: Tag, form: ValueForm)?]

        init(_ profile: ArchiveProfile, of meter: SPODESMeter) {
            self.profile = profile
            columns = profile == .load ? meter.model.profileColumns : meter.model.dayColumns
            meanings = columns.map { column in
                if profile == .load { return RegisterTable.profileColumn(column.code) }
                return RegisterTable.tag(of: column.code).map { ($0, .register) }
            }
        }
    }
}

/// What all meters of a line hold.
package struct StreetTruth: Sendable {
    /// The meters by name of their station (its address).
    package let meters: [String: MeterTruth]

    /// The truth of a line when the world's time is `wall`.
    package init(_ line: SimulatedLine, wall: WallTime) {
        var line = line
        line.liveThrough(wall)
        meters = Dictionary(
            line.stations.compactMap { station in station.truth(wall: wall).map { (station.name, $0) } }
        ) { first, _ in first }
    }
}
