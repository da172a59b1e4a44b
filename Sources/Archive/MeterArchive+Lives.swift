// Meters and their lives (R8, D13), and the consequences of a saved configuration (D7, D8): new meters get a
// life, re-addressed ones keep theirs, deleted ones lose their archives. What a deletion would lose can be
// asked before.

package import Faults
import Logging
package import Metering
import Seams
import Storage
package import Timekeeping

/// A row of the meter table as the archive needs it.
package struct RegisteredMeter: Sendable, Hashable {
    /// ID in the meter table.
    package var id: Int
    /// `typeName`.
    package var typeName: String
    /// Network address.
    package var address: String
    /// Parent's ID, 0 for the device itself.
    package var parent: Int

    /// A registered meter.
    package init(id: Int, typeName: String = "", address: String = "", parent: Int = 0) {
        self.id = id
        self.typeName = typeName
        self.address = address
        self.parent = parent
    }
}

/// What deleting one meter would lose.
package struct DeletionLoss: Sendable, Hashable {
    /// ID in the meter table.
    package var meterID: Int
    /// Serial of its present life; empty when never read.
    package var serial: String
    /// Stored rows of all its lives by measure; measures without rows are left out.
    package var rows: [Measure: Int]
    /// Oldest and newest stamp among them; nil when there are none.
    package var span: ClosedRange<CivilStamp>?

    /// Rows of all measures.
    package var total: Int { rows.values.reduce(0, +) }

    /// A loss.
    package init(meterID: Int, serial: String, rows: [Measure: Int], span: ClosedRange<CivilStamp>?) {
        self.meterID = meterID
        self.serial = serial
        self.rows = rows
        self.span = span
    }
}

extension MeterArchive {
    /// The configuration revision whose meters the archive knows; 0 before the first.
    package func appliedRevision() throws(Fault) -> Int {
        try reading("asking for the applied revision") { () throws(StorageError) in
            Int(try connection.integer("SELECT value FROM counter WHERE name = 'applied_revision'") ?? 0)
        }
    }

    /// Makes the archive follow the meter table of a revision, in one transaction: unknown IDs begin a life,
    /// known ones keep theirs with the new address, IDs no longer listed lose their lives and every row.
    /// Repeating it changes nothing, so a crash between saving and applying heals at the next start.
    package func register(_ meters: [RegisteredMeter], revision: Int) throws(Fault) {
        let wanted = Dictionary(meters.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        let doomed = lives.values.filter { wanted[$0.meterID] == nil }
        let now = wall.now
        let loaded = try writing("applying meter table revision \(revision)") { () throws(StorageError) in
            if !doomed.isEmpty { try tables.keep(sequence: sequence) }
            for life in doomed.sorted(by: { $0.key < $1.key }) { try tables.remove(life) }
            for meter in meters {
                if present[meter.id] == nil {
                    try tables.begin(meter, at: now)
                } else {
                    try tables.describe(meter)
                }
            }
            try connection.statement(
                "UPDATE counter SET value = ?1 WHERE name = 'applied_revision' AND value <> ?1"
            ).run(
                Int64(revision))
            return try MeterArchive.loadLives(connection)
        }
        (lives, present) = loaded
        unsettled.formIntersection(lives.keys)
        outcomes = outcomes.filter { present[$0.key.meterID] != nil }
        if !doomed.isEmpty {
            logger.log(.notice, "removed archives of deleted meters", [(.count, String(doomed.count))])
        }
    }

    /// What deleting these meters would lose, ascending by ID; for the review dialog.
    package func losses(ofDeleting meters: [Int]) throws(Fault) -> [DeletionLoss] {
        try reading("counting what a deletion would lose") { () throws(StorageError) in
            var losses: [DeletionLoss] = []
            for meter in meters.sorted() {
                guard let life = present[meter] else { continue }
                var loss = DeletionLoss(meterID: meter, serial: life.serial, rows: [:], span: nil)
                for life in lives.values where life.meterID == meter { try tables.count(life, into: &loss) }
                losses.append(loss)
            }
            return losses
        }
    }

    /// Every life by key and the present ones by meter, for the memory of the actor.
    static func loadLives(
        _ connection: Connection
    ) throws(StorageError) -> (all: [Int64: MeterLife], present: [Int: MeterLife]) {
        var (all, present): ([Int64: MeterLife], [Int: MeterLife]) = ([:], [:])
        let query = try connection.statement("SELECT meter_key, id, serial, since_at, until_at FROM meter")
        defer { query.reset() }
        while try query.step() {
            let life = MeterLife(
                key: query.integer(0), meterID: Int(query.integer(1)), serial: query.text(2),
                since: WallTime(unixSeconds: query.integer(3)),
                until: query.optionalInteger(4).map { WallTime(unixSeconds: $0) })
            all[life.key] = life
            if life.until == nil { present[life.meterID] = life }
        }
        return (all, present)
    }
}

extension ArchiveTables {
    /// A first life without a serial; the first session names it.
    fileprivate func begin(_ meter: RegisteredMeter, at now: WallTime) throws(StorageError) {
        let insertion = try connection.statement(
            "INSERT INTO meter(id, type, address, parent, serial, since_at) VALUES (?1, ?2, ?3, ?4, '', ?5)")
        insertion.bind(Int64(meter.id), at: 1)
        insertion.bind(meter.typeName, at: 2)
        insertion.bind(meter.address, at: 3)
        insertion.bind(Int64(meter.parent), at: 4)
        insertion.bind(now.unixSeconds, at: 5)
        try insertion.run()
    }

    /// A new address or type changes nothing else (R8).
    fileprivate func describe(_ meter: RegisteredMeter) throws(StorageError) {
        let update = try connection.statement(
            "UPDATE meter SET type = ?2, address = ?3, parent = ?4 WHERE id = ?1 AND until_at IS NULL "
                + "AND (type <> ?2 OR address <> ?3 OR parent <> ?4)")
        update.bind(Int64(meter.id), at: 1)
        update.bind(meter.typeName, at: 2)
        update.bind(meter.address, at: 3)
        update.bind(Int64(meter.parent), at: 4)
        try update.run()
    }

    /// Everything that hangs on a life. Its numbers in the sequence stay unused.
    fileprivate func remove(_ life: MeterLife) throws(StorageError) {
        forget(life: life.key)
        for family in ColumnFamily.all {
            try connection.statement("DELETE FROM \(family.table) WHERE \(RowSeries.ofLife)").run(life.key)
        }
        let tables =
            ["absent_slot", "profile_part", "quarantine", "change_log", "unbalanced_day"]
            + Schema.journalTables
        for table in tables + ["meter"] {
            try connection.statement("DELETE FROM \(table) WHERE meter_key = ?1").run(life.key)
        }
        for table in ["poll_outcome", "cursor_scope", "cursor_loss"] {
            try connection.statement("DELETE FROM \(table) WHERE id = ?1").run(Int64(life.meterID))
        }
    }

    /// Adds a life's rows to what a deletion would lose.
    fileprivate func count(_ life: MeterLife, into loss: inout DeletionLoss) throws(StorageError) {
        var sources = ColumnFamily.all.map { ($0.table, "series & 63", RowMark.stampText, RowSeries.ofLife) }
        sources.append(("event", "kind", "stamp", "meter_key = ?1"))
        for (table, kind, stamp, ofLife) in sources {
            let query = try connection.statement(
                "SELECT \(kind), count(*), min(\(stamp)), max(\(stamp)) FROM \(table) WHERE \(ofLife) "
                    + "GROUP BY 1")
            query.bind(life.key, at: 1)
            defer { query.reset() }
            while try query.step() {
                guard let measure = Measure(archiveNumber: Int(query.integer(0))) else { continue }
                loss.rows[measure, default: 0] += Int(query.integer(1))
                let first = CivilStamp(seconds: query.integer(2))
                let last = CivilStamp(seconds: query.integer(3))
                loss.span =
                    loss.span.map { min($0.lowerBound, first)...max($0.upperBound, last) } ?? first...last
            }
        }
    }
}
