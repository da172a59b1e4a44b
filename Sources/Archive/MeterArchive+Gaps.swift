// What Polling asks before it talks to a meter: which slots are due, wanted and not present (D4), and what
// pages ask to explain a hole in a chart.

package import Faults
package import Metering
import Storage
package import Timekeeping

/// A stretch of slots without rows, and why.
package struct ArchiveGap: Sendable, Hashable {
    /// First and last slot, both included.
    package var slots: ClosedRange<CivilStamp>
    /// Why it will never be filled; nil while it is still wanted.
    package var reason: AbsenceReason?

    /// A gap.
    package init(slots: ClosedRange<CivilStamp>, reason: AbsenceReason?) {
        self.slots = slots
        self.reason = reason
    }
}

extension MeterArchive {
    /// Slots of a meter's archive that are due within `window`, within the archive's depth, and neither
    /// present nor absent: ranges of adjoining slots, ascending. Empty for a measure without a grid and for a
    /// meter that is not registered. `window` ends at `SlotGrid.newestDue`; `intervalMinutes` matters to
    /// profiles only.
    package func missing(
        meter: Int, measure: Measure, window: ClosedRange<CivilStamp>, intervalMinutes: Int = 30
    ) throws(Fault) -> [ClosedRange<CivilStamp>] {
        guard let life = present[meter], let grid = SlotGrid(measure, intervalMinutes: intervalMinutes) else {
            return []
        }
        let oldest = depths.oldest(of: measure, newest: window.upperBound) ?? window.lowerBound
        guard oldest <= window.upperBound else { return [] }
        return try reading("looking for gaps of meter \(meter)") { () throws(StorageError) in
            try tables.missing(
                measure, of: life.key, grid: grid, window: max(oldest, window.lowerBound)...window.upperBound)
        }
    }

    /// The same of several of a meter's archives, in their order.
    package func missing(
        meter: Int, windows: [(measure: Measure, window: ClosedRange<CivilStamp>)], intervalMinutes: Int
    ) throws(Fault) -> [[ClosedRange<CivilStamp>]] {
        var found: [[ClosedRange<CivilStamp>]] = []
        for (measure, window) in windows {
            found.append(
                try missing(meter: meter, measure: measure, window: window, intervalMinutes: intervalMinutes))
        }
        return found
    }

    /// Gaps of a meter's archive in `window` with their reasons, ascending, for charts: both the wanted and
    /// the absent.
    package func gaps(
        meter: Int, measure: Measure, window: ClosedRange<CivilStamp>, intervalMinutes: Int = 30
    ) throws(Fault) -> [ArchiveGap] {
        guard let life = present[meter], let grid = SlotGrid(measure, intervalMinutes: intervalMinutes) else {
            return []
        }
        return try reading("explaining gaps of meter \(meter)") { () throws(StorageError) in
            let wanted = try tables.missing(measure, of: life.key, grid: grid, window: window)
            let filled = Set(try tables.presentPeriods(measure, of: life.key, window: window))
            var gaps = wanted.map { ArchiveGap(slots: $0, reason: nil) }
            for range in try tables.absences(measure, of: life.key, window: window) {
                let first = max(CivilStamp(minutes: range.first), window.lowerBound)
                let last = min(CivilStamp(minutes: range.last), window.upperBound)
                guard first <= last else { continue }
                let slots = grid.slots(in: first...last)
                // A row that came late wins over the mark.
                if slots.contains(where: { !filled.contains($0.minutes) }) {
                    gaps.append(ArchiveGap(slots: first...last, reason: range.reason))
                }
            }
            return gaps.sorted { $0.slots.lowerBound < $1.slots.lowerBound }
        }
    }

    /// The newest trusted stamp of a meter's archive; nil when it has none.
    package func newest(meter: Int, measure: Measure) throws(Fault) -> CivilStamp? {
        guard let life = present[meter] else { return nil }
        return try reading("asking for the newest row of meter \(meter)") { () throws(StorageError) in
            try tables.newestTrusted(measure, of: life.key)
        }
    }
}
