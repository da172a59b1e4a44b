// Connections to the device's servers, kept so that an operator can tell who was there, and when, after a
// restart too. They are handed over in batches: a commit for each would wear the flash out, the more so when
// somebody knocks all day long.

package import Faults
package import Seams
import Storage
package import Timekeeping

/// One connection that has ended.
package struct ConnectionEntry: Sendable, Hashable {
    /// Running number over the life of the archive; 0 before it was stored.
    package var number: Int
    /// Type of the server's row.
    package var server: String
    /// Its port in the configuration.
    package var port: Int
    /// Numeric address of the far end.
    package var peer: String
    /// UTC of begin and end.
    package var began: WallTime
    package var ended: WallTime
    /// What became of it.
    package var served: ServedConnection

    /// An entry.
    package init(
        number: Int = 0, server: String, port: Int, peer: String, began: WallTime, ended: WallTime,
        served: ServedConnection
    ) {
        self.number = number
        self.server = server
        self.port = port
        self.peer = peer
        self.began = began
        self.ended = ended
        self.served = served
    }
}

extension MeterArchive {
    /// How many connections stay.
    package static let connectionDepth = 2_000

    /// Appends connections in one transaction, numbers them and lets the oldest go.
    package func note(_ entries: [ConnectionEntry]) throws(Fault) {
        guard !entries.isEmpty else { return }
        try writing("writing the journal of connections") { () throws(StorageError) in
            for entry in entries {
                let insertion = try connection.statement(
                    "INSERT INTO connection VALUES (NULL, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)")
                insertion.bind(entry.server, at: 1)
                insertion.bind(Int64(entry.port), at: 2)
                insertion.bind(entry.peer, at: 3)
                insertion.bind(entry.began.unixSeconds, at: 4)
                insertion.bind(entry.ended.unixSeconds, at: 5)
                insertion.bind(entry.served.received, at: 6)
                insertion.bind(entry.served.sent, at: 7)
                insertion.bind(Int64(entry.served.requests), at: 8)
                insertion.bind(entry.served.end, at: 9)
                try insertion.run()
            }
            try connection.statement(
                "DELETE FROM connection WHERE entry <= (SELECT max(entry) FROM connection) - ?1"
            ).run(Int64(MeterArchive.connectionDepth))
        }
    }

    /// Connections numbered below `before` (all when nil), newest first.
    package func connections(before: Int?, limit: Int) throws(Fault) -> [ConnectionEntry] {
        try reading("reading the journal of connections") { () throws(StorageError) in
            let query = try connection.statement(
                "SELECT entry, server, port, peer, began_at, ended_at, received, sent, requests, result "
                    + "FROM connection WHERE entry < ?1 ORDER BY entry DESC LIMIT ?2")
            query.bind(Int64(before ?? .max), at: 1)
            query.bind(Int64(limit), at: 2)
            defer { query.reset() }
            var found: [ConnectionEntry] = []
            while try query.step() {
                found.append(
                    ConnectionEntry(
                        number: Int(query.integer(0)), server: query.text(1), port: Int(query.integer(2)),
                        peer: query.text(3), began: WallTime(unixSeconds: query.integer(4)),
                        ended: WallTime(unixSeconds: query.integer(5)),
                        served: ServedConnection(
                            received: query.integer(6), sent: query.integer(7),
                            requests: Int(query.integer(8)), end: query.text(9))))
            }
            return found
        }
    }
}
