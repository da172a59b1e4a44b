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
    /// days: [{day, want, have, absent?, why?}]}]}`; the last day is yesterday. A line counts the meters of
    /// which anything is polled.
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
        var rows: [JSONValue] = []
        var labels: [CivilStamp: JSONValue] = [:]
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
                labels[day.day] = .string(String(day.day.description.prefix(10)))
            }
            let why = (sessions[meter.id] ?? nil).map { FaultCatalogue.text(of: $0, in: context.language) }
            rows.append(
                .make([
                    ("id", .integer(Int64(meter.id))), ("iface", .string(meter.interface.rawValue)),
                    ("days", .array(days.map { WebAdmin.json(of: $0, labels[$0.day], why: why) })),
                ]))
        }
        let told = lines.keys.sorted().map { name -> JSONValue in
            let line = lines[name] ?? (0, 0)
            return .make([
                ("iface", .string(name)), ("meters", .integer(Int64(line.meters))),
                ("full", .integer(Int64(line.full))),
            ])
        }
        return .value(.make([("Lines", .array(told)), ("Meters", .array(rows))]))
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
    private static func json(of day: DayCoverage, _ label: JSONValue?, why: String?) -> JSONValue {
        var members: [(String, JSONValue)] = [
            ("day", label ?? .null), ("want", .integer(Int64(day.due))),
            ("have", .integer(Int64(day.present))),
        ]
        if day.absent > 0 { members.append(("absent", .integer(Int64(day.absent)))) }
        if !day.isFull {
            members.append(("why", .string(why ?? "wanted")))
        } else if let reason = day.reason {
            members.append(("why", .string("\(reason)")))
        }
        return .make(members)
    }
}
