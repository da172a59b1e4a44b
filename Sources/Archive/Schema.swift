// The schema of the archive and its migrations (decision D1). Columns are typed and readable in the stock
// sqlite3 shell; the views turn stamps into dates. Versions only go forward: a newer schema than this is
// refused, an older one is copied aside and migrated in one transaction.
//
//   kind      Measure.archiveNumber: 0 snapshot of energy, 1 day and 2 month consumption, 3 start of day,
//             4 start of month, 5 profile, 7 snapshot of quality, 8 configuration, 9…50 journals; in
//             poll_outcome also -1 the session itself, -2 the clock, -3 the relay
//   series    of rows: meter_key * 64 + kind
//   period    minutes since 2000-01-01 of the meter's own clock (profile: end of the interval), never
//             corrected
//   season    1 while the meter's seasonal time is on: keeps the two passes of a repeated hour apart (R4)
//   slot      of rows: period * 2 + 1 - season
//   shape     of rows: what they have in common with others, in the table <family>_shape
//   mark      of rows: diff in the low 33 bits; above them stamp - period * 60 in 17 bits, 1 bit for an
//             untrusted time, rev
//   stamp     the meter's exact label, seconds since 2000-01-01 of its clock
//   seq, rev  position in the global order of changes; number of corrections (R18)
//   trusted   0 while read under an untrusted gateway time (R1, R13)
//   diff      meter clock minus gateway clock, seconds; NULL when unknown (R3)
//   form      0 register, 1 increment of the interval, 2 mean demand (R12)
//   reason    absent_slot: AbsenceReason; quarantine: 1 later than now, 2 clock off by more than half an
//             interval
//   *_at      Unix seconds, UTC

import Storage

/// Tables, indexes and views of the archive.
enum Schema {
    /// The version this program writes and reads.
    static let version: Int64 = 12
    /// `UM31`: tells our file from any other SQLite database.
    static let applicationID: Int64 = 0x554D_3331

    /// Makes an empty database ours. Part of the caller's transaction.
    static func create(on connection: Connection) throws(StorageError) {
        for family in ColumnFamily.all { try makeRows(family, on: connection) }
        let later = [alarmsSeen, rewinds, invocationCounters, connections]
        for statement in fixedTables + firings + journals + clockCorrections + repairs + later {
            try connection.execute(statement)
        }
        try connection.execute("PRAGMA application_id = \(applicationID)")
        try connection.setUserVersion(version)
    }

    /// Brings an older database up to `version`, step by step. Part of the caller's transaction.
    static func migrate(_ connection: Connection, from found: Int64) throws(StorageError) {
        if found < 2 { try connection.execute(unbalancedDays) }
        if found < 3 { for statement in firings { try connection.execute(statement) } }
        if found < 4 { for statement in journals { try connection.execute(statement) } }
        if found < 5 { for statement in clockCorrections { try connection.execute(statement) } }
        if found < 6 { for family in ColumnFamily.all { try repackRows(family, on: connection) } }
        if found < 7 { for statement in repairs { try connection.execute(statement) } }
        if found < 8 { try connection.execute(alarmsSeen) }
        if found < 9 { try connection.execute(rewinds) }
        if found < 10 { try remakeViews(on: connection) }
        if found == 9 { for statement in rewindsInStretches { try connection.execute(statement) } }
        if found < 11 { try connection.execute(invocationCounters) }
        if found < 12 { try connection.execute(connections) }
        try connection.setUserVersion(version)
    }

    /// Days whose registers and profile disagree (R14), since version 2; `day` counts from 2000-01-01.
    private static let unbalancedDays = """
        CREATE TABLE unbalanced_day(
          meter_key INTEGER NOT NULL, day INTEGER NOT NULL, register_gain INTEGER NOT NULL,
          profile_sum INTEGER NOT NULL, scaler INTEGER NOT NULL, allowance INTEGER NOT NULL,
          PRIMARY KEY (meter_key, day)) WITHOUT ROWID
        """

    private static let fixedTables = [
        // D13; `until_at` is NULL for the present life.
        """
        CREATE TABLE meter(
          meter_key INTEGER PRIMARY KEY AUTOINCREMENT, id INTEGER NOT NULL, type TEXT NOT NULL,
          address TEXT NOT NULL, parent INTEGER NOT NULL, serial TEXT NOT NULL,
          since_at INTEGER NOT NULL, until_at INTEGER)
        """,
        "CREATE UNIQUE INDEX meter_present ON meter(id) WHERE until_at IS NULL",
        // Named numbers: `seq`, the newest sequence; `applied_revision` of the configuration (D7).
        "CREATE TABLE counter(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID",
        "INSERT INTO counter VALUES ('seq', 0), ('applied_revision', 0)",
        // Slots that will never be filled, as ranges of periods, both ends included (R15).
        """
        CREATE TABLE absent_slot(
          meter_key INTEGER NOT NULL, kind INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL,
          reason INTEGER NOT NULL, found_at INTEGER NOT NULL,
          PRIMARY KEY (meter_key, kind, first)) WITHOUT ROWID
        """,
        // The rows a slot of several partial rows was made of (R13).
        """
        CREATE TABLE profile_part(
          meter_key INTEGER NOT NULL, kind INTEGER NOT NULL, period INTEGER NOT NULL, season INTEGER NOT NULL,
          stamp INTEGER NOT NULL, reading TEXT NOT NULL,
          PRIMARY KEY (meter_key, kind, period, season, stamp)) WITHOUT ROWID
        """,
        // Rows whose stamp cannot be believed (R13).
        """
        CREATE TABLE quarantine(
          meter_key INTEGER NOT NULL, kind INTEGER NOT NULL, stamp INTEGER NOT NULL, season INTEGER NOT NULL,
          reason INTEGER NOT NULL, diff INTEGER, read_at INTEGER NOT NULL, reading TEXT NOT NULL,
          PRIMARY KEY (meter_key, kind, stamp, season)) WITHOUT ROWID
        """,
        unbalancedDays,
        // Old values of corrected rows, by the sequence number that replaced them (R18).
        """
        CREATE TABLE change_log(
          seq INTEGER PRIMARY KEY, meter_key INTEGER NOT NULL, kind INTEGER NOT NULL, period INTEGER NOT NULL,
          season INTEGER NOT NULL, rev INTEGER NOT NULL, replaced_at INTEGER NOT NULL, reading TEXT NOT NULL)
        """,
        // The newest outcome of each item of each meter; `code` is empty when it went well.
        """
        CREATE TABLE poll_outcome(
          id INTEGER NOT NULL, kind INTEGER NOT NULL, at INTEGER NOT NULL, code TEXT NOT NULL,
          parameters TEXT NOT NULL, good_at INTEGER, PRIMARY KEY (id, kind)) WITHOUT ROWID
        """,
        // Events of the business, newest 10,000.
        """
        CREATE TABLE journal(
          entry INTEGER PRIMARY KEY, at INTEGER NOT NULL, id INTEGER NOT NULL, code TEXT NOT NULL,
          parameters TEXT NOT NULL)
        """,
        // D2: how far each publication has been acknowledged by each broker.
        """
        CREATE TABLE cursor(
          publication INTEGER NOT NULL, broker INTEGER NOT NULL, seq INTEGER NOT NULL,
          sent INTEGER NOT NULL, moved_at INTEGER, PRIMARY KEY (publication, broker)) WITHOUT ROWID
        """,
        // R18: history of meters and kinds that joined a publication late: still to be sent up to `upto`.
        """
        CREATE TABLE cursor_scope(
          publication INTEGER NOT NULL, broker INTEGER NOT NULL, id INTEGER NOT NULL, kind INTEGER NOT NULL,
          seq INTEGER NOT NULL, upto INTEGER NOT NULL,
          PRIMARY KEY (publication, broker, id, kind)) WITHOUT ROWID
        """,
        // Rows that depth pruned before they were sent.
        """
        CREATE TABLE cursor_loss(
          publication INTEGER NOT NULL, broker INTEGER NOT NULL, id INTEGER NOT NULL, kind INTEGER NOT NULL,
          lost INTEGER NOT NULL, PRIMARY KEY (publication, broker, id, kind)) WITHOUT ROWID
        """,
    ]
}
