// One line `Iface1` over a memory wire in virtual time.

import Lines
import Logging
import Seams
import Timekeeping
import VirtualTime

/// What a test of lines needs.
struct LineBench: Sendable {
    let world: VirtualWorld
    let wire: MemoryWire
    let lines: LineRegistry

    var clock: VirtualClock { world.clock }

    init(world: VirtualWorld, guardTime: Duration? = nil) {
        self.world = world
        wire = MemoryWire(clock: world.clock)
        lines = LineRegistry(
            interfaces: [
                "Iface1": LineConfiguration(address: .serial(path: "/dev/ttyS1"), guardTime: guardTime)
            ],
            opener: wire, clock: world.clock, logger: .silent)
    }

    /// The line's state; of an unused line there is none, and tests ask after use.
    var state: LineState {
        get async {
            let states = await lines.states()
            guard let first = states.first else { preconditionFailure("the line has not been used") }
            return first
        }
    }

    /// Borrows the line.
    @discardableResult
    func lease<Value: Sendable>(
        _ leaseClass: LeaseClass, owner: String = "test", settings: SerialSettings = .standard,
        patience: Duration = .seconds(600), _ body: (LineLease) async throws -> Value
    ) async throws -> Value {
        let wish = LeaseRequest(
            line: .interface("Iface1"), settings: settings, leaseClass: leaseClass, owner: owner,
            patience: patience)
        return try await lines.withLease(wish, isolation: nil, body)
    }
}

/// Runs a test of lines in a fresh world.
@discardableResult
func inWorld<Value: Sendable>(
    seed: UInt64 = 1, guardTime: Duration? = nil,
    _ body: @escaping @Sendable (LineBench) async throws -> Value
) throws -> Value {
    try VirtualWorld(seed: seed).run { try await body(LineBench(world: $0, guardTime: guardTime)) }
}
