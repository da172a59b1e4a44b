// The last configurations: who, when and what; the difference of any to the one before it; the way back for
// all tables, one table or one record (D7). Ours.

import Archive
import Configuration
import Faults
import JSONText
import Seams
import Timekeeping

extension WebAdmin {
    static let revisionRoutes: [Route] = [
        Route("GET", "/settings/revisions", .read) { admin, _ in await admin.listRevisions() },
        Route("GET", "/settings/revisions/{revision}/diff", .read) { try await $0.difference($1) },
        Route("POST", "/settings/revisions/{revision}/restore", .configure) { try await $0.restore($1) },
    ]

    private func listRevisions() async -> Answer {
        let offset = await parts.store.current.configuration.time.offset
        let rows = await parts.store.history().map { manifest in
            JSONValue.make([
                ("revision", .integer(Int64(manifest.number))), ("user", .string(manifest.user)),
                ("time", .string(manifest.time.iso8601(in: offset))),
                ("tables", .array(manifest.tables.map { .string($0.path) })),
            ])
        }
        return .value(.make([("Revisions", .array(rows))]))
    }

    /// `?since=n` (default: the revision before) → `{Changes: [{table, record, path, kind, old?, new?}]}`.
    private func difference(_ context: RequestContext) async throws -> Answer {
        let number = try WebAdmin.revision(context)
        let history = await parts.store.history().map(\.number)
        let before = history.first { $0 < number } ?? number
        let since = try WebAdmin.number("since", in: context, 0...Int.max, otherwise: before)
        let newer = try await parts.store.revision(number).configuration
        let older = try await parts.store.revision(since).configuration
        let changes = newer.changes(since: older).filter {
            $0.table != .accounts || context.rights.contains(.accounts)
        }
        return .value(.make([("Changes", .array(changes.map { WebAdmin.json(of: $0) }))]))
    }

    private static func json(of change: ConfigurationChange) -> JSONValue {
        var members: [(String, JSONValue)] = [
            ("table", .string(change.table.path)), ("record", .string(change.record)),
            ("path", .string(change.path)), ("kind", .string(change.kind.rawValue)),
        ]
        if let old = change.old { members.append(("old", old)) }
        if let new = change.new { members.append(("new", new)) }
        return .make(members)
    }

    /// Without a body everything but the accounts goes back; `{table}` one table, `{table, record}` one
    /// record. The consequences are those of any save (D8).
    private func restore(_ context: RequestContext) async throws -> Answer {
        let number = try WebAdmin.revision(context)
        let body = try context.body()
        guard let path = body?["table"]?.text else {
            let outcome = try await parts.store.restore(
                number, user: context.login, expected: context.expectedRevision)
            return .done(
                [("revision", .integer(Int64(outcome.revision.number)))], revision: outcome.revision.number)
        }
        guard let table = ConfigurationTable(path: path) else {
            throw Faults([Fault(.inputUnknownReference, ["value": path], path: "/table")])
        }
        if table == .accounts { throw Fault(.rightMissing) }
        let rows = try await rows(of: table, record: body?["record"], inRevision: number)
        let outcome = try await parts.store.commit(
            [TableEdit(table, .replace, rows: rows)], user: context.login, expected: context.expectedRevision)
        return .done(
            [("revision", .integer(Int64(outcome.revision.number)))], revision: outcome.revision.number)
    }

    private func rows(
        of table: ConfigurationTable, record: JSONValue?, inRevision number: Int
    ) async throws -> [JSONValue] {
        let older = try await parts.store.revision(number).configuration
        guard let record, table.wrapper != nil else { return older.rows(of: table, for: .stored) }
        let key = record.text ?? record.wholeNumber.map(String.init) ?? ""
        let current = await parts.store.current.configuration
        guard let rows = current.rows(of: table, restoring: key, from: older) else {
            throw Faults([Fault(.inputUnknownReference, ["value": key], path: "/record")])
        }
        return rows
    }

    private static func revision(_ context: RequestContext) throws(Fault) -> Int {
        guard let number = Int(context.parameters[0]) else { throw Fault(.notFound) }
        return number
    }
}
