// The engine in virtual time: what runs, in which order, and what does not.

import Archive
import Configuration
import Events
import Faults
import Logging
import Seams
import Testing
import Timekeeping
import VirtualTime

/// Notes what is asked of it and takes its time.
private actor Recorder: EventActions {
    private(set) var log: [String] = []
    private let clock: any MonotonicClock
    private let duration: Duration
    private let overdue: Bool

    init(clock: any MonotonicClock, duration: Duration = .zero, overdue: Bool = false) {
        self.clock = clock
        self.duration = duration
        self.overdue = overdue
    }

    func perform(_ action: EventAction, planned: CivilStamp) async throws -> (good: Int, total: Int) {
        let name = "\(action) \(planned.description.suffix(8).prefix(5))"
        log.append("+ \(name)")
        if case .poll(9) = action { throw Fault(.lineMissing) }
        try await clock.sleep(for: duration)
        log.append("- \(name)")
        return (1, 1)
    }

    func isOverdue(_ action: EventAction, planned: CivilStamp) async -> Bool { overdue }
}

@Suite("EventEngine")
struct EventEngineTests {
    /// 2026-03-01 00:00:30 in the device's zone.
    static func world() -> VirtualWorld { VirtualWorld(start: WallTime(unixSeconds: 1_772_312_430)) }

    static func configuration(_ schedules: [Schedule], _ rules: [EventRule]) -> GatewayConfiguration {
        var configuration = GatewayConfiguration()
        configuration.schedules = schedules.enumerated().map { ScheduleRow(id: $0 + 1, schedule: $1) }
        configuration.eventRules = rules
        configuration.site.jitterMinutes = 0
        return configuration
    }

    /// Runs an engine for a time and returns what its actions saw.
    private static func log(
        of configuration: GatewayConfiguration, for time: Duration, taking duration: Duration = .zero,
        overdue: Bool = false, journal: (@Sendable ([FiringRecord]) -> Void)? = nil
    ) throws -> [String] {
        try world().run { world in
            let recorder = Recorder(clock: world.clock, duration: duration, overdue: overdue)
            let engine = EventEngine(actions: recorder, clock: world.clock, wall: world.wall, logger: .silent)
            await engine.apply(configuration)
            try await withThrowingTaskGroup { group in
                group.addTask { try await engine.run() }
                try await world.clock.sleep(for: time)
                group.cancelAll()
            }
            await journal?(engine.journal)
            return await recorder.log
        }
    }

    static func poll(_ id: Int, schedule: Int = 1, template: Int = 1) -> EventRule {
        EventRule(id: id, eventID: schedule, actionType: .poller, actionID: template)
    }

    static func publish(_ id: Int, schedule: Int = 1) -> EventRule {
        EventRule(id: id, eventID: schedule, actionType: .mqttPublication, actionID: 1)
    }

    @Test("REQ-003: with schedules but no rules nothing runs")
    func nothing() throws {
        let configuration = EventEngineTests.configuration([.every(minutes: 1)], [])
        #expect(try EventEngineTests.log(of: configuration, for: .seconds(86_400)).isEmpty)
    }

    @Test("a rule fires on its planned minutes, and not for a moment before it was armed that is satisfied")
    func firing() throws {
        let configuration = EventEngineTests.configuration([.every(minutes: 15)], [EventEngineTests.poll(1)])
        let log = try EventEngineTests.log(of: configuration, for: .seconds(3_600))
        #expect(
            log.filter { $0.hasPrefix("+") }.map { String($0.suffix(5)) } == [
                "00:15", "00:30", "00:45", "01:00",
            ])
    }

    @Test("D4: a poll whose last planned firing is not in the archive runs once when armed")
    func backfill() throws {
        let configuration = EventEngineTests.configuration(
            [.daily(hour: 1, minute: 30)], [EventEngineTests.poll(1)])
        let log = try EventEngineTests.log(of: configuration, for: .seconds(60), overdue: true)
        #expect(log == ["+ poll(template: 1) 01:30", "- poll(template: 1) 01:30"])
    }

    @Test("REQ-233: a publication of the same schedule waits until the poll has ended")
    func publicationAfterPoll() throws {
        let configuration = EventEngineTests.configuration(
            [.every(minutes: 30)], [EventEngineTests.poll(1), EventEngineTests.publish(2)])
        let log = try EventEngineTests.log(of: configuration, for: .seconds(2_700), taking: .seconds(600))
        #expect(
            log == [
                "+ poll(template: 1) 00:30", "- poll(template: 1) 00:30", "+ publish(publication: 1) 00:30",
            ])
    }

    @Test("a poll that lasts and lasts does not keep back what is in the archive already")
    func longPollBeforePublication() throws {
        let configuration = EventEngineTests.configuration(
            [.every(minutes: 30)], [EventEngineTests.poll(1), EventEngineTests.publish(2)])
        let log = try EventEngineTests.log(of: configuration, for: .seconds(2_700), taking: .seconds(7_200))
        #expect(log == ["+ poll(template: 1) 00:30", "+ publish(publication: 1) 00:30"])
    }

    @Test("REQ-232: firings of a rule that still runs become one further run")
    func coalescing() throws {
        let configuration = EventEngineTests.configuration([.every(minutes: 5)], [EventEngineTests.poll(1)])
        let log = try EventEngineTests.log(of: configuration, for: .seconds(2_400), taking: .seconds(720)) {
            records in
            #expect(records.filter { $0.outcome == .coalesced }.count >= 4)
        }
        #expect(
            zip(log, log.dropFirst()).allSatisfy { $0.prefix(1) != $1.prefix(1) }, "never two at once: \(log)"
        )
        #expect(log.filter { $0.hasPrefix("+") }.count == 3)
    }

    @Test("a failed action is journaled with its fault and does not stop the others")
    func failure() throws {
        let configuration = EventEngineTests.configuration(
            [.every(minutes: 30)], [EventEngineTests.poll(1, template: 9), EventEngineTests.poll(2)])
        let log = try EventEngineTests.log(of: configuration, for: .seconds(1_900)) { records in
            #expect(
                records.suffix(2).map(\.outcome) == [.failed(Fault(.lineMissing)), .done(good: 1, total: 1)])
        }
        #expect(log.last == "- poll(template: 1) 00:30")
    }

    @Test("R7: talk to the outside waits for the device's jitter, polls do not")
    func jitter() throws {
        var configuration = EventEngineTests.configuration(
            [.daily(hour: 0, minute: 5)], [EventEngineTests.poll(1), EventEngineTests.publish(2)])
        configuration.site.jitterMinutes = 10
        configuration.site.serialNumber = "123456789012"
        let early = try EventEngineTests.log(of: configuration, for: .seconds(275))
        #expect(early == ["+ poll(template: 1) 00:05", "- poll(template: 1) 00:05"])
        #expect(try EventEngineTests.log(of: configuration, for: .seconds(900)).count == 4)
    }

    @Test("a clock stepped while running neither loses nor doubles a daily firing")
    func steps() throws {
        let log = try EventEngineTests.world().run { world in
            let recorder = Recorder(clock: world.clock)
            let engine = EventEngine(actions: recorder, clock: world.clock, wall: world.wall, logger: .silent)
            await engine.apply(
                EventEngineTests.configuration([.daily(hour: 1, minute: 30)], [EventEngineTests.poll(1)]))
            try await withThrowingTaskGroup { group in
                group.addTask { try await engine.run() }
                try await world.clock.sleep(for: .seconds(600))
                world.wall.step(seconds: 2 * 3_600)
                try await world.clock.sleep(for: .seconds(600))
                world.wall.step(seconds: -2 * 3_600)
                try await world.clock.sleep(for: .seconds(7_200))
                group.cancelAll()
            }
            return await recorder.log
        }
        #expect(log.filter { $0.hasPrefix("+") }.count == 1)
    }

    @Test("the journal goes on after a restart, with numbers that go on, and can be read a page at a time")
    func journalAfterRestart() throws {
        let entries = try EventEngineTests.world().run { world in
            let archive = try MeterArchive(path: ":memory:", wall: world.wall)
            var engine = EventEngine(
                actions: Recorder(clock: world.clock), archive: archive, clock: world.clock, wall: world.wall,
                logger: .silent)
            for _ in 0..<2 {
                engine = EventEngine(
                    actions: Recorder(clock: world.clock), archive: archive, clock: world.clock,
                    wall: world.wall, logger: .silent)
                await engine.apply(
                    EventEngineTests.configuration([.every(minutes: 5)], [EventEngineTests.poll(1)]))
                let running = engine
                try await withThrowingTaskGroup { group in
                    group.addTask { try await running.run() }
                    try await world.clock.sleep(for: .seconds(3_600))
                    group.cancelAll()
                }
            }
            let newest = try await engine.firings(before: nil, limit: 5)
            let rest = try await engine.firings(before: newest.last?.number, limit: 1_000)
            return newest + rest
        }
        #expect(entries.map(\.number) == (1...entries.count).reversed())
        #expect(entries.count >= 24)
        #expect(entries.allSatisfy { $0.action.type == "Poller" && $0.rule == 1 })
        #expect(entries.first?.result == .done && entries.first?.good == 1)
    }

    @Test(
        "REQ-221, 259: a change of an input starts its rules in their order; a publication waits for the poll"
    )
    func inputs() throws {
        var configuration = EventEngineTests.configuration([.daily(hour: 4, minute: 0)], [])
        configuration.discreteInputs = [
            DiscreteInputRow(id: 1, input: 2, expectation: .appearance),
            DiscreteInputRow(id: 2, input: 2, expectation: .ignored),
        ]
        configuration.eventRules = [
            EventRule(id: 1, eventType: .discreteInput, eventID: 2, actionType: .poller, actionID: 5),
            EventRule(
                id: 4, eventType: .discreteInput, eventID: 1, actionType: .mqttPublication, actionID: 1),
            EventRule(id: 2, eventType: .discreteInput, eventID: 1, actionType: .poller, actionID: 1),
            EventRule(
                id: 3, eventType: .discreteInput, eventID: 1, actionType: .timeSynchronization, actionID: 7),
        ]
        configuration.site.jitterMinutes = 10
        let edited = configuration
        let (log, records) = try EventEngineTests.world().run { world in
            let recorder = Recorder(clock: world.clock, duration: .seconds(5))
            let inputs = VirtualInputs(clock: world.clock, wall: world.wall)
            let engine = EventEngine(
                actions: recorder, inputs: inputs, clock: world.clock, wall: world.wall, logger: .silent)
            await engine.apply(edited)
            try await withThrowingTaskGroup { group in
                group.addTask { try await engine.run() }
                try await world.clock.sleep(for: .seconds(100))
                for _ in 0..<4 {
                    inputs.set(2, true)
                    try await world.clock.sleep(for: .milliseconds(9))
                    inputs.set(2, false)
                    try await world.clock.sleep(for: .milliseconds(9))
                }
                try await world.clock.sleep(for: .seconds(1))
                inputs.set(2, true)
                try await world.clock.sleep(for: .seconds(20))
                inputs.set(2, false)
                try await world.clock.sleep(for: .seconds(20))
                group.cancelAll()
            }
            return (await recorder.log, await engine.journal)
        }
        #expect(
            log == [
                "+ poll(template: 1) 00:02", "+ synchronizeClocks(group: 7) 00:02",
                "- poll(template: 1) 00:02", "+ publish(publication: 1) 00:02",
                "- synchronizeClocks(group: 7) 00:02", "- publish(publication: 1) 00:02",
            ]
                || log == [
                    "+ poll(template: 1) 00:02", "+ synchronizeClocks(group: 7) 00:02",
                    "- poll(template: 1) 00:02", "- synchronizeClocks(group: 7) 00:02",
                    "+ publish(publication: 1) 00:02", "- publish(publication: 1) 00:02",
                ], "\(log)")
        #expect(records.map(\.firing.armed.rule.id) == [2, 3, 4])
        #expect(records.allSatisfy { $0.outcome == .done(good: 1, total: 1) })
    }

    @Test("the next firings are told for schedules that a rule waits for")
    func next() throws {
        let next = try EventEngineTests.world().run { world in
            let engine = EventEngine(
                actions: Recorder(clock: world.clock), clock: world.clock, wall: world.wall, logger: .silent)
            await engine.apply(
                EventEngineTests.configuration(
                    [.every(minutes: 15), .daily(hour: 4, minute: 0)], [EventEngineTests.poll(1)]))
            return await engine.nextFirings.map {
                "\($0.schedule) \($0.time.iso8601(in: ZoneOffset(minutes: 180)))"
            }
        }
        #expect(next == ["1 2026-03-01T00:15:00+03:00"])
    }

    @Test(
        "R7: zone and jitter follow the configuration while the engine runs; only scheduled outside talk waits"
    )
    func followsConfiguration() throws {
        var configuration = EventEngineTests.configuration(
            [.daily(hour: 4, minute: 0)],
            [
                EventEngineTests.poll(1), EventEngineTests.publish(2),
                EventRule(
                    id: 3, eventType: .discreteInput, eventID: 1, actionType: .mqttPublication, actionID: 1),
            ])
        configuration.discreteInputs = [DiscreteInputRow(id: 1, input: 1, expectation: .change)]
        configuration.site = SiteSettings(serialNumber: "123456789012", jitterMinutes: 10)
        let first = configuration
        configuration.time = TimeSettings(hours: 5)
        configuration.site.jitterMinutes = 0
        let second = configuration
        let told = try EventEngineTests.world().run { world in
            let engine = EventEngine(
                actions: Recorder(clock: world.clock), clock: world.clock, wall: world.wall, logger: .silent)
            var told: [(WallTime?, [Int: Int])] = []
            for configuration in [first, second] {
                await engine.apply(configuration)
                told.append((await engine.nextFirings.first?.time, await engine.jitters))
            }
            return told
        }
        let expected = first.site.jitterSeconds(atMost: 600)
        #expect(expected > 0)
        #expect(told.map(\.1) == [[2: expected], [:]])
        let hours = told.compactMap { $0.0?.unixSeconds }
        #expect(hours.count == 2 && hours[0] - hours[1] == 2 * 3_600)
    }

    @Test(
        "REQ-232: an input that changes while its rule runs is one further run, and every change is journaled"
    )
    func inputCoalescing() throws {
        var configuration = EventEngineTests.configuration([], [])
        configuration.discreteInputs = [DiscreteInputRow(id: 1, input: 1, expectation: .change)]
        configuration.eventRules = [
            EventRule(id: 1, eventType: .discreteInput, eventID: 1, actionType: .poller, actionID: 1)
        ]
        let edited = configuration
        let (log, records) = try EventEngineTests.world().run { world in
            let recorder = Recorder(clock: world.clock, duration: .seconds(60))
            let inputs = VirtualInputs(clock: world.clock, wall: world.wall)
            let engine = EventEngine(
                actions: recorder, inputs: inputs, clock: world.clock, wall: world.wall, logger: .silent)
            await engine.apply(edited)
            try await withThrowingTaskGroup { group in
                group.addTask { try await engine.run() }
                try await world.clock.sleep(for: .seconds(1))
                for step in 0..<6 {
                    inputs.set(1, step % 2 == 0)
                    try await world.clock.sleep(for: .seconds(5))
                }
                try await world.clock.sleep(for: .seconds(300))
                group.cancelAll()
            }
            return (await recorder.log, await engine.journal)
        }
        #expect(log.filter { $0.hasPrefix("+") }.count == 2)
        #expect(records.map(\.outcome).filter { $0 == .coalesced }.count == 5)
        #expect(records.first?.outcome == .done(good: 1, total: 1))
    }
}
