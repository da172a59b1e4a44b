// One session with one meter over a lent line: identity, clock, then step after step until the work is done,
// the slice is over or somebody more urgent wants the line. What was brought home counts even when the
// session breaks.

import Archive
import Drivers
import Faults
import Lines
import Metering
import Seams
import Timekeeping

/// What one session yielded.
struct VisitYield: Sendable {
    /// Serial number, once the identity was read.
    var serial: String?
    /// Its clock, once it was read.
    var clock: ClockReading?
    /// Interval of the profile, once it is known.
    var intervalMinutes: Int?
    var readings: [Reading] = []
    var answers: [AnsweredWindow] = []
    /// Alarms and journals; nil when they were not asked for.
    var news: JournalNews?
    /// Whether current flows behind an open relay; nil when nobody could say.
    var isRelayBridged: Bool?
    /// Measures the meter cannot give, and why.
    var abandoned: [Measure: Fault] = [:]
    /// Until when somebody else may have a link with the meter: nothing was asked.
    var engagedUntil: MonotonicInstant?
    /// Why the session ended before its work; nil when it did not.
    var fault: Fault?
    /// What is left to ask.
    var work: PollWork

    /// Meter clock minus gateway clock, once it was read.
    var clockDifferenceSeconds: Int32? { clock?.differenceSeconds }
}

/// Holds sessions with one target.
struct MeterVisit: Sendable {
    let target: PollTarget
    let clock: any MonotonicClock
    /// When to stop beginning further steps.
    let sliceEnd: MonotonicInstant
    let withHistory: Bool
    /// Makes the work once the profile's interval is known; nil when it was known before.
    let plan: (@Sendable (_ intervalMinutes: Int) async throws -> PollWork)?

    /// Runs one session. Never throws: its failure is part of the yield.
    func run(_ planned: PlannedWork, over lease: LineLease) async -> VisitYield {
        var yield = VisitYield(intervalMinutes: planned.intervalMinutes, work: planned.work)
        do {
            let outlook = outlook(of: planned)
            try await target.conversing(over: lease) {
                try await target.driver.session(
                    with: target.point, over: lease, outlook: outlook
                ) { try await follow(through: lease, $0, &yield) }
            }
        } catch is GaveWay {
            // The step under way is asked again at the next turn; the meter did nothing wrong.
        } catch let error as MeterEngaged {
            yield.engagedUntil = error.until
        } catch {
            yield.fault = target.fault(of: error)
        }
        return yield
    }

    private func follow(
        through lease: LineLease, _ session: any MeterSession, _ yield: inout VisitYield
    ) async throws {
        yield.serial = session.identity.serial
        yield.clock = try await session.clock()
        if let plan { try await complete(&yield, session, plan) }
        postponeIfUnbelievable(&yield)
        try await work(through: lease, session, &yield, withHistory: false)
        // Who waits for the line gets it back in the middle of a journal, not before the first: else somebody
        // who asks every few seconds would keep all of them from being read.
        if clock.now < sliceEnd, !Task.isCancelled, !yield.work.isUrgent {
            try await lookForNews(session, &yield)
        }
        if withHistory { try await work(through: lease, session, &yield, withHistory: true) }
    }

    /// What the session will be asked, for meters that answer it at once.
    private func outlook(of planned: PlannedWork) -> SessionOutlook {
        SessionOutlook(
            comparesClock: true,
            readsProfile: plan != nil || planned.work.asks(of: .powerProfile, withHistory: withHistory),
            alarms: planned.work.countedJournals)
    }

    /// Takes step after step until none is left or the turn is over.
    private func work(
        through lease: LineLease, _ session: any MeterSession, _ yield: inout VisitYield, withHistory: Bool
    ) async throws {
        while await mayGoOn(lease), let step = yield.work.next(withHistory: withHistory) {
            try await take(step, session, &yield)
        }
    }

    private func mayGoOn(_ lease: LineLease) async -> Bool {
        guard clock.now < sliceEnd, !Task.isCancelled else { return false }
        return await !lease.shouldYield
    }

    /// R13: rows read while the clock is off by more than half an interval are set aside by the archive.
    private func postponeIfUnbelievable(_ yield: inout VisitYield) {
        guard let interval = yield.intervalMinutes, let difference = yield.clockDifferenceSeconds,
            difference.magnitude > UInt32(interval) * 30
        else { return }
        yield.work.postponeHistory(of: .powerProfile)
    }

    /// Asks for the profile's interval and plans with it; a meter without a profile is planned without.
    private func complete(
        _ yield: inout VisitYield, _ session: any MeterSession,
        _ plan: @Sendable (_ intervalMinutes: Int) async throws -> PollWork
    ) async throws {
        do {
            let interval = try await session.profileInterval()
            yield.intervalMinutes = interval
            yield.work = try await plan(interval)
        } catch let fault as Fault where fault.concernsItemOnly {
            yield.abandoned[.powerProfile] = fault
        }
    }

    private func take(_ step: PollStep, _ session: any MeterSession, _ yield: inout VisitYield) async throws {
        var left = step
        do {
            switch step {
            case .current(let measure):
                let reading = try await session.current(measure, tags: [])
                yield.readings.append(reading)
                if measure == .momentQuality {
                    yield.isRelayBridged = try await isRelayBridged(reading, session)
                }
            case .archive(let measure, let window):
                let answer = try await session.archive(measure, window: window)
                yield.readings += answer.readings
                if let rest = answer.rest {
                    left = .archive(measure, rest)
                    throw GaveWay()
                }
                let interval = measure == .powerProfile ? yield.intervalMinutes ?? 0 : 0
                yield.answers.append(
                    AnsweredWindow(
                        measure, window, intervalMinutes: interval, holdsLaterRow: answer.holdsLaterRow))
                yield.work.answered(step, rows: answer.readings.count)
            }
        } catch let fault as Fault where fault.concernsItemOnly {
            yield.abandoned[step.measure] = fault
            yield.work.abandon(step.measure)
        } catch {
            yield.work.interrupted(left)
            throw error
        }
    }
}

extension Fault {
    /// A fault from whatever a session threw: its own faults, a channel that closed, cancellation.
    init(session error: any Error) {
        switch error {
        case let fault as Fault: self = fault
        case is CancellationError: self.init(.stopped)
        case is MeterEngaged: self.init(.meterEngaged)
        case ChannelError.farEndBusy: self.init(.hubBusy)
        case let error as ChannelError: self.init(.lineClosed, ["reason": error.reason])
        default: self.init(.internalError, ["reason": "\(error)"])
        }
    }

    /// Whether the meter only lacks what was asked, so that the session can go on.
    var concernsItemOnly: Bool {
        switch code {
        case .meterUnsupported, .meterDataAccess, .meterNoRelay: true
        default: false
        }
    }

    /// Whether the line failed and not the meter: no other meter of the line need be tried now.
    var concernsLine: Bool {
        switch code {
        case .lineBusy, .lineMissing, .lineClosed, .lineOpenFailed, .hubBusy, .hubUnreachable: true
        default: false
        }
    }
}
