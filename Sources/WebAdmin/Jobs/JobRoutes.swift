// Starting, watching and stopping jobs (decision D3). The event stream carries changed items only; its event
// numbers are those of the job's changes, so `Last-Event-ID` brings exactly what was missed.

import Archive
import Configuration
import Drivers
import Faults
import JSONText
import Metering
import Polling
import Seams
import Timekeeping

extension WebAdmin {
    static let jobRoutes: [Route] = [
        Route("POST", "/jobs", .read) { try await $0.startJob($1) },
        Route("GET", "/jobs/{id}", .read) { try await $0.showJob($1) },
        Route("DELETE", "/jobs/{id}", .read) { try await $0.stopJob($1) },
        Route("GET", "/jobs/{id}/events", .read) { try await $0.streamJob($1) },
        Route("GET", "/events", .read) { try await $0.streamChanges($1) },
    ]

    private func startJob(_ context: RequestContext) async throws -> Answer {
        let body = try context.object()
        guard let kind = body["type"]?.text.flatMap(JobOrder.Kind.init(rawValue:)) else {
            throw Faults([
                Fault(.inputRange, ["allowed": "test, read, time, relay, scan, integrity"], path: "/type")
            ])
        }
        if kind == .time {
            guard context.rights.contains(.control) else { throw Fault(.rightMissing) }
            guard parts.wall.isTrusted else { throw Fault(.timeUntrusted) }
        }
        if kind == .integrity {
            guard context.rights.contains(.configure) else { throw Fault(.rightMissing) }
            return WebAdmin.begun(try await jobs.submit(kind, meters: Array(1...WebAdmin.checkParts)))
        }
        if kind == .scan { return try await startSearch(body, context) }
        if kind == .relay { return try await startRelay(body, context) }
        let configuration = await parts.store.current.configuration
        let known = configuration.meters.filter(\.hasReadings).map(\.id)
        let asked = (body["ids"]?.elements ?? []).compactMap(\.wholeNumber)
        let meters = asked.isEmpty ? known : known.filter(Set(asked).contains)
        guard !meters.isEmpty else { throw Faults([Fault(.inputUnknownReference, path: "/ids")]) }
        var measures: [Measure] = []
        var tags: [Tag] = []
        if kind == .read {
            let request = try MeterDataRequest(body, kind: .moment, offset: configuration.time.offset)
            measures = request.measures.map(\.measure)
            tags = request.tags
        }
        let job = try await jobs.submit(kind, meters: meters, measures: measures, tags: tags)
        return WebAdmin.begun(job)
    }

    /// `{type: "relay", ids: [one], relayState}`.
    private func startRelay(_ body: JSONValue, _ context: RequestContext) async throws -> Answer {
        guard context.rights.contains(.control) else { throw Fault(.rightMissing) }
        guard let meters = body["ids"]?.elements, meters.count == 1 else { throw Fault(.relayOne) }
        let order = try await relayOrder(meters[0].wholeNumber, body["relayState"], context.login)
        return WebAdmin.begun(try await jobs.submit(.relay, meters: [order.meter], relay: order))
    }

    static func begun(_ job: Job) -> Answer {
        .value(
            .make([
                ("res", .integer(0)), ("id", .integer(Int64(job.order.id))),
                ("total", .integer(Int64(job.total))),
            ]))
    }

    private func job(_ context: RequestContext) async throws(Fault) -> Job {
        guard let id = Int(context.parameters[0]), let job = await jobs.find(id) else {
            throw Fault(.notFound)
        }
        return job
    }

    private func showJob(_ context: RequestContext) async throws -> Answer {
        .json(JobText(language: context.language).whole(try await job(context)))
    }

    private func stopJob(_ context: RequestContext) async throws -> Answer {
        await jobs.stop(try await job(context).order.id)
        return .done()
    }

    private func streamJob(_ context: RequestContext) async throws -> Answer {
        let id = try await job(context).order.id
        let text = JobText(language: context.language)
        var events = EventStream(context.exchange, clock: parts.clock)
        var seen = context.lastEventID.flatMap { Int($0) } ?? 0
        try await events.begin()
        while let job = await jobs.find(id) {
            if job.changes > seen || seen == 0 {
                try await events.send(id: "\(job.changes)", name: "item", text.changes(job, after: seen))
                seen = max(job.changes, 1)
            }
            if job.state != .running {
                try await events.send(id: "\(job.changes)", name: "end", text.changes(job, after: .max))
                break
            }
            try await events.pause(.milliseconds(200))
        }
        await context.exchange.finish()
        return .streamed
    }

    /// One stream for the whole admin: revision, brokers, meters; at most one message a second. The first
    /// message is the state as it is, or what changed since `Last-Event-ID`; later ones are differences.
    private func streamChanges(_ context: RequestContext) async throws -> Answer {
        var events = EventStream(context.exchange, clock: parts.clock)
        var seen = context.lastEventID
        try await events.begin()
        while true {
            if let (id, difference) = try await changes.difference(after: seen) {
                seen = id
                try await events.send(id: id, name: "message", difference)
            }
            try await events.pause(ChangeLog.pace)
        }
    }
}

/// Server-sent events over an exchange, with a heartbeat by which a client that left is noticed.
struct EventStream {
    private let exchange: any HTTPExchange
    private let clock: any MonotonicClock
    private var lastSent: MonotonicInstant

    static let heartbeat = Duration.seconds(15)

    init(_ exchange: any HTTPExchange, clock: any MonotonicClock) {
        self.exchange = exchange
        self.clock = clock
        lastSent = clock.now
    }

    /// Sends the head.
    func begin() async throws(HTTPClientGone) {
        try await exchange.start(
            status: 200, headers: [("Content-Type", "text/event-stream"), ("Cache-Control", "no-store")])
    }

    /// Sends one event; `data` is compact JSON without line ends.
    mutating func send(id: String, name: String, _ data: [UInt8]) async throws(HTTPClientGone) {
        lastSent = clock.now
        try await exchange.send(Array("id: \(id)\nevent: \(name)\ndata: ".utf8) + data + Array("\n\n".utf8))
    }

    /// Waits; sends a comment when nothing has been sent for a while. Throws when the client or the gateway
    /// leaves.
    mutating func pause(_ duration: Duration) async throws(HTTPClientGone) {
        do { try await clock.sleep(for: duration) } catch { throw HTTPClientGone() }
        guard clock.now - lastSent >= EventStream.heartbeat else { return }
        lastSent = clock.now
        try await exchange.send(Array(": beat\n\n".utf8))
    }
}

/// Jobs as JSON.
struct JobText {
    let language: FaultLanguage

    /// The whole job.
    func whole(_ job: Job) -> [UInt8] { changes(job, after: 0) }

    /// What changed after change `seen`; `0` is everything.
    func changes(_ job: Job, after seen: Int) -> [UInt8] {
        var writer = JSONWriter(capacity: 1_024)
        writer.beginObject()
        writer.key("id")
        writer.integer(job.order.id)
        writer.key("type")
        writer.string(job.order.kind.rawValue)
        writer.key("state")
        writer.string(job.state.rawValue)
        writer.key("total")
        writer.integer(job.total)
        writer.key("done")
        writer.integer(job.doneCount)
        if let progress = job.progress {
            writer.key("garbled")
            writer.integer(progress.garbled)
            writer.key("waits")
            writer.boolean(progress.waits && job.state == .running)
        }
        if let fault = job.fault {
            writer.key("text")
            writer.string(FaultCatalogue.text(of: fault, in: language))
        }
        writer.key("items")
        writer.beginArray()
        for item in job.items where seen == 0 || item.change > seen { write(item, into: &writer) }
        writer.endArray()
        writer.endObject()
        return writer.octets
    }

    private func write(_ item: JobItem, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.key("id")
        writer.integer(item.meter)
        writer.key("state")
        writer.string(item.state.rawValue)
        if let fault = item.fault {
            writer.key("code")
            writer.string(fault.code.rawValue)
            writer.key("text")
            writer.string(FaultCatalogue.text(of: fault, in: language))
        } else if let test = item.test, TestRemark.isClockOff(test) {
            writer.key("text")
            let seconds = test.clock.differenceSeconds
            let sign = seconds > 0 ? "+" : "−"
            let number = sign + String(seconds.magnitude)
            writer.string(
                language == .russian
                    ? "Часы ПУ расходятся: \(number) с." : "The meter's clock is off: \(number) s.")
        }
        if let test = item.test { write(test, into: &writer) }
        if let found = item.found { write(found, into: &writer) }
        if let relay = item.relay {
            writer.key("relay")
            writer.integer(relay.after?.control.rawValue ?? relay.before.control.rawValue)
        }
        if let answer = item.answer {
            writer.key("answer")
            writer.raw(answer)
        }
        writer.endObject()
    }

    private func write(_ test: LiveAnswer, into writer: inout JSONWriter) {
        writer.key("serial")
        writer.string(test.identity.serial)
        writer.key("model")
        writer.string(test.identity.model)
        writer.key("diff")
        writer.integer(test.clock.differenceSeconds)
        if let before = test.differenceBefore {
            writer.key("before")
            writer.integer(before)
        }
        writer.key("ms")
        writer.integer(test.duration.wholeNanoseconds / 1_000_000)
    }
}
