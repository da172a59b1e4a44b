// How far back each archive reaches (R17). The defaults are no shallower than the meters' own memories; the
// numbers of the original device (35 days) were too few to survive a long summer without a link.

package import Configuration
package import Metering
package import Timekeeping

/// How much of one archive is kept per meter.
package enum RetentionDepth: Sendable, Hashable {
    /// Whole days back from the newest trusted row.
    case days(Int)
    /// Calendar months back from the newest trusted row.
    case months(Int)
    /// That many newest rows.
    case records(Int)

    /// The number in its unit.
    package var number: Int {
        switch self {
        case .days(let number), .months(let number), .records(let number): number
        }
    }

    /// Another number of the same unit.
    package func with(_ number: Int) -> RetentionDepth {
        switch self {
        case .days: .days(number)
        case .months: .months(number)
        case .records: .records(number)
        }
    }

    /// The unit's name on the wire: `days`, `months` or `records`.
    package var unit: String {
        switch self {
        case .days: "days"
        case .months: "months"
        case .records: "records"
        }
    }
}

/// Depth by measure.
package struct RetentionDepths: Sendable, Hashable {
    private var byMeasure: [Measure: RetentionDepth]

    /// Depths; what is not given has its default.
    package init(_ changed: [Measure: RetentionDepth] = [:]) {
        byMeasure = RetentionDepths.defaults.merging(changed) { _, new in new }
    }

    /// The depth of a measure.
    package subscript(measure: Measure) -> RetentionDepth {
        get { byMeasure[measure] ?? .records(measure.journal == nil ? 840 : 1_000) }
        set { byMeasure[measure] = newValue }
    }

    /// The depths a configuration sets, over these.
    package func setting(_ rows: [ArchiveDepth]) -> RetentionDepths {
        var depths = self
        for row in rows {
            guard let measure = row.measure, row.depth != ArchiveDepth.standard(of: measure) else { continue }
            depths[measure] = depths[measure].with(row.depth)
        }
        return depths
    }

    /// Profile 400 d, days 400, months 40 (R17); snapshots 840 and configuration 20 records.
    private static let defaults: [Measure: RetentionDepth] = [
        .powerProfile: .days(400), .dayEnergy: .days(400), .dayConsumption: .days(400),
        .monthEnergy: .months(40), .monthConsumption: .months(40), .momentEnergy: .records(840),
        .momentQuality: .records(840), .configuration: .records(20),
    ]

    /// The oldest stamp kept when the newest trusted row is `newest`; nil for a depth in records.
    package func oldest(of measure: Measure, newest: CivilStamp) -> CivilStamp? {
        switch self[measure] {
        case .days(let days):
            // Exactly `days` days: the row that is that old to the minute is the first to go. A profile loses
            // whole days, (00:00, 24:00], once a day: its oldest pages need not be touched with every row.
            (measure == .powerProfile ? newest.adding(seconds: -60).startOfDay : newest)
                .adding(seconds: 60 - Int64(days) * 86_400)
        case .months(let months): newest.startOfMonth(adding: 1 - months)
        case .records: nil
        }
    }
}
