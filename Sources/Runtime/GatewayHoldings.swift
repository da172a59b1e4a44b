// What a gateway holds in memory besides configuration and archive, counted: a simulation asserts that it
// stays bounded however long the gateway lives.

import Events
import Lines
import Polling
import Publishing

/// Counts of live things.
package struct GatewayHoldings: Sendable, Hashable {
    /// What polling remembers of meters.
    package var polling = 0
    /// What publishing has to do and remembers.
    package var publishing = 0
    /// Events that run or wait.
    package var events = 0
    /// Those who wait for a line.
    package var waiters = 0

    /// Nothing.
    package init() {}

    /// The larger count of each.
    package mutating func join(_ other: Self) {
        polling = max(polling, other.polling)
        publishing = max(publishing, other.publishing)
        events = max(events, other.events)
        waiters = max(waiters, other.waiters)
    }
}

extension GatewayRuntime {
    /// What it holds now.
    package func holdings() async -> GatewayHoldings {
        var held = GatewayHoldings()
        held.polling = await poller.held + pushes.held
        held.publishing = await publisher.held
        held.events = await events.held
        held.waiters = await lines.states().reduce(0) { $0 + $1.waiters.count }
        return held
    }
}
