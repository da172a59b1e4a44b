// How polls went, per meter and item, and the journal of what happened to the archive.

package import Faults
package import Metering
import Storage
package import Timekeeping

/// The newest outcome of one item of one meter.
package struct PollOutcome: Sendable, Hashable {
    /// ID in the meter table.
    package var meterID: Int
    /// What was asked for; nil is the session itself.
    package var measure: Measure?
    /// UTC of the newest try.
    package var at: WallTime
    /// Why it failed; nil when it went well.
    package var fault: Fault?
    /// UTC of the newest success; nil when there was none.
    package var goodAt: WallTime?

    /// An outcome.
    package init(meterID: Int, measure: Measure?, at: WallTime, fault: Fault?, goodAt: WallTime?) {
        self.meterID = meterID
        self.measure = measure
        self.at = at
        self.fault = fault
        self.goodAt = goodAt
    }
}

/// Something that happened to the archive or its meters; texts come from the catalogue by code.
package struct JournalEntry: Sendable, Hashable {
    /// UTC.
    package var at: WallTime
    /// ID in the meter table; 0 for the gateway.
    package var meterID: Int
    /// Dotted name, such as `meter.replaced`.
    package var code: String
    /// Facts.
    package var parameters: [String: String]

    /// An entry.
    package init(at: WallTime, meterID: Int, code: String, parameters: [String: String] = [:]) {
        self.at = at
        self.meterID = meterID
        self.code = code
        self.parameters = parameters
    }
}

/// Numbers of `poll_outcome.kind`: the archive number, and negative ones for what is never archived.
enum OutcomeKind {
    /// The `kind` column of an item.
    static func number(of measure: Measure?) -> Int64 {
        switch measure {
        case nil: -1
        case .clock: -2
        case .relay: -3
        case .some(let archived): Int64(archived.archiveNumber ?? -1)
        }
    }

    /// The item of a `kind` column; nil is the session itself.
    static func measure(of number: Int64) -> Measure? {
        switch number {
        case -2: .clock
        case -3: .relay
        default: Measure(archiveNumber: Int(number))
        }
    }
}

/// Whose outcome.
struct OutcomeKey: Sendable, Hashable {
    var meterID: Int
    /// `OutcomeKind` number.
    var kind: Int64
}

/// The newest outcome in memory, and when it was last written down.
struct OutcomeState: Sendable, Hashable {
    var at: WallTime
    var fault: Fault?
    var goodAt: WallTime?
    var storedAt: WallTime

    /// Whether `next` must be written: something changed, or the stored times have grown old.
    func isOutdated(by next: OutcomeState) -> Bool {
        // A refusal blocks the meter for a day from its newest try, also over a restart (R22).
        next.fault != fault || next.fault?.code.isAboutCredentials == true
            || (goodAt == nil) != (next.goodAt == nil)
            || !(0..<OutcomeState.patience).contains(next.at.unixSeconds - storedAt.unixSeconds)
    }

    /// So long the times of an unchanged outcome may stay in memory only: writing them with every session
    /// would cost as much flash as the rows.
    private static let patience: Int64 = 6 * 3_600
}

extension SessionWriting {
    /// The newest outcome of each item, beside the time of the last success; written when one of them says
    /// something new.
    mutating func recordOutcomes() throws(StorageError) {
        var isNews = false
        for item in session.outcomes {
            let key = OutcomeKey(meterID: session.meterID, kind: OutcomeKind.number(of: item.measure))
            let known = outcomes[key]
            let next = OutcomeState(
                at: session.readAt, fault: item.fault,
                goodAt: item.fault == nil ? session.readAt : known?.goodAt,
                storedAt: known?.storedAt ?? session.readAt)
            isNews = isNews || known?.isOutdated(by: next) ?? true
            outcomes[key] = next
        }
        guard isNews else { return }
        for key in outcomes.keys.sorted(by: { $0.kind < $1.kind }) {
            outcomes[key]?.storedAt = session.readAt
            if let state = outcomes[key] { try store(state, of: key) }
        }
    }

    private func store(_ state: OutcomeState, of key: OutcomeKey) throws(StorageError) {
        let upsert = try tables.connection.statement(
            "INSERT INTO poll_outcome VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO UPDATE SET "
                + "at = ?3, code = ?4, parameters = ?5, good_at = ?6")
        upsert.bind(Int64(key.meterID), at: 1)
        upsert.bind(key.kind, at: 2)
        upsert.bind(state.at.unixSeconds, at: 3)
        upsert.bind(state.fault?.code.rawValue ?? "", at: 4)
        upsert.bind(ParameterText.encode(state.fault?.parameters ?? [:]), at: 5)
        upsert.bind(state.goodAt?.unixSeconds, at: 6)
        try upsert.run()
    }
}

extension MeterArchive {
    /// The newest outcome of every item of the meters asked for (all when empty), ascending by meter and
    /// item.
    package func pollOutcomes(meters: [Int] = []) throws(Fault) -> [PollOutcome] {
        let wanted = Set(meters)
        return outcomes.filter { wanted.isEmpty || wanted.contains($0.key.meterID) }
            .sorted { ($0.key.meterID, $0.key.kind) < ($1.key.meterID, $1.key.kind) }
            .map { key, state in
                PollOutcome(
                    meterID: key.meterID, measure: OutcomeKind.measure(of: key.kind), at: state.at,
                    fault: state.fault, goodAt: state.goodAt)
            }
    }

    /// Every stored outcome, for the memory of the actor.
    static func loadOutcomes(_ connection: Connection) throws(StorageError) -> [OutcomeKey: OutcomeState] {
        let query = try connection.statement(
            "SELECT id, kind, at, code, parameters, good_at FROM poll_outcome")
        defer { query.reset() }
        var found: [OutcomeKey: OutcomeState] = [:]
        while try query.step() {
            let fault = FaultCode(rawValue: query.text(3)).map {
                Fault($0, ParameterText.decode(query.text(4)))
            }
            let at = WallTime(unixSeconds: query.integer(2))
            found[OutcomeKey(meterID: Int(query.integer(0)), kind: query.integer(1))] = OutcomeState(
                at: at, fault: fault, goodAt: query.optionalInteger(5).map { WallTime(unixSeconds: $0) },
                storedAt: at)
        }
        return found
    }

    /// Interval of the newest profile row of a meter in minutes; nil before the first.
    package func profileInterval(meter: Int) throws(Fault) -> Int? {
        guard let life = present[meter] else { return nil }
        return try reading("asking for the interval of meter \(meter)") { () throws(StorageError) in
            try tables.newestInterval(of: life.key)
        }
    }

    /// Appends to the journal; durable when this returns.
    package func note(_ entry: JournalEntry) throws(Fault) {
        try writing("writing the journal") { () throws(StorageError) in
            try tables.journal(at: entry.at, meter: entry.meterID, code: entry.code, entry.parameters)
        }
    }

    /// The newest `limit` journal entries, newest first; of one meter when given.
    package func journal(meter: Int? = nil, limit: Int = 100) throws(Fault) -> [JournalEntry] {
        try reading("reading the journal") { () throws(StorageError) in
            let query = try connection.statement(
                "SELECT at, id, code, parameters FROM journal WHERE ?1 IS NULL OR id = ?1 "
                    + "ORDER BY entry DESC LIMIT ?2")
            query.bind(meter.map(Int64.init), at: 1)
            query.bind(Int64(limit), at: 2)
            defer { query.reset() }
            var found: [JournalEntry] = []
            while try query.step() {
                found.append(
                    JournalEntry(
                        at: WallTime(unixSeconds: query.integer(0)), meterID: Int(query.integer(1)),
                        code: query.text(2), parameters: ParameterText.decode(query.text(3))))
            }
            return found
        }
    }
}

extension ArchiveTables {
    /// Interval of the newest profile row, minutes.
    func newestInterval(of key: Int64) throws(StorageError) -> Int? {
        let query = try connection.statement(
            "SELECT s.interval FROM profile p JOIN profile_shape s USING (shape) "
                + "WHERE p.series = ?1 AND s.interval > 0 ORDER BY p.slot DESC LIMIT 1")
        query.bind(RowSeries.number(key, 5), at: 1)
        defer { query.reset() }
        return try query.step() ? Int(query.integer(0)) : nil
    }
}
