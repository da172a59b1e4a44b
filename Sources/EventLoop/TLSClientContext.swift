// What a client demands of a server's TLS, and the precise reason when the server does not meet it. The
// doors whose C library speaks TLS by itself (libmosquitto) are given `pointer`; they never weaken it.

import COpenSSL

#if canImport(Glibc)
    import Glibc
#endif

/// Why a handshake failed, as far as OpenSSL told.
package enum TLSFailure: Error, Sendable, Hashable {
    /// The server's certificate was not accepted; the reason names it.
    case certificate(String)
    /// No common version or cipher.
    case version(String)
}

/// An OpenSSL client context for one server: TLS 1.2 or newer, chain and name verified unless switched off.
package final class TLSClientContext: @unchecked Sendable {
    // `@unchecked Sendable`: `failure` is written by OpenSSL's callbacks and read by the owner, both on the
    // loop's thread; the rest does not change after init.

    /// OpenSSL's `SSL_CTX`.
    package let pointer: OpaquePointer
    /// What the callbacks saw of a failed handshake; nil while nothing was wrong.
    package private(set) var failure: TLSFailure?
    private let serverName: String
    private let isNumeric: Bool
    private let memory: TLSSessionMemory?

    /// A context for `serverName` (a name, or an address in digits). `authority` is PEM text of one or more
    /// certificates to trust, empty for the system's store. Throws `certificate` when the text holds none.
    /// With `memory` a later handshake may be the short one.
    package init(
        serverName: String, verify: Bool, authority: String, memory: TLSSessionMemory? = nil
    ) throws(TLSFailure) {
        guard let context = SSL_CTX_new(TLS_client_method()) else {
            throw .version("OpenSSL gives no context")
        }
        pointer = context
        self.serverName = serverName
        isNumeric = TLSClientContext.isAddress(serverName)
        self.memory = memory
        SSL_CTX_ctrl(context, SSL_CTRL_SET_MIN_PROTO_VERSION, Int(TLS1_2_VERSION), nil)
        SSL_CTX_set_ex_data(context, 0, Unmanaged.passUnretained(self).toOpaque())
        SSL_CTX_set_info_callback(context) { @Sendable connection, place, value in
            TLSClientContext.of(connection)?.noteProgress(connection, place, value)
        }
        if memory != nil { keepSessions() }
        guard verify else {
            SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nil)
            return
        }
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER) { @Sendable isAccepted, chain in
            if isAccepted == 0, let chain { TLSClientContext.of(chain: chain)?.noteRefusal(chain) }
            return isAccepted
        }
        demandName()
        if authority.isEmpty {
            SSL_CTX_set_default_verify_paths(context)
        } else {
            try trust(authority)
        }
    }

    deinit { SSL_CTX_free(pointer) }

    /// Forgets the failure of the handshake before.
    package func reset() { failure = nil }

    /// Octets of an `SSL` that are decrypted and not yet read: no descriptor will tell of them.
    package static func pendingOctets(of connection: UnsafeMutableRawPointer) -> Int {
        Int(SSL_pending(OpaquePointer(connection)))
    }

    /// Sessions go to the memory and nowhere else; a session is worth keeping only after its ticket came.
    private func keepSessions() {
        let mode = SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL
        SSL_CTX_ctrl(pointer, SSL_CTRL_SET_SESS_CACHE_MODE, Int(mode), nil)
        SSL_CTX_sess_set_new_cb(pointer) { @Sendable connection, session in
            guard let session, let memory = TLSClientContext.of(connection)?.memory else { return 0 }
            memory.keep(session)
            return 1
        }
    }

    // MARK: - Demands

    private func demandName() {
        guard let demands = SSL_CTX_get0_param(pointer) else { return }
        if isNumeric {
            X509_VERIFY_PARAM_set1_ip_asc(demands, serverName)
        } else {
            X509_VERIFY_PARAM_set_hostflags(demands, UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS))
            X509_VERIFY_PARAM_set1_host(demands, serverName, 0)
        }
    }

    private func trust(_ authority: String) throws(TLSFailure) {
        let text = Array(authority.utf8)
        guard let source = text.withUnsafeBytes({ BIO_new_mem_buf($0.baseAddress, Int32($0.count)) }) else {
            throw .certificate("the authority's text cannot be read")
        }
        defer { BIO_free(source) }
        let store = SSL_CTX_get_cert_store(pointer)
        var count = 0
        // The buffer is copied by nobody, so `text` must outlive the reading.
        withExtendedLifetime(text) {
            while let certificate = PEM_read_bio_X509(source, nil, nil, nil) {
                X509_STORE_add_cert(store, certificate)
                X509_free(certificate)
                count += 1
            }
        }
        ERR_clear_error()
        guard count > 0 else { throw .certificate("the authority holds no PEM certificate") }
    }

    private static func isAddress(_ text: String) -> Bool {
        var buffer = in6_addr()
        return inet_pton(AF_INET, text, &buffer) == 1 || inet_pton(AF_INET6, text, &buffer) == 1
    }

    // MARK: - What OpenSSL tells

    private static func of(_ connection: OpaquePointer?) -> TLSClientContext? {
        guard let connection, let context = SSL_get_SSL_CTX(connection),
            let raw = SSL_CTX_get_ex_data(context, 0)
        else { return nil }
        return Unmanaged<TLSClientContext>.fromOpaque(raw).takeUnretainedValue()
    }

    private static func of(chain: OpaquePointer) -> TLSClientContext? {
        let index = SSL_get_ex_data_X509_STORE_CTX_idx()
        return of(X509_STORE_CTX_get_ex_data(chain, index).map { OpaquePointer($0) })
    }

    /// Before the first flight: the name the server is told. The connection may have been made to digits
    /// that we resolved ourselves, and those are no server name (RFC 6066, 3).
    private func noteProgress(_ connection: OpaquePointer?, _ place: Int32, _ value: Int32) {
        if place & SSL_CB_HANDSHAKE_START != 0 {
            var name = Array(serverName.utf8CString)
            name.withUnsafeMutableBytes { bytes in
                _ = SSL_ctrl(
                    connection, SSL_CTRL_SET_TLSEXT_HOSTNAME, Int(TLSEXT_NAMETYPE_host_name),
                    isNumeric ? nil : bytes.baseAddress)
            }
            if let session = memory?.offer { SSL_set_session(connection, session) }
        } else if place & SSL_CB_ALERT != 0, failure == nil {
            noteAlert(value & 0xFF, isTheirs: place & SSL_CB_READ != 0)
        }
    }

    private func noteAlert(_ code: Int32, isTheirs: Bool) {
        let whose = isTheirs ? "the server answers" : "we refused"
        let text = SSL_alert_desc_string_long(code).map { String(cString: $0) } ?? "alert \(code)"
        switch code {
        case SSL_AD_PROTOCOL_VERSION: failure = .version("TLS 1.2 or newer is needed; \(whose): \(text)")
        case SSL_AD_HANDSHAKE_FAILURE, SSL_AD_INSUFFICIENT_SECURITY:
            failure = .version("no common cipher; \(whose): \(text)")
        default: break
        }
    }

    /// The first refusal counts: what is found afterwards follows from it.
    private func noteRefusal(_ chain: OpaquePointer) {
        guard failure == nil else { return }
        let code = X509_STORE_CTX_get_error(chain)
        let reason = X509_verify_cert_error_string(Int(code)).map { String(cString: $0) } ?? "error \(code)"
        var subject = "none"
        if let certificate = X509_STORE_CTX_get_current_cert(chain) {
            var text = [CChar](repeating: 0, count: 256)
            if X509_NAME_oneline(X509_get_subject_name(certificate), &text, Int32(text.count)) != nil {
                subject = text.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
            }
        }
        failure = .certificate("\(reason); server \(serverName), certificate \(subject)")
    }
}
