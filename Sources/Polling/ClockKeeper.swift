// Puts the clock of one meter right within a session (R6): read, decide, write down, write once, read again.
// A write is never repeated: what a broken session did, the next reading tells (R23). Events and persons come
// here alike; a person may go beyond what is automatic.

import Archive
import Drivers
import Faults
import Metering
import Seams
import Timekeeping

/// How a clock was found and left.
struct KeptClock: Sendable, Hashable {
    /// The newest reading.
    var clock: ClockReading
    /// The difference before it was written; nil when it was not.
    var differenceBefore: Int32?
    /// Why it is not right; nil when it is.
    var decision: ClockCorrection
}

/// Keeps the clock of one target.
struct ClockKeeper: Sendable {
    let poller: MeterPoller
    let target: PollTarget
    let occasion: ClockEntry.Occasion

    /// How many times a clock is read while answers take too long to be exact.
    static let readings = 3

    /// Reads the clock and writes it when that is due. Throws what the session throws; a person's wish is
    /// refused with `time.untrusted` while the gateway's own time is not believed (R1).
    func keep(_ session: any MeterSession) async throws -> KeptClock {
        var found = try await session.clock()
        for _ in 1..<ClockKeeper.readings where found.roundTrip > ClockCorrection.longestRoundTrip {
            found = try await session.clock()
        }
        let decision = try await decision(on: found, session)
        switch (decision, occasion) {
        case (.shift(let seconds), _):
            return try await write(.shifted, seconds: seconds, found, session)
        case (.beyondShift, .person):
            return try await write(.set, seconds: -Int(found.differenceSeconds), found, session)
        case (.none, _), (.later, _), (.beyondShift, .event):
            return KeptClock(clock: found, decision: decision)
        }
    }

    private func decision(
        on found: ClockReading, _ session: any MeterSession
    ) async throws -> ClockCorrection {
        let tolerance = await poller.clockToleranceSeconds
        let isRight = found.differenceSeconds.magnitude <= tolerance.magnitude
        switch (isRight, occasion) {
        case (true, _): return .none
        case (false, .person): return try wish(found)
        case (false, .event): return try await automatic(found, tolerance, session)
        }
    }

    /// What a person's wish comes to: a shift as far as the family allows.
    private func wish(_ found: ClockReading) throws -> ClockCorrection {
        guard poller.wall.isTrusted else { throw Fault(.timeUntrusted) }
        let isShift = found.differenceSeconds.magnitude <= ClockRules().longestShiftSeconds.magnitude
        return isShift ? .shift(seconds: -Int(found.differenceSeconds)) : .beyondShift
    }

    private func automatic(
        _ found: ClockReading, _ tolerance: Int32, _ session: any MeterSession
    ) async throws -> ClockCorrection {
        let interval = try await interval(session)
        let day = try await poller.archive.dayOfClockCorrection(
            meters: target.meterIDs, serial: session.identity.serial)
        let rules = ClockRules(toleranceSeconds: tolerance, intervalMinutes: interval)
        return ClockCorrection(found, rules: rules, correctedOn: day, isTimeTrusted: poller.wall.isTrusted)
    }

    /// Interval of the profile; half an hour at a meter without one.
    private func interval(_ session: any MeterSession) async throws -> Int {
        if let known = await poller.knownInterval(of: target) { return known }
        do {
            let interval = try await session.profileInterval()
            await poller.learned(interval: interval, of: target)
            return interval
        } catch let fault as Fault where fault.concernsItemOnly {
            return 30
        }
    }

    /// Writes the clock once and reads it. The record is durable before the first octet is sent.
    private func write(
        _ manner: ClockEntry.Manner, seconds: Int, _ found: ClockReading, _ session: any MeterSession
    ) async throws -> KeptClock {
        // What was found is a sighting too: somebody may have put the clock back since the last one.
        await poller.saw(found, of: target)
        let before = found.differenceSeconds
        let entry = try await poller.archive.begin(
            ClockEntry(
                meterID: target.point.id, serial: session.identity.serial,
                day: found.stamp.civil.adding(seconds: Int64(seconds)), at: poller.wall.now, before: before,
                manner: manner, occasion: occasion))
        do {
            switch manner {
            case .shifted: try await session.shiftClock(bySeconds: seconds)
            case .set: try await session.setClock(to: poller.wall.now.civil(in: target.zone))
            }
            let clock = try await session.clock()
            try await poller.archive.end(clockEntry: entry, after: clock.differenceSeconds)
            await poller.clockMoved(of: target, from: found, to: clock)
            return KeptClock(clock: clock, differenceBefore: before, decision: .none)
        } catch {
            let fault = Fault(session: error)
            try? await poller.archive.end(clockEntry: entry, after: nil, fault: fault)
            throw error
        }
    }
}

extension ClockCorrection {
    /// Why a clock is not right, as a fault; nil when it is.
    func fault(_ clock: ClockReading) -> Fault? {
        let seconds = ["seconds": "\(clock.differenceSeconds)"]
        return switch self {
        case .none, .shift: nil
        case .beyondShift: Fault(.clockBeyondShift, seconds)
        case .later(.slowAnswer): Fault(.clockSlowAnswer)
        case .later(.boundary), .later(.midnight): Fault(.clockNearBoundary, seconds)
        case .later(.correctedToday): Fault(.clockCorrectedToday, seconds)
        case .later(.untrusted): Fault(.timeUntrusted)
        }
    }
}
