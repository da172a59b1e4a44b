// The ports of a virtual gateway, and whoever connects to them: octets go in at once, as over a fast network.

package import Seams
package import Timekeeping
import VirtualTime

/// Opens ports in memory.
package actor VirtualDoor: ConnectionDoor {
    private let clock: any MonotonicClock
    private var listeners: [Int: VirtualListener] = [:]

    /// A door without open ports.
    package init(clock: any MonotonicClock) { self.clock = clock }

    package nonisolated var unownedExecutor: UnownedSerialExecutor { clock.executor }

    /// Listens. Throws `openFailed` for a port that is listened at.
    package func listen(
        port: Int, security: ConnectionSecurity
    ) async throws(ChannelError) -> any ConnectionListener {
        if let listener = listeners[port], await listener.isOpen { throw .openFailed("Address in use") }
        let listener = VirtualListener(clock: clock)
        listeners[port] = listener
        return listener
    }

    /// Connects from an address and sends octets; nil when nobody listens.
    package func connect(_ octets: [UInt8], to port: Int, from peer: String) async -> VirtualConnection? {
        guard let listener = listeners[port], await listener.isOpen else { return nil }
        let connection = VirtualConnection(clock: clock, octets)
        await listener.arrive(IncomingConnection(channel: connection, peer: peer))
        return connection
    }
}

/// A port in memory.
actor VirtualListener: ConnectionListener {
    private let clock: any MonotonicClock
    private var waiting: [IncomingConnection] = []
    private(set) var isOpen = true

    init(clock: any MonotonicClock) { self.clock = clock }

    nonisolated var unownedExecutor: UnownedSerialExecutor { clock.executor }

    func arrive(_ connection: IncomingConnection) { waiting.append(connection) }

    func next() async -> IncomingConnection? {
        while isOpen, !Task.isCancelled {
            if !waiting.isEmpty { return waiting.removeFirst() }
            try? await clock.sleep(for: .milliseconds(100))
        }
        return nil
    }

    func close() { isOpen = false }
}

/// A connection in memory.
package actor VirtualConnection: Channel {
    private let clock: any MonotonicClock
    private var octets: [UInt8]
    /// Whether the gateway has closed it.
    package private(set) var isClosed = false
    private var isEnded = false

    init(clock: any MonotonicClock, _ octets: [UInt8]) {
        self.clock = clock
        self.octets = octets
    }

    package nonisolated var unownedExecutor: UnownedSerialExecutor { clock.executor }

    /// Sends more octets.
    package func send(_ more: [UInt8]) { octets += more }

    /// The far end goes.
    package func end() { isEnded = true }

    /// Nothing is said to whoever pushes.
    package func write(_ octets: [UInt8]) async throws(ChannelError) {
        if isClosed || isEnded { throw .closed("closed") }
    }

    /// What has come.
    package func read(until deadline: MonotonicInstant) async throws(ChannelError) -> [UInt8] {
        while !Task.isCancelled {
            if !octets.isEmpty {
                defer { octets = [] }
                return octets
            }
            if isClosed || isEnded { throw .closed("closed") }
            guard clock.now < deadline else { return [] }
            try? await clock.sleep(until: min(deadline, clock.now + .milliseconds(100)))
        }
        return []
    }

    /// Throws away what has come.
    package func discardInput() async { octets = [] }

    /// Closes.
    package func close() async { isClosed = true }
}
