// The client of remote connection: an errand in one flight and its answer, or a line lent for as long as it
// is wanted, whatever becomes of connections meanwhile. `gatewayctl` is its user.

package import Faults
package import Seams
package import Timekeeping

/// Why a client did not get what it wanted.
package enum RemoteError: Error, Sendable, Hashable {
    /// The gateway could not be reached, or its certificate is not trusted; the reason.
    case unreachable(String)
    /// The gateway says nothing.
    case silent
    /// The far end speaks something else.
    case foreign(String)
    /// The connection broke in the middle; the reason.
    case broken(String)
    /// The gateway refuses.
    case refused(Fault)
}

/// Speaks with one gateway.
package struct RemoteClient: Sendable {
    /// Opens a connection, TLS and all, until a deadline.
    package typealias Connect = @Sendable (MonotonicInstant) async throws(RemoteError) -> any Channel

    private let connect: Connect
    private let name: String
    private let password: RemotePassword
    private let clock: any MonotonicClock

    /// A client with an account of the gateway.
    package init(
        login name: String, password: RemotePassword, clock: any MonotonicClock, connect: @escaping Connect
    ) {
        self.name = name
        self.password = password
        self.clock = clock
        self.connect = connect
    }

    /// Has an errand run. `patience` is for the gateway's answer and for its line together (REQ-527,
    /// REQ-528). Throws why there is no answer.
    package func perform(
        _ order: [UInt8], patience: Duration, tell: (RemoteMessage) async -> Void
    ) async throws(RemoteError) {
        guard order.count <= RemoteMessage.orderLimit else {
            throw .refused(Fault(.inputTooLarge, ["allowed": "\(RemoteMessage.orderLimit)"]))
        }
        let begun = clock.now
        let connection = try await open(begun, patience) { .errand(patience: $0, order: order) }
        // The answer itself takes as long as meters take; a gateway that is there shows it.
        while true {
            switch try await next(of: connection, until: clock.now + RemoteConnection.silence) {
            case .done:
                try? await connection.send([.goodbye])
                return await connection.close()
            case .alive, .waiting: continue
            case .output(let octets): await tell(.output(octets))
            case .remark(let fault): await tell(.remark(fault))
            default: throw .foreign("an unexpected message")
            }
        }
    }

    /// Borrows an interface; `format` nil is the gateway's own. Throws `line.busy` of the gateway when others
    /// keep it for longer than `patience`.
    package func borrow(
        interface: Int, format: SerialSettings?, patience: Duration
    ) async throws(RemoteError) -> BorrowedLine {
        let begun = clock.now
        let deadline = begun + patience + RemoteClient.wayBack
        let connection = try await open(begun, patience) {
            .borrow(interface: UInt8(clamping: interface), settings: format, patience: $0)
        }
        var isWaiting = false
        while true {
            let message: RemoteMessage
            do throws(RemoteError) { message = try await next(of: connection, until: deadline) } catch {
                await connection.close()
                // Somebody else has it, as the gateway said before it fell silent.
                if error == .silent, isWaiting {
                    throw .refused(Fault(.lineBusy, ["line": "Iface\(interface)"]))
                }
                throw error
            }
            switch message {
            case .waiting: isWaiting = true
            case .alive: continue
            case .lent(let token, let graceSeconds):
                return BorrowedLine(
                    self, connection, token: token, grace: .seconds(Int(graceSeconds)), clock: clock)
            default: throw .foreign("an unexpected message")
            }
        }
    }

    /// What the gateway's refusal at the last moment may take to arrive.
    private static let wayBack = Duration.seconds(2)
    /// The least time for connecting and the login, also when the line must be free at once.
    private static let shortestOpening = Duration.seconds(10)

    /// Takes up a lent line again; the number of the piece that the gateway awaits.
    func resume(
        _ token: [UInt8], next: UInt64, until deadline: MonotonicInstant
    ) async throws(RemoteError) -> (RemoteConnection, UInt64) {
        let connection = try await open(clock.now, deadline - clock.now) { _ in
            .resume(token: token, next: next)
        }
        guard case .resumed(let awaited) = try await self.next(of: connection, until: deadline) else {
            throw .foreign("an unexpected message")
        }
        return (connection, awaited)
    }

    /// Connects, greets, logs in and asks, all in one flight. `ask` is told the milliseconds that are left
    /// for the line.
    private func open(
        _ begun: MonotonicInstant, _ patience: Duration, _ ask: (UInt32) -> RemoteMessage
    ) async throws(RemoteError) -> RemoteConnection {
        let deadline = begun + (patience > .zero ? patience : RemoteClient.shortestOpening)
        let connection = RemoteConnection(try await connect(deadline), clock: clock)
        let left = patience > .zero ? max(.zero, deadline - clock.now) : .zero
        let version = RemoteMessage.version
        do throws(RemoteFailure) {
            try await connection.send([
                .hello(lowest: version, highest: version), .login(name: name, password: password),
                ask(UInt32(clamping: Int(left / .milliseconds(1)))),
            ])
        } catch {
            throw RemoteError(error)
        }
        guard case .welcome(RemoteMessage.version) = try await next(of: connection, until: deadline) else {
            throw .foreign("no greeting")
        }
        guard case .admitted = try await next(of: connection, until: deadline) else {
            throw .foreign("no answer to the login")
        }
        await connection.trust()
        return connection
    }

    private func next(
        of connection: RemoteConnection, until deadline: MonotonicInstant
    ) async throws(RemoteError) -> RemoteMessage {
        let message: RemoteMessage?
        do throws(RemoteFailure) { message = try await connection.receive(until: deadline) } catch {
            throw RemoteError(error)
        }
        if case .refused(let fault)? = message { throw .refused(fault) }
        guard let message else { throw .silent }
        return message
    }
}

extension RemoteError {
    fileprivate init(_ failure: RemoteFailure) {
        switch failure {
        case .broken(let reason): self = .broken(reason)
        case .foreign(let reason): self = .foreign(reason)
        case .refused(let fault): self = .refused(fault)
        }
    }
}

/// A line that a gateway has lent.
package actor BorrowedLine {
    /// Pieces to and from the line.
    package nonisolated let stream: RemoteStream
    private let client: RemoteClient
    private let token: [UInt8]
    private let grace: Duration
    private nonisolated let clock: any MonotonicClock
    private var connection: RemoteConnection

    init(
        _ client: RemoteClient, _ connection: RemoteConnection, token: [UInt8], grace: Duration,
        clock: any MonotonicClock
    ) {
        self.client = client
        self.connection = connection
        self.token = token
        self.grace = grace
        self.clock = clock
        stream = RemoteStream(clock: clock)
    }

    package nonisolated var unownedExecutor: UnownedSerialExecutor { clock.executor }

    /// Keeps the line, over one connection after another, until it is given back. `lost` hears of every
    /// connection that broke. Throws when the gateway has given the line away, or cannot be reached within
    /// the grace time.
    package func run(lost: (String) async -> Void) async throws(RemoteError) {
        _ = await stream.attach(connection)
        while true {
            let ending = await stream.carry(over: connection)
            await connection.close()
            switch ending {
            case .finished: return
            case .broken(let reason): await lost(reason)
            case .silent: await lost("the gateway is silent")
            case .replaced: throw .broken("the connection was replaced")
            }
            if Task.isCancelled { return }
            try await comeBack()
        }
    }

    /// Gives the line back.
    package func giveBack() async { await stream.end() }

    private static let pause = Duration.milliseconds(500)

    private func comeBack() async throws(RemoteError) {
        let end = clock.now + grace
        var failure = RemoteError.silent
        while clock.now < end, !Task.isCancelled {
            do throws(RemoteError) {
                let (fresh, awaited) = try await client.resume(token, next: await stream.next, until: end)
                guard await stream.attach(fresh, at: awaited) else {
                    throw RemoteError.foreign("octets that were never sent")
                }
                connection = fresh
                return
            } catch {
                failure = error
                if case .refused(let fault) = error, fault.code != .tooManyAttempts { throw error }
            }
            try? await clock.sleep(for: BorrowedLine.pause)
        }
        throw failure
    }
}
