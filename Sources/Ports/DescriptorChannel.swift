// An octet stream over any descriptor: serial device, pseudo-terminal or TCP connection. One actor on the
// loop's thread per stream; libevent tells readiness, the actor moves octets. `PortOpener`, `TCPListener`
// and `PseudoTerminal` make these.

import CLinux
import EventLoop
package import Seams
package import Timekeeping

#if canImport(Glibc)
    import Glibc
#endif

/// One open descriptor as a channel.
package actor DescriptorChannel: SerialChannel {
    /// What lies behind the descriptor; decides how its end is told and when a write is done.
    enum Kind: Sendable {
        /// A terminal device; `isPseudo` when it has no wire to drain to.
        case serial(isPseudo: Bool)
        /// The far side of a pseudo-terminal.
        case pseudoMaster
        /// A connection we made; an end before the first octet means a busy hub (D5).
        case connected
        /// A connection somebody made to us.
        case accepted
    }

    private let loop: Loop
    private let descriptor: Int32
    private let kind: Kind
    private var settings: SerialSettings
    private var readWatch: DescriptorWatch?
    private var writeWatch: DescriptorWatch?
    private var input: [UInt8] = []
    private var hasReceived = false
    private var ending: ChannelError?
    private var reader: Wakeup?
    private var writer: Wakeup?

    /// Received octets held for a reader that does not come; beyond, the kernel's buffers push back.
    private static let inputLimit = 65_536
    /// A far end that takes nothing for so long counts as gone.
    private static let writeStall = Duration.seconds(15)

    /// Takes over an open, non-blocking descriptor; `start` must follow.
    init(loop: Loop, descriptor: Int32, kind: Kind, settings: SerialSettings = .standard) {
        self.loop = loop
        self.descriptor = descriptor
        self.kind = kind
        self.settings = settings
    }

    deinit {
        readWatch = nil
        writeWatch = nil
        if ending == nil { CLinux.close(descriptor) }
    }

    /// The loop's thread.
    package nonisolated var unownedExecutor: UnownedSerialExecutor { loop.executor.asUnownedSerialExecutor() }

    /// Begins to receive.
    func start() {
        readWatch = DescriptorWatch(loop: loop, descriptor: descriptor, interest: .readable) { [weak self] in
            self?.assumeIsolated { $0.receive() }
        }
        writeWatch = DescriptorWatch(loop: loop, descriptor: descriptor, interest: .writable) { [weak self] in
            self?.assumeIsolated { $0.roomMade() }
        }
        readWatch?.enable()
    }

    // MARK: - Reading

    /// Waits for octets; see `Channel`.
    package func read(until deadline: MonotonicInstant) async throws(ChannelError) -> [UInt8] {
        if deadline <= loop.clock.now {
            // Who may not wait asks what is there this instant, a hang-up included; the loop may not have
            // looked.
            receive()
        } else if input.isEmpty, ending == nil {
            let wakeup = Wakeup()
            reader?.signal()
            reader = wakeup
            let token = loop.schedule(at: deadline) { wakeup.signal() }
            await wakeup.wait()
            loop.cancel(token)
            if reader === wakeup { reader = nil }
        }
        if input.isEmpty, let ending { throw ending }
        defer { input.removeAll(keepingCapacity: false) }
        if ending == nil { readWatch?.enable() }
        return input
    }

    /// Throws away what has come, in our buffer and in the kernel's.
    package func discardInput() {
        receive()
        input.removeAll(keepingCapacity: true)
        if ending == nil {
            if case .serial = kind { tcflush(descriptor, TCIFLUSH) }
            readWatch?.enable()
        }
    }

    private func receive() {
        guard ending == nil else { return }
        withUnsafeTemporaryAllocation(byteCount: 4_096, alignment: 1) { buffer in
            while input.count < DescriptorChannel.inputLimit {
                let count = CLinux.read(descriptor, buffer.baseAddress, buffer.count)
                guard count > 0 else {
                    inputEnded(count: count, code: errno)
                    break
                }
                input.append(contentsOf: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
                if count < buffer.count { break }
            }
        }
        if !input.isEmpty {
            hasReceived = true
            if input.count >= DescriptorChannel.inputLimit { readWatch?.disable() }
            reader?.signal()
        }
    }

    private func inputEnded(count: Int, code: Int32) {
        if count == 0 {
            end("the far end closed")
        } else if code != EAGAIN, code != EINTR {
            end(SystemReason.text(code))
        }
    }

    // MARK: - Writing

    /// Sends all octets, drained to the wire on a serial device. Goes on in a cancelled task: half a frame
    /// would leave the line unusable.
    package func write(_ octets: [UInt8]) async throws(ChannelError) {
        try await write(octets, ahead: .zero)
    }

    /// The same, but for the last octets, which the device still holds for as long as `lead`.
    package func write(_ octets: [UInt8], ahead lead: Duration) async throws(ChannelError) {
        var sent = 0
        while sent < octets.count {
            if let ending { throw ending }
            let count = octets.withUnsafeBytes { bytes in
                CLinux.write(descriptor, bytes.baseAddress.map { $0 + sent }, bytes.count - sent)
            }
            if count >= 0 {
                sent += count
            } else if errno == EAGAIN {
                await waitForRoom()
            } else if errno != EINTR {
                end(SystemReason.last)
            }
        }
        if let ending { throw ending }
        await drain(ahead: lead)
    }

    private func waitForRoom() async {
        let wakeup = Wakeup()
        writer = wakeup
        writeWatch?.enable()
        let token = loop.schedule(at: loop.clock.now + DescriptorChannel.writeStall) { [weak self] in
            self?.assumeIsolated { $0.end("the far end takes no octets") }
        }
        await wakeup.waitShielded()
        loop.cancel(token)
    }

    private func roomMade() {
        writeWatch?.disable()
        writer?.signal()
        writer = nil
    }

    /// Waits until the last stop bit has left, by asking the driver how much it holds and sleeping that long.
    private func drain(ahead lead: Duration = .zero) async {
        guard case .serial(isPseudo: false) = kind else { return }
        let left = Int32(clamping: Int64(lead / settings.characterTime))
        var patience = 1_000
        while ending == nil, patience > 0 {
            patience -= 1
            var queued: Int32 = 0
            var status: Int32 = 0
            if linux_ioctl_int(descriptor, UInt(TIOCOUTQ), &queued) != 0 { return }
            if left > 0, queued <= left { return }
            if queued == 0 {
                // Drivers without a line status register (USB) have told all they know.
                let known = linux_ioctl_int(descriptor, UInt(TIOCSERGETLSR), &status) == 0
                if !known || status & TIOCSER_TEMT != 0 { return }
            }
            let wakeup = Wakeup()
            let wait = settings.characterTime * max(1, Int(queued - left))
            _ = loop.schedule(at: loop.clock.now + wait) { wakeup.signal() }
            await wakeup.waitShielded()
        }
    }

    // MARK: - Format and end

    /// Changes speed and format of a serial device.
    package func apply(_ settings: SerialSettings) async throws(ChannelError) {
        if let ending { throw ending }
        guard case .serial(let isPseudo) = kind else { return }
        await drain()
        if let ending { throw ending }
        try SerialFormat.apply(settings, to: descriptor, isPseudo: isPseudo)
        self.settings = settings
    }

    /// Closes; who waits is told.
    package func close() { end("closed here") }

    private func end(_ reason: String) {
        guard ending == nil else { return }
        if case .connected = kind, !hasReceived {
            ending = .farEndBusy
        } else {
            ending = .closed(reason)
        }
        readWatch?.disable()
        writeWatch?.disable()
        readWatch = nil
        writeWatch = nil
        CLinux.close(descriptor)
        reader?.signal()
        writer?.signal()
        writer = nil
    }
}
