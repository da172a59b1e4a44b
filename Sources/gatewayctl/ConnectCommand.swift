// `gatewayctl connect`: an interface of a gateway far away as a serial port or a TCP port of this machine,
// for any software that speaks with meters (REQ-523, REQ-526). Frames cross the link whole; a connection that
// breaks is made again while the gateway keeps the line.

import EventLoop
import Glibc
import Ports
import Remote
import Seams
import Timekeeping

/// What `gatewayctl connect` is asked for.
struct ConnectOptions: Sendable {
    /// What other software opens here.
    enum Port: Sendable {
        /// A pseudo-terminal behind a symbolic link.
        case terminal(link: String)
        /// A TCP port of loopback; 0 lets the system choose.
        case listen(port: Int)
    }

    /// The gateway.
    let gateway: GatewayOptions
    /// Its interface, 1…4.
    let interface: Int
    /// Speed and format; nil is what the gateway is set to.
    let settings: SerialSettings?
    /// Where it appears here.
    let port: Port

    /// Reads the arguments after `connect`.
    init(_ arguments: [String]) throws(UsageError) {
        let valued = GatewayOptions.valued.union(["remote", "interface", "settings", "pty", "listen"])
        let list = try ArgumentList(arguments, valued: valued, flags: GatewayOptions.flags)
        if let stray = list.rest.first { throw UsageError("unknown argument \(stray)") }
        guard let gateway = try GatewayOptions(list, address: "remote") else {
            throw UsageError("--remote HOST:PORT is needed")
        }
        self.gateway = gateway
        guard let interface = try list.number("interface", in: 1...4) else {
            throw UsageError("--interface 1…4 is needed")
        }
        self.interface = interface
        settings = list["settings"].flatMap { SerialSettings($0) }
        if let text = list["settings"], settings == nil {
            throw UsageError("--settings must be like 9600,8n1, not \(text)")
        }
        switch (list["pty"], try list.number("listen", in: 0...65_535)) {
        case (let link?, nil): port = .terminal(link: link)
        case (nil, let number?): port = .listen(port: number)
        default: throw UsageError("one of --pty PATH and --listen PORT")
        }
    }
}

/// One lent line and its port here.
struct ConnectCommand: Sendable {
    private let options: ConnectOptions
    private let loop: Loop

    init(_ options: ConnectOptions, loop: Loop) {
        self.options = options
        self.loop = loop
    }

    /// Lends until a signal, or until the gateway takes the line back; the exit code.
    func run() async -> Int32 {
        let signals = loop.signals([.terminate, .interrupt])
        let line: BorrowedLine
        do throws(RemoteError) {
            line = try await GatewayDoor(options.gateway, loop: loop).client.borrow(
                interface: options.interface, format: options.settings, patience: options.gateway.patience)
        } catch {
            tell(FaultLine.text(of: error, at: options.gateway))
            return Exit.failed
        }
        do throws(LoopError) {
            switch options.port {
            case .terminal(let link):
                let terminal = try await PseudoTerminal.open(loop: loop, link: link)
                announce(link)
                let code = await lend(line, signals) { await carry(terminal.channel, line.stream) }
                await terminal.close()
                unlink(link)
                return code
            case .listen(let port):
                let listener = try await TCPListener.listen(loop: loop, host: "127.0.0.1", port: port)
                announce("127.0.0.1:\(listener.port)")
                let code = await lend(line, signals) { await serve(listener, line.stream) }
                await listener.close()
                return code
            }
        } catch {
            tell(error.reason)
            await line.giveBack()
            return Exit.failed
        }
    }

    private func announce(_ place: String) {
        let text = "interface \(options.interface) of \(options.gateway.text) at \(place)\n"
        Terminal.write(Array(text.utf8), to: 1)
    }

    private func lend(
        _ line: BorrowedLine, _ signals: AsyncStream<ProcessSignal>,
        _ port: @escaping @Sendable () async -> Void
    ) async -> Int32 {
        await withTaskGroup(of: Int32?.self) { group in
            group.addTask {
                do throws(RemoteError) {
                    try await line.run { reason in tell("connection lost, coming back: \(reason)") }
                    return Exit.good
                } catch {
                    tell(FaultLine.text(of: error, at: options.gateway))
                    return Exit.failed
                }
            }
            group.addTask {
                await port()
                return nil
            }
            group.addTask {
                for await _ in signals { break }
                await line.giveBack()
                return Exit.good
            }
            var code: Int32?
            // The port alone ends nothing: software comes and goes.
            while code == nil, let next = await group.next() { code = next }
            await line.giveBack()
            group.cancelAll()
            return code ?? Exit.failed
        }
    }

    // MARK: - The port here

    /// One piece of software after another.
    private func serve(_ listener: TCPListener, _ stream: RemoteStream) async {
        let guest = Guest()
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                while let piece = await stream.piece() {
                    // An answer that nobody waits for any more is nobody's.
                    if let channel = await guest.channel { try? await channel.write(piece) }
                    await stream.handOn()
                }
            }
            group.addTask {
                while let channel = await listener.accept() {
                    await guest.enter(channel)
                    await collect(from: channel, stream)
                    await guest.enter(nil)
                    await channel.close()
                }
            }
            _ = await group.next()
            group.cancelAll()
        }
    }

    private func carry(_ channel: any Channel, _ stream: RemoteStream) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                while let piece = await stream.piece() {
                    try? await channel.write(piece)
                    await stream.handOn()
                }
            }
            group.addTask { await collect(from: channel, stream) }
            _ = await group.next()
            group.cancelAll()
        }
    }

    /// What the software says, in whole frames.
    private func collect(from channel: any Channel, _ stream: RemoteStream) async {
        var collector = FrameCollector(gap: FrameCollector.shortestGap)
        while !Task.isCancelled {
            do throws(ChannelError) {
                let deadline = collector.deadline ?? loop.clock.now + .seconds(3_600)
                collector.append(try await channel.read(until: deadline), at: loop.clock.now)
            } catch {
                return
            }
            while let piece = collector.next(at: loop.clock.now) {
                guard await stream.send(piece) else { return }
            }
        }
    }

    private func tell(_ text: String) { Terminal.tell("gatewayctl connect: \(text)") }
}

/// The software that is connected just now.
private actor Guest {
    private(set) var channel: (any Channel)?
    func enter(_ channel: (any Channel)?) { self.channel = channel }
}
