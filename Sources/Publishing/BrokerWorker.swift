// One broker's worker: keeps the connection, drains publications to the sequence number their event froze, at
// most 20 messages in flight, and moves a cursor only over what is acknowledged without a gap (decision D2).
// A broker that is away costs nothing but a timer: rows wait in the archive.
//
//   idle ──event──► connecting ──ok──► draining ──done──► idle (connection held, or closed after a while)
//                    ▲  │ failed            │ failed        │ lost while it is to be held
//                    │  └──► back-off ◄─────┘               │
//                    └──────── 1 s, doubling to 5 min ◄─────┘   a new event does not shorten it

import Archive
import Configuration
import Faults
import Logging
import Metering
import Seams
import Timekeeping

/// Delivers the publications of one broker.
actor BrokerWorker {
    /// Messages handed to the broker and not yet acknowledged.
    static let window = 20

    let tools: PublishingTools
    let broker: MQTTBroker
    private let settings: BrokerSettings
    private let plans: [Int: PublicationPlan]
    private var bell: AsyncStream<Void>.Continuation?
    private var pending: [Int: Int64] = [:]
    private var currentAsked: Set<Int> = []
    private var alarmsAsked = false
    private var failures = 0
    private var activity: [Int: PublicationStatus.Activity] = [:]
    private var faults: [Int: Fault] = [:]
    private var isSending = false
    var keeping = Keeping()
    /// How many facts of its publications it remembers.
    var held: Int { pending.count + currentAsked.count + activity.count + faults.count + plans.count }

    /// A worker that is not connected and has nothing to do.
    init(_ broker: MQTTBroker, plans: [PublicationPlan], tools: PublishingTools) {
        self.broker = broker
        self.tools = tools
        self.plans = Dictionary(uniqueKeysWithValues: plans.map { ($0.key.publication, $0) })
        settings = broker.settings(serialNumber: tools.device.serialNumber)
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { tools.clock.executor }

    /// An event of a publication: everything up to `sequence` is to be delivered.
    func fire(_ publication: Int, through sequence: Int64, withCurrent: Bool = true) {
        guard let plan = plans[publication] else { return }
        pending[publication] = max(pending[publication] ?? 0, sequence)
        if withCurrent, !plan.current.isEmpty { currentAsked.insert(publication) }
        bell?.yield()
    }

    /// Alarms of meters came or went.
    func tellAlarms() {
        guard tellsAlarms else { return }
        alarmsAsked = true
        bell?.yield()
    }

    /// Whether anybody here wants to know what must not wait.
    private var tellsAlarms: Bool { plans.values.contains(where: \.carriesUrgentJournals) }

    /// What is still to be delivered, for the worker that takes over after a change of configuration.
    var undelivered: [Int: Int64] { pending }

    /// Activity and last fault of a publication.
    func state(of publication: Int) -> (activity: PublicationStatus.Activity, fault: Fault?) {
        (activity[publication] ?? .idle, faults[publication])
    }

    /// Serves until cancelled.
    func run() async {
        // Fresh streams for each run: cancellation ends a stream for good.
        let (rings, ring) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let (watches, watched) = AsyncStream.makeStream(
            of: Keeping.Watch.self, bufferingPolicy: .bufferingNewest(1))
        let (rests, resting) = AsyncStream.makeStream(
            of: MonotonicInstant.self, bufferingPolicy: .bufferingNewest(1))
        bell = ring
        keeping.watched = watched
        keeping.resting = resting
        if hasWork { ring.yield() }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.noteEnds(watches) }
            group.addTask { await self.ringAtRest(rests) }
            for await _ in rings {
                await work()
                await rest()
            }
            group.cancelAll()
        }
        await close(saying: farewell)
        keeping.presentSince = nil
    }

    private var hasWork: Bool { !pending.isEmpty || alarmsAsked || keeping.mustReturn }

    private func work() async {
        while hasWork, !Task.isCancelled {
            await pauseAfterShortLife()
            do {
                try await deliver()
                failures = 0
                keeping.fault = nil
            } catch let error as BrokerError {
                await fail(error.fault(broker: broker.id))
            } catch let fault as Fault {
                await fail(fault)
            } catch {
                return
            }
        }
    }

    /// Lets the main loop look again.
    func ring() { bell?.yield() }

    // MARK: - Delivering

    /// Drains what is pending, publication after publication; throws what only a new connection can mend.
    /// A connection that is not held is made when the first message is ready, not for an event without rows.
    private func deliver() async throws {
        if broker.holding == .always || alarmsAsked { _ = try await ready() }
        for publication in pending.keys.sorted() {
            guard let plan = plans[publication], let frozen = pending[publication] else { continue }
            activity[publication] = .sending
            do {
                if currentAsked.remove(publication) != nil { try await sendCurrent(plan) }
                try await drain(plan, through: frozen)
                faults[publication] = nil
            } catch BrokerError.invalidMessage(let reason) {
                // Nothing a reconnect would mend: say so, leave the cursor, let the other publications go on.
                faults[publication] = BrokerError.invalidMessage(reason).fault(broker: broker.id)
                tools.logger.log(
                    .error, "message refused: \(reason)", [(.publication, String(publication))])
            }
            activity[publication] = .idle
            if pending[publication] == frozen { pending[publication] = nil }
        }
        keeping.restsAt = tools.clock.now + BrokerWorker.linger
    }

    /// The connection, made when there is none, with the alarms told that are to be told.
    private func ready() async throws -> any Broker {
        let connection = try await connected()
        if alarmsAsked { try await sendAlarms(over: connection) }
        return connection
    }

    /// The connection, made when there is none. Presence goes first, so that the will has a counterpart;
    /// after an end by plan the broker still holds it.
    private func connected() async throws -> any Broker {
        if let connection = keeping.connection { return connection }
        let fresh = tools.opener.broker(settings)
        try await fresh.connect()
        if !isPresenceHeld {
            do {
                try await fresh.publish(broker.presence(true))
            } catch BrokerError.invalidMessage(let reason) {
                tools.logger.log(.warning, "presence refused: \(reason)", [(.broker, String(broker.id))])
            } catch {
                await fresh.disconnect()
                throw error
            }
            keeping.presentSince = tools.clock.now
            alarmsAsked = tellsAlarms
        }
        hold(fresh)
        tools.logger.log(.info, "connected", [(.broker, String(broker.id)), (.address, broker.address)])
        return fresh
    }

    private func sendAlarms(over connection: any Broker) async throws {
        alarmsAsked = false
        do {
            try await connection.publish(try await alarmMessage())
        } catch BrokerError.invalidMessage(let reason) {
            tools.logger.log(.warning, "alarms refused: \(reason)", [(.broker, String(broker.id))])
        } catch {
            alarmsAsked = true
            throw error
        }
    }

    /// Drops the connection and waits before the next try, twice as long as the time before.
    private func fail(_ fault: Fault) async {
        await close(saying: farewell)
        keeping.lose(fault)
        let seconds = min(300, 1 << min(failures, 9))
        failures += 1
        let until = tools.clock.now + .seconds(seconds)
        for publication in pending.keys {
            activity[publication] = .waiting(until: until)
            faults[publication] = fault
        }
        tools.logger.log(
            .warning, "delivery failed, next try in \(seconds) s",
            [(.broker, String(broker.id)), (.error, fault.code.rawValue)])
        // Cancelled sleep: the loop above sees the cancellation.
        try? await tools.clock.sleep(until: until)
    }

    /// Asks meters and sends their answers. What is lost on the way is not repeated: it would be old.
    private func sendCurrent(_ plan: PublicationPlan) async throws {
        guard let source = tools.current else { return }
        for measure in plan.current {
            let readings = await source.readings(measure, meters: plan.meters)
            try await ready().publish(builder(plan).currentMessage(measure, readings))
        }
    }

    /// A builder stamped with the present time.
    private func builder(_ plan: PublicationPlan) -> MessageBuilder {
        MessageBuilder(
            plan: plan, device: tools.device, compressor: tools.compressor, offset: tools.offset,
            now: tools.wall.now)
    }

    /// Late joiners' history first, then the sequence from the cursor to `frozen`.
    private func drain(_ plan: PublicationPlan, through frozen: Int64) async throws {
        guard !plan.items.isEmpty else { return }
        let archive = tools.archive
        var filter = DepthFilter(plan, tools: tools)
        for var history in try await archive.openScope(plan.key, plan.scope) {
            while history.sequence < history.through {
                let page = try await archive.rows(of: history)
                let messages = builder(plan).messages(try await filter.keep(page.rows))
                try await send(messages, through: page.scannedThrough) {
                    [history] position, rows in
                    try await archive.acknowledge(plan.key, history, through: position, rows: rows)
                }
                history.sequence = page.scannedThrough
            }
        }
        var position = try await archive.openCursor(plan.key)
        while position < frozen {
            let page = try await archive.outbox(after: position, through: frozen, scope: plan.scope)
            let messages = builder(plan).messages(try await filter.keep(page.rows))
            try await send(messages, through: page.scannedThrough) { position, rows in
                try await archive.acknowledge(plan.key, through: position, rows: rows)
            }
            position = page.scannedThrough
        }
    }

    /// Sends messages with up to `window` in flight; `acknowledge` is called for the unbroken run of
    /// acknowledged messages from the first on, and at last for `end`.
    private func send(
        _ messages: [OutgoingMessage], through end: Int64,
        acknowledge: @Sendable (Int64, Int) async throws -> Void
    ) async throws {
        var messages = messages
        if messages.isEmpty {
            try await acknowledge(end, 0)
            return
        }
        let connection = try await ready()
        messages[messages.count - 1].cursor = end
        isSending = true
        defer { isSending = false }
        try await withThrowingTaskGroup(of: Int?.self) { group in
            // A publish may wait for an acknowledgement that never comes: cancellation ends the connection,
            // and with it the wait.
            group.addTask {
                await Interruption.wait()
                if await self.isSending { await connection.disconnect(saying: self.farewell) }
                return nil
            }
            var (next, settled) = (0, 0)
            var done = Array(repeating: false, count: messages.count)
            while settled < messages.count {
                while next < messages.count, next - settled < BrokerWorker.window {
                    let (index, message) = (next, messages[next].message)
                    group.addTask {
                        try await connection.publish(message)
                        return index
                    }
                    next += 1
                }
                guard let finished = try await group.next() else { break }
                guard let index = finished else { throw CancellationError() }
                done[index] = true
                let before = settled
                while settled < messages.count, done[settled] { settled += 1 }
                guard settled > before else { continue }
                let rows = messages[before..<settled].reduce(0) { $0 + $1.rows }
                try await acknowledge(messages[settled - 1].cursor, rows)
            }
            isSending = false
            group.cancelAll()
        }
    }
}

/// Waiting for cancellation and nothing else.
enum Interruption {
    /// Returns when the task is cancelled. Not a long sleep: virtual time would jump to its end.
    static func wait() async {
        let (stream, continuation) = AsyncStream.makeStream(
            of: Void.self, bufferingPolicy: .bufferingNewest(1))
        for await _ in stream {}
        continuation.finish()
    }
}
