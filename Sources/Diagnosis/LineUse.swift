// How a line's time was used: held, and carrying octets, in slots of ten seconds and of a minute. Two small
// rings, for a gateway may have a thousand lines.

package import Timekeeping

/// The use of one line.
package struct LineUse: Sendable, Hashable {
    /// A slot's sums, milliseconds and octets.
    package struct Slot: Sendable, Hashable {
        /// Somebody had the line.
        package var held: UInt16 = 0
        /// Octets were on the wire.
        package var carrying: UInt16 = 0
        /// Octets, both ways.
        package var octets: UInt32 = 0

        /// An empty slot.
        package init() {}
    }

    /// A ring of slots.
    private struct Ring: Sendable, Hashable {
        let seconds: Int64
        let length: Int
        var slots: [Slot] = []
        var newest: Int64 = -1

        init(seconds: Int64, length: Int) {
            self.seconds = seconds
            self.length = length
        }

        mutating func with(_ second: Int64, _ change: (inout Slot) -> Void) {
            let slot = second / seconds
            if slots.isEmpty { slots = Array(repeating: Slot(), count: length) }
            if newest < 0 { newest = slot }
            // Slots in which nothing happened are empty, not old.
            while newest < slot {
                newest = max(newest, slot - Int64(length)) + 1
                slots[Int(newest % Int64(length))] = Slot()
            }
            guard slot > newest - Int64(length) else { return }
            change(&slots[Int(slot % Int64(length))])
        }

        /// The slots up to the one of `second`, oldest first.
        func all(at second: Int64) -> [Slot] {
            let now = second / seconds
            return (now - Int64(length) + 1...now).map { slot in
                guard slot >= 0, slot <= newest, slot > newest - Int64(length), !slots.isEmpty else {
                    return Slot()
                }
                return slots[Int(slot % Int64(length))]
            }
        }
    }

    private var fine = Ring(seconds: 10, length: 6)
    private var coarse = Ring(seconds: 60, length: 60)
    private var heldSince: MonotonicInstant?

    /// A line that was never used.
    package init() {}

    /// Somebody has the line from now on.
    package mutating func taken(at now: MonotonicInstant) { heldSince = now }

    /// Nobody has it any more.
    package mutating func freed(at now: MonotonicInstant) {
        settle(until: now)
        heldSince = nil
    }

    /// Octets took so long on the wire.
    package mutating func carried(_ octets: Int, for time: Duration, at now: MonotonicInstant) {
        let milliseconds = UInt16(clamping: time.wholeNanoseconds / 1_000_000)
        let second = now.nanoseconds / 1_000_000_000
        func add(_ slot: inout Slot) {
            slot.octets = UInt32(clamping: Int(slot.octets) + octets)
            slot.carrying = UInt16(clamping: Int(slot.carrying) + Int(milliseconds))
        }
        fine.with(second, add)
        coarse.with(second, add)
    }

    /// Six slots of the last minute, oldest first.
    package func minute(at now: MonotonicInstant) -> [Slot] {
        var whole = self
        whole.settle(until: now)
        return whole.fine.all(at: now.nanoseconds / 1_000_000_000)
    }

    /// Sixty slots of the last hour, oldest first.
    package func hour(at now: MonotonicInstant) -> [Slot] {
        var whole = self
        whole.settle(until: now)
        return whole.coarse.all(at: now.nanoseconds / 1_000_000_000)
    }

    /// Books the time held so far, cut at the seams of the slots.
    private mutating func settle(until now: MonotonicInstant) {
        guard var from = heldSince, from < now else { return }
        // What is older than the rings reach is not worth a walk.
        from = max(from, now + .seconds(-3_600))
        while from < now {
            let second = from.nanoseconds / 1_000_000_000
            let seam = MonotonicInstant(nanoseconds: (second / 10 + 1) * 10_000_000_000)
            let end = min(seam, now)
            let held = (end - from).wholeNanoseconds / 1_000_000
            func add(_ slot: inout Slot) { slot.held = UInt16(clamping: Int64(slot.held) + held) }
            fine.with(second, add)
            coarse.with(second, add)
            from = end
        }
        heldSince = now
    }
}
