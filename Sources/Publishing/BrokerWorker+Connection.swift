// How long a worker's connection lives. A held one is watched, and made again when it broke off; one that is
// not held is closed when nothing has been sent for a while, which is an end by plan: the will stays unsent
// and the broker keeps the presence it was told (Publishing over a modem, Decisions/0008).

import Configuration
import Faults
import Logging
import Seams
import Timekeeping

/// A worker's connection and what is known of it.
struct Keeping {
    /// A connection under watch, by its number.
    struct Watch: Sendable {
        let number: Int
        let connection: any Broker
    }

    /// The connection; nil when there is none.
    fileprivate(set) var connection: (any Broker)?
    /// When an idle connection is closed that is not held.
    var restsAt: MonotonicInstant?
    /// When the broker was last told that the device is there; nil when the will may have said otherwise.
    var presentSince: MonotonicInstant?
    /// A connection that is to be held broke off.
    fileprivate(set) var mustReturn = false
    /// Why the last try failed or the connection broke off.
    var fault: Fault?
    var watched: AsyncStream<Watch>.Continuation?
    var resting: AsyncStream<MonotonicInstant>.Continuation?
    fileprivate var number = 0
    private var since: MonotonicInstant?
    private var shortLives = 0
    fileprivate var isResting = false

    /// A new connection stands.
    fileprivate mutating func begin(_ connection: any Broker, at now: MonotonicInstant) {
        self.connection = connection
        since = now
        mustReturn = false
        isResting = false
        number += 1
        watched?.yield(Watch(number: number, connection: connection))
    }

    /// The connection broke off while nothing was sent.
    fileprivate mutating func breakOff(_ fault: Fault, mustReturn: Bool, at now: MonotonicInstant) {
        connection = nil
        shortLives = now - (since ?? now) < .seconds(60) ? shortLives + 1 : 0
        self.mustReturn = mustReturn
        lose(fault)
    }

    /// Seconds to wait before a connection that broke off is made again.
    fileprivate var pause: Int { min(300, 1 << min(shortLives, 9)) }

    /// The connection broke off or could not be made.
    mutating func lose(_ fault: Fault) {
        self.fault = fault
        isResting = false
        presentSince = nil
    }
}

extension BrokerWorker {
    /// How long a connection that is not held outlives its last message: what several publications of one
    /// moment and the alarms of their polls have to say goes over one handshake.
    static let linger = Duration.seconds(10)
    /// A broker that lost its retained messages is told of the device again after this.
    private static let presenceAge = Duration.seconds(21_600)

    /// What is known of the connection.
    var link: BrokerLink {
        if keeping.connection != nil { return .connected }
        if keeping.fault != nil { return .lost }
        return keeping.isResting ? .resting : .untried
    }

    /// Why the last try failed or the connection broke off.
    var fault: Fault? { keeping.fault }

    /// Whether the broker still holds what it was told of the device: nothing but ends by plan since, and
    /// not long ago.
    var isPresenceHeld: Bool {
        guard broker.holding == .sending, let since = keeping.presentSince else { return false }
        return tools.clock.now - since < BrokerWorker.presenceAge
    }

    /// A new connection stands.
    func hold(_ connection: any Broker) {
        keeping.begin(connection, at: tools.clock.now)
    }

    /// Two clients of one name put each other out as soon as they come: the longer the shorter they stay.
    func pauseAfterShortLife() async {
        guard keeping.mustReturn else { return }
        try? await tools.clock.sleep(for: .seconds(keeping.pause))
    }

    /// What the broker is told when the connection ends and is not to be missed: DISCONNECT keeps the will
    /// unsent, and whoever subscribed would go on believing in the device.
    var farewell: BrokerMessage { broker.presence(false) }

    /// Ends the connection, if there is one, with a word or without.
    func close(saying farewell: BrokerMessage?) async {
        guard let connection = keeping.connection else { return }
        keeping.connection = nil
        await connection.disconnect(saying: farewell)
    }

    /// Closes a connection that is not held once its time is over, else asks to be rung then. Called by the
    /// main loop only, so that no connection is made while the one before says farewell: a broker that sees
    /// two of one name sends the will of the first.
    func rest() async {
        guard broker.holding == .sending, keeping.connection != nil, let restsAt = keeping.restsAt,
            !Task.isCancelled
        else { return }
        guard tools.clock.now >= restsAt else {
            keeping.resting?.yield(restsAt)
            return
        }
        keeping.isResting = true
        await close(saying: nil)
        tools.logger.log(.info, "closed by plan", [(.broker, String(broker.id))])
    }

    /// Rings when an idle connection may be closed.
    func ringAtRest(_ rests: AsyncStream<MonotonicInstant>) async {
        for await instant in rests {
            guard (try? await tools.clock.sleep(until: instant)) != nil else { return }
            ring()
        }
    }

    /// Waits for the end of each connection in turn.
    func noteEnds(_ watches: AsyncStream<Keeping.Watch>) async {
        for await watch in watches {
            await watch.connection.ended()
            if !Task.isCancelled { noteEnd(of: watch.number) }
        }
    }

    /// A connection ended that nobody closed: it is told at once, and made again when it is to be held.
    private func noteEnd(of number: Int) {
        guard number == keeping.number, keeping.connection != nil else { return }
        keeping.breakOff(
            BrokerError.disconnected.fault(broker: broker.id), mustReturn: broker.holding == .always,
            at: tools.clock.now)
        tools.logger.log(.warning, "connection lost", [(.broker, String(broker.id))])
        if keeping.mustReturn { ring() }
    }
}
