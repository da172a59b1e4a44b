// Corrections of meter clocks: each is written down before it is sent, so that «at most one a day» (R6) holds
// across restarts and a lost answer (R23), and completed with what the clock showed afterwards.
//
//   id, serial   row of the meter table and the meter that hung there
//   day          day of the meter's new time, counted from 2000-01-01
//   at           UTC of the correction
//   was, is      meter clock minus gateway clock before and after, seconds; `is` is NULL while nobody knows
//   manner       0 shifted, 1 set
//   occasion     0 an event, 1 a person
//   code, parameters  why it failed; empty when it did not
//
// And stamps that a meter's clock passed twice, since version 9: the meter wrote their rows anew, and they
// are still to be asked for. Since version 10 as many stretches of them as the clock was put back times, and
// the days that do not balance (R14).
//
//   target       line, type and address of the meter, as polling names it
//   entry        counts the target's stretches
//   after, through    stamps later than `after` up to `through`, seconds since 2000-01-01 of its clock
//   reached      the latest the clock may have shown since

extension Schema {
    static let clockCorrections = [
        """
        CREATE TABLE clock_correction(
          entry INTEGER PRIMARY KEY, id INTEGER NOT NULL, serial TEXT NOT NULL, day INTEGER NOT NULL,
          at INTEGER NOT NULL, was INTEGER NOT NULL, "is" INTEGER, manner INTEGER NOT NULL,
          occasion INTEGER NOT NULL, code TEXT NOT NULL, parameters TEXT NOT NULL)
        """,
        "CREATE INDEX clock_correction_meter ON clock_correction(id, serial, day)",
    ]

    static let rewinds = """
        CREATE TABLE clock_rewind(
          target TEXT NOT NULL, entry INTEGER NOT NULL, kind INTEGER NOT NULL, after INTEGER NOT NULL,
          through INTEGER NOT NULL, reached INTEGER NOT NULL, PRIMARY KEY (target, entry)) WITHOUT ROWID
        """

    /// Version 9 kept one stretch of each kind.
    static let rewindsInStretches = [
        "ALTER TABLE clock_rewind RENAME TO old_clock_rewind", rewinds,
        "INSERT INTO clock_rewind SELECT target, kind, kind, after, through, after FROM old_clock_rewind",
        "DROP TABLE old_clock_rewind",
    ]
}
