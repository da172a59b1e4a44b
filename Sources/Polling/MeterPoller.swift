// Collects what is due, wanted and not present (decision D4). Keeps the health of every meter (R22), plans
// from the archive's gaps (R15, R16), polls lines side by side, and answers live questions (R27). Called by
// the event engine and by the web admin's jobs.

package import Archive
package import Configuration
import Drivers
import Faults
package import Lines
package import Logging
package import Metering
package import Seams
package import Timekeeping

/// The condition of one meter, for pages.
package struct MeterCondition: Sendable, Hashable {
    /// ID in the meter table.
    package var meterID: Int
    /// Whether it may be and is being asked.
    package var condition: MeterHealth.Condition
    /// Meter clock minus gateway clock when last read.
    package var clockDifferenceSeconds: Int32?
}

/// Polls meters.
package actor MeterPoller {
    let archive: MeterArchive
    let lines: LineRegistry
    let drivers: any DriverSource
    /// Waiting; the deadlines of live questions are its instants.
    package nonisolated let clock: any MonotonicClock
    let wall: any WallClock
    let logger: Logger
    /// The configuration in force.
    package private(set) var configuration = GatewayConfiguration() {
        didSet { knownTargets = [:] }
    }
    /// The targets of meters that were asked for together, by the configuration in force.
    private var knownTargets: [[Int]: PollTargets] = [:]
    private var health: [String: MeterHealth] = [:]
    /// Each clock as it was read last.
    private var sightings: [String: ClockReading] = [:]
    /// How often the marks of journals were doubted.
    private var doubts: [String: Int] = [:]
    /// Stamps that a clock may have passed twice.
    private var rewinds: [String: [Measure: ClockRewinds]] = [:]
    /// What of that the archive keeps, in the order of measures.
    private var keptRewinds: [String: [RewoundStamps]] = [:]
    private var intervals: [String: Int] = [:]
    /// Below these stamps no slot is missing any more, by target and measure.
    private var complete: [String: [Measure: CivilStamp]] = [:]
    private var memories: [String: JournalMemory] = [:]
    /// Targets a synchronisation of clocks could not reach: the next poll that finds them makes it good.
    private var owedClocks: Set<String> = []
    /// Urgent journals that some poll collects, by meter ID.
    private var urgent: [Int: Set<Journal>] = [:]
    private var bell: AsyncStream<Void>.Continuation?
    /// Told when a meter has been given up.
    private var givenUp: AsyncStream<Void>.Continuation?
    /// Hubs that could not be used when they were tried last.
    var hubTroubles: [LineID: HubTrouble] = [:]
    /// Told when there is one more.
    var hubBell: AsyncStream<Void>.Continuation?

    /// A poller without meters; `apply` gives it some.
    package init(
        archive: MeterArchive, lines: LineRegistry, drivers: any DriverSource, clock: any MonotonicClock,
        wall: any WallClock, logger: Logger
    ) {
        self.archive = archive
        self.lines = lines
        self.drivers = drivers
        self.clock = clock
        self.wall = wall
        self.logger = logger.labelled("polling")
    }

    package nonisolated var unownedExecutor: UnownedSerialExecutor { clock.executor }

    /// Takes a configuration. A meter whose way or password changed is thought of as new, and so tried at
    /// once; any other edit leaves its health as it is.
    package func apply(_ configuration: GatewayConfiguration) async {
        let old = Dictionary(
            self.configuration.meters.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        let isFirst = self.configuration.meters.isEmpty
        self.configuration = configuration
        urgent = configuration.polledMeasures.mapValues {
            Journal.urgent.intersection($0.compactMap(\.journal))
        }
        let targets = targets(configuration.meters.map(\.id)).targets
        let known = Set(targets.map(\.identity))
        health = health.filter { known.contains($0.key) }
        sightings = sightings.filter { known.contains($0.key) }
        intervals = intervals.filter { known.contains($0.key) }
        complete = complete.filter { known.contains($0.key) }
        memories = memories.filter { known.contains($0.key) }
        doubts = doubts.filter { known.contains($0.key) }
        rewinds = rewinds.filter { known.contains($0.key) }
        let lines = Set(targets.map(\.line))
        hubTroubles = hubTroubles.filter { lines.contains($0.key) }
        let keepsClocks = configuration.eventRules.contains { $0.actionType == .timeSynchronization }
        owedClocks = keepsClocks ? owedClocks.intersection(known) : []
        for target in targets {
            let rows = target.meterIDs.compactMap { configuration.meter($0) }
            if rows.contains(where: { old[$0.id]?.hasSameAccess(as: $0) != true }) {
                health[target.identity] = nil
                complete[target.identity] = nil
            }
        }
        if isFirst { await recall(targets) }
        for target in keptRewinds.keys.sorted() where !known.contains(target) {
            await keepRewinds(of: target)
        }
    }

    /// Polls what a poll template wants. Returns how many of how many meters went well. Throws
    /// `operation.unknown` when the template is gone.
    package func poll(template number: Int) async throws -> (good: Int, total: Int) {
        guard let template = configuration.pollTemplates.first(where: { $0.id == number }),
            let data = configuration.dataTemplates.first(where: { $0.name == template.dataTemplate })
        else { throw Fault(.notFound, ["value": "\(number)"]) }
        let meters = configuration.meters(ofGroupNamed: template.group).map(\.id)
        return await poll(meters: meters, measures: data.measures, makesClocksGood: true)
    }

    /// Polls meters for measures: lines side by side, meters of a line one after another.
    package func poll(meters: [Int], measures: [Measure]) async -> (good: Int, total: Int) {
        await poll(meters: meters, measures: measures, makesClocksGood: false)
    }

    private func poll(
        meters: [Int], measures: [Measure], makesClocksGood: Bool
    ) async -> (good: Int, total: Int) {
        let targets = targets(meters)
        for meter in targets.unreachable {
            logger.log(
                .warning, "a meter cannot be polled",
                [(.meter, "\(meter.meterID)"), (.error, meter.fault.code.rawValue)])
        }
        let budget = Duration.seconds(configuration.site.pollBudgetMinutes * 60)
        let poll = LinePoll(
            poller: self, lines: lines, clock: clock, measures: measures, budgetEnd: clock.now + budget,
            makesClocksGood: makesClocksGood)
        let good = await poll.run(lines: Dictionary(grouping: targets.targets, by: \.line))
        return (good.count, targets.targets.count + targets.unreachable.count)
    }

    /// Whether something a poll template wants was due by `planned` and is still missing at a meter that may
    /// be asked.
    package func isOverdue(template number: Int, planned: CivilStamp) async -> Bool {
        guard let template = configuration.pollTemplates.first(where: { $0.id == number }),
            let data = configuration.dataTemplates.first(where: { $0.name == template.dataTemplate })
        else { return false }
        for target in targets(configuration.meters(ofGroupNamed: template.group).map(\.id)).targets {
            if refusal(of: target) != nil { continue }
            for measure in data.measures where measure.isSnapshot {
                let newest = try? await archive.newest(meter: target.point.id, measure: measure)
                if newest ?? CivilStamp(seconds: .min) < planned { return true }
            }
            if await areJournalsOverdue(target, measures: data.measures) { return true }
            let archived = data.measures.filter { !$0.isSnapshot && $0.journal == nil }
            let planned = try? await plan(target, measures: archived)
            if planned?.work.isEmpty == false || planned?.measuresAwaitingInterval.isEmpty == false {
                return true
            }
        }
        return false
    }

    /// The condition of every row with readings, in table order.
    package var conditions: [MeterCondition] {
        targets(configuration.meters.map(\.id)).targets.flatMap { target in
            target.meterIDs.map { id in
                MeterCondition(
                    meterID: id, condition: health[target.identity]?.condition ?? .unknown,
                    clockDifferenceSeconds: difference(of: target))
            }
        }.sorted { $0.meterID < $1.meterID }
    }

    /// So many groups of meters are remembered with their targets.
    private static let knownGroups = 8

    /// How many facts of meters are remembered: bounded by their number.
    package var held: Int {
        let facts = health.count + sightings.count + intervals.count + memories.count + doubts.count
        let measures = complete.values.reduce(0) { $0 + $1.count } + urgent.count
        return facts + hubTroubles.count + measures + rewinds.values.reduce(0) { $0 + $1.count }
    }

    func targets(_ ids: [Int]) -> PollTargets {
        if let known = knownTargets[ids] { return known }
        let targets = PollTargets(ids, in: configuration, drivers: drivers)
        // Polls ask for the same few groups again and again; whoever asks for others finds room.
        if knownTargets.count >= MeterPoller.knownGroups { knownTargets = [:] }
        knownTargets[ids] = targets
        return targets
    }

    // MARK: - Health

    /// Why a target is left alone now; nil when it may be asked.
    func refusal(of target: PollTarget) -> Fault? { health[target.identity]?.refusal(at: wall.now) }

    /// Whether a target that was given up has to answer a probe before anything else.
    func needsProbe(_ target: PollTarget) -> Bool { health[target.identity]?.needsProbe ?? false }

    /// Whether a start-of-day row is due and missing of meters that answer: then the poll of their line is
    /// the midnight pass, which new transit clients let go first (R26).
    func lackStartOfDay(_ targets: [PollTarget], measures: [Measure]) async -> Bool {
        guard measures.contains(.dayEnergy) else { return false }
        for target in targets where target.line.isInterface {
            switch health[target.identity]?.condition {
            case .failing, .disconnected, .blocked: continue
            case .good, .unknown, nil: break
            }
            let today = wall.now.civil(in: target.zone).startOfDay
            let missing = try? await archive.missing(
                meter: target.point.id, measure: .dayEnergy, window: today...today)
            if missing?.isEmpty == false { return true }
        }
        return false
    }

    /// A session with a target ended.
    func note(_ fault: Fault?, of target: PollTarget) {
        noteHub(fault, of: target)
        var state = health[target.identity] ?? MeterHealth()
        let before = state.condition
        if let fault {
            if fault.concernsLine || [.stopped, .meterEngaged].contains(fault.code) { return }
            state.failed(fault, at: wall.now)
            if case .failing = before {
            } else {
                logger.log(
                    .warning, "a meter does not answer",
                    [(.meter, "\(target.point.id)"), (.error, fault.code.rawValue)])
            }
            if state.needsProbe { givenUp?.yield() }
        } else {
            state.succeeded()
        }
        health[target.identity] = state
    }

    /// A target that was given up has answered a probe: it is thought of as new.
    func noteReturn(of target: PollTarget) { health[target.identity] = nil }
    func tell(givenUp: AsyncStream<Void>.Continuation) { self.givenUp = givenUp }

    /// Interval of a target's profile in minutes; nil before it was told.
    func knownInterval(of target: PollTarget) -> Int? { intervals[target.identity] }
    func learned(interval: Int, of target: PollTarget) { intervals[target.identity] = interval }

    func memory(of target: PollTarget) -> JournalMemory? { memories[target.identity] }
    func remember(_ memory: JournalMemory, of target: PollTarget) { memories[target.identity] = memory }
    func doubts(of target: PollTarget) -> Int { doubts[target.identity, default: 0] }
    func countDoubt(of target: PollTarget) { doubts[target.identity, default: 0] += 1 }
    func forgetMemory(of target: PollTarget) { memories[target.identity] = nil }
    func urgentJournals(of target: PollTarget) -> Set<Journal> {
        target.meterIDs.reduce(into: []) { $0.formUnion(urgent[$1] ?? []) }
    }
    func takeBell(_ bell: AsyncStream<Void>.Continuation) { self.bell = bell }
    func ring() { bell?.yield() }

    /// A target's clock was read.
    func saw(_ clock: ClockReading, of target: PollTarget) async {
        await noteStep(to: clock, of: target)
        sightings[target.identity] = clock
        await keepRewinds(of: target.identity)
    }
    func sighting(of target: PollTarget) -> ClockReading? { sightings[target.identity] }
    /// Meter clock minus gateway clock when last read.
    func difference(of target: PollTarget) -> Int32? { sightings[target.identity]?.differenceSeconds }
    func rewind(_ target: PollTarget, from stamp: CivilStamp, by step: ClockRewind) {
        for measure in [Measure.powerProfile, .dayEnergy, .monthEnergy] {
            rewinds[target.identity, default: [:]][measure, default: ClockRewinds()]
                .clockWentBack(from: stamp, by: step)
        }
    }
    func rewind(_ measure: Measure, of target: PollTarget, to stretch: ClockRewind) {
        rewinds[target.identity, default: [:]][measure, default: ClockRewinds()].recall(stretch)
    }
    func changeRewinds(of target: PollTarget, _ change: (inout ClockRewinds) -> Void) {
        rewinds[target.identity] = rewinds[target.identity]?.mapValues { rewind in
            var rewind = rewind
            change(&rewind)
            return rewind
        }
    }

    /// Whether a synchronisation has passed this target by.
    func owesClock(_ target: PollTarget) -> Bool { owedClocks.contains(target.identity) }
    func noteClock(of target: PollTarget, isOwed: Bool) {
        if isOwed { owedClocks.insert(target.identity) } else { owedClocks.remove(target.identity) }
    }

    /// What is to be asked again outlives a restart.
    private func keepRewinds(of target: String) async {
        guard rewinds[target] != nil || keptRewinds[target] != nil else { return }
        let present = (rewinds[target] ?? [:])
            .sorted { ($0.key.archiveNumber ?? 0) < ($1.key.archiveNumber ?? 0) }
            .flatMap { measure, rewinds in rewinds.stretches.map { $0.kept(measure) } }
        guard present != keptRewinds[target] ?? [] else { return }
        do {
            try await archive.keep(rewinds: present, of: target)
            keptRewinds[target] = present.isEmpty ? nil : present
        } catch {
            // It is tried again with the next look at the clock.
            logger.log(.error, "a clock that was put back could not be noted", [(.error, "\(error)")])
        }
    }

    /// What outlives a restart: clocks that were put back, and blocks.
    private func recall(_ targets: [PollTarget]) async {
        keptRewinds = (try? await archive.rewinds()) ?? [:]
        let known = Set(targets.map(\.identity))
        for (target, stamps) in keptRewinds where known.contains(target) && rewinds[target] == nil {
            for stretch in stamps {
                rewinds[target, default: [:]][stretch.measure, default: ClockRewinds()]
                    .recall(ClockRewind(stretch))
            }
        }
        await recallRefusals()
    }

    /// A block by a refused password outlives a restart (R22).
    private func recallRefusals() async {
        guard let outcomes = try? await archive.pollOutcomes() else { return }
        let refused = outcomes.filter { $0.measure == nil && $0.fault?.code.isAboutCredentials == true }
        for target in targets(configuration.meters.map(\.id)).targets {
            guard let outcome = refused.first(where: { target.meterIDs.contains($0.meterID) }) else {
                continue
            }
            let recalled = MeterHealth.blocked(since: outcome.at)
            if recalled.refusal(at: wall.now) != nil { health[target.identity] = recalled }
        }
    }

    // MARK: - Planning and keeping

    /// What a target has to be asked. `continuing` goes on with work left from the last turn.
    func plan(
        _ target: PollTarget, measures: [Measure], continuing work: PollWork? = nil
    ) async throws -> PlannedWork {
        var interval = intervals[target.identity]
        if let work {
            return PlannedWork(work: work, measuresAwaitingInterval: [], intervalMinutes: interval)
        }
        if interval == nil { interval = try await archive.profileInterval(meter: target.point.id) }
        if let interval {
            intervals[target.identity] = interval
            let work = try await plan(target, measures: measures, intervalMinutes: interval)
            return PlannedWork(work: work, measuresAwaitingInterval: [], intervalMinutes: interval)
        }
        let awaiting = measures.filter { $0 == .powerProfile }
        let others = measures.filter { $0 != .powerProfile }
        let work = try await plan(target, measures: others, intervalMinutes: 30)
        return PlannedWork(work: work, measuresAwaitingInterval: awaiting)
    }

    /// What a target with a profile of known interval has to be asked.
    func plan(_ target: PollTarget, measures: [Measure], intervalMinutes: Int) async throws -> PollWork {
        let now = wall.now.civil(in: target.zone)
        let searches = searches(of: target, measures, intervalMinutes, now, await archive.depths)
        let found = try await archive.missing(
            meter: target.point.id, windows: searches.map { ($0.measure, $0.window) },
            intervalMinutes: intervalMinutes)
        var gaps: [MeasureGaps] = []
        for (search, missing) in zip(searches, found) {
            let missing = wanted(missing, search, of: target, interval: intervalMinutes)
            guard !missing.isEmpty else { continue }
            gaps.append(MeasureGaps(measure: search.measure, grid: search.grid, gaps: missing))
        }
        gaps += try await recalled(besides: searches, of: target, intervalMinutes, now)
        return PollWork(
            measures: measures, gaps: gaps, intervalMinutes: intervalMinutes, now: now,
            question: try await question(target, measures: measures))
    }

    /// Where gaps of one archive of a target are looked for.
    private struct GapSearch {
        let measure: Measure
        let grid: SlotGrid
        /// What is older is not kept.
        let oldest: CivilStamp
        let window: ClosedRange<CivilStamp>
    }

    private func searches(
        of target: PollTarget, _ measures: [Measure], _ interval: Int, _ now: CivilStamp,
        _ depths: RetentionDepths
    ) -> [GapSearch] {
        let (difference, complete) = (difference(of: target) ?? 0, complete[target.identity])
        return measures.compactMap { measure in
            guard let grid = SlotGrid(measure, intervalMinutes: interval) else { return nil }
            let due = grid.newestDue(at: now, clockDifferenceSeconds: difference)
            let oldest = depths.oldest(of: measure, newest: due) ?? due
            let known = complete?[measure] ?? oldest
            // A clock that was stepped back may leave the known part ahead of what is due now.
            let from = max(oldest, min(known, due))
            return GapSearch(measure: measure, grid: grid, oldest: oldest, window: from...due)
        }
    }

    /// What of an archive is to be asked for: what is missing, and what may have changed since it was read.
    private func wanted(
        _ missing: [ClosedRange<CivilStamp>], _ search: GapSearch, of target: PollTarget, interval: Int
    ) -> [ClosedRange<CivilStamp>] {
        complete[target.identity, default: [:]][search.measure] =
            missing.first?.lowerBound ?? search.window.upperBound
        return askable(search, of: target, interval: interval, besides: missing)
    }

    /// What of archives that a poll does not name is to be asked for again: any poll of archives does it, for
    /// the one of starts of day may be a day away. Only what was ever wanted of the meter.
    private func recalled(
        besides searches: [GapSearch], of target: PollTarget, _ interval: Int, _ now: CivilStamp
    ) async throws -> [MeasureGaps] {
        guard let rewound = rewinds[target.identity], !searches.isEmpty else { return [] }
        let others = Set(rewound.keys).subtracting(searches.map(\.measure))
        guard !others.isEmpty else { return [] }
        var gaps: [MeasureGaps] = []
        let measures = others.sorted { $0.place < $1.place }
        for search in self.searches(of: target, measures, interval, now, await archive.depths) {
            let newest = try await archive.newest(meter: target.point.id, measure: search.measure)
            let again = askable(search, of: target, interval: interval, besides: [])
            guard newest != nil, !again.isEmpty else { continue }
            gaps.append(MeasureGaps(measure: search.measure, grid: search.grid, gaps: again))
        }
        return gaps
    }

    /// What is missing of an archive, and what of it may have changed since it was read.
    private func askable(
        _ search: GapSearch, of target: PollTarget, interval: Int, besides missing: [ClosedRange<CivilStamp>]
    ) -> [ClosedRange<CivilStamp>] {
        guard rewinds[target.identity]?[search.measure] != nil else { return missing }
        // Rows read while the clock is far off would be set aside: what it passed twice waits until it is
        // not.
        rewinds[target.identity]?[search.measure]?.leaveBehind(search.grid, before: search.oldest)
        guard let rewind = rewinds[target.identity]?[search.measure],
            isBelieved(difference(of: target), interval)
        else { return missing }
        return rewind.askable(search.grid, due: search.window.upperBound, besides: missing)
    }

    /// R13: whether rows of a clock with this difference are stored, not set aside.
    private func isBelieved(_ difference: Int32?, _ intervalMinutes: Int) -> Bool {
        (difference ?? 0).magnitude <= UInt32(intervalMinutes) * 30
    }

    /// Stores what a session brought, under every ID of the target, and notes how it went. False when the
    /// archive could not take it.
    func keep(_ yield: VisitYield, of target: PollTarget, measures: [Measure]) async -> Bool {
        note(yield.fault, of: target)
        if let clock = yield.clock { await saw(clock, of: target) }
        noteInterval(of: yield, target)
        let outcomes = outcomes(of: yield, measures: measures)
        var isStored = true
        for id in target.meterIDs {
            var rows = MeterSessionRows(
                meterID: id, serial: yield.serial, readAt: wall.now, isTimeTrusted: wall.isTrusted,
                zone: target.zone, clockDifferenceSeconds: yield.clockDifferenceSeconds,
                readings: yield.readings, answers: yield.answers, outcomes: outcomes,
                journals: yield.news?.yield, alarms: yield.news?.state?.word)
            rows.isRelayBridged = yield.isRelayBridged
            do throws(Fault) {
                let outcome = try await archive.store(rows)
                settle(yield.news, of: target, outcome)
                settleRewinds(yield, of: target)
                await noteSteps(outcome.clockSteps, of: target)
                askAgain(outcome.newlyUnbalanced, of: target)
                if outcome.replacedSerial != nil {
                    // Another meter hangs there: nothing of it is known yet.
                    complete[target.identity] = nil
                    intervals[target.identity] = nil
                    rewinds[target.identity] = nil
                    oweClock(ofNewMeterAt: target)
                }
            } catch {
                isStored = false
                complete[target.identity] = nil
                logger.log(
                    .error, "rows could not be stored", [(.meter, "\(id)"), (.error, error.code.rawValue)])
            }
        }
        await keepRewinds(of: target.identity)
        await doubtAgain(after: yield.news, of: target)
        return isStored
    }

    /// What was asked for again has been answered and is stored, unless the archive set it aside for the
    /// clock of the very session.
    private func settleRewinds(_ yield: VisitYield, of target: PollTarget) {
        let interval = yield.intervalMinutes ?? intervals[target.identity] ?? 30
        guard isBelieved(yield.clockDifferenceSeconds, interval) else { return }
        for answer in yield.answers {
            guard var rewind = rewinds[target.identity]?[answer.measure],
                let grid = SlotGrid(answer.measure, intervalMinutes: max(answer.intervalMinutes, 1))
            else { continue }
            rewind.asked(answer.window, grid)
            rewinds[target.identity]?[answer.measure] = rewind.stretches.isEmpty ? nil : rewind
        }
    }

    /// A meter whose profile was set to another interval tells so in its newest row (R32).
    private func noteInterval(of yield: VisitYield, _ target: PollTarget) {
        let newest = yield.readings.filter { $0.measure == .powerProfile }.max { $0.stamp < $1.stamp }
        let told =
            newest.map { Int($0.intervalMinutes) }.flatMap { $0 > 0 ? $0 : nil } ?? yield.intervalMinutes
        guard let told, told != intervals[target.identity] else { return }
        intervals[target.identity] = told
        complete[target.identity]?[.powerProfile] = nil
    }

    /// Records that a target was not reached because of `fault`.
    func noteFailure(of target: PollTarget, _ fault: Fault, measures: [Measure]) async {
        note(fault, of: target)
        var yield = VisitYield(
            work: PollWork(measures: [], gaps: [], intervalMinutes: 30, now: .init(seconds: 0)))
        yield.fault = fault
        _ = await keep(yield, of: target, measures: measures)
    }

    private func outcomes(of yield: VisitYield, measures: [Measure]) -> [ItemOutcome] {
        // Being stopped, as at a shutdown, says nothing of the meter.
        let fault = yield.fault?.code == .stopped ? nil : yield.fault
        var outcomes = yield.fault == fault ? [ItemOutcome(nil, fault: fault)] : []
        // Of journals that were not opened nothing new is told: their last outcome stands.
        let journals = yield.news?.yield?.journals.map(Measure.journal) ?? []
        let brought = Set(yield.readings.map(\.measure) + yield.answers.map(\.measure) + journals)
        for measure in measures {
            if let fault = yield.abandoned[measure] {
                outcomes.append(ItemOutcome(measure, fault: fault))
            } else if brought.contains(measure) {
                outcomes.append(ItemOutcome(measure))
            } else if let fault {
                outcomes.append(ItemOutcome(measure, fault: fault))
            }
        }
        return outcomes
    }
}

extension MeterRow {
    /// Whether another version of the row leads to the same meter with the same credentials.
    fileprivate func hasSameAccess(as other: MeterRow) -> Bool {
        type == other.type && address == other.address && interface == other.interface
            && parentID == other.parentID && lineSettings == other.lineSettings && link == other.link
            && keys == other.keys
            && readPassword == other.readPassword && writePassword == other.writePassword
    }
}
