// Tables of rows, since version 6. A row is keyed (series, slot) and names its shape, so that a half-hour of
// four channels takes some thirty octets and its place in the sequence seventeen; the views undo the packing.
// See `RowSeries`, `RowSlot`, `RowMark` and `RowShape` for the columns.

import Storage

extension Schema {
    /// Makes table, shapes, indexes and view of a family.
    static func makeRows(_ family: ColumnFamily, on connection: Connection) throws(StorageError) {
        let table = family.table
        let values = family.plainColumns.map { "\($0.name) INTEGER, " }.joined()
        let texts = family.texts.map { "\($0.name) TEXT, " }.joined()
        let shared = (family.groups + family.shapeColumns.map(\.name)).map { "\($0) INTEGER, " }.joined()
        try connection.execute(
            """
            CREATE TABLE \(table)(
              series INTEGER NOT NULL, slot INTEGER NOT NULL, seq INTEGER NOT NULL, shape INTEGER NOT NULL,
              mark INTEGER NOT NULL, \(values)\(texts)PRIMARY KEY (series, slot)) WITHOUT ROWID
            """)
        try connection.execute(
            """
            CREATE TABLE \(table)_shape(
              shape INTEGER PRIMARY KEY, form INTEGER NOT NULL, interval INTEGER NOT NULL,
              \(shared)exceptions TEXT)
            """)
        try connection.execute("CREATE UNIQUE INDEX \(table)_seq ON \(table)(seq)")
        try connection.execute(
            "CREATE INDEX \(table)_untrusted ON \(table)(series) WHERE \(RowMark.untrusted)")
        try connection.execute(view(family))
    }

    /// Brings the rows of version 5 and before into this form; the old tables go.
    static func repackRows(_ family: ColumnFamily, on connection: Connection) throws(StorageError) {
        let table = family.table
        try connection.execute("DROP VIEW IF EXISTS readable_\(table)")
        try connection.execute("DROP INDEX IF EXISTS \(table)_seq")
        try connection.execute("DROP INDEX IF EXISTS \(table)_untrusted")
        try connection.execute("ALTER TABLE \(table) RENAME TO old_\(table)")
        try makeRows(family, on: connection)
        let shape = RowShapes.names(of: family)
        let names = shape.joined(separator: ", ")
        try connection.execute(
            "INSERT INTO \(table)_shape(\(names)) SELECT DISTINCT \(names) FROM old_\(table)")
        let values = family.plainColumns.map(\.name) + family.texts.map(\.name)
        let same = shape.map { "s.\($0) IS o.\($0)" }.joined(separator: " AND ")
        try connection.execute(
            """
            INSERT INTO \(table)(\(family.queries.columns))
              SELECT o.meter_key * 64 + o.kind, o.period * 2 + 1 - o.season, o.seq, s.shape,
                ifnull(o.diff, -4294967296) + ((((o.stamp - o.period * 60) & 131071)
                  + ((1 - o.trusted) << 17) + (min(o.rev, 4095) << 18)) << 33),
                \(values.map { "o.\($0)" }.joined(separator: ", "))
              FROM old_\(table) o CROSS JOIN \(table)_shape s ON \(same)
              ORDER BY o.meter_key, o.kind, o.period, o.season DESC
            """)
        try connection.execute("DROP TABLE old_\(table)")
    }

    /// Up to version 9 the view of configurations could not be read: it named two columns alike.
    static func remakeViews(on connection: Connection) throws(StorageError) {
        for family in ColumnFamily.all {
            try connection.execute("DROP VIEW readable_\(family.table)")
            try connection.execute(view(family))
        }
    }

    /// The rows with dates and serial numbers, for people.
    private static func view(_ family: ColumnFamily) -> String {
        // The meter has a serial number, too.
        let texts = family.texts.map { "\(family.table).\($0.name) AS \($0.name)" }
        let names =
            (["form", "interval"] + family.groups + family.columns.map(\.name) + texts + ["exceptions"])
            .joined(separator: ", ")
        return """
            CREATE VIEW readable_\(family.table) AS
              SELECT m.id AS meter, m.serial AS serial_number, series & 63 AS kind,
                datetime(\(RowMark.stampText) + 946684800, 'unixepoch') AS at, 1 - (slot & 1) AS season, seq,
                \(RowMark.revisionText) AS rev, NOT (\(RowMark.untrusted)) AS trusted,
                \(RowMark.differenceText) AS diff, \(names)
              FROM \(family.table) JOIN \(family.table)_shape USING (shape)
                JOIN meter m ON m.meter_key = series >> 6
            """
    }
}
