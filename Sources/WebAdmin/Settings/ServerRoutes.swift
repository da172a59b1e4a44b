// «Серверы»: what listens (api 2.8), the admin's own ports first, and how the server of pushes fares, which
// is ours.

import Configuration
import Drivers
import Faults
import JSONText
import Logging
import Polling
import Timekeeping

extension WebAdmin {
    /// The admin's servers, which the command line places, then the rows of the table.
    func listServers() async -> Answer {
        let revision = await parts.store.current
        let own = parts.servers.map { server in
            JSONValue.make([("type", .string(server.type)), ("port", .integer(Int64(server.port)))])
        }
        let rows = own + revision.configuration.rows(of: .servers, for: .client)
        return .value(.make([("Settings", .array(rows))]), revision: revision.number)
    }

    /// `{Servers: [{type, port, listening, code?, text?, turnedAway, waiting: [peer], Clients: [{peer, since,
    /// received, sent, holdsLine, line?, user?, requests?, last?}], profile?, Shared?: [{number, meters}]}]}`
    /// of transit ports, the RTU327 server and remote connection.
    func serverStates(_ context: RequestContext) async -> Answer {
        let offset = await parts.store.current.configuration.time.offset
        let servers = await parts.services.servers().map { server -> JSONValue in
            var members: [(String, JSONValue)] = [
                ("type", .string(server.type)), ("port", .integer(Int64(server.port))),
                ("listening", .boolean(server.isListening)),
                ("turnedAway", .integer(Int64(server.turnedAway))),
                ("waiting", .array(server.waiting.map { .string($0) })),
                ("Clients", .array(server.clients.map { $0.json(in: offset) })),
            ]
            if let profile = server.profile {
                let values = profile.values.map { ($0.key, JSONValue.string($0.value)) }
                members.append(("profile", .make([("version", .integer(Int64(profile.version)))] + values)))
                let shared = server.sharedNumbers.map { number, meters in
                    JSONValue.make([
                        ("number", .string(number)),
                        ("meters", .array(meters.map { .integer(Int64($0)) })),
                    ])
                }
                members.append(("Shared", .array(shared)))
            }
            if let fault = server.fault {
                members.append(("code", .string(fault.code.rawValue)))
                members.append(("text", .string(FaultCatalogue.text(of: fault, in: context.language))))
            }
            return .make(members)
        }
        return .value(.make([("Servers", .array(servers))]))
    }

    /// Throws when edits want a new port that another program has: the old table stays.
    func refusePortsOfOthers(_ edits: [TableEdit]) async throws(Faults) {
        guard let edit = edits.last(where: { $0.table == .servers }) else { return }
        let before = await parts.store.current.configuration.servers
        let wanted = try await parts.store.preview(edits).configuration.servers
        let offset = edit.verb == .add ? before.count : 0
        var faults: [Fault] = []
        for (index, server) in wanted.enumerated() where !before.contains(where: { $0.port == server.port }) {
            guard var fault = await parts.services.fault(ofPort: server.port) else { continue }
            fault.path = "/Settings/\(index - offset)/port"
            faults.append(fault)
        }
        if !faults.isEmpty { throw Faults(faults) }
    }

    /// Closes the client of a transit port, `{type}`, or those of remote connection, `{type, line?}`; 409
    /// when there is none.
    func dropClient(_ context: RequestContext) async throws -> Answer {
        let wish = try context.object()
        guard let type = wish["type"]?.text else {
            throw Faults([Fault(.inputMissing, path: "/type")])
        }
        guard let peer = await parts.services.dropClient(of: type, line: wish["line"]?.text) else {
            throw Faults([Fault(.inputUnknownReference, ["value": type], path: "/type")])
        }
        logger.log(.notice, "transit client dropped", [(.user, context.login), (.peer, peer)])
        return .done()
    }

    /// `{port, connections, turnedAway, received, taken, rows, last, refused: {reason: count}, Refusals:
    /// [{time, peer, reason}]}`; `port` is absent while nothing listens, `code` and `text` say why it does
    /// not although it should.
    func pushState(_ context: RequestContext) async -> Answer {
        let offset = await parts.store.current.configuration.time.offset
        let status = await parts.services.pushes()
        var members: [(String, JSONValue)] = []
        if let port = status.port { members.append(("port", .integer(Int64(port)))) }
        members += [
            ("connections", .integer(Int64(status.connections))),
            ("turnedAway", .integer(Int64(status.turnedAway))),
            ("received", .integer(Int64(status.received))), ("taken", .integer(Int64(status.taken))),
            ("rows", .integer(Int64(status.rows))),
        ]
        if let last = status.lastAt { members.append(("last", .string(last.iso8601(in: offset)))) }
        let refused = PushFault.allCases.compactMap { fault -> (String, JSONValue)? in
            status.refused[fault].map { (fault.rawValue, .integer(Int64($0))) }
        }
        let refusals = status.refusals.reversed().map { refusal in
            JSONValue.make([
                ("time", .string(refusal.at.iso8601(in: offset))), ("peer", .string(refusal.peer)),
                ("reason", .string(refusal.fault.rawValue)),
            ])
        }
        members += [("refused", .make(refused)), ("Refusals", .array(refusals))]
        if let fault = status.fault {
            members.append(("code", .string(fault.code.rawValue)))
            members.append(("text", .string(FaultCatalogue.text(of: fault, in: context.language))))
        }
        return .value(.make(members))
    }
}

extension ServerReport.Client {
    /// As the API tells it.
    fileprivate func json(in offset: ZoneOffset) -> JSONValue {
        var members: [(String, JSONValue)] = [
            ("peer", .string(peer)), ("since", .string(since.iso8601(in: offset))),
            ("received", .integer(received)), ("sent", .integer(sent)), ("holdsLine", .boolean(holdsLine)),
        ]
        if let line { members.append(("line", .string(line))) }
        if let user { members.append(("user", .string(user))) }
        if let requests { members.append(("requests", .integer(Int64(requests)))) }
        if let last { members.append(("last", .string(last))) }
        return .make(members)
    }
}
