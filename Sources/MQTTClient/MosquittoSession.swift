// libmosquitto's handle and what it tells. Its callbacks come from inside calls that the broker actor
// makes, so they only note what happened; the actor looks at the notes when its call has returned.

import CMosquitto
import EventLoop
import Seams

#if canImport(Glibc)
    import Glibc
#endif

/// One connection's handle; used on the loop's thread only.
final class MosquittoSession: @unchecked Sendable {
    // `@unchecked Sendable`: confined to the loop's thread by its one owner, the actor `MosquittoBroker`.

    /// What a callback told.
    enum Event {
        /// CONNACK with its return code.
        case answered(Int32)
        /// PUBACK, PUBCOMP, or at QoS 0 the socket write, of a message.
        case published(Int32)
        /// The connection has ended.
        case ended(Int32)
    }

    let handle: OpaquePointer
    private let tls: TLSClientContext?
    private var events: [Event] = []
    /// OpenSSL's own words, as libmosquitto logs them.
    private(set) var lastComplaint = ""

    private static let isLibraryReady: Bool = mosquitto_lib_init() == Int32(MOSQ_ERR_SUCCESS.rawValue)

    /// A handle for `settings`; nil when the library cannot be set up or refuses a setting.
    init?(_ settings: BrokerSettings, tls: TLSClientContext?) {
        guard MosquittoSession.isLibraryReady, let handle = mosquitto_new(settings.clientID, true, nil) else {
            return nil
        }
        self.handle = handle
        self.tls = tls
        mosquitto_user_data_set(handle, Unmanaged.passUnretained(self).toOpaque())
        listen()
        guard apply(settings) else { return nil }
    }

    deinit { mosquitto_destroy(handle) }

    private func apply(_ settings: BrokerSettings) -> Bool {
        mosquitto_int_option(handle, MOSQ_OPT_TCP_NODELAY, 1)
        if !settings.login.isEmpty {
            let password = settings.password.map { CChar(bitPattern: $0) } + [0]
            guard mosquitto_username_pw_set(handle, settings.login, password) == 0 else { return false }
        }
        if let will = settings.will {
            let code = mosquitto_will_set(
                handle, will.topic, Int32(will.payload.count), will.payload, Int32(will.qos), will.retain)
            guard code == 0 else { return false }
        }
        guard let tls else { return true }
        // Without this the library wants to load an authority of its own into our context.
        mosquitto_int_option(handle, MOSQ_OPT_SSL_CTX_WITH_DEFAULTS, 0)
        return mosquitto_void_option(handle, MOSQ_OPT_SSL_CTX, UnsafeMutableRawPointer(tls.pointer)) == 0
    }

    private func listen() {
        mosquitto_connect_callback_set(handle) { @Sendable _, context, code in
            MosquittoSession.of(context)?.events.append(.answered(code))
        }
        mosquitto_publish_callback_set(handle) { @Sendable _, context, number in
            MosquittoSession.of(context)?.events.append(.published(number))
        }
        mosquitto_disconnect_callback_set(handle) { @Sendable _, context, code in
            MosquittoSession.of(context)?.events.append(.ended(code))
        }
        mosquitto_log_callback_set(handle) { @Sendable _, context, level, text in
            guard level == MOSQ_LOG_ERR, let text else { return }
            MosquittoSession.of(context)?.lastComplaint = String(cString: text)
        }
    }

    private static func of(_ context: UnsafeMutableRawPointer?) -> MosquittoSession? {
        context.map { Unmanaged<MosquittoSession>.fromOpaque($0).takeUnretainedValue() }
    }

    /// What was told since the last call.
    func takeEvents() -> [Event] {
        defer { events.removeAll(keepingCapacity: true) }
        return events
    }

    /// mosquitto_loop_read until neither the socket nor TLS holds more; the library's code.
    func read() -> Int32 {
        for _ in 0..<64 {
            let code = mosquitto_loop_read(handle, 1)
            guard code == 0, let connection = mosquitto_ssl_get(handle),
                TLSClientContext.pendingOctets(of: connection) > 0
            else { return code }
        }
        return 0
    }

    /// Pending error of the socket itself, 0 for none: during a TLS handshake libmosquitto takes a refused or
    /// reset connection for one that is still being made.
    var socketError: Int32 {
        var code: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(mosquitto_socket(handle), SOL_SOCKET, SO_ERROR, &code, &length)
        return code
    }

    /// The reason behind a code of the library, told as the seam tells it. Read right after the call that
    /// failed: it looks at `errno`.
    func reason(of code: Int32, errno number: Int32) -> BrokerError {
        switch tls?.failure {
        case .certificate(let reason): return .certificate(reason)
        case .version(let reason): return .tlsVersion(reason)
        case nil: break
        }
        if code == Int32(MOSQ_ERR_TLS.rawValue) { return handshakeReason() }
        if code == Int32(MOSQ_ERR_ERRNO.rawValue), number != 0 {
            return .unreachable(SystemReason.text(number))
        }
        return .unreachable(String(cString: mosquitto_strerror(code)))
    }

    private func handshakeReason() -> BrokerError {
        let text = lastComplaint.split(separator: ":").last.map(String.init) ?? "TLS handshake failed"
        for mark in ["unsupported protocol", "protocol version", "no protocols available"]
        where lastComplaint.contains(mark) { return .tlsVersion("TLS 1.2 or newer is needed: \(text)") }
        if lastComplaint.contains("wrong version number") || lastComplaint.contains("packet length too long")
        {
            return .unreachable("the far end does not speak TLS")
        }
        return .unreachable("TLS: \(text)")
    }
}
