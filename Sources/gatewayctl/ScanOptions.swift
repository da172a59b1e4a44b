// The command line of `gatewayctl scan`: search of a line for meters, likely places first.

import Drivers
import Errands
import FoundationEssentials
import Seams

/// What `gatewayctl scan` is asked for.
struct ScanOptions: Sendable {
    /// The line.
    let line: LineOptions
    /// How to print.
    let output: OutputOptions
    /// Where to look.
    let order: SearchOrder

    private static let valued = Set(["line", "serials", "speeds", "range", "utc-offset"])
        .union(GatewayOptions.valued)

    /// Reads the arguments after `scan`.
    init(_ arguments: [String]) throws(UsageError) {
        let list = try ArgumentList(arguments, valued: Self.valued, flags: MeterOptions.flags)
        if let stray = list.rest.first { throw UsageError("unknown argument \(stray)") }
        line = try LineOptions(list)
        output = try OutputOptions(list)
        order = SearchOrder(
            line.medium, serials: try Self.serials(list["serials"]),
            settings: try Self.settings(list["speeds"], line.settings ?? .standard),
            range: try Self.range(list["range"]))
    }

    /// The search.
    var errand: Errand {
        Errand(
            place: line.place, settings: line.settings,
            point: MeterPoint(id: 0, typeName: "SPODES", address: "", medium: line.medium),
            action: .scan(order), zone: output.zone, isJSON: output.isJSON)
    }

    /// A file with a serial number a line; blanks and comments after `#` do not count.
    private static func serials(_ path: String?) throws(UsageError) -> [String] {
        guard let path else { return [] }
        guard let octets = try? Data(contentsOf: URL(filePath: path)), octets.count < 1 << 20 else {
            throw UsageError("--serials \(path) cannot be read")
        }
        let lines = String(decoding: octets, as: UTF8.self).split(whereSeparator: \.isNewline)
        let serials = lines.map { String($0.prefix { $0 != "#" }.filter { !$0.isWhitespace }) }
            .filter { !$0.isEmpty }
        guard serials.count <= SearchOrder.mostSerials else {
            throw UsageError("--serials takes \(SearchOrder.mostSerials) numbers at most")
        }
        return serials
    }

    /// Speeds in the format of the line.
    private static func settings(
        _ text: String?, _ own: SerialSettings
    ) throws(UsageError) -> [SerialSettings] {
        guard let text else { return [own] }
        var settings: [SerialSettings] = []
        for word in text.split(separator: ",") {
            guard let speed = Int(word), SerialSettings.speeds.contains(speed) else {
                throw UsageError("--speeds must be like 9600,19200, not \(text)")
            }
            var next = own
            next.speedBaud = speed
            settings.append(next)
        }
        return settings
    }

    private static func range(_ text: String?) throws(UsageError) -> ClosedRange<Int>? {
        guard let text else { return nil }
        let ends = text.split(separator: "-").compactMap { Int($0) }
        guard ends.count == 2, ends[0] <= ends[1], (1...16_381).contains(ends[0]), ends[1] <= 16_381 else {
            throw UsageError("--range must be like 16-127, within 1…16381, not \(text)")
        }
        return ends[0]...ends[1]
    }
}
