// Journals of the device (api 2.18): the firings of the event system, and who was connected to its servers,
// newest first; the vendor's members with our own beside them.

import Archive
import Configuration
import Faults
import JSONText
import Seams
import Timekeeping

extension WebAdmin {
    static let journalRoutes: [Route] = [
        Route("GET", "/jrnl/action", .read) { try await $0.firings($1) },
        Route("GET", "/jrnl/srvconn", .read) { try await $0.connections($1) },
    ]

    /// `?limit&before` → `{Jrnl: [{id, time, server, client, iface, type, ended, received, sent, requests,
    /// result}]}`; `time` and `ended` in ISO-8601, `server` the port behind `*:`, `iface` 1 for Ethernet.
    private func connections(_ context: RequestContext) async throws -> Answer {
        let limit = try WebAdmin.number("limit", in: context, 1...1_000, otherwise: 200)
        let before = try WebAdmin.number("before", in: context, 0...Int.max, otherwise: 0)
        let offset = await parts.store.current.configuration.time.offset
        let entries = try await parts.services.connections(before: before > 0 ? before : nil, limit: limit)
        let rows = entries.map { entry in
            JSONValue.make([
                ("id", .integer(Int64(entry.number))), ("time", .string(entry.began.iso8601(in: offset))),
                ("server", .string("*:\(entry.port)")), ("client", .string(entry.peer)),
                ("iface", .integer(1)), ("type", .string(entry.server)),
                ("ended", .string(entry.ended.iso8601(in: offset))),
                ("received", .integer(entry.served.received)), ("sent", .integer(entry.served.sent)),
                ("requests", .integer(Int64(entry.served.requests))), ("result", .string(entry.served.end)),
            ])
        }
        return .value(.make([("Jrnl", .array(rows))]))
    }

    /// `?limit&before` → `{Jrnl: [{id, time, event: {type, id}, action: {type, id}, rule, planned, began,
    /// ended, result, text}]}`; `time` is the planned moment in Unix seconds, `result` one of ok, warn, err,
    /// idle.
    private func firings(_ context: RequestContext) async throws -> Answer {
        let limit = try WebAdmin.number("limit", in: context, 1...1_000, otherwise: 200)
        let before = try WebAdmin.number("before", in: context, 0...Int.max, otherwise: 0)
        let offset = await parts.store.current.configuration.time.offset
        let entries = try await parts.services.firings(before: before > 0 ? before : nil, limit: limit)
        let rows = entries.map { entry -> JSONValue in
            let planned = WallTime(civil: entry.planned, offset: offset)
            func named(_ part: (type: String, id: Int)) -> JSONValue {
                .make([("type", .string(part.type)), ("id", .integer(Int64(part.id)))])
            }
            let (result, text) = WebAdmin.words(of: entry, context.language)
            return .make([
                ("id", .integer(Int64(entry.number))), ("time", .integer(planned.unixSeconds)),
                ("event", named(entry.event)), ("action", named(entry.action)),
                ("rule", .integer(Int64(entry.rule))), ("planned", .string(planned.iso8601(in: offset))),
                ("began", .string(entry.began.iso8601(in: offset))),
                ("ended", .string(entry.ended.iso8601(in: offset))), ("result", .string(result)),
                ("text", .string(text)),
            ])
        }
        return .value(.make([("Jrnl", .array(rows))]))
    }

    private static func words(of entry: FiringEntry, _ language: FaultLanguage) -> (String, String) {
        func said(_ russian: String, _ english: String) -> String {
            language == .russian ? russian : english
        }
        switch entry.result {
        case .done where entry.action.type == RelayCommand.action:
            let isWhole = entry.fault?.code == .relaySwitched
            return (isWhole ? "ok" : "warn", RelayCommand.text(of: entry, in: language))
        case .failed where entry.action.type == RelayCommand.action:
            return ("err", RelayCommand.text(of: entry, in: language))
        case .done:
            let isWhole = entry.good >= entry.total
            return (
                isWhole ? "ok" : "warn",
                said("\(entry.good) из \(entry.total)", "\(entry.good) of \(entry.total)")
            )
        case .failed:
            return ("err", entry.fault.map { FaultCatalogue.text(of: $0, in: language) } ?? "")
        case .coalesced:
            return ("idle", said("объединено с идущим запуском", "joined to the run under way"))
        case .satisfied:
            return ("idle", said("не потребовалось: данные уже есть", "not needed: the data are there"))
        }
    }
}
