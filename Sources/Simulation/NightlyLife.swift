// A thousand mornings of a site that is read at night, under the faults of `FaultMix`: what the broker had at
// 06:00 of yesterday's half-hours and starts of day, how well the clocks of the meters were kept, and whether
// anything was lost, doubled or left out after all. `tools/simulate --mornings` prints it.

import Configuration
import Runtime
import StorageSimulation
import Street
import Timekeeping
import VirtualTime

/// What became of the mornings.
package struct NightlyReport: Sendable {
    /// Days lived.
    package var days = 0
    /// Faults that were lived through.
    package var faults = 0
    /// Rows and clocks.
    package var nights = NightTally()
    /// What of all rows was wrong in the end; empty when nothing was.
    package var offences: [String] = []
    /// Rows compared with the street.
    package var rows = 0
    /// Messages the broker took.
    package var messages = 0
    /// Times the gateway was booted.
    package var boots = 0
    /// What reached the disk.
    package var octetsWritten = 0
    /// Of everything published, in order.
    package var digest: UInt64 = 0
}

/// One life of a site that is read at night.
package struct NightlyLife: Sendable {
    /// The site.
    package var site: NightlySite
    /// How long.
    package var days: Int
    /// What goes wrong, in order of time.
    package var faults: [SimulatedFault]

    /// The life of a site's seed.
    package init(_ site: NightlySite, days: Int) {
        self.site = site
        self.days = days
        faults = FaultMix(seed: site.seed, meters: site.meters).faults(days: days)
    }

    /// Lives it. Throws only what keeps it from beginning.
    package func run() throws -> NightlyReport {
        let plan = try site.plan()
        let world = VirtualWorld(seed: site.seed, start: SimulatedLife.start)
        let life = self
        return try world.run { world in
            let disk = SimulatedDisk(name: "nights-\(life.site.seed)-\(life.days)", seed: life.site.seed)
            let wall = VirtualWallClock(clock: world.clock, start: SimulatedLife.start)
            let site = VirtualSite(
                plan, in: world, disk: disk, wall: wall, profiles: life.site.profiles)
            return try await SimulatedMachine.live(at: site) { gateway in
                let tables = try NightlySite.tables(for: plan)
                _ = try await gateway.runtime.store.commit(tables, user: "simulation")
            } _: { machine in
                try await life.live(site, machine)
            }
        }
    }

    private enum Turn {
        case begin(SimulatedFault)
        case end(SimulatedFault)
        case clocks
        case morning(midnight: Int)
        case examine(wholly: Bool)
    }

    /// Seconds of the first midnight: the life begins at 00:07.
    private static let firstMidnight = 86_400 - 7 * 60
    /// Days between two comparisons of the archive with the street.
    private static let daysBetweenExaminations = 10

    /// The rows of a day leave in the small hours of the next one; comparisons are at 13:00 and at the end.
    private static let underWay: Int64 = 31 * 3_600

    /// What happens when, in order of time.
    private var turns: [(second: Int, turn: Turn)] {
        var turns: [(second: Int, turn: Turn)] = []
        for fault in faults {
            turns.append((fault.at, .begin(fault)))
            turns.append((fault.at + fault.lasts, .end(fault)))
        }
        // The first mornings belong to the history.
        for day in 2..<max(2, days) {
            let midnight = NightlyLife.firstMidnight + (day - 1) * 86_400
            // A clock is at its worst just before it is put right.
            turns.append((midnight + 2 * 3_600 + 35 * 60, .clocks))
            turns.append((midnight + 6 * 3_600, .morning(midnight: midnight)))
            if day % NightlyLife.daysBetweenExaminations == 0 {
                turns.append((midnight + 13 * 3_600, .examine(wholly: false)))
            }
        }
        turns.append((days * 86_400, .examine(wholly: true)))
        return turns.enumerated().sorted { ($0.element.second, $0.offset) < ($1.element.second, $1.offset) }
            .map(\.element)
    }

    private func live(_ site: VirtualSite, _ machine: SimulatedMachine) async throws -> NightlyReport {
        let weather = FaultWeather(site, machine, Technician(site, machine))
        let lines = site.plan.lines.map { ($0.name, $0.meters.map { String($0.address) }) }
        let examiner = LifeExaminer(site, lines: lines)
        var report = NightlyReport()
        var watch = NightWatch(meters: self.site.meters)
        var examinedAt = 0
        let origin = site.world.clock.now
        for (second, turn) in turns where report.offences.isEmpty {
            try await site.world.clock.sleep(until: origin + .seconds(second))
            switch turn {
            case .begin(let fault): await weather.begin(fault)
            case .end(let fault): await weather.end(fault)
            case .clocks: watch.look(at: try await examiner.truths())
            case .morning(let midnight):
                let rows = try await examiner.rowsOfYesterday(in: await machine.gateway)
                let reach = NightReach(faults, midnight: midnight)
                watch.morning(rows, truths: try await examiner.truths(), reach)
            case .examine(let wholly):
                let found = try await offences(
                    by: examiner, machine, at: second, after: examinedAt, wholly: wholly)
                guard let found else { continue }
                (report.offences, examinedAt) = (found, second)
            }
            report.days = second / 86_400
        }
        report.nights = watch.tally
        report.faults = faults.count { $0.at < report.days * 86_400 }
        report.messages = await examiner.messages
        report.digest = await examiner.digest
        report.rows = await examiner.rowsCompared
        report.boots = await machine.boots
        report.octetsWritten = site.disk?.counters.octetsWritten ?? 0
        return report
    }

    /// Compares the meters that nothing has ailed for longer than a gateway may take to bring everything; nil
    /// when something ailed the gateway itself, which is compared another time.
    private func offences(
        by examiner: LifeExaminer, _ machine: SimulatedMachine, at second: Int, after examinedAt: Int,
        wholly: Bool
    ) async throws -> [String]? {
        let recent = faults.filter {
            $0.at < second && $0.at + $0.lasts > second - FaultPlan.quiet
        }
        if recent.contains(where: \.kind.concernsGateway) { return nil }
        guard let gateway = await machine.gateway else {
            let why = await machine.failures.last.map { "second \($0.second): \($0.reason)" } ?? "no power"
            return ["the gateway is down without a fault: \(why)"]
        }
        var (ailing, meter) = (Set<Int>(), 0)
        for (line, count) in site.meters.enumerated() {
            for station in 0..<count {
                meter += 1
                let isIll = recent.contains {
                    $0.kind.concerns(line: line, station: station) || $0.kind.disturbs(line: line)
                }
                if isIll { ailing.insert(meter) }
            }
        }
        // Since the last comparison anything may have happened to disk and connection.
        let since = faults.filter { $0.at < second && $0.at + $0.lasts > examinedAt }.map(\.kind)
        return try await examiner.examine(
            gateway, boots: await machine.boots, after: since, wholly: wholly, except: ailing,
            underWay: NightlyLife.underWay
        ).offences
    }
}
