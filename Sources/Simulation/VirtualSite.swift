// What surrounds a simulated gateway and outlives it: the street's wires, the broker, the disk with archive
// and configuration. A gateway is booted in it, loses its power, and is booted again.

package import Drivers
package import Logging
import Runtime
import Seams
package import StorageSimulation
package import Street
import Timekeeping
package import VirtualTime

/// The place of one gateway.
package struct VirtualSite: Sendable {
    /// The world it is in.
    package let world: VirtualWorld
    /// The street it reads.
    package let plan: StreetPlan
    /// The wires of its street, by name of the line.
    package let wires: [String: SimulatedWire]
    /// The broker it publishes to.
    package let broker: VirtualBrokerHall
    /// Its discrete inputs.
    package let inputs: VirtualInputs
    /// Its configuration's files.
    package let files: VirtualFiles
    /// The gateway's own clock, which may be wrong while the world's is not.
    package let wall: VirtualWallClock
    /// The disk below its archive; nil leaves the archive to the host's files or to `:memory:`.
    package let disk: SimulatedDisk?
    /// Who hears which lease speaks to which meter.
    package let witness: LineWitness
    /// What the gateway knows of makers of meters.
    package let profiles: MeterProfiles
    /// The ports that others connect to.
    package let door: VirtualDoor
    private let places: [LineAddress: SimulatedWire]
    private let factory: VirtualFiles

    /// A place whose interfaces lead to the lines of `plan` in order.
    package init(
        _ plan: StreetPlan, in world: VirtualWorld, files: VirtualFiles = VirtualFiles(),
        disk: SimulatedDisk? = nil, wall: VirtualWallClock? = nil, profiles: MeterProfiles = .none
    ) {
        self.profiles = profiles
        var wires: [String: SimulatedWire] = [:]
        var places: [LineAddress: SimulatedWire] = [:]
        var devices: [String] = []
        let witness = LineWitness(plan)
        for (index, line) in plan.lines.enumerated() {
            let wire = SimulatedWire(
                line: plan.build(line), clock: world.clock, wall: world.wall, witness: witness)
            wires[line.name] = wire
            switch line.place {
            case .pty(let link):
                places[.serial(path: link)] = wire
                devices.append(#"{"id":\#(index + 1),"path":"\#(link)","guard":10}"#)
            case .tcp(let host, let port): places[.tcp(host: host, port: port)] = wire
            }
        }
        self.witness = witness
        self.world = world
        door = VirtualDoor(clock: world.clock)
        self.plan = plan
        self.wires = wires
        self.places = places
        self.files = files
        self.disk = disk
        self.wall = wall ?? world.wall
        broker = VirtualBrokerHall(clock: world.clock) { disk?.isPowered ?? true }
        inputs = VirtualInputs(clock: world.clock, wall: self.wall)
        factory = VirtualFiles([
            "accounts.json":
                #"{"Settings":[{"id":1,"login":"admin","password":"admin","lvl":2,"mustChange":true}]}"#,
            "time.json": #"{"tz":\#(plan.zone.minutes / 60),"dst":false}"#,
            "lines.json": #"{"Settings":[\#(devices.joined(separator: ","))]}"#,
        ])
    }

    /// Opens a gateway here; one that was opened before and one without power say nothing more on any wire,
    /// whoever still asks them to. Throws what keeps it from opening.
    package func boot(archivePath: String = "/data/archive.sqlite", logger: Logger = .silent) async throws
        -> VirtualGateway
    {
        let opener = await StreetOpener(wires: places).joined { [disk] in disk?.isPowered ?? true }
        var seams = RuntimeSeams(
            clock: world.clock, wall: wall, lineOpener: opener,
            brokerOpener: VirtualBrokerOpener(broker), entropy: world.entropy, inputs: inputs,
            compressor: NoCompression(),
            hasher: PlainHasher(), configurationFiles: files, factoryFiles: factory, archivePath: archivePath,
            archiveVFS: disk?.vfsName, profiles: profiles, version: "simulation", logger: logger)
        seams.door = door
        let runtime = try await GatewayRuntime.open(seams)
        await witness.attend(runtime.lines)
        return VirtualGateway(
            runtime: runtime, wires: wires, broker: broker, inputs: inputs,
            files: files, door: door)
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
