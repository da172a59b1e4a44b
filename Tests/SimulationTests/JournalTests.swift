// Journals of meters through the whole gateway (R21, R28): from a hand at the cover to the broker.

import Archive
import Configuration
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

@Suite("Journals of meters")
struct JournalTests {
    /// The usual site, with journals polled every 30 minutes and published once a day by a publication of
    /// their own.
    private static func live<Value: Sendable>(
        left: Int, installed: String = "2026-03-08",
        _ journals: String = #""ElJrnlOpen","ElJrnlPwr","ElJrnlTimeCorr","ElJrnlLimETrf1""#,
        _ body: @escaping @Sendable (VirtualGateway, VirtualWorld) async throws -> Value
    ) throws -> Value {
        try SimulatedSite.live(left: left, installed: installed) { gateway, world in
            func row(_ text: String) throws -> [JSONValue] {
                try JSONValue(parsing: "[\(text)]").elements ?? []
            }
            let measures = journals.split(separator: ",").map { #"{"measure":\#($0)}"# }.joined(
                separator: ",")
            let edits = [
                TableEdit(.dataTemplates, .add, rows: try row(#"{"name":"J","types":[\#(journals)]}"#)),
                TableEdit(.pollTemplates, .add, rows: try row(#"{"id":3,"archTypesName":"J"}"#)),
                TableEdit(
                    .messageTemplates, .add,
                    rows: try row(#"{"id":2,"name":"E","types":[\#(measures)]}"#)),
                TableEdit(
                    .publications, .add,
                    rows: try row(#"{"id":2,"meterMessageId":2,"brokerId":1,"topic":"events"}"#)),
                TableEdit(
                    .eventRules, .add,
                    rows: try row(
                        #"""
                        {"id":4,"eventType":"Scheduler","eventId":1,"actionType":"Poller","actionId":3},
                        {"id":5,"eventType":"Scheduler","eventId":2,"actionType":"MQTTMeterMessages","actionId":2}
                        """#)),
            ]
            _ = try await gateway.runtime.store.commit(edits, user: "test")
            return try await body(gateway, world)
        }
    }

    private static func events(
        _ gateway: VirtualGateway, _ journal: Journal, meter: Int = 1
    ) async throws -> [ArchivedRow] {
        try await gateway.runtime.archive.rows(ArchiveQuery(.journal(journal), meters: [meter]))
    }

    /// Waits until `holds`, at most `seconds`; how long it took.
    private static func wait(
        _ seconds: Int, _ world: VirtualWorld, _ holds: () async throws -> Bool
    ) async throws -> Duration {
        let began = world.clock.now
        while try await !holds() {
            try #require(world.clock.now - began < .seconds(seconds), "waited in vain")
            try await world.clock.sleep(for: .milliseconds(500))
        }
        return world.clock.now - began
    }

    @Test(
        "R28: an opened cover is in the archive after the next visit and at the broker within a minute of it")
    func coverOpened() throws {
        try JournalTests.live(left: 2) { gateway, world in
            let wire = try #require(gateway.wires["left"])
            try await world.clock.sleep(for: .seconds(2 * 3_600))
            let before = try await JournalTests.events(gateway, .coverOpened).count
            #expect(before > 0, "what the meter recorded before is there")
            let published = await gateway.broker.messages.count { $0.topic.hasSuffix("events") }
            await wire.happen(.coverOpened, toStation: 0)
            _ = try await JournalTests.wait(1_900, world) {
                try await JournalTests.events(gateway, .coverOpened).count > before
            }
            let toBroker = try await JournalTests.wait(60, world) {
                await gateway.broker.messages.count { $0.topic.hasSuffix("events") } > published
            }
            #expect(toBroker <= .seconds(60))
            let message = try #require(await gateway.broker.messages.last { $0.topic.hasSuffix("events") })
            let text = String(decoding: message.payload, as: UTF8.self)
            #expect(text.contains(#""measure":"ElJrnlOpen""#))
            #expect(text.contains(#"{"tag":"event","val":0},{"tag":"eventId","val":\#(before + 1)}"#))
            let alarms = try await gateway.runtime.archive.alarms(limit: 10)
            #expect(alarms.contains { $0.alarm == .terminalCover && $0.life.meterID == 1 && $0.until == nil })
            #expect(
                try await JournalTests.events(gateway, .coverOpened, meter: 2).allSatisfy { row in
                    row.reading.stamp.civil < SimulatedSite.stamp(3, 10)
                })
        }
    }

    @Test("R21: polled every half-hour for a week, every event of a meter is there once and no other")
    func onceEach() throws {
        try JournalTests.live(left: 1) { gateway, world in
            let wire = try #require(gateway.wires["left"])
            for _ in 0..<7 {
                await wire.happen(.powerOff, toStation: 0)
                try await world.clock.sleep(for: .seconds(600))
                await wire.happen(.powerOn, toStation: 0)
                try await world.clock.sleep(for: .seconds(86_400 - 600))
            }
            let rows = try await JournalTests.events(gateway, .power)
            // The first is the meter's own start.
            #expect(
                rows.compactMap { $0.reading[.eventState]?.mantissa } == [1] + [
                    0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1,
                ])
            #expect(rows.compactMap { $0.reading[.eventNumber]?.mantissa } == Array(1...15))
            let received = try ReceivedRows(
                await gateway.broker.messages.filter { $0.topic.hasSuffix("events") })
            #expect(received.counts.allSatisfy { $0.value == 1 } && received.isInOrder)
            #expect(received.byMeasure["ElJrnlPwr"] == 15)
        }
    }

    @Test("a journal the meter does not keep is told with its reason and makes nothing up")
    func unsupported() throws {
        try JournalTests.live(left: 1) { gateway, world in
            try await world.clock.sleep(for: .seconds(3_600))
            let outcomes = try await gateway.runtime.archive.pollOutcomes(meters: [1])
            let limit = try #require(outcomes.first { $0.measure == .journal(.energyLimit1) })
            #expect(limit.fault?.code == .meterUnsupported && limit.goodAt == nil)
            #expect(outcomes.first { $0.measure == .journal(.power) }?.fault == nil)
            #expect(try await JournalTests.events(gateway, .energyLimit1).isEmpty)
        }
    }

    @Test("R8: the journal of a replaced meter belongs to the new life")
    func replaced() throws {
        try JournalTests.live(left: 1) { gateway, world in
            let wire = try #require(gateway.wires["left"])
            try await world.clock.sleep(for: .seconds(3_600))
            let old = try #require(await gateway.runtime.archive.life(of: 1))
            let count = try await JournalTests.events(gateway, .power).count
            await wire.happen(.replaced, toStation: 0)
            await wire.happen(.powerOff, toStation: 0)
            try await world.clock.sleep(for: .seconds(3_600))
            let rows = try await JournalTests.events(gateway, .power)
            let own = rows.filter { $0.life.serial != old.serial }
            #expect(rows.count - own.count == count, "the old life keeps what it had")
            #expect(own.last?.reading[.eventState]?.mantissa == 0)
            #expect(own.first?.reading[.eventNumber]?.mantissa == 1, "its numbers begin anew")
        }
    }

    @Test("after the clock was put back the journals are read whole: what happened under old stamps is there")
    func clockBack() throws {
        try JournalTests.live(left: 1) { gateway, world in
            let wire = try #require(gateway.wires["left"])
            try await world.clock.sleep(for: .seconds(3_600))
            let before = try await JournalTests.events(gateway, .power).count
            // The battery dies: the clock begins in the year 2000, far before the last event.
            await wire.happen(.batteryDied, toStation: 0)
            await wire.happen(.powerOff, toStation: 0)
            // One visit: a later one would find it by the mark this one leaves.
            try await world.clock.sleep(for: .seconds(1_500))
            let rows = try await JournalTests.events(gateway, .power)
            #expect(rows.count == before + 1)
            #expect(rows.first.map { $0.reading.stamp.civil < SimulatedSite.stamp(1, 1) } == true)
        }
    }

    @Test("R28: a magnet, which no journal has, is in the retained message of alarms while it holds")
    func magnet() throws {
        try JournalTests.live(left: 1) { gateway, world in
            func told() async -> String? {
                await gateway.broker.messages.last { $0.retain && $0.topic.hasSuffix("/alarms") }.map {
                    String(decoding: $0.payload, as: UTF8.self)
                }
            }
            let wire = try #require(gateway.wires["left"])
            try await world.clock.sleep(for: .seconds(2 * 3_600))
            #expect(await told()?.contains("magnet") != true)
            await wire.happen(.magnetOn, toStation: 0)
            _ = try await JournalTests.wait(1_900, world) {
                try await gateway.runtime.archive.alarms(limit: 10).contains { $0.alarm == .magnet }
            }
            let alarm = #"{"id":1,"serial":"4000017","code":"magnet","since":"2026-03-10T"#
            _ = try await JournalTests.wait(60, world) { await told()?.contains(alarm) == true }
            // Another meter hangs there: the old one took its alarms along.
            await wire.happen(.replaced, toStation: 0)
            _ = try await JournalTests.wait(1_960, world) { await told()?.contains(#""alarms":[]"#) == true }
        }
    }

    @Test(
        "R27: clients that ask every four seconds do not keep journals from being read, nor journals clients")
    func impatientClients() throws {
        try JournalTests.live(left: 1, installed: "2024-03-08") { gateway, world in
            let runtime = gateway.runtime
            var (asked, late, longest): (Int, Int, Duration) = (0, 0, .zero)
            let end = world.clock.now + .seconds(2 * 3_600)
            while world.clock.now < end {
                let begun = world.clock.now
                let answers = await runtime.poller.answers(
                    to: LiveQuestion(meters: [1], measure: .momentEnergy))
                asked += 1
                if case .success = answers[1] {} else { late += 1 }
                longest = max(longest, world.clock.now - begun)
                let rest = begun + .seconds(4) - world.clock.now
                if rest > .zero { try await world.clock.sleep(for: rest) }
            }
            #expect(longest <= .seconds(4) && late * 5 < asked, "\(late) of \(asked), \(longest)")
            for journal in [Journal.coverOpened, .power, .timeCorrection] {
                #expect(try await !JournalTests.events(gateway, journal).isEmpty, "\(journal)")
            }
        }
    }

    @Test(
        "every event the meters hold is archived once and nothing else, whatever happened to clocks",
        arguments: [
            // The simulated meter's season begins at a civil time, which a clock that died is not past again.
            (3, MeterHappening.drawable.filter { $0 != .summerBegins }),
            // Without new clocks no journal is read whole a second time: every event comes by its mark.
            (20_261_121, [.coverOpened, .caseOpened, .magnetOn, .powerOff, .powerOn, .unauthorised]),
        ] as [(UInt64, [MeterHappening])])
    func againstTheTruth(seed: UInt64, happenings: [MeterHappening]) throws {
        let all = Journal.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ",")
        try JournalTests.live(left: 2, installed: "2025-12-08", all) { gateway, world in
            let wire = try #require(gateway.wires["left"])
            let script = StreetScript.drawn(
                seed: seed, count: 40, stations: 2, from: world.wall.now, days: 6,
                among: happenings)
            for event in script {
                let wait = event.at.unixSeconds - world.wall.now.unixSeconds
                if wait > 0 { try await world.clock.sleep(for: .seconds(wait)) }
                await wire.happen(event.happening, toStation: event.station)
                // Every fifth time a meter is silent for a while.
                await wire.setFaults(ofStation: event.station) {
                    $0.isSilent = event.at.unixSeconds % 5 == 0
                }
            }
            for station in 0..<2 { await wire.setFaults(ofStation: station) { $0.isSilent = false } }
            try await world.clock.sleep(for: .seconds(26 * 3_600))
            let truth = await wire.withLine { [wall = world.wall] in StreetTruth($0, wall: wall.now) }
            for (index, name) in ["17", "18"].enumerated() {
                let meter = try #require(truth.meters.first { $0.key.hasSuffix(name) }?.value)
                for journal in Journal.allCases {
                    guard let number = JournalTable.sources(of: journal).first else { continue }
                    let held = meter.told(byJournal: number).filter {
                        JournalTable.event(journal, number: number, code: $0.code, phases: 3) != nil
                    }
                    let query = ArchiveQuery(
                        .journal(journal), meters: [index + 1], tags: [.eventCode])
                    let rows = try await gateway.runtime.archive.rows(query).filter {
                        $0.life.serial == meter.serial
                    }
                    let kept = rows.map {
                        ($0.reading.stamp.civil, Int($0.reading[.eventCode]?.mantissa ?? -1))
                    }
                    #expect(
                        JournalTests.sorted(kept) == JournalTests.sorted(held.map { ($0.stamp, $0.code) }),
                        "seed \(seed), meter \(index + 1), \(journal)")
                }
            }
        }
    }

    private static func sorted(_ events: [(CivilStamp, Int)]) -> [String] {
        events.map { "\($0.0) \($0.1)" }.sorted()
    }
}
