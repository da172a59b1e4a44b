// Cursors over the sequence, in the same database as the rows (D2): Publishing opens one, walks rows in
// order, and moves it when the broker has acknowledged. Depth does not wait for brokers; what it prunes
// unsent is counted.

package import Faults
package import Metering
import Seams
import Storage
package import Timekeeping

extension MeterArchive {
    /// The position of a cursor; a new one starts at 0, before the oldest row.
    package func openCursor(_ key: CursorKey) throws(Fault) -> Int64 {
        if let known = cursors[key] { return known }
        try writing("opening the cursor of publication \(key.publication)") { () throws(StorageError) in
            try connection.statement("INSERT INTO cursor VALUES (?1, ?2, 0, 0, NULL)").run(
                Int64(key.publication), Int64(key.broker))
        }
        cursors[key] = 0
        return 0
    }

    /// Moves a cursor forward after `rows` rows up to `sequence` were acknowledged; durable when this
    /// returns. Never moves back. On a full disk it is moved in memory all the same, so that what the broker
    /// has is not sent to it again at every try; a restart then repeats it once.
    package func acknowledge(_ key: CursorKey, through sequence: Int64, rows: Int) throws(Fault) {
        let at = wall.now
        cursors[key] = max(cursors[key] ?? 0, sequence)
        try writing("moving the cursor of publication \(key.publication)") { () throws(StorageError) in
            try connection.statement(
                "UPDATE cursor SET seq = max(seq, ?3), sent = sent + ?4, moved_at = ?5 "
                    + "WHERE publication = ?1 AND broker = ?2"
            ).run(Int64(key.publication), Int64(key.broker), sequence, Int64(rows), at.unixSeconds)
        }
    }

    /// Rows in `scope` with `after` < sequence ≤ `through`, ascending; at most `limit` rows, and at most
    /// 20,000 sequence numbers looked at, so that a call takes bounded time.
    package func outbox(
        after: Int64, through: Int64, scope: PublicationScope, limit: Int = 500
    ) throws(Fault) -> OutboxPage {
        try reading("walking the sequence after \(after)") { () throws(StorageError) in
            try tables.outbox(after: after, through: through, scope: scope, limit: limit, lives: lives)
        }
    }

    /// How many rows in `scope` lie beyond `after`; counting stops at 20,000 sequence numbers.
    package func waitingRows(after: Int64, scope: PublicationScope) throws(Fault) -> Int {
        try reading("counting rows after \(after)") { () throws(StorageError) in
            try tables.waitingRows(after: after, scope: scope, lives: lives)
        }
    }

    /// Notes what a publication covers now. Meters and measures that were not covered before get their
    /// history queued (R18), those no longer covered are forgotten. Returns the history still to be sent,
    /// ascending.
    package func openScope(_ key: CursorKey, _ scope: PublicationScope) throws(Fault) -> [PublicationHistory]
    {
        let position = try openCursor(key)
        let meters = scope.meters ?? present.keys.sorted()
        return try writing("noting the scope of publication \(key.publication)") { () throws(StorageError) in
            try tables.openScope(key, meters: meters, measures: scope.measures, position: position)
        }
    }

    /// Rows of a queued history after its position, ascending by sequence, at most `limit`.
    package func rows(of history: PublicationHistory, limit: Int = 500) throws(Fault) -> OutboxPage {
        try reading("walking the history of meter \(history.meterID)") { () throws(StorageError) in
            try tables.rows(of: history, lives: lives(of: [history.meterID]), limit: limit)
        }
    }

    /// Moves a history forward after rows up to `sequence` were acknowledged.
    package func acknowledge(
        _ key: CursorKey, _ history: PublicationHistory, through sequence: Int64, rows: Int
    ) throws(Fault) {
        guard let kind = history.measure.archiveNumber else { return }
        let at = wall.now
        try writing("moving a history of publication \(key.publication)") { () throws(StorageError) in
            try connection.statement(
                "UPDATE cursor_scope SET seq = max(seq, ?5) "
                    + "WHERE publication = ?1 AND broker = ?2 AND id = ?3 AND kind = ?4"
            ).run(
                Int64(key.publication), Int64(key.broker), Int64(history.meterID), Int64(kind), sequence)
            try connection.statement(
                "UPDATE cursor SET sent = sent + ?3, moved_at = ?4 WHERE publication = ?1 AND broker = ?2"
            ).run(Int64(key.publication), Int64(key.broker), Int64(rows), at.unixSeconds)
        }
    }

    /// All cursors, ascending by key.
    package func publicationCursors() throws(Fault) -> [PublicationCursor] {
        try reading("listing cursors") { () throws(StorageError) in
            let query = try connection.statement(
                "SELECT c.publication, c.broker, c.seq, c.sent, c.moved_at, (SELECT coalesce(sum(l.lost), 0) "
                    + "FROM cursor_loss l JOIN cursor_scope s USING (publication, broker, id, kind) "
                    + "WHERE l.publication = c.publication AND l.broker = c.broker) "
                    + "FROM cursor c ORDER BY c.publication, c.broker")
            defer { query.reset() }
            var found: [PublicationCursor] = []
            while try query.step() {
                found.append(
                    PublicationCursor(
                        key: CursorKey(publication: Int(query.integer(0)), broker: Int(query.integer(1))),
                        sequence: query.integer(2), sentRows: query.integer(3), lostRows: query.integer(5),
                        movedAt: query.optionalInteger(4).map { WallTime(unixSeconds: $0) }))
            }
            return found
        }
    }

    /// Forgets cursors of publications that no longer exist.
    package func removeCursors(except kept: Set<CursorKey>) throws(Fault) {
        let doomed = cursors.keys.filter { !kept.contains($0) }.sorted()
        guard !doomed.isEmpty else { return }
        try writing("removing cursors") { () throws(StorageError) in
            for key in doomed {
                for table in ["cursor", "cursor_scope", "cursor_loss"] {
                    try connection.statement("DELETE FROM \(table) WHERE publication = ?1 AND broker = ?2")
                        .run(
                            Int64(key.publication), Int64(key.broker))
                }
            }
        }
        for key in doomed { cursors[key] = nil }
    }

    /// The stamp of the `count`-th newest trusted row of a meter, nil when it has fewer; for depths in
    /// records.
    package func stamp(ofNewest count: Int, _ measure: Measure, meter: Int) throws(Fault) -> CivilStamp? {
        guard let life = present[meter], count > 0 else { return nil }
        return try reading("asking for row \(count) of meter \(meter)") { () throws(StorageError) in
            try tables.newestTrusted(measure, of: life.key, skipping: count - 1)
        }
    }

    /// Positions of all cursors, for the memory of the actor.
    static func loadCursors(_ connection: Connection) throws(StorageError) -> [CursorKey: Int64] {
        var found: [CursorKey: Int64] = [:]
        let query = try connection.statement("SELECT publication, broker, seq FROM cursor")
        defer { query.reset() }
        while try query.step() {
            let key = CursorKey(publication: Int(query.integer(0)), broker: Int(query.integer(1)))
            found[key] = query.integer(2)
        }
        return found
    }
}
