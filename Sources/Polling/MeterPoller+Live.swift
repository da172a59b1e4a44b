// Questions somebody waits for: current values for the API within 4 s (R27) and the connection test of the
// meter table with its live progress. Cancelling the task stops at once; lines run side by side.

import Archive
package import Drivers
package import Faults
package import Lines
package import Metering
import Seams
import Timekeeping

/// What is asked of meters now.
package struct LiveQuestion: Sendable {
    /// IDs of the meters.
    package var meters: [Int]
    /// `GetTime`, a present value, or nil to find out only whether the meter answers.
    package var measure: Measure?
    /// Wanted values; empty for all the measure has.
    package var tags: [Tag]
    /// `technician` may ask a blocked meter (R22), `current` may not.
    package var leaseClass: LeaseClass
    /// Longest time for all meters together; nil for as long as it takes.
    package var patience: Duration?
    /// Whether a person wants the clock put right while it is at it (R6).
    package var correctsClock: Bool

    /// A question.
    package init(
        meters: [Int], measure: Measure?, tags: [Tag] = [], leaseClass: LeaseClass = .current,
        patience: Duration? = .seconds(4), correctsClock: Bool = false
    ) {
        self.correctsClock = correctsClock
        self.meters = meters
        self.measure = measure
        self.tags = tags
        self.leaseClass = leaseClass
        self.patience = patience
    }
}

/// What one meter answered.
package struct LiveAnswer: Sendable, Hashable {
    /// Who answered.
    package var identity: MeterIdentity
    /// Its clock.
    package var clock: ClockReading
    /// What was asked for; nil when only an answer was wanted.
    package var reading: Reading?
    /// How long the session took.
    package var duration: Duration
    /// Difference of its clock before a correction, seconds; nil when nothing was corrected.
    package var differenceBefore: Int32?

    /// An answer.
    package init(
        identity: MeterIdentity, clock: ClockReading, reading: Reading?, duration: Duration,
        differenceBefore: Int32? = nil
    ) {
        self.differenceBefore = differenceBefore
        self.identity = identity
        self.clock = clock
        self.reading = reading
        self.duration = duration
    }
}

/// Progress of a question.
package enum LiveEvent: Sendable, Hashable {
    /// The meter is being asked.
    case asking(meterID: Int)
    /// It answered.
    case answered(meterID: Int, LiveAnswer)
    /// It did not, and why.
    case failed(meterID: Int, Fault)
}

extension MeterPoller {
    /// Asks meters now and tells what comes as it comes: one final event for every known ID, unless the task
    /// is cancelled. Unknown IDs and hubs are left out.
    package func ask(_ question: LiveQuestion, progress: @escaping @Sendable (LiveEvent) async -> Void) async
    {
        let targets = targets(question.meters)
        for meter in targets.unreachable {
            await progress(.failed(meterID: meter.meterID, meter.fault))
        }
        let end = question.patience.map { clock.now + $0 } ?? .distantFuture
        let byLine = Dictionary(grouping: targets.targets, by: \.line)
        await withTaskGroup { group in
            for line in byLine.keys.sorted(by: { $0.text < $1.text }) {
                let targets = byLine[line] ?? []
                group.addTask { await self.ask(targets, question, until: end, progress: progress) }
            }
        }
    }

    /// The answers of a question, by meter ID.
    package func answers(to question: LiveQuestion) async -> [Int: Result<LiveAnswer, Fault>] {
        let (stream, continuation) = AsyncStream.makeStream(
            of: LiveEvent.self, bufferingPolicy: .bufferingOldest(question.meters.count * 4 + 16))
        await ask(question) { event in continuation.yield(event) }
        continuation.finish()
        var answers: [Int: Result<LiveAnswer, Fault>] = [:]
        for await event in stream {
            switch event {
            case .asking: break
            case .answered(let id, let answer): answers[id] = .success(answer)
            case .failed(let id, let fault): answers[id] = .failure(fault)
            }
        }
        return answers
    }

    /// Asks the targets of one line, one after another. What is behind a hub that cannot be used is told so
    /// without being tried.
    private func ask(
        _ targets: [PollTarget], _ question: LiveQuestion, until end: MonotonicInstant,
        progress: @escaping @Sendable (LiveEvent) async -> Void
    ) async {
        guard let first = targets.first else { return }
        let patience = min(end, clock.now + .seconds(60))
        var hubFault = await trouble(above: first, until: patience)
        await lines.withVisit(to: targets) {
            for target in targets where !Task.isCancelled {
                if let hubFault {
                    await tell(.failure(hubFault), of: target, question, progress)
                } else if let fault = await ask(target, question, until: end, progress: progress),
                    fault.isOfHub
                {
                    hubFault = fault
                }
            }
        }
    }

    private func tell(
        _ outcome: Result<LiveAnswer, Fault>, of target: PollTarget, _ question: LiveQuestion,
        _ progress: @escaping @Sendable (LiveEvent) async -> Void
    ) async {
        let wanted = Set(question.meters)
        for id in target.meterIDs where wanted.contains(id) {
            switch outcome {
            case .success(let answer): await progress(.answered(meterID: id, answer))
            case .failure(let fault): await progress(.failed(meterID: id, fault))
            }
        }
    }

    /// Asks one target; returns why it did not answer.
    private func ask(
        _ target: PollTarget, _ question: LiveQuestion, until end: MonotonicInstant,
        progress: @escaping @Sendable (LiveEvent) async -> Void
    ) async -> Fault? {
        if let refusal = refusal(of: target), refusal.code == .meterBlocked,
            question.leaseClass != .technician
        {
            await tell(.failure(refusal), of: target, question, progress)
            return refusal
        }
        let asking = LiveSession(poller: self, target: target, question: question)
        let outcome = await asking.run(until: end, progress: progress)
        if Task.isCancelled { return nil }
        await tell(outcome, of: target, question, progress)
        guard case .failure(let fault) = outcome else { return nil }
        return fault
    }
}

/// How far a live session has come, for the verdict when its time is over.
private actor LiveStage {
    /// Since when the line was ours.
    private(set) var lineSince: MonotonicInstant?
    /// Whether the meter has said who it is.
    private(set) var isHeard = false

    func lineGranted(at now: MonotonicInstant) { lineSince = lineSince ?? now }
    func meterHeard() { isHeard = true }
}

/// One live session raced against the patience of who asks.
struct LiveSession: Sendable {
    let poller: MeterPoller
    let target: PollTarget
    let question: LiveQuestion

    /// The session's end, or a fault once `end` has come. The session is ended properly before this returns.
    func run(
        until end: MonotonicInstant, progress: @escaping @Sendable (LiveEvent) async -> Void
    ) async -> Result<LiveAnswer, Fault> {
        let busy = Fault(.lineBusy, ["line": target.line.text])
        guard poller.clock.now < end else { return .failure(busy) }
        let stage = LiveStage()
        return await withTaskGroup(of: Result<LiveAnswer, Fault>?.self) { group in
            group.addTask { await converse(until: end, stage, progress: progress) }
            if end != .distantFuture {
                group.addTask {
                    try? await poller.clock.sleep(until: end)
                    return nil
                }
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            if let first { return first }
            if await stage.isHeard { return .failure(Fault(.meterSlow, ["meter": "\(target.point.id)"])) }
            // A meter that was hardly spoken to is not called silent.
            guard let since = await stage.lineSince, end - since >= LiveSession.hearing else {
                return .failure(busy)
            }
            // Nor one whose hub was busy the last time, and may be keeping us waiting.
            if let trouble = await poller.knownTrouble(of: target) { return .failure(trouble) }
            return .failure(Fault(.meterSilent, ["meter": "\(target.point.id)"]))
        }
    }

    /// A meter that had so long to say who it is, and did not, is silent.
    private static let hearing = Duration.seconds(2)

    /// Time kept back for the answer under way and the farewell, so that a session ends in good order: one
    /// that is cut off costs whoever comes next half a second of silence.
    private static let farewell = Duration.milliseconds(500)

    private func converse(
        until end: MonotonicInstant, _ stage: LiveStage,
        progress: @escaping @Sendable (LiveEvent) async -> Void
    ) async -> Result<LiveAnswer, Fault> {
        let began = poller.clock.now
        let patience = end == .distantFuture ? Duration.seconds(60) : end - began
        let request = LeaseRequest(
            line: target.line, settings: target.settings, leaseClass: question.leaseClass,
            owner: "ask meter \(target.point.id)", patience: patience,
            lastRequestBy: end == .distantFuture ? nil : end + (.zero - LiveSession.farewell))
        do {
            let answer = try await poller.lines.withLease(request) { lease in
                await stage.lineGranted(at: poller.clock.now)
                for id in target.meterIDs { await progress(.asking(meterID: id)) }
                return try await target.conversing(over: lease, patience: PollTarget.personPatience) {
                    try await conversation(over: lease, since: began, stage)
                }
            }
            await poller.note(nil, of: target)
            await poller.saw(answer.clock, of: target)
            return .success(answer)
        } catch {
            let fault = target.fault(of: error)
            if !fault.concernsItemOnly { await poller.note(fault, of: target) }
            return .failure(fault)
        }
    }

    private func conversation(
        over lease: LineLease, since began: MonotonicInstant, _ stage: LiveStage
    ) async throws -> LiveAnswer {
        do {
            return try await conversation(with: target.point, over: lease, since: began, stage)
        } catch let fault as Fault where fault.code == .meterDataAccess && question.correctsClock {
            // A reader may shift a clock; to set one takes the configurator, who has a password of his own.
            // That he is refused says nothing of the reader, and does not block the meter.
            guard let configurator = target.point.asConfigurator else { throw fault }
            do {
                return try await conversation(with: configurator, over: lease, since: began, stage)
            } catch let refusal as Fault where refusal.code.isAboutCredentials {
                throw fault
            }
        }
    }

    private func conversation(
        with point: MeterPoint, over lease: LineLease, since began: MonotonicInstant, _ stage: LiveStage
    ) async throws -> LiveAnswer {
        let outlook = SessionOutlook(comparesClock: !question.correctsClock)
        return try await target.driver.session(with: point, over: lease, outlook: outlook) { session in
            await stage.meterHeard()
            let (clock, before) = try await clock(of: session)
            let reading = try await reading(from: session, clock)
            return LiveAnswer(
                identity: session.identity, clock: clock, reading: reading,
                duration: poller.clock.now - began, differenceBefore: before)
        }
    }

    /// The clock, put right first where a person wants that: shifted as far as the family allows, else set.
    private func clock(of session: any MeterSession) async throws -> (ClockReading, before: Int32?) {
        guard question.correctsClock else { return (try await session.clock(), nil) }
        let kept = try await ClockKeeper(poller: poller, target: target, occasion: .person).keep(session)
        return (kept.clock, kept.differenceBefore)
    }

    private func reading(
        from session: any MeterSession, _ clock: ClockReading
    ) async throws -> Reading? {
        switch question.measure {
        case nil: return nil
        case .clock:
            return Reading(
                .clock, at: clock.stamp, clockDifferenceSeconds: clock.differenceSeconds, values: [])
        case .some(let measure):
            var reading = try await session.current(measure, tags: question.tags)
            reading.clockDifferenceSeconds = reading.clockDifferenceSeconds ?? clock.differenceSeconds
            return reading
        }
    }
}

extension MeterPoint {
    /// The same meter opened by the configurator, client 48; nil without a password for him or when he opens
    /// it anyway.
    var asConfigurator: MeterPoint? {
        guard link.client != 48, !writePassword.isEmpty else { return nil }
        var point = self
        point.link.client = 48
        return point
    }
}
