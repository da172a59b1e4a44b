// A line as the API tells it: verdict with its evidence, holder and waiters, use of time, answering times.

import Configuration
import Diagnosis
import Faults
import JSONText
import Lines
import Metering
import Seams
import Timekeeping

/// Writes lines.
struct LineDocument {
    let configuration: GatewayConfiguration
    let language: FaultLanguage
    let now: MonotonicInstant
    let wall: WallTime

    /// One line in short; nil `insight` for an interface that was never used.
    func line(_ id: LineID, _ insight: LineInsight?) -> JSONValue {
        .make(members(id, insight))
    }

    /// One line with its stations and the hour by minutes.
    func whole(_ id: LineID, _ insight: LineInsight?) -> JSONValue {
        var members = members(id, insight)
        guard let insight else { return .make(members) }
        let judge = LineJudge(insight.observation)
        let stations = insight.observation.stations.sorted { $0.key.text < $1.key.text }
        members.append(
            ("Stations", .array(stations.map { station($0.key, $0.value, on: id, judge) })))
        members.append(
            ("hour", .array(insight.hour.map { .array([share($0.held, 60), share($0.carrying, 60)]) })))
        return .make(members)
    }

    private func members(_ id: LineID, _ insight: LineInsight?) -> [(String, JSONValue)] {
        let observation = insight?.observation ?? LineObservation()
        var members: [(String, JSONValue)] = [
            ("line", .string(id.text)),
            ("verdict", verdict(LineJudge(observation).verdict, on: id)),
        ]
        guard let insight else { return members }
        let state = insight.state
        members.append(("open", .boolean(state.isOpen)))
        if id.isInterface, let settings = state.settings {
            members.append(("settings", .string(settings.text)))
        }
        if let holder = state.holder {
            let text = words.holder(holder, since: clock(holder.since), insight)
            let sums = [("sent", insight.holderSent), ("received", insight.holderReceived)]
            members.append(
                (
                    "holder",
                    .make(
                        occupant(holder) + [("text", .string(text))] + sums.map { ($0.0, .integer($0.1)) })
                ))
        }
        members.append(("Waiters", .array(state.waiters.map { waiter($0) })))
        members += figures(insight)
        if let recording = insight.recording { members.append(("recording", self.recording(recording))) }
        return members
    }

    /// Use of time, answering times and sums, as numbers and in sentences.
    private func figures(_ insight: LineInsight) -> [(String, JSONValue)] {
        let counters = insight.state.counters
        let held = (share(insight.minute, \.held, 10), share(insight.hour, \.held, 60))
        let carrying = (share(insight.minute, \.carrying, 10), share(insight.hour, \.carrying, 60))
        let facts = [
            words.use(held, carrying), words.times(insight.observation.times),
            words.counters(counters, postponed: insight.postponed),
        ]
        let sums = [
            ("sent", counters.octetsSent), ("received", counters.octetsReceived),
            ("stray", counters.octetsStray), ("leases", counters.leases),
            ("openings", counters.openings), ("failures", counters.failures),
        ]
        return [
            ("Facts", .array(facts.filter { !$0.isEmpty }.map { .string($0) })),
            ("postponed", .integer(insight.postponed)),
            ("held", .integer(Int64(held.0))), ("heldHour", .integer(Int64(held.1))),
            ("carrying", .integer(Int64(carrying.0))), ("carryingHour", .integer(Int64(carrying.1))),
            ("times", times(insight.observation.times)),
            ("counters", .make(sums.map { ($0.0, .integer($0.1)) })),
            ("newest", .integer(Int64(clamping: insight.newestFrame))),
        ]
    }

    private func recording(_ recording: LineRecorder) -> JSONValue {
        .make([
            ("since", .string(time(recording.since))), ("text", .string(words.recording(recording))),
            ("running", .boolean(recording.stoppedAt == nil)),
            ("bursts", .integer(Int64(recording.count))),
            ("octets", .integer(Int64(recording.octets))),
        ])
    }

    /// `{code, state, text, advice, station?, meter?, reason?, evidence: [{name, text, count}], frames}`
    func verdict(_ verdict: LineVerdict, on line: LineID) -> JSONValue {
        let texts = VerdictTexts(language: language)
        var members: [(String, JSONValue)] = [
            ("code", .string(verdict.finding.rawValue)), ("state", .string(verdict.finding.state)),
            ("text", .string(texts.title(of: verdict))),
            ("advice", .string(texts.advice(of: verdict))),
        ]
        if let station = verdict.station {
            members.append(("station", .string(station.text)))
            if let meter = meter(of: station, on: line) { members.append(("meter", .integer(Int64(meter)))) }
        }
        if let reason = verdict.reason { members.append(("reason", .string(reason))) }
        members += [
            (
                "evidence",
                .array(
                    verdict.evidence.map {
                        .make([
                            ("name", .string($0.name)), ("text", .string(texts.name(of: $0.name))),
                            ("count", .integer(Int64($0.count))),
                        ])
                    })
            ), ("frames", .array(verdict.frames.map { .integer(Int64(clamping: $0)) })),
        ]
        return .make(members)
    }

    private func station(
        _ station: Station, _ record: StationRecord, on line: LineID, _ judge: LineJudge
    ) -> JSONValue {
        var members: [(String, JSONValue)] = [("station", .string(station.text))]
        if let meter = meter(of: station, on: line) { members.append(("meter", .integer(Int64(meter)))) }
        let text = words.station(station, meter: meter(of: station, on: line), record)
        members += [
            ("text", .string(text)), ("requests", .integer(Int64(record.requests))),
            ("answers", .integer(Int64(record.answers))),
            ("silentInRow", .integer(Int64(record.silentInRow))), ("asked", .string(time(record.asked))),
        ]
        if let answered = record.answered { members.append(("answered", .string(time(answered)))) }
        members += [
            ("times", times(record.times)), ("verdict", verdict(judge.verdict(on: station), on: line)),
        ]
        return .make(members)
    }

    /// The row of the meter table that a station is.
    private func meter(of station: Station, on line: LineID) -> Int? {
        configuration.meters.first { row in
            guard LineID(interfaceName: row.interface.rawValue, address: row.address) == line else {
                return false
            }
            guard let physical = station.physical, line.isInterface else { return true }
            return row.link.physical ?? Int(row.address) == physical
        }?.id
    }

    private func waiter(_ occupant: LineOccupant) -> JSONValue {
        let text = words.waiter(occupant, since: clock(occupant.since))
        return .make(self.occupant(occupant) + [("text", .string(text))])
    }

    private func occupant(_ occupant: LineOccupant) -> [(String, JSONValue)] {
        [
            ("number", .integer(Int64(clamping: occupant.number))), ("owner", .string(occupant.owner)),
            ("class", .string("\(occupant.leaseClass)")), ("since", .string(time(occupant.since))),
        ]
    }

    private func times(_ times: ResponseHistogram) -> JSONValue {
        var members: [(String, JSONValue)] = [("count", .integer(Int64(times.count)))]
        for (name, share) in [("p50", 0.5), ("p90", 0.9), ("p99", 0.99)] {
            if let value = times.percentile(share) { members.append((name, .integer(Int64(value)))) }
        }
        return .make(members)
    }

    /// Hundredths of the slots' time.
    private func share(
        _ slots: [LineUse.Slot], _ part: KeyPath<LineUse.Slot, UInt16>, _ seconds: Int
    ) -> Int {
        let sum = slots.reduce(0) { $0 + Int($1[keyPath: part]) }
        return min(100, sum / (10 * seconds * max(1, slots.count)))
    }

    private func share(_ milliseconds: UInt16, _ seconds: Int) -> JSONValue {
        .integer(Int64(min(100, Int(milliseconds) / (10 * seconds))))
    }

    private var words: LineWords { LineWords(language: language) }

    /// The time of day of an instant.
    private func clock(_ instant: MonotonicInstant) -> String {
        String(time(instant).dropFirst(11).prefix(8))
    }

    /// A monotonic instant as wall time of the device.
    func time(_ instant: MonotonicInstant) -> String {
        let offset = configuration.time.offset
        let nanoseconds = Int64(wall.nanoseconds) - (now - instant).wholeNanoseconds
        var seconds = nanoseconds / 1_000_000_000
        var rest = nanoseconds % 1_000_000_000
        if rest < 0 { (seconds, rest) = (seconds - 1, rest + 1_000_000_000) }
        let whole = WallTime(unixSeconds: wall.unixSeconds + seconds).iso8601(in: offset)
        let milliseconds = String(1_000 + rest / 1_000_000).dropFirst()
        // 2026-11-22T12:00:00 and the milliseconds, then the offset.
        return whole.prefix(19) + "." + milliseconds + whole.dropFirst(19)
    }
}

extension LineFinding {
    /// How pages show it: `ok`, `idle`, `warn` where it is one meter's or passes, `err`.
    fileprivate var state: String {
        switch self {
        case .good: "ok"
        case .unseen: "idle"
        case .meterSilent, .meterGarbled, .late, .refused: "warn"
        default: "err"
        }
    }
}
