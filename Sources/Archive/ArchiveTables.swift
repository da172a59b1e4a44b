// The database of the archive as the actor's verbs use it: the connection, one writer per family, and the
// small statements more than one verb needs. Owned by `MeterArchive`, never shared.

import Metering
import Storage
import Timekeeping

/// The archive's tables.
final class ArchiveTables {
    let connection: Connection
    /// How far back each archive reaches.
    var depths: RetentionDepths
    /// Days already counted; every verb that changes rows or absent slots tells it.
    var coverage = CoverageMemo()
    /// Ends of the series that were asked about.
    var memory: [Int64: SeriesMemory] = [:]
    /// Journals of the lives that were asked about.
    var journalMemory: [Int64: JournalMemory] = [:]
    /// The database's after the newest transaction of this program.
    private var dataVersion: UInt32
    private var writers: [ObjectIdentifier: FamilyWriter] = [:]
    private var readers: [Measure: RowReader] = [:]
    /// Texts of walks along the sequence, by the tables they merge.
    var walks: [[String]: SQLText] = [:]
    private let allShapes: [String: RowShapes]

    /// Takes the connection over, whose schema is the present one.
    init(_ connection: Connection, depths: RetentionDepths) throws(StorageError) {
        self.connection = connection
        self.depths = depths
        var shapes: [String: RowShapes] = [:]
        for family in ColumnFamily.all { shapes[family.table] = try RowShapes(family, on: connection) }
        allShapes = shapes
        dataVersion = connection.dataVersion
    }

    /// The shapes of a family's rows.
    func shapes(_ family: ColumnFamily) -> RowShapes {
        guard let shapes = allShapes[family.table] else {
            preconditionFailure("\(family.table) is no family")
        }
        return shapes
    }

    /// A transaction has begun; another program, such as a shell, may have had one before.
    func transactionBegan() {
        if connection.dataVersion != dataVersion { forgetAll() }
    }

    /// A transaction was committed, or rolled back with the shapes it added.
    func transactionEnded(committed: Bool) {
        for shapes in allShapes.values { if committed { shapes.committed() } else { shapes.rolledBack() } }
        if !committed { forgetAll() }
        dataVersion = connection.dataVersion
    }

    /// The newest number of the sequence. It is the newest row's; the counter is only written when that row
    /// may be gone, so that storing a row costs no page for it.
    func newestSequence() throws(StorageError) -> Int64 {
        var newest = try connection.integer("SELECT value FROM counter WHERE name = 'seq'") ?? 0
        for table in ColumnFamily.all.map(\.table) + ["event"] {
            newest = max(newest, try connection.integer("SELECT max(seq) FROM \(table)") ?? 0)
        }
        // A number that some broker has acknowledged is never given again: its row would not be sent.
        return max(newest, try connection.integer("SELECT max(seq) FROM cursor") ?? 0)
    }

    /// Keeps the sequence from ever going back: rows that held its end are about to go or have gone.
    func keep(sequence: Int64) throws(StorageError) {
        try connection.statement("UPDATE counter SET value = ?1 WHERE name = 'seq' AND value < ?1").run(
            sequence)
    }

    /// The writer of a family, made at its first use.
    func writer(_ family: ColumnFamily) throws(StorageError) -> FamilyWriter {
        if let ready = writers[ObjectIdentifier(family)] { return ready }
        let made = try FamilyWriter(family, shapes: shapes(family), on: connection)
        writers[ObjectIdentifier(family)] = made
        return made
    }

    /// The reader of all that rows of a measure have, made at its first use.
    func reader(_ measure: Measure, _ family: ColumnFamily) -> RowReader {
        if let ready = readers[measure] { return ready }
        let made = RowReader(measure, family: family, shapes: shapes(family))
        readers[measure] = made
        return made
    }

    /// Appends to the journal and drops entries beyond the newest 10,000.
    func journal(
        at time: WallTime, meter: Int, code: String, _ parameters: [String: String]
    ) throws(StorageError) {
        let insertion = try connection.statement(
            "INSERT INTO journal(at, id, code, parameters) VALUES (?1, ?2, ?3, ?4)")
        insertion.bind(time.unixSeconds, at: 1)
        insertion.bind(Int64(meter), at: 2)
        insertion.bind(code, at: 3)
        insertion.bind(ParameterText.encode(parameters), at: 4)
        try insertion.run()
        try connection.statement(
            "DELETE FROM journal WHERE entry <= (SELECT max(entry) FROM journal) - 10000"
        ).run()
    }

    /// The newest trusted stamp of an archive of a life; nil when it has none.
    func newestTrusted(_ measure: Measure, of key: Int64, skipping count: Int = 0) throws(StorageError)
        -> CivilStamp?
    {
        if measure.journal != nil { return try newestEvent(measure, of: key, skipping: count) }
        guard let family = ColumnFamily.of(measure), let kind = measure.archiveNumber else { return nil }
        let query = try connection.statement(family.queries.trusted)
        query.bind(RowSeries.number(key, Int64(kind)), at: 1)
        query.bind(Int64(count), at: 2)
        defer { query.reset() }
        return try query.step() ? CivilStamp(minutes: RowSlot(query.integer(0)).period) : nil
    }
}

/// Parameters of faults and journal entries as one text: names and values joined by U+001F, ascending by
/// name.
enum ParameterText {
    /// Ascending by name, so that equal parameters are equal texts.
    static func encode(_ parameters: [String: String]) -> String {
        parameters.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: "\u{1F}")
    }

    /// The parameters of a text made by `encode`.
    static func decode(_ text: String) -> [String: String] {
        var found: [String: String] = [:]
        for pair in text.split(separator: "\u{1F}") {
            let halves = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if halves.count == 2 { found[String(halves[0])] = String(halves[1]) }
        }
        return found
    }
}
