// «Поиск приборов учёта» as a job: what a page asks for, the work, and what is told of meters found.

import Configuration
import Drivers
import Faults
import JSONText
import Lines
import Logging
import Metering
import Polling
import Seams
import Timekeeping

/// What a job searches for, and where.
struct LineSearchOrder: Sendable, Hashable {
    let line: LineID
    let order: SearchOrder
}

/// How far a search has come.
struct JobProgress: Sendable, Hashable {
    var done = 0
    var total = 0
    var garbled = 0
    /// Whether others have the line.
    var waits = false
}

extension WebAdmin {
    /// `{type: "scan", ifaceName, addr?, serials?, speeds?, from?, to?}`.
    func startSearch(_ body: JSONValue, _ context: RequestContext) async throws -> Answer {
        guard context.rights.contains(.control) else { throw Fault(.rightMissing) }
        guard let name = body["ifaceName"]?.text,
            let line = LineID(interfaceName: name, address: body["addr"]?.text ?? "")
        else { throw Faults([Fault(.inputFormat, ["allowed": "host:port"], path: "/addr")]) }
        let medium: MeterPoint.Medium = if case .tcp = line { .network } else { .serial }
        let serials = (body["serials"]?.elements ?? []).compactMap(\.text).filter { !$0.isEmpty }
        guard serials.count <= SearchOrder.mostSerials, serials.allSatisfy({ $0.utf8.count <= 32 }) else {
            throw Faults([Fault(.inputTooLarge, ["allowed": "\(SearchOrder.mostSerials)"], path: "/serials")])
        }
        let order = SearchOrder(
            medium, serials: serials, settings: try WebAdmin.settings(body["speeds"]),
            range: try WebAdmin.range(body))
        logger.log(.notice, "search for meters begun", [(.user, context.login), (.line, line.text)])
        return WebAdmin.begun(
            try await jobs.submit(.scan, meters: [], search: LineSearchOrder(line: line, order: order)))
    }

    private static func settings(_ value: JSONValue?) throws(Faults) -> [SerialSettings] {
        let speeds = (value?.elements ?? []).map(\.wholeNumber)
        return try speeds.enumerated().map { index, speed throws(Faults) in
            guard let speed, SerialSettings.speeds.contains(speed) else {
                throw Faults([Fault(.inputRange, path: "/speeds/\(index)")])
            }
            return SerialSettings(speedBaud: speed)
        }
    }

    private static func range(_ body: JSONValue) throws(Faults) -> ClosedRange<Int>? {
        guard body["from"] != nil || body["to"] != nil else { return nil }
        guard let from = body["from"]?.wholeNumber, let to = body["to"]?.wholeNumber, from <= to,
            (1...16_381).contains(from), to <= 16_381
        else { throw Faults([Fault(.inputRange, ["allowed": "1…16381"], path: "/from")]) }
        return from...to
    }

    /// Works a search off.
    func search(_ order: JobOrder) async {
        guard let search = order.search else { return }
        let jobs = jobs
        do throws(Fault) {
            try await parts.meters.search(search.line, search.order) { now in
                let progress = JobProgress(
                    done: now.done, total: now.total, garbled: now.garbled, waits: now.waits)
                await jobs.progress(order.id, progress, now.found)
            }
        } catch {
            await jobs.failWhole(order.id, error)
        }
    }
}

extension JobText {
    /// What is told of a meter found.
    func write(_ found: FoundMeter, into writer: inout JSONWriter) {
        let place = found.place
        writer.key("addr")
        writer.integer(place.address)
        writer.key("octets")
        writer.integer(place.octets)
        writer.key("transport")
        writer.string(place.transport.rawValue)
        writer.key("settings")
        writer.string(place.settings.text)
        writer.key("serial")
        writer.string(found.serial)
        writer.key("maker")
        writer.string(found.maker)
        writer.key("ms")
        writer.integer(found.roundTrip.wholeNanoseconds / 1_000_000)
        if let difference = found.clockDifferenceSeconds {
            writer.key("diff")
            writer.integer(difference)
        }
    }
}
