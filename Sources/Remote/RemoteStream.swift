// One lent line as either side sees it: two streams of pieces that go on over one connection after another
// (REQ-526). The gateway puts it between the line and its connections, the client between a port and its own.
//
//     apart ── carry ──► attached ── broken ──► apart …     both: ── end ──► over
//
// A connection takes the place of the one before: the far end knows first that its old one is dead.

package import Seams
import Timekeeping

/// Pieces both ways, whatever becomes of connections.
package actor RemoteStream {
    /// How one connection's turn ended.
    package enum Ending: Sendable, Hashable {
        /// It broke; the reason.
        case broken(String)
        /// The far end is silent for too long: it is dead.
        case silent
        /// Another connection has taken its place.
        case replaced
        /// Either side wished it.
        case finished
    }

    private nonisolated let clock: any MonotonicClock
    private var outbox = Outbox()
    private var inbox = Inbox()
    private var attached: RemoteConnection?
    private var writing: AsyncStream<Void>.Continuation?
    private let room: AsyncStream<Void>
    private let makeRoom: AsyncStream<Void>.Continuation
    private let arrivals: AsyncStream<Void>
    private let arrive: AsyncStream<Void>.Continuation
    /// Whether it is over.
    package private(set) var isOver = false
    private var owesTaken = false
    private var owesAlive = false
    /// Octets of pieces handed on here, and taken over here.
    package private(set) var handedOn: Int64 = 0
    package private(set) var takenOver: Int64 = 0

    /// A stream without a connection.
    package init(clock: any MonotonicClock) {
        self.clock = clock
        (room, makeRoom) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        (arrivals, arrive) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    package nonisolated var unownedExecutor: UnownedSerialExecutor { clock.executor }

    /// Number of the piece that is awaited: a new connection begins there.
    package var next: UInt64 { inbox.next }

    /// Whether everything taken over has been handed on at the far end.
    package var isEmpty: Bool { outbox.isEmpty }

    // MARK: - The line's or the port's side

    /// Takes over a piece for the far end; waits while too much is under way. False when it is over. One
    /// caller.
    package func send(_ piece: [UInt8]) async -> Bool {
        if !outbox.hasRoom, !isOver { for await _ in room where outbox.hasRoom || isOver { break } }
        guard !isOver, outbox.hasRoom else { return false }
        outbox.add(piece)
        takenOver += Int64(piece.count)
        writing?.yield()
        return true
    }

    /// The next piece to be handed on; nil when it is over. One caller, which says `handOn` after each.
    package func piece() async -> [UInt8]? {
        if inbox.oldest == nil, !isOver {
            for await _ in arrivals where inbox.oldest != nil || isOver { break }
        }
        return isOver ? nil : inbox.oldest
    }

    /// The piece has been handed on: the far end may forget it.
    package func handOn() {
        handedOn += Int64(inbox.oldest?.count ?? 0)
        inbox.handedOn()
        owesTaken = true
        writing?.yield()
    }

    /// Ends it for good; a connection is told.
    package func end() async {
        guard !isOver else { return }
        isOver = true
        makeRoom.yield()
        arrive.yield()
        writing?.finish()
        let connection = attached
        attached = nil
        try? await connection?.send([.goodbye])
    }

    // MARK: - The connection's side

    /// Whether a connection is attached.
    package var isAttached: Bool { attached != nil }

    /// Makes a connection the one; `next` is what its far end awaits. False when that cannot be had.
    package func attach(_ connection: RemoteConnection, at next: UInt64 = 0) async -> Bool {
        guard !isOver, outbox.resume(at: next) else { return false }
        let before = attached
        attached = connection
        writing?.finish()
        writing = nil
        await before?.close()
        return attached === connection
    }

    /// Carries pieces over the attached connection until one of them ends.
    package func carry(over connection: RemoteConnection) async -> Ending {
        guard attached === connection, !isOver else { return isOver ? .finished : .replaced }
        let (turns, turn) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        writing = turn
        owesTaken = true
        turn.yield()
        let ending = await withTaskGroup(of: Ending.self) { group in
            group.addTask { await self.write(to: connection, at: turns) }
            group.addTask { await self.read(from: connection) }
            group.addTask { await self.beat() }
            let first = await group.next() ?? .finished
            group.cancelAll()
            return first
        }
        if isOver { return .finished }
        guard attached === connection else { return .replaced }
        attached = nil
        writing = nil
        return ending
    }

    private func write(to connection: RemoteConnection, at turns: AsyncStream<Void>) async -> Ending {
        for await _ in turns {
            while attached === connection, let messages = due {
                do throws(RemoteFailure) { try await connection.send(messages) } catch {
                    return .broken("\(error)")
                }
            }
        }
        return isOver ? .finished : .replaced
    }

    /// What is to be said now; nil when there is nothing.
    private var due: [RemoteMessage]? {
        if let piece = outbox.next() { return [piece] }
        if owesTaken {
            (owesTaken, owesAlive) = (false, false)
            return [.taken(number: inbox.taken)]
        }
        if owesAlive {
            owesAlive = false
            return [.alive]
        }
        return nil
    }

    private func beat() async -> Ending {
        while (try? await clock.sleep(for: RemoteConnection.heartbeat)) != nil {
            owesAlive = true
            writing?.yield()
        }
        return .finished
    }

    private func read(from connection: RemoteConnection) async -> Ending {
        while true {
            let message: RemoteMessage?
            do throws(RemoteFailure) {
                message = try await connection.receive(until: clock.now + RemoteConnection.silence)
            } catch {
                return .broken("\(error)")
            }
            // Of a connection that has been replaced nothing counts any more.
            guard attached === connection else { return isOver ? .finished : .replaced }
            guard let message else { return Task.isCancelled ? .finished : .silent }
            if let ending = take(message) { return ending }
        }
    }

    private func take(_ message: RemoteMessage) -> Ending? {
        switch message {
        case .data(let number, let octets):
            guard inbox.received(octets, number: number) else { return .broken("pieces out of order") }
            arrive.yield()
        case .taken(let number):
            guard outbox.taken(below: number) else { return .broken("pieces taken that were not sent") }
            makeRoom.yield()
        case .alive: break
        case .goodbye:
            isOver = true
            makeRoom.yield()
            arrive.yield()
            return .finished
        default: return .broken("an unexpected message")
        }
        return nil
    }
}
