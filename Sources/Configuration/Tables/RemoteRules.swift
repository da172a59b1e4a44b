// How remote connection is carried, and how long a line is kept for a client whose connection broke.

import JSONText

/// Rules of the server of remote connection.
package struct RemoteRules: Sendable, Hashable {
    /// Whether connections are enciphered. Without, passwords cross the network as they are.
    package var isEnciphered: Bool
    /// Seconds that a line is kept for a client that is lost, 0…30 (REQ-533).
    package var graceSeconds: Int

    /// Rules; enciphered unless somebody says otherwise.
    package init(isEnciphered: Bool = true, graceSeconds: Int = 20) {
        self.isEnciphered = isEnciphered
        self.graceSeconds = graceSeconds
    }

    /// Reads the members of a server's row; what is absent stays.
    init(from reader: inout RecordReader, previous: RemoteRules) {
        isEnciphered = reader.flag("tls", fallback: previous.isEnciphered)
        graceSeconds = reader.integer("grace", in: 0...30, fallback: previous.graceSeconds)
    }

    /// As members of a server's row.
    var members: [JSONMember] { [JSONMember("tls", isEnciphered), JSONMember("grace", graceSeconds)] }
}
