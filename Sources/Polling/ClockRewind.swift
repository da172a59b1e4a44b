// A meter's clock that was put back passes stamps a second time, and the meter writes the rows of these
// stamps anew (R31). What the archive has of them is the first passing; they are asked for again, and what
// differs is a correction (R18). A value of one target; the poller keeps it.

import Archive
import Drivers
import Logging
import Metering
import Seams
import Timekeeping

/// One stretch of stamps that a clock may have passed twice.
struct ClockRewind: Sendable, Hashable {
    /// Rows later than this may have been written anew.
    private(set) var after: CivilStamp
    /// Rows later than this were not passed twice.
    private(set) var through: CivilStamp
    /// The latest the clock may have shown since it was put back, as far as its steps tell: what a step
    /// forward skips lies later.
    private(set) var reached: CivilStamp
    /// What of them was asked for again, ascending.
    private var answered: [ClosedRange<CivilStamp>] = []

    /// Steps back below this cross no boundary that a correction by the rules would not avoid (R6).
    static let leastStep: Int64 = 60

    /// No correction by the rules puts a clock forward by more (R6): the meter was in another time before.
    static let longestCorrection: Int64 = 900

    /// The stamps that a clock passed twice which showed `earlier` and, `elapsed` seconds later, `now`; nil
    /// when it was not put back.
    init?(from earlier: CivilStamp, to now: CivilStamp, elapsed: Int64) {
        after = now.adding(seconds: -elapsed)
        through = earlier.adding(seconds: elapsed)
        reached = now
        guard through.seconds - now.seconds > ClockRewind.leastStep else { return nil }
    }

    /// Rows that are asked for again for another reason: later than `after` up to `through`.
    init(again after: CivilStamp, through: CivilStamp) {
        (self.after, self.through, reached) = (after, through, through)
    }

    /// What was kept over a restart.
    init(_ kept: RewoundStamps) { (after, through, reached) = (kept.after, kept.through, kept.reached) }

    /// What is kept over a restart: what was answered in the middle is asked for once more.
    func kept(_ measure: Measure) -> RewoundStamps {
        RewoundStamps(measure: measure, after: after, through: through, reached: reached)
    }

    /// One stretch instead of two, with all that lies between them.
    func joined(with other: ClockRewind) -> ClockRewind {
        var joined = self
        joined.after = min(after, other.after)
        joined.through = max(through, other.through)
        joined.reached = max(reached, other.reached)
        joined.answered = []
        return joined
    }

    /// The clock was put back once more when it showed `stamp` at the latest.
    mutating func clockWentBack(from stamp: CivilStamp) { reached = max(reached, stamp) }

    /// What remains after the clock was put forward when it showed `stamp` at the latest, to `landing` at
    /// the earliest: what lies between and was not reached before is not passed now.
    func clockWentForward(from stamp: CivilStamp, to landing: CivilStamp) -> [ClockRewind] {
        var passed = self
        passed.reached = max(reached, stamp)
        guard passed.reached < min(landing, through), landing > after else { return [passed] }
        var ahead = self
        passed.through = passed.reached
        (ahead.after, ahead.reached) = (landing, landing)
        return [passed, ahead].filter { !$0.isSettled }
    }

    /// Rows before `oldest` are nobody's business any more.
    mutating func leaveBehind(_ grid: SlotGrid, before oldest: CivilStamp) {
        after = max(after, grid.previous(before: grid.slot(containing: oldest)))
    }

    /// What of it is still to be asked while rows up to `due` are due, ascending.
    func askable(_ grid: SlotGrid, due: CivilStamp) -> [ClosedRange<CivilStamp>] {
        guard !isSettled else { return [] }
        var first = grid.slot(containing: after.adding(seconds: 1))
        let last = min(grid.slot(containing: through), due)
        var left: [ClosedRange<CivilStamp>] = []
        for window in answered {
            let end = grid.previous(before: grid.slot(containing: window.lowerBound))
            if first <= min(end, last) { left.append(first...min(end, last)) }
            first = max(first, grid.slot(containing: window.upperBound.adding(seconds: 1)))
        }
        return first <= last ? left + [first...last] : left
    }

    /// Rows of a window were asked for again. Windows come from the newest backwards.
    mutating func asked(_ window: ClosedRange<CivilStamp>, _ grid: SlotGrid) {
        answered = answered.joined(with: window)
        while let oldest = answered.first,
            oldest.lowerBound <= grid.slot(containing: after.adding(seconds: 1))
        {
            after = max(after, oldest.upperBound)
            answered.removeFirst()
        }
    }

    /// Whether nothing is left.
    var isSettled: Bool { after >= through }
}

/// All that a clock may have passed twice, stretch by stretch: it may be put back again, or lose its time
/// altogether, before it has passed the first of them.
struct ClockRewinds: Sendable, Hashable {
    /// In the order in which the clock was put back; they may overlap.
    private(set) var stretches: [ClockRewind] = []

    /// A clock put back more often than this before anything could be asked has its oldest stretches joined.
    static let mostStretches = 8

    /// The clock was put back when it showed `stamp` at the latest.
    mutating func clockWentBack(from stamp: CivilStamp, by step: ClockRewind) {
        for index in stretches.indices { stretches[index].clockWentBack(from: stamp) }
        recall(step)
    }

    /// The clock was put forward: `ClockRewind.clockWentForward`.
    mutating func clockWentForward(from stamp: CivilStamp, to landing: CivilStamp) {
        stretches = stretches.flatMap { $0.clockWentForward(from: stamp, to: landing) }
        joinOldest()
    }

    /// One stretch more.
    mutating func recall(_ stretch: ClockRewind) {
        stretches.append(stretch)
        joinOldest()
    }

    private mutating func joinOldest() {
        while stretches.count > ClockRewinds.mostStretches {
            stretches[1] = stretches[0].joined(with: stretches[1])
            stretches.removeFirst()
        }
    }

    /// Rows before `oldest` are nobody's business any more.
    mutating func leaveBehind(_ grid: SlotGrid, before oldest: CivilStamp) {
        for index in stretches.indices { stretches[index].leaveBehind(grid, before: oldest) }
    }

    /// What is missing and what is still to be asked again while rows up to `due` are due, ascending.
    func askable(
        _ grid: SlotGrid, due: CivilStamp, besides missing: [ClosedRange<CivilStamp>]
    ) -> [ClosedRange<CivilStamp>] {
        stretches.flatMap { $0.askable(grid, due: due) }.reduce(missing) { $0.joined(with: $1) }
    }

    /// Rows of a window were asked for again.
    mutating func asked(_ window: ClosedRange<CivilStamp>, _ grid: SlotGrid) {
        for index in stretches.indices { stretches[index].asked(window, grid) }
        stretches.removeAll(where: \.isSettled)
    }
}

extension MeterPoller {
    /// Notes what follows when a target's clock shows another time than it would, had it gone on from where
    /// it was seen last. Only the meter's own steps count: those of the gateway's clock are none of its
    /// rows'.
    func noteStep(to clock: ClockReading, of target: PollTarget) async {
        guard let (earlier, elapsed) = await lastSighting(of: target, before: clock) else { return }
        await noteStep(from: earlier, to: clock.stamp.civil, elapsed: elapsed, of: target)
    }

    /// Notes corrections that the meter's journal tells, whoever made them: a clock that was put back and
    /// forward again between two looks at it shows nothing of that by itself.
    func noteSteps(_ events: [JournalEvent], of target: PollTarget) async {
        for event in events {
            guard let before = event.before?.civil else { continue }
            await noteStep(from: before, to: event.stamp.civil, elapsed: 0, of: target)
        }
    }

    private func noteStep(
        from earlier: CivilStamp, to now: CivilStamp, elapsed: Int64, of target: PollTarget
    ) async {
        let step = now.seconds - earlier.adding(seconds: elapsed).seconds
        if step < -ClockRewind.leastStep || step > ClockRewind.longestCorrection {
            await doubtJournals(of: target)
        }
        if step > ClockRewind.leastStep {
            changeRewinds(of: target) {
                $0.clockWentForward(
                    from: earlier.adding(seconds: elapsed), to: now.adding(seconds: -elapsed))
            }
        }
        guard let found = ClockRewind(from: earlier, to: now, elapsed: elapsed) else { return }
        rewind(target, from: earlier.adding(seconds: elapsed), by: found)
        logger.log(
            .notice, "a clock was put back: its rows are asked for again",
            [(.meter, "\(target.point.id)"), (.seconds, "\(step)")])
    }

    /// A day whose registers and profile disagree (R14) is asked for again, once: whatever made its rows
    /// wrong, the meter may have the right ones by now.
    func askAgain(_ days: [CivilStamp], of target: PollTarget) {
        for day in days {
            let end = day.adding(seconds: 86_400)
            rewind(.powerProfile, of: target, to: ClockRewind(again: day, through: end))
            rewind(.dayEnergy, of: target, to: ClockRewind(again: day.adding(seconds: -1), through: end))
            logger.log(
                .notice, "a day does not balance: it is asked for again",
                [(.meter, "\(target.point.id)"), (.day, "\(day)")])
        }
    }

    /// What the clock showed before, and the seconds since: by memory or, after a restart, by the newest row
    /// of the profile. How long the gateway was gone only its own clock can say; while that is not to be
    /// believed, no time has passed for certain, and only a step back beyond the row itself is seen.
    private func lastSighting(
        of target: PollTarget, before clock: ClockReading
    ) async -> (shown: CivilStamp, elapsed: Int64)? {
        if let last = sighting(of: target) {
            return (last.stamp.civil, (clock.askedAt - last.askedAt).components.seconds)
        }
        let rows = try? await archive.latest(.powerProfile, meters: [target.point.id])
        guard let row = rows?.first, let difference = row.reading.clockDifferenceSeconds else { return nil }
        let shown = row.reading.stamp.civil
        let passed =
            clock.stamp.civil.seconds - Int64(clock.differenceSeconds)
            - shown.adding(seconds: -Int64(difference)).seconds
        if row.isTrusted, wall.isTrusted, passed >= 0 { return (shown, passed) }
        return shown > clock.stamp.civil ? (shown, 0) : nil
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
