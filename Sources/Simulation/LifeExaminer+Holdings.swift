// Whether the memory of a gateway is bounded: not what the allocator has, which no two runs share, but the
// things that live at a moment of rest, counted.

import Runtime
import VirtualTime

/// What a gateway may hold after a day of quiet.
package struct HoldingLimits: Sendable, Hashable {
    /// Facts of polling a meter.
    package var pollingPerMeter = 16
    /// Facts of publishing.
    package var publishing = 32
    /// Facts of events under way.
    package var events = 32
    /// Who waits for lines, a line.
    package var waitersPerLine = 4
    /// Tasks that sleep, without those of the street, and a meter's share.
    package var sleeping = 48

    /// The usual limits.
    package init() {}
}

extension LifeExaminer {
    /// Counts what the gateway holds, and minds when it is more than it may be.
    func weigh(_ gateway: VirtualGateway, into found: inout ExaminationFindings) async throws {
        let held = await gateway.runtime.holdings()
        mostHeld.join(held)
        let meters = lines.reduce(0) { $0 + $1.addresses.count }
        let sleeping = site.world.clock.sleeping
        for (name, count, limit) in [
            ("facts of polling", held.polling, limits.pollingPerMeter * meters),
            ("facts of publishing", held.publishing, limits.publishing),
            ("facts of events", held.events, limits.events),
            ("waiters for lines", held.waiters, limits.waitersPerLine * lines.count),
            ("sleeping tasks", sleeping, limits.sleeping + meters),
        ] where count > limit {
            found.offend("the gateway holds \(count) \(name), more than \(limit)")
        }
    }
}
