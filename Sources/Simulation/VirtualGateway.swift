// The whole gateway over a simulated street, a simulated broker and virtual time (decision D6): the same
// policy as in `gatewayd`, joined to doors that exist in memory only.

import Archive
import Configuration
package import Logging
package import Runtime
import Seams
package import Street
import Timekeeping
package import VirtualTime

/// One simulated gateway with its surroundings.
package struct VirtualGateway: Sendable {
    /// Its policy.
    package let runtime: GatewayRuntime
    /// The wires of its street, by name of the line.
    package let wires: [String: SimulatedWire]
    /// The broker it publishes to.
    package let broker: VirtualBrokerHall
    /// Its discrete inputs.
    package let inputs: VirtualInputs
    /// Its configuration's files; they outlive a restart.
    package let files: VirtualFiles

    /// Opens a gateway whose interfaces lead to the lines of `plan` in order. `archivePath` may be
    /// `:memory:`.
    package static func open(
        _ plan: StreetPlan, in world: VirtualWorld, archivePath: String = ":memory:",
        files: VirtualFiles = VirtualFiles(), logger: Logger = .silent
    ) async throws -> VirtualGateway {
        var wires: [String: SimulatedWire] = [:]
        var places: [LineAddress: SimulatedWire] = [:]
        var devices: [String] = []
        for (index, line) in plan.lines.enumerated() {
            let wire = SimulatedWire(line: plan.build(line), clock: world.clock, wall: world.wall)
            wires[line.name] = wire
            switch line.place {
            case .pty(let link):
                places[.serial(path: link)] = wire
                devices.append(#"{"id":\#(index + 1),"path":"\#(link)","guard":10}"#)
            case .tcp(let host, let port): places[.tcp(host: host, port: port)] = wire
            }
        }
        let factory = VirtualFiles([
            "accounts.json":
                #"{"Settings":[{"id":1,"login":"admin","password":"admin","lvl":2,"mustChange":true}]}"#,
            "time.json": #"{"tz":\#(plan.zone.minutes / 60),"dst":false}"#,
            "lines.json": #"{"Settings":[\#(devices.joined(separator: ","))]}"#,
        ])
        let hall = VirtualBrokerHall(clock: world.clock)
        let inputs = VirtualInputs(clock: world.clock, wall: world.wall)
        let seams = RuntimeSeams(
            clock: world.clock, wall: world.wall, lineOpener: StreetOpener(wires: places),
            brokerOpener: VirtualBrokerOpener(hall), inputs: inputs, compressor: NoCompression(),
            hasher: PlainHasher(), configurationFiles: files, factoryFiles: factory, archivePath: archivePath,
            version: "simulation",
            logger: logger)
        return VirtualGateway(
            runtime: try await GatewayRuntime.open(seams), wires: wires, broker: hall, inputs: inputs,
            files: files)
    }

    /// Runs the gateway while `body` lives through its scenario, then stops it.
    package func live<Value: Sendable>(
        _ body: @escaping @Sendable (VirtualGateway) async throws -> Value
    ) async throws -> Value {
        try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask {
                do { try await runtime.run() } catch is CancellationError {}
                return nil
            }
            group.addTask { try await body(self) }
            while let outcome = try await group.next() {
                guard let outcome else { continue }
                group.cancelAll()
                return outcome
            }
            throw CancellationError()
        }
    }
}

/// Leaves octets as they are: what a gzip member would hold is what a scenario wants to read.
private struct NoCompression: Compressor {
    func gzip(_ octets: [UInt8]) -> [UInt8] { octets }
}

/// A hash that sees through: nothing is secret in a simulated world, and scrypt would cost its real second.
private struct PlainHasher: PasswordHasher {
    func hash(_ password: String) async throws -> String { "plain:" + password }
    func verify(_ password: String, against hash: String) async -> Bool { hash == "plain:" + password }
    func constantTimeEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool { left == right }
}
