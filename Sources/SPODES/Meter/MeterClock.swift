// The quartz clock inside a meter: it drifts, it is put right once a month by some reader, and it may be set
// or shifted at run time. It maps true instants to what the clock showed and back, so that archive rows lie
// exactly where the meter's own clock said (R3, R31).

package import Timekeeping

/// A drifting clock. Instants and readings are milliseconds since 2000-01-01 00:00 of the street's civil
/// time.
package struct MeterClock: Sendable, Hashable {
    /// A stretch of undisturbed running.
    private struct Stretch: Sendable, Hashable {
        /// True instant of its beginning.
        var begin: Int64
        /// What the clock showed then.
        var reading: Int64
    }

    /// A stretch in which the rows of an archive are written.
    private struct WritingStretch: Sendable, Hashable {
        var stretch: Stretch
        /// True instant of the next setting.
        var end = Int64.max
        /// The least reading this stretch and all later ones began with: never decreases along the stretches.
        var least: Int64
    }

    /// Drift in milliseconds a day; positive runs fast.
    package let driftPerDay: Double
    /// Standing difference to the street's time, as of a wrong zone.
    package let offset: Int64
    /// Settings at run time, oldest first.
    private var settings: [Stretch] = []
    /// Those of them from which on rows are written, without the ones in which the clock is years off after
    /// its battery died.
    private var writing: [WritingStretch] = []

    /// A clock that is put right on the first of each month at 12:15.
    package init(driftPerDay: Double, offset: Int64 = 0) {
        self.driftPerDay = driftPerDay
        self.offset = offset
    }

    /// What the clock shows at a true instant.
    package func reading(at instant: Int64) -> Int64 {
        let later = firstIndex(below: settings.count) { settings[$0].begin > instant }
        return shown(later > 0 ? settings[later - 1] : monthly(at: instant), at: instant)
    }

    /// The civil reading at a true instant, to the second.
    package func civil(at instant: Int64) -> CivilStamp {
        CivilStamp(milliseconds: reading(at: instant))
    }

    /// The true instant at which the clock last came to show `reading`; for readings that a forward step left
    /// out, the instant of the step. Never decreases with `reading`. What the clock showed while it was years
    /// off does not count: what had been written by then stays as it was.
    package func instant(of reading: Int64) -> Int64 {
        let later = firstIndex(below: writing.count) { writing[$0].least > reading }
        guard later > 0 else {
            let instant = undisturbed(reading)
            guard let first = settings.first, instant >= first.begin else { return instant }
            return writing.first?.stretch.begin ?? instant
        }
        let instant = run(writing[later - 1].stretch, to: reading)
        if instant < writing[later - 1].end || later == writing.count { return instant }
        return writing[later].stretch.begin
    }

    /// When the clock came to show `reading` by its monthly corrections alone.
    private func undisturbed(_ reading: Int64) -> Int64 {
        let anchor = monthly(at: reading - offset)
        return min(run(anchor, to: reading), nextMonthly(after: anchor.begin))
    }

    /// True instant of the newest setting; the beginning of time without one.
    var lastSetting: Int64 { settings.last?.begin ?? .min }

    /// Sets the clock at a true instant.
    package mutating func set(to reading: Int64, at instant: Int64) {
        let stretch = Stretch(begin: instant, reading: reading)
        settings.append(stretch)
        if writing.last?.end == .max { writing[writing.count - 1].end = instant }
        if (reading - instant).magnitude <= Self.longestStep {
            for index in writing.indices.reversed() {
                guard writing[index].least > reading else { break }
                writing[index].least = reading
            }
            writing.append(WritingStretch(stretch: stretch, least: reading))
        }
        guard settings.count > Self.maximumSettings else { return }
        if writing.first?.stretch == settings.removeFirst() { writing.removeFirst() }
    }

    /// One change of the clock: true instant, and readings before and after.
    package struct Correction: Sendable, Hashable {
        /// True instant.
        package let instant: Int64
        /// What the clock showed just before.
        package let before: Int64
        /// What it showed from then on.
        package let after: Int64
    }

    /// Corrections and settings between two instants, oldest first.
    package func corrections(from begin: Int64, until end: Int64) -> [Correction] {
        var found: [Correction] = []
        let firstSetting = settings.first?.begin ?? .max
        var moment = Self.correction(inMonthOf: begin, adding: 0)
        while moment <= end, moment < firstSetting {
            if moment > begin {
                let before = shown(monthly(at: moment - 1), at: moment)
                found.append(Correction(instant: moment, before: before, after: moment + offset))
            }
            moment = nextMonthly(after: moment)
        }
        for (index, setting) in settings.enumerated() where setting.begin <= end {
            let previous = index > 0 ? settings[index - 1] : monthly(at: setting.begin - 1)
            let before = shown(previous, at: setting.begin)
            found.append(Correction(instant: setting.begin, before: before, after: setting.reading))
        }
        return found
    }

    /// Settings and shifts at run time after `begin` and up to `end`, oldest first: what readers of this
    /// street did, without the monthly visits of somebody else's.
    package func settings(after begin: Int64, until end: Int64) -> [Correction] {
        let first = settings.lastIndex { $0.begin <= begin }.map { $0 + 1 } ?? 0
        return settings[first...].prefix { $0.begin <= end }.indices.map { index in
            let setting = settings[index]
            let previous = index > 0 ? settings[index - 1] : monthly(at: setting.begin - 1)
            return Correction(
                instant: setting.begin, before: shown(previous, at: setting.begin), after: setting.reading)
        }
    }

    /// The same, with a battery that died and the setting that ended it as one: from what the clock showed
    /// before it was years off to what it was set to.
    package func returns(until end: Int64) -> [Correction] {
        var found: [Correction] = []
        var died: Correction?
        for step in settings(after: .min, until: end) {
            guard (step.after - step.instant).magnitude <= Self.longestStep else {
                died = died ?? step
                continue
            }
            let begin = died ?? step
            found.append(Correction(instant: begin.instant, before: begin.before, after: step.after))
            died = nil
        }
        return found
    }

    /// No person puts a clock off by more, only a dead battery: half a year in milliseconds.
    private static let longestStep: UInt64 = 180 * 86_400_000

    /// Settings remembered; older ones no longer matter for the archive a meter keeps.
    private static let maximumSettings = 1_000

    private func shown(_ stretch: Stretch, at instant: Int64) -> Int64 {
        let elapsed = instant - stretch.begin
        return stretch.reading + elapsed + Int64(Double(elapsed) * driftPerDay / 86_400_000)
    }

    private func run(_ stretch: Stretch, to reading: Int64) -> Int64 {
        let shown = Double(reading - stretch.reading)
        return stretch.begin + Int64(shown / (1 + driftPerDay / 86_400_000))
    }

    /// The last correction by somebody else's reader at or before an instant.
    private func monthly(at instant: Int64) -> Stretch {
        var begin = Self.correction(inMonthOf: instant, adding: 0)
        if begin > instant { begin = Self.correction(inMonthOf: instant, adding: -1) }
        return Stretch(begin: begin, reading: begin + offset)
    }

    private func nextMonthly(after begin: Int64) -> Int64 { Self.correction(inMonthOf: begin, adding: 1) }

    private static func correction(inMonthOf instant: Int64, adding months: Int) -> Int64 {
        (CivilStamp(milliseconds: instant).startOfMonth(adding: months).seconds + 44_100) * 1_000
    }
}
