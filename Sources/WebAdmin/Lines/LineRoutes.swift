// «Диагностика линий», ours: how lines fare, what passes on them, recordings, and waiters sent away.

import Configuration
import DLMS
import Diagnosis
import Faults
import JSONText
import Lines
import Logging
import Seams
import Timekeeping

extension WebAdmin {
    static let lineRoutes: [Route] = [
        Route("GET", "/state/lines", .read) { await $0.lineStates($1) },
        Route("GET", "/state/lines/{line}", .read) { try await $0.lineState($1) },
        Route("GET", "/state/lines/{line}/frames", .read) { try await $0.lineFrames($1) },
        Route("GET", "/state/lines/{line}/frames/{number}", .read) { try await $0.lineFrame($1) },
        Route("GET", "/state/lines/{line}/recording", .control) { try await $0.lineRecording($1) },
        Route("POST", "/action/lines/record", .control) { try await $0.recordLine($1) },
        Route("POST", "/action/lines/drop", .dropTransit) { try await $0.dropWaiter($1) },
    ]

    /// The most bursts of one answer.
    private static let frameLimit = 200
    /// The most connections named in the list of lines.
    private static let connectionLimit = 100

    /// `{Lines: […], connections}`: the device's interfaces, and the connections to meters that are not well,
    /// at most a hundred of them.
    private func lineStates(_ context: RequestContext) async -> Answer {
        let document = await lineDocument(context)
        let insights = await parts.lines.insights()
        var lines: [JSONValue] = []
        for name in await parts.lines.interfaceNames {
            let id = LineID.interface(name)
            lines.append(document.line(id, insights.first { $0.state.id == id }))
        }
        let connections = insights.filter { !$0.state.id.isInterface }
        let unwell = connections.filter {
            let finding = LineJudge($0.observation).verdict.finding
            return finding != .good && finding != .unseen
        }
        lines += unwell.prefix(Self.connectionLimit).map { document.line($0.state.id, $0) }
        let text = LineWords(language: context.language).connections(connections.count, unwell: unwell.count)
        return .value(
            .make(
                [
                    ("Lines", .array(lines)), ("connections", .integer(Int64(connections.count))),
                    ("unwell", .integer(Int64(unwell.count))),
                ] + (connections.isEmpty ? [] : [("text", .string(text))])))
    }

    private func lineState(_ context: RequestContext) async throws -> Answer {
        let id = try await line(of: context)
        let document = await lineDocument(context)
        return .value(document.whole(id, await parts.lines.insight(of: id)))
    }

    /// `{Frames: […], newest}`: bursts numbered above `after`, oldest first, at most 200; without `after` the
    /// newest ones.
    private func lineFrames(_ context: RequestContext) async throws -> Answer {
        let id = try await line(of: context)
        let limit = min(Self.frameLimit, max(1, context.number("limit") ?? Self.frameLimit))
        let newest = await parts.lines.insight(of: id)?.newestFrame ?? 0
        let after = context.number("after").map { UInt64(max(0, $0)) }
        let from = after ?? (newest > UInt64(limit) ? newest - UInt64(limit) : 0)
        let document = FrameDocument(lines: await lineDocument(context))
        let entries = await parts.lines.frames(of: id, after: from, limit: limit)
        return .value(
            .make([
                ("Frames", .array(entries.map(document.brief))),
                ("newest", .integer(Int64(clamping: newest))),
            ]))
    }

    private func lineFrame(_ context: RequestContext) async throws -> Answer {
        let id = try await line(of: context)
        guard let number = context.parameters.last.flatMap(UInt64.init), number > 0,
            let entry = await parts.lines.frames(of: id, after: number - 1, limit: 1).first,
            entry.number == number
        else { throw Fault(.notFound) }
        return .value(FrameDocument(lines: await lineDocument(context)).whole(entry))
    }

    /// The recording as a file, complete or so far.
    private func lineRecording(_ context: RequestContext) async throws -> Answer {
        let id = try await line(of: context)
        guard let insight = await parts.lines.insight(of: id), let recording = insight.recording else {
            throw Fault(.notFound)
        }
        let document = await lineDocument(context)
        let file = LineRecording(
            line: id.text, settings: insight.state.settings.map { id.isInterface ? $0.text : "" } ?? "",
            began: document.time(recording.since),
            bursts: recording.entries.map { entry in
                RecordedBurst(
                    at: entry.instant - recording.since,
                    direction: entry.direction == .sent ? .request : .response,
                    octets: entry.octets, hidden: entry.hidden)
            })
        return .response(
            HTTPResponse(
                status: 200,
                headers: [
                    ("Content-Type", "text/plain; charset=utf-8"), ("Cache-Control", "no-store"),
                    ("Content-Disposition", "attachment; filename=\"line-\(id.fileName).txt\""),
                ],
                body: file.text))
    }

    /// `{line, on}`: begins a recording, throwing an older one away, or ends it.
    private func recordLine(_ context: RequestContext) async throws -> Answer {
        let body = try context.object()
        let id = try await line(named: body["line"]?.text ?? "")
        guard case .boolean(let isOn)? = body["on"] else { throw Faults([Fault(.inputMissing, path: "/on")]) }
        try await parts.lines.setRecording(isOn, of: id)
        logger.log(
            .notice, isOn ? "recording of a line begun" : "recording of a line ended",
            [(.user, context.login), (.line, id.text)])
        return .done()
    }

    /// `{line, number}`: sends a waiter away, who is told that the line is busy.
    private func dropWaiter(_ context: RequestContext) async throws -> Answer {
        let body = try context.object()
        let id = try await line(named: body["line"]?.text ?? "")
        guard case .integer(let number)? = body["number"], number > 0 else {
            throw Faults([Fault(.inputMissing, path: "/number")])
        }
        guard await parts.lines.dismiss(UInt64(number), of: id) else {
            throw Faults([Fault(.inputUnknownReference, ["value": "\(number)"], path: "/number")])
        }
        logger.log(.notice, "waiter of a line sent away", [(.user, context.login), (.line, id.text)])
        return .done()
    }

    // MARK: -

    private func lineDocument(_ context: RequestContext) async -> LineDocument {
        LineDocument(
            configuration: await parts.store.current.configuration, language: context.language,
            now: parts.clock.now, wall: parts.wall.now)
    }

    private func line(of context: RequestContext) async throws -> LineID {
        try await line(named: context.parameters.first ?? "")
    }

    /// An interface of the configuration, or a connection that was used.
    private func line(named name: String) async throws -> LineID {
        if await parts.lines.interfaceNames.contains(name) { return .interface(name) }
        if let id = LineID(interfaceName: "Ethernet", address: name),
            await parts.lines.insight(of: id) != nil
        {
            return id
        }
        throw Fault(.notFound)
    }
}

extension RequestContext {
    /// A whole number of the query.
    fileprivate func number(_ name: String) -> Int? {
        request.query.first { $0.name == name }.flatMap { Int($0.value) }
    }
}

extension LineID {
    /// The name with nothing in it that a file's name may not have.
    fileprivate var fileName: String {
        String(text.map { $0.isLetter || $0.isNumber || $0 == "." ? $0 : "-" })
    }
}
