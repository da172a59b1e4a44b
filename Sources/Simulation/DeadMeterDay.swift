// What a meter that has died costs its neighbours: a day of half-hour polls of a line with it and of the same
// line without it, and how soon its return is noticed. `tools/simulate --dead-meter` prints it.

import Configuration
import Drivers
import Events
import Polling
import Runtime
import Seams
import Street
import Timekeeping
import VirtualTime

/// What a dead meter cost.
package struct DeadMeterReport: Sendable, Hashable {
    /// Mean seconds of a poll with the dead meter among the others, from the second hour.
    package var cycleWith: Double
    /// The same without it.
    package var cycleWithout: Double
    /// Polls of each kind that went into the means.
    package var polls: Int
    /// Seconds from its first answer being possible to the gateway's knowing.
    package var noticedAfter: Int

    /// How much longer a poll took.
    package var ratio: Double { cycleWith / cycleWithout }
}

/// A day on a line of meters of which one is dead.
package struct DeadMeterDay: Sendable {
    private let meters: Int
    private let seed: UInt64
    private let personality: @Sendable (String) -> [UInt8]?
    private let profiles: MeterProfiles

    /// A line of so many meters, the last of them dead, before a gateway that knows makers' profiles, texts
    /// by name of the file. Throws the faults of those that cannot be used.
    package init(
        meters: Int, seed: UInt64, personality: @escaping @Sendable (String) -> [UInt8]?,
        profiles texts: [String: [UInt8]]
    ) throws {
        self.meters = meters
        self.seed = seed
        self.personality = personality
        profiles = try MeterProfiles(texts: texts)
    }

    /// Lives both days. Throws what keeps them from beginning, and when the return is not noticed in an hour.
    package func run() throws -> DeadMeterReport {
        let with = try day(of: meters, dead: meters - 1)
        let without = try day(of: meters - 1, dead: nil)
        return DeadMeterReport(
            cycleWith: with.cycle, cycleWithout: without.cycle, polls: min(with.polls, without.polls),
            noticedAfter: with.noticedAfter)
    }

    private struct Day: Sendable {
        var cycle = 0.0
        var polls = 0
        var noticedAfter = 0
    }

    private func day(of count: Int, dead: Int?) throws -> Day {
        let plan = try plan(of: count)
        let world = VirtualWorld(seed: seed, start: SimulatedLife.start)
        return try world.run { world in
            let gateway = try await VirtualSite(plan, in: world, profiles: profiles)
                .boot(archivePath: ":memory:")
            _ = try await gateway.runtime.store.commit(
                try plan.tables(with: DeadMeterDay.texts), user: "simulation")
            return try await gateway.live { gateway in
                let wire = gateway.wires["line"]
                if let dead { await wire?.setFaults(ofStation: dead) { $0.isSilent = true } }
                let begin = world.wall.now
                try await world.clock.sleep(for: .seconds(86_400))
                var day = await Self.cycles(gateway.runtime.events, after: begin.adding(seconds: 3_600))
                guard let dead else { return day }
                await wire?.setFaults(ofStation: dead) { $0.isSilent = false }
                while await !Self.isGood(dead, gateway.runtime.poller) {
                    guard day.noticedAfter < 3_600 else { throw CancellationError() }
                    try await world.clock.sleep(for: .seconds(1))
                    day.noticedAfter += 1
                }
                return day
            }
        }
    }

    /// Whether the meter of a station is known to answer.
    private static func isGood(_ station: Int, _ poller: MeterPoller) async -> Bool {
        let conditions = await poller.conditions
        return conditions.indices.contains(station) && conditions[station].condition == .good
    }

    /// The mean length of the polls that began after a moment.
    private static func cycles(_ events: EventEngine, after begin: WallTime) async -> Day {
        var day = Day()
        for record in await events.journal where record.began >= begin {
            guard let ended = record.ended else { continue }
            let nanoseconds = Double(ended.nanoseconds - record.began.nanoseconds)
            day.cycle += Double(ended.unixSeconds - record.began.unixSeconds) + nanoseconds * 1e-9
            day.polls += 1
        }
        day.cycle /= Double(max(day.polls, 1))
        return day
    }

    private func plan(of count: Int) throws -> StreetPlan {
        let models =
            #""personalities":["three-phase","single-phase","nartis-like","single-phase","device-40-like"]"#
        let text = #"""
            {"seed":\#(seed),"zoneMinutes":180,"installed":"2026-03-09","lines":[{"name":"line",
            "pty":"/dev/line1","iface":"Iface1","settings":"9600,8n1","meters":[{"address":17,
            "serial":4000000,"count":\#(count),\#(models),"subscribers":["household","shop"]}]}]}
            """#
        return try StreetPlan(StreetFile(json: Array(text.utf8)), personality: personality)
    }

    private static let texts: [(ConfigurationTable, String)] = [
        (
            .dataTemplates,
            #"[{"name":"half-hours","types":["ElMomentEnergy","ElArr1ConsPower","ElDayEnergy"]}]"#
        ),
        (.pollTemplates, #"[{"id":1,"archTypesName":"half-hours"}]"#),
        (.schedules, #"[{"id":1,"min":30}]"#),
        (
            .eventRules,
            #"""
            [{"id":1,"eventType":"Scheduler","eventId":1,"actionType":"Poller","actionId":1}]
            """#
        ),
    ]
}
