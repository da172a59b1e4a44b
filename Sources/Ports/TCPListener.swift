// Accepts TCP connections one by one, as its user asks for them: a user who is slow leaves them in the
// kernel's backlog. Used by `metersim`, and by the ports of the
// device.

import CLinux
package import EventLoop
package import Seams
import Timekeeping

#if canImport(Glibc)
    import Glibc
#endif

/// A listening TCP port.
package actor TCPListener: ConnectionListener {
    /// The port it got; the asked one unless that was 0; 0 for a Unix socket.
    package nonisolated let port: Int
    private let loop: Loop
    private let descriptor: Int32
    private var watch: DescriptorWatch?
    private var waiter: Wakeup?
    private var isClosed = false

    /// Listens at `host` (digits or a name; `0.0.0.0` for everywhere). Throws the system's reason.
    package static func listen(loop: Loop, host: String, port: Int) async throws(LoopError) -> TCPListener {
        let deadline = loop.clock.now + .seconds(5)
        let addresses = try await Resolver(loop: loop).addresses(of: host, port: port, until: deadline)
        guard let address = addresses.first else { throw LoopError(reason: "looking up \(host): no address") }
        let descriptor = try TCPSocket.make(family: address.family)
        TCPSocket.set(descriptor, SOL_SOCKET, SO_REUSEADDR, 1)
        let bound = address.withSystemAddress { raw, length in
            linux_bind(descriptor, raw, length)
        }
        guard bound == 0, CLinux.listen(descriptor, 128) == 0 else {
            let reason = SystemReason.last
            CLinux.close(descriptor)
            throw LoopError(reason: "listening at \(host):\(port): \(reason)")
        }
        return TCPListener(loop: loop, descriptor: descriptor, port: TCPSocket.localPort(descriptor))
    }

    /// Listens at a Unix socket, for local tools; an old socket at `path` is replaced, nothing else is.
    /// Throws the system's reason.
    package static func listen(loop: Loop, socketPath path: String) throws(LoopError) -> TCPListener {
        let descriptor = linux_unix_listen(path)
        guard descriptor >= 0 else {
            throw LoopError(reason: "listening at \(path): \(SystemReason.text(-descriptor))")
        }
        return TCPListener(loop: loop, descriptor: descriptor, port: 0)
    }

    private init(loop: Loop, descriptor: Int32, port: Int) {
        self.loop = loop
        self.descriptor = descriptor
        self.port = port
    }

    deinit {
        watch = nil
        if !isClosed { CLinux.close(descriptor) }
    }

    /// The loop's thread.
    package nonisolated var unownedExecutor: UnownedSerialExecutor { loop.executor.asUnownedSerialExecutor() }

    /// The next connection; nil when closed or the task is cancelled. One caller at a time.
    package func accept() async -> (any Channel)? { await next()?.channel }

    /// The same with the address of who connected.
    package func next() async -> IncomingConnection? {
        while !isClosed, !Task.isCancelled {
            let accepted = linux_accept(descriptor)
            if accepted >= 0 {
                TCPSocket.tuneAccepted(accepted)
                let peer = TCPSocket.peer(accepted)
                let channel = DescriptorChannel(loop: loop, descriptor: accepted, kind: .accepted)
                await channel.start()
                return IncomingConnection(channel: channel, peer: peer)
            }
            await pause(because: errno)
        }
        return nil
    }

    /// Stops listening; who waits gets nil.
    package func close() {
        guard !isClosed else { return }
        isClosed = true
        watch?.disable()
        watch = nil
        CLinux.close(descriptor)
        waiter?.signal()
    }

    private func pause(because code: Int32) async {
        let wakeup = Wakeup()
        waiter = wakeup
        if code == EMFILE || code == ENFILE {
            // Out of descriptors the socket stays readable: wait for some to be given back instead of
            // spinning.
            _ = loop.schedule(at: loop.clock.now + .milliseconds(100)) { wakeup.signal() }
        } else {
            if watch == nil {
                watch = DescriptorWatch(loop: loop, descriptor: descriptor, interest: .readable) {
                    [weak self] in
                    self?.assumeIsolated { $0.waiter?.signal() }
                }
            }
            watch?.enable()
        }
        await wakeup.wait()
        watch?.disable()
        waiter = nil
    }
}
