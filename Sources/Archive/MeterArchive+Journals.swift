// Reading journals of meters back (R21): as rows of the answer document with `event` and `eventId`, along the
// sequence for publications, how far each journal has been read, and the alarms (R28).

package import Faults
package import Metering
import Seams
import Storage
package import Timekeeping

/// How far the journals of a meter have been read.
package struct JournalMarks: Sendable, Hashable {
    /// Serial number of the life they belong to; empty before the first session.
    package var serial: String
    /// What the meter's clock showed when a journal was last read to the end.
    package var readAt: [Journal: CivilStamp]

    /// Marks of a life.
    package init(serial: String, readAt: [Journal: CivilStamp]) {
        self.serial = serial
        self.readAt = readAt
    }
}

/// An alarm of a meter: a bit of its word, from the visit that first saw it to the one that no longer did.
package struct MeterAlarm: Sendable, Hashable {
    /// Number of the entry; ascends with time.
    package var entry: Int64
    /// Whose.
    package var life: MeterLife
    /// The bit.
    package var alarm: AlarmWord
    /// UTC of the visit that first saw it.
    package var since: WallTime
    /// UTC of the visit that no longer saw it; nil while it holds.
    package var until: WallTime?
    /// UTC when a person took note of it; nil before. A word keeps its bits until somebody takes them back at
    /// the meter, so an alarm that holds need not be news.
    package var seen: WallTime?

    /// Whether somebody should look after it.
    package var isActive: Bool { until == nil && seen == nil }
}

extension MeterArchive {
    /// How far the journals of a meter's present life have been read; nil when it is not registered.
    package func journalMarks(meter: Int) throws(Fault) -> JournalMarks? {
        guard let life = present[meter] else { return nil }
        return try reading("asking for the journals of meter \(meter)") { () throws(StorageError) in
            JournalMarks(serial: life.serial, readAt: try tables.journals(of: life.key).readAt)
        }
    }

    /// Forgets how far the journals of a meter's present life have been read, so that they are next read
    /// whole: after its clock has jumped, what happened may bear any stamp.
    package func doubtJournalMarks(meter: Int) throws(Fault) {
        guard let life = present[meter] else { return }
        try writing("doubting the journals of meter \(meter)") { () throws(StorageError) in
            tables.journalMemory[life.key] = nil
            // A mark ahead of every clock; the numbers of events go on.
            try connection.statement("UPDATE journal_mark SET read_stamp = ?1 WHERE meter_key = ?2")
                .run(CivilStamp.aheadOfEveryClock.seconds, life.key)
        }
    }

    /// The newest alarms of present and former lives, newest first; those nobody took note of come before the
    /// others.
    package func alarms(limit: Int) throws(Fault) -> [MeterAlarm] {
        try reading("listing alarms") { () throws(StorageError) in
            let query = try connection.statement(
                "SELECT entry, meter_key, bit, since_at, until_at, seen_at FROM alarm "
                    + "ORDER BY until_at IS NOT NULL OR seen_at IS NOT NULL, since_at DESC, entry DESC "
                    + "LIMIT ?1")
            query.bind(Int64(limit), at: 1)
            defer { query.reset() }
            var found: [MeterAlarm] = []
            while try query.step() {
                guard let life = lives[query.integer(1)] else { continue }
                // A meter that was taken away cannot take its alarms back.
                let until = query.optionalInteger(4).map { WallTime(unixSeconds: $0) } ?? life.until
                found.append(
                    MeterAlarm(
                        entry: query.integer(0), life: life,
                        alarm: AlarmWord(rawValue: 1 << UInt32(clamping: query.integer(2))),
                        since: WallTime(unixSeconds: query.integer(3)), until: until,
                        seen: query.optionalInteger(5).map { WallTime(unixSeconds: $0) }))
            }
            return found
        }
    }

    /// A person took note of alarms: of those with these numbers, of all when nil. Returns of how many that
    /// nobody had taken note of before.
    package func markSeen(alarms entries: [Int64]?) throws(Fault) -> Int {
        let at = wall.now.unixSeconds
        return try writing("taking note of alarms") { () throws(StorageError) in
            guard let entries else {
                try connection.statement("UPDATE alarm SET seen_at = ?1 WHERE seen_at IS NULL").run(at)
                return Int(connection.changedRows)
            }
            var count = 0
            for entry in entries {
                try connection.statement(
                    "UPDATE alarm SET seen_at = ?1 WHERE entry = ?2 AND seen_at IS NULL"
                ).run(at, entry)
                count += Int(connection.changedRows)
            }
            return count
        }
    }

    /// `page` for a journal: ascending by stamp, equal stamps in the order they were told.
    func eventPage(
        _ query: ArchiveQuery, from position: ArchivePosition, limit: Int
    ) throws(Fault) -> ArchivePage {
        let lives = lives(of: query.meters)
        let windows = ArchiveWindows.join(query.windows)
        return try reading("reading \(query.measure.rawValue)") { () throws(StorageError) in
            let reader = EventReader(tables: tables, query: query)
            if query.newestOnly {
                var rows: [ArchivedRow] = []
                for life in lives where life.until == nil {
                    if let row = try reader.newest(of: life, windows) { rows.append(row) }
                }
                return ArchivePage(rows: rows, next: nil)
            }
            return try reader.page(lives: lives, windows, from: position, limit: max(limit, 1))
        }
    }

    /// The fill of every journal with events, by storage code: one query a life, whatever the journals.
    func journalFills() async throws(Fault) -> [ArchiveFill] {
        var fills: [Journal: ArchiveFill] = [:]
        let sent = cursors.values.min()
        for life in lives.values.sorted(by: { $0.key < $1.key }) {
            try reading("measuring journals") { () throws(StorageError) in
                try tables.addEvents(of: life.key, to: &fills, depths: depths, sentUpTo: sent)
            }
            await Task.yield()
        }
        return fills.values.sorted {
            ($0.measure.archiveNumber ?? 0) < ($1.measure.archiveNumber ?? 0)
        }
    }
}

extension ArchiveTables {
    /// A part of the walk along the sequence; an event is found again by its number in it.
    static let eventWalk = """
        SELECT seq, meter_key * 64 + kind AS series, 0 AS slot FROM event WHERE seq > ?1 AND seq <= ?2
        """

    /// Stamp of the newest event but `count` of a life; nil when there are fewer.
    func newestEvent(
        _ measure: Measure, of key: Int64, skipping count: Int = 0
    ) throws(StorageError) -> CivilStamp? {
        let query = try connection.statement(
            "SELECT stamp FROM event WHERE meter_key = ?1 AND kind = ?2 ORDER BY stamp DESC LIMIT 1 OFFSET ?3"
        )
        query.bind(key, at: 1)
        query.bind(Int64(measure.archiveNumber ?? -1), at: 2)
        query.bind(Int64(count), at: 3)
        defer { query.reset() }
        return try query.step() ? CivilStamp(seconds: query.integer(0)) : nil
    }

    /// The event with a number of the sequence.
    func event(numbered sequence: Int64, life: MeterLife, kind: Int64) throws(StorageError) -> ArchivedRow? {
        guard let measure = Measure(archiveNumber: Int(kind)) else { return nil }
        let query = try connection.statement("SELECT \(EventReader.columns) FROM event WHERE seq = ?1")
        query.bind(sequence, at: 1)
        defer { query.reset() }
        return try query.step() ? EventReader.row(query, measure, life) : nil
    }

    /// Events of one meter and journal between a history's position and its end, of all lives of the point.
    func events(
        of history: PublicationHistory, lives: [MeterLife], limit: Int
    ) throws(StorageError) -> OutboxPage {
        var rows: [ArchivedRow] = []
        for life in lives {
            // The unary plus keeps the planner on the primary key, as for readings.
            let query = try connection.statement(
                "SELECT \(EventReader.columns) FROM event WHERE meter_key = ?1 AND kind = ?2 "
                    + "AND +seq > ?3 AND +seq <= ?4 ORDER BY +seq LIMIT ?5")
            query.bind(life.key, at: 1)
            query.bind(Int64(history.measure.archiveNumber ?? -1), at: 2)
            query.bind(history.sequence, at: 3)
            query.bind(history.through, at: 4)
            query.bind(Int64(limit), at: 5)
            defer { query.reset() }
            while try query.step() { rows.append(EventReader.row(query, history.measure, life)) }
        }
        rows.sort { $0.sequence < $1.sequence }
        guard rows.count >= limit else {
            return OutboxPage(rows: rows, scannedThrough: history.through, isComplete: true)
        }
        rows.removeLast(rows.count - limit)
        return OutboxPage(
            rows: rows, scannedThrough: rows.last?.sequence ?? history.through, isComplete: false)
    }

    /// Adds the events of one life to the fills.
    fileprivate func addEvents(
        of key: Int64, to fills: inout [Journal: ArchiveFill], depths: RetentionDepths, sentUpTo sent: Int64?
    ) throws(StorageError) {
        let query = try connection.statement(
            "SELECT kind, count(*), min(stamp), max(stamp), sum(seq > ?2) FROM event WHERE meter_key = ?1 "
                + "GROUP BY kind")
        query.bind(key, at: 1)
        query.bind(sent ?? 0, at: 2)
        defer { query.reset() }
        while try query.step() {
            guard let journal = Journal(archiveNumber: Int(query.integer(0))) else { continue }
            var fill = fills[journal] ?? ArchiveFill(.journal(journal))
            let rows = Int(query.integer(1))
            let oldest = CivilStamp(seconds: query.integer(2))
            let newest = CivilStamp(seconds: query.integer(3))
            fill.rows += rows
            fill.span =
                min(fill.span?.lowerBound ?? oldest, oldest)...max(fill.span?.upperBound ?? newest, newest)
            if sent != nil { fill.unsent = (fill.unsent ?? 0) + Int(query.integer(4)) }
            let depth = max(depths[.journal(journal)].number, 1)
            fill.share = max(fill.share, min(Double(rows) / Double(depth), 1))
            fills[journal] = fill
        }
    }
}

extension CivilStamp {
    /// The year 2126.
    static let aheadOfEveryClock = CivilStamp(seconds: 4_000_000_000)
}
