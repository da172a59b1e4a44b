// Time and chance are injected (decision D6): nothing above the doors may look at a clock by itself.

package import Timekeeping

/// Monotonic time and waiting.
package protocol MonotonicClock: Sendable {
    /// The present instant.
    var now: MonotonicInstant { get }
    /// Waits until `deadline`; throws `CancellationError` as soon as the task is cancelled.
    func sleep(until deadline: MonotonicInstant) async throws
    /// Where everything that lives by this clock runs. Actors that take it for their own call each other as
    /// plain functions do, instead of through its queue.
    var executor: UnownedSerialExecutor { get }
}

extension MonotonicClock {
    /// Waits for `duration`; throws `CancellationError` as soon as the task is cancelled.
    package func sleep(for duration: Duration) async throws { try await sleep(until: now + duration) }
}

/// The gateway's belief about the world's time.
package protocol WallClock: Sendable {
    /// UTC now, as believed.
    var now: WallTime { get }
    /// Whether the belief may be acted on (R1): nothing is written to meters or archive slots while false.
    var isTrusted: Bool { get }
    /// Why it may not be acted on; nil when it may, or when the clock cannot say more.
    var doubt: TimeTrust.Doubt? { get }
}

extension WallClock {
    /// Nothing more is known.
    package var doubt: TimeTrust.Doubt? { nil }
}

/// Random octets. The real door is the operating system's generator, the simulated one a seeded stream.
package protocol Entropy: Sendable {
    /// `count` unpredictable octets.
    func octets(_ count: Int) -> [UInt8]
}

extension Entropy {
    /// A number in 0 ..< `bound`, unbiased; 0 when `bound` is 0.
    package func number(below bound: UInt64) -> UInt64 {
        guard bound > 0 else { return 0 }
        let limit = UInt64.max - UInt64.max % bound
        while true {
            let draw = octets(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            if draw < limit { return draw % bound }
        }
    }
}
