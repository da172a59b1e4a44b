// The HTTP door: evhttp on the event loop behind `Seams.HTTPHandler`, with evhttp's gaps closed (each has its
// test in HTTPServerTests). `Gateway` makes it; `run` is a service of the main task group.
//
//     listener ─► evhttp ─► streamMade (our record of the connection, its octets watched by RequestHeadGuard)
//                       └─► requestArrived ─► ServerExchange ─► one task of run's group ─► handler

import CEvent
package import EventLoop
package import Seams
import Timekeeping

#if canImport(Glibc)
    import Glibc
#endif

/// Listens, bounds, parses by evhttp, and hands exchanges to a handler.
package final class HTTPServer: @unchecked Sendable {
    // `@unchecked Sendable`: mutable state is touched on the loop's thread only: by libevent's callbacks, the
    // sweep and `run`, which the loop's executor runs.

    /// Ports in the order of the listeners given.
    package private(set) var ports: [Int] = []

    private let loop: Loop
    private let settings: HTTPServerSettings
    private let exchanges: AsyncStream<ServerExchange>
    private let arrival: AsyncStream<ServerExchange>.Continuation
    private var doors: [Door] = []
    private var connections: [OpaquePointer: ServerConnection] = [:]
    private var connectionsByPeer: [String: Int] = [:]
    private var sweepToken: TimerToken?
    private var lastSweep = MonotonicInstant(nanoseconds: 0)
    private static let sweepInterval = Duration.milliseconds(250)

    /// One evhttp with its transport; libevent's callbacks hold it as their context.
    private final class Door {
        let http: OpaquePointer
        let tls: TLSServerContext?
        unowned let server: HTTPServer

        init(http: OpaquePointer, tls: TLSServerContext?, server: HTTPServer) {
            self.http = http
            self.tls = tls
            self.server = server
        }
    }

    /// Binds the listeners; on the loop's thread. Clients that connect before `run` wait.
    package init(
        loop: Loop, settings: HTTPServerSettings = HTTPServerSettings(), listeners: [HTTPListener]
    ) throws(HTTPServerError) {
        loop.preconditionOnLoop()
        self.loop = loop
        self.settings = settings
        (exchanges, arrival) = AsyncStream.makeStream(
            bufferingPolicy: .bufferingOldest(settings.maximumConnections))
        for listener in listeners { try open(listener) }
        sweepLater()
    }

    deinit {
        for connection in connections.values { connection.onDrop = nil }
        for door in doors { evhttp_free(door.http) }
    }

    /// Serves until the task is cancelled; then every connection is closed and the listeners with it.
    package func run(_ handler: any HTTPHandler) async {
        await withDiscardingTaskGroup { group in
            for await exchange in exchanges {
                group.addTask {
                    await handler.handle(exchange)
                    await exchange.ensureAnswered()
                }
            }
            stop()
            group.cancelAll()
        }
    }

    /// Number of connections, for the diagnostics page.
    package var connectionCount: Int { connections.count }

    private func open(_ listener: HTTPListener) throws(HTTPServerError) {
        let (descriptor, port) = try ListeningSocket.open(
            address: listener.address, port: listener.port, backlog: settings.backlog)
        guard let http = evhttp_new(loop.base) else {
            close(descriptor)
            throw HTTPServerError(reason: "making an HTTP server")
        }
        let door = Door(http: http, tls: listener.tls, server: self)
        doors.append(door)
        evhttp_set_max_headers_size(http, settings.maximumHeadOctets)
        evhttp_set_max_body_size(http, settings.maximumBodyOctets)
        evhttp_set_timeout(http, Int32(settings.idleSeconds))
        evhttp_set_default_content_type(http, nil)
        // All methods come to the handler, which answers 405 in the vendor's manner.
        evhttp_set_allowed_methods(http, UInt16.max)
        setCallbacks(of: door)
        guard evhttp_accept_socket(http, descriptor) == 0 else {
            close(descriptor)
            throw HTTPServerError(reason: "listening on \(listener.address):\(port)")
        }
        ports.append(port)
    }

    private func setCallbacks(of door: Door) {
        let context = Unmanaged.passUnretained(door).toOpaque()
        evhttp_set_bevcb(
            door.http,
            { @Sendable _, context in
                guard let context else { return nil }
                let door = Unmanaged<Door>.fromOpaque(context).takeUnretainedValue()
                return door.server.streamMade(tls: door.tls)
            }, context)
        evhttp_set_gencb(
            door.http,
            { @Sendable pending, context in
                guard let pending, let context else { return }
                Unmanaged<Door>.fromOpaque(context).takeUnretainedValue().server.requestArrived(pending)
            }, context)
    }

    private func stop() {
        arrival.finish()
        if let sweepToken { loop.cancel(sweepToken) }
        sweepToken = nil
        // evhttp tells of every connection it drops, so ours must outlive it.
        for door in doors { evhttp_free(door.http) }
        doors = []
        for connection in Array(connections.values) { forget(connection) }
    }

    // MARK: - Called by libevent

    /// evhttp wants a bufferevent for a connection it has just accepted; the descriptor is set after we
    /// return, so the bounds are looked at in the next turn.
    private func streamMade(tls: TLSServerContext?) -> OpaquePointer? {
        let stream =
            if let tls { tls.makeStream(on: loop) } else {
                bufferevent_socket_new(loop.base, -1, Int32(BEV_OPT_CLOSE_ON_FREE.rawValue))
            }
        guard let stream else { return nil }
        let connection = ServerConnection(
            stream: stream, isSecure: tls != nil, loop: loop, settings: settings)
        connections[stream] = connection
        _ = loop.schedule(at: loop.clock.now) { [weak self, weak connection] in
            guard let self, let connection else { return }
            admit(connection)
        }
        return stream
    }

    /// Learns the far end once, and hangs up on one connection too many.
    private func admit(_ connection: ServerConnection) {
        guard !connection.isReleased, connection.peer.isEmpty else { return }
        if connection.isAbandoned { return forget(connection) }
        connection.adopted()
        connectionsByPeer[connection.peer, default: 0] += 1
        if connections.count > settings.maximumConnections, loop.clock.now - lastSweep > .milliseconds(20) {
            sweep()
        }
        if connections.count > settings.maximumConnections
            || connectionsByPeer[connection.peer, default: 0] > settings.maximumConnectionsPerAddress
        {
            connection.hangUp()
        }
    }

    private func requestArrived(_ pending: UnsafeMutablePointer<evhttp_request>) {
        guard let link = evhttp_request_get_connection(pending),
            let stream = evhttp_connection_get_bufferevent(link), let connection = connections[stream]
        else { return refuse(pending, status: 500) }
        admit(connection)
        connection.requestCompleted()
        watch(connection, link: link, pending: pending)
        guard !connection.isRefused,
            let request = RequestReading.request(
                pending, peer: connection.peer, isSecure: connection.isSecure)
        else { return refuse(pending, status: 400) }
        let exchange = ServerExchange(
            request, pending: PendingRequest(pointer: pending), connection: connection,
            executor: loop.executor, maximumUnsent: settings.maximumUnsentOctets)
        connection.exchange = exchange
        switch arrival.yield(exchange) {
        case .enqueued: break
        default: exchange.overloaded()
        }
    }

    /// Asks evhttp to tell when the answer is out and when it drops the connection.
    private func watch(
        _ connection: ServerConnection, link: OpaquePointer, pending: UnsafeMutablePointer<evhttp_request>
    ) {
        let context = Unmanaged.passUnretained(connection).toOpaque()
        evhttp_request_set_on_complete_cb(
            pending,
            { @Sendable _, context in
                guard let context else { return }
                Unmanaged<ServerConnection>.fromOpaque(context).takeUnretainedValue().answerCompleted()
            }, context)
        guard connection.onDrop == nil else { return }
        connection.onDrop = { [weak self] connection in self?.forget(connection) }
        evhttp_connection_set_closecb(
            link,
            { @Sendable link, context in
                guard let context else { return }
                // evhttp may tell twice: when it resets the connection and when it frees it.
                evhttp_connection_set_closecb(link, nil, nil)
                let connection = Unmanaged<ServerConnection>.fromOpaque(context).takeUnretainedValue()
                connection.onDrop?(connection)
            }, context)
    }

    private func refuse(_ pending: UnsafeMutablePointer<evhttp_request>, status: Int) {
        let output = evhttp_request_get_output_headers(pending)
        evhttp_add_header(output, "Connection", "close")
        evhttp_add_header(output, "Content-Type", "text/plain")
        let text = Array("\(status) \(ReasonPhrase.text(status))".utf8)
        let body = evbuffer_new()
        defer { if let body { evbuffer_free(body) } }
        if let body { evbuffer_add(body, text, text.count) }
        evhttp_send_reply(pending, Int32(status), ReasonPhrase.text(status), body)
    }

    // MARK: - The sweep

    private func sweepLater() {
        sweepToken = loop.schedule(at: loop.clock.now + HTTPServer.sweepInterval) { [weak self] in
            guard let self, !doors.isEmpty else { return }
            sweep()
            sweepLater()
        }
    }

    /// Forgets what evhttp has dropped and hangs up on what is late.
    private func sweep() {
        let now = loop.clock.now
        lastSweep = now
        for connection in Array(connections.values) {
            if connection.isAbandoned {
                forget(connection)
            } else if let deadline = connection.deadline, deadline <= now {
                connection.hangUp()
            }
        }
    }

    private func forget(_ connection: ServerConnection) {
        guard connections.removeValue(forKey: connection.stream) != nil else { return }
        if let count = connectionsByPeer[connection.peer] {
            connectionsByPeer[connection.peer] = count > 1 ? count - 1 : nil
        }
        connection.release()
    }
}
