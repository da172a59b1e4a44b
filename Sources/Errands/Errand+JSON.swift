// Errands as they cross a link: one JSON object. What is read is checked as a command line is: a gateway
// believes nobody.

import Drivers
package import Faults
import JSONText
import Metering
import Octets
import Seams
import Timekeeping

extension Errand {
    /// As JSON, secrets included: it crosses a link that is enciphered, and is never logged.
    package var json: [UInt8] {
        var members: [JSONMember] = [
            JSONMember("line", .string(place.text)),
            JSONMember("settings", settings.map { .string($0.text) } ?? .null),
            JSONMember("zone", .integer(Int64(zone.minutes))), JSONMember("json", .boolean(isJSON)),
            JSONMember("id", .integer(Int64(point.id))), JSONMember("type", .string(point.typeName)),
            JSONMember("address", .string(point.address)),
            JSONMember("password", .string(point.readPassword.hex)),
            JSONMember("keys", .array(point.keys.all.map { .string($0.hex) })),
            JSONMember("link", point.link.json),
        ]
        members.append(JSONMember("action", action.json))
        return JSONValue.object(members).octets
    }

    /// Reads one. Throws `input.format` or `input.range` with the member's name for anything that a command
    /// line would not take either.
    package init(json octets: [UInt8]) throws(Fault) {
        guard let value = try? JSONValue(parsing: octets) else { throw Fault(.inputNotJSON) }
        let zone = ZoneOffset(minutes: try value.number("zone", in: -840...840))
        guard let place = LinePlace(text: value["line"]?.text ?? "") else { throw Errand.wrong("line") }
        var settings: SerialSettings?
        if let text = value["settings"]?.text {
            settings = SerialSettings(text)
            if settings == nil { throw Errand.wrong("settings") }
        }
        let password = try value.octets("password", in: 0...256)
        guard let keys = value["keys"]?.elements, keys.count == 3 else { throw Errand.wrong("keys") }
        let texts = keys.map { [UInt8](hex: $0.text ?? "-") ?? [0] }
        guard [0, 8].contains(texts[0].count), [0, 16].contains(texts[1].count),
            texts[1].count == texts[2].count
        else { throw Errand.wrong("keys") }
        guard let address = value["address"]?.text, address.utf8.count <= 256,
            let type = value["type"]?.text, type.utf8.count <= 64
        else { throw Errand.wrong("address") }
        let point = MeterPoint(
            id: try value.number("id", in: 0...Int(Int32.max)), typeName: type, address: address,
            readPassword: password, writePassword: password,
            link: try MeterLink(json: value["link"] ?? .null),
            keys: MeterPoint.Keys(
                systemTitle: texts[0], encryptionKey: texts[1], authenticationKey: texts[2]),
            medium: place.medium)
        self.init(
            place: place, settings: settings, point: point,
            action: try Action(json: value["action"] ?? .null, medium: place.medium), zone: zone,
            isJSON: value["json"] == .boolean(true))
    }

    fileprivate static func wrong(_ name: String) -> Fault {
        Fault(.inputFormat, ["value": "", "allowed": name], path: "/\(name)")
    }
}

extension LinePlace {
    /// `tcp://HOST:PORT`, `serial:/dev/PATH`, `iface:N`.
    package var text: String {
        switch self {
        case .address(.tcp(let host, let port)): "tcp://\(host):\(port)"
        case .address(.serial(let path, _)): "serial:\(path)"
        case .interface(let number): "iface:\(number)"
        }
    }

    /// Reads the form of `text`; nil for anything else.
    package init?(text: String) {
        if text.hasPrefix("tcp://"), let colon = text.lastIndex(of: ":"),
            let port = Int(text[colon...].dropFirst()), (1...65_535).contains(port),
            case let host = text[..<colon].dropFirst(6), !host.isEmpty, host.utf8.count <= 255
        {
            self = .address(.tcp(host: String(host), port: port))
        } else if text.hasPrefix("serial:"), text.utf8.count > 7, text.utf8.count < 256 {
            self = .address(.serial(path: String(text.dropFirst(7))))
        } else if text.hasPrefix("iface:"), let number = Int(text.dropFirst(6)), (1...4).contains(number) {
            self = .interface(number)
        } else {
            return nil
        }
    }
}

extension MeterPoint.Keys {
    fileprivate var all: [[UInt8]] { [systemTitle, encryptionKey, authenticationKey] }
}

extension MeterLink {
    fileprivate var json: JSONValue {
        .object([
            JSONMember("transport", .string(transport.rawValue)),
            JSONMember("logical", .integer(Int64(logical))),
            JSONMember("physical", physical.map { .integer(Int64($0)) } ?? .null),
            JSONMember("addressOctets", .integer(Int64(addressOctets))),
            JSONMember("client", .integer(Int64(client))),
            JSONMember("mechanism", mechanism.map { .integer(Int64($0)) } ?? .null),
            JSONMember("ciphering", .string(ciphering.rawValue)),
            JSONMember("dedicated", .boolean(usesDedicatedKey)),
        ])
    }

    fileprivate init(json value: JSONValue) throws(Fault) {
        self.init()
        guard let transport = Transport(rawValue: value["transport"]?.text ?? ""),
            let ciphering = Ciphering(rawValue: value["ciphering"]?.text ?? "")
        else { throw Errand.wrong("link") }
        (self.transport, self.ciphering) = (transport, ciphering)
        logical = try value.number("logical", in: 1...16_383)
        if value["physical"]?.wholeNumber != nil { physical = try value.number("physical", in: 0...16_383) }
        addressOctets = try value.number("addressOctets", in: 0...4)
        guard addressOctets != 3 else { throw Errand.wrong("addressOctets") }
        client = try value.number("client", in: 1...127)
        if value["mechanism"]?.wholeNumber != nil { mechanism = try value.number("mechanism", in: 0...6) }
        usesDedicatedKey = value["dedicated"] == .boolean(true)
    }
}

extension Errand.Action {
    fileprivate var json: JSONValue {
        switch self {
        case .read(let measure, let tags, let window):
            let ends = window.map { [$0.lowerBound, $0.upperBound] } ?? []
            return .object([
                JSONMember("verb", .string("read")), JSONMember("measure", .string(measure.rawValue)),
                JSONMember("tags", .array(tags.map { .string($0.rawValue) })),
                JSONMember("window", .array(ends.map { .integer($0.seconds) })),
            ])
        case .time(let change):
            var members = [JSONMember("verb", .string("time"))]
            switch change {
            case .none: break
            case .shift(let seconds): members.append(JSONMember("shift", .integer(Int64(seconds))))
            case .set(let stamp?): members.append(JSONMember("set", .integer(stamp.seconds)))
            case .set(nil): members.append(JSONMember("set", .string("now")))
            }
            return .object(members)
        case .relay(let isOn, let serial):
            return .object([
                JSONMember("verb", .string("relay")), JSONMember("on", isOn.map { .boolean($0) } ?? .null),
                JSONMember("serial", .string(serial)),
            ])
        case .scan(let order):
            let ends = order.range.map { [$0.lowerBound, $0.upperBound] } ?? []
            return .object([
                JSONMember("verb", .string("scan")),
                JSONMember("serials", .array(order.serials.map { .string($0) })),
                JSONMember("speeds", .array(order.settings.map { .string($0.text) })),
                JSONMember("range", .array(ends.map { .integer(Int64($0)) })),
            ])
        }
    }

    fileprivate init(json value: JSONValue, medium: MeterPoint.Medium) throws(Fault) {
        switch value["verb"]?.text {
        case "read": self = try .reading(value)
        case "time":
            if value["shift"] != nil {
                self = .time(.shift(seconds: try value.number("shift", in: -900...900)))
            } else if value["set"]?.text == "now" {
                self = .time(.set(nil))
            } else if let seconds = value["set"]?.wholeNumber {
                self = .time(.set(try Errand.Action.stamp(seconds)))
            } else {
                self = .time(.none)
            }
        case "relay":
            var isOn: Bool?
            if case .boolean(let wanted)? = value["on"] { isOn = wanted }
            self = .relay(isOn: isOn, serial: String((value["serial"]?.text ?? "").prefix(64)))
        case "scan": self = .scan(try Errand.Action.order(value, medium))
        default: throw Errand.wrong("verb")
        }
    }

    private static func reading(_ value: JSONValue) throws(Fault) -> Self {
        guard let measure = Measure(rawValue: value["measure"]?.text ?? ""), measure.journal == nil else {
            throw Errand.wrong("measure")
        }
        var tags: [Tag] = []
        for name in (value["tags"]?.elements ?? []).prefix(256) {
            guard let tag = Tag(rawValue: name.text ?? "") else { throw Errand.wrong("tags") }
            tags.append(tag)
        }
        let ends = (value["window"]?.elements ?? []).compactMap(\.wholeNumber)
        guard !ends.isEmpty else { return .read(measure, tags: tags, window: nil) }
        guard ends.count == 2, ends[0] <= ends[1] else { throw Errand.wrong("window") }
        return .read(measure, tags: tags, window: try stamp(ends[0])...(try stamp(ends[1])))
    }

    /// A stamp within centuries that calendars can be computed for.
    private static func stamp(_ seconds: Int) throws(Fault) -> CivilStamp {
        guard (-10_000_000_000...10_000_000_000).contains(seconds) else { throw Errand.wrong("stamp") }
        return CivilStamp(seconds: Int64(seconds))
    }

    private static func order(
        _ value: JSONValue, _ medium: MeterPoint.Medium
    ) throws(Fault) -> SearchOrder {
        let serials = (value["serials"]?.elements ?? []).compactMap(\.text).map { String($0.prefix(64)) }
        var settings: [SerialSettings] = []
        for text in (value["speeds"]?.elements ?? []).prefix(16) {
            guard let one = SerialSettings(text.text ?? "") else { throw Errand.wrong("speeds") }
            settings.append(one)
        }
        let ends = (value["range"]?.elements ?? []).compactMap(\.wholeNumber)
        guard ends.isEmpty || (ends.count == 2 && ends[0] <= ends[1] && ends[0] >= 1 && ends[1] <= 16_381)
        else { throw Errand.wrong("range") }
        return SearchOrder(
            medium, serials: serials, settings: settings, range: ends.isEmpty ? nil : ends[0]...ends[1])
    }
}

extension JSONValue {
    fileprivate func number(_ name: String, in range: ClosedRange<Int>) throws(Fault) -> Int {
        guard let number = self[name]?.wholeNumber, range.contains(number) else { throw Errand.wrong(name) }
        return number
    }

    fileprivate func octets(_ name: String, in range: ClosedRange<Int>) throws(Fault) -> [UInt8] {
        guard let text = self[name]?.text, let octets = [UInt8](hex: text), range.contains(octets.count)
        else { throw Errand.wrong(name) }
        return octets
    }
}
