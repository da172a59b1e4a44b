// What became of each firing: a ring in memory for «/jrnl/action», the event page and support.

package import Faults
package import Timekeeping

/// How a firing ended.
package enum FiringOutcome: Sendable, Hashable {
    /// It still runs.
    case running
    /// Done; the numbers are what the action counted (meters answered and asked, messages sent).
    case done(good: Int, total: Int)
    /// It could not be done.
    case failed(Fault)
    /// The same rule still ran; what this firing was for is done by one further run (REQ-232).
    case coalesced
    /// A back-fill that was not needed: what it was for is there.
    case satisfied
}

/// One record of the journal.
package struct FiringRecord: Sendable, Hashable {
    /// Running number, from 1.
    package var id: Int
    /// The firing.
    package var firing: Firing
    /// When it began, by the gateway's clock.
    package var began: WallTime
    /// When it ended; nil while it runs.
    package var ended: WallTime?
    /// How it ended.
    package var outcome: FiringOutcome
}

/// The last records, oldest first.
struct FiringJournal: Sendable {
    private(set) var records: [FiringRecord] = []
    private var count = 0

    /// How many records stay.
    static let capacity = 500

    mutating func begin(_ firing: Firing, at time: WallTime, outcome: FiringOutcome = .running) -> Int {
        count += 1
        let ended = outcome == .running ? nil : time
        records.append(FiringRecord(id: count, firing: firing, began: time, ended: ended, outcome: outcome))
        if records.count > FiringJournal.capacity { records.removeFirst() }
        return count
    }

    mutating func end(_ id: Int, at time: WallTime, _ outcome: FiringOutcome) {
        // A record that has left the ring meanwhile needs no end.
        guard let index = records.lastIndex(where: { $0.id == id }) else { return }
        records[index].ended = time
        records[index].outcome = outcome
    }
}
