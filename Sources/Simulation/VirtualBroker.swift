// A broker of a simulated world: keeps what it acknowledged, takes its time, goes down and comes back.

package import Seams
import Timekeeping
import VirtualTime

/// The broker's side, shared by all connections to it.
package actor VirtualBrokerHall {
    private let clock: any MonotonicClock
    private let latency: Duration
    private var isUp = true
    private var generation = 0
    /// Ends of the connections that stand, by client: a second one of a client puts the first one out.
    private var ends: [String: AsyncStream<Void>.Continuation] = [:]
    private var lostAcknowledgements = 0.0
    private let entropy = SeededEntropy(seed: 0x6272_6F6B)
    private let isMachineOn: @Sendable () -> Bool
    /// What arrived, in order; what was taken away by `takeMessages` is gone.
    package private(set) var messages: [BrokerMessage] = []
    /// Times a client could not know whether its messages had arrived: they may come twice.
    package private(set) var doubts = 0

    package nonisolated var unownedExecutor: UnownedSerialExecutor { clock.executor }

    /// A broker that answers after `latency`. Nothing reaches it while `isMachineOn` says that the gateway's
    /// machine has no power.
    package init(
        clock: any MonotonicClock, latency: Duration = .milliseconds(40),
        isMachineOn: @escaping @Sendable () -> Bool = { true }
    ) {
        self.clock = clock
        self.latency = latency
        self.isMachineOn = isMachineOn
    }

    /// Loses acknowledgements of messages that arrived, in this share.
    package func loseAcknowledgements(_ share: Double) { lostAcknowledgements = share }

    /// Hands over what has arrived and forgets it.
    package func takeMessages() -> [BrokerMessage] {
        defer { messages.removeAll() }
        return messages
    }

    /// Takes the broker down, breaking every connection, or brings it back.
    package func setUp(_ isUp: Bool) {
        self.isUp = isUp
        breakConnections()
    }

    /// Breaks every connection: both sides know at once.
    package func breakConnections() {
        doubts += 1
        generation += 1
        for end in ends.values { end.finish() }
        ends = [:]
    }

    fileprivate func connect(
        _ client: String, end: AsyncStream<Void>.Continuation
    ) async throws(BrokerError) -> Int {
        await pause()
        guard isUp, isMachineOn() else { throw .unreachable("connection refused") }
        ends.updateValue(end, forKey: client)?.finish()
        return generation
    }

    fileprivate func take(_ message: BrokerMessage, connection: Int) async throws(BrokerError) {
        await pause()
        guard isUp, connection == generation, isMachineOn() else { throw .disconnected }
        messages.append(message)
        guard lostAcknowledgements > 0, Double(entropy.next() >> 11) * 0x1p-53 < lostAcknowledgements else {
            return
        }
        breakConnections()
        throw .disconnected
    }

    private func pause() async { try? await clock.sleep(for: latency) }
}

/// Makes connections to one broker whatever the settings name.
package struct VirtualBrokerOpener: BrokerOpener {
    private let hall: VirtualBrokerHall

    /// Connections to `hall`.
    package init(_ hall: VirtualBrokerHall) { self.hall = hall }

    /// A connection, not yet connected.
    package func broker(_ settings: BrokerSettings) -> any Broker {
        VirtualBrokerConnection(hall: hall, client: settings.clientID)
    }
}

/// One connection.
private actor VirtualBrokerConnection: Broker {
    private let hall: VirtualBrokerHall
    private let client: String
    private var generation: Int?
    private let end: AsyncStream<Void>
    private let ending: AsyncStream<Void>.Continuation

    init(hall: VirtualBrokerHall, client: String) {
        self.hall = hall
        self.client = client
        (end, ending) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    func connect() async throws(BrokerError) {
        generation = try await hall.connect(client, end: ending)
    }

    func publish(_ message: BrokerMessage) async throws(BrokerError) {
        guard let generation else { throw .disconnected }
        try await hall.take(message, connection: generation)
    }

    func disconnect(saying farewell: BrokerMessage?) async {
        if let farewell { try? await publish(farewell) }
        generation = nil
        ending.finish()
    }

    func ended() async {
        guard generation != nil else { return }
        for await _ in end {}
    }
}
