// A server of remote connection over lines in memory, and clients whose connections can be cut anywhere.

import Drivers
import Errands
import Faults
import Lines
import Logging
import Remote
import Seams
import Timekeeping
import VirtualTime

/// One end of a stream in memory that takes its time and may break after so many octets.
actor Wire: SerialChannel {
    private nonisolated let clock: VirtualClock
    private var input: [UInt8] = []
    private var isClosed = false
    private var isDeaf = false
    private var arrival: CheckedContinuation<Void, Never>?
    private weak var other: Wire?
    private var octetsLeft = Int.max
    private let delay: Duration

    init(_ clock: VirtualClock, delay: Duration = .zero) { (self.clock, self.delay) = (clock, delay) }

    nonisolated var unownedExecutor: UnownedSerialExecutor { clock.executor }

    /// Two ends of one stream.
    static func pair(_ clock: VirtualClock, delay: Duration = .zero) async -> (Wire, Wire) {
        let (left, right) = (Wire(clock, delay: delay), Wire(clock, delay: delay))
        await left.join(right)
        await right.join(left)
        return (left, right)
    }

    private func join(_ other: Wire) { self.other = other }

    /// The stream breaks, both ways, once so many more octets have been written here.
    func cut(after count: Int) { octetsLeft = count }

    /// Nothing arrives here any more, and nobody is told: a pulled cable.
    func pull() { isDeaf = true }

    private func take(_ octets: ArraySlice<UInt8>) {
        if isClosed || isDeaf { return }
        input += octets
        wake()
    }

    private func end() {
        isClosed = true
        wake()
    }

    func write(_ octets: [UInt8]) async throws(ChannelError) {
        guard !isClosed, let other else { throw .closed("cut") }
        if delay > .zero { try? await clock.sleep(for: delay) }
        let whole = octets.prefix(octetsLeft)
        octetsLeft -= whole.count
        if !isDeaf { await other.take(whole) }
        if octetsLeft == 0 {
            await close()
            throw .closed("cut")
        }
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
        if input.isEmpty, isClosed { throw .closed("cut") }
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

/// Opens lines and keeps their far ends, by path.
actor Devices: LineOpener {
    private nonisolated let clock: VirtualClock
    private var ends: [LineAddress: Wire] = [:]

    init(_ clock: VirtualClock) { self.clock = clock }
    nonisolated var unownedExecutor: UnownedSerialExecutor { clock.executor }

    func open(
        _ address: LineAddress, settings: SerialSettings, until deadline: MonotonicInstant
    ) async -> any Channel {
        let (near, far) = await Wire.pair(clock)
        ends[address] = far
        return near
    }

    /// The far end of interface 1 or 2, once it is open.
    func device(_ interface: Int = 1) async throws -> Wire {
        for _ in 0..<10_000 {
            if let device = ends[.serial(path: "/dev/ttyS\(interface)")] { return device }
            try await clock.sleep(for: .milliseconds(1))
        }
        throw ChannelError.openFailed("nobody has opened the line")
    }
}

/// Knows one password.
struct OneAccount: RemoteAccess {
    func admit(login: String, password: String, peer: String) async throws(Fault) {
        guard password == "right" else { throw Fault(.loginRefused) }
        guard login == "admin" else { throw Fault(.rightMissing) }
    }
}

/// A server with two interfaces, and the way to it.
struct RemoteBench: Sendable {
    let world: VirtualWorld
    let devices: Devices
    let lines: LineRegistry
    let server: RemoteServer
    private let arrivals: AsyncStream<IncomingConnection>
    private let arrive: AsyncStream<IncomingConnection>.Continuation

    var clock: VirtualClock { world.clock }

    init(_ world: VirtualWorld, grace: Duration = .seconds(20)) {
        self.world = world
        devices = Devices(world.clock)
        let interfaces = [1, 2].map {
            ("Iface\($0)", LineConfiguration(address: .serial(path: "/dev/ttyS\($0)"), guardTime: .zero))
        }
        lines = LineRegistry(
            interfaces: Dictionary(uniqueKeysWithValues: interfaces), opener: devices, clock: world.clock,
            logger: .silent)
        let environment = DriverEnvironment(
            clock: world.clock, wall: world.wall, zone: ZoneOffset(minutes: 180))
        server = RemoteServer(
            RemoteSettings(paths: ["/dev/ttyS1": 1], grace: grace), lines: lines,
            runner: ErrandRunner(environment), access: OneAccount(), entropy: world.entropy,
            clock: world.clock, wall: world.wall, logger: .silent)
        (arrivals, arrive) = AsyncStream.makeStream()
    }

    /// Serves whoever connects while `body` runs.
    func serve(_ body: @escaping @Sendable () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await server.run() }
            group.addTask {
                await withDiscardingTaskGroup { inner in
                    for await connection in arrivals { inner.addTask { await server.serve(connection) } }
                    inner.cancelAll()
                }
            }
            try await body()
            group.cancelAll()
        }
    }

    /// Both ends of a new connection to the server; the near one is the client's.
    func connect(peer: String = "10.0.0.1", delay: Duration = .zero) async -> (near: Wire, far: Wire) {
        let (near, far) = await Wire.pair(clock, delay: delay)
        arrive.yield(IncomingConnection(channel: far, peer: peer))
        return (near, far)
    }

    /// A client; `touch` has every connection it makes.
    func client(
        _ login: String = "admin", password: String = "right", peer: String = "10.0.0.1",
        delay: Duration = .zero, _ touch: @escaping @Sendable (Wire, Wire) async -> Void = { _, _ in }
    ) -> RemoteClient {
        RemoteClient(login: login, password: RemotePassword(password), clock: clock) { _ in
            let (near, far) = await connect(peer: peer, delay: delay)
            await touch(near, far)
            return near
        }
    }

    /// Borrows interface 1 and gives it back after a while.
    func hold(
        _ name: String, interface: Int = 1, patience: Duration = .seconds(10), for time: Duration,
        in log: Events? = nil
    ) async {
        do {
            let line = try await client(peer: name).borrow(
                interface: interface, format: nil, patience: patience)
            await log?.add("\(name) has it", clock.now)
            await withTaskGroup(of: Void.self) { group in
                group.addTask { try? await line.run { _ in } }
                try? await clock.sleep(for: time)
                await line.giveBack()
            }
        } catch {
            await log?.add("\(name) \(error)", clock.now)
        }
    }
}

/// What happened, and when.
actor Events {
    private(set) var all: [(text: String, second: Double)] = []
    func add(_ text: String, _ now: MonotonicInstant) {
        all.append((text, Double(now.nanoseconds) / 1e9))
    }
}

/// Reads until so many octets have come or the time is over.
func gather(_ count: Int, from end: any Channel, within: Duration, _ clock: VirtualClock) async throws
    -> [UInt8]
{
    var octets: [UInt8] = []
    let deadline = clock.now + within
    while octets.count < count, clock.now < deadline { octets += try await end.read(until: deadline) }
    return octets
}
