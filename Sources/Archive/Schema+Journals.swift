// Journals of meters, since version 4: their events (R21), how far each journal has been read, and alarms
// (R28). An event is never corrected and never set aside: what a meter says of covers and mains counts
// whatever its clock shows, so there is neither `rev` nor `trusted`.
//
//   stamp      the meter's label, seconds since 2000-01-01 of its clock; season as everywhere
//   code       the meter's own code; operating, channel, client as told, -1 when not told (R21)
//   ordinal    counts events that are otherwise equal
//   event      the wire's `event`: 1 a beginning, 0 an end or the only kind there is
//   number     the wire's `eventId`: counts the events of one journal of one life
//   before_stamp, before_season  what the clock showed before a correction; NULL when not told
//   read_stamp the meter's clock when its journal was last read to the end; events up to then are here
//   seen_at    when a person took note of an alarm, since version 8; NULL before
//   bit        number of the bit in the word of alarms 0.0.97.98.0; until_at NULL while the bit is set

extension Schema {
    /// Tables whose rows hang on a life.
    static let journalTables = ["event", "journal_mark", "alarm"]

    static let journals = [
        """
        CREATE TABLE event(
          meter_key INTEGER NOT NULL, kind INTEGER NOT NULL, stamp INTEGER NOT NULL, season INTEGER NOT NULL,
          code INTEGER NOT NULL, operating INTEGER NOT NULL, channel INTEGER NOT NULL,
          client INTEGER NOT NULL, ordinal INTEGER NOT NULL, event INTEGER NOT NULL,
          number INTEGER NOT NULL, seq INTEGER NOT NULL, diff INTEGER, before_stamp INTEGER,
          before_season INTEGER,
          PRIMARY KEY (meter_key, kind, stamp, season, code, operating, channel, client, ordinal))
          WITHOUT ROWID
        """,
        "CREATE UNIQUE INDEX event_seq ON event(seq)",
        """
        CREATE VIEW readable_event AS
          SELECT m.id AS meter, m.serial AS serial_number, t.kind,
            datetime(t.stamp + 946684800, 'unixepoch') AS at, t.season, t.event, t.number, t.code,
            nullif(t.operating, -1) AS operating, nullif(t.channel, -1) AS channel,
            nullif(t.client, -1) AS client, t.seq, t.diff,
            datetime(t.before_stamp + 946684800, 'unixepoch') AS before
          FROM event t JOIN meter m ON m.meter_key = t.meter_key
        """,
        """
        CREATE TABLE journal_mark(
          meter_key INTEGER NOT NULL, kind INTEGER NOT NULL, read_stamp INTEGER NOT NULL,
          number INTEGER NOT NULL, PRIMARY KEY (meter_key, kind)) WITHOUT ROWID
        """,
        """
        CREATE TABLE alarm(
          entry INTEGER PRIMARY KEY, meter_key INTEGER NOT NULL, bit INTEGER NOT NULL,
          since_at INTEGER NOT NULL, until_at INTEGER)
        """,
    ]

    static let alarmsSeen = "ALTER TABLE alarm ADD COLUMN seen_at INTEGER"
}
