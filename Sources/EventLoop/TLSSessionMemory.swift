// The newest TLS session with one server, so that the next handshake is the short one (RFC 8446, 2.2;
// RFC 5246, 7.3): no certificates over a link that charges by octets, no signatures on either side. A session
// holds the verdict on the certificate it began with, therefore a memory belongs to one set of demands.

import COpenSSL

/// Keeps one session; used on the loop's thread only.
package final class TLSSessionMemory: @unchecked Sendable {
    // `@unchecked Sendable`: touched by OpenSSL's callbacks of contexts that are used on one loop's thread.

    private var session: OpaquePointer?

    /// An empty memory.
    package init() {}

    deinit { SSL_SESSION_free(session) }

    /// Takes over a session's reference in place of the one kept so far.
    func keep(_ session: OpaquePointer) {
        SSL_SESSION_free(self.session)
        self.session = session
    }

    /// The kept session, unless it may not be used again.
    var offer: OpaquePointer? { session.flatMap { SSL_SESSION_is_resumable($0) == 1 ? $0 : nil } }

    /// Forgets the session: a handshake that failed with it shall not fail with it again.
    package func forget() {
        SSL_SESSION_free(session)
        session = nil
    }
}
