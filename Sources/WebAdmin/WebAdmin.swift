// The web admin and the device's JSON API behind one `HTTPHandler` (decision D3). `Gateway` makes it from its
// parts, gives it to the HTTP door and runs `run` beside the door.
//
//     request ─► static file?  ─► yes: from memory, gzip, entity tag
//             └► route ─► session ─► right ─► origin ─► action ─► JSON, or faults in the client's manner

import Configuration
import Faults
import JSONText
import Logging
package import Seams
import Timekeeping

/// Answers everything that comes in by HTTP.
package final class WebAdmin: HTTPHandler {
    let parts: WebAdminParts
    let sessions: SessionTable
    let gate: AccountGate
    let jobs: JobTable
    let changes: ChangeLog
    let pages: StaticFiles
    let logger: Logger
    private let table = RouteTable(WebAdmin.routes)

    /// The admin; reads and compresses the pages once. Throws when `www/` cannot be read.
    package init(_ parts: WebAdminParts) throws {
        self.parts = parts
        logger = parts.logger.labelled("web")
        sessions = SessionTable(clock: parts.clock, entropy: parts.entropy)
        gate = parts.gate
        jobs = JobTable(clock: parts.clock)
        changes = ChangeLog(parts: parts)
        pages = try StaticFiles(files: parts.files, compressor: parts.compressor)
    }

    /// Runs the jobs that clients start; a service of the main task group.
    package func run() async throws {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.countWrittenOctets() }
            for await order in jobs.orders { group.addTask { await self.perform(order) } }
        }
        try Task.checkCancellation()
    }

    /// All routes, by subject.
    static var routes: [Route] {
        accessRoutes + settingsRoutes + stateRoutes + actionRoutes + readingRoutes + gapRoutes + jobRoutes
            + revisionRoutes + completenessRoutes + archiveRoutes + exportRoutes + spreadsheetRoutes
            + journalRoutes + alarmRoutes + meterControlRoutes + relayRoutes + lineRoutes
    }

    /// Answers one exchange.
    package func handle(_ exchange: any HTTPExchange) async {
        let request = exchange.request
        var context = RequestContext(exchange: exchange)
        let method = request.method == "HEAD" ? "GET" : request.method
        guard ["GET", "POST", "PUT", "DELETE"].contains(method) else {
            return await refuse(context, [Fault(.notFound)], status: 405)
        }
        switch table.match(method: method, path: PathAlias.resolve(request.path)) {
        case .route(let route, let parameters):
            context.parameters = parameters
            await perform(route, context)
        case .otherMethod:
            await refuse(context, [Fault(.notFound)], status: 501)
        case .unknown:
            if method == "GET", let page = await page(context) { return await exchange.respond(page) }
            await refuse(context, [Fault(.notFound)], status: request.path.contains(".") ? 404 : 405)
        }
    }

    private func perform(_ route: Route, _ context: RequestContext) async {
        var context = context
        do {
            if route.method != "GET", context.isForeign { throw Fault(.originRefused) }
            if let right = route.right { try await authorize(&context, right) }
            switch try await route.action(self, context) {
            case .json(let octets, let revision):
                await context.exchange.respond(WebAdmin.json(octets, revision: revision))
            case .response(let response): await context.exchange.respond(response)
            case .streamed: break
            }
        } catch let faults as Faults {
            await refuse(context, faults.all)
        } catch let fault as Fault {
            await refuse(context, [fault])
        } catch is HTTPClientGone {
            await context.exchange.finish()
        } catch {
            logger.log(.error, "a request failed", [(.path, context.request.path), (.error, "\(error)")])
            await refuse(context, [Fault(.internalError)])
        }
    }

    /// Looks the session up and what its account may do now; a session with a factory password may do nothing
    /// here.
    private func authorize(_ context: inout RequestContext, _ right: Right) async throws(Fault) {
        guard let session = await sessions.find(context.sessionTokens),
            let account = await parts.store.current.configuration.accounts.first(where: {
                $0.login == session.login
            })
        else { throw Fault(.sessionMissing) }
        guard !account.mustChangePassword else { throw Fault(.passwordMustChange) }
        context.login = account.login
        context.rights = account.level.rights
        guard context.rights.contains(right) else { throw Fault(.rightMissing) }
    }

    private func refuse(_ context: RequestContext, _ faults: [Fault], status: Int? = nil) async {
        let response = FaultAnswer.response(
            faults, status: status, wantsFaults: context.wantsFaults, language: context.language)
        await context.exchange.respond(response)
    }

    private func page(_ context: RequestContext) async -> HTTPResponse? {
        guard context.request.path == "/" else { return pages.response(to: context.request) }
        // Without a session the front door is the login form (REQ-040).
        let isKnown = await sessions.find(context.sessionTokens) != nil
        return pages.response(to: context.request, name: isKnown ? "index.html" : "login.html")
    }

    private static func json(_ octets: [UInt8], revision: Int?) -> HTTPResponse {
        var headers = [("Content-Type", "application/json"), ("Cache-Control", "no-store")]
        if let revision { headers.append(("ETag", "\"\(revision)\"")) }
        return HTTPResponse(status: 200, headers: headers, body: octets)
    }
}

/// Paths of older clients (api 1.7).
enum PathAlias {
    static func resolve(_ path: String) -> String { aliases[path] ?? path }

    private static let aliases = ["/settings/action/mqtt": "/settings/actions/mqtt"]
}
