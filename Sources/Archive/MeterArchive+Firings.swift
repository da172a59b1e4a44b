// Firings of the event system, kept so that a journal survives a restart. The engine hands them over in
// batches: a commit for each would wear the flash out for a list that people seldom read.

package import Faults
import Storage
package import Timekeeping

/// One firing that has ended.
package struct FiringEntry: Sendable, Hashable {
    /// How it ended.
    package enum Result: Int64, Sendable, Hashable {
        /// The action was done.
        case done = 0
        /// It could not be done.
        case failed = 1
        /// The same rule still ran: one further run did it.
        case coalesced = 2
        /// What it was for was there already.
        case satisfied = 3
    }

    /// Running number over the life of the archive.
    package var number: Int
    /// The planned minute, device's civil time.
    package var planned: CivilStamp
    /// Row of the event table.
    package var rule: Int
    /// Type text and row of what happened.
    package var event: (type: String, id: Int) { (eventType, eventID) }
    /// Type text and row of what was done.
    package var action: (type: String, id: Int) { (actionType, actionID) }
    /// UTC of begin and end.
    package var began: WallTime
    package var ended: WallTime
    /// How it ended.
    package var result: Result
    /// What the action counted.
    package var good: Int
    package var total: Int
    /// Why it failed.
    package var fault: Fault?
    private var eventType: String
    private var eventID: Int
    private var actionType: String
    private var actionID: Int

    /// A firing.
    package init(
        number: Int, planned: CivilStamp, rule: Int, event: (type: String, id: Int),
        action: (type: String, id: Int), began: WallTime, ended: WallTime, result: Result, good: Int = 0,
        total: Int = 0, fault: Fault? = nil
    ) {
        self.number = number
        self.planned = planned
        self.rule = rule
        (eventType, eventID) = event
        (actionType, actionID) = action
        self.began = began
        self.ended = ended
        self.result = result
        self.good = good
        self.total = total
        self.fault = fault
    }
}

extension MeterArchive {
    /// How many firings stay.
    package static let firingDepth = 2_000

    /// Appends firings in one transaction and lets the oldest go.
    package func note(_ firings: [FiringEntry]) throws(Fault) {
        guard let newest = firings.map(\.number).max() else { return }
        try writing("writing the journal of events") { () throws(StorageError) in
            for firing in firings {
                let insertion = try connection.statement(
                    "INSERT OR REPLACE INTO firing VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, "
                        + "?12, ?13, ?14)")
                insertion.bind(Int64(firing.number), at: 1)
                insertion.bind(firing.planned.seconds, at: 2)
                insertion.bind(Int64(firing.rule), at: 3)
                insertion.bind(firing.event.type, at: 4)
                insertion.bind(Int64(firing.event.id), at: 5)
                insertion.bind(firing.action.type, at: 6)
                insertion.bind(Int64(firing.action.id), at: 7)
                insertion.bind(firing.began.unixSeconds, at: 8)
                insertion.bind(firing.ended.unixSeconds, at: 9)
                insertion.bind(firing.result.rawValue, at: 10)
                insertion.bind(Int64(firing.good), at: 11)
                insertion.bind(Int64(firing.total), at: 12)
                insertion.bind(firing.fault?.code.rawValue ?? "", at: 13)
                insertion.bind(ParameterText.encode(firing.fault?.parameters ?? [:]), at: 14)
                try insertion.run()
            }
            try connection.statement("DELETE FROM firing WHERE entry <= ?1").run(
                Int64(newest - MeterArchive.firingDepth))
        }
    }

    /// Firings numbered below `before` (all when nil), newest first.
    package func firings(before: Int?, limit: Int) throws(Fault) -> [FiringEntry] {
        try reading("reading the journal of events") { () throws(StorageError) in
            let query = try connection.statement(
                "SELECT entry, planned, rule, event, event_id, action, action_id, began_at, ended_at, "
                    + "result, good, total, code, parameters FROM firing WHERE entry < ?1 "
                    + "ORDER BY entry DESC LIMIT ?2"
            )
            query.bind(Int64(before ?? .max), at: 1)
            query.bind(Int64(limit), at: 2)
            defer { query.reset() }
            var found: [FiringEntry] = []
            while try query.step() {
                found.append(
                    FiringEntry(
                        number: Int(query.integer(0)), planned: CivilStamp(seconds: query.integer(1)),
                        rule: Int(query.integer(2)), event: (query.text(3), Int(query.integer(4))),
                        action: (query.text(5), Int(query.integer(6))),
                        began: WallTime(unixSeconds: query.integer(7)),
                        ended: WallTime(unixSeconds: query.integer(8)),
                        result: FiringEntry.Result(rawValue: query.integer(9)) ?? .failed,
                        good: Int(query.integer(10)), total: Int(query.integer(11)),
                        fault: FaultCode(rawValue: query.text(12)).map {
                            Fault($0, ParameterText.decode(query.text(13)))
                        }))
            }
            return found
        }
    }
}
