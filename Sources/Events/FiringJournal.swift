// What became of each firing: the newest in memory, all in the archive in batches, for «/jrnl/action», the
// event page and support.

import Archive
import Configuration
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
    /// Records that have ended and are not in the archive yet.
    private(set) var unkept: [FiringRecord] = []
    private var count: Int

    /// How many records stay in memory.
    static let capacity = 500
    /// So many ended records are worth a commit of the archive.
    static let batch = 32

    /// A journal that goes on after the record numbered `last`.
    init(after last: Int = 0) { count = last }

    /// The number of an entry that is no firing: a command of a person.
    mutating func number() -> Int {
        count += 1
        return count
    }

    mutating func begin(_ firing: Firing, at time: WallTime, outcome: FiringOutcome = .running) -> Int {
        count += 1
        let ended = outcome == .running ? nil : time
        let record = FiringRecord(id: count, firing: firing, began: time, ended: ended, outcome: outcome)
        records.append(record)
        if ended != nil { unkept.append(record) }
        if records.count > FiringJournal.capacity { records.removeFirst() }
        return count
    }

    mutating func end(_ id: Int, at time: WallTime, _ outcome: FiringOutcome) {
        // A record that has left the ring meanwhile needs no end.
        guard let index = records.lastIndex(where: { $0.id == id }) else { return }
        records[index].ended = time
        records[index].outcome = outcome
        unkept.append(records[index])
    }

    /// The archive has them.
    mutating func kept(_ entries: [FiringEntry]) {
        let numbers = Set(entries.map(\.number))
        unkept.removeAll { numbers.contains($0.id) }
    }
}

extension FiringEntry {
    /// A record that has ended; nil while it runs.
    init?(_ record: FiringRecord) {
        guard let ended = record.ended else { return nil }
        let rule = record.firing.armed.rule
        var (result, good, total, fault): (Result, Int, Int, Fault?) = (.done, 0, 0, nil)
        switch record.outcome {
        case .running: return nil
        case .done(let counted, let all): (good, total) = (counted, all)
        case .failed(let reason): (result, fault) = (.failed, reason)
        case .coalesced: result = .coalesced
        case .satisfied: result = .satisfied
        }
        self.init(
            number: record.id, planned: record.firing.planned, rule: rule.id,
            event: (rule.eventType.rawValue, rule.eventID), action: (rule.actionType.rawValue, rule.actionID),
            began: record.began, ended: ended, result: result, good: good, total: total, fault: fault)
    }
}
