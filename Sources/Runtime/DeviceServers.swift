// «Настройки серверов устройства»: the transit ports, the RTU327 server and remote connection, each behind
// its own listener. A row that has not changed keeps its listener and its connections when another
// is saved (REQ-110); a port that another process has is tried again, and told (REQ-122). Pushes have a
// server of their own.

import Configuration
import Faults
import HeadEnd
import Lines
import Listening
import Logging
import RTU327
import Remote
import Seams
import Timekeeping
import Transit
package import WebAdmin

/// The servers beside the admin's.
package actor DeviceServers {
    private let door: (any ConnectionDoor)?
    private let lines: LineRegistry
    private let headEnd: HeadEndServer
    private let journal: ConnectionJournal
    private let remote: RemoteParts
    private let wall: any WallClock
    private let logger: Logger
    private nonisolated let clock: any MonotonicClock
    private var wanted: [DeviceServer.Kind: Wish] = [:]
    private var running: [DeviceServer.Kind: Running] = [:]
    private var bell: AsyncStream<Void>.Continuation?

    /// A row with everything its server depends on.
    fileprivate struct Wish: Sendable, Hashable {
        var server: DeviceServer
        var settings: SerialSettings
        /// Of remote connection alone.
        var remote: RemoteSettings?
    }

    /// A server that has been started.
    private struct Running: Sendable {
        let wish: Wish
        let stop: AsyncStream<Void>.Continuation
        let served: ServedPort
        let transit: TransitPort?
        let remote: RemoteServer?
    }

    init(
        door: (any ConnectionDoor)?, lines: LineRegistry, headEnd: HeadEndServer, remote: RemoteParts,
        journal: ConnectionJournal, clock: any MonotonicClock, wall: any WallClock, logger: Logger
    ) {
        self.journal = journal
        self.remote = remote
        self.door = door
        self.lines = lines
        self.headEnd = headEnd
        self.clock = clock
        self.wall = wall
        self.logger = logger.labelled("servers")
    }

    package nonisolated var unownedExecutor: UnownedSerialExecutor { clock.executor }

    /// Takes a configuration; `run` does the rest.
    func apply(_ configuration: GatewayConfiguration) async {
        wanted = [:]
        for server in configuration.servers where server.type != .push {
            let row = configuration.interfaces.first { $0.interface == server.type.interface }
            wanted[server.type] = Wish(
                server: server, settings: row?.settings ?? .standard,
                remote: server.type == .remote ? configuration.remote(server.remote) : nil)
        }
        await headEnd.apply(configuration.headEnd)
        bell?.yield()
    }

    /// What the servers show, in the order of their types.
    package var reports: [ServerReport] {
        get async {
            var reports: [ServerReport] = []
            for kind in DeviceServer.Kind.allCases {
                guard let wish = wanted[kind] else { continue }
                let now = running[kind]
                let port = await now?.served.state ?? ServedPort.State()
                let transit = await now?.transit?.state
                var clients = kind == .rtu327 ? await headEnd.state.map(\.report) : []
                if let client = transit?.client { clients.append(client.report) }
                let guests = await now?.remote?.state ?? []
                clients += guests.filter { !$0.isWaiting }.map(\.report)
                var report = ServerReport(
                    type: kind.rawValue, port: wish.server.port, isListening: port.isListening,
                    fault: port.fault, clients: clients,
                    waiting: (transit?.waiting ?? []) + guests.filter(\.isWaiting).map(\.peer),
                    turnedAway: port.turnedAway + (transit?.turnedAway ?? 0))
                if kind == .rtu327 { await describe(&report) }
                reports.append(report)
            }
            return reports
        }
    }

    /// Adds which meters are not served, and how open questions are answered.
    private func describe(_ report: inout ServerReport) async {
        let shared = await headEnd.sharedNumbers.sorted { $0.key < $1.key }
        report.sharedNumbers = shared.map { ("\($0.key)", $0.value) }
        let profile = await headEnd.profile
        report.profile = (
            QuirkProfile.version, QuirkProfile.quirks.map { ($0.key, profile.value(of: $0.key)) }
        )
    }

    /// Closes the client of a transit port, or those of remote connection at a line; their addresses, nil
    /// when there are none.
    package func drop(_ type: String, line: String? = nil) async -> String? {
        guard let kind = DeviceServer.Kind(rawValue: type) else { return nil }
        if let remote = running[kind]?.remote {
            let peers = await remote.drop(line: line)
            return peers.isEmpty ? nil : peers.joined(separator: ", ")
        }
        return await running[kind]?.transit?.drop()
    }

    /// Why nobody could listen at a port just now; nil when somebody could.
    func fault(ofPort port: Int) async -> Fault? {
        guard let door else { return nil }
        do throws(ChannelError) {
            await (try await door.listen(port: port, security: .plain)).close()
            return nil
        } catch {
            return Fault(.serverListen, ["port": "\(port)", "reason": error.reason])
        }
    }

    /// Listens as the configuration says until cancelled.
    func run() async {
        guard let door else { return }
        let (changes, bell) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        self.bell = bell
        await withDiscardingTaskGroup { group in
            follow(door, in: &group)
            for await _ in changes { follow(door, in: &group) }
            group.cancelAll()
        }
    }

    /// Ends what is no longer wanted so, and starts what is new. A port moves from one row to another only
    /// when the first has let go of it; the second tries until then.
    private func follow(_ door: any ConnectionDoor, in group: inout DiscardingTaskGroup) {
        for (kind, now) in running where wanted[kind] != now.wish {
            now.stop.finish()
            running[kind] = nil
        }
        for (kind, wish) in wanted where running[kind] == nil {
            let (stopped, stop) = AsyncStream.makeStream(of: Void.self)
            let now = Running(
                wish: wish, stop: stop,
                served: ServedPort(
                    wish.server.port, security: wish.security, door: door, clock: clock, logger: logger),
                transit: wish.server.type.interface.map { transit(wish, interface: $0) },
                remote: wish.remote.map { remote($0) })
            running[kind] = now
            group.addTask { await self.serve(now, until: stopped) }
        }
    }

    private func transit(_ wish: Wish, interface: Int) -> TransitPort {
        let rules = wish.server.transit
        let settings = TransitSettings(
            line: .interface("Iface\(interface)"), serial: wish.settings,
            secondClient: rules.secondClient, patience: .seconds(rules.waitSeconds),
            idleLimit: rules.idleSeconds == 0 ? nil : .seconds(rules.idleSeconds),
            quietLimit: .seconds(rules.quietSeconds), hasEcho: rules.hasEcho,
            isComPort: rules.isComPort)
        return TransitPort(settings, lines: lines, clock: clock, wall: wall, logger: logger)
    }

    private func serve(_ now: Running, until stopped: AsyncStream<Void>) async {
        let list = now.wish.server.allow
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                await now.served.run(
                    admits: { peer in list.isEmpty || list.contains { $0.contains(peer) } },
                    serve: { connection in await self.serve(connection, now) })
            }
            if let remote = now.remote { group.addTask { await remote.run() } }
            group.addTask { for await _ in stopped {} }
            _ = await group.next()
            group.cancelAll()
        }
    }

    private func remote(_ settings: RemoteSettings) -> RemoteServer {
        RemoteServer(
            settings, lines: lines, runner: remote.runner, access: remote.access, entropy: remote.entropy,
            clock: clock, wall: wall, logger: logger)
    }

    private func serve(_ connection: IncomingConnection, _ now: Running) async {
        let began = wall.now
        let served =
            if let transit = now.transit {
                await transit.serve(connection)
            } else if let remote = now.remote {
                await remote.serve(connection)
            } else {
                await headEnd.serve(connection.channel, peer: connection.peer)
            }
        let server = now.wish.server
        await journal.note(
            server: server.type.rawValue, port: server.port, peer: connection.peer, began: began, served)
    }
}

extension DeviceServers.Wish {
    /// How the port carries octets.
    fileprivate var security: ConnectionSecurity {
        let isSecure = server.type == .remote ? server.remote.isEnciphered : server.transit.isSecure
        return isSecure ? .tls : .plain
    }
}

extension GatewayConfiguration {
    /// What the RTU327 server is told.
    var headEnd: HeadEndSettings {
        let server = servers.first { $0.type == .rtu327 }
        let meters = meters.filter(\.hasReadings).map { row in
            HeadEndMeter(
                id: row.id, serial: row.serial, zone: row.zone(device: time.offset),
                type: HeadEndMeter.typeNumber(ofTypeName: row.type.name),
                objectType: Int32(row.rtuObjectType ?? 0), objectNumber: Int32(row.rtuObjectNumber ?? 0),
                feederNumber: Int32(row.rtuFeeder ?? 0))
        }
        let passwords = headEndPasswords.compactMap { row in
            row.password.isEmpty ? nil : PasswordText.octets(of: row.password.revealedText)
        }
        // A profile that was saved has been checked; a damaged file leaves the usual answers.
        let profile = (try? QuirkProfile.make(server?.quirks ?? [:]).get()) ?? .usual
        return HeadEndSettings(meters: meters, passwords: passwords, profile: profile)
    }
}

extension HeadEndSession {
    /// As the page of servers shows it.
    fileprivate var report: ServerReport.Client {
        ServerReport.Client(
            peer: peer, since: since, received: received, sent: sent, requests: requests,
            last: lastCommand.map { "\($0.name) \(lastResult?.rawValue ?? 0)" })
    }
}

extension TransitState.Client {
    /// As the page of servers shows it.
    fileprivate var report: ServerReport.Client {
        ServerReport.Client(
            peer: peer, since: since, received: count.toLine, sent: count.toClient,
            holdsLine: count.heldSince != nil)
    }
}
