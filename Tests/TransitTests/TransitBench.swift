// One transit port over a line in memory: a device that repeats what it is told after a while, clients that
// are pipes.

import Lines
import Logging
import Seams
import Timekeeping
import Transit
import VirtualTime

/// One end of a stream in memory.
actor PipeEnd: SerialChannel {
    private nonisolated let clock: any MonotonicClock
    private var input: [UInt8] = []
    private var isClosed = false
    private var arrival: CheckedContinuation<Void, Never>?
    private weak var other: PipeEnd?

    init(_ clock: any MonotonicClock) { self.clock = clock }

    nonisolated var unownedExecutor: UnownedSerialExecutor { clock.executor }

    /// Two ends of one stream.
    static func pair(_ clock: any MonotonicClock) async -> (PipeEnd, PipeEnd) {
        let (left, right) = (PipeEnd(clock), PipeEnd(clock))
        await left.join(right)
        await right.join(left)
        return (left, right)
    }

    private func join(_ other: PipeEnd) { self.other = other }
    private func take(_ octets: [UInt8]) {
        input += octets
        wake()
    }
    private func end() {
        isClosed = true
        wake()
    }

    /// What the line is told to run ahead by, of each write that was told.
    private(set) var leads: [Duration] = []

    func write(_ octets: [UInt8], ahead lead: Duration) async throws(ChannelError) {
        leads.append(lead)
        try await write(octets)
    }

    func write(_ octets: [UInt8]) async throws(ChannelError) {
        guard !isClosed, let other else { throw .closed("the pipe is closed") }
        await other.take(octets)
    }

    func read(until deadline: MonotonicInstant) async throws(ChannelError) -> [UInt8] {
        if input.isEmpty, !isClosed, clock.now < deadline, !Task.isCancelled {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { [clock] in
                    try? await clock.sleep(until: deadline)
                    await self.wake()
                }
                await withCheckedContinuation { continuation in
                    wake()
                    arrival = continuation
                }
                group.cancelAll()
            }
        }
        if input.isEmpty, isClosed { throw .closed("the pipe is closed") }
        defer { input = [] }
        return input
    }

    private func wake() {
        arrival?.resume()
        arrival = nil
    }

    func discardInput() { input = [] }
    func apply(_ settings: SerialSettings) {}
    func close() async {
        guard !isClosed else { return }
        end()
        await other?.end()
    }
}

/// Opens the line and keeps its far end.
actor PipeOpener: LineOpener {
    private nonisolated let clock: any MonotonicClock
    private(set) var devices: [PipeEnd] = []
    private(set) var settings: [SerialSettings] = []
    private(set) var lines: [PipeEnd] = []

    init(_ clock: any MonotonicClock) { self.clock = clock }
    nonisolated var unownedExecutor: UnownedSerialExecutor { clock.executor }

    func open(
        _ address: LineAddress, settings: SerialSettings, until deadline: MonotonicInstant
    ) async -> any Channel {
        let (near, far) = await PipeEnd.pair(clock)
        devices.append(far)
        lines.append(near)
        self.settings.append(settings)
        return near
    }
}

/// What a test of transit needs.
struct TransitBench: Sendable {
    let world: VirtualWorld
    let opener: PipeOpener
    let lines: LineRegistry
    let wall: VirtualWallClock

    var clock: VirtualClock { world.clock }

    init(_ world: VirtualWorld) {
        self.world = world
        opener = PipeOpener(world.clock)
        wall = VirtualWallClock(clock: world.clock, start: WallTime(unixSeconds: 1_772_312_400))
        lines = LineRegistry(
            interfaces: ["Iface1": LineConfiguration(address: .serial(path: "/dev/ttyS1"))],
            opener: opener, clock: world.clock, logger: .silent)
    }

    func port(_ change: (inout TransitSettings) -> Void = { _ in }) -> TransitPort {
        var settings = TransitSettings(line: .interface("Iface1"))
        change(&settings)
        return TransitPort(settings, lines: lines, clock: clock, wall: wall, logger: .silent)
    }

    /// Somebody else on the line for a while.
    func hold(_ leaseClass: LeaseClass = .scheduled, for duration: Duration) async throws {
        let wish = LeaseRequest(
            line: .interface("Iface1"), leaseClass: leaseClass, owner: "poll meter 7", patience: .seconds(600)
        )
        try await lines.withLease(wish, isolation: nil) { _ in try await clock.sleep(for: duration) }
    }

    /// The far end of the line, once it is open.
    func device() async throws -> PipeEnd {
        for _ in 0..<10_000 {
            if let device = await opener.devices.last { return device }
            try await clock.sleep(for: .milliseconds(1))
        }
        throw ChannelError.openFailed("nobody has opened the line")
    }

    /// Runs `body` with a client connected to a port; the client is closed in the end.
    @discardableResult
    func connect<Value: Sendable>(
        _ port: TransitPort, peer: String = "10.0.0.1",
        _ body: @Sendable @escaping (PipeEnd) async throws -> Value
    ) async throws -> Value {
        let (near, far) = await PipeEnd.pair(clock)
        return try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask {
                await port.serve(IncomingConnection(channel: near, peer: peer))
                return nil
            }
            group.addTask {
                let value = try await body(far)
                await far.close()
                return value
            }
            var value: Value?
            for try await result in group { value = result ?? value }
            guard let value else { throw ChannelError.closed("nothing came of it") }
            return value
        }
    }
}

/// Reads until so many octets have come or the time is over.
func read(_ count: Int, from end: PipeEnd, within: Duration, _ clock: VirtualClock) async throws -> [UInt8] {
    var octets: [UInt8] = []
    let deadline = clock.now + within
    while octets.count < count, clock.now < deadline { octets += try await end.read(until: deadline) }
    return octets
}
