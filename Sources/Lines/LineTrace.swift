// The last frames of a line, bounded in octets, for diagnostics in the field. Octets that a driver declared
// secret never enter it, nor those that are recognised as such in what others sent or in an echo (D12).

import Diagnosis
import Octets
package import Timekeeping

/// One burst of octets in one direction.
package struct LineTraceEntry: Sendable, Hashable {
    /// Which way.
    package enum Direction: String, Sendable, Hashable {
        /// To the meter.
        case sent = ">>"
        /// From the meter.
        case received = "<<"
    }
    /// Number of the entry; grows by one, so that a reader can ask for what is new.
    package var number: UInt64
    /// When its first octet was handed over or came.
    package var instant: MonotonicInstant
    /// Which way.
    package var direction: Direction
    /// The octets, zero where hidden.
    package var octets: [UInt8]
    /// Places of hidden octets.
    package var hidden: [Range<Int>]

    /// `7e a0 08 •• •• 7e`, without direction and time.
    package var text: String {
        octets.indices.map { index in
            hidden.contains { $0.contains(index) } ? "••" : [octets[index]].hex
        }.joined(separator: " ")
    }
}

extension LineTraceEntry {
    /// Overwrites declared secrets, and those that are recognised in the burst as it stands now.
    package mutating func hide(_ secrets: [Range<Int>]) {
        for range in Self.places(of: secrets, in: octets, besides: hidden) {
            for index in range { octets[index] = 0 }
            hidden.append(range)
        }
    }

    /// What of a burst is to be overwritten: declared secrets and recognised ones that are not hidden yet.
    fileprivate static func places(
        of secrets: [Range<Int>], in burst: [UInt8], besides hidden: [Range<Int>]
    ) -> [Range<Int>] {
        var found: [Range<Int>] = []
        for range in secrets + BurstSecrets.ranges(in: burst) {
            let range = range.clamped(to: burst.indices)
            if !range.isEmpty, !hidden.contains(range), !found.contains(range) { found.append(range) }
        }
        return found
    }
}

/// A ring of bursts. Their octets lie one behind the other in one array: a thousand small ones would each be
/// fetched from far away only to be thrown away. What is forgotten stays in front, cut off when it is half of
/// all.
struct LineTrace: Sendable {
    /// One burst without its octets.
    private struct Burst {
        let number: UInt64
        let instant: MonotonicInstant
        let direction: LineTraceEntry.Direction
        /// Places of its octets among all that ever came.
        var place: Range<Int>
        /// Places of hidden octets, from the burst's first.
        var hidden: [Range<Int>] = []
    }

    private var bursts: [Burst] = []
    private var octets: [UInt8] = []
    /// Octets that are cut off.
    private var cut = 0
    /// Bursts in front that are forgotten.
    private var forgotten = 0
    private(set) var lastNumber: UInt64 = 0

    private let octetLimit: Int
    private let entryLimit: Int
    /// A burst longer than this begins a new entry, so that one babbling line does not become one huge entry.
    private static let burstLimit = 2_048

    /// A ring for a line: a bus of many meters is worth more than the one meter behind a TCP port, of which a
    /// gateway may have a thousand.
    init(of line: LineID) {
        switch line {
        case .interface: (octetLimit, entryLimit) = (262_144, 1_000)
        case .tcp: (octetLimit, entryLimit) = (2_048, 32)
        }
    }

    /// A ring of other bounds.
    init(octetLimit: Int, entryLimit: Int) {
        self.octetLimit = octetLimit
        self.entryLimit = entryLimit
    }

    /// How many bursts are remembered.
    var count: Int { bursts.count - forgotten }

    /// Their octets.
    var octetCount: Int {
        guard forgotten < bursts.count else { return 0 }
        return cut + octets.count - bursts[forgotten].place.lowerBound
    }

    /// The bursts, oldest first.
    var entries: [LineTraceEntry] { entries(after: 0) }

    /// Bursts with greater numbers, oldest first.
    func entries(after number: UInt64, limit: Int = .max) -> [LineTraceEntry] {
        bursts[forgotten...].drop { $0.number <= number }.prefix(limit).map { burst in
            LineTraceEntry(
                number: burst.number, instant: burst.instant, direction: burst.direction,
                octets: self[burst], hidden: burst.hidden)
        }
    }

    /// Adds octets; pieces of one burst are joined.
    mutating func add(
        _ added: [UInt8], _ direction: LineTraceEntry.Direction, at instant: MonotonicInstant,
        hiding secrets: [Range<Int>] = []
    ) {
        let first = cut + octets.count
        let place = first..<first + added.count
        octets += added
        if let last = bursts.last, continues(last, added.count, direction, at: instant) {
            let offset = last.place.count
            bursts[bursts.count - 1].place = last.place.lowerBound..<place.upperBound
            let whole = self[bursts[bursts.count - 1]]
            hide(secrets.map { $0.lowerBound + offset..<$0.upperBound + offset }, in: whole)
        } else {
            lastNumber += 1
            bursts.append(Burst(number: lastNumber, instant: instant, direction: direction, place: place))
            hide(secrets, in: added)
        }
        forgetOldest()
    }

    /// Overwrites in the newest burst what was declared secret, and what is recognised as such.
    private mutating func hide(_ secrets: [Range<Int>], in burst: [UInt8]) {
        let (last, first) = (bursts.count - 1, octets.count - burst.count)
        for range in LineTraceEntry.places(of: secrets, in: burst, besides: bursts[last].hidden) {
            for index in range { octets[first + index] = 0 }
            bursts[last].hidden.append(range)
        }
    }

    /// Whether octets belong to the burst before them: everything that comes without a request in between,
    /// and the rest of a frame that was handed over in pieces, as a transit client's network cuts it.
    private func continues(
        _ last: Burst, _ count: Int, _ direction: LineTraceEntry.Direction, at instant: MonotonicInstant
    ) -> Bool {
        guard last.direction == direction, last.place.count + count <= LineTrace.burstLimit else {
            return false
        }
        guard direction == .sent else { return true }
        return instant - last.instant <= .seconds(1) && BurstSecrets.isUnfinished(self[last])
    }

    private mutating func forgetOldest() {
        while octetCount > octetLimit || count > entryLimit, count > 1 { forgotten += 1 }
        guard forgotten > 0, forgotten * 2 >= bursts.count || octets.count > octetLimit * 2 else { return }
        let first = bursts[forgotten].place.lowerBound
        octets.removeFirst(first - cut)
        cut = first
        bursts.removeFirst(forgotten)
        forgotten = 0
    }

    /// The octets of a burst.
    private subscript(burst: Burst) -> [UInt8] {
        Array(octets[burst.place.lowerBound - cut..<burst.place.upperBound - cut])
    }
}
