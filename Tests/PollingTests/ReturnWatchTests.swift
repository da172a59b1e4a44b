import Archive
import Configuration
import Faults
import Metering
import Polling
import Seams
import Testing
import Timekeeping
import VirtualTime

/// Meters that were given up come back between the polls.
@Suite struct ReturnWatchTests {
    /// Polls of a silent meter 101 until it is given up, at noon and in the quarters after it.
    private static func givenUp(_ bench: PollingBench, _ poller: MeterPoller) async throws {
        await bench.street.set("101", .init(serial: "S101", failure: Fault(.meterSilent)))
        for _ in 0..<3 {
            _ = try await poller.poll(template: 1)
            try await bench.world.clock.sleep(for: .seconds(900))
        }
        guard case .disconnected = await poller.conditions[0].condition else {
            Issue.record("\(await poller.conditions)")
            return
        }
        await bench.street.clearLog()
    }

    /// A poll rule that makes template 1 wanted of all meters.
    private static func polled(_ configuration: inout GatewayConfiguration) {
        configuration.eventRules = [
            EventRule(id: 1, eventType: .scheduler, eventID: 1, actionType: .poller, actionID: 1)
        ]
    }

    /// Runs the watch beside `body`.
    private static func watching(
        _ poller: MeterPoller, _ body: @escaping @Sendable () async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                await poller.watchForReturns()
                return false
            }
            group.addTask {
                try await body()
                return true
            }
            while let isBody = try await group.next() { if isBody { group.cancelAll() } }
        }
    }

    @Test func `who comes back is noticed within ten minutes and what it kept is read at once`() throws {
        try PollingBench.world().run { world in
            let bench = try PollingBench(world)
            let poller = try await bench.poller(
                first: 2, measures: [.dayEnergy, .momentEnergy], change: Self.polled)
            try await Self.watching(poller) {
                try await Self.givenUp(bench, poller)
                // Long enough for the pauses to have grown to their longest.
                try await world.clock.sleep(for: .seconds(7_200 + 437))
                let probes = await bench.street.log.filter { $0 == "probe 101" }.count
                #expect((12...22).contains(probes), "\(probes) in two hours")
                await bench.street.clearLog()
                await bench.street.set("101", .init(serial: "S101"))
                try await world.clock.sleep(for: .seconds(600))
                #expect(await poller.conditions[0].condition == .good)
                let log = await bench.street.log
                #expect(log.filter { $0 == "probe 101" }.count <= 2)
                #expect(log.contains { $0.hasPrefix("101 ElDayEnergy") })
                #expect(!log.contains { $0.contains("ElMomentEnergy") }, "a present value has its own minute")
                #expect(!log.contains { $0.hasSuffix(" 102") }, "only who came back is asked")
            }
        }
    }

    @Test func `a probe that nobody answers writes nothing`() throws {
        try PollingBench.world().run { world in
            let bench = try PollingBench(world)
            let poller = try await bench.poller(first: 1, measures: [.dayEnergy], change: Self.polled)
            try await Self.watching(poller) {
                try await Self.givenUp(bench, poller)
                let before = try await bench.archive.pollOutcomes(meters: [1])
                try await world.clock.sleep(for: .seconds(3_600))
                #expect(await bench.street.log.contains("probe 101"))
                #expect(try await bench.archive.pollOutcomes(meters: [1]) == before)
            }
        }
    }

    @Test func `present values are not asked of who returns, and nobody is probed who answers`() throws {
        try PollingBench.world().run { world in
            let bench = try PollingBench(world)
            let poller = try await bench.poller(first: 1, measures: [.momentEnergy], change: Self.polled)
            try await Self.watching(poller) {
                _ = try await poller.poll(template: 1)
                try await world.clock.sleep(for: .seconds(3_600))
                #expect(await !bench.street.log.contains("probe 101"))
                try await Self.givenUp(bench, poller)
                await bench.street.set("101", .init(serial: "S101"))
                try await world.clock.sleep(for: .seconds(600))
                #expect(await bench.street.log == ["probe 101"])
                #expect(await poller.conditions[0].condition == .unknown)
            }
        }
    }
}
