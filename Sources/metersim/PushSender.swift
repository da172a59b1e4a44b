// Sends what simulated meters tell unasked: a TCP connection to the destination of the meter's push setup,
// one wrapper unit, and the connection is closed. Nobody there is tried again as the setup says.

import EventLoop
import Logging
import Ports
import Seams
import Street
import Timekeeping

/// The way out for the pushes of one line.
struct PushSender: Sendable {
    let pump: LinePump
    let loop: Loop
    let log: Logger

    /// How often meters are asked whether they have something to tell.
    private static let pause = Duration.seconds(1)
    /// How long a connection may take.
    private static let patience = Duration.seconds(10)

    /// Sends until cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                for push in await pump.pushes() { group.addTask { await send(push) } }
                try? await loop.clock.sleep(for: PushSender.pause)
            }
        }
    }

    private func send(_ push: StationPush) async {
        let parts = push.destination.split(separator: ":")
        guard parts.count == 2, let port = Int(parts[1]) else { return }
        for attempt in 0...push.retries {
            if attempt > 0 { try? await loop.clock.sleep(for: push.delay) }
            if Task.isCancelled { return }
            do throws(ChannelError) {
                let channel = try await PortOpener(loop: loop).open(
                    .tcp(host: String(parts[0]), port: port), settings: .standard,
                    until: loop.clock.now + PushSender.patience)
                try await channel.write(push.octets)
                // The far end may be slow to read; the octets are its kernel's now.
                await channel.close()
                return
            } catch {
                log.log(.info, "a push was not taken", [(.address, push.destination), (.error, "\(error)")])
            }
        }
    }
}
