// Meters of the demo street on simulated lines in virtual time: the server halves of the protocol, not mocks.

import DLMS
import Drivers
import Faults
import Foundation
import Metering
import SPODES
import Seams
import Security
import Street
import Synchronization
import Testing
import Timekeeping
import VirtualTime

/// One line of the demo street and a driver catalogue beside it.
struct StreetFixture: Sendable {
    static let zone = ZoneOffset(minutes: 180)
    /// 2026-03-10 12:37:00 in the street's zone.
    static let noon = WallTime(unixSeconds: 1_773_135_420)

    let world: VirtualWorld
    let wire: SimulatedWire
    let line: StreetPlan.Line
    let catalogue: DriverCatalogue
    /// Counters of the fixture's gateway.
    let counters = MemoryCounters()
    /// Pushes in the middle of its conversations.
    let heard = HeardPushes()

    /// Real ciphers over seeded chance.
    static let cryptography = MeterCryptography(entropy: LockedEntropy())

    /// Line 1 of the demo street, every meter with the keys of the standard's examples.
    static func ciphered(
        _ security: String, _ change: @escaping @Sendable (inout SimulatedLine) -> Void = { _ in },
        _ body: @escaping @Sendable (StreetFixture) async throws -> Void
    ) throws {
        let keys = #""ek":"000102030405060708090a0b0c0d0e0f","ak":"d0d1d2d3d4d5d6d7d8d9dadbdcdddedf""#
        let plan = try plan(street: {
            $0.replacing(#""serial""#, with: #""security":{\#(keys)\#(security)},"serial""#)
        })
        try VirtualWorld(start: noon).run { world in
            var line = plan.build(plan.lines[1])
            change(&line)
            try await body(StreetFixture(world, plan.lines[1], line))
        }
    }

    /// Line 1 of the demo street, every meter delivered with these members of the street file.
    static func delivered(
        _ members: String, _ body: @escaping @Sendable (StreetFixture) async throws -> Void
    ) throws {
        let plan = try plan(street: { $0.replacing(#""serial""#, with: "\(members),\"serial\"") })
        try VirtualWorld(start: noon).run { world in
            try await body(StreetFixture(world, plan.lines[1], plan.build(plan.lines[1])))
        }
    }

    /// The profiles the product is shipped with.
    static let profiles = MeterProfiles(
        shippedProfiles.compactMap { try? MeterProfiles.profile($0.key, $0.value) })

    /// Their files by name.
    static let shippedProfiles: [String: [UInt8]] = {
        let folder = repository.appending(path: "etc/meters/spodes")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return Dictionary(
            uniqueKeysWithValues: names.compactMap { name in
                (try? Data(contentsOf: folder.appending(path: name))).map { (name, Array($0)) }
            })
    }()

    private static let repository = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    private init(
        _ world: VirtualWorld, _ line: StreetPlan.Line, _ stations: [FaultyStation],
        profiles: MeterProfiles = StreetFixture.profiles
    ) {
        let simulated = SimulatedLine(
            name: line.name, characterTime: SerialSettings.standard.characterTime, stations: stations, seed: 1
        )
        self.init(world, line, simulated, profiles: profiles)
    }

    private init(
        _ world: VirtualWorld, _ line: StreetPlan.Line, _ simulated: SimulatedLine,
        profiles: MeterProfiles = StreetFixture.profiles
    ) {
        var environment = DriverEnvironment(
            clock: world.clock, wall: world.wall, zone: StreetFixture.zone, profiles: profiles,
            cryptography: StreetFixture.cryptography, counters: counters)
        let heard = heard
        environment.overheard = { push in heard.pushes.withLock { $0.append(push) } }
        self.world = world
        self.line = line
        wire = SimulatedWire(line: simulated, clock: world.clock, wall: world.wall)
        catalogue = DriverCatalogue(environment)
    }

    /// Lines of the demo street: 0 has 32 meters, 1 one of each model at 101…104, 2 is TCP with HDLC, 3 the
    /// wrapper.
    @discardableResult
    static func run<Value: Sendable>(
        line index: Int, _ change: @escaping @Sendable (inout SimulatedLine) -> Void = { _ in },
        _ body: @escaping @Sendable (StreetFixture) async throws -> Value
    ) throws -> Value {
        let plan = try plan()
        return try VirtualWorld(start: noon).run { world in
            var line = plan.build(plan.lines[index])
            change(&line)
            return try await body(StreetFixture(world, plan.lines[index], line))
        }
    }

    /// A line whose models are not quite those of the files: `models` edits their JSON.
    static func run(
        line index: Int, models: (String) -> String,
        _ body: @escaping @Sendable (StreetFixture) async throws -> Void
    ) throws {
        let plan = try plan(models)
        try VirtualWorld(start: noon).run { world in
            try await body(StreetFixture(world, plan.lines[index], plan.build(plan.lines[index])))
        }
    }

    /// Meters of the makers' street, at their places there: Mercury 234, CE308, Milur 107S, Nartis and device
    /// 40.
    static func makers(
        models: (String) -> String = { $0 }, street: (String) -> String = { $0 },
        profiles: MeterProfiles = StreetFixture.profiles,
        before change: @escaping @Sendable (inout SimulatedLine) -> Void = { _ in },
        _ body: @escaping @Sendable (StreetFixture) async throws -> Void
    ) throws {
        let plan = try plan(models, file: "makers.json", street: street)
        try VirtualWorld(start: noon).run { world in
            var line = plan.build(plan.lines[0])
            change(&line)
            try await body(StreetFixture(world, plan.lines[0], line, profiles: profiles))
        }
    }

    /// Two meters that bear one serial number, of the first and of another model: one meter before and after
    /// its software was changed.
    static func runTwins(
        _ other: Int, _ body: @escaping @Sendable (StreetFixture) async throws -> Void
    ) throws {
        let plan = try plan()
        try VirtualWorld(start: noon).run { world in
            let line = plan.lines[1]
            let stations = [0, other].map { index in
                let meter = line.meters[index]
                let built = meter.build(in: plan)
                let twin = SPODESMeter(
                    personality: built.personality, serial: "77", clock: built.clock, element: built.element)
                let station = MeterStation(
                    meter: twin, address: meter.address, transport: .hdlc, isAlone: false, zone: plan.zone)
                return FaultyStation(name: String(meter.address), station: station, seed: 1)
            }
            try await body(StreetFixture(world, line, stations))
        }
    }

    /// A line with one meter behind a quirk: of the demo street, the first model or another, or of the
    /// makers'.
    @discardableResult
    static func run<Value: Sendable>(
        model: Int = 0, maker: Int? = nil, models: (String) -> String = { $0 },
        profiles: MeterProfiles = StreetFixture.profiles,
        quirk:
            @escaping @Sendable (HDLCFrame, MonotonicInstant, inout QuirkyStation.Memory) ->
            QuirkyStation.Verdict,
        _ body: @escaping @Sendable (StreetFixture) async throws -> Value
    ) throws -> Value {
        let plan = try plan(models, file: maker == nil ? "demo.json" : "makers.json")
        return try VirtualWorld(start: noon).run { world in
            let line = plan.lines[maker == nil ? 1 : 0]
            let row = line.meters[maker ?? model]
            let meter = MeterStation(
                meter: row.build(in: plan), address: row.address, transport: .hdlc, isAlone: true,
                zone: plan.zone)
            let station = FaultyStation(name: "quirky", station: QuirkyStation(meter, quirk: quirk), seed: 1)
            return try await body(StreetFixture(world, line, [station], profiles: profiles))
        }
    }

    /// The point of a meter by its place on the line.
    func point(
        _ index: Int, password: String? = nil, link: MeterLink = MeterLink(),
        medium: MeterPoint.Medium = .serial
    ) -> MeterPoint {
        let meter = line.meters[index]
        let text = password ?? meter.personality.passwords.reader
        return MeterPoint(
            id: meter.address, typeName: "SPODES", address: String(meter.address),
            readPassword: Array(text.utf8),
            link: link, keys: keys(of: meter), medium: medium)
    }

    private func keys(of meter: StreetPlan.Meter) -> MeterPoint.Keys {
        guard let security = meter.security else { return MeterPoint.Keys() }
        return MeterPoint.Keys(
            systemTitle: security.clientTitle, encryptionKey: security.keys.encryption,
            authenticationKey: security.keys.authentication)
    }

    /// A session with a meter on a fresh channel.
    func session<Value: Sendable>(
        _ point: MeterPoint, _ body: (any MeterSession) async throws -> Value
    ) async throws -> Value {
        try await catalogue.driver(for: "SPODES").session(with: point, over: try await wire.open(), body)
    }

    /// What a meter holds, past all protocols.
    func truth(_ index: Int) async throws -> MeterTruth {
        let now = world.wall.now
        return try #require(await wire.withLine { $0.stations[index].truth(wall: now) })
    }

    /// What the fixture's drivers are given.
    var environment: DriverEnvironment {
        DriverEnvironment(
            clock: world.clock, wall: world.wall, zone: StreetFixture.zone, profiles: StreetFixture.profiles,
            cryptography: StreetFixture.cryptography, counters: counters)
    }

    /// The gateway's civil time.
    var now: CivilStamp { world.wall.now.civil(in: StreetFixture.zone) }

    private static func plan(
        _ models: (String) -> String = { $0 }, file: String = "demo.json",
        street: (String) -> String = { $0 }
    ) throws -> StreetPlan {
        let folder = repository.appending(path: "etc/street")
        func octets(_ name: String) -> [UInt8]? {
            (try? Data(contentsOf: folder.appending(path: name))).map { Array($0) }
        }
        let text = street(String(decoding: try #require(octets(file)), as: UTF8.self))
        return try StreetPlan(StreetFile(json: Array(text.utf8)), cryptography: cryptography) {
            octets("personalities/\($0).json").map { Array(models(String(decoding: $0, as: UTF8.self)).utf8) }
        }
    }
}

/// Pushes that were heard in the middle of conversations.
final class HeardPushes: Sendable {
    let pushes = Mutex<[OverheardPush]>([])
}

/// The code of the fault that `body` throws; nil when it throws none or another error.
func faultCode(_ body: () async throws -> Void) async -> FaultCode? {
    do { try await body() } catch let fault as Fault { return fault.code } catch { return nil }
    return nil
}

/// Seeded octets for tests that run beside each other.
final class LockedEntropy: Entropy {
    private let seeded = Mutex(UInt64(0))

    func octets(_ count: Int) -> [UInt8] {
        seeded.withLock { state in
            (0..<count).map { _ in
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                return UInt8(truncatingIfNeeded: state >> 33)
            }
        }
    }
}

/// Counters of one gateway, in memory; it remembers what it gave.
actor MemoryCounters: CounterStore {
    private(set) var given: [String: UInt32] = [:]
    private(set) var blocks = 0
    private var isFull = false

    func fill() { isFull = true }

    /// Somebody has put an older archive in place.
    func forget() { given = [:] }

    func reserve(_ count: UInt32, of series: String, notBelow least: UInt32) async throws -> Range<UInt32> {
        if isFull { throw Fault(.archiveFull) }
        let begin = max(given[series] ?? 1, least)
        given[series] = begin + count
        blocks += 1
        return begin..<begin + count
    }
}
