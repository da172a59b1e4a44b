// The last frames of a line, bounded in octets, for diagnostics in the field. Octets that a driver declared
// secret never enter it (decision D12).

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

/// A ring of bursts.
struct LineTrace: Sendable {
    private(set) var entries: [LineTraceEntry] = []
    private var octetCount = 0
    private var lastNumber: UInt64 = 0

    private let octetLimit: Int
    private let entryLimit: Int
    /// A burst longer than this begins a new entry, so that one babbling line does not become one huge entry.
    private static let burstLimit = 2_048

    /// A ring for a line: a bus of many meters is worth more than the one meter behind a TCP port, of which a
    /// gateway may have a thousand.
    init(of line: LineID) {
        switch line {
        case .interface: (octetLimit, entryLimit) = (16_384, 256)
        case .tcp: (octetLimit, entryLimit) = (2_048, 32)
        }
    }

    /// Adds octets; pieces of one burst are joined.
    mutating func add(
        _ octets: [UInt8], _ direction: LineTraceEntry.Direction, at instant: MonotonicInstant,
        hiding secrets: [Range<Int>] = []
    ) {
        var shown = octets
        let hidden = secrets.map { $0.clamped(to: octets.indices) }.filter { !$0.isEmpty }
        for range in hidden { for index in range { shown[index] = 0 } }
        octetCount += shown.count
        if let last = entries.indices.last, direction == .received, entries[last].direction == .received,
            entries[last].octets.count + shown.count <= LineTrace.burstLimit
        {
            entries[last].octets += shown
        } else {
            lastNumber += 1
            entries.append(
                LineTraceEntry(
                    number: lastNumber, instant: instant, direction: direction, octets: shown, hidden: hidden)
            )
        }
        forgetOldest()
    }

    private mutating func forgetOldest() {
        var dropped = 0
        while octetCount > octetLimit || entries.count - dropped > entryLimit,
            dropped < entries.count - 1
        {
            octetCount -= entries[dropped].octets.count
            dropped += 1
        }
        if dropped > 0 { entries.removeFirst(dropped) }
    }
}
