// The control socket: JSON lines in, JSON lines out, several tools at once.

import EventLoop
import Ports
import Seams
import Street
import Timekeeping

/// Serves a desk at a Unix socket.
struct ControlServer: Sendable {
    let desk: ControlDesk
    let listener: TCPListener
    let loop: Loop

    /// Longest command taken, octets.
    private static let longestLine = 65_536

    /// Serves until cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            while let channel = await listener.accept() {
                group.addTask {
                    await serve(channel)
                    await channel.close()
                }
            }
        }
        await listener.close()
    }

    private func serve(_ channel: any Channel) async {
        var waiting: [UInt8] = []
        while !Task.isCancelled {
            guard let octets = try? await channel.read(until: loop.clock.now + .seconds(3_600)),
                !octets.isEmpty
            else { return }
            waiting += octets
            while let end = waiting.firstIndex(of: 10) {
                let answer = await desk.answer(Array(waiting[..<end]))
                waiting.removeFirst(end + 1)
                guard (try? await channel.write(answer + [10])) != nil else { return }
            }
            guard waiting.count <= Self.longestLine else { return }
        }
    }
}
