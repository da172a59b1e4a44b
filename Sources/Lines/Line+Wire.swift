// What the holder of a line does on the wire: guarded requests, counted answers, a trace of both (R25, R29).

import Logging
import Octets
import Seams
import Timekeeping

extension Line {
    /// Sends a request, not before the guard time since the last octet of an answer is over. In a cancelled
    /// task the guard is not waited for: a farewell is worth more than its chance to be heard by a slow
    /// driver chip. A holder whose octets pass unseen keeps its own pauses: what it says after what it has
    /// heard itself goes out as it comes.
    func write(
        _ ticket: UInt64, _ octets: [UInt8], hiding secrets: [Range<Int>], ahead lead: Duration = .zero
    ) async throws(ChannelError) {
        _ = try held(by: ticket)
        if let lastReceived, configuration.guardTime > .zero, !isOwnPause(ticket, since: lastReceived) {
            let ready = lastReceived + configuration.guardTime
            if clock.now < ready { try? await clock.sleep(until: ready) }
        }
        let channel = try held(by: ticket)
        watch.sent(octets, at: clock.now, hiding: secrets, each: characterTime)
        if logger.threshold <= .trace { logFrame(.sent, octets, hiding: secrets) }
        do throws(ChannelError) {
            if lead > .zero {
                try await channel.write(octets, ahead: lead)
            } else {
                try await channel.write(octets)
            }
        } catch {
            throw await lost(error)
        }
        counters.octetsSent += Int64(octets.count)
        lastActivity = clock.now
        // The answer takes its time: now nobody waits for what the exchange before has shown.
        watch.digest()
    }

    /// Waits for octets of an answer.
    func read(_ ticket: UInt64, until deadline: MonotonicInstant) async throws(ChannelError) -> [UInt8] {
        let octets = try await receive(ticket, until: deadline)
        guard !octets.isEmpty else {
            // Whoever only carries octets waits for none of them.
            if !leavesTraffic { watch.waitedInVain() }
            return []
        }
        note(octets)
        counters.octetsReceived += Int64(octets.count)
        return octets
    }

    /// Throws away what was received and not read.
    func discardInput(_ ticket: UInt64) async {
        guard let channel = try? held(by: ticket) else { return }
        await channel.discardInput()
    }

    /// Reads and forgets until the line has been silent for `quiet`, or until `limit` is over; returns how
    /// many octets came. For answers that come after their time-out: they must not be taken for the next
    /// one's.
    func drain(
        _ ticket: UInt64, quiet: Duration, limit: Duration
    ) async throws(ChannelError) -> Int {
        let end = clock.now + limit
        var count = 0
        while clock.now < end, !Task.isCancelled {
            let octets = try await receive(ticket, until: min(end, clock.now + quiet))
            if octets.isEmpty { break }
            note(octets)
            counters.octetsStray += Int64(octets.count)
            count += octets.count
        }
        return count
    }

    /// Waits until the connection is `age` old, unless it has brought an octet or the line is wanted by
    /// somebody who cannot wait: a far end that makes its clients wait and then closes was busy. What comes
    /// meanwhile is for nobody.
    func outlast(_ ticket: UInt64, age: Duration) async throws(ChannelError) {
        guard isTCP, let openedAt else { return }
        let end = openedAt + age
        while !hasHeard, clock.now < end, !Task.isCancelled, !isWantedBack(ticket) {
            let slice = min(end, clock.now + .seconds(1))
            let octets = try await receive(ticket, until: slice)
            guard !octets.isEmpty else {
                guard clock.now >= slice else { return }
                continue
            }
            note(octets)
            counters.octetsStray += Int64(octets.count)
        }
    }

    /// Closes device or connection; the next lease opens it again.
    func hangUp(_ ticket: UInt64) async {
        guard isHeld(by: ticket) else { return }
        await closeChannel()
    }

    /// Time of one character on the wire; none on TCP.
    var characterTime: Duration { isTCP ? .zero : settings?.characterTime ?? .zero }

    private func held(by ticket: UInt64) throws(ChannelError) -> any Channel {
        guard isHeld(by: ticket) else { throw .closed("the lease has ended") }
        guard let channel else { throw .closed(lastFailure ?? "the line is closed") }
        return channel
    }

    /// What comes until a deadline; a line that is lost is closed. Every octet passes here: inlined, for each
    /// `async` function of an actor makes sure of its place when it begins and when it returns.
    @inline(__always)
    private func receive(
        _ ticket: UInt64, until deadline: MonotonicInstant
    ) async throws(ChannelError) -> [UInt8] {
        let channel = try held(by: ticket)
        do throws(ChannelError) {
            return try await channel.read(until: deadline)
        } catch {
            throw await lost(error)
        }
    }

    private func lost(_ error: ChannelError) async -> ChannelError {
        let error = failed(error)
        await closeChannel()
        return error
    }

    private func note(_ octets: [UInt8]) {
        let now = clock.now
        lastReceived = now
        lastActivity = now
        hasHeard = true
        watch.received(octets, at: now, each: characterTime)
        if logger.threshold <= .trace { logFrame(.received, octets, hiding: []) }
    }

    private func logFrame(
        _ direction: LineTraceEntry.Direction, _ octets: [UInt8], hiding secrets: [Range<Int>]
    ) {
        var entry = LineTraceEntry(
            number: 0, instant: clock.now, direction: direction, octets: octets, hidden: [])
        entry.hide(secrets)
        logger.log(.trace, direction.rawValue, [(.line, id.text), (.frame, entry.text)])
    }
}
