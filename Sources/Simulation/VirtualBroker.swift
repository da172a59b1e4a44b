// A broker of a simulated world: keeps what it acknowledged, takes its time, goes down and comes back.

package import Seams
import Timekeeping

/// The broker's side, shared by all connections to it.
package actor VirtualBrokerHall {
    private let clock: any MonotonicClock
    private let latency: Duration
    private var isUp = true
    private var generation = 0
    /// What was acknowledged, in order.
    package private(set) var messages: [BrokerMessage] = []

    /// A broker that answers after `latency`.
    package init(clock: any MonotonicClock, latency: Duration = .milliseconds(40)) {
        self.clock = clock
        self.latency = latency
    }

    /// Takes the broker down, breaking every connection, or brings it back.
    package func setUp(_ isUp: Bool) {
        self.isUp = isUp
        generation += 1
    }

    func connect() async throws(BrokerError) -> Int {
        await pause()
        guard isUp else { throw .unreachable("connection refused") }
        return generation
    }

    func take(_ message: BrokerMessage, connection: Int) async throws(BrokerError) {
        await pause()
        guard isUp, connection == generation else { throw .disconnected }
        messages.append(message)
    }

    private func pause() async { try? await clock.sleep(for: latency) }
}

/// Makes connections to one broker whatever the settings name.
package struct VirtualBrokerOpener: BrokerOpener {
    private let hall: VirtualBrokerHall

    /// Connections to `hall`.
    package init(_ hall: VirtualBrokerHall) { self.hall = hall }

    /// A connection, not yet connected.
    package func broker(_ settings: BrokerSettings) -> any Broker { VirtualBrokerConnection(hall: hall) }
}

/// One connection.
private actor VirtualBrokerConnection: Broker {
    private let hall: VirtualBrokerHall
    private var generation: Int?

    init(hall: VirtualBrokerHall) { self.hall = hall }

    func connect() async throws(BrokerError) { generation = try await hall.connect() }

    func publish(_ message: BrokerMessage) async throws(BrokerError) {
        guard let generation else { throw .disconnected }
        try await hall.take(message, connection: generation)
    }

    func disconnect() { generation = nil }
}
