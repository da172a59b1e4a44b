// One session on its way into the database, inside the caller's transaction. A row of an empty slot is
// inserted; an equal one leaves everything as it is; a different one is a correction with the next sequence
// number, `rev` + 1 and the old value in the change log (R18). What cannot be believed is set aside (R13),
// and under an untrusted time no taken slot is touched (R1).

import Faults
import Metering
import Storage
import Timekeeping

/// The work of storing one session.
struct SessionWriting {
    let tables: ArchiveTables
    let session: MeterSessionRows
    /// The life the rows belong to; a new one when the serial has changed (R8).
    private(set) var life: MeterLife
    /// The life that ended in this session.
    private(set) var closedLife: MeterLife?
    var sequence: Int64
    var outcome = StoreOutcome()
    /// Whether rows of an untrusted time were added.
    private(set) var leavesUnsettled = false
    /// Whether older rows of an untrusted time were judged.
    private(set) var hasSettled = false
    let cursors: [CursorKey: Int64]
    /// The outcomes of this session, for the memory once they are committed.
    var outcomes: [OutcomeKey: OutcomeState] = [:]

    /// Slots that this session brought whole rows for, whether they were new or known.
    private(set) var filled: [(kind: Int64, period: Int64)] = []
    /// The newest number of a row that depth took.
    var newestPruned: Int64 = 0
    /// Measures of which rows went to quarantine in this session.
    private var doubtful: Set<Measure> = []
    private let earlierLife: MeterLife?
    private let isUnsettled: Bool
    /// Gateway time in the zone of the meter's clock.
    let now: CivilStamp

    /// Prepares to store `session` for `life`; `earlierLife` is a former life with the serial now read.
    init(
        tables: ArchiveTables, session: MeterSessionRows, life: MeterLife, earlierLife: MeterLife?,
        sequence: Int64, isUnsettled: Bool, cursors: [CursorKey: Int64]
    ) {
        self.tables = tables
        self.session = session
        self.life = life
        self.earlierLife = earlierLife
        self.sequence = sequence
        self.isUnsettled = isUnsettled
        self.cursors = cursors
        now = session.readAt.civil(in: session.zone)
    }

    /// Writes everything.
    mutating func run() throws(StorageError) {
        try identify()
        if isUnsettled, session.isTimeTrusted { try settle() }
        var measures: [Measure] = []
        for reading in session.readings {
            try write(reading)
            if measures.last != reading.measure, !measures.contains(reading.measure) {
                measures.append(reading.measure)
            }
        }
        let rowSequence = sequence
        // Rows set aside were there after all: their slots stay wanted until the clock has been put right.
        for answer in session.answers where !doubtful.contains(answer.measure) {
            outcome.absent += try markAbsent(answer)
        }
        try writeJournals()
        if session.isTimeTrusted {
            for measure in measures { try prune(measure) }
        }
        if outcome.inserted + outcome.corrected > 0, session.isTimeTrusted { try checkBalances() }
        try recordOutcomes()
        if outcome.corrected > 0 { try boundChangeLog() }
        if newestPruned == sequence || hasSettled || sequence != rowSequence {
            try tables.keep(sequence: sequence)
        }
        outcome.sequence = sequence
    }

    // MARK: - Lives

    /// R8: the first serial names the life, another one ends it and begins or resumes its own.
    private mutating func identify() throws(StorageError) {
        guard let serial = session.serial, !serial.isEmpty, serial != life.serial,
            !session.isTold || life.serial.isEmpty
        else { return }
        let connection = tables.connection
        let at = session.readAt
        if life.serial.isEmpty, earlierLife == nil {
            let naming = try connection.statement("UPDATE meter SET serial = ?1 WHERE meter_key = ?2")
            naming.bind(serial, at: 1)
            naming.bind(life.key, at: 2)
            try naming.run()
            life.serial = serial
            return
        }
        outcome.replacedSerial = life.serial
        try connection.statement("UPDATE meter SET until_at = ?1 WHERE meter_key = ?2").run(
            at.unixSeconds, life.key)
        var ended = life
        ended.until = at
        closedLife = ended
        let begun = try beginLife(serial: serial, at: at)
        try tables.journal(
            at: at, meter: life.meterID, code: "meter.replaced",
            ["old": life.serial, "new": serial, "last": try lastRegister(of: life.key)])
        life = begun
    }

    /// A new life of the same point, or the former one of this serial taken up again: a meter that came back
    /// from repair brings the rows it had, and they must not be doubled.
    private func beginLife(serial: String, at: WallTime) throws(StorageError) -> MeterLife {
        let connection = tables.connection
        if var resumed = earlierLife {
            try connection.statement("UPDATE meter SET until_at = NULL WHERE meter_key = ?1").run(resumed.key)
            resumed.until = nil
            return resumed
        }
        let insertion = try connection.statement(
            "INSERT INTO meter(id, type, address, parent, serial, since_at) "
                + "SELECT id, type, address, parent, ?1, ?2 FROM meter WHERE meter_key = ?3")
        insertion.bind(serial, at: 1)
        insertion.bind(at.unixSeconds, at: 2)
        insertion.bind(life.key, at: 3)
        try insertion.run()
        let key = try connection.integer("SELECT last_insert_rowid()") ?? 0
        return MeterLife(key: key, meterID: life.meterID, serial: serial, since: at)
    }

    /// The newest stored A+0 of a life, for the journal: `2026-03-01 00:00:00 12345e-3`.
    private func lastRegister(of key: Int64) throws(StorageError) -> String {
        let query = try tables.connection.statement(
            "SELECT \(RowMark.stampText) AS stamp, a_plus_0, scaler_a FROM energy JOIN energy_shape "
                + "USING (shape) WHERE series IN (?1 * 64, ?1 * 64 + 3, ?1 * 64 + 4) "
                + "AND a_plus_0 IS NOT NULL ORDER BY stamp DESC LIMIT 1")
        query.bind(key, at: 1)
        defer { query.reset() }
        guard try query.step() else { return "" }
        return "\(CivilStamp(seconds: query.integer(0))) \(query.integer(1))e\(query.integer(2))"
    }

    // MARK: - Rows

    /// One row: doubt first, then its slot, then the empty-slot way that nearly all rows go.
    private mutating func write(_ reading: Reading) throws(StorageError) {
        guard let family = ColumnFamily.of(reading.measure), let kind = reading.measure.archiveNumber else {
            return
        }
        var reading = reading
        if reading.clockDifferenceSeconds == nil {
            reading.clockDifferenceSeconds = session.clockDifferenceSeconds
        }
        if let doubt = doubt(about: reading) {
            try quarantine(reading, kind: kind, doubt)
            outcome.quarantined += 1
            doubtful.insert(reading.measure)
            return
        }
        let grid = SlotGrid(reading.measure, intervalMinutes: Int(reading.intervalMinutes))
        var slot = reading.stamp.civil
        if reading.measure == .powerProfile, let grid {
            slot = grid.slot(containing: slot)
            if slot != reading.stamp.civil { reading.markPartial() }
        }
        let key = SlotKey(
            meterKey: life.key, kind: Int64(kind), period: slot.minutes, isSeason: reading.stamp.isSeason)
        let writer = try tables.writer(family)
        let inserted = try writer.insert(
            reading, at: key, sequence: sequence + 1, isTrusted: session.isTimeTrusted, on: tables.connection)
        tables.coverage.touch(key.series, period: key.period)
        // What a meter told unasked corrects nothing: a part may go on standing in its place.
        if slot == reading.stamp.civil, grid != nil, !session.isTold { filled.append((key.kind, key.period)) }
        if inserted {
            tables.rowCame(at: key, isTrusted: session.isTimeTrusted)
            sequence += 1
            outcome.inserted += 1
            if !session.isTimeTrusted { leavesUnsettled = true }
        } else {
            try meetStored(reading, at: key, with: writer, length: grid?.length(of: slot) ?? 0)
        }
    }

    /// The slot is taken: equal, a further part of it, or a correction.
    private mutating func meetStored(
        _ reading: Reading, at key: SlotKey, with writer: FamilyWriter, length: Int64
    ) throws(StorageError) {
        guard
            let found = try writer.stored(at: key, measure: reading.measure, comparedWith: reading)
        else { return }
        if found.isEqual {
            outcome.unchanged += 1
            if session.isTimeTrusted, !found.slot.isTrusted {
                tables.forgetEnds(of: key.series)
                try writer.markTrusted(key, found.slot, difference: reading.clockDifferenceSeconds)
            }
            return
        }
        guard session.isTimeTrusted, !session.isTold else {
            outcome.refused += 1
            return
        }
        var replacement = reading
        if reading.measure == .powerProfile,
            let merged = try mergeParts(found.reading, reading, at: key, slotLength: length)
        {
            guard merged.values != found.reading.values || merged.stamp != found.reading.stamp else {
                outcome.unchanged += 1
                return
            }
            replacement = merged
        }
        sequence += 1
        outcome.corrected += 1
        if !found.slot.isTrusted { tables.forgetEnds(of: key.series) }
        try logChange(of: found.reading, revision: found.slot.revision, at: key)
        try writer.replace(
            with: replacement, at: key, sequence: sequence, revision: found.slot.revision + 1,
            isTrusted: session.isTimeTrusted)
    }

    /// Keeps the old value under the sequence number that replaces it.
    private func logChange(
        of old: Reading, revision: Int64, at key: SlotKey
    ) throws(StorageError) {
        let log = try tables.connection.statement(
            "INSERT INTO change_log VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")
        log.bind(sequence, at: 1)
        log.bind(key.meterKey, at: 2)
        log.bind(key.kind, at: 3)
        log.bind(key.period, at: 4)
        log.bind(key.isSeason ? 1 : 0, at: 5)
        log.bind(revision, at: 6)
        log.bind(session.readAt.unixSeconds, at: 7)
        log.bind(ReadingText.encode(old), at: 8)
        try log.run()
    }

    /// Keeps the newest 20,000 old values of the whole gateway.
    private func boundChangeLog() throws(StorageError) {
        try tables.connection.statement(
            "DELETE FROM change_log WHERE seq <= "
                + "(SELECT seq FROM change_log ORDER BY seq DESC LIMIT 1 OFFSET 20000)"
        ).run()
    }

    // MARK: - Doubt (R13)

    /// Why a row's stamp cannot be believed: 1 later than now, 2 clock off by more than half an interval.
    private func doubt(about reading: Reading) -> Int64? {
        guard session.isTimeTrusted else { return nil }
        return SessionWriting.doubt(
            measure: reading.measure, intervalMinutes: Int(reading.intervalMinutes),
            stamp: reading.stamp.standard,
            now: now, difference: reading.clockDifferenceSeconds)
    }

    /// The same judgement for rows of this session and for those that wait for trusted time.
    private static func doubt(
        measure: Measure, intervalMinutes: Int, stamp: CivilStamp, now: CivilStamp, difference: Int32?
    ) -> Int64? {
        let grid = SlotGrid(measure, intervalMinutes: intervalMinutes == 0 ? 30 : intervalMinutes)
        let length = grid.map { $0.length(of: $0.slot(containing: now)) } ?? 3_600
        if stamp > now.adding(seconds: length) { return 1 }
        if let grid, let difference, isTooFar(difference, for: grid, now: now) { return 2 }
        return nil
    }

    /// Whether a clock is off by more than half a slot: then it is not known which slot the meter means.
    static func isTooFar(_ difference: Int32, for grid: SlotGrid, now: CivilStamp) -> Bool {
        Int64(difference.magnitude) > grid.length(of: grid.slot(containing: now)) / 2
    }

    /// Sets a row aside where a person can see it; nothing counts it.
    private func quarantine(_ reading: Reading, kind: Int, _ reason: Int64) throws(StorageError) {
        let connection = tables.connection
        let insertion = try connection.statement(
            "INSERT OR REPLACE INTO quarantine VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")
        insertion.bind(life.key, at: 1)
        insertion.bind(Int64(kind), at: 2)
        insertion.bind(reading.stamp.civil.seconds, at: 3)
        insertion.bind(reading.stamp.isSeason ? 1 : 0, at: 4)
        insertion.bind(reason, at: 5)
        insertion.bind(reading.clockDifferenceSeconds.map(Int64.init), at: 6)
        insertion.bind(session.readAt.unixSeconds, at: 7)
        insertion.bind(ReadingText.encode(reading), at: 8)
        try insertion.run()
        // A meter with a wild clock must not fill the disk: the newest thousand per life and kind are enough
        // to see.
        try connection.statement(
            "DELETE FROM quarantine WHERE meter_key = ?1 AND kind = ?2 AND stamp < "
                + "(SELECT stamp FROM quarantine WHERE meter_key = ?1 AND kind = ?2 "
                + "ORDER BY stamp DESC LIMIT 1 OFFSET 999)"
        ).run(life.key, Int64(kind))
    }

    /// Rows taken under an untrusted time are judged once time is trusted: believable ones become ordinary
    /// rows, the rest goes to quarantine.
    private mutating func settle() throws(StorageError) {
        for family in ColumnFamily.all {
            try settle(family)
        }
        hasSettled = true
        tables.forget(life: life.key)
    }

    /// The same for the rows of one family.
    private mutating func settle(_ family: ColumnFamily) throws(StorageError) {
        let untrusted = "\(RowSeries.ofLife) AND \(RowMark.untrusted)"
        var doubtful: [(reading: Reading, series: Int64, slot: Int64)] = []
        let query = try Statement(
            "SELECT \(family.queries.columns) FROM \(family.table) WHERE \(untrusted)",
            on: tables.connection)
        query.bind(life.key, at: 1)
        while try query.step() {
            let series = query.integer(0)
            guard let (_, measure) = ColumnFamily.of(kind: RowSeries.kind(series)) else { continue }
            let reader = RowReader(measure, family: family, shapes: tables.shapes(family))
            let reading = reader.reading(query)
            let doubt = SessionWriting.doubt(
                measure: measure, intervalMinutes: Int(reading.intervalMinutes),
                stamp: reading.stamp.standard, now: now, difference: nil)
            if doubt != nil { doubtful.append((reading, series, query.integer(1))) }
        }
        query.reset()
        for row in doubtful {
            try quarantine(row.reading, kind: Int(RowSeries.kind(row.series)), 1)
            try tables.connection.statement(
                "DELETE FROM \(family.table) WHERE series = ?1 AND slot = ?2"
            ).run(row.series, row.slot)
            outcome.quarantined += 1
        }
        try tables.connection.statement(
            "UPDATE \(family.table) SET mark = mark - (1 << 50) WHERE \(untrusted)"
        ).run(life.key)
    }
}
