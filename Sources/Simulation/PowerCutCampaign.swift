// The power fails at every sync of a scripted day, and again at every sync of the recovery and the first
// sessions after it. A day of two meters, read and published every half-hour, with its daily and monthly
// rows; after each cut the day goes on, and at its end nothing may be missing, doubled or misplaced.

import Seams
package import StorageSimulation
import Street
import Timekeeping
import VirtualTime

/// Cuts the power of one scripted day in every possible place.
package struct PowerCutCampaign: Sendable {
    /// One or two cuts.
    package struct Place: Sendable, Hashable {
        /// The sync of the day at which the power fails, counted from 1.
        package var first: Int
        /// The sync after the machine started again at which it fails once more; nil for never.
        package var second: Int?
        /// What the cuts leave of unsynced writes.
        package var cut: PowerCut

        /// A place.
        package init(first: Int, second: Int? = nil, cut: PowerCut) {
            self.first = first
            self.second = second
            self.cut = cut
        }
    }

    /// What came of a day.
    package struct Outcome: Sendable {
        /// What was wrong; empty when nothing was.
        package var offences: [String] = []
        /// Syncs of the whole day.
        package var syncs = 0
        /// Syncs from the first start after the cut to the end of the hour.
        package var recoverySyncs = 0
        /// Whether the first cut came at all.
        package var wasCut = false
        /// Whether the second came.
        package var wasCutTwice = false
    }

    /// Unless all are wanted, one first cut in so many is followed by second ones.
    package static let sampling = 16

    private var street: SimulatedStreet

    /// A campaign with models from `personality` and makers' profiles, texts by name of the file. Throws the
    /// faults of those that cannot be used.
    package init(
        personality: @escaping @Sendable (String) -> [UInt8]?, profiles texts: [String: [UInt8]]
    ) throws {
        street = SimulatedStreet(meters: [1, 1], seed: 11, installed: "2026-03-09", personality: personality)
        try street.adopt(profiles: texts)
    }

    /// Lives the day with cuts at a place, or without.
    package func day(_ place: Place? = nil) throws -> Outcome {
        let plan = try street.plan()
        let world = VirtualWorld(seed: 11, start: SimulatedLife.start)
        let campaign = self
        return try world.run { world in
            let name = "cut-\(place?.first ?? 0)-\(place?.second ?? 0)-\(place.map { "\($0.cut)" } ?? "")"
            let disk = SimulatedDisk(name: name, seed: UInt64(place?.first ?? 0))
            let site = VirtualSite(plan, in: world, disk: disk, profiles: street.profiles)
            return try await SimulatedMachine.live(at: site) { gateway in
                try await street.configure(gateway, for: plan)
            } _: { machine in
                try await campaign.live(place, site, machine, disk)
            }
        }
    }

    private func live(
        _ place: Place?, _ site: VirtualSite, _ machine: SimulatedMachine, _ disk: SimulatedDisk
    ) async throws -> Outcome {
        let clock = site.world.clock
        let end = clock.now + .seconds(86_400)
        var outcome = Outcome()
        if let place { disk.cutPower(at: .sync(place.first), leaving: place.cut) }
        try await wait(for: disk, until: end, on: clock)
        outcome.syncs = disk.counters.syncs
        if disk.isPowered { disk.disarm() }
        if !disk.isPowered, let place {
            outcome.wasCut = true
            try await clock.sleep(for: .seconds(60))
            let before = disk.counters.syncs
            disk.powerOn()
            if let second = place.second { disk.cutPower(at: .sync(second), leaving: place.cut) }
            try await wait(for: disk, until: clock.now + .seconds(3_600), on: clock)
            outcome.recoverySyncs = disk.counters.syncs - before
            outcome.wasCutTwice = !disk.isPowered
            disk.disarm()
            if !disk.isPowered {
                try await clock.sleep(for: .seconds(60))
                disk.powerOn()
            }
        }
        // What the last cut delayed has until the third hour after it, or after the day; a day cut twice ends
        // early, as there are thousands of them.
        let close = place?.second == nil ? max(end, clock.now) : clock.now
        try await clock.sleep(until: close + .seconds(3 * 3_600))
        guard let gateway = await machine.gateway else {
            let why = await machine.failures.last?.reason ?? "no power"
            outcome.offences = ["the gateway does not start: \(why)"]
            return outcome
        }
        let lines = site.plan.lines.map { ($0.name, $0.meters.map { String($0.address) }) }
        let examiner = LifeExaminer(site, lines: lines)
        let boots = await machine.boots
        let cuts = place.map { [SimulatedFault.Kind.powerCut(write: 0, $0.cut)] } ?? []
        let found = try await examiner.examine(gateway, boots: boots, after: cuts, wholly: true)
        outcome.offences = found.offences
        if found.rows < 2 * 48 { outcome.offences.append("only \(found.rows) rows to compare") }
        return outcome
    }

    /// Until the power is off or an instant has come.
    private func wait(
        for disk: SimulatedDisk, until end: MonotonicInstant, on clock: VirtualClock
    ) async throws {
        while disk.isPowered, clock.now < end {
            try await clock.sleep(until: min(end, clock.now + .seconds(30)))
        }
    }
}
