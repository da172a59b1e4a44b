// One accepted connection, beside evhttp's own record of it. evhttp tells nobody when it drops a connection
// that never completed a request; so we hold a reference to the bufferevent, see every octet before evhttp
// does, and let go when evhttp has (its callbacks are gone from the bufferevent then).

import CEvent
import EventLoop
import Timekeeping

#if canImport(Glibc)
    import Glibc
#endif

/// A connection, confined to the loop's thread.
final class ServerConnection: @unchecked Sendable {
    // `@unchecked Sendable`: created and used on the loop's thread only, by libevent's callbacks, the sweep
    // and the exchange (an actor on the loop's executor).

    /// libevent's `bufferevent`; valid until `release`.
    let stream: OpaquePointer
    let isSecure: Bool
    private(set) var peer = ""
    private(set) var headGuard: RequestHeadGuard
    /// When the request in progress, or the silent connection, must be done; nil while we answer or rest.
    private(set) var deadline: MonotonicInstant?
    /// The exchange in progress.
    var exchange: ServerExchange?
    /// Called when evhttp drops the connection.
    var onDrop: ((ServerConnection) -> Void)?
    private(set) var isReleased = false
    private(set) var isRefused = false
    private var isAnswering = false
    private var departureWatch: OpaquePointer?
    private let loop: Loop
    private let requestDeadline: Duration
    private var inputCallback: OpaquePointer?
    private var outputCallback: OpaquePointer?

    init(stream: OpaquePointer, isSecure: Bool, loop: Loop, settings: HTTPServerSettings) {
        self.stream = stream
        self.isSecure = isSecure
        self.loop = loop
        requestDeadline = settings.requestDeadline
        headGuard = RequestHeadGuard(maximumOctets: settings.maximumHeadOctets)
        deadline = loop.clock.now + settings.requestDeadline
        bufferevent_incref(stream)
        let context = Unmanaged.passUnretained(self).toOpaque()
        inputCallback = evbuffer_add_cb(
            bufferevent_get_input(stream),
            { @Sendable buffer, change, context in
                guard let buffer, let change, let context, change.pointee.n_added > 0 else { return }
                let connection = Unmanaged<ServerConnection>.fromOpaque(context).takeUnretainedValue()
                connection.octetsArrived(change.pointee.n_added, in: buffer)
            }, context)
        outputCallback = evbuffer_add_cb(
            bufferevent_get_output(stream),
            { @Sendable _, change, context in
                guard let change, let context, change.pointee.n_deleted > 0 else { return }
                let connection = Unmanaged<ServerConnection>.fromOpaque(context).takeUnretainedValue()
                connection.exchange?.octetsLeft(unsent: connection.unsentOctets)
            }, context)
    }

    /// Descriptor of the socket; -1 while evhttp has not given it one.
    var descriptor: Int32 { bufferevent_getfd(stream) }

    /// Octets that wait for the client.
    var unsentOctets: Int { evbuffer_get_length(bufferevent_get_output(stream)) }

    /// Whether evhttp has dropped the connection.
    var isAbandoned: Bool {
        var event: bufferevent_event_cb?
        bufferevent_getcb(stream, nil, nil, &event, nil)
        return event == nil
    }

    /// Learns who the far end is, as soon as evhttp has set the descriptor.
    func adopted() { if peer.isEmpty { peer = ListeningSocket.peer(of: descriptor) } }

    /// Ends the connection: evhttp sees the end of the stream and cleans up.
    func hangUp() {
        deadline = nil
        let descriptor = descriptor
        if descriptor >= 0 { shutdown(descriptor, Int32(SHUT_RDWR)) }
    }

    /// evhttp has handed a complete request over; the clock stops.
    func requestCompleted() {
        deadline = nil
        isAnswering = true
    }

    /// evhttp has sent an answer; what the client has sent meanwhile is the next request.
    func answerCompleted() {
        exchange = nil
        isAnswering = false
        headGuard.reset()
        guard let input = bufferevent_get_input(stream) else { return }
        let waiting = evbuffer_get_length(input)
        if waiting > 0 { octetsArrived(waiting, in: input) }
    }

    /// Lets the bufferevent go; the caller forgets the connection.
    func release() {
        guard !isReleased else { return }
        isReleased = true
        stopWatchingDeparture()
        exchange?.connectionLost()
        exchange = nil
        onDrop = nil
        if let inputCallback { evbuffer_remove_cb_entry(bufferevent_get_input(stream), inputCallback) }
        if let outputCallback { evbuffer_remove_cb_entry(bufferevent_get_output(stream), outputCallback) }
        bufferevent_decref(stream)
    }

    /// During a stream of events nobody reads, so a leaving client is seen by the kernel's word alone.
    func watchDeparture() {
        guard departureWatch == nil, !isReleased, descriptor >= 0 else { return }
        departureWatch = event_new(
            loop.base, descriptor, Int16(EV_CLOSED),
            { @Sendable _, _, context in
                guard let context else { return }
                Unmanaged<ServerConnection>.fromOpaque(context).takeUnretainedValue().exchange?.clientLeft()
            }, Unmanaged.passUnretained(self).toOpaque())
        if let departureWatch { event_add(departureWatch, nil) }
    }

    /// Ends `watchDeparture`.
    func stopWatchingDeparture() {
        if let departureWatch { event_free(departureWatch) }
        departureWatch = nil
    }

    /// Runs inside libevent, before evhttp parses: only looks, and leaves acting to the next turn of the
    /// loop.
    private func octetsArrived(_ count: Int, in buffer: OpaquePointer) {
        // While we answer, what arrives is a request for later; inside a body there is nothing to check.
        guard !isAnswering, headGuard.state == .waiting || headGuard.isInHead else { return }
        if deadline == nil { deadline = loop.clock.now + requestDeadline }
        var octets = [UInt8](repeating: 0, count: count)
        var start = evbuffer_ptr()
        let length = evbuffer_get_length(buffer)
        guard count <= length, evbuffer_ptr_set(buffer, &start, length - count, EVBUFFER_PTR_SET) == 0 else {
            return
        }
        evbuffer_copyout_from(buffer, &start, &octets, count)
        headGuard.take(octets)
        if case .refused = headGuard.state {
            isRefused = true
            _ = loop.schedule(at: loop.clock.now) { [weak self] in self?.refuse() }
        }
    }

    /// Tells a client whose request evhttp would have gone on reading.
    private func refuse() {
        guard !isReleased, !isAnswering, descriptor >= 0 else { return }
        if !isSecure {
            let answer = Array(
                "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n".utf8)
            _ = send(descriptor, answer, answer.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
        }
        // Sending ends; reading goes on until the client leaves or the deadline, so that the answer arrives.
        shutdown(descriptor, Int32(SHUT_WR))
    }
}
