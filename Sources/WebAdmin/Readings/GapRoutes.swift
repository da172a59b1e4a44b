// Why an archive has no row where one is due (R15): what charts paint and explain. Ours; the pages ask for it
// beside the rows of `/meter/data/arch`, so that the answer there stays as old clients know it.

import Archive
import Configuration
import Faults
import JSONText
import Metering
import Seams
import Timekeeping

extension WebAdmin {
    static let gapRoutes: [Route] = [
        Route("POST", "/meter/data/gaps", .read) { try await $0.explainGaps($1) }
    ]

    /// The longest window explained at once, days: the default depth of a profile (R17).
    private static let longestWindowDays: Int64 = 400

    /// `{ids, measures: [one], time: [{start, end}], interval?}` → `{devices: [{id, gaps: [{start, end,
    /// reason}]}]}`; both ends are stamps of missing rows, `reason` is `wanted` while it may still be filled.
    private func explainGaps(_ context: RequestContext) async throws -> Answer {
        let body = try context.object()
        let configuration = await parts.store.current.configuration
        let request = try MeterDataRequest(body, kind: .archive, offset: configuration.time.offset)
        guard let measure = request.measures.first?.measure else {
            throw Faults([Fault(.unknownMeasure, path: "/measures/0")])
        }
        guard let asked = request.windows.first else { throw Faults([Fault(.inputMissing, path: "/time")]) }
        var devices: [JSONValue] = []
        for meter in request.meters where configuration.meter(meter) != nil {
            let known = try await parts.archive.profileInterval(meter: meter)
            let interval = body["interval"]?.wholeNumber ?? known ?? 30
            guard let grid = SlotGrid(measure, intervalMinutes: interval) else {
                throw Faults([Fault(.unknownMeasure, path: "/measures/0")])
            }
            let zone =
                configuration.meter(meter)?.zone(device: configuration.time.offset)
                ?? configuration.time.offset
            let newest = min(asked.upperBound, grid.newestDue(at: parts.wall.now.civil(in: zone)))
            let oldest = max(asked.lowerBound, newest.adding(seconds: -WebAdmin.longestWindowDays * 86_400))
            var gaps: [ArchiveGap] = []
            if oldest <= newest {
                gaps = try await parts.archive.gaps(
                    meter: meter, measure: measure, window: oldest...newest, intervalMinutes: interval)
            }
            devices.append(
                .make([
                    ("id", .integer(Int64(meter))),
                    ("gaps", .array(gaps.map { WebAdmin.json(of: $0, in: zone) })),
                ]))
        }
        return .value(.make([("devices", .array(devices))]))
    }

    private static func json(of gap: ArchiveGap, in zone: ZoneOffset) -> JSONValue {
        func stamp(_ slot: CivilStamp) -> JSONValue {
            .string(WallTime(civil: slot, offset: zone).iso8601(in: zone))
        }
        return .make([
            ("start", stamp(gap.slots.lowerBound)), ("end", stamp(gap.slots.upperBound)),
            ("reason", .string(gap.reason.map { "\($0)" } ?? "wanted")),
        ])
    }
}
