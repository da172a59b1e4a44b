// Meters that push, and a gateway that listens: simulated meters, the gateway's own policy, virtual time.

import Archive
import Configuration
import Drivers
import Faults
import JSONText
import Metering
import Polling
import Runtime
import SPODES
import Seams
import Simulation
import Street
import Testing
import Timekeeping
import VirtualTime

@Suite("Pushes of meters")
struct PushTests {
    /// Two meters on a line that is polled every half-hour, both told to push every quarter of an hour.
    private static func live<Value: Sendable>(
        allow: String = #"["10.0.0.0/24"]"#,
        _ body: @escaping @Sendable (VirtualGateway, VirtualWorld) async throws -> Value
    ) throws -> Value {
        let objects = [
            #"{"class":40,"code":"0.0.25.9.0"}"#, #"{"class":1,"code":"0.0.96.1.0"}"#,
            #"{"class":8,"code":"0.0.1.0.0"}"#, #"{"class":3,"code":"1.0.1.8.0"}"#,
            #"{"class":7,"code":"1.0.99.1.0"}"#, #"{"class":1,"code":"0.0.97.98.0"}"#,
            #"{"class":7,"code":"0.0.99.98.4"}"#,
        ].joined(separator: ",")
        let push = #""push":{"to":"10.0.0.1:4059","at":["*:15:00","*:45:00"],"objects":[\#(objects)]},"#
        let plan = try SimulatedSite.street(left: 2, right: 0, members: push)
        let edits =
            try SimulatedSite.edits(for: plan) + [
                TableEdit(
                    .servers, .replace,
                    rows: try JSONValue(parsing: #"[{"type":"push","allow":\#(allow)}]"#).elements ?? [])
            ]
        return try VirtualWorld(start: SimulatedSite.start).run { world in
            let gateway = try await VirtualGateway.open(plan, in: world)
            return try await gateway.live { gateway in
                _ = try await gateway.runtime.store.commit(edits, user: "test")
                return try await body(gateway, world)
            }
        }
    }

    /// Lives on for minutes; what meters push meanwhile goes to the gateway.
    private static func pass(
        _ minutes: Int, _ gateway: VirtualGateway, _ world: VirtualWorld, from peer: String = "10.0.0.2"
    ) async throws -> [[UInt8]] {
        var sent: [[UInt8]] = []
        for _ in 0..<minutes * 60 {
            try await world.clock.sleep(for: .seconds(1))
            for push in await gateway.wires["left"]?.pushes() ?? [] {
                let connection = await gateway.door.connect(push.octets, to: 4_059, from: peer)
                await connection?.end()
                sent.append(push.octets)
            }
        }
        return sent
    }

    @Test("what meters push stands in the archive as if it had been polled")
    func rows() throws {
        let outcome = try Self.live { gateway, world in
            let sent = try await Self.pass(45, gateway, world)
            let archive = gateway.runtime.archive
            let energy = try await archive.rows(ArchiveQuery(.momentEnergy)).count
            let status = await gateway.runtime.pushes.status
            return (sent: sent.count, energy: energy, status: status)
        }
        #expect(outcome.sent == 4)
        #expect(outcome.status.refused.isEmpty, "\(outcome.status.refused)")
        #expect(outcome.status.taken == 4 && outcome.energy == 4)
    }

    @Test("an opened cover is told within a minute, and its event stands in the journal once")
    func events() throws {
        let outcome = try Self.live { gateway, world in
            _ = try await Self.pass(30, gateway, world)
            let archive = gateway.runtime.archive
            // The newest row of a journal is told with every push: here that of the installation.
            let before = try await archive.rows(ArchiveQuery(.journal(.coverOpened))).count
            await gateway.wires["left"]?.happen(.coverOpened, toStation: 0)
            _ = try await Self.pass(1, gateway, world)
            let alarms = try await archive.alarms(limit: 10)
            let told = try await archive.rows(ArchiveQuery(.journal(.coverOpened))).count
            _ = try await Self.pass(60, gateway, world)
            let later = try await archive.rows(ArchiveQuery(.journal(.coverOpened))).count
            return (alarms: alarms.map(\.alarm), told: told - before, later: later - before)
        }
        #expect(outcome.alarms.contains(.terminalCover))
        #expect(outcome.told == 1 && outcome.later == 1)
    }

    @Test("nobody is heard who is not allowed, and whoever talks nonsense or floods is shut out")
    func strangers() throws {
        let outcome = try Self.live { gateway, world in
            _ = try await Self.pass(31, gateway, world)
            let before = await gateway.runtime.pushes.status
            let foreign = await gateway.door.connect([0, 1, 0, 1], to: 4_059, from: "192.168.7.7")
            let nonsense = await gateway.door.connect(
                Array("GET / HTTP/1.1\r\n\r\n".utf8), to: 4_059, from: "10.0.0.9")
            let silent = await gateway.door.connect([], to: 4_059, from: "10.0.0.9")
            let flood = await gateway.door.connect([], to: 4_059, from: "10.0.0.8")
            // A whole unit that is no notification, again and again.
            let unit: [UInt8] = [0, 1, 0, 1, 0, 48, 0, 3, 0xD8, 1, 1]
            for _ in 0..<700 { await flood?.send(unit) }
            try await world.clock.sleep(for: .seconds(5))
            let isSilentOpen = await silent?.isClosed == false
            try await world.clock.sleep(for: .seconds(60))
            let status = await gateway.runtime.pushes.status
            return (
                foreign: await foreign?.isClosed, nonsense: await nonsense?.isClosed,
                isSilentOpen: isSilentOpen, silent: await silent?.isClosed, flood: await flood?.isClosed,
                turnedAway: status.turnedAway - before.turnedAway, connections: status.connections,
                taken: status.taken - before.taken, malformed: status.refused[.malformed] ?? 0
            )
        }
        #expect(outcome.foreign == true && outcome.nonsense == true && outcome.flood == true)
        #expect(outcome.isSilentOpen && outcome.silent == true)
        #expect(outcome.turnedAway == 1 && outcome.connections == 0 && outcome.taken == 0)
        #expect(outcome.malformed == 2)
    }

    @Test("without a list only the addresses of the meter table are heard")
    func standardList() throws {
        let status = try Self.live(allow: "[]") { gateway, world in
            _ = try await Self.pass(46, gateway, world)
            return await gateway.runtime.pushes.status
        }
        #expect(status.turnedAway == 4 && status.received == 0)
    }
}
