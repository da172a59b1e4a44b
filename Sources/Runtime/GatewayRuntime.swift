// Policy joined over seams: opens configuration and archive, joins events to polling and publishing, and
// follows every applied revision. `Gateway` serves pages over its parts; `Simulation` lives years with it.

package import Archive
package import Configuration
import Drivers
import Errands
package import Events
import Faults
import HeadEnd
package import Lines
import Logging
package import Polling
package import Publishing
import Seams
package import WebAdmin

/// A gateway without doors.
package struct GatewayRuntime: Sendable {
    /// The configuration.
    package let store: ConfigurationStore
    /// The readings.
    package let archive: MeterArchive
    /// The wires.
    package let lines: LineRegistry
    /// Collects from meters and answers live questions.
    package let poller: MeterPoller
    /// Takes what meters tell unasked.
    package let pushes: PushReceiver
    /// Transit ports, the RTU327 server and remote connection.
    package let servers: DeviceServers
    /// Who was connected to them.
    package let connections: ConnectionJournal
    /// What feeds the interfaces of meters.
    package let supplies: SupplyLines
    /// Who may log in, here and at the admin.
    package let gate: AccountGate
    /// Pushes heard in the middle of conversations.
    private let overheard: AsyncStream<OverheardPush>
    /// Sends to brokers.
    package let publisher: Publisher
    /// Fires what is scheduled.
    package let events: EventEngine
    private let seams: RuntimeSeams
    /// The revision in force when everything was opened.
    private let opened: AppliedRevision

    /// The device's discrete inputs.
    var inputs: any DiscreteInputs { seams.inputs }

    /// Opens everything and applies the revision in force; nothing runs yet. Throws faults of configuration
    /// and archive. An archive that its device refuses is waited for while the gateway runs.
    package static func open(_ seams: RuntimeSeams) async throws -> GatewayRuntime {
        let store = try await ConfigurationStore.open(
            files: seams.configurationFiles, factory: seams.factoryFiles, wall: seams.wall,
            hasher: seams.hasher, logger: seams.logger, place: seams.place)
        let archive = try MeterArchive(
            path: seams.archivePath, depths: seams.depths, wall: seams.wall, vfs: seams.archiveVFS,
            waitsForDevice: true, logger: seams.logger)
        let runtime = GatewayRuntime(seams, store: store, archive: archive, revision: await store.current)
        try await runtime.apply(runtime.opened)
        return runtime
    }

    private init(
        _ seams: RuntimeSeams, store: ConfigurationStore, archive: MeterArchive, revision: AppliedRevision
    ) {
        self.seams = seams
        opened = revision
        self.store = store
        self.archive = archive
        let configuration = revision.configuration
        let (clock, wall, logger) = (seams.clock, seams.wall, seams.logger)
        lines = LineRegistry(opener: seams.lineOpener, clock: clock, logger: logger.labelled("lines"))
        // Nothing waits for a push in the middle of a conversation: beyond these the oldest is forgotten.
        let (overheard, tell) = AsyncStream.makeStream(
            of: OverheardPush.self, bufferingPolicy: .bufferingNewest(64))
        self.overheard = overheard
        var environment = DriverEnvironment(
            clock: clock, wall: wall, zone: configuration.time.offset, profiles: seams.profiles,
            logger: logger.labelled("drivers"), cryptography: seams.cryptography, counters: archive)
        environment.overheard = { push in tell.yield(push) }
        let drivers = DriverCatalogue(environment)
        poller = MeterPoller(
            archive: archive, lines: lines, drivers: drivers, clock: clock, wall: wall, logger: logger)
        pushes = PushReceiver(
            archive: archive, poller: poller, door: seams.door, clock: clock, wall: wall, logger: logger)
        let answers = HeadEndAnswers(
            archive: archive, clock: clock, wall: wall, shifting: seams.shifting)
        connections = ConnectionJournal(archive: archive, clock: clock, wall: wall, logger: logger)
        gate = AccountGate(
            store: store, hasher: seams.hasher, clock: clock, logger: logger.labelled("web"))
        servers = DeviceServers(
            door: seams.door, lines: lines,
            headEnd: HeadEndServer(answers, clock: clock, wall: wall, logger: logger),
            remote: RemoteParts(
                runner: ErrandRunner(environment), access: RemoteAccounts(gate: gate),
                entropy: seams.entropy), journal: connections,
            clock: clock, wall: wall, logger: logger)
        supplies = SupplyLines(seams.supply, clock: clock, logger: logger)
        let site = configuration.site
        let tools = PublishingTools(
            archive: archive, opener: seams.brokerOpener, compressor: seams.compressor,
            current: PolledReadings(poller: poller), clock: clock, wall: wall,
            device: PublishingDevice(serialNumber: site.serialNumber, version: seams.version), logger: logger)
        publisher = Publisher(tools, startDelay: .seconds(site.jitterSeconds(atMost: 600)))
        let actions = RuntimeActions(poller: poller, publisher: publisher)
        events = EventEngine(
            actions: actions, archive: archive, inputs: seams.inputs, clock: clock, wall: wall,
            logger: logger)
    }

    /// Runs until cancelled. Throws when a service ends by itself.
    package func run() async throws {
        do {
            try await runServices()
        } catch {
            // Connections that ended with the services.
            await connections.keep()
            throw error
        }
    }

    private func runServices() async throws {
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask { try await runCollection() }
            group.addTask { await servers.run() }
            group.addTask { await supplies.run() }
            group.addTask { try await follow() }
        }
    }

    /// What lives on the archive. While its device refuses the archive nothing is collected and nothing sent:
    /// meters would be asked for all they hold again and again.
    private func runCollection() async throws {
        if await archive.isAway {
            try await archive.waitForDevice(clock: seams.clock)
            try await applyAtLast(await store.current)
        }
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask { try await events.run() }
            group.addTask { await publisher.run() }
            group.addTask { await poller.watchForReturns() }
            group.addTask { await poller.watchHubs() }
            group.addTask { await pushes.run(overheard: overheard) }
            group.addTask { await connections.run() }
            group.addTask { await archive.maintain(clock: seams.clock) }
            group.addTask { for await _ in await poller.urgentNews() { await publisher.hurry() } }
        }
    }

    /// Applies every revision after the one that was opened, also one saved before the services ran.
    private func follow() async throws {
        var number = opened.number
        for await revision in await store.changes() where revision.number != number {
            number = revision.number
            try await applyAtLast(revision)
        }
        try Task.checkCancellation()
    }

    /// Applies a revision, again and again while the archive cannot follow it, as on a full disk: what was
    /// saved and acknowledged must come into force without a restart. A newer one takes its place.
    private func applyAtLast(_ revision: AppliedRevision) async throws {
        var isTold = false
        while await store.current.number == revision.number {
            do { return try await apply(revision) } catch {
                try Task.checkCancellation()
                if !isTold {
                    seams.logger.log(
                        .error, "a revision could not be applied yet",
                        [(.revision, "\(revision.number)"), (.error, "\(error)")])
                }
                isTold = true
            }
            try await seams.clock.sleep(for: GatewayRuntime.applyAgain)
        }
    }

    /// Pause before a revision that could not be applied is tried again.
    private static let applyAgain = Duration.seconds(15)

    /// Lets every service follow a revision: archive first, so that nothing is polled for a meter it does not
    /// know. An archive that is away follows when it is opened.
    private func apply(_ revision: AppliedRevision) async throws {
        let configuration = revision.configuration
        let hasArchive = await !archive.isAway
        let meters = configuration.meters.filter(\.hasReadings).map { row in
            RegisteredMeter(id: row.id, typeName: row.type.name, address: row.address, parent: row.parentID)
        }
        await archive.follow(seams.depths.setting(configuration.archiveDepths))
        if hasArchive { try await archive.register(meters, revision: revision.number) }
        await lines.configure(configuration.serialLines)
        await poller.apply(configuration)
        await pushes.apply(configuration)
        await servers.apply(configuration)
        await supplies.apply(configuration)
        await publisher.identify(
            PublishingDevice(serialNumber: configuration.site.serialNumber, version: seams.version))
        if hasArchive { try await publisher.apply(configuration) }
        await events.apply(configuration)
    }
}

extension GatewayConfiguration {
    /// Where the serial interfaces lead; those without a device are absent.
    var serialLines: [String: LineConfiguration] {
        let present = lines.filter { !$0.path.isEmpty }.map { line in
            let configuration = LineConfiguration(
                address: .serial(path: line.path, switchesDirection: line.switchesDirection),
                guardTime: .milliseconds(line.guardMilliseconds))
            return ("Iface\(line.id)", configuration)
        }
        return Dictionary(present, uniquingKeysWith: { first, _ in first })
    }
}
