// Invocation counters, reserved in blocks before any of a block is used: after a power cut none is used
// twice, for that would give the key away.

package import Faults
import Seams
import Storage

extension MeterArchive: CounterStore {
    /// Reserves a block in one durable transaction. Throws `archive.write` and its kin, or `meter.keys` when
    /// a series has come to its end: the key must be changed.
    package func reserve(
        _ count: UInt32, of series: String, notBelow least: UInt32
    ) async throws(Fault) -> Range<UInt32> {
        let end = try writing("reserving invocation counters") { () throws(StorageError) -> Int64? in
            let query = try connection.statement("SELECT next FROM invocation_counter WHERE series = ?1")
            query.bind(series, at: 1)
            let stored = try query.step() ? query.integer(0) : 1
            query.reset()
            let end = max(stored, Int64(least)) + Int64(count)
            guard end <= Int64(UInt32.max) else { return nil }
            let insertion = try connection.statement(
                "INSERT OR REPLACE INTO invocation_counter VALUES (?1, ?2)")
            insertion.bind(series, at: 1)
            insertion.bind(end, at: 2)
            try insertion.run()
            return end
        }
        guard let end = end.flatMap(UInt32.init(exactly:)) else {
            throw Fault(.meterKeys, ["detail": "invocation counters are used up"])
        }
        return end - count..<end
    }
}

extension MeterArchive {
    /// Takes note of a counter that another side used, in one durable transaction: true when it is above all
    /// that `series` ever had, false for one that was used already. So nothing that was once heard counts
    /// twice, not even behind a restart. Throws as `reserve`; then it is not noted.
    package func admit(counter: UInt32, of series: String) throws(Fault) -> Bool {
        try writing("noting an invocation counter") { () throws(StorageError) -> Bool in
            let query = try connection.statement("SELECT next FROM invocation_counter WHERE series = ?1")
            query.bind(series, at: 1)
            let next = try query.step() ? query.integer(0) : 0
            query.reset()
            guard Int64(counter) >= next else { return false }
            let insertion = try connection.statement(
                "INSERT OR REPLACE INTO invocation_counter VALUES (?1, ?2)")
            insertion.bind(series, at: 1)
            insertion.bind(Int64(counter) + 1, at: 2)
            try insertion.run()
            return true
        }
    }

    /// Serial number of the meter that hangs at a row now; nil for a row that is not registered, empty before
    /// the first meter told its own.
    package func serial(ofMeter id: Int) -> String? { present[id]?.serial }
}
