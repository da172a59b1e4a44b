// Repairs of the archive, since version 7: a damaged file that was set aside, and how far its rows have been
// brought over. The row is written with the new file, so that a wipe can never be silent.
//
//   path      the damaged file, beside the archive
//   reason    what was wrong with it
//   ended_at  NULL while rows are still being brought over
//   rows      rows brought over
//   holes     stretches that could not be read

extension Schema {
    static let repairs = [
        """
        CREATE TABLE repair(
          entry INTEGER PRIMARY KEY, path TEXT NOT NULL, reason TEXT NOT NULL, at INTEGER NOT NULL,
          ended_at INTEGER, rows INTEGER NOT NULL, holes INTEGER NOT NULL)
        """
    ]
}
