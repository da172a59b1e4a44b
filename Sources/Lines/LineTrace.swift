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
        for range in secrets + BurstSecrets.ranges(in: octets) {
            let range = range.clamped(to: octets.indices)
            guard !range.isEmpty, !hidden.contains(range) else { continue }
            for index in range { octets[index] = 0 }
            hidden.append(range)
        }
    }
}

/// A ring of bursts.
struct LineTrace: Sendable {
    /// The bursts, oldest first, behind those that are forgotten: empty ones, cut off when they are half of
    /// all. To move a thousand entries at every burst would cost more than the burst itself.
    private var kept: [LineTraceEntry] = []
    private var forgotten = 0
    private(set) var octetCount = 0
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

    /// The bursts, oldest first.
    var entries: ArraySlice<LineTraceEntry> { kept[forgotten...] }

    /// Adds octets; pieces of one burst are joined.
    mutating func add(
        _ octets: [UInt8], _ direction: LineTraceEntry.Direction, at instant: MonotonicInstant,
        hiding secrets: [Range<Int>] = []
    ) {
        octetCount += octets.count
        if let last = entries.indices.last, continues(kept[last], octets, direction, at: instant) {
            let offset = kept[last].octets.count
            kept[last].octets += octets
            kept[last].hide(secrets.map { $0.lowerBound + offset..<$0.upperBound + offset })
        } else {
            lastNumber += 1
            var entry = LineTraceEntry(
                number: lastNumber, instant: instant, direction: direction, octets: octets, hidden: [])
            entry.hide(secrets)
            kept.append(entry)
        }
        forgetOldest()
    }

    /// Whether octets belong to the burst before them: everything that comes without a request in between,
    /// and the rest of a frame that was handed over in pieces, as a transit client's network cuts it.
    private func continues(
        _ last: LineTraceEntry, _ octets: [UInt8], _ direction: LineTraceEntry.Direction,
        at instant: MonotonicInstant
    ) -> Bool {
        guard last.direction == direction, last.octets.count + octets.count <= LineTrace.burstLimit else {
            return false
        }
        guard direction == .sent else { return true }
        return instant - last.instant <= .seconds(1) && BurstSecrets.isUnfinished(last.octets)
    }

    private mutating func forgetOldest() {
        while octetCount > octetLimit || kept.count - forgotten > entryLimit, forgotten < kept.count - 1 {
            octetCount -= kept[forgotten].octets.count
            kept[forgotten].octets = []
            forgotten += 1
        }
        guard forgotten > 0, forgotten * 2 >= kept.count else { return }
        kept.removeFirst(forgotten)
        forgotten = 0
    }
}
