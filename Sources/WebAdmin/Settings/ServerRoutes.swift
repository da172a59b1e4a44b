// «Серверы»: what listens (api 2.8), the admin's own ports first, and how the server of pushes fares, which
// is ours.

import Configuration
import Drivers
import Faults
import JSONText
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
