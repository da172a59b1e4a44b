// «Синхронизация времени» through the whole gateway over two midnights (R6).

import Archive
import Configuration
import Drivers
import Events
import Faults
import Foundation
import Glibc
import JSONText
import Metering
import Polling
import Runtime
import Seams
import Simulation
import Street
import Testing
import Timekeeping
import VirtualTime

@Suite("Clocks of a street")
struct ClockTests {
    /// Three meters of the worst drift: fast, slow, and one that is forty seconds off from the start.
    private static func street() throws -> StreetPlan {
        func group(_ address: Int, _ more: String) -> String {
            #"""
            {"address":\#(address),"count":1,"serial":\#(4_000_000 + address),"personalities":["three-phase"],
            "subscribers":["household"],\#(more)}
            """#
        }
        let meters = [
            group(17, #""drift":5"#), group(18, #""drift":-5"#), group(19, #""drift":0.5,"clockOffset":40"#),
        ]
        let text = #"""
            {"seed":7,"zoneMinutes":180,"installed":"2026-03-09","lines":[
            {"name":"left","pty":"/dev/left","iface":"Iface1","settings":"9600,8n1",
            "meters":[\#(meters.joined(separator: ","))]}]}
            """#
        return try StreetPlan(StreetFile(json: Array(text.utf8))) { name in
            let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent().appending(path: "etc/street/personalities")
            return (try? Data(contentsOf: folder.appending(path: "\(name).json"))).map { Array($0) }
        }
    }

    /// The street with half-hours polled and all clocks kept every thirty minutes, on the boundaries.
    private static func edits(_ plan: StreetPlan) throws -> [TableEdit] {
        func edit(_ table: ConfigurationTable, _ text: String) throws -> TableEdit {
            TableEdit(table, .replace, rows: try JSONValue(parsing: text).elements ?? [])
        }
        return try [
            TableEdit(
                .meters, .replace, rows: JSONValue(parsing: plan.meterTable)["Meters"]?.elements ?? []),
            edit(.groups, #"[{"id":1,"name":"1","meters":[]}]"#),
            edit(.dataTemplates, #"[{"name":"P","types":["ElArr1ConsPower"]}]"#),
            edit(.pollTemplates, #"[{"id":1,"archTypesName":"P"}]"#),
            edit(.schedules, #"[{"id":1,"min":30}]"#),
            edit(
                .eventRules,
                #"""
                [{"id":1,"eventType":"Scheduler","eventId":1,"actionType":"SyncTime","actionId":1},
                {"id":2,"eventType":"Scheduler","eventId":1,"actionType":"Poller","actionId":1}]
                """#),
        ]
    }

    @Test("R6: over two midnights clocks stay within five seconds, one shift a day, no interval spoiled")
    func twoMidnights() throws {
        let plan = try ClockTests.street()
        let edits = try ClockTests.edits(plan)
        // Two days; thirty when the environment says LONG=1.
        let days = getenv("LONG").map { String(cString: $0) } == "1" ? 30 : 2
        try VirtualWorld(start: SimulatedSite.start).run { world in
            let gateway = try await VirtualGateway.open(plan, in: world)
            try await gateway.live { gateway in
                _ = try await gateway.runtime.store.commit(edits, user: "test")
                try await world.clock.sleep(for: .seconds(3_600))
                var worst: UInt32 = 0
                for _ in 1..<(days * 24) {
                    let question = LiveQuestion(meters: [1, 2, 3], measure: .clock, patience: nil)
                    let answers = await gateway.runtime.poller.answers(to: question)
                    #expect(answers.count == 3)
                    for answer in answers.values {
                        worst = max(worst, try answer.get().clock.differenceSeconds.magnitude)
                    }
                    try await world.clock.sleep(for: .seconds(3_600))
                }
                #expect(worst <= 5, "\(worst) s")
                try await ClockTests.check(gateway.runtime.archive, days: days)
            }
        }
    }

    private static func check(_ archive: MeterArchive, days count: Int) async throws {
        let entries = try await archive.clockEntries(limit: 1_000)
        #expect(entries.count >= 4)
        let days = entries.map { "\($0.meterID) \($0.day)" }
        #expect(Set(days).count == days.count, "one correction a meter and day: \(days)")
        for entry in entries {
            let second = entry.at.civil(in: SimulatedSite.zone).secondOfDay
            #expect((600..<85_800).contains(second), "never about midnight")
            #expect(entry.after.map { $0.magnitude <= 1 } == true)
        }
        for meter in [1, 2, 3] {
            let begin = SimulatedSite.stamp(3, 10, 0, 30)
            let window = begin...begin.adding(seconds: Int64(count) * 86_400 - 3_600)
            #expect(try await archive.missing(meter: meter, measure: .powerProfile, window: window).isEmpty)
            #expect(try await archive.unbalancedDays(meter: meter).isEmpty)
        }
    }

    @Test("R1: while the gateway's own time is not trusted no clock is written; with trust it is")
    func untrusted() throws {
        let plan = try ClockTests.street()
        let edits = try ClockTests.edits(plan)
        try VirtualWorld(start: SimulatedSite.start).run { world in
            world.wall.setTrusted(false)
            let gateway = try await VirtualGateway.open(plan, in: world)
            try await gateway.live { gateway in
                _ = try await gateway.runtime.store.commit(edits, user: "test")
                try await world.clock.sleep(for: .seconds(2 * 3_600))
                let archive = gateway.runtime.archive
                #expect(try await archive.clockEntries(limit: 9).isEmpty)
                let firings = try await gateway.runtime.events.firings(before: nil, limit: 50)
                let clocks = firings.filter { $0.action.type == "SyncTime" && $0.result != .satisfied }
                #expect(!clocks.isEmpty && clocks.allSatisfy { $0.fault == Fault(.timeUntrusted) })
                world.wall.setTrusted(true)
                try await world.clock.sleep(for: .seconds(3_600))
                #expect(try await archive.clockEntries(limit: 9).contains { $0.meterID == 3 })
            }
        }
    }
}
