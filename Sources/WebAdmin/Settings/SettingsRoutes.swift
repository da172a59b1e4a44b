// The settings tables (api 1.7, 2.1, 2.6, 2.11–2.13) and our own additions: one save of several tables, a
// preview of what a save would lose, revisions, and an audited look at a meter's password.

import Archive
import Configuration
import Faults
import JSONText
import Logging
import Seams
import Timekeeping

extension WebAdmin {
    /// Four verbs of every table, then our additions.
    static var settingsRoutes: [Route] {
        ConfigurationTable.allCases.flatMap { table -> [Route] in
            let isAccounts = table == .accounts
            let write: Right = isAccounts ? .accounts : .configure
            return [
                Route("GET", table.path, isAccounts ? .accounts : .read) {
                    table == .servers ? await $0.listServers() : await $0.read(table, $1)
                },
                Route("POST", table.path, write) { try await $0.save(table, .add, $1) },
                Route("PUT", table.path, write) { try await $0.save(table, .replace, $1) },
                Route("DELETE", table.path, write) { try await $0.save(table, .remove, $1) },
            ]
        } + [
            Route("PUT", "/settings/changes", .configure) { try await $0.saveAll($1) },
            Route("POST", "/settings/preview", .configure) { try await $0.preview($1) },
            Route("POST", "/settings/meter/table/{id}/reveal", .reveal) { try await $0.reveal($1) },
        ]
    }

    private func read(_ table: ConfigurationTable, _ context: RequestContext) async -> Answer {
        let revision = await parts.store.current
        var document = revision.configuration.document(of: table)
        // The vendor's own page reads this one table under the lower-case key (api 1.7).
        if table == .schedules, !context.wantsFaults, let list = document["Settings"] {
            document = document.setting("settings", to: list)
        }
        return .value(document, revision: revision.number)
    }

    private func save(
        _ table: ConfigurationTable, _ verb: TableEdit.Verb, _ context: RequestContext
    ) async throws -> Answer {
        try await commit([TableEdit(table, verb, body: try context.body())], context)
    }

    private func saveAll(_ context: RequestContext) async throws -> Answer {
        try await commit(try edits(in: try context.object(), context), context)
    }

    private func commit(_ edits: [TableEdit], _ context: RequestContext) async throws -> Answer {
        try await refusePortsOfOthers(edits)
        let outcome = try await committing(edits, context)
        guard context.wantsFaults else { return .done(revision: outcome.revision.number) }
        let warnings = outcome.warnings.map { FaultAnswer.json(of: $0, language: context.language) }
        return .done(
            [("revision", .integer(Int64(outcome.revision.number))), ("warnings", .array(warnings))],
            revision: outcome.revision.number)
    }

    /// Saves; a conflict also says when the other save was, in the device's time.
    private func committing(
        _ edits: [TableEdit], _ context: RequestContext
    ) async throws(Faults) -> CommitOutcome {
        do throws(Faults) {
            return try await parts.store.commit(
                edits, user: context.login, expected: context.expectedRevision)
        } catch {
            let offset = await parts.store.current.configuration.time.offset
            throw Faults(
                error.all.map { fault in
                    guard let seconds = fault.parameters["time"].flatMap({ Int64($0) }) else { return fault }
                    var told = fault
                    told.parameters["when"] = WallTime(unixSeconds: seconds).iso8601(in: offset)
                    return told
                })
        }
    }

    /// A dry run: what would go (D8), counted by the archive, and what is allowed but odd.
    private func preview(_ context: RequestContext) async throws -> Answer {
        let edited = try await parts.store.preview(try edits(in: try context.object(), context))
        let meters = edited.losses.filter { $0.table == .meters }.compactMap { Int($0.key) }
        let archives = meters.isEmpty ? [] : try await parts.archive.losses(ofDeleting: meters)
        let writer = LossTexts(
            language: context.language, configuration: await parts.store.current.configuration)
        return .done([
            ("lost", .array(writer.lines(edited.losses, archives: archives))),
            (
                "warnings",
                .array(edited.warnings.map { FaultAnswer.json(of: $0, language: context.language) })
            ),
        ])
    }

    /// One change `{path, method?, body}` or several under `changes`.
    private func edits(in body: JSONValue, _ context: RequestContext) throws -> [TableEdit] {
        let changes = body["changes"]?.elements ?? [body]
        return try changes.enumerated().map { index, change in
            let place = body["changes"] == nil ? "" : "/changes/\(index)"
            guard let path = change["path"]?.text else {
                throw Faults([Fault(.inputMissing, path: place + "/path")])
            }
            guard let table = ConfigurationTable(path: path) else {
                throw Faults([Fault(.inputUnknownReference, ["value": path], path: place + "/path")])
            }
            if table == .accounts, !context.rights.contains(.accounts) { throw Fault(.rightMissing) }
            return try TableEdit(
                table, try WebAdmin.verb(change["method"]?.text, place), body: change["body"])
        }
    }

    private static func verb(_ method: String?, _ place: String) throws(Faults) -> TableEdit.Verb {
        switch method?.uppercased() ?? "PUT" {
        case "PUT": return .replace
        case "POST": return .add
        case "DELETE": return .remove
        default: throw Faults([Fault(.inputRange, ["allowed": "PUT, POST, DELETE"], path: place + "/method")])
        }
    }

    /// Shows a meter's passwords to an administrator, and notes who looked (D12).
    private func reveal(_ context: RequestContext) async throws -> Answer {
        let configuration = await parts.store.current.configuration
        guard let id = Int(context.parameters[0]), let meter = configuration.meter(id) else {
            throw Fault(.notFound)
        }
        try await noteRevealing(of: id, to: context)
        return .done([
            ("passRd", .string(meter.readPassword.revealedHexadecimal)),
            ("passWr", .string(meter.writePassword.revealedHexadecimal)),
            ("ek", .string(meter.keys.encryptionKey.revealedHexadecimal)),
            ("ak", .string(meter.keys.authenticationKey.revealedHexadecimal)),
        ])
    }

    /// The audit comes first: nothing is shown that could not be noted.
    private func noteRevealing(of id: Int, to context: RequestContext) async throws(Fault) {
        logger.log(.notice, "meter passwords revealed", [(.user, context.login), (.meter, "\(id)")])
        let entry = JournalEntry(
            at: parts.wall.now, meterID: id, code: "password.revealed",
            parameters: ["user": context.login, "peer": context.request.peer])
        try await parts.archive.note(entry)
    }
}
