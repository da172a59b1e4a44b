// «Синхронизация времени» (R1, R6, R23): whose clock is written, when, how often, and what is remembered.

import Archive
import Configuration
import Faults
import Metering
import Polling
import Seams
import Testing
import Timekeeping
import VirtualTime

@Suite struct ClockRoundTests {
    /// A bench with a group of meters whose clocks are off by so many seconds; 12:15 in the device's zone.
    @discardableResult
    private static func scenario<Value: Sendable>(
        off differences: [Int32],
        _ body: @escaping @Sendable (PollingBench, MeterPoller, GatewayConfiguration) async throws -> Value
    ) throws -> Value {
        try PollingBench.world().run { world in
            let bench = try PollingBench(world)
            try await world.clock.sleep(for: .seconds(900))
            for (index, difference) in differences.enumerated() {
                let serial = "S\(101 + index)"
                await bench.street.set(
                    "\(101 + index)", .init(serial: serial, clockDifference: difference))
            }
            let poller = try await bench.poller(first: differences.count) {
                $0.groups = [MeterGroup(id: 3, name: "Дом", meters: [])]
            }
            return try await body(bench, poller, poller.configuration)
        }
    }

    private static func writes(_ bench: PollingBench) async -> [String] {
        await bench.street.log.filter { $0.contains(" clock") }
    }

    @Test func clocksBeyondTheToleranceAreShiftedOnceAndTheOthersLeftAlone() throws {
        try ClockRoundTests.scenario(off: [0, 3, 40, -25]) { bench, poller, _ in
            let (good, total) = try await poller.synchronise(group: 3)
            #expect((good, total) == (4, 4))
            #expect(await ClockRoundTests.writes(bench) == ["103 clock shifted -40", "104 clock shifted 25"])
            let entries = try await bench.archive.clockEntries(limit: 9)
            #expect(entries.map(\.meterID) == [4, 3])
            #expect(entries.map(\.before) == [-25, 40])
            #expect(entries.map(\.after) == [0, 0])
            #expect(entries.allSatisfy { $0.occasion == .event && $0.manner == .shifted })
            let outcomes = try await bench.archive.pollOutcomes().filter { $0.measure == .clock }
            #expect(outcomes.map(\.meterID) == [1, 2, 3, 4])
            #expect(outcomes.allSatisfy { $0.fault == nil })
        }
    }

    @Test func aMeterIsCorrectedOnceADayOverRestartsAndLostAnswers() throws {
        try ClockRoundTests.scenario(off: [40]) { bench, poller, configuration in
            // Identity, clock, interval, shift: the answer to the shift is lost.
            await bench.street.set("101", .init(serial: "S101", clockDifference: 40, breaksAfter: 1))
            #expect(try await poller.synchronise(group: 3).good == 0)
            #expect(await ClockRoundTests.writes(bench) == ["101 clock shifted -40"])
            #expect(try await bench.archive.clockEntries(limit: 9).map(\.fault?.code) == [.meterSilent])
            await bench.street.clearLog()
            await bench.street.set("101", .init(serial: "S101", clockDifference: 40))
            let restarted = try await bench.poller(configuration)
            #expect(try await restarted.synchronise(group: 3).good == 0)
            #expect(await ClockRoundTests.writes(bench).isEmpty)
            let outcome = try await bench.archive.pollOutcomes().first { $0.measure == .clock }
            #expect(outcome?.fault == Fault(.clockCorrectedToday, ["seconds": "40"]))
            try await bench.world.clock.sleep(for: .seconds(86_400))
            #expect(try await restarted.synchronise(group: 3).good == 1)
            #expect(await ClockRoundTests.writes(bench) == ["101 clock shifted -40"])
        }
    }

    @Test func nearABoundaryTheClockIsVisitedAgainWhenItMayBeWritten() throws {
        try ClockRoundTests.scenario(off: [20, 0]) { bench, poller, _ in
            // The schedule's own minute is the worst one: 12:30:00, at the meter 12:30:20.
            try await bench.world.clock.sleep(for: .seconds(900))
            let began = bench.world.clock.now
            #expect(try await poller.synchronise(group: 3).good == 2)
            let lasted = bench.world.clock.now - began
            #expect(lasted > .seconds(25) && lasted < .seconds(35), "\(lasted)")
            #expect(await ClockRoundTests.writes(bench) == ["101 clock shifted -20"])
        }
    }

    @Test func betweenTheBoundariesOfHoursAClockWaitsForItsMomentLongerThanHalfAnHour() throws {
        try ClockRoundTests.scenario(off: [0]) { bench, _, _ in
            // 12:37 by the gateway and 12:50 by the meter, too near the hour: only from
            // 13:13 to 13:33 by the gateway both are 804 s away from one.
            try await bench.world.clock.sleep(for: .seconds(1_320))
            await bench.street.set("101", .init(serial: "S101", interval: 60, clockDifference: 799))
            let poller = try await bench.poller(first: 1) {
                $0.groups = [MeterGroup(id: 3, name: "Дом", meters: [])]
            }
            #expect(try await poller.synchronise(group: 3).good == 1)
            #expect(await ClockRoundTests.writes(bench) == ["101 clock shifted -799"])
            let now = bench.world.wall.now.civil(in: ZoneOffset(minutes: 180))
            #expect(now.description.hasPrefix("2026-03-01 13:13:2"))
        }
    }

    @Test func aboutMidnightClocksWaitUntilTenPast() throws {
        try ClockRoundTests.scenario(off: [20]) { bench, poller, _ in
            try await bench.world.clock.sleep(for: .seconds(12 * 3_600 - 900))
            #expect(try await poller.synchronise(group: 3).good == 1)
            let entry = try await bench.archive.clockEntries(limit: 1).first
            let at = try #require(entry?.at.civil(in: ZoneOffset(minutes: 180)))
            #expect(at.secondOfDay >= 600 && at.secondOfDay < 700)
        }
    }

    @Test func aDifferenceTooLargeForAShiftIsForAPerson() throws {
        try ClockRoundTests.scenario(off: [3_600]) { bench, poller, _ in
            #expect(try await poller.synchronise(group: 3).good == 0)
            #expect(await ClockRoundTests.writes(bench).isEmpty)
            let outcome = try await bench.archive.pollOutcomes().first { $0.measure == .clock }
            #expect(outcome?.fault == Fault(.clockBeyondShift, ["seconds": "3600"]))
            let answers = await poller.answers(
                to: LiveQuestion(meters: [1], measure: .clock, patience: nil, correctsClock: true))
            #expect(throws: Never.self) { try answers[1]?.get() }
            let entry = try await bench.archive.clockEntries(limit: 1).first
            #expect(entry?.occasion == .person)
            #expect(entry?.manner == .set)
        }
    }

    @Test func untrustedTimeWritesNothing() throws {
        try ClockRoundTests.scenario(off: [40]) { bench, poller, _ in
            bench.world.wall.setTrusted(false)
            await #expect(throws: Fault(.timeUntrusted)) { try await poller.synchronise(group: 3) }
            #expect(await bench.street.log.isEmpty)
        }
    }

    /// The same meters with a poll template of days, and a rule that keeps their clocks.
    private static func polled(
        _ configuration: GatewayConfiguration, keepsClocks: Bool = false
    ) -> GatewayConfiguration {
        var polled = configuration
        polled.dataTemplates = [DataTemplate(name: "days", types: ["ElDayEnergy"])]
        polled.pollTemplates = [PollTemplate(id: 1, dataTemplate: "days")]
        if keepsClocks {
            polled.eventRules = [
                EventRule(
                    id: 1, eventType: .scheduler, eventID: 1, actionType: .timeSynchronization, actionID: 3)
            ]
        }
        return polled
    }

    @Test func aClockThatWasOutOfReachIsPutRightByTheNextPollAndByNoOther() throws {
        try ClockRoundTests.scenario(off: [40, 0]) { bench, poller, configuration in
            await bench.street.set("101", .init(serial: "S101", clockDifference: 40, breaksAfter: 0))
            #expect(try await poller.synchronise(group: 3).good == 1)
            #expect(await ClockRoundTests.writes(bench).isEmpty)
            await bench.street.set("101", .init(serial: "S101", clockDifference: 40))
            await poller.apply(ClockRoundTests.polled(configuration, keepsClocks: true))
            // What a person asks for leaves clocks alone.
            _ = await poller.poll(meters: [1, 2], measures: [.dayEnergy])
            #expect(await ClockRoundTests.writes(bench).isEmpty)
            _ = try await poller.poll(template: 1)
            #expect(await ClockRoundTests.writes(bench) == ["101 clock shifted -40"])
            try await bench.world.clock.sleep(for: .seconds(86_400))
            await bench.street.clearLog()
            _ = try await poller.poll(template: 1)
            #expect(await ClockRoundTests.writes(bench).isEmpty)
        }
    }

    @Test func withoutTrustedTimeClocksAreOwedUntilItIsTrusted() throws {
        try ClockRoundTests.scenario(off: [40]) { bench, poller, configuration in
            await poller.apply(ClockRoundTests.polled(configuration))
            bench.world.wall.setTrusted(false)
            await #expect(throws: Fault(.timeUntrusted)) { try await poller.synchronise(group: 3) }
            _ = try await poller.poll(template: 1)
            #expect(await ClockRoundTests.writes(bench).isEmpty)
            bench.world.wall.setTrusted(true)
            _ = try await poller.poll(template: 1)
            #expect(await ClockRoundTests.writes(bench) == ["101 clock shifted -40"])
        }
    }

    @Test func aMeterHungUpInPlaceOfAnotherHasItsClockPutRightByTheSamePoll() throws {
        try ClockRoundTests.scenario(off: [0]) { bench, poller, configuration in
            await poller.apply(ClockRoundTests.polled(configuration, keepsClocks: true))
            _ = try await poller.poll(template: 1)
            await bench.street.set("101", .init(serial: "S901", clockDifference: 40))
            try await bench.world.clock.sleep(for: .seconds(86_400))
            _ = try await poller.poll(template: 1)
            #expect(await ClockRoundTests.writes(bench) == ["101 clock shifted -40"])
        }
    }

    @Test func aMissedSynchronisationIsOverdueUntilTheClocksHaveBeenLookedAt() throws {
        try ClockRoundTests.scenario(off: [0, 40]) { bench, poller, configuration in
            let planned = bench.world.wall.now.civil(in: configuration.time.offset)
            #expect(await poller.areClocksOverdue(group: 3, planned: planned))
            _ = try await poller.synchronise(group: 3)
            #expect(await poller.areClocksOverdue(group: 3, planned: planned) == false)
            #expect(await poller.areClocksOverdue(group: 3, planned: planned.adding(seconds: 86_400)))
        }
    }

    @Test func aGroupThatIsGoneIsAFault() throws {
        try ClockRoundTests.scenario(off: [40]) { _, poller, _ in
            await #expect(throws: Fault(.notFound, ["value": "9"])) { try await poller.synchronise(group: 9) }
        }
    }
}
