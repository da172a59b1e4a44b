// Which rows an archive ought to have: the grid of its slots, and when a slot is due (R2, R15). Pure
// calendar; the gap query, the answered windows and the completeness counts all walk the same grid.

package import Metering
package import Timekeeping

/// The slots of one archive of one meter.
package struct SlotGrid: Sendable, Hashable {
    /// How slots follow each other.
    private enum Step: Sendable, Hashable {
        case minutes(Int64)
        case months
    }

    private let step: Step
    /// Whether a slot is stamped with the start of what it sums up, so that it is due one step later (R2).
    private let isStampedByStart: Bool

    /// The grid of a measure; nil for what has none (snapshots, configuration, clock). A profile's interval
    /// must be 1…1440 minutes, as the meter tells it.
    package init?(_ measure: Measure, intervalMinutes: Int = 30) {
        switch measure {
        case .powerProfile:
            guard (1...1_440).contains(intervalMinutes) else { return nil }
            step = .minutes(Int64(intervalMinutes))
        case .dayEnergy, .dayConsumption: step = .minutes(1_440)
        case .monthEnergy, .monthConsumption: step = .months
        case .momentEnergy, .momentQuality, .configuration, .clock, .relay, .journal: return nil
        }
        isStampedByStart = measure == .dayConsumption || measure == .monthConsumption
    }

    /// The slot that contains `stamp`, in whole minutes rounded up: an interval belongs to its end.
    package func slot(containing stamp: CivilStamp) -> CivilStamp {
        switch step {
        case .minutes(let minutes):
            let length = minutes * 60
            let begun = stamp.seconds - SlotGrid.remainder(stamp.seconds, length)
            return CivilStamp(seconds: begun == stamp.seconds ? begun : begun + length)
        case .months:
            let begun = stamp.startOfMonth
            return begun == stamp ? begun : stamp.startOfMonth(adding: 1)
        }
    }

    /// The slot after `slot`, which must be on the grid.
    package func next(after slot: CivilStamp) -> CivilStamp {
        switch step {
        case .minutes(let minutes): slot.adding(seconds: minutes * 60)
        case .months: slot.startOfMonth(adding: 1)
        }
    }

    /// The slot before `slot`, which must be on the grid.
    package func previous(before slot: CivilStamp) -> CivilStamp {
        switch step {
        case .minutes(let minutes): slot.adding(seconds: -minutes * 60)
        case .months: slot.startOfMonth(adding: -1)
        }
    }

    /// Length of the slot ending or beginning at `slot`, seconds.
    package func length(of slot: CivilStamp) -> Int64 { slot.seconds - previous(before: slot).seconds }

    /// The newest slot that is due at `now` of the meter's zone: its boundary, 2 minutes and the clock
    /// difference have passed (R15).
    package func newestDue(at now: CivilStamp, clockDifferenceSeconds: Int32 = 0) -> CivilStamp {
        let settled = now.adding(seconds: -120 - Int64(clockDifferenceSeconds.magnitude))
        let above = slot(containing: settled)
        let boundary = above == settled ? above : previous(before: above)
        return isStampedByStart ? previous(before: boundary) : boundary
    }

    /// Slots within `window`, both ends included, ascending.
    package func slots(in window: ClosedRange<CivilStamp>) -> [CivilStamp] {
        var found: [CivilStamp] = []
        var slot = slot(containing: window.lowerBound)
        while slot <= window.upperBound {
            found.append(slot)
            slot = next(after: slot)
        }
        return found
    }

    /// The remainder that is never negative, also before 2000.
    private static func remainder(_ value: Int64, _ divisor: Int64) -> Int64 {
        let remainder = value % divisor
        return remainder < 0 ? remainder + divisor : remainder
    }
}
