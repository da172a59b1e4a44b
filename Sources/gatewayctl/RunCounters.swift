// Invocation counters for one run of a program that keeps nothing: the driver asks the meter for its newest
// and goes on a block above it.

import Faults
import Seams

/// A series in memory.
actor RunCounters: CounterStore {
    private var next: [String: UInt32] = [:]

    /// A block above all given in this run.
    func reserve(_ count: UInt32, of series: String, notBelow least: UInt32) async throws -> Range<UInt32> {
        let begin = max(next[series] ?? 1, least)
        guard begin < UInt32.max - count else {
            throw Fault(.meterKeys, ["detail": "invocation counters are used up"])
        }
        next[series] = begin + count
        return begin..<begin + count
    }
}
