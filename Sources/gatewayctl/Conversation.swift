// A command's conversation with its meter: the line is opened, the session held, what came of it printed, and
// faults told in one line.

import Drivers
import EventLoop
import Faults
import Glibc
import HostLinux
import Lines
import Logging
import Ports
import Seams
import Security
import Timekeeping

/// The line of a command, which no gateway shares.
struct OwnLine: Sendable {
    /// What drivers are given.
    let environment: DriverEnvironment
    private let registry: LineRegistry
    private let id: LineID

    init(
        _ line: LineOptions, _ output: OutputOptions, counters: CounterPlace = .nowhere, verb: String,
        loop: Loop
    ) {
        let log =
            output.isTraced ? Logger(label: verb, threshold: .trace, sink: StandardErrorLog()) : .silent
        environment = DriverEnvironment(
            clock: loop.clock, wall: SystemWallClock(buildYear: 2_026), zone: output.zone,
            profiles: OwnLine.profiles(verb), logger: log,
            cryptography: MeterCryptography(entropy: SystemEntropy()), counters: counters.store)
        // The only line of this program bears the name of its device or host.
        let name =
            switch line.address {
            case .serial(let path): path
            case .tcp(let host, let port): "\(host):\(port)"
            }
        id = .interface(name)
        registry = LineRegistry(
            interfaces: [name: LineConfiguration(address: line.address)], opener: PortOpener(loop: loop),
            clock: loop.clock, logger: .silent)
    }

    /// The makers' profiles beside the program; files that cannot be used are told.
    private static func profiles(_ verb: String) -> MeterProfiles {
        guard let folder = ProgramFolder.above("etc/meters/spodes") else { return .none }
        let (profiles, faults) = MeterProfiles.read(from: POSIXFiles(root: folder))
        for fault in faults { Terminal.tell("gatewayctl \(verb): \(FaultLine.text(of: fault))") }
        return profiles
    }

    /// Has the line while `body` runs.
    func lease<Value: Sendable>(
        _ settings: SerialSettings, _ body: (LineLease) async throws -> Value
    ) async throws -> Value {
        let request = LeaseRequest(
            line: id, settings: settings, leaseClass: .technician, owner: "gatewayctl",
            patience: .seconds(10))
        return try await registry.withLease(request, body)
    }
}

/// One session with one meter.
struct Conversation: Sendable {
    private let options: MeterOptions
    private let verb: String
    private let loop: Loop

    init(_ options: MeterOptions, verb: String, loop: Loop) {
        self.options = options
        self.verb = verb
        self.loop = loop
    }

    /// Holds the session, prints what `body` makes of it, or the fault; the exit code.
    func run(_ body: (any MeterSession) async throws -> [UInt8]) async -> Int32 {
        await run { driver, lease in try await driver.session(with: options.point, over: lease, body) }
    }

    /// The same for what takes several sessions.
    func run(_ body: (any MeterDriver, LineLease) async throws -> [UInt8]) async -> Int32 {
        do {
            let line = OwnLine(
                options.line, options.output, counters: options.counters, verb: verb, loop: loop)
            let driver = try DriverCatalogue(line.environment).driver(for: options.point.typeName)
            let printed = try await line.lease(options.line.settings) { lease in
                try await body(driver, lease)
            }
            Terminal.write(printed, to: 1)
            return Exit.good
        } catch let fault as Fault {
            Terminal.tell("gatewayctl \(verb): \(FaultLine.text(of: fault))")
        } catch {
            Terminal.tell("gatewayctl \(verb): \(error)")
        }
        return Exit.failed
    }
}

/// Log lines on standard error.
private struct StandardErrorLog: LogSink {
    func write(level: LogLevel, label: String, message: String, metadata: [(LogKey, String)]) {
        let details = metadata.map { $0.1 }.joined(separator: " ")
        Terminal.tell(message == "frame" ? details : "\(message) \(details)")
    }
}
