// «Сервер транзита интерфейса N»: one client at a time, the next ones wait in their order, are turned away,
// or take the place of the one before, as the port is set.

import Configuration
package import Lines
package import Logging
package import Seams
package import Timekeeping

/// What a port shows of itself.
package struct TransitState: Sendable, Hashable {
    /// A client with or without the line.
    package struct Client: Sendable, Hashable {
        /// Numeric address of the far end.
        package var peer: String
        /// When it connected.
        package var since: WallTime
        /// What it has carried.
        package var count: TransitCount
    }

    /// Who has the port.
    package var client: Client?
    /// Who waits for it, next one first.
    package var waiting: [String]
    /// Clients served so far, by how they ended.
    package var ends: [TransitEnd: Int]
    /// Clients that found the port taken and were closed.
    package var turnedAway: Int
}

/// One transit port.
package actor TransitPort {
    private let lines: LineRegistry
    private let wall: any WallClock
    private let logger: Logger
    private nonisolated let clock: any MonotonicClock
    private let settings: TransitSettings
    private var holder: Holder?
    private var waiters: [Waiter] = []
    private var lastNumber = 0
    private var ends: [TransitEnd: Int] = [:]
    private var turnedAway = 0

    private struct Holder {
        let number: Int
        let peer: String
        let since: WallTime
        let channel: any Channel
        let session: TransitSession
        var isDropped = false
    }

    private struct Waiter {
        let number: Int
        let peer: String
        let continuation: CheckedContinuation<Bool, Never>
    }

    /// Clients that may wait at once; further ones are turned away.
    private static let waiterLimit = 8

    /// A port of `settings`.
    package init(
        _ settings: TransitSettings, lines: LineRegistry, clock: any MonotonicClock, wall: any WallClock,
        logger: Logger
    ) {
        self.settings = settings
        self.lines = lines
        self.clock = clock
        self.wall = wall
        self.logger = logger.labelled("transit")
    }

    package nonisolated var unownedExecutor: UnownedSerialExecutor { clock.executor }

    /// What it shows.
    package var state: TransitState {
        get async {
            var client: TransitState.Client?
            if let holder {
                client = TransitState.Client(
                    peer: holder.peer, since: holder.since, count: await holder.session.count)
            }
            return TransitState(
                client: client, waiting: waiters.map(\.peer), ends: ends, turnedAway: turnedAway)
        }
    }

    /// Serves a client to its end: waits for the port as it is set, then carries octets. The connection is
    /// closed when this returns.
    @discardableResult
    package func serve(_ connection: IncomingConnection) async -> ServedConnection {
        lastNumber += 1
        let number = lastNumber
        guard await enter(number, connection) else {
            turnedAway += 1
            logger.log(.notice, "transit client turned away", facts(connection.peer))
            await connection.channel.close()
            return ServedConnection(end: "turnedAway")
        }
        logger.log(.info, "transit client connected", facts(connection.peer))
        let session = TransitSession(
            connection.channel, lines: lines, settings: settings,
            owner: "transit \(connection.peer)", clock: clock)
        holder = Holder(
            number: number, peer: connection.peer, since: wall.now, channel: connection.channel,
            session: session)
        var end = await session.run()
        await connection.channel.close()
        if holder?.isDropped == true { end = .dropped }
        ends[end, default: 0] += 1
        let count = await session.count
        logger.log(
            .info, "transit client left",
            facts(connection.peer) + [
                (.error, end.rawValue), (.count, "\(count.toLine) \(count.toClient)"),
            ])
        leave()
        return ServedConnection(received: count.toLine, sent: count.toClient, end: end.rawValue)
    }

    /// Closes the client that has the port; returns its address, nil when there is none.
    package func drop() async -> String? {
        guard let holder else { return nil }
        self.holder?.isDropped = true
        await holder.channel.close()
        return holder.peer
    }

    // MARK: - Taking turns

    /// Whether the port may be taken. It is reserved for the caller until `leave`.
    private func enter(_ number: Int, _ connection: IncomingConnection) async -> Bool {
        guard isTaken else {
            isTaken = true
            return true
        }
        switch settings.secondClient {
        case .reject: return false
        case .kick: _ = await drop()
        case .wait: break
        }
        let isFull = waiters.count >= TransitPort.waiterLimit
        guard !isFull, settings.patience > .zero else { return false }
        return await wait(number, connection.peer)
    }

    private var isTaken = false

    private func wait(_ number: Int, _ peer: String) async -> Bool {
        let deadline = clock.now + settings.patience
        return await withTaskGroup(of: Void.self) { group in
            group.addTask { [clock] in
                try? await clock.sleep(until: deadline)
                await self.withdraw(number)
            }
            let isGranted = await withCheckedContinuation { continuation in
                waiters.append(Waiter(number: number, peer: peer, continuation: continuation))
            }
            group.cancelAll()
            return isGranted
        }
    }

    private func withdraw(_ number: Int) {
        guard let index = waiters.firstIndex(where: { $0.number == number }) else { return }
        waiters.remove(at: index).continuation.resume(returning: false)
    }

    /// Hands the port to the next in line.
    private func leave() {
        holder = nil
        if waiters.isEmpty {
            isTaken = false
        } else {
            waiters.removeFirst().continuation.resume(returning: true)
        }
    }

    private func facts(_ peer: String) -> [(LogKey, String)] {
        [(.line, settings.line.text), (.peer, peer)]
    }
}
