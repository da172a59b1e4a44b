// Discrete inputs of a simulated world: a scenario sets their levels.

package import Seams
import Timekeeping

/// Inputs in memory.
package final class VirtualInputs: DiscreteInputs, @unchecked Sendable {
    // `@unchecked Sendable`: used on the cranking thread of one world only, as everything in a simulation.
    private let clock: VirtualClock
    private let wall: VirtualWallClock
    private var levels: [Int: Bool]
    private var reader: AsyncStream<InputEdge>.Continuation?

    /// Inputs with these levels, by number.
    package init(
        clock: VirtualClock, wall: VirtualWallClock, levels: [Int: Bool] = [1: false, 2: false, 3: false]
    ) {
        self.clock = clock
        self.wall = wall
        self.levels = levels
    }

    /// Brings one input to a level; what it is at already changes nothing.
    package func set(_ input: Int, _ isActive: Bool) {
        guard let level = levels[input], level != isActive else { return }
        levels[input] = isActive
        reader?.yield(InputEdge(input: input, isActive: isActive, instant: clock.now, time: wall.now))
    }

    /// The levels now.
    package func state() async -> DiscreteInputState { .watched(levels) }

    /// Changes from now on.
    package func edges() async -> AsyncStream<InputEdge> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: InputEdge.self, bufferingPolicy: .bufferingNewest(256))
        reader?.finish()
        reader = continuation
        return stream
    }
}
