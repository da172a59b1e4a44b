// Invocation counters of ciphered meters, since version 11. A series is a key under one system title, named
// by a digest of both; everything below `next` has been given out.

extension Schema {
    static let invocationCounters = """
        CREATE TABLE invocation_counter(series TEXT PRIMARY KEY, next INTEGER NOT NULL) WITHOUT ROWID
        """
}
