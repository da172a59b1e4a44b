// Arguments that every command has which speaks with a meter: where the line leads, which meter, who we say
// we are, how to print.

import Drivers
import Errands
import FoundationEssentials
import Glibc
import Metering
import Octets
import Seams
import Timekeeping

/// One line of a command line: how it is set and where it leads.
struct LineOptions: Sendable {
    /// Where the line leads, as this machine or the gateway sees it.
    let place: LinePlace
    /// Format of a serial line; nil is that of the gateway's interface.
    let settings: SerialSettings?
    /// The gateway that the line hangs on; nil for this machine.
    let gateway: GatewayOptions?
    /// What octets run over.
    var medium: MeterPoint.Medium { place.medium }

    /// Reads `--line` and `--via`.
    init(_ list: ArgumentList) throws(UsageError) {
        gateway = try GatewayOptions(list)
        let text = try list.required("line")
        if text.hasPrefix("iface:") {
            guard gateway != nil else {
                throw UsageError("--line iface:N is a line of a gateway: give --via")
            }
            let parts = text.split(separator: "?", maxSplits: 1).map(String.init)
            let format = parts.count == 2 ? SerialSettings(parts[1]) : nil
            guard let place = LinePlace(text: parts[0]), parts.count == 1 || format != nil else {
                throw UsageError("--line must be iface:1…4 or iface:1?9600,8n1, not \(text)")
            }
            (self.place, settings) = (place, format)
        } else {
            let (address, format) = try Self.line(text)
            (place, settings) = (.address(address), format)
        }
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
}

/// How a command prints what it did.
struct OutputOptions: Sendable {
    /// JSON instead of lines for people.
    let isJSON: Bool
    /// Frames on standard error.
    let isTraced: Bool
    /// Zone of stamps without one, of the meter's clock and of the answer.
    let zone: ZoneOffset

    /// Reads `--json`, `--trace` and `--utc-offset`.
    init(_ list: ArgumentList) throws(UsageError) {
        isJSON = list.has("json")
        isTraced = list.has("trace")
        zone = try Self.zone(list["utc-offset"])
    }

    /// The offset of a text such as `+03:00`; without one that of the machine.
    static func zone(_ text: String?) throws(UsageError) -> ZoneOffset {
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
}

/// The meter a command is about.
struct MeterOptions: Sendable {
    /// The line it hangs on.
    let line: LineOptions
    /// How to print.
    let output: OutputOptions
    /// The meter.
    let point: MeterPoint
    /// Where invocation counters are kept.
    let counters: CounterPlace

    /// Names with a value that belong to every such command.
    static let valued: Set<String> = GatewayOptions.valued.union([
        "line", "type", "address", "transport", "logical", "physical", "address-octets", "client",
        "mechanism", "password-file", "password-hex", "password", "utc-offset", "ek", "ak",
        "system-title",
        "keys-file", "ciphering", "counters",
    ])
    /// Flags that belong to every such command.
    static let flags = Set(["json", "trace", "dedicated-key"]).union(GatewayOptions.flags)

    /// Reads the arguments; `client` is who we say we are when they do not tell.
    init(_ list: ArgumentList, client: Int = 32) throws(UsageError) {
        if let stray = list.rest.first { throw UsageError("unknown argument \(stray)") }
        line = try LineOptions(list)
        output = try OutputOptions(list)
        if output.isTraced, line.gateway != nil {
            throw UsageError("--trace shows frames of this machine's lines, not of a gateway's")
        }
        point = try Self.point(list, line.medium, client)
        counters = CounterPlace(list)
    }

    /// What the meter is asked for.
    func errand(_ action: Errand.Action) -> Errand {
        Errand(
            place: line.place, settings: line.settings, point: point, action: action, zone: output.zone,
            isJSON: output.isJSON)
    }

    private static func point(
        _ list: ArgumentList, _ medium: MeterPoint.Medium, _ client: Int
    ) throws(UsageError) -> MeterPoint {
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
        link.client = try list.number("client", in: 1...127) ?? client
        if let text = list["mechanism"], text != "auto" {
            link.mechanism = try list.number("mechanism", in: 0...6)
        }
        if let text = list["ciphering"] {
            guard let ciphering = MeterLink.Ciphering(rawValue: text) else {
                throw UsageError("--ciphering must be full, authenticated, encrypted or none, not \(text)")
            }
            link.ciphering = ciphering
        }
        link.usesDedicatedKey = list.has("dedicated-key")
        let keys = try KeyOptions(list).keys
        guard link.mechanism != 5 || keys.canCipher else {
            throw UsageError("mechanism 5 needs --ek, --ak and --system-title")
        }
        let password = try password(list)
        let address = try list.required("address")
        return MeterPoint(
            id: Int(address) ?? 1, typeName: try list.required("type"), address: address,
            readPassword: password,
            writePassword: password, link: link, keys: keys, medium: medium)
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
