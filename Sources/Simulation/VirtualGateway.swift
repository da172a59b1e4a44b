// The whole gateway over a simulated street, a simulated broker and virtual time (decision D6): the same
// policy as in `gatewayd`, joined to doors that exist in memory only.

package import Logging
package import Runtime
package import Street
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
    /// Its ports.
    package let door: VirtualDoor

    /// Opens a gateway at a place of its own. `archivePath` may be `:memory:`.
    package static func open(
        _ plan: StreetPlan, in world: VirtualWorld, archivePath: String = ":memory:",
        files: VirtualFiles = VirtualFiles(), logger: Logger = .silent
    ) async throws -> VirtualGateway {
        try await VirtualSite(plan, in: world, files: files).boot(archivePath: archivePath, logger: logger)
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
