// Connects the pumps of simulated lines to the world: a pty behind a symbolic link, or a TCP port.

import EventLoop
import Logging
import Ports
import Seams
import Street
import Timekeeping

#if canImport(Glibc)
    import Glibc
#endif

/// Serves one line for as long as the program runs.
struct LineServer: Sendable {
    let plan: StreetPlan.Line
    let pump: LinePump
    let loop: Loop
    let log: Logger

    /// Serves until cancelled. Throws when the line cannot be set up at all.
    func run() async throws {
        guard let supply = plan.supply else { return try await serve() }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await followSupply(supply) }
            group.addTask { try await serve() }
            try await group.next()
            group.cancelAll()
        }
    }

    /// Looks at the file of the supply line again and again: whoever switches it writes `1` or `0`.
    private func followSupply(_ path: String) async {
        while !Task.isCancelled {
            await pump.setFed(LineServer.firstOctet(of: path) == UInt8(ascii: "1"))
            try? await loop.clock.sleep(for: .milliseconds(50))
        }
    }

    private static func firstOctet(of path: String) -> UInt8? {
        let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var octet: UInt8 = 0
        return read(descriptor, &octet, 1) == 1 ? octet : nil
    }

    private func serve() async throws {
        switch plan.place {
        case .pty(let link): try await runPty(link: link)
        case .tcp(let host, let port): try await runTCP(host: host, port: port)
        }
    }

    /// A pty as long as the line is plugged in; unplugging closes it, plugging in makes a new one.
    private func runPty(link: String) async throws {
        while !Task.isCancelled {
            if await !pump.isUnplugged {
                let terminal = try await PseudoTerminal.open(loop: loop, link: link)
                log.log(.info, "line is plugged in", [(.line, plan.name), (.path, link)])
                await pump.run(over: terminal.channel)
                await terminal.close()
            }
            try? await loop.clock.sleep(for: .milliseconds(50))
        }
    }

    /// One connection at a time, as a serial converter has one line: others are closed without an octet (D5).
    private func runTCP(host: String, port: Int) async throws {
        let listener = try await TCPListener.listen(loop: loop, host: host, port: port)
        log.log(.info, "line listens", [(.line, plan.name), (.address, "\(host):\(port)")])
        let seat = Seat()
        await withDiscardingTaskGroup { group in
            while let channel = await listener.accept() {
                guard await !pump.isUnplugged, await seat.take() else {
                    await channel.close()
                    continue
                }
                group.addTask {
                    await pump.run(over: channel)
                    await channel.close()
                    await seat.leave()
                }
            }
        }
        await listener.close()
    }

    /// The one place at a TCP line.
    private actor Seat {
        private var isTaken = false

        func take() -> Bool {
            defer { isTaken = true }
            return !isTaken
        }

        func leave() { isTaken = false }
    }
}
