// The command line of `gatewayctl read`.

import Drivers
import EventLoop
import FoundationEssentials
import Glibc
import Lines
import Metering
import Octets
import Seams
import Timekeeping

/// What `gatewayctl read` is asked for.
struct ReadOptions: Sendable {
    /// Where the line leads.
    let address: LineAddress
    /// Format of a serial line.
    let settings: SerialSettings
    /// The meter.
    let point: MeterPoint
    /// What to read.
    let measure: Measure
    /// Limits the values; empty for all.
    let tags: [Tag]
    /// First and last stamp on the meter's clock; nil for present values.
    let window: ClosedRange<CivilStamp>?
    /// The answer document instead of lines for people.
    let isJSON: Bool
    /// Frames on standard error.
    let isTraced: Bool
    /// Zone of stamps without one, of the meter's clock and of the answer.
    let zone: ZoneOffset

    private static let valued: Set<String> = [
        "line", "type", "address", "transport", "logical", "physical", "address-octets", "client",
        "mechanism",
        "password-file", "password-hex", "password", "measure", "tags", "from", "to", "via", "utc-offset",
    ]

    /// Reads the arguments after `read`.
    init(_ arguments: [String]) throws(UsageError) {
        let list = try ArgumentList(arguments, valued: Self.valued, flags: ["json", "trace"])
        if let stray = list.rest.first { throw UsageError("unknown argument \(stray)") }
        if list["via"] != nil { throw UsageError("--via is not in this version", isAbsent: true) }
        (address, settings) = try Self.line(try list.required("line"))
        isJSON = list.has("json")
        isTraced = list.has("trace")
        zone = try Self.zone(list["utc-offset"])
        measure = try Self.measure(try list.required("measure"))
        tags = try Self.tags(list["tags"])
        window = try Self.window(list, measure, zone)
        point = try Self.point(list, address)
    }

    private static func line(_ text: String) throws(UsageError) -> (LineAddress, SerialSettings) {
        if text.hasPrefix("tcp://"), let colon = text.lastIndex(of: ":"),
            let port = Int(text[colon...].dropFirst()),
            (1...65_535).contains(port)
        {
            let host = text[..<colon].dropFirst(6)
            if !host.isEmpty { return (.tcp(host: String(host), port: port), .standard) }
        }
        if text.hasPrefix("serial:") {
            let parts = text.dropFirst(7).split(separator: "?", maxSplits: 1)
            let settings = parts.count == 2 ? SerialSettings(String(parts[1])) : .standard
            if let path = parts.first, let settings { return (.serial(path: String(path)), settings) }
        }
        throw UsageError("--line must be tcp://HOST:PORT or serial:/dev/PATH?9600,8n1, not \(text)")
    }

    /// The offset of a text such as `+03:00`; without one that of the machine.
    private static func zone(_ text: String?) throws(UsageError) -> ZoneOffset {
        guard let text else {
            var now = Glibc.time(nil)
            var fields = tm()
            localtime_r(&now, &fields)
            return ZoneOffset(minutes: fields.tm_gmtoff / 60)
        }
        let parts = text.dropFirst().split(separator: ":")
        guard let sign = text.first, sign == "+" || sign == "-", parts.count == 2, let hours = Int(parts[0]),
            let minutes = Int(parts[1]), (0...14).contains(hours), (0...59).contains(minutes)
        else { throw UsageError("--utc-offset must be like +03:00, not \(text)") }
        return ZoneOffset(minutes: (sign == "-" ? -1 : 1) * (hours * 60 + minutes))
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

    private static func point(_ list: ArgumentList, _ line: LineAddress) throws(UsageError) -> MeterPoint {
        var link = MeterLink()
        if let text = list["transport"] {
            guard let transport = MeterLink.Transport(rawValue: text) else {
                throw UsageError("--transport must be auto, hdlc or wrapper, not \(text)")
            }
            link.transport = transport
        }
        link.logical = try list.number("logical", in: 1...16_383) ?? 1
        link.physical = try list.number("physical", in: 0...16_383)
        link.addressOctets = try list.number("address-octets", in: 0...4) ?? 0
        guard link.addressOctets != 3 else { throw UsageError("--address-octets must be 1, 2 or 4") }
        link.client = try list.number("client", in: 1...127) ?? 32
        if let text = list["mechanism"], text != "auto" {
            link.mechanism = try list.number("mechanism", in: 0...6)
        }
        let password = try password(list)
        let medium: MeterPoint.Medium = if case .tcp = line { .network } else { .serial }
        let address = try list.required("address")
        return MeterPoint(
            id: Int(address) ?? 1, typeName: try list.required("type"), address: address,
            readPassword: password,
            writePassword: password, link: link, medium: medium)
    }

    private static func password(_ list: ArgumentList) throws(UsageError) -> [UInt8] {
        let given = ["password-file", "password-hex", "password"].filter { list[$0] != nil }
        guard given.count <= 1 else {
            throw UsageError("one of --password-file, --password-hex and --password")
        }
        if let text = list["password"] { return Array(text.utf8) }
        if let text = list["password-hex"] {
            guard let octets = [UInt8](hex: text) else {
                throw UsageError("--password-hex is no hexadecimal text")
            }
            return octets
        }
        guard let path = list["password-file"] else { return [] }
        guard var octets = (try? Data(contentsOf: URL(filePath: path))).map({ Array($0) }) else {
            throw UsageError("--password-file \(path) cannot be read")
        }
        // An editor leaves a line end behind the password.
        while octets.last == 10 || octets.last == 13 { octets.removeLast() }
        return octets
    }
}
