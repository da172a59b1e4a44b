// The publishing service (issue 2 M6, decision D2): a worker per broker, an event per firing. An event
// freezes the newest sequence number; what is stored later waits for the next one. Events, Runtime and the
// web admin call it.

package import Archive
package import Configuration
package import Faults
package import Logging
package import Seams
import Timekeeping

/// What every worker uses.
package struct PublishingTools: Sendable {
    let archive: MeterArchive
    let opener: any BrokerOpener
    let compressor: any Compressor
    let current: (any CurrentReadingSource)?
    let clock: any MonotonicClock
    let wall: any WallClock
    var device: PublishingDevice
    var offset: ZoneOffset
    let logger: Logger

    /// Seams and services of a publisher; without `current` templates of current values send nothing.
    package init(
        archive: MeterArchive, opener: any BrokerOpener, compressor: any Compressor,
        current: (any CurrentReadingSource)? = nil, clock: any MonotonicClock, wall: any WallClock,
        device: PublishingDevice, logger: Logger = .silent
    ) {
        self.archive = archive
        self.opener = opener
        self.compressor = compressor
        self.current = current
        self.clock = clock
        self.wall = wall
        self.device = device
        self.offset = .utc
        self.logger = logger.labelled("publishing")
    }
}

/// Sends publications to MQTT brokers.
package actor Publisher {
    private var tools: PublishingTools
    private let startDelay: Duration
    private var isRenamed = false
    private var workers: [Int: BrokerWorker] = [:]
    /// Counts the sets of workers, so that none is stopped for a change that it came with.
    private var generation = 0
    private var plans: [Int: PublicationPlan] = [:]
    private var brokers: [Int: MQTTBroker] = [:]
    /// How many facts of brokers and publications are remembered.
    package var held: Int {
        get async {
            var held = plans.count + brokers.count
            for worker in workers.values { held += await worker.held }
            return held
        }
    }
    private let changes: AsyncStream<Void>
    private let changed: AsyncStream<Void>.Continuation

    /// A publisher without publications; `startDelay` is the device's jitter, after which cursors that lag
    /// since before the start are drained (R7).
    package init(_ tools: PublishingTools, startDelay: Duration = .zero) {
        self.tools = tools
        self.startDelay = startDelay
        (changes, changed) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// Follows the identity of the device; messages and connections bear it from the next `apply` on.
    package func identify(_ device: PublishingDevice) {
        guard device != tools.device else { return }
        tools.device = device
        isRenamed = true
    }

    /// Follows a configuration. Edited brokers, templates and publications keep their cursors; cursors of
    /// removed ones go. Throws archive faults.
    package func apply(_ configuration: GatewayConfiguration) async throws(Fault) {
        let fresh = configuration.publications.compactMap { PublicationPlan($0, in: configuration) }
        // A publication whose template is broken for the moment keeps its cursor as well.
        let kept = configuration.publications.map { CursorKey(publication: $0.id, broker: $0.brokerID) }
        try await tools.archive.removeCursors(except: Set(kept))
        let offset = configuration.time.offset
        let used = Set(fresh.map(\.key.broker))
        let wanted = Dictionary(
            configuration.brokers.filter { used.contains($0.id) }.map { ($0.id, $0) },
            uniquingKeysWith: { first, _ in first })
        let plans = Dictionary(
            fresh.map { ($0.key.publication, $0) }, uniquingKeysWith: { first, _ in first })
        guard plans != self.plans || wanted != brokers || offset != tools.offset || isRenamed else {
            return
        }
        isRenamed = false
        tools.offset = offset
        var undelivered: [Int: Int64] = [:]
        for worker in workers.values {
            undelivered.merge(await worker.undelivered) { max($0, $1) }
        }
        self.plans = plans
        brokers = wanted
        workers = [:]
        for (id, broker) in wanted {
            workers[id] = BrokerWorker(broker, plans: fresh.filter { $0.key.broker == id }, tools: tools)
        }
        for (publication, sequence) in undelivered {
            guard let plan = plans[publication] else { continue }
            await workers[plan.key.broker]?.fire(publication, through: sequence, withCurrent: false)
        }
        generation += 1
        changed.yield()
    }

    /// An event of a publication: freezes the newest sequence number and returns; delivery goes on by itself.
    /// Throws `operation.unknown` for a publication that is not there or has lost its broker or template.
    package func fire(publication: Int) async throws(Fault) {
        guard let plan = plans[publication], let worker = workers[plan.key.broker] else {
            throw Fault(.notFound, ["publication": String(publication)])
        }
        await worker.fire(publication, through: await tools.archive.newestSequence)
    }

    /// Something happened at a meter that must not wait for an event (R28): publications of urgent journals
    /// deliver what is stored now, and their brokers are told of the alarms.
    package func hurry() async {
        let newest = await tools.archive.newestSequence
        for worker in workers.values { await worker.tellAlarms() }
        for plan in plans.values.sorted(by: { $0.key < $1.key }) where plan.carriesUrgentJournals {
            await workers[plan.key.broker]?.fire(
                plan.key.publication, through: newest, withCurrent: false)
        }
    }

    /// How every publication fares, ascending by number.
    package func status() async throws(Fault) -> [PublicationStatus] {
        let known = try await tools.archive.publicationCursors()
        let cursors = Dictionary(known.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
        var found: [PublicationStatus] = []
        for plan in plans.values.sorted(by: { $0.key < $1.key }) {
            let state = await workers[plan.key.broker]?.state(of: plan.key.publication)
            let cursor = cursors[plan.key]
            let waiting =
                plan.items.isEmpty
                ? 0 : try await tools.archive.waitingRows(after: cursor?.sequence ?? 0, scope: plan.scope)
            found.append(
                PublicationStatus(
                    key: plan.key, activity: state?.activity ?? .idle, isGuaranteed: plan.isGuaranteed,
                    sentRows: cursor?.sentRows ?? 0, waitingRows: waiting, lostRows: cursor?.lostRows ?? 0,
                    sequence: cursor?.sequence ?? 0, deliveredAt: cursor?.movedAt, fault: state?.fault))
        }
        return found
    }

    /// How every broker with a publication stands, ascending by number.
    package func connections() async throws(Fault) -> [BrokerConnectionStatus] {
        let publications = try await status()
        var found: [BrokerConnectionStatus] = []
        for (id, worker) in workers.sorted(by: { $0.key < $1.key }) {
            let own = publications.filter { $0.key.broker == id }
            found.append(
                BrokerConnectionStatus(
                    broker: id, link: await worker.link,
                    fault: await worker.fault ?? own.compactMap(\.fault).first,
                    waitingRows: own.reduce(0) { $0 + $1.waitingRows }))
        }
        return found
    }

    /// Serves until cancelled; then connections are closed and it returns.
    package func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.resumeLagging() }
            group.addTask { await self.serve() }
            await group.waitForAll()
        }
    }

    /// Runs the workers, those of the newest configuration after each change.
    private func serve() async {
        while !Task.isCancelled {
            let serving = workers.sorted { $0.key < $1.key }.map(\.value)
            let served = generation
            await withTaskGroup(of: Bool.self) { group in
                for worker in serving {
                    group.addTask {
                        await worker.run()
                        return false
                    }
                }
                group.addTask { [changes] in
                    for await _ in changes where await self.generation != served { return true }
                    return true
                }
                while let isChange = await group.next(), !isChange {}
                group.cancelAll()
            }
        }
    }

    /// R7: what lagged when the gateway stopped is sent after the jitter, not at tomorrow's event.
    private func resumeLagging() async {
        guard (try? await tools.clock.sleep(for: startDelay)) != nil,
            let cursors = try? await tools.archive.publicationCursors()
        else { return }
        let newest = await tools.archive.newestSequence
        for cursor in cursors where cursor.sequence < newest {
            guard let plan = plans[cursor.key.publication], plan.key == cursor.key else { continue }
            await workers[plan.key.broker]?.fire(
                cursor.key.publication, through: newest, withCurrent: false)
        }
    }
}
