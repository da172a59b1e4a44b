// The server of remote connection: clients with an account of role «Администратор» have the gateway talk to a
// meter for them, or borrow one of its interfaces (REQ-518…536). Lines are had by the same leases as those of
// polls and transit, in the order in which clients came.

package import Errands
package import Faults
package import Lines
package import Logging
package import Seams
package import Timekeeping

/// Who may use remote connection.
package protocol RemoteAccess: Sendable {
    /// Whether an account may. Throws `access.login`, `access.right`, `access.password.change`, or
    /// `access.attempts` for whoever guesses.
    func admit(login: String, password: String, peer: String) async throws(Fault)
}

/// How the server is set.
package struct RemoteSettings: Sendable, Hashable {
    /// Speed and format of the interfaces 1…4.
    package var formats: [Int: SerialSettings]
    /// Interfaces by the paths of their devices.
    package var paths: [String: Int]
    /// How long a line is kept for a client whose connection broke, 0…30 s.
    package var grace: Duration

    /// Settings.
    package init(
        formats: [Int: SerialSettings] = [:], paths: [String: Int] = [:], grace: Duration = .seconds(20)
    ) {
        self.formats = formats
        self.paths = paths
        self.grace = grace
    }
}

/// What the server shows of one client.
package struct RemoteGuest: Sendable, Hashable {
    /// Numeric address.
    package var peer: String
    /// Account; empty before the login.
    package var user = ""
    /// When it connected.
    package var since: WallTime
    /// Octets of the line or of messages from it and to it.
    package var received: Int64 = 0
    package var sent: Int64 = 0
    /// The line it has or waits for.
    package var line: LineID?
    /// Whether it has the line.
    package var holdsLine = false
    /// Its errand in words.
    package var errand: String?
}

/// Serves clients.
package actor RemoteServer {
    let lines: LineRegistry
    let runner: ErrandRunner
    let logger: Logger
    nonisolated let clock: any MonotonicClock
    private let access: any RemoteAccess
    private let entropy: any Entropy
    private let wall: any WallClock
    private(set) var settings: RemoteSettings
    private var guests: [Int: Visit] = [:]
    private var lastNumber = 0
    private var lendings: [LentLine] = []
    private let (orders, order) = AsyncStream.makeStream(of: LentLine.self)

    /// One connection, or a lending that waits for its client.
    private struct Visit {
        var guest: RemoteGuest
        let connection: RemoteConnection
        var lent: LentLine?
        /// Whether the connection is gone: the visit is only there for its lending.
        var hasLeft = false
    }

    /// Connections and lendings at once.
    static let guestLimit = 16
    /// Connections of one address without a login: nobody takes all places by silence.
    static let strangerLimit = 6
    /// Time for greeting and login.
    private static let openingTime = Duration.seconds(10)

    /// A server; `run` must go on while it serves.
    package init(
        _ settings: RemoteSettings, lines: LineRegistry, runner: ErrandRunner, access: any RemoteAccess,
        entropy: any Entropy, clock: any MonotonicClock, wall: any WallClock, logger: Logger
    ) {
        self.settings = settings
        self.lines = lines
        self.runner = runner
        self.access = access
        self.entropy = entropy
        self.clock = clock
        self.wall = wall
        self.logger = logger.labelled("remote")
    }

    package nonisolated var unownedExecutor: UnownedSerialExecutor { clock.executor }

    /// Holds lent lines, also those whose client is lost, until cancelled.
    package func run() async {
        await withDiscardingTaskGroup { group in
            for await lent in orders {
                group.addTask {
                    await lent.run(self.lines)
                    await self.forget(lent)
                }
            }
            group.cancelAll()
        }
    }

    private func forget(_ lent: LentLine) {
        lendings.removeAll { $0 === lent }
        for (number, visit) in guests where visit.lent === lent { guests[number]?.lent = nil }
        guests = guests.filter { !$0.value.hasLeft || $0.value.lent != nil }
    }

    // MARK: - What it shows

    /// Clients in the order they came; who waits for a line is among them.
    package var state: [RemoteGuest] {
        get async {
            var shown: [RemoteGuest] = []
            for (_, visit) in guests.sorted(by: { $0.key < $1.key }) {
                var guest = visit.guest
                if let lent = visit.lent {
                    guest.holdsLine = await lent.isHeld
                    guest.received = await lent.stream.handedOn
                    guest.sent = await lent.stream.takenOver
                } else {
                    guest.received = await visit.connection.received
                    guest.sent = await visit.connection.sent
                }
                shown.append(guest)
            }
            return shown
        }
    }

    /// Ends what is done over a line, or everything; addresses of those who were there.
    package func drop(line: String?) async -> [String] {
        let chosen = guests.filter { line == nil || $0.value.guest.line?.text == line }
        for (_, visit) in chosen {
            visit.lent?.end()
            await visit.connection.close()
        }
        return chosen.sorted { $0.key < $1.key }.map(\.value.guest.peer)
    }

    // MARK: - One connection

    /// Serves a connection to its end, closes it, and tells what was carried.
    @discardableResult
    package func serve(_ incoming: IncomingConnection) async -> ServedConnection {
        let connection = RemoteConnection(incoming.channel, clock: clock)
        let strangers = guests.values.filter { $0.guest.user.isEmpty && $0.guest.peer == incoming.peer }
        guard guests.count < RemoteServer.guestLimit, strangers.count < RemoteServer.strangerLimit else {
            await connection.close()
            return ServedConnection(end: "turnedAway")
        }
        var end = "finished"
        lastNumber += 1
        let number = lastNumber
        guests[number] = Visit(
            guest: RemoteGuest(peer: incoming.peer, since: wall.now), connection: connection)
        do throws(RemoteFailure) {
            try await converse(over: connection, number)
        } catch {
            end = error.word
            if case .refused(let fault) = error { try? await connection.send([.refused(fault)]) }
            logger.log(.info, "remote client left", [(.peer, incoming.peer), (.error, "\(error)")])
        }
        await connection.close()
        if guests[number]?.lent == nil { guests[number] = nil } else { guests[number]?.hasLeft = true }
        return ServedConnection(
            received: await connection.received, sent: await connection.sent, end: end)
    }

    private func converse(over connection: RemoteConnection, _ number: Int) async throws(RemoteFailure) {
        let deadline = clock.now + RemoteServer.openingTime
        guard case .hello(let lowest, let highest)? = try await connection.receive(until: deadline) else {
            throw .foreign("no greeting")
        }
        guard lowest <= RemoteMessage.version, highest >= RemoteMessage.version else {
            throw .refused(Fault(.remoteVersion, ["value": "\(highest)", "allowed": "1"]))
        }
        try await connection.send([.welcome(version: RemoteMessage.version)])
        guard case .login(let name, let password)? = try await connection.receive(until: deadline) else {
            throw .foreign("no login")
        }
        let peer = guests[number]?.guest.peer ?? ""
        do throws(Fault) {
            try await access.admit(login: name, password: password.revealed, peer: peer)
        } catch {
            throw .refused(error)
        }
        guests[number]?.guest.user = name
        logger.log(.notice, "remote client logged in", [(.user, name), (.peer, peer)])
        await connection.trust()
        try await connection.send([.admitted])
        while let message = try await connection.receive(until: clock.now + RemoteConnection.silence) {
            switch message {
            case .errand(let patience, let order):
                try await perform(order, patience: patience, over: connection, number)
            case .borrow(let interface, let format, let patience):
                return try await lend(
                    Int(interface), format, patience: patience, over: connection, number)
            case .resume(let token, let next):
                return try await resume(token, at: next, over: connection, number)
            case .alive: continue
            case .goodbye: return
            default: throw .foreign("a message of the other side")
            }
        }
        throw .broken("silent")
    }

    /// Until the client goes, or says what it must not while it waits.
    private func watch(_ connection: RemoteConnection) async {
        while let message = try? await connection.receive(until: clock.now + RemoteConnection.silence) {
            guard message == .alive else { return }
        }
    }

    // MARK: - Lending

    private func lend(
        _ interface: Int, _ format: SerialSettings?, patience: UInt32, over connection: RemoteConnection,
        _ number: Int
    ) async throws(RemoteFailure) {
        guard let guest = guests[number]?.guest else { return }
        let line = LineID.interface("Iface\(interface)")
        let request = LeaseRequest(
            line: line, settings: format ?? settings.formats[interface] ?? .standard, leaseClass: .remote,
            owner: owner(guest), patience: .milliseconds(min(Int(patience), 3_600_000)),
            leavesTraffic: true)
        let lent = LentLine(
            token: entropy.octets(RemoteMessage.tokenLength), request: request, user: guest.user,
            grace: settings.grace, clock: clock)
        lendings.append(lent)
        guests[number]?.guest.line = line
        guests[number]?.lent = lent
        let isTaken = await lines.isHeld(line)
        if case .terminated = order.yield(lent) { throw .broken("the server stops") }
        if isTaken { try? await connection.send([.waiting]) }
        guard let outcome = await waited(for: lent, connection) else {
            lent.end()
            throw .broken("the client went while it waited")
        }
        if case .failure(let fault) = outcome { throw .refused(fault) }
        logger.log(.notice, "line lent", [(.line, line.text), (.user, guest.user), (.peer, guest.peer)])
        let seconds = UInt16(clamping: Int(settings.grace / .seconds(1)))
        do throws(RemoteFailure) {
            try await connection.send([.lent(token: lent.token, graceSeconds: seconds)])
        } catch {
            // It never learned its token: it cannot come back.
            lent.end()
            throw error
        }
        _ = await lent.stream.attach(connection)
        await carry(lent, over: connection)
    }

    /// What came of waiting for the line; nil when the client went first.
    private func waited(for lent: LentLine, _ connection: RemoteConnection) async -> Result<Void, Fault>? {
        await withTaskGroup(of: Result<Void, Fault>?.self) { group in
            group.addTask { await lent.outcome() }
            group.addTask {
                await self.watch(connection)
                // Ends the other child's wait as well.
                if !Task.isCancelled { lent.end() }
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
    }

    private func resume(
        _ token: [UInt8], at next: UInt64, over connection: RemoteConnection, _ number: Int
    ) async throws(RemoteFailure) {
        let user = guests[number]?.guest.user
        let lent = lendings.first { RemoteServer.isEqual($0.token, token) && $0.user == user }
        guard let lent, await lent.isHeld else { throw .refused(Fault(.remoteSession)) }
        try await connection.send([.resumed(next: await lent.stream.next)])
        guard await lent.stream.attach(connection, at: next) else {
            throw .refused(Fault(.remoteSession))
        }
        move(lent, to: number)
        await carry(lent, over: connection)
    }

    /// The lending belongs to another connection now.
    private func move(_ lent: LentLine, to number: Int) {
        for (other, visit) in guests where visit.lent === lent {
            guests[number]?.guest.since = visit.guest.since
            guests[other]?.lent = nil
            if visit.hasLeft { guests[other] = nil }
        }
        guests[number]?.guest.line = lent.line
        guests[number]?.lent = lent
    }

    private func carry(_ lent: LentLine, over connection: RemoteConnection) async {
        switch await lent.stream.carry(over: connection) {
        case .broken(let reason):
            logger.log(.info, "remote client lost", [(.line, lent.line.text), (.error, reason)])
            await lent.lost()
        case .silent, .finished: lent.end()
        case .replaced: break
        }
    }

    // MARK: - Errands

    private func perform(
        _ order: [UInt8], patience: UInt32, over connection: RemoteConnection, _ number: Int
    ) async throws(RemoteFailure) {
        let errand: Errand
        do throws(Fault) { errand = try Errand(json: order) } catch { throw .refused(error) }
        guard let line = line(of: errand.place) else {
            throw .refused(Fault(.lineMissing, ["line": errand.place.text]))
        }
        guests[number]?.guest.errand = errand.text
        guests[number]?.guest.line = line
        let owner = guests[number].map { self.owner($0.guest) } ?? ""
        let patience = Duration.milliseconds(min(Int(patience), 3_600_000))
        let outcome = await withTaskGroup(of: Result<Void, Fault>?.self) { group in
            group.addTask { await self.run(errand, on: line, owner, patience, over: connection) }
            group.addTask {
                await self.watch(connection)
                return nil
            }
            group.addTask {
                while (try? await self.clock.sleep(for: RemoteConnection.heartbeat)) != nil {
                    guard (try? await connection.send([.alive])) != nil else { break }
                }
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first
        }
        guests[number]?.guest.errand = nil
        guests[number]?.guest.line = nil
        switch outcome {
        case .success?: try await connection.send([.done])
        case .failure(let fault)?: throw .refused(fault)
        case nil: throw .broken("the client went in the middle of an errand")
        }
    }

    /// Runs an errand and sends what it tells; nil when it was broken off.
    private func run(
        _ errand: Errand, on line: LineID, _ owner: String, _ patience: Duration,
        over connection: RemoteConnection
    ) async -> Result<Void, Fault>? {
        let leaseClass = if case .scan = errand.action { LeaseClass.discovery } else { LeaseClass.remote }
        let own = line.interface.flatMap { settings.formats[$0] } ?? .standard
        do {
            try await runner.run(
                errand,
                lender: LeaseLender(
                    lines: lines,
                    request: LeaseRequest(
                        line: line, settings: own, leaseClass: leaseClass, owner: owner, patience: patience)),
                tell: { news in try await connection.send(news.messages) })
            return .success(())
        } catch let fault as Fault {
            return .failure(fault)
        } catch {
            return nil
        }
    }

    /// The line of a place as the gateway sees it; a device is one of the interfaces'.
    private func line(of place: LinePlace) -> LineID? {
        switch place {
        case .interface(let number): .interface("Iface\(number)")
        case .address(.tcp(let host, let port)): .tcp(host: host, port: port)
        case .address(.serial(let path, _)): settings.paths[path].map { .interface("Iface\($0)") }
        }
    }

    private func owner(_ guest: RemoteGuest) -> String { "remote \(guest.user) \(guest.peer)" }

    /// Whether two tokens are the same; takes as long for a wrong one whichever octet differs.
    private static func isEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.count == right.count && zip(left, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }
}

extension LineID {
    /// 1…4 of `Iface1`…`Iface4`.
    fileprivate var interface: Int? {
        guard case .interface(let name) = self else { return nil }
        return name.last?.wholeNumberValue
    }
}

/// Lends by leases, one for each time it is asked.
private struct LeaseLender: LineLender {
    let lines: LineRegistry
    let request: LeaseRequest

    func lend(_ settings: SerialSettings?, _ body: (LineLease) async throws -> Void) async throws {
        var request = request
        if let settings { request.settings = settings }
        try await lines.withLease(request, body)
    }
}

extension ErrandNews {
    /// As it crosses the link; progress stays where it is.
    fileprivate var messages: [RemoteMessage] {
        switch self {
        case .output(let octets):
            stride(from: 0, to: octets.count, by: RemoteMessage.outputLimit).map { start in
                .output(Array(octets[start..<min(start + RemoteMessage.outputLimit, octets.count)]))
            }
        case .remark(let fault): [.remark(fault)]
        case .progress: []
        }
    }
}
