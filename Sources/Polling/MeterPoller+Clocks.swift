// «Синхронизация времени»: the clocks of a group, lines side by side, meters of a line one after another. A
// clock that may not be touched this minute, because a boundary is near, is visited again when it may.

import Archive
import Configuration
import Drivers
import Faults
import Lines
import Logging
import Metering
import Seams
package import Timekeeping

extension MeterPoller {
    /// Puts the clocks of a group right as far as R6 allows. Returns how many of how many are right
    /// afterwards. Throws `operation.unknown` when the group is gone, `time.untrusted` while the gateway's
    /// own time is not believed (R1).
    package func synchronise(group number: Int) async throws -> (good: Int, total: Int) {
        guard configuration.groups.contains(where: { $0.id == number }) else {
            throw Fault(.notFound, ["value": "\(number)"])
        }
        let targets = targets(configuration.meters(ofGroup: number).map(\.id))
        guard wall.isTrusted else {
            for target in targets.targets { noteClock(of: target, isOwed: true) }
            throw Fault(.timeUntrusted)
        }
        let end = clock.now + .seconds(configuration.site.pollBudgetMinutes * 60)
        let byLine = Dictionary(grouping: targets.targets, by: \.line)
        let good = await withTaskGroup(of: Int.self) { group in
            for line in byLine.keys.sorted(by: { $0.text < $1.text }) {
                let round = ClockRound(poller: self, end: end)
                let targets = byLine[line] ?? []
                group.addTask { await self.run(round, targets) }
            }
            var good = 0
            for await right in group { good += right }
            return good
        }
        return (good, targets.targets.count + targets.unreachable.count)
    }

    /// Runs a round in the poller's own place, as its polls do.
    private func run(_ round: ClockRound, _ targets: [PollTarget]) async -> Int { await round.run(targets) }

    /// Whether some clock of a group has not been looked at since `planned`, by the device's civil time.
    package func areClocksOverdue(group number: Int, planned: CivilStamp) async -> Bool {
        let outcomes = (try? await archive.pollOutcomes()) ?? []
        let kept = Dictionary(
            outcomes.filter { $0.measure == .clock }.map { ($0.meterID, $0.at) },
            uniquingKeysWith: { max($0, $1) })
        return targets(configuration.meters(ofGroup: number).map(\.id)).targets.contains { target in
            guard refusal(of: target) == nil else { return false }
            let at = kept[target.point.id]?.civil(in: configuration.time.offset)
            return at.map { $0 < planned } ?? true
        }
    }

    /// Another meter was found: its clock is its own, and is put right as soon as an event keeps clocks
    /// there.
    func oweClock(ofNewMeterAt target: PollTarget) {
        let isKept = configuration.eventRules.contains { rule in
            rule.actionType == .timeSynchronization
                && configuration.meters(ofGroup: rule.actionID).contains { target.meterIDs.contains($0.id) }
        }
        if isKept { noteClock(of: target, isOwed: true) }
    }

    /// Up to this difference a clock counts as right, seconds.
    var clockToleranceSeconds: Int32 { Int32(clamping: configuration.site.clockToleranceSeconds) }

    /// A clock was moved by a correction. After a step back stamps come a second time: the next visit opens
    /// the meter's journals, with their day of overlap, whatever its counts say (R21).
    func clockMoved(of target: PollTarget, from before: ClockReading, to after: ClockReading) async {
        await saw(after, of: target)
        if after.differenceSeconds < before.differenceSeconds { forgetMemory(of: target) }
        logger.log(
            .notice, "a clock was corrected",
            [
                (.meter, "\(target.point.id)"),
                (.seconds, "\(before.differenceSeconds) → \(after.differenceSeconds)"),
            ])
    }

    /// Notes how the clock of a target was left: health, difference, durable outcome with its reason.
    func keep(_ kept: KeptClock, of target: PollTarget, serial: String) async {
        note(nil, of: target)
        await saw(kept.clock, of: target)
        let outcomes = [ItemOutcome(nil), ItemOutcome(.clock, fault: kept.decision.fault(kept.clock))]
        for id in target.meterIDs {
            do throws(Fault) {
                _ = try await archive.store(
                    MeterSessionRows(
                        meterID: id, serial: serial, readAt: wall.now, isTimeTrusted: wall.isTrusted,
                        zone: target.zone, clockDifferenceSeconds: kept.clock.differenceSeconds,
                        readings: [], answers: [], outcomes: outcomes))
            } catch {
                logger.log(
                    .error, "the outcome of a clock could not be stored",
                    [(.meter, "\(id)"), (.error, error.code.rawValue)])
            }
        }
    }
}

/// One synchronisation of the meters of one line.
struct ClockRound: Sendable {
    let poller: MeterPoller
    /// When to stop beginning further visits.
    let end: MonotonicInstant
    /// How often a clock is visited whose boundary was near.
    var visits = 4

    /// A target that waits for its visit.
    private struct Candidate {
        var target: PollTarget
        var notBefore: MonotonicInstant
        var visits = 0
    }

    private enum Ending {
        /// The clock is right.
        case right
        /// Nothing more is to be done today, or only by a person.
        case settled
        /// It has not been kept: the next poll that reaches the meter does it.
        case owed

        init(_ decision: ClockCorrection) {
            self =
                switch decision {
                case .none, .shift: .right
                case .beyondShift, .later(.correctedToday): .settled
                case .later: .owed
                }
        }
    }

    private enum Visited {
        case finished(Ending)
        case postponed(seconds: Int)
        case lineFailed(Fault)
    }

    /// Visits the targets; returns how many have the right time.
    func run(_ targets: [PollTarget]) async -> Int {
        await poller.lines.withVisit(to: targets) { await visit(targets) }
    }

    private func visit(_ targets: [PollTarget]) async -> Int {
        let clock = poller.clock
        var waiting = targets.map { Candidate(target: $0, notBefore: clock.now) }
        var right = 0
        while let next = waiting.indices.min(by: { waiting[$0].notBefore < waiting[$1].notBefore }) {
            var candidate = waiting.remove(at: next)
            // Others may have the far end of a hub while the round waits for a boundary to pass.
            if clock.now < candidate.notBefore, candidate.target.hub != nil {
                await poller.lines.pauseVisit(candidate.target.line)
            }
            do { try await clock.sleep(until: candidate.notBefore) } catch { return right }
            guard clock.now < end else {
                for target in [candidate.target] + waiting.map(\.target) {
                    await poller.noteClock(of: target, isOwed: true)
                }
                return right
            }
            candidate.visits += 1
            switch await visit(candidate) {
            case .finished(let end):
                right += end == .right ? 1 : 0
                await poller.noteClock(of: candidate.target, isOwed: end == .owed)
            case .postponed(let seconds):
                candidate.notBefore = clock.now + .seconds(seconds)
                waiting.append(candidate)
            case .lineFailed(let fault):
                for target in [candidate.target] + waiting.map(\.target) {
                    await poller.noteClock(of: target, isOwed: true)
                    await poller.noteFailure(of: target, fault, measures: [.clock])
                }
                return right
            }
        }
        return right
    }

    private func visit(_ candidate: Candidate) async -> Visited {
        let target = candidate.target
        guard await poller.refusal(of: target) == nil else { return .finished(.owed) }
        if let fault = await poller.silence(of: target, until: end, measures: [.clock]) {
            return fault.concernsLine ? .lineFailed(fault) : .finished(.owed)
        }
        do {
            let (kept, serial) = try await session(target)
            if candidate.visits < visits, let seconds = await pause(kept, target) {
                return .postponed(seconds: seconds)
            }
            await poller.keep(kept, of: target, serial: serial)
            return .finished(Ending(kept.decision))
        } catch {
            let fault = target.fault(of: error)
            if fault.concernsLine { return .lineFailed(fault) }
            if fault.concernsItemOnly {
                await poller.note(nil, of: target)
                return .finished(.settled)
            }
            await poller.noteFailure(of: target, fault, measures: [.clock])
            return .finished(.owed)
        }
    }

    /// How long to wait until the clock may be written; nil when it needs no further visit.
    private func pause(_ kept: KeptClock, _ target: PollTarget) async -> Int? {
        let tolerance = await poller.clockToleranceSeconds
        let interval = await poller.knownInterval(of: target) ?? 30
        let rules = ClockRules(toleranceSeconds: tolerance, intervalMinutes: interval)
        switch kept.decision {
        case .later(.boundary), .later(.midnight):
            return ClockCorrection.secondsUntilAllowed(kept.clock, rules: rules)
        case .none, .later, .shift, .beyondShift: return nil
        }
    }

    private func session(_ target: PollTarget) async throws -> (KeptClock, serial: String) {
        let request = LeaseRequest(
            line: target.line, settings: target.settings, leaseClass: .scheduled,
            owner: "clock of meter \(target.point.id)", patience: max(.zero, end - poller.clock.now))
        let keeper = ClockKeeper(poller: poller, target: target, occasion: .event)
        return try await poller.lines.withLease(request) { lease in
            try await target.conversing(over: lease) {
                try await target.driver.session(with: target.point, over: lease) { session in
                    (try await keeper.keep(session), session.identity.serial)
                }
            }
        }
    }
}
