// «Тип глубины» of a send template: everything not yet acknowledged, only the newest N rows of each meter, or
// only the last N days. Rows outside are passed over, not kept for later.

import Archive
import Configuration
import Metering
import Seams
import Timekeeping

/// Drops rows deeper than the template wants.
struct DepthFilter {
    /// What a depth in records is counted for.
    private struct Bound: Hashable {
        let meter: Int
        let measure: Measure
    }

    private let plan: PublicationPlan
    private let tools: PublishingTools
    private let depths: [Measure: MessageTemplate.Depth]
    private var bounds: [Bound: CivilStamp] = [:]

    /// A filter for one drain; its bounds are asked for once.
    init(_ plan: PublicationPlan, tools: PublishingTools) {
        self.plan = plan
        self.tools = tools
        depths = Dictionary(
            plan.items.map { ($0.measure, $0.depth) }, uniquingKeysWith: { first, _ in first })
    }

    /// The rows within the depth, in their order.
    mutating func keep(_ rows: [ArchivedRow]) async throws -> [ArchivedRow] {
        guard depths.values.contains(where: { $0 != .full }) else { return rows }
        var kept: [ArchivedRow] = []
        for row in rows where try await isWanted(row) { kept.append(row) }
        return kept
    }

    /// Whether a row lies within the depth of its measure.
    private mutating func isWanted(_ row: ArchivedRow) async throws -> Bool {
        let measure = row.reading.measure
        switch depths[measure] ?? .full {
        case .full, .none: return true
        case .days(let days):
            let now = tools.wall.now.civil(in: tools.offset)
            return row.reading.stamp.civil > now.adding(seconds: -Int64(days) * 86_400)
        case .records(let count):
            let bound = Bound(meter: row.life.meterID, measure: measure)
            if bounds[bound] == nil {
                bounds[bound] =
                    try await tools.archive.stamp(ofNewest: count, measure, meter: bound.meter)
                    ?? CivilStamp.archiveBegin
            }
            return row.reading.stamp.civil >= bounds[bound] ?? CivilStamp.archiveBegin
        }
    }
}
