// One TLS connection between two heaps of octets: what came enciphered goes in, what is to be sent comes out,
// and neither socket nor clock is seen (RFC 8446, RFC 5246). `Ports` puts it over its channels.

import COpenSSL

/// Both halves of TLS over octets in memory.
package final class TLSSession: @unchecked Sendable {
    // `@unchecked Sendable`: an OpenSSL connection belongs to the one actor that made it.
    private let connection: OpaquePointer
    private let input: OpaquePointer
    private let output: OpaquePointer
    /// Keeps the context alive, whose callbacks look for it.
    private let context: AnyObject
    private let failure: @Sendable () -> TLSFailure?
    /// Whether the far end has said that it sends nothing more.
    package private(set) var hasEnded = false

    /// Largest piece of plain octets that is read at once: one record.
    private static let recordLimit = 16_384

    /// The server's half. Throws when memory is out.
    package convenience init(server context: TLSServerContext) throws(TLSError) {
        try self.init(context: context, pointer: context.pointer) { nil }
        SSL_set_accept_state(connection)
    }

    /// The client's half. Throws when memory is out.
    package convenience init(client context: TLSClientContext) throws(TLSError) {
        try self.init(context: context, pointer: context.pointer) { context.failure }
        SSL_set_connect_state(connection)
    }

    private init(
        context: AnyObject, pointer: OpaquePointer, failure: @escaping @Sendable () -> TLSFailure?
    ) throws(TLSError) {
        guard let connection = SSL_new(pointer) else { throw TLSError("making a TLS session") }
        guard let input = BIO_new(BIO_s_mem()) else {
            SSL_free(connection)
            throw TLSError("making a TLS session")
        }
        guard let output = BIO_new(BIO_s_mem()) else {
            BIO_free(input)
            SSL_free(connection)
            throw TLSError("making a TLS session")
        }
        // The connection owns both from here on.
        SSL_set_bio(connection, input, output)
        self.context = context
        self.failure = failure
        self.connection = connection
        self.input = input
        self.output = output
    }

    deinit { SSL_free(connection) }

    /// Takes octets of the far end.
    package func received(_ octets: [UInt8]) {
        _ = octets.withUnsafeBytes { BIO_write(input, $0.baseAddress, Int32($0.count)) }
    }

    /// Octets to be sent to the far end; empty when there are none.
    package func takeOutput() -> [UInt8] {
        let count = BIO_ctrl_pending(output)
        guard count > 0 else { return [] }
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            filled = Int(max(0, BIO_read(output, buffer.baseAddress, Int32(count))))
        }
    }

    /// Goes on with the handshake by what has come; whether it is done. Throws why it failed; then what is
    /// to be sent tells the far end.
    package func handshake() throws(TLSError) -> Bool {
        ERR_clear_error()
        let result = SSL_do_handshake(connection)
        if result == 1 { return true }
        try check(result, "the TLS handshake")
        return false
    }

    /// What has come in plain; empty when there is nothing whole. Throws when the octets are no TLS.
    package func read() throws(TLSError) -> [UInt8] {
        var all: [UInt8] = []
        while true {
            ERR_clear_error()
            var count: Int32 = 0
            all.append(
                contentsOf: [UInt8](unsafeUninitializedCapacity: TLSSession.recordLimit) {
                    count = SSL_read(connection, $0.baseAddress, Int32($0.count))
                    $1 = Int(max(0, count))
                })
            if count > 0 { continue }
            try check(count, "reading TLS")
            return all
        }
    }

    /// Enciphers octets for the far end. Throws before the handshake is done.
    package func write(_ octets: [UInt8]) throws(TLSError) {
        guard !octets.isEmpty else { return }
        ERR_clear_error()
        let count = octets.withUnsafeBytes { SSL_write(connection, $0.baseAddress, Int32($0.count)) }
        guard count == octets.count else { throw TLSError("writing TLS") }
    }

    /// Says good-bye; what is to be sent holds it.
    package func close() { SSL_shutdown(connection) }

    /// SHA-256 of the far end's certificate; nil when it showed none.
    package var peerFingerprint: [UInt8]? {
        guard let certificate = SSL_get1_peer_certificate(connection) else { return nil }
        defer { X509_free(certificate) }
        var digest = [UInt8](repeating: 0, count: 32)
        var count: UInt32 = 32
        guard X509_digest(certificate, EVP_sha256(), &digest, &count) == 1, count == 32 else { return nil }
        return digest
    }

    /// Nothing when the library only wants more octets.
    private func check(_ result: Int32, _ attempt: String) throws(TLSError) {
        switch SSL_get_error(connection, result) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return
        case SSL_ERROR_ZERO_RETURN: hasEnded = true
        default:
            switch failure() {
            case .certificate(let text), .version(let text): throw TLSError(reason: text)
            case nil: throw TLSError(attempt)
            }
        }
    }
}
