// The gateway's side of TLS: certificate, key and rules shared by all connections of a listener. The only
// place besides `Security` that calls OpenSSL, because libevent's TLS streams are made of its objects.

import CEvent
import COpenSSL

/// Why a certificate or key was not accepted; the library's reason.
package struct TLSError: Error, Sendable, Hashable {
    /// What was attempted and the reason.
    package let reason: String

    init(reason: String) { self.reason = reason }

    init(_ attempt: String) {
        var buffer = [CChar](repeating: 0, count: 256)
        let code = ERR_get_error()
        ERR_error_string_n(code, &buffer, buffer.count)
        ERR_clear_error()
        let text = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        reason = code == 0 ? attempt : "\(attempt): \(text)"
    }
}

/// Makes the server half of TLS streams; TLS 1.2 or newer.
package final class TLSServerContext: @unchecked Sendable {
    // `@unchecked Sendable`: SSL_CTX counts its references atomically and is not changed after init.
    private let context: OpaquePointer

    /// OpenSSL's `SSL_CTX`.
    var pointer: OpaquePointer { context }

    /// A context of one certificate chain (PEM, own certificate first) and its key (PEM). Throws the
    /// library's reason when one is unreadable or they do not belong together.
    package init(certificate: String, key: String) throws(TLSError) {
        guard let context = SSL_CTX_new(TLS_server_method()) else { throw TLSError("making a TLS context") }
        self.context = context
        // The setters are macros over SSL_CTX_ctrl.
        SSL_CTX_ctrl(context, SSL_CTRL_SET_MIN_PROTO_VERSION, Int(TLS1_2_VERSION), nil)
        SSL_CTX_ctrl(context, SSL_CTRL_MODE, TLSServerContext.releaseBuffers, nil)
        SSL_CTX_set_options(context, TLSServerContext.noRenegotiation)
        try TLSServerContext.useChain(certificate, in: context)
        try TLSServerContext.useKey(key, in: context)
        guard SSL_CTX_check_private_key(context) == 1 else {
            throw TLSError("matching the key with the certificate")
        }
    }

    deinit { SSL_CTX_free(context) }

    /// SSL_MODE_RELEASE_BUFFERS of openssl/ssl.h: an idle connection gives 34 kB back.
    private static let releaseBuffers = 0x10
    /// SSL_OP_NO_RENEGOTIATION of openssl/ssl.h: a client cannot have handshakes computed without end.
    private static let noRenegotiation = UInt64(1) << 30

    /// A libevent `bufferevent` that will accept TLS on the descriptor it is given; it owns descriptor and
    /// session. Nil when memory is out. On the loop's thread only.
    package func makeStream(on loop: Loop) -> OpaquePointer? {
        loop.preconditionOnLoop()
        guard let session = SSL_new(context) else { return nil }
        let options = Int32(BEV_OPT_CLOSE_ON_FREE.rawValue)
        guard
            let stream = bufferevent_openssl_socket_new(
                loop.base, -1, session, BUFFEREVENT_SSL_ACCEPTING, options)
        else {
            SSL_free(session)
            return nil
        }
        // Browsers and pollers close without the TLS good-bye; HTTP knows its own message lengths.
        bufferevent_openssl_set_allow_dirty_shutdown(stream, 1)
        return stream
    }

    private static func useChain(_ pem: String, in context: OpaquePointer) throws(TLSError) {
        guard let source = memory(pem) else { throw TLSError("reading the certificate") }
        defer { BIO_free(source) }
        guard let own = PEM_read_bio_X509(source, nil, nil, nil) else {
            throw TLSError("reading the certificate")
        }
        defer { X509_free(own) }
        guard SSL_CTX_use_certificate(context, own) == 1 else { throw TLSError("using the certificate") }
        while let next = PEM_read_bio_X509(source, nil, nil, nil) {
            // The context takes the reference over when it succeeds.
            guard SSL_CTX_ctrl(context, SSL_CTRL_EXTRA_CHAIN_CERT, 0, UnsafeMutableRawPointer(next)) == 1
            else {
                X509_free(next)
                throw TLSError("using the certificate chain")
            }
        }
        ERR_clear_error()
    }

    private static func useKey(_ pem: String, in context: OpaquePointer) throws(TLSError) {
        guard let source = memory(pem) else { throw TLSError("reading the key") }
        defer { BIO_free(source) }
        guard let key = PEM_read_bio_PrivateKey(source, nil, nil, nil) else {
            throw TLSError("reading the key")
        }
        defer { EVP_PKEY_free(key) }
        guard SSL_CTX_use_PrivateKey(context, key) == 1 else { throw TLSError("using the key") }
    }

    private static func memory(_ text: String) -> OpaquePointer? {
        let octets = Array(text.utf8)
        guard let bio = BIO_new(BIO_s_mem()) else { return nil }
        guard BIO_write(bio, octets, Int32(octets.count)) == Int32(octets.count) else {
            BIO_free(bio)
            return nil
        }
        return bio
    }
}
