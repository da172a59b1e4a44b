// Errands cross a link unchanged, and what no command line would take is refused.

import Drivers
import Errands
import Faults
import JSONText
import Metering
import Seams
import Testing
import Timekeeping

@Suite struct ErrandTests {
    private static let actions: [Errand.Action] = [
        .read(.momentEnergy, tags: [], window: nil),
        .read(
            .powerProfile, tags: Array(Tag.allCases.prefix(3)),
            window: CivilStamp(seconds: 800_000_000)...CivilStamp(seconds: 800_086_400)),
        .time(.none), .time(.shift(seconds: -30)), .time(.set(nil)),
        .time(.set(CivilStamp(seconds: 820_000_000))), .relay(isOn: nil, serial: ""),
        .relay(isOn: false, serial: "4100016"),
        .scan(SearchOrder(.network, serials: ["4100016", "77"], range: 16...20)),
    ]

    private static func errand(_ action: Errand.Action) -> Errand {
        var link = MeterLink(
            transport: .hdlc, logical: 1, physical: 17, addressOctets: 4, client: 48, mechanism: 5)
        link.ciphering = .authenticated
        link.usesDedicatedKey = true
        let keys = MeterPoint.Keys(
            systemTitle: Array(0..<8), encryptionKey: Array(0..<16), authenticationKey: Array(16..<32))
        let point = MeterPoint(
            id: 17, typeName: "SPODES", address: "17", readPassword: Array("12345678".utf8),
            writePassword: Array("12345678".utf8), link: link, keys: keys, medium: .network)
        return Errand(
            place: .address(.tcp(host: "10.0.0.5", port: 4_059)), settings: nil, point: point, action: action,
            zone: ZoneOffset(minutes: 180), isJSON: true)
    }

    @Test(arguments: actions) func `an errand is read as it was written`(action: Errand.Action) throws {
        let errand = Self.errand(action)
        let read = try Errand(json: errand.json)
        #expect(read.action == action && read.place == errand.place && read.json == errand.json)
        #expect(read.point.link == errand.point.link && read.point.keys == errand.point.keys)
        #expect(read.point.readPassword == errand.point.readPassword && read.point.medium == .network)
        #expect(read.zone == errand.zone && read.point.zone == errand.zone && read.isJSON)
    }

    @Test(arguments: [
        ("line", JSONValue.string("file:/etc/passwd")), ("line", .string("iface:5")),
        ("settings", .string("9600")), ("zone", .integer(10_000)), ("password", .string("xyz")),
        ("keys", .array([])), ("id", .integer(-1)), ("link", .null), ("action", .null),
        (
            "action",
            .object([JSONMember("verb", .string("read")), JSONMember("measure", .string("Nothing"))])
        ),
        ("action", .object([JSONMember("verb", .string("time")), JSONMember("shift", .integer(901))])),
        ("action", .object([JSONMember("verb", .string("time")), JSONMember("set", .integer(.max))])),
    ])
    func `what no command line would take is refused`(name: String, value: JSONValue) throws {
        let whole = try JSONValue(parsing: Self.errand(.time(.none)).json)
        #expect(throws: Fault.self) { try Errand(json: whole.setting(name, to: value).octets) }
        #expect(throws: Fault.self) { try Errand(json: whole.setting(name, to: nil).octets.dropLast()) }
    }

    @Test func `an errand in words holds no secret`() {
        for action in Self.actions { #expect(!Self.errand(action).text.contains("1234")) }
    }
}
