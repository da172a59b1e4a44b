// One poll on one line: every meter gets what is urgent first, one after the other; then history in turns of
// a minute, until nothing is left or the budget is spent (D4). Lines run side by side; this is one of them.

import Archive
import Drivers
import Faults
import Lines
import Logging
import Metering
import Seams
import Timekeeping

/// The poll of the meters of one line.
struct LinePoll: Sendable {
    let poller: MeterPoller
    let lines: LineRegistry
    let clock: any MonotonicClock
    let measures: [Measure]
    let budgetEnd: MonotonicInstant
    /// Whether clocks that a synchronisation passed by are put right with it.
    let makesClocksGood: Bool

    /// How long one meter may hold the line with history before it is the next one's turn.
    static let turn: Duration = .seconds(60)
    /// How long urgent work of one meter may take.
    static let urgentTurn: Duration = .seconds(300)

    /// A meter with what is left to ask it.
    private struct Candidate {
        var target: PollTarget
        var work: PollWork?
        var attempts = 0
        /// Somebody else may have a link with the meter until then.
        var notBefore: MonotonicInstant?
    }

    /// How many TCP lines are polled at once: each open conversation costs memory and, behind a modem, air.
    static let connectionsAtOnce = 64

    /// Polls lines side by side: the device's interfaces at once, TCP lines so many at a time. Returns the
    /// identities of the targets that went well.
    func run(lines: [LineID: [PollTarget]]) async -> Set<String> {
        let ordered = lines.keys.sorted { $0.text < $1.text }
        let interfaces = ordered.filter(\.isInterface)
        var waiting = ordered.filter { !$0.isInterface }[...]
        let first = interfaces + waiting.prefix(LinePoll.connectionsAtOnce)
        waiting = waiting.dropFirst(LinePoll.connectionsAtOnce)
        return await withTaskGroup(of: Set<String>.self) { group in
            for line in first {
                let targets = lines[line] ?? []
                group.addTask { await poller.run(self, targets) }
            }
            var good: Set<String> = []
            while let part = await group.next() {
                good.formUnion(part)
                guard let line = waiting.popFirst() else { continue }
                let targets = lines[line] ?? []
                group.addTask { await poller.run(self, targets) }
            }
            return good
        }
    }

    /// Polls the targets, then puts the clocks right that are owed; returns the identities of those that went
    /// well.
    func run(_ targets: [PollTarget]) async -> Set<String> {
        let isMidnightPass = await poller.lackStartOfDay(targets, measures: measures)
        if isMidnightPass, let line = targets.first?.line {
            await lines.noteMidnightPass(on: line, isUnderWay: true)
        }
        let good = await poll(targets)
        await endMidnightPass(of: targets)
        guard makesClocksGood else { return good }
        var owed: [PollTarget] = []
        for target in targets where good.contains(target.identity) {
            if await poller.owesClock(target) { owed.append(target) }
        }
        // Who is too near to a boundary now waits for the next poll, not this poll for them.
        _ = await ClockRound(poller: poller, end: budgetEnd, visits: 1).run(owed)
        return good
    }

    /// Polls the targets of one line; behind a hub in one visit, unless something above it is out of reach.
    private func poll(_ targets: [PollTarget]) async -> Set<String> {
        if let first = targets.first, let fault = await poller.trouble(above: first, until: budgetEnd) {
            for target in targets { await poller.noteFailure(of: target, fault, measures: measures) }
            return []
        }
        return await lines.withVisit(to: targets) { await pollInTurns(targets) }
    }

    private func pollInTurns(_ targets: [PollTarget]) async -> Set<String> {
        var good: Set<String> = []
        var turns = targets.map { Candidate(target: $0) }
        var withHistory = false
        while !turns.isEmpty {
            var left: [Candidate] = []
            var retries: [Candidate] = []
            await waitForLinks(of: turns)
            for (index, candidate) in turns.enumerated() {
                if Task.isCancelled || clock.now >= budgetEnd { return good }
                switch await visit(candidate, withHistory: withHistory) {
                case .finished(let isGood):
                    if isGood { good.insert(candidate.target.identity) }
                case .unfinished(let next):
                    good.insert(next.target.identity)
                    left.append(next)
                    if withHistory { await giveWayAtTheHub(next.target) }
                case .again(let next):
                    good.remove(next.target.identity)
                    retries.append(next)
                case .lineFailed(let fault):
                    let rest = turns[index...].map(\.target) + retries.map(\.target)
                    for target in rest {
                        good.remove(target.identity)
                        await poller.noteFailure(of: target, fault, measures: measures)
                    }
                    return good
                }
            }
            // Who failed is asked once more when everybody else has had a turn.
            turns = retries + left
            withHistory = retries.isEmpty
            if withHistory { await endMidnightPass(of: targets) }
        }
        return good
    }

    /// History can wait: between its turns whoever waits for the line at the far end of a hub has it.
    private func giveWayAtTheHub(_ target: PollTarget) async {
        if target.hub != nil { await lines.pauseVisit(target.line) }
    }

    private func endMidnightPass(of targets: [PollTarget]) async {
        guard let line = targets.first?.line else { return }
        await lines.noteMidnightPass(on: line, isUnderWay: false)
    }

    /// When nobody is left but meters that others may have links with, waits for the first of those to end.
    private func waitForLinks(of turns: [Candidate]) async {
        let ends = turns.map { $0.notBefore ?? clock.now }
        guard let first = ends.min(), first > clock.now else { return }
        try? await clock.sleep(until: min(first, budgetEnd))
    }

    private enum Visited {
        case finished(isGood: Bool)
        case unfinished(Candidate)
        case again(Candidate)
        case lineFailed(Fault)
    }

    private func visit(_ candidate: Candidate, withHistory: Bool) async -> Visited {
        var candidate = candidate
        let target = candidate.target
        if let notBefore = candidate.notBefore, notBefore > clock.now { return .again(candidate) }
        candidate.notBefore = nil
        if await poller.refusal(of: target) != nil { return .finished(isGood: false) }
        if let fault = await poller.silence(of: target, until: budgetEnd, measures: measures) {
            return fault.concernsLine ? .lineFailed(fault) : .finished(isGood: false)
        }
        let planned: PlannedWork
        do {
            planned = try await poller.plan(target, measures: measures, continuing: candidate.work)
        } catch {
            return .finished(isGood: false)
        }
        if planned.work.isEmpty, planned.measuresAwaitingInterval.isEmpty { return .finished(isGood: true) }
        candidate.attempts += 1
        let yield: VisitYield
        do {
            yield = try await session(candidate.target, planned, withHistory: withHistory)
        } catch {
            let fault = target.fault(of: error)
            if fault.concernsLine { return .lineFailed(fault) }
            return .finished(isGood: false)
        }
        if let until = yield.engagedUntil {
            candidate.attempts -= 1
            candidate.notBefore = until
            return .again(candidate)
        }
        let isStored = await poller.keep(yield, of: target, measures: measures)
        if let fault = yield.fault {
            if fault.concernsLine { return .lineFailed(fault) }
            // Without the profile's interval nothing of it was planned: the next try plans anew.
            let isPlanned = planned.measuresAwaitingInterval.isEmpty || yield.intervalMinutes != nil
            candidate.work = isPlanned ? yield.work : nil
            let mayRetry = candidate.attempts < 2 && fault.code != .stopped
            return mayRetry ? .again(candidate) : .finished(isGood: false)
        }
        guard isStored else { return .finished(isGood: false) }
        candidate.work = yield.work
        candidate.attempts = 0
        return yield.work.isEmpty ? .finished(isGood: true) : .unfinished(candidate)
    }

    private func session(
        _ target: PollTarget, _ planned: PlannedWork, withHistory: Bool
    ) async throws -> VisitYield {
        let request = LeaseRequest(
            line: target.line, settings: target.settings, leaseClass: withHistory ? .backFill : .scheduled,
            owner: "poll meter \(target.point.id)", patience: max(.zero, budgetEnd - clock.now))
        let turn = withHistory ? LinePoll.turn : LinePoll.urgentTurn
        var plan: (@Sendable (Int) async throws -> PollWork)?
        if !planned.measuresAwaitingInterval.isEmpty {
            let (poller, measures) = (poller, measures)
            plan = { interval in
                try await poller.plan(target, measures: measures, intervalMinutes: interval)
            }
        }
        return try await lines.withLease(request) { lease in
            let visit = MeterVisit(
                target: target, clock: clock, sliceEnd: min(clock.now + turn, budgetEnd),
                withHistory: withHistory, plan: plan)
            return await visit.run(planned, over: lease)
        }
    }
}

extension MeterPoller {
    /// Runs the poll of one line in the poller's own place: a task that is nobody's would change places
    /// twice at each step that it asks of the poller, of the line and of the meter.
    fileprivate func run(_ poll: LinePoll, _ targets: [PollTarget]) async -> Set<String> {
        await poll.run(targets)
    }
}

/// Work that could be planned before the session.
struct PlannedWork: Sendable {
    var work: PollWork
    /// Measures whose slots depend on an interval that nobody knows yet.
    var measuresAwaitingInterval: [Measure]
    /// Interval of the profile, when it is known.
    var intervalMinutes: Int?
}
