// A gateway's life in virtual time: a street, a machine with a disk, a broker, and the faults of a seed, with
// the archive compared with the street after each episode. A life that fails is shortened to the faults it
// takes.

package import Runtime
import Seams
package import StorageSimulation
import Street
package import Timekeeping
import VirtualTime

/// What became of a life.
package struct LifeReport: Sendable {
    /// Days lived.
    package var days = 0
    /// What was wrong, in the order it was found; empty for a clean life.
    package var offences: [String] = []
    /// The episode in which the first offence was found.
    package var episode: Int?
    /// Rows compared with the street.
    package var rows = 0
    /// Events compared with the meters' journals.
    package var events = 0
    /// Conversations on the lines whose lease was looked at.
    package var conversations = 0
    /// The most the gateway held in memory, counted at examinations.
    package var held = GatewayHoldings()
    /// Messages the broker took.
    package var messages = 0
    /// Times the gateway was booted.
    package var boots = 0
    /// What reached the disk.
    package var disk = DiskCounters()
    /// Octets the disk holds at the end.
    package var octetsHeld = 0
    /// What the broker had at 06:00 of the rows of the day before, and how well clocks were kept.
    package var mornings = MorningTally()
    /// Of everything published, in order: equal seeds have equal digests.
    package var digest: UInt64 = 0
}

/// One life, ready to be lived; the same every time.
package struct SimulatedLife: Sendable {
    /// The street.
    package var street: SimulatedStreet
    /// Chance of disk and broker.
    package var seed: UInt64
    /// How long.
    package var days: Int
    /// What goes wrong.
    package var episodes: [FaultEpisode]
    /// What the gateway may hold in memory.
    package var limits = HoldingLimits()
    /// When it begins: 00:07 in the street's zone.
    package static let start = WallTime(unixSeconds: 1_773_090_420)

    /// The life of a seed.
    package init(seed: UInt64, days: Int, street: SimulatedStreet, draw: FaultDraw = .anything) {
        self.street = street
        self.seed = seed
        self.days = days
        let plan = FaultPlan(
            seed: seed, meters: street.meters, patience: street.rhythm.patience, draw: draw)
        episodes = plan.episodes(days: days)
    }

    /// Lives it. Throws only what keeps it from beginning.
    package func run() throws -> LifeReport {
        let plan = try street.plan()
        let world = VirtualWorld(seed: seed, start: SimulatedLife.start)
        let life = self
        return try world.run { world in
            let disk = SimulatedDisk(name: "life-\(life.seed)-\(life.days)", seed: life.seed)
            let wall = VirtualWallClock(clock: world.clock, start: SimulatedLife.start)
            let site = VirtualSite(
                plan, in: world, disk: disk, wall: wall, profiles: life.street.profiles)
            return try await SimulatedMachine.live(at: site) { gateway in
                try await life.street.configure(gateway, for: plan)
            } _: { machine in
                let technician = Technician(site, machine)
                return try await withThrowingTaskGroup(of: LifeReport?.self) { group in
                    group.addTask {
                        await technician.run()
                        return nil
                    }
                    group.addTask {
                        let report = try await life.live(site, machine, technician)
                        await technician.stop()
                        return report
                    }
                    var report = LifeReport()
                    for try await outcome in group { if let outcome { report = outcome } }
                    return report
                }
            }
        }
    }

    private enum Turn {
        case begin(SimulatedFault)
        case end(SimulatedFault)
        case examine(episode: Int)
        case morning
    }

    /// What happens when, in order of time.
    private var turns: [(second: Int, turn: Turn)] {
        var turns: [(second: Int, turn: Turn)] = []
        for (index, episode) in episodes.enumerated() {
            for fault in episode.faults {
                turns.append((fault.at, .begin(fault)))
                turns.append((fault.at + fault.lasts, .end(fault)))
            }
            turns.append((episode.examinedAt, .examine(episode: index)))
        }
        // The life begins at 00:07; its first mornings belong to the history.
        for day in 3..<max(3, days) { turns.append((day * 86_400 + 6 * 3_600 - 7 * 60, .morning)) }
        turns.append((days * 86_400, .examine(episode: episodes.count)))
        // A stable order for equal seconds.
        return turns.enumerated().sorted { ($0.element.second, $0.offset) < ($1.element.second, $1.offset) }
            .map(\.element)
    }

    private func live(
        _ site: VirtualSite, _ machine: SimulatedMachine, _ technician: Technician
    ) async throws -> LifeReport {
        let weather = FaultWeather(site, machine, technician)
        let lines = site.plan.lines.map { ($0.name, $0.meters.map { String($0.address) }) }
        let examiner = LifeExaminer(site, lines: lines, keepsJournals: true, limits: limits)
        var report = LifeReport()
        let origin = site.world.clock.now
        for (second, turn) in turns {
            try await site.world.clock.sleep(until: origin + .seconds(second))
            switch turn {
            case .begin(let fault): await weather.begin(fault)
            case .end(let fault): await weather.end(fault)
            case .morning:
                try await examiner.morning(excluding: faults(overlapping: second - 30 * 3_600..<second))
            case .examine(let episode):
                let found = try await examination(by: examiner, of: machine, after: episode)
                report.offences += found.offences
                report.offences += await weather.takeOffences()
                report.days = second / 86_400
                if !report.offences.isEmpty {
                    report.episode = episode
                    break
                }
            }
            if report.episode != nil { break }
        }
        report.messages = await examiner.messages
        report.digest = await examiner.digest
        report.rows = await examiner.rowsCompared
        report.events = await examiner.eventsCompared
        report.conversations = await site.witness.conversations
        report.held = await examiner.mostHeld
        report.mornings = await examiner.mornings
        report.boots = await machine.boots
        report.disk = site.disk?.counters ?? DiskCounters()
        report.octetsHeld = site.disk?.octetsHeld ?? 0
        return report
    }

    /// Faults of the life that last into a span, or ended in it.
    private func faults(overlapping span: Range<Int>) -> [SimulatedFault] {
        episodes.flatMap(\.faults).filter { fault in
            // What happened to a device leaves traces in its clock and rows for a day.
            fault.at < span.upperBound && fault.at + fault.lasts >= span.lowerBound
        }
    }

    private func examination(
        by examiner: LifeExaminer, of machine: SimulatedMachine, after episode: Int
    ) async throws -> ExaminationFindings {
        guard let gateway = await machine.gateway else {
            let why = await machine.failures.last.map { "second \($0.second): \($0.reason)" } ?? "no power"
            return ExaminationFindings(offences: ["the gateway is down a day after the last fault: \(why)"])
        }
        let faults = episodes.indices.contains(episode) ? episodes[episode].faults : []
        return try await examiner.examine(
            gateway, boots: await machine.boots, after: faults.map(\.kind),
            wholly: episode == episodes.count, underWay: Int64(2 * 3_600 + street.rhythm.patience))
    }
}
