// A meter's clock that was put back passes stamps a second time, and the meter writes the rows of these
// stamps anew (R31). What the archive has of them is the first passing; they are asked for again, and what
// differs is a correction (R18). A value of one target; the poller keeps it.

import Archive
import Drivers
import Logging
import Metering
import Seams
import Timekeeping

/// The stamps a clock may have passed twice.
struct ClockRewind: Sendable, Hashable {
    /// Rows later than this may have been written anew.
    private(set) var after: CivilStamp
    /// Rows later than this were not passed twice.
    private(set) var through: CivilStamp

    /// Steps back below this cross no boundary that a correction by the rules would not avoid (R6).
    static let leastStep: Int32 = 60

    /// No correction by the rules puts a clock forward by more (R6): the meter was in another time before.
    static let longestCorrection: Int64 = 900

    /// The stamps a step back from `before` to `now` seconds of difference concerns; nil when there was none.
    /// `lastRead` is the gateway's time of the reading before, `read` that of the new one.
    init?(from before: Int32, to now: Int32, lastRead: CivilStamp, read: CivilStamp) {
        guard Int64(before) - Int64(now) > Int64(ClockRewind.leastStep) else { return nil }
        after = lastRead.adding(seconds: Int64(now))
        through = read.adding(seconds: Int64(before))
    }

    /// Another step back while this one is not settled.
    mutating func join(_ other: ClockRewind) {
        after = min(after, other.after)
        through = max(through, other.through)
    }

    /// The clock was put forward from `before` at the gateway's time `read`: it passes nothing from there to
    /// where it was put.
    mutating func clockWentForward(from before: Int32, at read: CivilStamp) {
        through = min(through, read.adding(seconds: Int64(before)))
    }

    /// What of it can be asked while rows up to `due` are due; nil while nothing can.
    func askable(_ grid: SlotGrid, due: CivilStamp, oldest: CivilStamp) -> ClosedRange<CivilStamp>? {
        let first = max(grid.slot(containing: after.adding(seconds: 1)), oldest)
        let last = min(grid.slot(containing: through), due)
        return first <= last ? first...last : nil
    }

    /// Rows of a window were asked for again. A window that begins later leaves what is before it to do.
    mutating func asked(_ window: ClosedRange<CivilStamp>, _ grid: SlotGrid) {
        let first = grid.slot(containing: after.adding(seconds: 1))
        if window.lowerBound <= first { after = max(after, window.upperBound) }
    }

    /// Whether nothing is left.
    var isSettled: Bool { after >= through }
}

extension MeterPoller {
    /// Notes that a target's clock was found at another difference than before, by memory or, after a
    /// restart, by the newest row of its profile.
    func noteRewind(of yield: VisitYield, _ target: PollTarget) async {
        guard let now = yield.clockDifferenceSeconds else { return }
        let read = wall.now.civil(in: target.zone)
        guard let last = await lastReading(of: target) else { return }
        let step = Int64(now) - Int64(last.difference)
        if step < -Int64(ClockRewind.leastStep) || step > ClockRewind.longestCorrection {
            // What happened under the other time has stamps that nobody would ask for.
            forgetMemory(of: target)
            for id in target.meterIDs { try? await archive.doubtJournalMarks(meter: id) }
        }
        if step > Int64(ClockRewind.leastStep) {
            changeRewinds(of: target) { $0.clockWentForward(from: last.difference, at: read) }
        }
        guard
            let found = ClockRewind(from: last.difference, to: now, lastRead: last.at, read: read)
        else { return }
        for measure in [Measure.powerProfile, .dayEnergy, .monthEnergy] {
            rewind(measure, of: target, by: found)
        }
        logger.log(
            .notice, "a clock was put back: its rows are asked for again",
            [(.meter, "\(target.point.id)"), (.seconds, "\(last.difference) → \(now)")])
    }

    private func lastReading(of target: PollTarget) async -> (at: CivilStamp, difference: Int32)? {
        if let difference = difference(of: target), let visited = lastVisit(of: target) {
            return (visited.civil(in: target.zone), difference)
        }
        let rows = try? await archive.latest(.powerProfile, meters: [target.point.id])
        guard let reading = rows?.first?.reading, let difference = reading.clockDifferenceSeconds else {
            return nil
        }
        return (reading.stamp.civil.adding(seconds: -Int64(difference)), difference)
    }
}

extension [ClosedRange<CivilStamp>] {
    /// Ascending ranges with another one among them.
    func joined(with range: ClosedRange<CivilStamp>) -> Self {
        var joined: Self = []
        for next in (self + [range]).sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = joined.last, next.lowerBound <= last.upperBound {
                joined[joined.count - 1] = last.lowerBound...Swift.max(last.upperBound, next.upperBound)
            } else {
                joined.append(next)
            }
        }
        return joined
    }
}
