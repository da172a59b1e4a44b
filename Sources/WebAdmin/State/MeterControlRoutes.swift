// Commands to one meter in the device's own form (api 2.15): old clients walk through meters with them; our
// pages use jobs.

import Configuration
import Drivers
import Faults
import JSONText
import Lines
import Logging
import Polling
import Seams

extension WebAdmin {
    static let meterControlRoutes: [Route] = [
        Route("PUT", "/meter/settings/time", .control) { try await $0.setMeterClock($1) },
        Route("POST", "/meter/settings/time", .control) { try await $0.setMeterClock($1) },
    ]

    /// How long the client of one command waits at most.
    private static let patience = Duration.seconds(30)

    /// `{id}` → `{res, id, diff, before?}`: the difference that is left, and what it was when the clock was
    /// written.
    private func setMeterClock(_ context: RequestContext) async throws -> Answer {
        guard let id = try context.object()["id"]?.wholeNumber else {
            throw Faults([Fault(.inputMissing, path: "/id")])
        }
        let configuration = await parts.store.current.configuration
        guard configuration.meter(id)?.hasReadings == true else {
            throw Faults([Fault(.inputUnknownReference, ["value": String(id)], path: "/id")])
        }
        guard parts.wall.isTrusted else { throw Fault(.timeUntrusted) }
        let answer = try await correctedClock(of: id)
        logger.log(.notice, "clock of a meter set", [(.user, context.login), (.meter, String(id))])
        var members: [(String, JSONValue)] = [
            ("id", .integer(Int64(id))), ("diff", .integer(Int64(answer.clock.differenceSeconds))),
        ]
        if let before = answer.differenceBefore { members.append(("before", .integer(Int64(before)))) }
        return .done(members)
    }

    /// Puts the clock of one meter right as far as a person may (R6). Throws why that did not succeed.
    private func correctedClock(of id: Int) async throws -> LiveAnswer {
        let question = LiveQuestion(
            meters: [id], measure: nil, leaseClass: .technician, patience: WebAdmin.patience,
            correctsClock: true)
        let (events, continuation) = AsyncStream.makeStream(
            of: LiveEvent.self, bufferingPolicy: .bufferingNewest(4))
        await parts.meters.ask(question) { event in continuation.yield(event) }
        continuation.finish()
        for await event in events {
            switch event {
            case .answered(_, let answer): return answer
            case .failed(_, let fault): throw fault
            case .asking: break
            }
        }
        throw Fault(.stopped)
    }
}
