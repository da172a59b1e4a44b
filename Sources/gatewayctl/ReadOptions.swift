// The command line of `gatewayctl read`.

import Errands
import EventLoop
import Metering
import Timekeeping

/// What `gatewayctl read` is asked for.
struct ReadOptions: Sendable {
    /// The meter.
    let meter: MeterOptions
    /// What to read.
    let measure: Measure
    /// Limits the values; empty for all.
    let tags: [Tag]
    /// First and last stamp on the meter's clock; nil for present values.
    let window: ClosedRange<CivilStamp>?

    /// As an errand.
    var action: Errand.Action { .read(measure, tags: tags, window: window) }

    private static let valued = MeterOptions.valued.union(["measure", "tags", "from", "to"])

    /// Reads the arguments after `read`.
    init(_ arguments: [String]) throws(UsageError) {
        let list = try ArgumentList(arguments, valued: Self.valued, flags: MeterOptions.flags)
        meter = try MeterOptions(list)
        measure = try Self.measure(try list.required("measure"))
        tags = try Self.tags(list["tags"])
        window = try Self.window(list, measure, meter.output.zone)
    }

    private static func measure(_ name: String) throws(UsageError) -> Measure {
        if let measure = Measure(rawValue: name), measure.journal == nil { return measure }
        let names = Measure.plain.map(\.rawValue).joined(separator: ", ")
        throw UsageError("unknown measure \(name), there are \(names)")
    }

    private static func tags(_ text: String?) throws(UsageError) -> [Tag] {
        var tags: [Tag] = []
        for name in text?.split(separator: ",") ?? [] {
            guard let tag = Tag(rawValue: String(name)) else { throw UsageError("unknown tag \(name)") }
            tags.append(tag)
        }
        return tags
    }

    /// Archives need a window; what is read now has none.
    private static func window(
        _ list: ArgumentList, _ measure: Measure, _ zone: ZoneOffset
    ) throws(UsageError) -> ClosedRange<CivilStamp>? {
        let isArchived: Bool
        switch measure {
        case .dayEnergy, .monthEnergy, .dayConsumption, .monthConsumption, .powerProfile: isArchived = true
        case .momentEnergy, .momentQuality, .configuration, .clock, .relay, .journal: isArchived = false
        }
        guard isArchived else {
            if list["from"] != nil || list["to"] != nil {
                throw UsageError("\(measure.rawValue) takes no --from, --to")
            }
            return nil
        }
        let from = try stamp(list, "from", zone)
        let to =
            list["to"] == nil
            ? SystemWallClock(buildYear: 2_026).now.civil(in: zone) : try stamp(list, "to", zone)
        guard from <= to else { throw UsageError("--from lies behind --to") }
        return from...to
    }

    private static func stamp(_ list: ArgumentList, _ name: String, _ zone: ZoneOffset) throws(UsageError)
        -> CivilStamp
    {
        let text = try list.required(name)
        if let seconds = Int64(text) { return WallTime(unixSeconds: seconds).civil(in: zone) }
        if let time = WallTime(iso8601: text, local: zone) { return time.civil(in: zone) }
        throw UsageError("--\(name) must be like 2026-03-01T00:30 or Unix seconds, not \(text)")
    }
}
