// A client of remote connection beside transit clients and polls: it borrows the same line, over connections
// that break now and then.

import Drivers
import Errands
import Faults
import Lines
import Logging
import Remote
import Seams
import Timekeeping
import VirtualTime

/// Lets everybody in who says the word.
private struct OneAccount: RemoteAccess {
    func admit(login: String, password: String, peer: String) async throws(Fault) {
        guard password == "right" else { throw Fault(.loginRefused) }
    }
}

/// The server of remote connection over the lines of a bench, and the way to it.
struct FarGateway: Sendable {
    let bench: TransitBench
    private let server: RemoteServer
    private let arrivals: AsyncStream<IncomingConnection>
    private let arrive: AsyncStream<IncomingConnection>.Continuation

    init(_ bench: TransitBench) {
        self.bench = bench
        let environment = DriverEnvironment(
            clock: bench.clock, wall: bench.wall, zone: ZoneOffset(minutes: 180))
        server = RemoteServer(
            RemoteSettings(paths: ["/dev/ttyS1": 1], grace: .seconds(20)), lines: bench.lines,
            runner: ErrandRunner(environment), access: OneAccount(), entropy: bench.world.entropy,
            clock: bench.clock, wall: bench.wall, logger: .silent)
        (arrivals, arrive) = AsyncStream.makeStream()
    }

    /// Serves whoever comes until cancelled.
    func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await server.run() }
            group.addTask {
                await withDiscardingTaskGroup { inner in
                    for await connection in arrivals { inner.addTask { await server.serve(connection) } }
                    inner.cancelAll()
                }
            }
        }
    }

    /// Borrows the line, runs `body` with it as a channel and gives it back. `lifetimes` says after how many
    /// milliseconds each connection breaks; those after the last one hold. Throws `RemoteError` when the line
    /// was not had.
    func borrow(
        peer: String, lifetimes: [Int], _ body: @Sendable @escaping (FarChannel) async throws -> Void
    ) async throws {
        let breaks = Breaks(lifetimes)
        try await withThrowingTaskGroup(of: Void.self) { breakers in
            let (cuts, cut) = AsyncStream.makeStream(of: (PipeEnd, Int).self)
            let client = RemoteClient(login: "admin", password: RemotePassword("right"), clock: bench.clock) {
                _ in
                let (near, far) = await PipeEnd.pair(bench.clock)
                arrive.yield(IncomingConnection(channel: far, peer: peer))
                if let lifetime = await breaks.next() { cut.yield((near, lifetime)) }
                return near
            }
            breakers.addTask {
                for await (end, lifetime) in cuts {
                    try await bench.clock.sleep(for: .milliseconds(lifetime))
                    await end.close()
                }
            }
            defer { cut.finish() }
            let line = try await client.borrow(interface: 1, format: nil, patience: .seconds(30))
            let channel = FarChannel(line.stream, bench.clock)
            breakers.addTask { try await line.run { _ in } }
            breakers.addTask { await channel.collect() }
            do { try await body(channel) } catch is ChannelError {}
            await line.giveBack()
            breakers.cancelAll()
        }
    }
}

/// How long connections live.
private actor Breaks {
    private var lifetimes: [Int]
    init(_ lifetimes: [Int]) { self.lifetimes = lifetimes.reversed() }
    func next() -> Int? { lifetimes.popLast() }
}

/// A borrowed line as a channel.
actor FarChannel: Channel {
    private let stream: RemoteStream
    private nonisolated let clock: VirtualClock
    private var input: [UInt8] = []
    private var isOver = false

    init(_ stream: RemoteStream, _ clock: VirtualClock) { (self.stream, self.clock) = (stream, clock) }
    nonisolated var unownedExecutor: UnownedSerialExecutor { clock.executor }

    func collect() async {
        while let piece = await stream.piece() {
            input += piece
            await stream.handOn()
        }
        isOver = true
    }

    func write(_ octets: [UInt8]) async throws(ChannelError) {
        guard await stream.send(octets) else { throw .closed("the line is given away") }
    }

    func read(until deadline: MonotonicInstant) async throws(ChannelError) -> [UInt8] {
        while input.isEmpty, !isOver, clock.now < deadline, !Task.isCancelled {
            try? await clock.sleep(for: .milliseconds(10))
        }
        if input.isEmpty, isOver { throw .closed("the line is given away") }
        defer { input = [] }
        return input
    }

    func discardInput() { input = [] }
    func close() async { await stream.end() }
}
