// Commands to the device itself (api 2.6, 2.16).

import Configuration
import Faults
import JSONText
import Logging
import Seams
import Timekeeping

extension WebAdmin {
    static let actionRoutes: [Route] = [
        Route("PUT", "/action/time/set", .control) { try await $0.setTime($1) },
        Route("POST", "/action/transit/drop", .dropTransit) { try await $0.dropClient($1) },
        Route("POST", "/action/restart", .control) { try await $0.restart($1) },
    ]

    private func setTime(_ context: RequestContext) async throws -> Answer {
        let offset = await parts.store.current.configuration.time.offset
        guard let text = try context.object()["time"]?.text else {
            throw Faults([Fault(.inputMissing, path: "/time")])
        }
        guard let time = WallTime(iso8601: text, local: offset) else {
            throw Faults([Fault(.inputFormat, ["value": text, "allowed": "ISO 8601"], path: "/time")])
        }
        do { try await parts.host.setClock(time) } catch {
            throw Fault(.internalError, ["reason": "\(error)"])
        }
        logger.log(.notice, "clock set", [(.user, context.login)])
        return .done()
    }

    private func restart(_ context: RequestContext) async throws -> Answer {
        logger.log(.notice, "restart asked for", [(.user, context.login), (.peer, context.request.peer)])
        do { try await parts.host.restart() } catch {
            throw Fault(.internalError, ["reason": "\(error)"])
        }
        return .done()
    }
}
