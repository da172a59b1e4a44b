// A line in the hands of a client far away: waits for it, holds it while the client is there or may come
// back, and carries whole frames between the wire and the client's stream (REQ-528…534).
//
//     queued ── granted ──► lent ── connection lost ──► kept for the grace time ── resumed ──► lent
//       │ busy, client gone            │ goodbye, silence, dropped, line lost        │ grace over
//       └──────────────────────────────┴─────────────────► over ◄────────────────────┘

import Faults
import Lines
import Seams
import Timekeeping
import Transit

/// One lending.
actor LentLine {
    /// Known to the client alone: with it a lost client comes back.
    nonisolated let token: [UInt8]
    nonisolated let line: LineID
    nonisolated let user: String
    nonisolated let stream: RemoteStream
    private nonisolated let clock: any MonotonicClock
    private let request: LeaseRequest
    private let grace: Duration
    private let (stopped, stop) = AsyncStream.makeStream(of: Void.self)
    private let (losses, lose) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    private var links = LinkWatch()
    private var lostAt: MonotonicInstant?
    private var verdict: Result<Void, Fault>?
    private var waiter: CheckedContinuation<Void, Never>?

    init(
        token: [UInt8], request: LeaseRequest, user: String, grace: Duration, clock: any MonotonicClock
    ) {
        self.token = token
        self.request = request
        self.user = user
        self.grace = grace
        self.clock = clock
        line = request.line
        stream = RemoteStream(clock: clock)
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { clock.executor }

    /// Whether it has the line.
    var isHeld: Bool { if case .success? = verdict { true } else { false } }

    /// Waits for the line and holds it until the client is gone for good.
    func run(_ lines: LineRegistry) async {
        await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                await self.hold(lines)
                return true
            }
            group.addTask {
                for await _ in self.stopped {}
                await self.stream.end()
                return false
            }
            // Who holds the line parts from it in good order; who only waits for it is sent away.
            if await group.next() == true || !isHeld { group.cancelAll() }
            await group.waitForAll()
        }
        await stream.end()
        decide(.failure(Fault(.stopped)))
    }

    /// Whether the line was had, when that is known.
    func outcome() async -> Result<Void, Fault> {
        if verdict == nil { await withCheckedContinuation { waiter = $0 } }
        return verdict ?? .failure(Fault(.stopped))
    }

    /// Gives the line back, or no longer waits for it.
    nonisolated func end() { stop.finish() }

    /// The client's connection has broken: it may come back within the grace time.
    func lost() {
        lostAt = clock.now
        lose.yield()
    }

    private func decide(_ result: Result<Void, Fault>) {
        guard verdict == nil else { return }
        verdict = result
        waiter?.resume()
        waiter = nil
    }

    private func hold(_ lines: LineRegistry) async {
        // Start-of-day rows go first, as before a transit session, within the client's own time (R26).
        let end = clock.now + request.patience
        await lines.waitForMidnightPass(on: line, limit: min(request.patience, LineRegistry.midnightPatience))
        var request = request
        request.patience = max(.zero, end - clock.now)
        do {
            try await lines.withLease(request) { lease in
                decide(.success(()))
                await carry(over: lease)
                await part(from: lease)
            }
        } catch let fault as Fault {
            decide(.failure(fault))
        } catch {
            decide(.failure(Fault(.stopped)))
        }
    }

    private func carry(over lease: LineLease) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.carryToLine(lease) }
            group.addTask { await self.carryToClient(lease) }
            group.addTask { await self.watchGrace() }
            _ = await group.next()
            group.cancelAll()
        }
    }

    /// Links that the client left open are closed in its name, so that its meters hear the next one; until
    /// when others may stand is told to the line (D5).
    private func part(from lease: LineLease) async {
        if !links.open.isEmpty, !Task.isCancelled {
            let closed = try? await LinkWatch.close(links.open.keys, over: lease, clock: clock)
            for link in closed ?? [] { links.closed(link) }
        }
        await lease.leave(links.engagements)
    }

    private func carryToLine(_ lease: LineLease) async {
        while let piece = await stream.piece() {
            do throws(ChannelError) {
                try await lease.write(piece)
            } catch {
                return
            }
            links.sent(piece, at: clock.now)
            await stream.handOn()
        }
    }

    private func carryToClient(_ lease: LineLease) async {
        let gap = max(FrameCollector.shortestGap, request.settings.characterTime * 20)
        var collector = FrameCollector(gap: gap)
        while !Task.isCancelled {
            do throws(ChannelError) {
                let octets = try await lease.read(until: collector.deadline ?? clock.now + .seconds(60))
                collector.append(octets, at: clock.now)
                links.received(octets, at: clock.now)
            } catch {
                return
            }
            while let piece = collector.next(at: clock.now) {
                guard await stream.send(piece) else { return }
            }
        }
    }

    /// Returns when a client that was lost has not come back in time.
    private func watchGrace() async {
        for await _ in losses {
            guard let lostAt else { continue }
            guard (try? await clock.sleep(until: lostAt + grace)) != nil else { return }
            if await !stream.isAttached, self.lostAt == lostAt { return }
        }
    }
}
