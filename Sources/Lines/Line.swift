// The owner of one wire (decision D5, style rule 20). An actor gives way at every `await`, so holding the
// actor is not holding the line: a lease is an explicit grant, handed from its holder straight to the first
// waiter.
//
//   free ── acquire ──► held by ticket n ── release ──► first waiter by class, then by arrival; none: free
//                          │ acquire by others: they wait until granted, their patience ends, or cancellation
//
// This file is who holds the line and whether it is open; `Line+Wire.swift` is what the holder does with
// it.

import Faults
import Logging
import Seams
import Timekeeping

/// One line and its queue. `LineRegistry` makes lines; holders see `LineLease`.
actor Line {
    nonisolated let id: LineID
    let clock: any MonotonicClock
    let logger: Logger
    var configuration: LineConfiguration
    private let opener: any LineOpener

    private var lastTicket: UInt64 = 0
    private var holder: Holder?
    private var waiters: [Waiter] = []
    /// The open channel with the format it was given.
    var channel: (any Channel)?
    private(set) var settings: SerialSettings?
    /// Set while the holder still uses a channel that the configuration has left.
    private var isStale = false
    /// Stations with a link that a client left open, and until when it may stand.
    private var engagements: [StationAddress: MonotonicInstant] = [:]
    /// Visits under way that want the connection kept between their leases.
    private var visits = 0
    private var failuresInRow = 0
    private var restsUntil: MonotonicInstant?

    var counters = LineCounters()
    var lastFailure: String?
    /// When the last octet of an answer came; the guard time counts from here.
    var lastReceived: MonotonicInstant?
    var lastActivity: MonotonicInstant?
    /// When the open channel was opened, and whether it has brought an octet since.
    private(set) var openedAt: MonotonicInstant?
    var hasHeard = false
    /// Whether the last conversation was broken off, so that an answer may still be under way.
    private var wasCutOff = false
    /// What diagnostics remember.
    var watch: LineWatch

    private struct Holder {
        let ticket: UInt64
        let occupant: LineOccupant
    }

    private struct Waiter {
        let ticket: UInt64
        let occupant: LineOccupant
        let continuation: CheckedContinuation<Verdict, Never>
    }

    private enum Verdict: Sendable { case granted, busy, cancelled }

    init(
        id: LineID, configuration: LineConfiguration, opener: any LineOpener, clock: any MonotonicClock,
        logger: Logger
    ) {
        self.id = id
        self.configuration = configuration
        self.opener = opener
        self.clock = clock
        self.logger = logger
        watch = LineWatch(of: id)
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { clock.executor }

    // MARK: - Grants

    /// Waits for the line and returns the ticket that holds it. Throws `line.busy` when the patience ends
    /// first, `CancellationError` when cancelled while waiting.
    func acquire(_ request: LeaseRequest) async throws -> UInt64 {
        try Task.checkCancellation()
        lastTicket += 1
        let ticket = lastTicket
        let occupant = LineOccupant(
            owner: request.owner, leaseClass: request.leaseClass, since: clock.now, number: ticket,
            leavesTraffic: request.leavesTraffic)
        if holder == nil {
            hold(ticket, occupant)
            return ticket
        }
        watch.mustWait(request.leaseClass)
        guard request.patience > .zero else { throw busy() }
        switch await wait(ticket, occupant, until: clock.now + request.patience) {
        case .granted: return ticket
        case .busy: throw busy()
        case .cancelled: throw CancellationError()
        }
    }

    /// The child sleeps for the waiter: its wake-up is the end of patience or, early, the task's
    /// cancellation.
    private func wait(
        _ ticket: UInt64, _ occupant: LineOccupant, until deadline: MonotonicInstant
    ) async -> Verdict {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { [clock] in
                do {
                    try await clock.sleep(until: deadline)
                    await self.withdraw(ticket, .busy)
                } catch {
                    await self.withdraw(ticket, .cancelled)
                }
            }
            let verdict = await withCheckedContinuation { continuation in
                let place = waiters.firstIndex { $0.occupant.leaseClass > occupant.leaseClass }
                let waiter = Waiter(ticket: ticket, occupant: occupant, continuation: continuation)
                waiters.insert(waiter, at: place ?? waiters.endIndex)
            }
            group.cancelAll()
            return verdict
        }
    }

    /// Takes a waiter out of the queue; nothing when it has been granted meanwhile.
    private func withdraw(_ ticket: UInt64, _ verdict: Verdict) {
        guard let index = waiters.firstIndex(where: { $0.ticket == ticket }) else { return }
        waiters.remove(at: index).continuation.resume(returning: verdict)
    }

    /// Sends a waiter away as if its patience had ended; false when there is none of that ticket.
    func dismiss(_ ticket: UInt64) -> Bool {
        guard waiters.contains(where: { $0.ticket == ticket }) else { return false }
        withdraw(ticket, .busy)
        return true
    }

    private func hold(_ ticket: UInt64, _ occupant: LineOccupant) {
        var occupant = occupant
        occupant.since = clock.now
        holder = Holder(ticket: ticket, occupant: occupant)
        counters.leases += 1
        watch.taken(at: clock.now)
    }

    /// Ends a lease and hands the line on. A TCP connection that nobody waits for is closed: many meters
    /// serve one connection only, and ours must not keep others out. One that was cut off is closed in any
    /// case: the answer under way reaches nobody then.
    func release(_ ticket: UInt64) async {
        guard let holder, holder.ticket == ticket else { return }
        let isCutOff = Task.isCancelled || holder.occupant.leavesTraffic
        wasCutOff = !isTCP && (wasCutOff || isCutOff)
        if isStale || (isTCP && (isCutOff || (waiters.isEmpty && visits == 0))) {
            isStale = false
            await closeChannel()
        }
        watch.freed(at: clock.now)
        if waiters.isEmpty {
            self.holder = nil
        } else {
            let next = waiters.removeFirst()
            hold(next.ticket, next.occupant)
            next.continuation.resume(returning: .granted)
        }
    }

    /// A visit of several leases begins.
    func visitBegan() { visits += 1 }

    /// It ended: the connection is closed with the last one, so that the far end is free for others at once.
    func visitEnded() async {
        visits -= 1
        if visits == 0 { await visitPaused() }
    }

    /// A visit pauses: others may have the far end meanwhile.
    func visitPaused() async {
        if holder == nil, isTCP { await closeChannel() }
    }

    /// Whether somebody more urgent waits.
    func shouldYield(_ ticket: UInt64) -> Bool {
        guard let holder, holder.ticket == ticket, let first = waiters.first else { return false }
        return first.occupant.leaseClass < holder.occupant.leaseClass
    }

    /// Whether anybody waits.
    func isAwaited(_ ticket: UInt64) -> Bool { holder?.ticket == ticket && !waiters.isEmpty }

    /// Whether somebody waits whom seconds matter to (R27), while the holder's work can be done later.
    func isWantedBack(_ ticket: UInt64) -> Bool {
        guard let holder, holder.ticket == ticket, let first = waiters.first else { return false }
        return first.occupant.leaseClass <= .current && holder.occupant.leaseClass > .current
    }

    /// Until when a link left open with a station may stand; nil for holders who do not wait for that.
    func engagement(_ ticket: UInt64, of station: StationAddress) -> MonotonicInstant? {
        guard let holder, holder.ticket == ticket else { return nil }
        guard holder.occupant.leaseClass.waitsForLinks else { return nil }
        engagements = engagements.filter { $0.value > clock.now }
        return engagements.filter { $0.key.names(station) }.values.max()
    }

    func leave(_ ticket: UInt64, _ links: [StationAddress: MonotonicInstant?]) {
        guard isHeld(by: ticket) else { return }
        for (station, end) in links { engagements[station] = end }
    }

    func isHeld(by ticket: UInt64) -> Bool { holder?.ticket == ticket }

    /// Whether the octets that came last came to this holder, which alone knows what they were.
    func isOwnPause(_ ticket: UInt64, since lastReceived: MonotonicInstant) -> Bool {
        guard let holder, holder.ticket == ticket, holder.occupant.leavesTraffic else { return false }
        return lastReceived > holder.occupant.since
    }

    /// Whether the holder only carries octets of others.
    var leavesTraffic: Bool { holder?.occupant.leavesTraffic == true }

    private func busy() -> Fault {
        Fault(.lineBusy, ["line": id.text, "owner": holder?.occupant.owner ?? ""])
    }

    // MARK: - Opening

    /// Makes the line ready for the holder: open, in the wanted format, nothing old in the buffers. Throws
    /// `Fault` with line codes. A line that failed to open rests 1, 2, 4 … 30 s, during which only people
    /// and current values try it. Who must have ended by `end` is told why it did not open, not left without
    /// an answer.
    func prepare(_ ticket: UInt64, _ wanted: SerialSettings, by end: MonotonicInstant?) async throws {
        guard let holder, holder.ticket == ticket else { throw Fault(.lineClosed, ["line": id.text]) }
        if let restsUntil, clock.now < restsUntil, !holder.occupant.leaseClass.ignoresBackOff {
            throw Fault(.lineOpenFailed, ["line": id.text, "reason": lastFailure ?? ""])
        }
        if await reuse(wanted) { return }
        do throws(ChannelError) {
            let limit = clock.now + (isTCP ? .seconds(10) : .seconds(2))
            channel = try await opener.open(
                configuration.address, settings: wanted, until: min(limit, end ?? limit))
            settings = wanted
            openedAt = clock.now
            hasHeard = false
            counters.openings += 1
            failuresInRow = 0
            restsUntil = nil
            lastFailure = nil
            watch.opened()
            logger.log(.debug, "line opened", [(.line, id.text)])
        } catch {
            try Task.checkCancellation()
            failuresInRow += 1
            let rest = min(30, 1 << min(failuresInRow - 1, 5))
            restsUntil = clock.now + .seconds(rest)
            throw fault(for: failed(error))
        }
    }

    /// Tries the channel left by the holder before; false when a new one is needed.
    private func reuse(_ wanted: SerialSettings) async -> Bool {
        guard let channel else { return false }
        do throws(ChannelError) {
            // A read that may not wait tells whether the line still lives, and takes away what came unasked.
            let stray = try await channel.read(until: clock.now)
            counters.octetsStray += Int64(stray.count)
            watch.unasked(stray, at: clock.now, each: characterTime)
            hasHeard = hasHeard || !stray.isEmpty
            try await settle(channel)
            if isTCP { return true }
            guard wanted != settings else { return true }
            guard let serial = channel as? any SerialChannel else {
                await closeChannel()
                return false
            }
            try await serial.apply(wanted)
            settings = wanted
            return true
        } catch {
            _ = failed(error)
            await closeChannel()
            return false
        }
    }

    /// Waits for the end of an answer that the holder before did not stay for: a request sent into it would
    /// be lost, and its octets would be taken for the next meter's (R25, R26).
    private func settle(_ channel: any Channel) async throws(ChannelError) {
        guard wasCutOff, !isTCP else { return }
        let limit = clock.now + .seconds(3)
        while let lastActivity, clock.now < limit, !Task.isCancelled {
            let quiet = lastActivity + Line.settlingTime
            guard clock.now < quiet else { break }
            let octets = try await channel.read(until: min(quiet, limit))
            guard !octets.isEmpty else { continue }
            counters.octetsStray += Int64(octets.count)
            watch.unasked(octets, at: clock.now, each: characterTime)
            self.lastActivity = clock.now
        }
        wasCutOff = false
    }

    /// How long a line must be quiet after a conversation that was broken off.
    private static let settlingTime = Duration.milliseconds(500)

    /// Notes a failure and passes it on.
    func failed(_ error: ChannelError) -> ChannelError {
        counters.failures += 1
        lastFailure = error.reason
        watch.failed(error)
        logger.log(.notice, "line failed", [(.line, id.text), (.error, lastFailure ?? "")])
        return error
    }

    func closeChannel() async {
        guard let channel else { return }
        self.channel = nil
        settings = nil
        await channel.close()
    }

    /// Changes the format for the holder while it talks, as sign-on sequences do.
    func change(_ ticket: UInt64, to wanted: SerialSettings) async throws(ChannelError) {
        guard isHeld(by: ticket), let channel else { throw .closed("the lease has ended") }
        guard !isTCP, wanted != settings else { return }
        guard let serial = channel as? any SerialChannel else { throw .unsupportedSettings(wanted.text) }
        try await serial.apply(wanted)
        settings = wanted
    }

    /// Takes over another address or guard time; an open channel that leads elsewhere is left at the next
    /// chance.
    func reconfigure(_ new: LineConfiguration) async {
        let moved = new.address != configuration.address
        configuration = new
        guard moved else { return }
        restsUntil = nil
        failuresInRow = 0
        await leaveChannel()
    }

    /// Lets go of the channel: at once, or when the present lease ends.
    func leaveChannel() async {
        if holder == nil { await closeChannel() } else { isStale = true }
    }

    // MARK: - What it shows

    var state: LineState {
        LineState(
            id: id, address: configuration.address, isOpen: channel != nil, settings: settings,
            holder: holder?.occupant, waiters: waiters.map(\.occupant), counters: counters,
            lastFailure: lastFailure, lastActivity: lastActivity)
    }

    /// Whether nothing would be lost by forgetting the line.
    var isIdle: Bool { holder == nil && waiters.isEmpty && channel == nil }

    var isTCP: Bool {
        if case .tcp = configuration.address { return true }
        return false
    }

    private func fault(for error: ChannelError) -> Fault {
        let facts = ["line": id.text, "reason": error.reason]
        switch error {
        case .closed: return Fault(.lineClosed, facts)
        case .openFailed, .unsupportedSettings: return Fault(.lineOpenFailed, facts)
        case .farEndBusy: return Fault(.hubBusy, ["line": id.text])
        }
    }
}
