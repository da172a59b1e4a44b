// One request and the way to answer it, over an `evhttp_request`. An actor on the loop's executor: whoever
// calls it, libevent is touched on the loop's thread.

import CEvent
import EventLoop
import Seams

/// evhttp's record of a request on its way from the callback into the exchange.
struct PendingRequest: @unchecked Sendable {
    // `@unchecked Sendable`: the pointer is followed on the loop's thread only, where the exchange lives.
    let pointer: UnsafeMutablePointer<evhttp_request>
}

/// An exchange in progress.
final actor ServerExchange: HTTPExchange {
    nonisolated let request: HTTPRequest
    private nonisolated let executor: LoopExecutor
    private var pending: UnsafeMutablePointer<evhttp_request>?
    private let connection: ServerConnection
    private let maximumUnsent: Int
    private var isStreaming = false
    private var isAnswered = false
    private var hasLeft = false
    private var waiter: CheckedContinuation<Void, Never>?

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(
        _ request: HTTPRequest, pending: PendingRequest,
        connection: ServerConnection, executor: LoopExecutor, maximumUnsent: Int
    ) {
        self.request = request
        self.pending = pending.pointer
        self.connection = connection
        self.executor = executor
        self.maximumUnsent = maximumUnsent
    }

    /// Answers at once; a second answer is ignored.
    func respond(_ response: HTTPResponse) {
        guard !isAnswered, let pending else { return }
        isAnswered = true
        self.pending = nil
        add(response.headers, to: pending)
        let body = evbuffer_new()
        defer { if let body { evbuffer_free(body) } }
        if let body { evbuffer_add(body, response.body, response.body.count) }
        evhttp_send_reply(pending, Int32(response.status), ReasonPhrase.text(response.status), body)
    }

    /// Begins a chunked answer.
    func start(status: Int, headers: [(name: String, value: String)]) throws(HTTPClientGone) {
        guard !isAnswered, let pending, !hasLeft else { throw HTTPClientGone() }
        isAnswered = true
        isStreaming = true
        add(headers, to: pending)
        evhttp_send_reply_start(pending, Int32(status), ReasonPhrase.text(status))
        connection.watchDeparture()
    }

    /// Sends a piece, then waits while more than three quarters of the bound are unsent: what a sensible
    /// piece adds still fits.
    func send(_ piece: [UInt8]) async throws(HTTPClientGone) {
        guard isStreaming, let pending, !hasLeft else { throw HTTPClientGone() }
        if !piece.isEmpty, let buffer = evbuffer_new() {
            evbuffer_add(buffer, piece, piece.count)
            evhttp_send_reply_chunk(pending, buffer)
            evbuffer_free(buffer)
        }
        while isOpen, connection.unsentOctets > maximumUnsent / 4 * 3 {
            await withCheckedContinuation { waiter = $0 }
        }
        guard isOpen else { throw HTTPClientGone() }
    }

    /// Ends a streamed answer.
    func finish() {
        guard isStreaming else { return }
        isStreaming = false
        guard let pending else { return }
        self.pending = nil
        connection.stopWatchingDeparture()
        evhttp_send_reply_end(pending)
    }

    /// A handler that came back without an answer has failed; the client is told rather than left waiting.
    func ensureAnswered() {
        if !isAnswered { respond(HTTPResponse(status: 500, body: Array("500 Internal Server Error".utf8))) }
        finish()
    }

    private var isOpen: Bool { pending != nil && !hasLeft }

    // MARK: - Told by the connection, on the loop's thread

    /// Octets have left; wakes a waiting sender once half of the bound is free.
    nonisolated func octetsLeft(unsent: Int) {
        assumeIsolated { if unsent <= $0.maximumUnsent / 2 { $0.wake() } }
    }

    /// The client has closed its side during a stream.
    nonisolated func clientLeft() {
        assumeIsolated {
            $0.hasLeft = true
            $0.wake()
        }
    }

    /// Nobody can take the exchange now.
    nonisolated func overloaded() {
        assumeIsolated { $0.respond(HTTPResponse(status: 503, body: Array("503 Service Unavailable".utf8))) }
    }

    /// evhttp is dropping the connection. A request that it has cut loose from the connection is ours to
    /// free, one that still hangs on it is freed with it.
    nonisolated func connectionLost() {
        assumeIsolated {
            $0.hasLeft = true
            if let pending = $0.pending, evhttp_request_get_connection(pending) == nil {
                evhttp_request_free(pending)
            }
            $0.pending = nil
            $0.wake()
        }
    }

    private func wake() {
        waiter?.resume()
        waiter = nil
    }

    private func add(
        _ headers: [(name: String, value: String)], to pending: UnsafeMutablePointer<evhttp_request>
    ) {
        let output = evhttp_request_get_output_headers(pending)
        // evhttp refuses names and values that hold line ends.
        for (name, value) in headers { evhttp_add_header(output, name, value) }
    }
}
