// «вчера: 31 из 32 полностью»: how complete the days of meters and lines are. Ours; the pages of completeness
// and «Главная» ask for it.

import Archive
import Configuration
import Faults
import JSONText
import Metering
import Seams
import Timekeeping

extension WebAdmin {
    static let completenessRoutes: [Route] = [
        Route("GET", "/state/completeness", .read) { try await $0.completeness($1) }
    ]

    /// `?days=1…62&ids=1,2` (without ids all meters) → `{Lines: [{iface, meters, full}], Meters: [{id, iface,
    /// why?, days: [{day, want, have, absent?, why?}]}]}`; the last day is yesterday. A line counts the
    /// meters of which anything is polled. A meter's `why` is the fault of its last session, a day's is
    /// `wanted` or the reason of what will never be.
    private func completeness(_ context: RequestContext) async throws -> Answer {
        let count = try WebAdmin.number("days", in: context, 1...62, otherwise: 1)
        let configuration = await parts.store.current.configuration
        let polled = configuration.polledMeasures
        let sessions = Dictionary(
            try await parts.archive.pollOutcomes().filter { $0.measure == nil }.map {
                ($0.meterID, $0.fault)
            },
            uniquingKeysWith: { first, _ in first })
        var lines: [String: (meters: Int, full: Int)] = [:]
        var rows = JSONWriter(capacity: 64 * count * configuration.meters.count)
        rows.beginArray()
        var labels: [CivilStamp: String] = [:]
        let wanted = context.request.query.first { $0.name == "ids" }.map { pair in
            Set(pair.value.split(separator: ",").compactMap { Int($0) })
        }
        for meter in configuration.meters where meter.hasReadings && wanted?.contains(meter.id) ?? true {
            let now = parts.wall.now.civil(in: meter.zone(device: configuration.time.offset))
            let yesterday = now.startOfDay.adding(seconds: -86_400)
            let measures = polled[meter.id] ?? []
            let days = try await parts.archive.coverage(
                meter: meter.id, measures: measures,
                from: yesterday.adding(seconds: -86_400 * Int64(count - 1)),
                through: yesterday, now: now)
            if let last = days.last, last.due > 0 {
                lines[meter.interface.rawValue, default: (0, 0)].meters += 1
                if last.isFull { lines[meter.interface.rawValue, default: (0, 0)].full += 1 }
            }
            for day in days where labels[day.day] == nil {
                labels[day.day] = String(day.day.description.prefix(10))
            }
            let why = (sessions[meter.id] ?? nil).map { FaultCatalogue.text(of: $0, in: context.language) }
            rows.beginObject()
            rows.key("id")
            rows.integer(meter.id)
            rows.key("iface")
            rows.string(meter.interface.rawValue)
            if let why {
                rows.key("why")
                rows.string(why)
            }
            rows.key("days")
            rows.beginArray()
            for day in days { WebAdmin.write(day, labels[day.day] ?? "", into: &rows) }
            rows.endArray()
            rows.endObject()
        }
        rows.endArray()
        return .json(WebAdmin.completeness(of: lines, meters: rows.octets))
    }

    /// The whole document; `meters` is JSON already.
    private static func completeness(
        of lines: [String: (meters: Int, full: Int)], meters: [UInt8]
    ) -> [UInt8] {
        var document = JSONWriter(capacity: meters.count + 1_024)
        document.beginObject()
        document.key("Lines")
        document.beginArray()
        for (name, line) in lines.sorted(by: { $0.key < $1.key }) {
            document.beginObject()
            document.key("iface")
            document.string(name)
            document.key("meters")
            document.integer(line.meters)
            document.key("full")
            document.integer(line.full)
            document.endObject()
        }
        document.endArray()
        document.key("Meters")
        document.raw(meters)
        document.endObject()
        return document.octets
    }

    /// A number of the query; throws when it is none or out of range.
    static func number(
        _ name: String, in context: RequestContext, _ range: ClosedRange<Int>, otherwise: Int
    ) throws(Faults) -> Int {
        guard let text = context.request.query.first(where: { $0.name == name })?.value else {
            return otherwise
        }
        guard let number = Int(text), range.contains(number) else {
            let allowed = "\(range.lowerBound)…\(range.upperBound)"
            throw Faults([Fault(.inputRange, ["allowed": allowed], path: "/" + name)])
        }
        return number
    }

    /// One day; `label` is its date.
    private static func write(_ day: DayCoverage, _ label: String, into row: inout JSONWriter) {
        row.beginObject()
        row.key("day")
        row.string(label)
        row.key("want")
        row.integer(day.due)
        row.key("have")
        row.integer(day.present)
        if day.absent > 0 {
            row.key("absent")
            row.integer(day.absent)
        }
        if !day.isFull {
            row.key("why")
            row.string("wanted")
        } else if let reason = day.reason {
            row.key("why")
            row.string("\(reason)")
        }
        row.endObject()
    }
}
