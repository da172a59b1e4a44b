// A port of the device: tried until it can be had, admitting whom its row admits (REQ-122).

import Faults
import Listening
import Logging
import Seams
import Testing
import Timekeeping
import VirtualTime

@Suite struct ServedPortTests {
    @Test func `a port that another process has is tried again until it is free`() throws {
        try VirtualWorld().run { world in
            let door = BusyDoor(world.clock, refusals: 3)
            let port = ServedPort(55, door: door, clock: world.clock, logger: .silent)
            try await during({ await port.run(admits: { _ in true }, serve: { _ in }) }) {
                try await world.clock.sleep(for: .seconds(1))
                #expect(await port.state.fault?.parameters == ["port": "55", "reason": "Address in use"])
                #expect(await !port.state.isListening)
                try await world.clock.sleep(for: .seconds(15))
                #expect(await port.state.isListening)
                #expect(await port.state.fault == nil)
            }
            #expect(await !port.state.isListening)
        }
    }

    @Test func `whoever is not admitted is closed and counted, and the others are served at once`() throws {
        try VirtualWorld().run { world in
            let door = BusyDoor(world.clock, refusals: 0)
            let port = ServedPort(55, security: .tls, door: door, clock: world.clock, logger: .silent)
            let served = Names()
            let serving: @Sendable (IncomingConnection) async -> Void = { connection in
                await served.add(connection.peer)
                // The first one stays: it keeps nobody out.
                try? await world.clock.sleep(for: .seconds(60))
            }
            try await during({ await port.run(admits: { $0 != "10.0.0.66" }, serve: serving) }) {
                for peer in ["10.0.0.1", "10.0.0.66", "10.0.0.2"] { await door.arrive(peer) }
                try await world.clock.sleep(for: .seconds(1))
                #expect(await served.all == ["10.0.0.1", "10.0.0.2"])
                #expect(await port.state.turnedAway == 1)
                #expect(await door.closed == ["10.0.0.66"])
                #expect(await door.security == .tls)
            }
        }
    }
}

/// Runs `body` beside a service, which ends with it.
func during(
    _ service: @escaping @Sendable () async -> Void, _ body: @escaping @Sendable () async throws -> Void
) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await service() }
        try await body()
        group.cancelAll()
    }
}

private actor Names {
    private(set) var all: [String] = []
    func add(_ name: String) { all.append(name) }
}

/// A door that is refused so many times; its listener hands out whoever arrives.
private actor BusyDoor: ConnectionDoor, ConnectionListener {
    private let clock: VirtualClock
    private var refusals: Int
    private var waiting: [String] = []
    private(set) var closed: [String] = []
    private(set) var security: ConnectionSecurity?

    init(_ clock: VirtualClock, refusals: Int) { (self.clock, self.refusals) = (clock, refusals) }

    func listen(
        port: Int, security: ConnectionSecurity
    ) async throws(ChannelError) -> any ConnectionListener {
        refusals -= 1
        if refusals >= 0 { throw .openFailed("Address in use") }
        self.security = security
        return self
    }

    func arrive(_ peer: String) { waiting.append(peer) }
    func note(_ peer: String) { closed.append(peer) }
    func close() {}

    func next() async -> IncomingConnection? {
        while !Task.isCancelled {
            if let peer = waiting.first {
                waiting.removeFirst()
                return IncomingConnection(channel: Silence(peer, self), peer: peer)
            }
            try? await clock.sleep(for: .milliseconds(10))
        }
        return nil
    }

    /// A channel that only tells when it is closed.
    private struct Silence: Channel {
        let peer: String
        let door: BusyDoor
        init(_ peer: String, _ door: BusyDoor) { (self.peer, self.door) = (peer, door) }
        func write(_ octets: [UInt8]) async throws(ChannelError) {}
        func read(until deadline: MonotonicInstant) async throws(ChannelError) -> [UInt8] { [] }
        func discardInput() async {}
        func close() async { await door.note(peer) }
    }
}
