// Login, logout, the password that must be changed, and who am I (api 1.3–1.5, decision D10).

import Configuration
import Faults
import JSONText
import Logging
import Seams

extension WebAdmin {
    static let accessRoutes: [Route] = [
        Route("POST", "/auth", nil) { try await $0.logIn($1) },
        Route("PUT", "/auth/password", nil) { try await $0.changePassword($1) },
        Route("GET", "/auth/session", .read) { try await $0.describeSession($1) },
        Route("GET", "/main_index", .read) { _, _ in .plain("200 OK") },
        Route("GET", "/logoff", nil) { await $0.logOff($1) },
        Route("POST", "/logoff", nil) { await $0.logOff($1) },
        Route("PUT", "/logoff", nil) { await $0.logOff($1) },
        Route("DELETE", "/logoff", nil) { await $0.logOff($1) },
    ]

    private func logIn(_ context: RequestContext) async throws -> Answer {
        let (login, password) = try WebAdmin.credentials(in: try context.object(), password: "password")
        let account = try await gate.verify(
            login: login, password: password, address: context.request.peer)
        guard account.level != .none else { throw Fault(.rightMissing) }
        let token = await sessions.open(login: account.login)
        logger.log(.notice, "logged in", [(.user, account.login), (.peer, context.request.peer)])
        let cookie =
            "sessionid=\(token); Path=/; HttpOnly; SameSite=Strict"
            + (context.request.isSecure ? "; Secure" : "")
        guard context.wantsFaults else {
            return .response(
                HTTPResponse(
                    status: 200, headers: [("Content-Type", "text/html"), ("Set-Cookie", cookie)],
                    body: Array("200 OK".utf8)))
        }
        let body = JSONValue.make([
            ("res", .integer(0)), ("login", .string(account.login)),
            ("lvl", .integer(Int64(account.level.rawValue))),
            ("mustChange", .boolean(account.mustChangePassword)),
        ])
        return .response(
            HTTPResponse(
                status: 200, headers: [("Content-Type", "application/json"), ("Set-Cookie", cookie)],
                body: body.octets))
    }

    private func logOff(_ context: RequestContext) async -> Answer {
        await sessions.close(context.sessionTokens)
        return .plain("200 OK", [("Set-Cookie", "sessionid=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0")])
    }

    /// Open to every level and to sessions with a factory password; the old password is the proof.
    private func changePassword(_ context: RequestContext) async throws -> Answer {
        let body = try context.object()
        let (login, old) = try WebAdmin.credentials(in: body, password: "old")
        guard let new = body["new"]?.text, !new.isEmpty else {
            throw Faults([Fault(.inputMissing, path: "/new")])
        }
        guard new.count >= 8, new != old, new != login else {
            throw Faults([Fault(.inputFormat, ["allowed": "≥ 8"], path: "/new")])
        }
        let account = try await gate.verify(
            login: login, password: old, address: context.request.peer)
        guard account.level != .none else { throw Fault(.rightMissing) }
        let outcome = try await parts.store.setPassword(new, login: login, user: login)
        await sessions.close(login: login)
        logger.log(.notice, "password changed", [(.user, login), (.peer, context.request.peer)])
        return .done(revision: outcome.revision.number)
    }

    private func describeSession(_ context: RequestContext) async throws -> Answer {
        let accounts = await parts.store.current.configuration.accounts
        let level = accounts.first { $0.login == context.login }?.level ?? .none
        let rights = context.rights.map(\.rawValue).sorted().map(JSONValue.string)
        return .value(
            .make([
                ("login", .string(context.login)), ("lvl", .integer(Int64(level.rawValue))),
                ("rights", .array(rights)),
            ]))
    }

    private static func credentials(
        in body: JSONValue, password name: String
    ) throws(Faults) -> (login: String, password: String) {
        guard let login = body["login"]?.text else { throw Faults([Fault(.inputMissing, path: "/login")]) }
        guard let password = body[name]?.text else { throw Faults([Fault(.inputMissing, path: "/\(name)")]) }
        guard password.utf8.count <= 1_024 else { throw Faults([Fault(.inputTooLarge, path: "/\(name)")]) }
        return (login, password)
    }
}

extension Answer {
    /// A short text, as the vendor's session answers are.
    static func plain(_ text: String, _ headers: [(name: String, value: String)] = []) -> Answer {
        .response(
            HTTPResponse(
                status: 200,
                headers: [("Content-Type", "text/html"), ("Cache-Control", "no-store")] + headers,
                body: Array(text.utf8)))
    }
}
