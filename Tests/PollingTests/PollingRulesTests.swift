// Polling by the rules of the field, in virtual time over meters without octets.

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

@Suite("Polling")
struct PollingRulesTests {
    @Test("D4: the second poll asks only for what has come due since")
    func gaps() throws {
        try PollingBench.world().run { world in
            let bench = try PollingBench(world)
            let poller = try await bench.poller(first: 1, measures: [.powerProfile])
            let first = try await poller.poll(template: 1)
            #expect(first.good == 1 && first.total == 1)
            await bench.street.clearLog()
            #expect(try await poller.poll(template: 1).good == 1)
            #expect(await bench.street.log.isEmpty, "nothing is due: no session")
            try await world.clock.sleep(for: .seconds(3_720))
            _ = try await poller.poll(template: 1)
            let log = await bench.street.log.filter { $0.contains("ElArr1ConsPower") }
            #expect(log == ["101 ElArr1ConsPower 2026-03-01 12:00:00…2026-03-01 13:00:00"])
        }
    }

    @Test("R16: start of day, what expires within a day, the newest day, then backwards")
    func order() throws {
        try PollingBench.world().run { world in
            let bench = try PollingBench(world)
            let poller = try await bench.poller(
                first: 1, measures: [.powerProfile, .momentEnergy, .dayEnergy])
            _ = try await poller.poll(template: 1)
            let log = await bench.street.log.filter { !$0.hasPrefix("open") && !$0.contains("interval") }
            #expect(log[0].hasPrefix("101 ElDayEnergy 2026-01-21 00:00:00…2026-03-01"))
            #expect(log[1] == "101 ElMomentEnergy")
            #expect(log[2].hasPrefix("101 ElArr1ConsPower 2025-12-01 12:00:00…2025-12-02 12:00:00"))
            #expect(log[3].hasPrefix("101 ElArr1ConsPower 2026-02-28 12:00:00…2026-03-01 11:30:00"))
            #expect(log[4].hasPrefix("101 ElArr1ConsPower 2026-02-23 12:00:00…2026-02-28 11:30:00"))
        }
    }

    @Test("R15: what the meter never had is asked for in growing stretches, once")
    func young() throws {
        try PollingBench.world().run { world in
            let bench = try PollingBench(world)
            let bornAt = try #require(CivilStamp(year: 2026, month: 2, day: 27))
            await bench.street.set("101", .init(serial: "7", bornAt: bornAt))
            let poller = try await bench.poller(first: 1, measures: [.powerProfile])
            _ = try await poller.poll(template: 1)
            let asked = await bench.street.log.filter { $0.contains("ElArr1ConsPower") }.count
            #expect((4...14).contains(asked), "\(asked)")
            let missing = try await bench.archive.missing(
                meter: 1, measure: .powerProfile,
                window: CivilStamp(seconds: 0)...bornAt.adding(seconds: 5 * 86_400))
            #expect(missing.allSatisfy { $0.lowerBound > bornAt.adding(seconds: 2 * 86_400) })
            await bench.street.clearLog()
            _ = try await poller.poll(template: 1)
            #expect(await bench.street.log.isEmpty)
        }
    }

    @Test("D5: a meter that a transit client may have a link with is polled last, once that has timed out")
    func engaged() throws {
        try PollingBench.world().run { world in
            let bench = try PollingBench(world)
            let poller = try await bench.poller(first: 3, measures: [.momentEnergy])
            let end = world.clock.now + .seconds(90)
            let client = LeaseRequest(
                line: .interface("Iface1"), leaseClass: .remote, owner: "transit", patience: .zero)
            try await bench.lines.withLease(client, isolation: nil) {
                await $0.leave([StationAddress(logical: 1, physical: 101): end])
            }
            let live = await poller.answers(to: LiveQuestion(meters: [1], measure: .momentEnergy))
            #expect(live[1].map { (try? $0.get()) != nil } == true, "people do not wait")
            await bench.street.clearLog()
            let polled = try await poller.poll(template: 1)
            #expect(polled.good == 3)
            let opened = await bench.street.log.filter { $0.hasPrefix("open") }
            #expect(opened == ["open 102", "open 103", "open 101"])
            #expect(world.clock.now >= end)
            let outcomes = try await bench.archive.pollOutcomes()
            #expect(outcomes.allSatisfy { $0.fault == nil })
        }
    }

    @Test("R26: new transit clients wait for start-of-day rows, not for history, and not for dead meters")
    func midnightPass() throws {
        try PollingBench.world().run { world in
            let bench = try PollingBench(world)
            let poller = try await bench.poller(first: 3, measures: [.dayEnergy, .powerProfile])
            let line = LineID.interface("Iface1")
            let waited = try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { _ = try await poller.poll(template: 1) }
                try await world.clock.sleep(for: .milliseconds(100))
                let began = world.clock.now
                await bench.lines.waitForMidnightPass(on: line, limit: .seconds(60))
                let waited = world.clock.now - began
                let days = await bench.street.log.filter { $0.contains("ElDayEnergy") }
                #expect(days.count == 3, "every meter was asked for its row")
                #expect(await bench.lines.isHeld(line), "history is still being collected")
                try await group.waitForAll()
                return waited
            }
            #expect(waited > .seconds(1) && waited < .seconds(60))
            // A meter that fails does not keep clients waiting all day long.
            await bench.street.set("101", .init(failure: Fault(.meterSilent)))
            try await world.clock.sleep(for: .seconds(86_400))
            _ = try await poller.poll(template: 1)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { _ = try await poller.poll(template: 1) }
                try await world.clock.sleep(for: .milliseconds(100))
                let began = world.clock.now
                await bench.lines.waitForMidnightPass(on: line, limit: .seconds(60))
                #expect(world.clock.now == began)
                try await group.waitForAll()
            }
        }
    }

    @Test("R22: a refused password is not tried again for 25 hours, also over a restart; a technician may")
    func password() throws {
        try PollingBench.world().run { world in
            let bench = try PollingBench(world)
            await bench.street.set("101", .init(failure: Fault(.meterRefusedPassword)))
            let poller = try await bench.poller(first: 1, measures: [.momentEnergy])
            for _ in 0..<24 {
                #expect(try await poller.poll(template: 1).good == 0)
                try await world.clock.sleep(for: .seconds(3_600))
            }
            #expect(await bench.street.log == ["open 101"])
            let restarted = try await bench.poller(await poller.configuration)
            #expect(try await restarted.poll(template: 1).good == 0)
            let client = await restarted.answers(to: LiveQuestion(meters: [1], measure: .clock))
            #expect(
                client[1].map {
                    if case .failure(let fault) = $0 { fault.code == .meterBlocked } else { false }
                } == true)
            #expect(await bench.street.log == ["open 101"])
            await bench.street.set("101", .init(serial: "7"))
            let person = await restarted.answers(
                to: LiveQuestion(meters: [1], measure: .clock, leaseClass: .technician))
            #expect((try? person[1]?.get())?.identity.serial == "7")
            #expect(try await restarted.poll(template: 1).good == 1, "an answer lifts the block")
        }
    }

    @Test("R22: after the block exactly one automatic try")
    func oneTry() throws {
        try PollingBench.world().run { world in
            let bench = try PollingBench(world)
            await bench.street.set("101", .init(failure: Fault(.meterRefusedPassword)))
            let poller = try await bench.poller(first: 1, measures: [.momentEnergy])
            for _ in 0..<51 {
                _ = try await poller.poll(template: 1)
                try await world.clock.sleep(for: .seconds(3_600))
            }
            #expect(await bench.street.log.count == 3, "at 0, 25 and 50 hours")
        }
    }

    @Test("a silent meter is asked twice in a poll, then ever more rarely, and hinders nobody")
    func silent() throws {
        try PollingBench.world().run { world in
            let bench = try PollingBench(world)
            await bench.street.set("102", .init(failure: Fault(.meterSilent)))
            let poller = try await bench.poller(first: 3, measures: [.momentEnergy])
            let result = try await poller.poll(template: 1)
            #expect(result.good == 2 && result.total == 3)
            #expect(
                await bench.street.log.filter { $0.hasPrefix("open") } == [
                    "open 101", "open 102", "open 103", "open 102",
                ])
            await bench.street.clearLog()
            for _ in 0..<288 {
                try await world.clock.sleep(for: .seconds(300))
                _ = try await poller.poll(template: 1)
            }
            let log = await bench.street.log
            // Given up, it has to answer a probe first: no session is wasted on it any more.
            let probes = log.filter { $0 == "probe 102" }.count
            #expect((130...160).contains(probes), "about one in ten minutes: \(probes)")
            #expect(log.filter { $0 == "open 102" }.count <= 6)
            #expect(await bench.street.log.filter { $0 == "open 101" }.count == 288)
            let conditions = await poller.conditions
            #expect(conditions.map(\.condition)[0] == .good)
            if case .disconnected(let fault, _) = conditions[1].condition {
                #expect(fault.code == .meterSilent)
            } else {
                Issue.record("\(conditions[1])")
            }
            await bench.street.set("102", .init(serial: "S102"))
            try await world.clock.sleep(for: .seconds(600))
            await bench.street.clearLog()
            #expect(try await poller.poll(template: 1).good == 3)
            let answered = await bench.street.log.filter { $0.hasSuffix(" 102") && !$0.contains("Moment") }
            #expect(answered == ["probe 102", "open 102"])
            #expect(await poller.conditions[1].condition == .good)
        }
    }

    @Test("a meter that never told its interval is not taken for complete when it is silent")
    func silentProfile() throws {
        try PollingBench.world().run { world in
            let bench = try PollingBench(world)
            await bench.street.set("101", .init(failure: Fault(.meterSilent)))
            let poller = try await bench.poller(first: 1, measures: [.powerProfile])
            #expect(try await poller.poll(template: 1).good == 0)
        }
    }

    @Test("a meter that answers again is polled at once and its gap is filled")
    func back() throws {
        try PollingBench.world().run { world in
            let bench = try PollingBench(world)
            let poller = try await bench.poller(first: 1, measures: [.powerProfile])
            _ = try await poller.poll(template: 1)
            await bench.street.set("101", .init(serial: "S101", failure: Fault(.meterSilent)))
            for _ in 0..<48 {
                try await world.clock.sleep(for: .seconds(1_800))
                _ = try await poller.poll(template: 1)
            }
            await bench.street.set("101", .init(serial: "S101"))
            try await world.clock.sleep(for: .seconds(3_720))
            #expect(try await poller.poll(template: 1).good == 1)
            let now = world.wall.now.civil(in: ZoneOffset(minutes: 180))
            let missing = try await bench.archive.missing(
                meter: 1, measure: .powerProfile,
                window: now.adding(seconds: -5 * 86_400)...now.adding(seconds: -1_920))
            #expect(missing.isEmpty, "\(missing)")
        }
    }

    @Test("of a thousand TCP meters so many are polled at once, and every one, and interfaces wait for none")
    func manyConnections() throws {
        try PollingBench.world().run { world in
            let bench = try PollingBench(world)
            let poller = try await bench.poller(first: 151, measures: [.momentEnergy]) { configuration in
                for index in configuration.meters.indices.dropLast() {
                    configuration.meters[index].interface = .ethernet
                    configuration.meters[index].address = "10.0.0.\(index):4059"
                }
            }
            let result = try await poller.poll(template: 1)
            #expect(result.good == 151 && result.total == 151)
            #expect((60...65).contains(await bench.street.sessionsAtMost))
            let opened = await bench.street.log.filter { $0.hasPrefix("open") }
            #expect(opened.prefix(65).contains("open 251"), "the meter of the interface")
        }
    }

    @Test("a session that breaks keeps what it brought and goes on from there")
    func broken() throws {
        try PollingBench.world().run { world in
            let bench = try PollingBench(world)
            await bench.street.set("101", .init(serial: "7", breaksAfter: 1))
            let poller = try await bench.poller(
                first: 1, measures: [.dayEnergy, .momentEnergy, .momentQuality])
            #expect(try await poller.poll(template: 1).good == 0)
            #expect(try await bench.archive.newest(meter: 1, measure: .dayEnergy) != nil)
            let outcomes = try await bench.archive.pollOutcomes(meters: [1])
            #expect(outcomes.first { $0.measure == nil }?.fault?.code == .meterSilent)
            #expect(outcomes.first { $0.measure == .momentEnergy }?.fault == nil)
        }
    }

    @Test("REQ-202: a measure the meter lacks is noted with its reason and does not fail the poll")
    func unsupported() throws {
        try PollingBench.world().run { world in
            let bench = try PollingBench(world)
            await bench.street.set("101", .init(serial: "7", unsupported: [.momentQuality, .powerProfile]))
            let poller = try await bench.poller(
                first: 1, measures: [.momentQuality, .powerProfile, .dayEnergy])
            #expect(try await poller.poll(template: 1).good == 1)
            let outcomes = try await bench.archive.pollOutcomes(meters: [1])
            #expect(outcomes.first { $0.measure == .momentQuality }?.fault?.code == .meterUnsupported)
            #expect(outcomes.first { $0.measure == .powerProfile }?.fault?.code == .meterUnsupported)
            #expect(outcomes.first { $0.measure == .dayEnergy }?.fault == nil)
        }
    }

    @Test("R9: rows that mean one meter share a session, and each row has the data")
    func aliases() throws {
        try PollingBench.world().run { world in
            let bench = try PollingBench(world)
            let poller = try await bench.poller(first: 2, measures: [.momentEnergy]) { configuration in
                configuration.meters[1].address = configuration.meters[0].address
            }
            let result = try await poller.poll(template: 1)
            #expect(result.total == 1)
            #expect(await bench.street.log == ["open 101", "101 ElMomentEnergy"])
            for meter in [1, 2] {
                #expect(try await bench.archive.newest(meter: meter, measure: .momentEnergy) != nil)
            }
        }
    }

    @Test("lines are polled side by side, meters of a line one after another")
    func lines() throws {
        try PollingBench.world().run { world in
            let bench = try PollingBench(world)
            let poller = try await bench.poller(first: 10, second: 10, measures: [.momentEnergy])
            let began = world.clock.now
            #expect(try await poller.poll(template: 1).good == 20)
            #expect(await bench.street.sessionsAtMost == 2)
            #expect(world.clock.now - began < .seconds(12))
        }
    }

    @Test("every meter gets what is urgent before any gets its history, and the budget ends the poll")
    func fairness() throws {
        try PollingBench.world().run { world in
            let bench = try PollingBench(world)
            for meter in 101...110 {
                await bench.street.set("\(meter)", .init(serial: "\(meter)", requestTime: .seconds(5)))
            }
            let poller = try await bench.poller(first: 10, measures: [.powerProfile]) {
                $0.site.pollBudgetMinutes = 10
            }
            let began = world.clock.now
            #expect(try await poller.poll(template: 1).good == 10)
            #expect(world.clock.now - began < .seconds(700))
            for meter in 1...10 {
                let newest = try await bench.archive.newest(meter: meter, measure: .powerProfile)
                let due = try #require(CivilStamp(year: 2026, month: 3, day: 1, hour: 11, minute: 30))
                #expect(try #require(newest) >= due)
            }
        }
    }

    @Test("a line that cannot be opened is tried once a poll, and its meters are not blamed")
    func unplugged() throws {
        try PollingBench.world().run { world in
            let bench = try PollingBench(world)
            let poller = try await bench.poller(first: 5, measures: [.momentEnergy])
            await bench.opener.fail(.openFailed("no such device"))
            #expect(try await poller.poll(template: 1).good == 0)
            #expect(await poller.conditions.allSatisfy { $0.condition == .unknown })
            let outcomes = try await bench.archive.pollOutcomes(meters: [5])
            #expect(outcomes.first?.fault?.code == .lineOpenFailed)
            await bench.opener.fail(nil)
            try await world.clock.sleep(for: .seconds(300))
            #expect(try await poller.poll(template: 1).good == 5)
        }
    }

    @Test("a technician's question goes between the steps of a running poll")
    func yielding() throws {
        try PollingBench.world().run { world in
            let bench = try PollingBench(world)
            let poller = try await bench.poller(first: 2, measures: [.powerProfile])
            let waited = try await withThrowingTaskGroup(of: Duration?.self) { group in
                group.addTask {
                    _ = try await poller.poll(template: 1)
                    return nil
                }
                group.addTask {
                    try await world.clock.sleep(for: .seconds(8))
                    let began = world.clock.now
                    let answers = await poller.answers(
                        to: LiveQuestion(meters: [2], measure: .momentEnergy, leaseClass: .technician))
                    #expect((try? answers[2]?.get())?.reading != nil)
                    return world.clock.now - began
                }
                return try await group.reduce(nil) { $0 ?? $1 }
            }
            #expect(try #require(waited) < .seconds(3))
            #expect(await bench.street.sessionsAtMost == 1)
        }
    }

    @Test("a poll of what is due goes before another poll's history")
    func presentBeforePast() throws {
        try PollingBench.world().run { world in
            let bench = try PollingBench(world)
            for meter in 101...104 {
                await bench.street.set("\(meter)", .init(serial: "\(meter)", requestTime: .seconds(2)))
            }
            let poller = try await bench.poller(first: 4)
            let duration = await withTaskGroup(of: Duration?.self) { group in
                group.addTask {
                    _ = await poller.poll(meters: [1, 2, 3, 4], measures: [.powerProfile])
                    return nil
                }
                group.addTask {
                    try? await world.clock.sleep(for: .seconds(120))
                    let began = world.clock.now
                    _ = await poller.poll(meters: [1, 2, 3, 4], measures: [.momentEnergy])
                    return world.clock.now - began
                }
                return await group.reduce(nil) { $0 ?? $1 }
            }
            // Four meters take 6 s each, and one step of history may have to end first.
            #expect(try #require(duration) < .seconds(40))
        }
    }

    @Test("R27: a client has its answer or a fault within four seconds")
    func patience() throws {
        try PollingBench.world().run { world in
            let bench = try PollingBench(world)
            await bench.street.set("101", .init(serial: "1", requestTime: .seconds(30)))
            let poller = try await bench.poller(first: 1, second: 1)
            let began = world.clock.now
            let answers = await poller.answers(to: LiveQuestion(meters: [1, 2, 77], measure: .momentEnergy))
            #expect(world.clock.now - began <= .seconds(4))
            #expect(answers.count == 2)
            #expect((try? answers[2]?.get()) != nil)
            #expect((try? answers[1]?.get()) == nil)
        }
    }

    @Test("R6: a person's correction shifts a clock, sets one that is far off, leaves a good one alone")
    func clocks() throws {
        try PollingBench.world().run { world in
            let bench = try PollingBench(world)
            await bench.street.set("101", .init(serial: "1", clockDifference: 40))
            await bench.street.set("102", .init(serial: "2", clockDifference: -5_000))
            await bench.street.set("103", .init(serial: "3", clockDifference: 3))
            let poller = try await bench.poller(first: 3)
            let answers = await poller.answers(
                to: LiveQuestion(
                    meters: [1, 2, 3], measure: nil, leaseClass: .technician, patience: nil,
                    correctsClock: true))
            let written = await bench.street.log.filter { $0.contains("clock") }
            #expect(written.count == 2 && written[0] == "101 clock shifted -40")
            #expect(written[1].hasPrefix("102 clock set 20"))
            #expect((1...3).map { try? answers[$0]?.get().differenceBefore } == [40, -5_000, nil])
            #expect((1...3).map { try? answers[$0]?.get().clock.differenceSeconds } == [0, 0, 3])
        }
    }

    @Test("a connection test tells every meter as it goes and stops at once when told")
    func connectionTest() throws {
        try PollingBench.world().run { world in
            let bench = try PollingBench(world)
            await bench.street.set("102", .init(failure: Fault(.meterSilent)))
            let poller = try await bench.poller(first: 100)
            let events = EventLog()
            try await withThrowingTaskGroup { group in
                group.addTask {
                    let question = LiveQuestion(
                        meters: Array(1...100), measure: nil, leaseClass: .technician, patience: nil)
                    await poller.ask(question) { await events.note($0) }
                }
                try await world.clock.sleep(for: .seconds(5))
                group.cancelAll()
            }
            let seen = await events.all
            #expect(seen.first == .asking(meterID: 1))
            #expect(seen.contains(.failed(meterID: 2, Fault(.meterSilent))))
            #expect(seen.count < 40)
            let openings = await bench.street.log.count
            try await world.clock.sleep(for: .seconds(60))
            #expect(await bench.street.log.count == openings, "nobody is asked any more")
        }
    }

    @Test("R1: with untrusted time meters are read, and rows that are there are not overwritten")
    func untrusted() throws {
        try PollingBench.world().run { world in
            let bench = try PollingBench(world)
            world.wall.setTrusted(false)
            let poller = try await bench.poller(first: 1, measures: [.dayEnergy])
            #expect(try await poller.poll(template: 1).good == 1)
            let rows = try await bench.archive.rows(ArchiveQuery(.dayEnergy, meters: [1]))
            #expect(!rows.isEmpty)
            #expect(rows.allSatisfy { !$0.isTrusted })
        }
    }

    @Test("D4: a poll is overdue exactly while something that was due is missing")
    func overdue() throws {
        try PollingBench.world().run { world in
            let bench = try PollingBench(world)
            let poller = try await bench.poller(first: 1, measures: [.powerProfile, .momentEnergy])
            let now = world.wall.now.civil(in: ZoneOffset(minutes: 180))
            #expect(await poller.isOverdue(template: 1, planned: now))
            _ = try await poller.poll(template: 1)
            #expect(await !poller.isOverdue(template: 1, planned: now))
            try await world.clock.sleep(for: .seconds(3_600))
            #expect(await poller.isOverdue(template: 1, planned: now))
        }
    }

    @Test("R13: a meter whose clock is far off is asked for its newest day only, poll after poll")
    func clockFarOff() throws {
        try PollingBench.world().run { world in
            let bench = try PollingBench(world)
            await bench.street.set("101", .init(serial: "7", clockDifference: 1_200))
            let poller = try await bench.poller(first: 1, measures: [.powerProfile])
            for _ in 0..<3 {
                _ = try await poller.poll(template: 1)
                try await world.clock.sleep(for: .seconds(1_800))
            }
            let asked = await bench.street.log.filter { $0.contains("ElArr1ConsPower") }.count
            #expect(asked <= 6, "\(asked)")
        }
    }

    @Test("R32: a profile set to another interval is followed")
    func otherInterval() throws {
        try PollingBench.world().run { world in
            let bench = try PollingBench(world)
            let poller = try await bench.poller(first: 1, measures: [.powerProfile])
            _ = try await poller.poll(template: 1)
            await bench.street.set("101", .init(serial: "S101", interval: 60))
            for _ in 0..<6 {
                try await world.clock.sleep(for: .seconds(3_600))
                #expect(try await poller.poll(template: 1).good == 1)
            }
            await bench.street.clearLog()
            _ = try await poller.poll(template: 1)
            #expect(await bench.street.log.isEmpty, "half-hours that will never be are not asked for")
        }
    }

    @Test("a comment in the table does not lift the block of a refused password (R22)")
    func comment() throws {
        try PollingBench.world().run { world in
            let bench = try PollingBench(world)
            await bench.street.set("101", .init(failure: Fault(.meterRefusedPassword)))
            let poller = try await bench.poller(first: 1, measures: [.momentEnergy])
            _ = try await poller.poll(template: 1)
            var configuration = await poller.configuration
            configuration.meters[0].comment = "cellar"
            await poller.apply(configuration)
            _ = try await poller.poll(template: 1)
            #expect(await bench.street.log.count == 1)
        }
    }

    @Test("a corrected row is asked at once, whatever its meter's health was")
    func corrected() throws {
        try PollingBench.world().run { world in
            let bench = try PollingBench(world)
            await bench.street.set("101", .init(failure: Fault(.meterRefusedPassword)))
            let poller = try await bench.poller(first: 1, measures: [.momentEnergy])
            _ = try await poller.poll(template: 1)
            var configuration = await poller.configuration
            configuration.meters[0].readPassword = Secret(text: "right")
            await poller.apply(configuration)
            _ = try await poller.poll(template: 1)
            #expect(await bench.street.log.count == 2)
        }
    }
}

/// Collects progress.
private actor EventLog {
    private(set) var all: [LiveEvent] = []
    func note(_ event: LiveEvent) { all.append(event) }
}
