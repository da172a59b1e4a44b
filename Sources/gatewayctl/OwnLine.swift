// The line of a command that needs no gateway, and what its drivers are given.

import Drivers
import Errands
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
struct OwnLine: LineLender {
    /// What drivers are given.
    let environment: DriverEnvironment
    private let registry: LineRegistry
    private let id: LineID
    private let settings: SerialSettings

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
        // The only line of this program bears the name of its device or host; `LineOptions` has refused an
        // interface of a gateway.
        let address: LineAddress
        let name: String
        switch line.place {
        case .address(.serial(let path, _)): (address, name) = (.serial(path: path), path)
        case .address(.tcp(let host, let port)):
            (address, name) = (.tcp(host: host, port: port), "\(host):\(port)")
        case .interface(let number): (address, name) = (.serial(path: ""), "iface:\(number)")
        }
        id = .interface(name)
        settings = line.settings ?? .standard
        registry = LineRegistry(
            interfaces: [name: LineConfiguration(address: address)], opener: PortOpener(loop: loop),
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
    func lend(_ settings: SerialSettings?, _ body: (LineLease) async throws -> Void) async throws {
        let request = LeaseRequest(
            line: id, settings: settings ?? self.settings, leaseClass: .technician, owner: "gatewayctl",
            patience: .seconds(10))
        try await registry.withLease(request, body)
    }
}

/// Log lines on standard error.
private struct StandardErrorLog: LogSink {
    func write(level: LogLevel, label: String, message: String, metadata: [(LogKey, String)]) {
        let details = metadata.map { $0.1 }.joined(separator: " ")
        Terminal.tell(message == "frame" ? details : "\(message) \(details)")
    }
}
