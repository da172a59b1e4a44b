// TLS over any channel: a server's side for ports of the device, a client's for the command line. Whoever
// reads drives the handshake, so that an accepted connection costs nothing before somebody serves it.

package import EventLoop
package import Seams
package import Timekeeping

/// A channel whose octets pass a TLS session on their way.
package actor TLSChannel: Channel {
    private let inner: any Channel
    private let session: TLSSession
    private let clock: any MonotonicClock
    private let openingEnd: MonotonicInstant
    private var isOpen = false
    private var ending: ChannelError?
    private var isFlushing = false
    private var flushers: [CheckedContinuation<Void, Never>] = []
    private var openers: [CheckedContinuation<Void, Never>] = []

    /// Puts a session over a channel; the handshake must be over `patience` from now.
    package init(
        over inner: any Channel, session: TLSSession, clock: any MonotonicClock,
        patience: Duration = .seconds(10)
    ) {
        self.inner = inner
        self.session = session
        self.clock = clock
        openingEnd = clock.now + patience
    }

    /// Where the clock lives.
    package nonisolated var unownedExecutor: UnownedSerialExecutor { clock.executor }

    /// SHA-256 of the far end's certificate, once the handshake is done.
    package var peerFingerprint: [UInt8]? { isOpen ? session.peerFingerprint : nil }

    /// Ends the handshake, as a client does before it sends. Throws why there is no TLS.
    package func open() async throws(ChannelError) {
        while !isOpen {
            try await progress()
            if isOpen { return }
            let octets = try await inner.read(until: openingEnd)
            if octets.isEmpty { throw await end("no TLS handshake in time") }
            session.received(octets)
        }
    }

    // MARK: - Channel

    /// Waits for plain octets; see `Channel`.
    package func read(until deadline: MonotonicInstant) async throws(ChannelError) -> [UInt8] {
        while true {
            if let ending { throw ending }
            if isOpen {
                let octets = try await decrypted()
                if !octets.isEmpty { return octets }
                if session.hasEnded { throw await end("the far end closed") }
            }
            let octets = try await inner.read(until: isOpen ? deadline : min(deadline, openingEnd))
            if octets.isEmpty {
                guard !isOpen, clock.now >= openingEnd else { return [] }
                throw await end("no TLS handshake in time")
            }
            session.received(octets)
            try await progress()
        }
    }

    /// Enciphers and sends; before the handshake is done it waits for whoever reads.
    package func write(_ octets: [UInt8]) async throws(ChannelError) {
        while !isOpen, ending == nil {
            await withCheckedContinuation { openers.append($0) }
        }
        if let ending { throw ending }
        do throws(TLSError) { try session.write(octets) } catch { throw await end(error.reason) }
        try await flush()
    }

    /// Throws away what has come.
    package func discardInput() async {
        await inner.discardInput()
        if isOpen { _ = try? session.read() }
    }

    /// Says good-bye where that needs no waiting, and closes.
    package func close() async { _ = await end("closed here") }

    // MARK: - The session

    /// One step of the handshake, and whatever has to be sent.
    private func progress() async throws(ChannelError) {
        if !isOpen {
            do throws(TLSError) { isOpen = try session.handshake() } catch { throw await end(error.reason) }
            if isOpen { wakeOpeners() }
        }
        try await flush()
    }

    private func decrypted() async throws(ChannelError) -> [UInt8] {
        do throws(TLSError) { return try session.read() } catch { throw await end(error.reason) }
    }

    /// Sends what the session has ready, in its order: one sender at a time.
    private func flush() async throws(ChannelError) {
        while isFlushing { await withCheckedContinuation { flushers.append($0) } }
        isFlushing = true
        defer {
            isFlushing = false
            let waiting = flushers
            flushers = []
            for one in waiting { one.resume() }
        }
        let octets = session.takeOutput()
        if !octets.isEmpty { try await inner.write(octets) }
    }

    private func end(_ reason: String) async -> ChannelError {
        if let ending { return ending }
        let error = ChannelError.closed(reason)
        ending = error
        wakeOpeners()
        if isOpen { session.close() }
        // Whoever takes no octets is not waited for with the good-bye.
        if !isFlushing { try? await flush() }
        await inner.close()
        return error
    }

    private func wakeOpeners() {
        let waiting = openers
        openers = []
        for one in waiting { one.resume() }
    }
}

/// A port whose connections speak TLS.
package struct TLSListener: ConnectionListener {
    private let listener: any ConnectionListener
    private let context: TLSServerContext
    private let clock: any MonotonicClock

    /// Puts TLS over what a listener accepts.
    package init(_ listener: any ConnectionListener, context: TLSServerContext, clock: any MonotonicClock) {
        self.listener = listener
        self.context = context
        self.clock = clock
    }

    /// The next connection; its handshake is part of the first reading.
    package func next() async -> IncomingConnection? {
        while let connection = await listener.next() {
            guard let session = try? TLSSession(server: context) else {
                await connection.channel.close()
                continue
            }
            let channel = TLSChannel(over: connection.channel, session: session, clock: clock)
            return IncomingConnection(channel: channel, peer: connection.peer)
        }
        return nil
    }

    /// Stops listening.
    package func close() async { await listener.close() }
}
