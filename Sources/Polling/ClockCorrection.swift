// Whether a meter's clock is corrected now, and how (R6). A value: it is told what was read and decides; the
// poller does it, once, and reads the clock again (R23).

package import Drivers
import Metering
package import Timekeeping

/// How clocks of meters are kept.
package struct ClockRules: Sendable, Hashable {
    /// Up to this difference nothing is done, seconds; 1…10.
    package var toleranceSeconds: Int32
    /// Largest shift the family allows, seconds: SPODES 900.
    package var longestShiftSeconds: Int32
    /// Interval of the load profile, minutes: no correction touches one of its boundaries.
    package var intervalMinutes: Int

    /// Rules; the defaults are those of SPODES.
    package init(toleranceSeconds: Int32 = 3, longestShiftSeconds: Int32 = 900, intervalMinutes: Int = 30) {
        self.toleranceSeconds = toleranceSeconds
        self.longestShiftSeconds = longestShiftSeconds
        self.intervalMinutes = intervalMinutes
    }
}

/// What to do about a clock.
package enum ClockCorrection: Sendable, Hashable {
    /// It is right.
    case none
    /// Not now; a later visit decides anew.
    case later(Reason)
    /// One shift by so many seconds: what the meter lacks to the gateway's time.
    case shift(seconds: Int)
    /// Off by more than may be shifted: an alarm, and only a person may set it.
    case beyondShift

    /// Why not now.
    package enum Reason: Sendable, Hashable {
        /// The answer took too long to be exact.
        case slowAnswer
        /// The old or the new time is too near to an interval's boundary.
        case boundary
        /// 23:50–00:10: the day's registers are being frozen.
        case midnight
        /// It has been corrected on this day.
        case correctedToday
        /// The gateway's own time is not trusted (R1).
        case untrusted
    }

    /// The decision of an automatic correction. `correctedOn` is the day of the last one by the meter's
    /// clock.
    package init(
        _ clock: ClockReading, rules: ClockRules, correctedOn: CivilStamp?, isTimeTrusted: Bool
    ) {
        let difference = clock.differenceSeconds
        let old = clock.stamp.civil
        let new = old.adding(seconds: -Int64(difference))
        if clock.roundTrip > ClockCorrection.longestRoundTrip {
            self = .later(.slowAnswer)
        } else if difference.magnitude <= rules.toleranceSeconds.magnitude {
            self = .none
        } else if !isTimeTrusted {
            self = .later(.untrusted)
        } else if difference.magnitude > ClockCorrection.longestShift(rules) {
            self = .beyondShift
        } else if let day = correctedOn?.dayNumber, day == old.dayNumber || day == new.dayNumber {
            self = .later(.correctedToday)
        } else if [old, new].contains(where: ClockCorrection.isNearMidnight) {
            self = .later(.midnight)
        } else if ClockCorrection.touchesBoundary(old, new, rules.intervalMinutes) {
            self = .later(.boundary)
        } else {
            self = .shift(seconds: -Int(difference))
        }
    }

    /// What the family allows, and what finds room between two boundaries: old and new time, |Δ| apart, both
    /// need |Δ| + 5 s to either side. A larger difference would wait for ever.
    private static func longestShift(_ rules: ClockRules) -> UInt32 {
        let room = UInt32(clamping: (rules.intervalMinutes * 60 - 10) / 3)
        return min(rules.longestShiftSeconds.magnitude, max(room, rules.toleranceSeconds.magnitude))
    }

    /// How many seconds from a reading that was put off it may be written, at the earliest; nil when no
    /// moment of the next interval will do, about midnight neither.
    static func secondsUntilAllowed(_ clock: ClockReading, rules: ClockRules) -> Int? {
        (1...rules.intervalMinutes * 60 + 1_200).first { pause in
            var later = clock
            later.stamp.civil = later.stamp.civil.adding(seconds: Int64(pause))
            let decision = ClockCorrection(later, rules: rules, correctedOn: nil, isTimeTrusted: true)
            if case .shift = decision { return true }
            return false
        }
    }

    /// An answer that took longer says too little about the moment it was given.
    package static let longestRoundTrip = Duration.seconds(2)

    /// Within ten minutes of midnight.
    private static func isNearMidnight(_ stamp: CivilStamp) -> Bool {
        stamp.secondOfDay < 600 || stamp.secondOfDay >= 86_400 - 600
    }

    /// Whether old or new time is within |Δ| + 5 s of a boundary; a jump over one is within that too.
    private static func touchesBoundary(_ old: CivilStamp, _ new: CivilStamp, _ minutes: Int) -> Bool {
        let length = Int64(max(minutes, 1)) * 60
        let margin = Int64((old.seconds - new.seconds).magnitude) + 5
        return [old, new].contains { stamp in
            let since = Int64(stamp.secondOfDay) % length
            return since <= margin || length - since <= margin
        }
    }
}
