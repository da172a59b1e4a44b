// The journal of connections to the device's servers, since version 12: a ring of the newest.
//
//   server     type of the server's row: iface1…iface4, rtu327, …
//   peer       numeric address of the far end
//   received, sent   octets from it and to it; requests: how many were answered
//   result     how it ended, in one word

extension Schema {
    static let connections = """
        CREATE TABLE connection(
          entry INTEGER PRIMARY KEY, server TEXT NOT NULL, port INTEGER NOT NULL, peer TEXT NOT NULL,
          began_at INTEGER NOT NULL, ended_at INTEGER NOT NULL, received INTEGER NOT NULL,
          sent INTEGER NOT NULL, requests INTEGER NOT NULL, result TEXT NOT NULL)
        """
}
