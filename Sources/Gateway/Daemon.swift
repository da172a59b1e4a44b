// The assembly: joins policy to real doors, serves until a signal, and ends within five seconds (decision
// D16).
//
//     lock on DATA ─► configuration, archive, policy (Runtime) ─► admin (WebAdmin) ─► listeners ─► READY
//                                                                        signal ─► services cancelled ─► end

import Compression
import Configuration
import DeviceInputs
import Drivers
package import EventLoop
import Faults
import HTTPServer
import HostLinux
import Logging
import MQTTClient
import Ports
import Runtime
import Seams
import Security
import Spreadsheets
import Timekeeping
import Version
import WebAdmin

/// What keeps a gateway from starting and no other module knows.
struct StartError: Error, CustomStringConvertible {
    /// What to change.
    let description: String

    init(_ text: String) { description = text }
}

/// A gateway with real doors.
package struct Daemon: Sendable {
    private let options: GatewayOptions
    private let loop: Loop
    private let logger: Logger

    /// A daemon on `loop`; `run` does everything.
    package init(_ options: GatewayOptions, loop: Loop) {
        MemoryThrift.adopt()
        self.options = options
        self.loop = loop
        let threshold = LogLevel.allCases.first { "\($0)" == options.logLevel } ?? .info
        logger = Logger(label: "gateway", threshold: threshold, sink: StandardErrorLog())
    }

    /// Starts, serves and stops; returns the exit code.
    package func run() async -> Int32 {
        do {
            try await serve()
            return 0
        } catch {
            logger.log(.error, "could not run", [(.path, options.data), (.error, "\(error)")])
            return 1
        }
    }

    private func serve() async throws {
        if let reason = KernelVersion.refusal { throw StartError(reason) }
        guard let factory = InstallationPaths.factory(options.config) else {
            throw StartError("no factory set beside the program: give --config DIR")
        }
        guard let pages = InstallationPaths.pages(options.www) else {
            throw StartError("no pages beside the program: give --www DIR")
        }
        let data = POSIXFiles(root: options.data)
        try data.makeDirectory("etc")
        let lock = try DataLock(directory: options.data)
        let signals = loop.signals([.terminate, .interrupt])
        let entropy = SystemEntropy()
        let wall = TrustedWallClock(buildYear: 2026)
        let hasher = ScryptHasher(entropy: entropy)
        var seams = RuntimeSeams(
            clock: loop.clock, wall: wall, lineOpener: PortOpener(loop: loop),
            brokerOpener: MosquittoBrokers(loop: loop, logger: logger.labelled("mqtt")), entropy: entropy,
            inputs: options.inputs.open(on: loop, wall: wall), compressor: GzipCompressor(),
            hasher: hasher, cryptography: MeterCryptography(entropy: entropy),
            configurationFiles: POSIXFiles(root: options.data + "/etc"),
            factoryFiles: POSIXFiles(root: factory), archivePath: options.data + "/archive.sqlite",
            profiles: meterProfiles(factory), version: Version.text, logger: logger)
        let listeners = try Listeners(options, data: data, wall: wall, entropy: entropy)
        seams.door = PortDoor(
            loop: loop, address: options.bind, offset: options.portOffset, tls: listeners.ports)
        seams.supply = SupplyFiles(options.supplies)
        seams.place = { [offset = options.portOffset] in
            OwnPlace(addresses: LinuxHost.ownAddresses, portOffset: offset)
        }
        seams.shifting = HostClock(dataPath: options.data, wall: wall)
        let runtime = try await GatewayRuntime.open(seams)
        let admin = try WebAdmin(
            WebAdminParts(
                store: runtime.store, archive: runtime.archive,
                meters: runtime.meterOperations, services: runtime.serviceStates, lines: runtime.lines,
                host: ConfiguredHost(
                    store: runtime.store, version: Version.text, dataPath: options.data, clock: wall),
                wall: wall, clock: loop.clock, entropy: entropy, hasher: hasher, compressor: GzipCompressor(),
                spreadsheets: WorkbookMaker(), files: POSIXFiles(root: pages), servers: listeners.servers,
                gate: runtime.gate,
                logger: logger))
        let server = try HTTPServer(loop: loop, listeners: listeners.all)
        try await run(runtime, admin, server, until: signals)
        withExtendedLifetime(lock) {}
    }

    /// The makers' profiles; a file that cannot be used is told, and its meters keep the standard profile.
    private func meterProfiles(_ factory: String) -> MeterProfiles {
        guard let folder = InstallationPaths.meterProfiles(factory: factory) else { return .none }
        let (profiles, faults) = MeterProfiles.read(from: POSIXFiles(root: folder))
        for fault in faults {
            let facts = fault.parameters.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
            let reason = ([fault.code.rawValue] + facts).joined(separator: ", ")
            logger.log(
                .error, "a meter profile is not used", [(.path, "\(folder)/\(fault.path)"), (.error, reason)])
        }
        return profiles
    }

    private func run(
        _ runtime: GatewayRuntime, _ admin: WebAdmin, _ server: HTTPServer,
        until signals: AsyncStream<ProcessSignal>
    ) async throws {
        let notifier = ServiceNotifier()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await runtime.run() }
            group.addTask { try await admin.run() }
            group.addTask { await server.run(admin) }
            group.addTask { try await keepAlive(notifier) }
            notifier.ready()
            logger.log(
                .notice, "ready",
                [
                    (.version, Version.text),
                    (.address, server.ports.map { "\(options.bind):\($0)" }.joined(separator: " ")),
                ])
            group.addTask {
                for await signal in signals {
                    logger.log(.notice, "stopping", [(.signal, "\(signal)")])
                    return
                }
            }
            // Whoever ends first ends all: a signal in peace, a service with its error.
            defer { group.cancelAll() }
            try await group.next()
            notifier.stopping()
        }
    }

    /// Tells the service manager's watchdog that the loop still goes round.
    private func keepAlive(_ notifier: ServiceNotifier) async throws {
        while true {
            try await loop.clock.sleep(for: notifier.watchdogInterval ?? .seconds(3_600))
            notifier.alive()
        }
    }
}
