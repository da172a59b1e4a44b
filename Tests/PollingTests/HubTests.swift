import Archive
import Configuration
import Drivers
import Faults
import Lines
import Metering
import Polling
import Seams
import Testing
import Timekeeping
import VirtualTime

/// Meters behind virtual hubs: one connection a visit, and trouble that is the hub's and not theirs.
@Suite struct HubTests {
    static func hub(_ id: Int, port: Int?, parent: Int = 0) -> MeterRow {
        MeterRow(
            id: id, type: .virtualHub, address: port.map { "10.0.0.1.\($0)" } ?? "",
            interface: parent == 0 ? .ethernet : .hub, parentID: parent)
    }

    static func meter(_ id: Int, parent: Int) throws -> MeterRow {
        MeterRow(
            id: id, type: try #require(MeterType.named("SPODES")), address: "\(100 + id)", interface: .hub,
            parentID: parent)
    }

    /// Three meters behind hub 50 at port 5050, two behind hub 60 at port 6060 that is behind hub 50.
    static func rows() throws -> [MeterRow] {
        try [hub(50, port: 5_050), hub(60, port: 6_060, parent: 50)]
            + (1...3).map { try meter($0, parent: 50) } + (4...5).map { try meter($0, parent: 60) }
    }

    static let upper = LineAddress.tcp(host: "10.0.0.1", port: 5_050)
    static let lower = LineAddress.tcp(host: "10.0.0.1", port: 6_060)

    static func poller(
        _ bench: PollingBench, _ rows: [MeterRow], _ measures: [Measure] = [.momentEnergy]
    ) async throws -> MeterPoller {
        try await bench.poller(first: 1, measures: measures) { configuration in
            configuration.meters = rows
            configuration.eventRules = [
                EventRule(id: 1, eventType: .scheduler, eventID: 1, actionType: .poller, actionID: 1)
            ]
        }
    }

    /// Codes of the newest sessions by meter, and the hubs that they name.
    static func outcomes(_ bench: PollingBench) async throws -> [Int: String] {
        let sessions = try await bench.archive.pollOutcomes().filter { $0.measure == nil }
        return Dictionary(
            sessions.map { one in
                let code = one.fault?.code.rawValue ?? "ok"
                return (one.meterID, [code, one.fault?.parameters["hub"] ?? ""].joined(separator: " "))
            }, uniquingKeysWith: { first, _ in first })
    }

    static func openings(_ bench: PollingBench, at address: LineAddress) async -> Int {
        await bench.opener.openings.filter { $0 == address }.count
    }

    @Test func `one connection carries all meters of a visit and is closed with it`() throws {
        try PollingBench.world().run { world in
            let bench = try PollingBench(world)
            let poller = try await Self.poller(bench, try Self.rows())
            for visit in 1...2 {
                let result = try await poller.poll(template: 1)
                #expect(result.good == 5 && result.total == 5, "hubs are no meters")
                #expect(await Self.openings(bench, at: Self.upper) == visit)
                #expect(await Self.openings(bench, at: Self.lower) == visit)
                #expect(await bench.opener.closings == visit * 2)
            }
        }
    }

    @Test func `between turns of history the far end has its line`() throws {
        try PollingBench.world().run { world in
            let bench = try PollingBench(world)
            let rows = Array(try Self.rows().prefix(3))
            await bench.street.set("101", .init(requestTime: .seconds(25)))
            let poller = try await Self.poller(bench, rows, [.powerProfile])
            #expect(try await poller.poll(template: 1).good == 1)
            let turns = await bench.street.log.filter { $0 == "open 101" }.count
            let openings = await bench.opener.openings.count
            #expect(turns > 2 && openings > 1 && openings <= turns, "\(openings) in \(turns) turns")
            #expect(await bench.opener.closings == openings)
        }
    }

    @Test func `a live question and a synchronisation of clocks keep the connection as well`() throws {
        try PollingBench.world().run { world in
            let bench = try PollingBench(world)
            let poller = try await Self.poller(bench, try Self.rows())
            let answers = await poller.answers(to: LiveQuestion(meters: [1, 2, 3], measure: .clock))
            #expect(answers.values.allSatisfy { (try? $0.get()) != nil } && answers.count == 3)
            #expect(await Self.openings(bench, at: Self.upper) == 1)
            #expect(await bench.opener.closings == 1)
        }
    }

    @Test func `a busy hub is told once, blames no meter and stops nobody else`() throws {
        try PollingBench.world().run { world in
            let bench = try PollingBench(world)
            let poller = try await Self.poller(bench, try Self.rows())
            for address in 101...103 { await bench.street.set("\(address)", .init(failure: Fault(.hubBusy))) }
            for _ in 0..<5 {
                #expect(try await poller.poll(template: 1).good == 2)
                try await world.clock.sleep(for: .seconds(900))
            }
            #expect(await bench.street.log.filter { $0.hasPrefix("open 10") && $0 < "open 104" }.count == 5)
            #expect(await !bench.street.log.contains("open 102"))
            let outcomes = try await Self.outcomes(bench)
            #expect(outcomes[1] == "hub.busy 50" && outcomes[3] == "hub.busy 50" && outcomes[4] == "ok ")
            let conditions = await poller.conditions
            #expect(conditions.prefix(3).allSatisfy { $0.condition == .unknown }, "\(conditions)")
        }
    }

    @Test func `a hub out of reach is tried once a visit, and nothing below it after that`() throws {
        try PollingBench.world().run { world in
            let bench = try PollingBench(world)
            let poller = try await Self.poller(bench, try Self.rows())
            await bench.opener.fail(
                .openFailed("connecting to 10.0.0.1:5050: Connection refused"), at: Self.upper)
            _ = try await poller.poll(template: 1)
            #expect(await Self.openings(bench, at: Self.upper) == 1)
            try await world.clock.sleep(for: .seconds(900))
            await bench.opener.clearLog()
            await bench.street.clearLog()
            #expect(try await poller.poll(template: 1).good == 0)
            #expect(await bench.opener.openings.allSatisfy { $0 == Self.upper }, "the hub below is not tried")
            #expect(await bench.opener.openings.count <= 2)
            #expect(await bench.street.log.isEmpty)
            let outcomes = try await Self.outcomes(bench)
            #expect(outcomes == Dictionary(uniqueKeysWithValues: (1...5).map { ($0, "hub.unreachable 50") }))
            let reason = try await bench.archive.pollOutcomes().first?.fault?.parameters["reason"]
            #expect(reason == "Connection refused")
            await bench.opener.fail(nil, at: Self.upper)
            try await world.clock.sleep(for: .seconds(60))
            #expect(try await poller.poll(template: 1).good == 5)
        }
    }

    @Test func `who asks is told by every meter of the hub without waiting for each`() throws {
        try PollingBench.world().run { world in
            let bench = try PollingBench(world)
            let poller = try await Self.poller(bench, try Self.rows())
            await bench.opener.fail(.openFailed("Connection refused"), at: Self.upper)
            let answers = await poller.answers(to: LiveQuestion(meters: [1, 2, 3, 4], measure: .clock))
            for id in 1...3 {
                guard case .failure(let fault) = answers[id] else {
                    Issue.record("meter \(id): \(String(describing: answers[id]))")
                    continue
                }
                #expect(fault.code == .hubUnreachable)
            }
            #expect(await Self.openings(bench, at: Self.upper) == 1)
        }
    }

    @Test func `a far end that lets us wait and closes was busy, one that stays has a silent meter`() throws {
        try PollingBench.world().run { world in
            let bench = try PollingBench(world)
            let poller = try await Self.poller(bench, try Self.rows())
            await bench.street.set("101", .init(failure: Fault(.meterSilent)))
            await bench.opener.close(Self.upper, after: .seconds(10), by: world.clock)
            _ = try await poller.poll(template: 1)
            #expect(try await Self.outcomes(bench)[2] == "hub.busy 50")
            #expect(await poller.conditions[0].condition == .unknown)

            await bench.opener.close(Self.upper, after: .seconds(3_600), by: world.clock)
            try await world.clock.sleep(for: .seconds(60))
            let begun = world.clock.now
            #expect(try await poller.poll(template: 1).good == 4)
            #expect(try await Self.outcomes(bench)[1] == "meter.silent ")
            let taken = world.clock.now - begun
            #expect(taken >= .seconds(75) && taken < .seconds(85), "once, not for each try: \(taken)")
            let asked = world.clock.now
            _ = await poller.answers(
                to: LiveQuestion(meters: [1, 1], measure: nil, leaseClass: .technician, patience: nil))
            #expect(world.clock.now - asked < .seconds(14), "a person is told sooner")
        }
    }

    @Test func `what a hub kept us from is read within a minute of its return`() throws {
        try PollingBench.world().run { world in
            let bench = try PollingBench(world)
            let poller = try await Self.poller(bench, try Self.rows(), [.dayEnergy])
            for address in 101...103 { await bench.street.set("\(address)", .init(failure: Fault(.hubBusy))) }
            try await withThrowingTaskGroup(of: Bool.self) { group in
                group.addTask {
                    await poller.watchHubs()
                    return false
                }
                group.addTask {
                    _ = try await poller.poll(template: 1)
                    try await world.clock.sleep(for: .seconds(1_800))
                    let looks = await bench.street.log.filter { $0 == "probe 101" }.count
                    #expect((20...35).contains(looks), "\(looks) in half an hour")
                    for address in 101...103 {
                        await bench.street.set("\(address)", .init(serial: "\(address)"))
                    }
                    await bench.street.clearLog()
                    try await world.clock.sleep(for: .seconds(70))
                    let log = await bench.street.log
                    for address in 101...103 {
                        #expect(log.contains { $0.hasPrefix("\(address) ElDayEnergy") }, "\(log)")
                    }
                    #expect(!log.contains { $0.hasPrefix("104") })
                    await bench.street.clearLog()
                    try await world.clock.sleep(for: .seconds(3_600))
                    #expect(await bench.street.log.isEmpty, "nobody is looked for any more")
                    return true
                }
                while let isBody = try await group.next() { if isBody { group.cancelAll() } }
            }
        }
    }

    @Test func `behind a hub there is a serial line, and the speed of the row is nobody's`() throws {
        var configuration = GatewayConfiguration()
        configuration.meters = try Self.rows()
        configuration.meters[2].lineSettings = SerialSettings(speedBaud: 300)
        try PollingBench.world().run { [configuration] world in
            let bench = try PollingBench(world)
            let target = try #require(
                PollTargets([1], in: configuration, drivers: bench).targets.first)
            #expect(target.point.link.transport == .hdlc && target.point.medium == .network)
            #expect(target.settings == .standard)
            #expect(target.point.address == "101")
            #expect(target.line == .tcp(host: "10.0.0.1", port: 5_050))
        }
    }

    @Test(arguments: 1...40) func `the nearest hub with an address carries a meter, however deep`(
        _ seed: Int
    ) throws {
        var chance = SeededChance(seed: UInt64(seed))
        var configuration = GatewayConfiguration()
        var expected: [Int: Int] = [:]
        // A hub behind an earlier one, with or without an address; the first always has one.
        for id in 1...12 {
            let parent = id == 1 || chance.next(4) == 0 ? 0 : 1 + chance.next(id - 1)
            let port: Int? = parent == 0 || chance.next(2) == 0 ? 2_000 + id : nil
            configuration.meters.append(Self.hub(id, port: port, parent: parent))
            expected[id] = port ?? expected[parent]
        }
        for id in 101...130 {
            let parent = 1 + chance.next(12)
            configuration.meters.append(try Self.meter(id, parent: parent))
            expected[id] = expected[parent]
        }
        configuration.meters.shuffle(by: &chance)
        try PollingBench.world().run { [configuration, expected] world in
            let bench = try PollingBench(world)
            let found = PollTargets(configuration.meters.map(\.id), in: configuration, drivers: bench)
            #expect(found.unreachable.isEmpty && found.targets.count == 30)
            for target in found.targets {
                let port = try #require(expected[target.point.id])
                #expect(target.line == .tcp(host: "10.0.0.1", port: port), "meter \(target.point.id)")
                #expect(target.hubs.last?.line == target.line)
            }
        }
    }
}

/// Chance from a seed.
private struct SeededChance {
    private var state: UInt64
    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }
    mutating func next(_ count: Int) -> Int {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Int(state % UInt64(count))
    }
}

extension Array {
    fileprivate mutating func shuffle(by chance: inout SeededChance) {
        for index in indices.dropFirst() { swapAt(index, chance.next(index + 1)) }
    }
}
