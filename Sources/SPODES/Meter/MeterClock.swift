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

    /// Drift in milliseconds a day; positive runs fast.
    package let driftPerDay: Double
    /// Standing difference to the street's time, as of a wrong zone.
    package let offset: Int64
    /// Settings at run time, oldest first.
    private var settings: [Stretch] = []

    /// A clock that is put right on the first of each month at 12:15.
    package init(driftPerDay: Double, offset: Int64 = 0) {
        self.driftPerDay = driftPerDay
        self.offset = offset
    }

    /// What the clock shows at a true instant.
    package func reading(at instant: Int64) -> Int64 {
        let stretch = settings.last { $0.begin <= instant } ?? monthly(at: instant)
        return shown(stretch, at: instant)
    }

    /// The civil reading at a true instant, to the second.
    package func civil(at instant: Int64) -> CivilStamp {
        let milliseconds = reading(at: instant)
        return CivilStamp(seconds: milliseconds >= 0 ? milliseconds / 1_000 : (milliseconds - 999) / 1_000)
    }

    /// The true instant at which the clock last came to show `reading`; for readings that a forward step left
    /// out, the instant of the step. Never decreases with `reading`.
    package func instant(of reading: Int64) -> Int64 {
        for (index, stretch) in settings.enumerated().reversed() where stretch.reading <= reading {
            let end = index + 1 < settings.count ? settings[index + 1].begin : .max
            let instant = run(stretch, to: reading)
            // A clock that began anew in the year 2000 had been there before; what was written by then stays
            // as it was.
            if instant - stretch.begin > Self.longestStep,
                let before = earlier(than: index, showing: reading)
            {
                return before
            }
            return min(instant, end)
        }
        let end = settings.first?.begin ?? .max
        return min(undisturbed(reading), end)
    }

    /// When a stretch before the one at `index` last came to show `reading`, or a forward step among them left
    /// it out; nil when neither did.
    private func earlier(than index: Int, showing reading: Int64) -> Int64? {
        for older in settings.indices[..<index].reversed() where settings[older].reading <= reading {
            let instant = run(settings[older], to: reading)
            if instant - settings[older].begin > Self.longestStep,
                let before = earlier(than: older, showing: reading)
            {
                return before
            }
            let end = settings[older + 1].begin
            if instant < end { return instant }
            if older + 1 < index, settings[older + 1].reading > reading { return end }
        }
        guard let first = settings.first else { return nil }
        let instant = undisturbed(reading)
        if instant < first.begin { return instant }
        return index > 0 && first.reading > reading ? first.begin : nil
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
        settings.append(Stretch(begin: instant, reading: reading))
        if settings.count > Self.maximumSettings { settings.removeFirst() }
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

    /// No person steps a clock by more, only a dead battery: half a year.
    private static let longestStep: Int64 = 180 * 86_400_000

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
        let seconds = instant >= 0 ? instant / 1_000 : (instant - 999) / 1_000
        return (CivilStamp(seconds: seconds).startOfMonth(adding: months).seconds + 44_100) * 1_000
    }
}
