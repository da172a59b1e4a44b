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

extension MeterArchive {
    /// The newest outcome of every item of the meters asked for (all when empty), ascending by meter and
    /// item.
    package func pollOutcomes(meters: [Int] = []) throws(Fault) -> [PollOutcome] {
        let wanted = Set(meters)
        return try reading("listing poll outcomes") { () throws(StorageError) in
            let query = try connection.statement(
                "SELECT id, kind, at, code, parameters, good_at FROM poll_outcome ORDER BY id, kind")
            defer { query.reset() }
            var found: [PollOutcome] = []
            while try query.step() {
                let meter = Int(query.integer(0))
                guard wanted.isEmpty || wanted.contains(meter) else { continue }
                let fault = FaultCode(rawValue: query.text(3)).map {
                    Fault($0, ParameterText.decode(query.text(4)))
                }
                found.append(
                    PollOutcome(
                        meterID: meter, measure: OutcomeKind.measure(of: query.integer(1)),
                        at: WallTime(unixSeconds: query.integer(2)), fault: fault,
                        goodAt: query.optionalInteger(5).map { WallTime(unixSeconds: $0) }))
            }
            return found
        }
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
    fileprivate func newestInterval(of key: Int64) throws(StorageError) -> Int? {
        let query = try connection.statement(
            "SELECT interval FROM profile WHERE meter_key = ?1 AND kind = 5 AND interval > 0 "
                + "ORDER BY period DESC LIMIT 1")
        query.bind(key, at: 1)
        defer { query.reset() }
        return try query.step() ? Int(query.integer(0)) : nil
    }
}
