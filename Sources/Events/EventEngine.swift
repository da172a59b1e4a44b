// Drives everything the gateway does by itself (REQ-003): once a minute it asks the plan what is due, and at
// every change of a discrete input whether that is an event, and runs it. Rules of one moment start in order
// of their numbers; a publication waits for the polls of its event, but not for ever; a rule that still runs
// is run once more afterwards, not twice at once; scheduled talk to the outside waits for the device's jitter
// (R7).

package import Archive
package import Configuration
package import Faults
package import Logging
package import Seams
package import Timekeeping

/// Who does what events ask for. `Runtime` joins the engine to polling and publishing with it.
package protocol EventActions: Sendable {
    /// Does it; returns how many of how many succeeded. Throws a fault when nothing could be tried.
    func perform(_ action: EventAction, planned: CivilStamp) async throws -> (good: Int, total: Int)
    /// Whether what a firing planned at `planned` was for is still missing: unread slots, unsent rows.
    func isOverdue(_ action: EventAction, planned: CivilStamp) async -> Bool
}

/// The event system as a service.
package actor EventEngine {
    private let actions: any EventActions
    private let clock: any MonotonicClock
    private let wall: any WallClock
    private let logger: Logger
    private let archive: MeterArchive?
    private let inputs: any DiscreteInputs
    private var configuration = GatewayConfiguration()
    /// Its rules that have something to wait for.
    private var rules: [ArmedRule] = []
    private var plan = EventPlan()
    private var watch = InputWatch()
    /// Changes of inputs that have become certain and were not looked at yet.
    private var changes: [(row: DiscreteInputRow, edge: InputEdge)] = []
    /// Rows of the table of inputs whose filter somebody waits for.
    private var awaitedRows: Set<Int> = []
    private var firingJournal = FiringJournal()
    private var running: [EventRule: Bool] = [:]
    private var unfinishedPolls: [EventKey: Set<Int>] = [:]
    private var waiters: [Int: Waiter] = [:]
    /// How many events run, wait or are remembered until they end.
    package var held: Int {
        changes.count + awaitedRows.count + running.count + unfinishedPolls.count + waiters.count
    }
    private let ticks: AsyncStream<Void>
    private let tick: AsyncStream<Void>.Continuation

    /// What happened: type and row of the event table.
    private struct EventKey: Hashable {
        let type: EventRule.EventType
        let id: Int

        init(_ rule: EventRule) {
            type = rule.eventType
            id = rule.eventID
        }
    }

    /// A firing that waits for polls.
    private struct Waiter {
        var polls: Set<Int>
        let continuation: CheckedContinuation<Void, Never>
    }

    /// Fresh rows are worth waiting for, but a poll that fetches a year of history is not: what is in the
    /// archive goes out after this time, or after half the rule's period.
    package static let longestWaitForPolls = Duration.seconds(900)

    package nonisolated var unownedExecutor: UnownedSerialExecutor { clock.executor }

    /// An engine without rules; `apply` gives it some.
    /// Without an archive its journal ends with it.
    package init(
        actions: any EventActions, archive: MeterArchive? = nil,
        inputs: any DiscreteInputs = NoDiscreteInputs(), clock: any MonotonicClock, wall: any WallClock,
        logger: Logger
    ) {
        self.archive = archive
        self.inputs = inputs
        self.actions = actions
        self.clock = clock
        self.wall = wall
        self.logger = logger.labelled("events")
        (ticks, tick) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// Takes the rules of a configuration, at once.
    package func apply(_ configuration: GatewayConfiguration) {
        self.configuration = configuration
        rules = ArmedRule.all(in: configuration)
        watch.apply(configuration.discreteInputs)
        tick.yield()
    }

    /// Runs until cancelled; what is running then is cancelled too, and the journal is kept.
    package func run() async throws {
        let last = try? await archive?.firings(before: nil, limit: 1).first?.number
        if let last, firingJournal.records.isEmpty { firingJournal = FiringJournal(after: last) }
        do {
            try await serve()
        } catch {
            await keepJournal()
            throw error
        }
    }

    private func serve() async throws {
        let clock = clock
        let wall = wall
        let tick = tick
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask {
                while true {
                    // Schedules know whole minutes only. A stepped wall clock is noticed within one.
                    let second = wall.now.unixSeconds % 60
                    let fraction = Int64(wall.now.nanoseconds)
                    try await clock.sleep(for: .seconds(60 - second) - .nanoseconds(fraction))
                    tick.yield()
                }
            }
            group.addTask { await self.followInputs() }
            for await _ in ticks {
                for start in evaluate() { group.addTask { await start.engine.execute(start) } }
                for (row, instant) in unawaitedRows() {
                    group.addTask { try await self.awaitFilter(of: row, from: instant) }
                }
                if firingJournal.unkept.count >= FiringJournal.batch { await keepJournal() }
            }
            throw CancellationError()
        }
    }

    /// Hands what has ended to the archive. What cannot be written stays for the next time, within a bound.
    private func keepJournal() async {
        guard let archive else { return }
        let entries = firingJournal.unkept.suffix(FiringJournal.capacity).compactMap { FiringEntry($0) }
        do {
            try await archive.note(entries)
            firingJournal.kept(entries)
        } catch {
            logger.log(.error, "the journal of events could not be kept", [(.error, "\(error)")])
        }
    }

    /// Enters a command of a person into the same journal, durable at once: it must be told who did it even
    /// after a power cut. `entry` is told the next number, and may take the place of an older entry instead.
    /// Returns the number offered.
    package func note(_ entry: @Sendable (_ number: Int) -> FiringEntry) async -> Int {
        let number = firingJournal.number()
        let made = entry(number)
        do { try await archive?.note([made]) } catch {
            logger.log(.error, "a command could not be entered into the journal", [(.error, "\(error)")])
        }
        return number
    }

    /// Firings that have ended, newest first, numbered below `before`: those in memory, then the archive's.
    package func firings(before: Int?, limit: Int) async throws(Fault) -> [FiringEntry] {
        let recent = firingJournal.unkept.reversed().compactMap { FiringEntry($0) }
            .filter { $0.number < before ?? .max }.sorted { $0.number > $1.number }.prefix(limit)
        guard recent.count < limit, let archive else { return Array(recent) }
        let known = Set(firingJournal.unkept.map(\.id))
        let older = try await archive.firings(before: before, limit: limit + known.count)
        let all = recent + older.filter { !known.contains($0.number) }
        return Array(all.sorted { $0.number > $1.number }.prefix(limit))
    }

    /// The last records, oldest first.
    package var journal: [FiringRecord] { firingJournal.records }

    /// The next firing of every schedule that some rule waits for, by schedule number, for `/state/schdl`.
    package var nextFirings: [(schedule: Int, time: WallTime)] {
        let offset = configuration.time.offset
        let now = wall.now.civil(in: offset)
        let used = Set(configuration.eventRules.filter { $0.eventType == .scheduler }.map(\.eventID))
        return configuration.schedules.filter { used.contains($0.id) }.map { row in
            (row.id, WallTime(civil: row.schedule.next(after: now), offset: offset))
        }
    }

    /// How many seconds after its planned moment each rule that talks to the outside begins (R7).
    package var jitters: [Int: Int] {
        let delays = rules.map { ($0.rule.id, jitterSeconds(of: $0)) }
        return Dictionary(delays.filter { $0.1 > 0 }, uniquingKeysWith: { first, _ in first })
    }

    /// One firing on its way.
    private struct Start: Sendable {
        let engine: EventEngine
        let firing: Firing
        let record: Int
        /// Records of polls of the same minute and schedule that must end first.
        let awaited: Set<Int>
        /// When talk to the outside may begin.
        let earliest: MonotonicInstant
    }

    private func evaluate() -> [Start] {
        let now = wall.now.civil(in: configuration.time.offset)
        let firings =
            plan.due(rules, at: now, isTrusted: wall.isTrusted) + inputFirings()
        var starts: [Start] = []
        for firing in firings {
            let rule = firing.armed.rule
            if running[rule] != nil {
                running[rule] = true
                _ = firingJournal.begin(firing, at: wall.now, outcome: .coalesced)
                continue
            }
            running[rule] = false
            let record = firingJournal.begin(firing, at: wall.now)
            let polls = EventAction(rule).isOutside ? unfinishedPolls[EventKey(rule)] ?? [] : []
            if EventAction(rule).bringsRows { unfinishedPolls[EventKey(rule), default: []].insert(record) }
            let earliest = clock.now + .seconds(jitterSeconds(of: firing.armed))
            starts.append(
                Start(engine: self, firing: firing, record: record, awaited: polls, earliest: earliest))
        }
        return starts
    }

    /// The delay of outside talk: the same for this device every time, at most half the rule's period. Inputs
    /// of different devices do not change on the same second: what they ask for is done at once.
    private func jitterSeconds(of armed: ArmedRule) -> Int {
        guard EventAction(armed.rule).isOutside, let period = armed.shortestPeriodSeconds else { return 0 }
        return configuration.site.jitterSeconds(atMost: period / 2)
    }

    // MARK: - Discrete inputs

    /// The levels at the start are the base; every change from then on counts.
    private func followInputs() async {
        let edges = await inputs.edges()
        watch.begin(with: await inputs.state().levels)
        for await edge in edges {
            changes += watch.take(edge)
            tick.yield()
        }
    }

    /// What has become certain of inputs, as firings in order of rule numbers.
    private func inputFirings() -> [Firing] {
        changes += watch.settle(at: clock.now)
        defer { changes = [] }
        return changes.flatMap { change in
            rules.filter { $0.trigger == .input(change.row) }.map {
                Firing(armed: $0, planned: change.edge.time.civil(in: configuration.time.offset))
            }
        }
    }

    /// Rows whose filter runs and has nobody who waits for its end.
    private func unawaitedRows() -> [(row: Int, instant: MonotonicInstant)] {
        watch.deadlines.filter { awaitedRows.insert($0.row).inserted }
    }

    /// Looks again when the filter of a row has run; its end only moves on while somebody waits.
    private func awaitFilter(of row: Int, from instant: MonotonicInstant) async throws {
        defer { awaitedRows.remove(row) }
        var end = instant
        while true {
            try await clock.sleep(until: end)
            guard let next = watch.deadlines.first(where: { $0.row == row }), next.instant > clock.now else {
                break
            }
            end = next.instant
        }
        tick.yield()
    }

    // MARK: - Doing

    private func execute(_ start: Start) async {
        let rule = start.firing.armed.rule
        await waitForPolls(start)
        var outcome = await outcome(of: start)
        while running[rule] == true, !Task.isCancelled, configuration.eventRules.contains(rule) {
            running[rule] = false
            outcome = await perform(start.firing)
        }
        running[rule] = nil
        firingJournal.end(start.record, at: wall.now, outcome)
        unfinishedPolls[EventKey(rule)]?.remove(start.record)
        for record in waiters.keys.sorted() where waiters[record]?.polls.remove(start.record) != nil {
            if waiters[record]?.polls.isEmpty == true { stopWaiting(record) }
        }
        if case .failed(let fault) = outcome {
            logger.log(.warning, "an event failed", [(.event, "\(rule.id)"), (.error, fault.code.rawValue)])
        }
    }

    private func waitForPolls(_ start: Start) async {
        let armed = start.firing.armed
        let polls = start.awaited.intersection(unfinishedPolls[EventKey(armed.rule)] ?? [])
        guard !polls.isEmpty else { return }
        let longest = EventEngine.longestWaitForPolls
        let patience = armed.shortestPeriodSeconds.map { min(longest, .seconds($0) / 2) } ?? longest
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [clock] in
                // Cancelled, by the end of the polls or at a stop, it has nobody left to wake or wakes early.
                try? await clock.sleep(for: patience)
                await self.stopWaiting(start.record)
            }
            await withCheckedContinuation {
                waiters[start.record] = Waiter(polls: polls, continuation: $0)
            }
            group.cancelAll()
        }
    }

    private func stopWaiting(_ record: Int) { waiters.removeValue(forKey: record)?.continuation.resume() }

    private func outcome(of start: Start) async -> FiringOutcome {
        do { try await clock.sleep(until: start.earliest) } catch { return .failed(Fault(.stopped)) }
        let action = EventAction(start.firing.armed.rule)
        if start.firing.isBackfill, await !actions.isOverdue(action, planned: start.firing.planned) {
            return .satisfied
        }
        return await perform(start.firing)
    }

    private func perform(_ firing: Firing) async -> FiringOutcome {
        do {
            let (good, total) = try await actions.perform(
                EventAction(firing.armed.rule), planned: firing.planned)
            return .done(good: good, total: total)
        } catch let fault as Fault {
            return .failed(fault)
        } catch is CancellationError {
            return .failed(Fault(.stopped))
        } catch {
            return .failed(Fault(.internalError, ["reason": "\(error)"]))
        }
    }
}
