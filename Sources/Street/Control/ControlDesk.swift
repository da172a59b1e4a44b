// Carries out control commands on the running lines and answers them.

import FoundationEssentials
import SPODES
import Seams
import Timekeeping

/// The running street as its control socket sees it.
package struct ControlDesk: Sendable {
    private let lines: [(plan: StreetPlan.Line, pump: LinePump)]

    /// A desk over running lines.
    package init(lines: [(plan: StreetPlan.Line, pump: LinePump)]) { self.lines = lines }

    /// Carries out one line of JSON; the answer is one line of JSON without its end.
    package func answer(_ line: [UInt8]) async -> [UInt8] {
        let command: ControlCommand
        do { command = try JSONDecoder().decode(ControlCommand.self, from: Data(line)) } catch {
            return Self.encoded(Refusal(error: StreetFileFault.decoding(error).description))
        }
        if let change = command.set { return await set(change) }
        if let selection = command.get { return await get(selection) }
        if let request = command.stats { return await statistics(request) }
        return Self.encoded(Refusal(error: "one of set, get, stats is needed"))
    }

    // MARK: - Commands

    private func set(_ change: FaultChange) async -> [UInt8] {
        if let fault = change.fault { return Self.encoded(Refusal(error: fault)) }
        let chosen = lines.filter { change.line == nil || change.line == $0.plan.name }
        guard !chosen.isEmpty else { return Self.encoded(Refusal(error: "there is no such line")) }
        var meters = 0
        for (plan, pump) in chosen {
            if change.concernsLine {
                await pump.setLineFaults { change.apply(to: &$0) }
                if let unplugged = change.unplugged { await pump.setUnplugged(unplugged) }
            }
            for (index, meter) in plan.meters.enumerated()
            where change.meter == nil || change.meter == meter.address {
                await pump.setFaults(ofStation: index) { change.apply(to: &$0) }
                if let happening = change.happen.flatMap(MeterHappening.init) {
                    await pump.happen(happening, toStation: index)
                }
                meters += 1
            }
        }
        if change.meter != nil, meters == 0 { return Self.encoded(Refusal(error: "there is no such meter")) }
        return Self.encoded(Done(ok: true, lines: chosen.count, meters: meters))
    }

    private func get(_ selection: ControlCommand.Selection) async -> [UInt8] {
        var answer: [LineView] = []
        for (plan, pump) in lines where selection.line == nil || selection.line == plan.name {
            let line = await pump.withLine { $0 }
            let meters = zip(plan.meters, line.stations).filter {
                selection.meter == nil || selection.meter == $0.0.address
            }
            answer.append(
                LineView(
                    name: plan.name, place: plan.place.text, settings: plan.settings?.text,
                    echo: line.faults.echoes, noise: line.faults.noise, unplugged: line.faults.isUnplugged,
                    meters: meters.map { MeterView($0.0, $0.1.faults) }))
        }
        return Self.encoded(["lines": answer])
    }

    private func statistics(_ request: ControlCommand.StatisticsRequest) async -> [UInt8] {
        var answer: [LineStatistics] = []
        for (plan, pump) in lines where request.line == nil || request.line == plan.name {
            let line = await pump.withLine { $0 }
            answer.append(LineStatistics(plan, line, await pump.turnarounds))
            if request.reset == true { await pump.resetMeasurements() }
        }
        return Self.encoded(["lines": answer])
    }

    private static func encoded(_ value: some Encodable) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(value)).map { Array($0) } ?? Array(#"{"error":"not encodable"}"#.utf8)
    }
}

// MARK: - Answers

private struct Refusal: Encodable { var error: String }

private struct Done: Encodable {
    var ok: Bool
    var lines: Int
    var meters: Int
}

private struct LineView: Encodable {
    var name: String
    var place: String
    var settings: String?
    var echo: Bool
    var noise: Double
    var unplugged: Bool
    var meters: [MeterView]
}

private struct MeterView: Encodable {
    var address: Int
    var serial: String
    var personality: String
    var subscriber: String
    var silent: Bool
    var lateMs: Double
    var wrongFCS: Double
    var garbage: Double
    var noiseBefore: Int
    var truncate: Int
    var refusePassword: Bool
    var pdu: Int

    init(_ meter: StreetPlan.Meter, _ faults: StationFaults) {
        address = meter.address
        serial = meter.serial
        personality = meter.personality.name
        subscriber = meter.subscriber.rawValue
        silent = faults.isSilent
        lateMs = faults.lateness.secondsAndFraction * 1_000
        wrongFCS = faults.wrongFCS
        garbage = faults.garbage
        noiseBefore = faults.noiseBefore
        truncate = faults.truncateAfter ?? -1
        refusePassword = faults.refusesPassword
        pdu = faults.pduSize ?? meter.personality.link.pduSize
    }
}

private struct LineStatistics: Encodable {
    struct Bin: Encodable {
        var upToUs: Int
        var count: Int
    }
    struct Turnaround: Encodable {
        var count: Int
        var medianUs: Double?
        var p90Us: Double?
        var p99Us: Double?
        var maxUs: Double?
        var histogram: [Bin]
    }
    struct MeterCount: Encodable {
        var address: Int
        var requests: Int
        var answers: Int
        var octetsOut: Int
    }

    var name: String
    var characterUs: Double
    var octetsIn: Int
    var octetsOut: Int
    /// When the first octet since the last reset began and the last one ended, nanoseconds of the monotonic
    /// clock.
    var firstOctetNs: Int64?
    var lastOctetNs: Int64?
    var collisions: Int
    var turnaround: Turnaround
    var meters: [MeterCount]

    init(_ plan: StreetPlan.Line, _ line: SimulatedLine, _ record: TurnaroundRecord) {
        func microseconds(_ share: Double) -> Double? {
            record.percentile(share).map { Double($0.wholeNanoseconds) / 1_000 }
        }
        name = plan.name
        characterUs = Double(line.characterTime.wholeNanoseconds) / 1_000
        octetsIn = line.counters.octetsIn
        octetsOut = line.counters.octetsOut
        firstOctetNs = line.counters.firstOctet?.nanoseconds
        lastOctetNs = line.counters.lastOctet?.nanoseconds
        collisions = line.counters.collisions
        turnaround = Turnaround(
            count: record.count, medianUs: microseconds(0.5), p90Us: microseconds(0.9),
            p99Us: microseconds(0.99),
            maxUs: microseconds(1), histogram: record.histogram.map { Bin(upToUs: $0.0, count: $0.1) })
        meters = zip(plan.meters, line.stations).map {
            MeterCount(
                address: $0.0.address, requests: $0.1.counters.requests, answers: $0.1.counters.answers,
                octetsOut: $0.1.counters.octetsSent)
        }
    }
}
