// The device's discrete inputs: levels now, and edges as they come. `HostLinux` implements them over GPIO
// lines and, on a bench, over a watched file; `VirtualTime` in memory. `Events` filters what comes (REQ-258).

package import Timekeeping

/// One raw change of one input, before any filter.
package struct InputEdge: Sendable, Hashable {
    /// Number of the input, 1…3.
    package var input: Int
    /// The level after the change: whether the signal is there.
    package var isActive: Bool
    /// When it happened.
    package var instant: MonotonicInstant
    /// The same moment by the gateway's clock.
    package var time: WallTime

    /// A change.
    package init(input: Int, isActive: Bool, instant: MonotonicInstant, time: WallTime) {
        self.input = input
        self.isActive = isActive
        self.instant = instant
        self.time = time
    }
}

/// How the inputs stand.
package enum DiscreteInputState: Sendable, Hashable {
    /// They are watched; the levels now, by number of the input.
    case watched([Int: Bool])
    /// This machine has none, or they cannot be watched; the text says why, in the words of the machine.
    case none(String)

    /// The levels; empty when there are no inputs.
    package var levels: [Int: Bool] {
        if case .watched(let levels) = self { return levels }
        return [:]
    }
}

/// The inputs of one device.
package protocol DiscreteInputs: Sendable {
    /// How they stand now; cheap enough to call for every page.
    func state() async -> DiscreteInputState
    /// Changes from now on, in order; ends at once on a machine without inputs. Whoever reads too slowly
    /// loses the oldest, never the newest. One reader at a time.
    func edges() async -> AsyncStream<InputEdge>
}

/// A machine without inputs.
package struct NoDiscreteInputs: DiscreteInputs {
    private let reason: String

    /// No inputs, and why.
    package init(_ reason: String = "no inputs") { self.reason = reason }

    /// None.
    package func state() async -> DiscreteInputState { .none(reason) }
    /// An empty stream.
    package func edges() async -> AsyncStream<InputEdge> { AsyncStream { $0.finish() } }
}
