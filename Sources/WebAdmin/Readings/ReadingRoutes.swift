// Stored and present values (api 3): archive answers stream page by page with a bounded buffer, live answers
// come within four seconds or name the meters that did not answer (R27).

import Archive
import Configuration
import Faults
import JSONText
import Lines
import Metering
import Polling
import Seams
import Timekeeping

extension WebAdmin {
    static let readingRoutes: [Route] = [
        Route("POST", "/meter/data/moment", .read) { try await $0.readings($1, .moment) },
        Route("POST", "/meter/data/arch", .read) { try await $0.readings($1, .archive) },
        Route("POST", "/meter/data", .read) { try await $0.readings($1, .protocol31) },
    ]

    /// Octets gathered before a piece is sent.
    private static let piece = 32 << 10
    /// R27: known clients give up after five seconds.
    private static let liveBudget = Duration.milliseconds(3_800)

    private func readings(_ context: RequestContext, _ kind: MeterDataRequest.Kind) async throws -> Answer {
        let configuration = await parts.store.current.configuration
        let isOld = kind == .protocol31
        // A path that the named dialect does not have (api 1.2).
        if context.dialect == (isOld ? 40 : 31) {
            return .response(HTTPResponse(status: 405, body: Array(FaultStatus.text(405).utf8)))
        }
        let request = try MeterDataRequest(
            try context.object(), kind: kind, offset: configuration.time.offset)
        let known = Set(configuration.meters.map(\.id))
        let meters =
            request.meters.isEmpty ? configuration.meters.map(\.id) : request.meters.filter(known.contains)
        let live = await askMeters(request, meters)
        let stream = ReadingStream(
            archive: parts.archive, configuration: configuration, language: context.language,
            exchange: context.exchange, piece: WebAdmin.piece)
        try await stream.write(request, meters: meters, live: live)
        return .streamed
    }

    /// Asks all meters for all live measures, together within the budget; nothing to do for archive requests.
    private func askMeters(_ request: MeterDataRequest, _ meters: [Int]) async -> [LiveKey: LiveOutcome] {
        let deadline = parts.clock.now + WebAdmin.liveBudget
        var found: [LiveKey: LiveOutcome] = [:]
        for asked in request.measures where asked.isLive {
            let question = LiveQuestion(
                meters: meters, measure: asked.measure, tags: request.tags(of: asked.measure) ?? [],
                leaseClass: .current, patience: deadline - parts.clock.now)
            let answers = await parts.meters.answers(to: question)
            for (meter, answer) in answers { found[LiveKey(meter: meter, measure: asked.measure)] = answer }
        }
        return found
    }
}

/// One meter asked for one measure.
struct LiveKey: Sendable, Hashable {
    let meter: Int
    let measure: Measure
}

/// What a meter answered.
typealias LiveOutcome = Result<Reading, Fault>

/// Writes an answer document into an exchange.
struct ReadingStream: Sendable {
    let archive: MeterArchive
    let configuration: GatewayConfiguration
    let language: FaultLanguage
    let exchange: any HTTPExchange
    let piece: Int

    /// Streams the whole document; throws `HTTPClientGone` when the client leaves. A fault of the archive
    /// before the first octet becomes a refusal; a later one ends the connection short, which no client takes
    /// for JSON.
    func write(_ request: MeterDataRequest, meters: [Int], live: [LiveKey: LiveOutcome]) async throws {
        var document = ReadingDocument(offset: configuration.time.offset)
        document.begin()
        var hasStarted = false
        for asked in request.measures {
            document.beginMeasure(asked.name)
            for meter in meters {
                if asked.isLive {
                    write(
                        live[LiveKey(meter: meter, measure: asked.measure)], of: meter, asked, request,
                        into: &document)
                    try await flush(&document, &hasStarted, atLeast: piece)
                } else {
                    try await writeStored(meter, asked.measure, request, &document, &hasStarted)
                }
            }
            document.endMeasure()
        }
        document.end()
        try await flush(&document, &hasStarted, atLeast: 0)
        await exchange.finish()
    }

    private func write(
        _ outcome: LiveOutcome?, of meter: Int, _ asked: AskedMeasure, _ request: MeterDataRequest,
        into document: inout ReadingDocument
    ) {
        let serial = configuration.meter(meter)?.serial ?? ""
        switch outcome {
        case .success(var reading):
            document.beginDevice(meterID: meter, serial: serial)
            keep(request.tags(of: asked.measure), of: &reading)
            document.row(reading)
        case .failure(let fault):
            document.failedDevice(
                meterID: meter, serial: serial, text: FaultCatalogue.text(of: fault, in: language))
        case nil: document.beginDevice(meterID: meter, serial: serial)
        }
    }

    private func writeStored(
        _ meter: Int, _ measure: Measure, _ request: MeterDataRequest, _ document: inout ReadingDocument,
        _ hasStarted: inout Bool
    ) async throws {
        let tags = request.tags(of: measure)
        let query = ArchiveQuery(
            measure, meters: [meter], windows: request.windows, tags: tags ?? [],
            newestOnly: request.newestOnly)
        var position: ArchivePosition? = .start
        var isEmpty = true
        while let from = position {
            let page = try await archive.page(query, from: from, limit: 200)
            position = page.next
            isEmpty = isEmpty && page.rows.isEmpty
            document.rows(
                page.rows.map { row in
                    var row = row
                    keep(tags, of: &row.reading)
                    return row
                })
            try await flush(&document, &hasStarted, atLeast: piece)
        }
        guard isEmpty else { return }
        let serial = await archive.life(of: meter)?.serial ?? ""
        let configured = configuration.meter(meter)?.serial ?? ""
        document.beginDevice(meterID: meter, serial: serial.isEmpty ? configured : serial)
    }

    /// Leaves the tags asked for; nil leaves none, and the row comes without `tags` (api 3.1).
    private func keep(_ tags: [Tag]?, of reading: inout Reading) {
        guard let tags else {
            reading.values = []
            reading.texts = []
            return
        }
        guard !tags.isEmpty else { return }
        reading.values.removeAll { !tags.contains($0.tag) }
        reading.texts.removeAll { !tags.contains($0.tag) }
    }

    private func flush(
        _ document: inout ReadingDocument, _ hasStarted: inout Bool, atLeast bound: Int
    ) async throws(HTTPClientGone) {
        guard document.count > bound else { return }
        if !hasStarted {
            hasStarted = true
            let headers = [("Content-Type", "application/json"), ("Cache-Control", "no-store")]
            try await exchange.start(status: 200, headers: headers)
        }
        try await exchange.send(document.drain())
    }
}
