// The real door behind `LineOpener`: serial devices and TCP connections become channels.

import CLinux
package import EventLoop
package import Seams
package import Timekeeping

#if canImport(Glibc)
    import Glibc
#endif

/// Opens serial devices and TCP connections on the loop.
package actor PortOpener: LineOpener {
    private let loop: Loop
    private let resolver: Resolver

    /// An opener on `loop`.
    package init(loop: Loop) {
        self.loop = loop
        resolver = Resolver(loop: loop)
    }

    /// The loop's thread.
    package nonisolated var unownedExecutor: UnownedSerialExecutor { loop.executor.asUnownedSerialExecutor() }

    /// Opens a channel; see `LineOpener`.
    package func open(
        _ address: LineAddress, settings: SerialSettings, until deadline: MonotonicInstant
    ) async throws(ChannelError) -> any Channel {
        switch address {
        case .serial(let path, let switches): try await openSerial(path, settings, switches)
        case .tcp(let host, let port): try await connect(host: host, port: port, until: deadline)
        }
    }

    // MARK: - Serial

    private func openSerial(
        _ path: String, _ settings: SerialSettings, _ switchesDirection: Bool
    ) async throws(ChannelError) -> any Channel {
        let descriptor = linux_open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC, 0)
        guard descriptor >= 0 else { throw .openFailed("opening \(path): \(SystemReason.last)") }
        do throws(ChannelError) {
            // Two programs on one wire would read each other's answers.
            guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
                throw .openFailed("opening \(path): in use by another program")
            }
            let isPseudo = PortOpener.isPseudoTerminal(descriptor)
            try SerialFormat.apply(settings, to: descriptor, isPseudo: isPseudo)
            if switchesDirection, linux_switch_rs485(descriptor) != 0 {
                throw .openFailed(
                    "opening \(path): the driver cannot switch the direction of RS-485: \(SystemReason.last)")
            }
            tcflush(descriptor, TCIOFLUSH)
            let channel = DescriptorChannel(
                loop: loop, descriptor: descriptor, kind: .serial(isPseudo: isPseudo), settings: settings)
            await channel.start()
            return channel
        } catch {
            close(descriptor)
            throw error
        }
    }

    /// Unix98 pseudo-terminals have the device majors 136…143.
    private static func isPseudoTerminal(_ descriptor: Int32) -> Bool {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return false }
        return (136...143).contains(Int(status.st_rdev >> 8 & 0xFFF))
    }

    // MARK: - TCP

    private func connect(
        host: String, port: Int, until deadline: MonotonicInstant
    ) async throws(ChannelError) -> any Channel {
        let addresses: [SocketAddress]
        do {
            addresses = try await resolver.addresses(of: host, port: port, until: deadline)
        } catch {
            throw .openFailed(error.reason)
        }
        var failure = ChannelError.openFailed("connecting to \(host):\(port): no address")
        for address in addresses {
            do {
                return try await connect(to: address, until: deadline)
            } catch {
                failure = .openFailed("connecting to \(host):\(port): \(error.reason)")
            }
        }
        throw failure
    }

    private func connect(
        to address: SocketAddress, until deadline: MonotonicInstant
    ) async throws(LoopError) -> any Channel {
        let descriptor = try TCPSocket.make(family: address.family)
        do throws(LoopError) {
            let code = address.withSystemAddress { raw, length in
                linux_connect(descriptor, raw, length)
            }
            if code != 0 {
                guard errno == EINPROGRESS else { throw LoopError(reason: SystemReason.last) }
                try await waitForConnection(descriptor, until: deadline)
            }
            TCPSocket.tune(descriptor)
            let channel = DescriptorChannel(loop: loop, descriptor: descriptor, kind: .connected)
            await channel.start()
            return channel
        } catch {
            close(descriptor)
            throw error
        }
    }

    private func waitForConnection(_ descriptor: Int32, until deadline: MonotonicInstant)
        async throws(LoopError)
    {
        let wakeup = Wakeup()
        let watch = DescriptorWatch(loop: loop, descriptor: descriptor, interest: .writable) {
            wakeup.signal()
        }
        watch.enable()
        let token = loop.schedule(at: deadline) { wakeup.signal() }
        await wakeup.wait()
        loop.cancel(token)
        watch.disable()
        if Task.isCancelled { throw LoopError(reason: "stopped") }
        var code: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &length)
        if code != 0 { throw LoopError(reason: SystemReason.text(code)) }
        guard TCPSocket.isConnected(descriptor) else { throw LoopError(reason: SystemReason.text(ETIMEDOUT)) }
    }
}
