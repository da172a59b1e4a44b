import Foundation
import Seams
import Street
import Testing
import Timekeeping

/// Files of the repository's demo street.
enum DemoStreet {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("etc/street")

    static func octets(_ name: String) -> [UInt8]? {
        (try? Data(contentsOf: folder.appendingPathComponent(name))).map { Array($0) }
    }

    static func plan(_ json: [UInt8]? = nil) throws -> StreetPlan {
        try StreetPlan(StreetFile(json: json ?? #require(octets("demo.json")))) {
            octets("personalities/\($0).json")
        }
    }
}

@Suite struct StreetPlanTests {
    @Test func theDemoStreetHasItsLinesAndMeters() throws {
        let plan = try DemoStreet.plan()
        #expect(plan.lines.map(\.meters.count) == [32, 4, 1, 1])
        #expect(plan.lines[0].settings == SerialSettings(speedBaud: 9_600))
        #expect(plan.lines[0].interface == "Iface1" && plan.lines[2].interface == "Ethernet")
        #expect(plan.lines[3].transport == .wrapper)
        #expect(plan.lines[0].meters.map(\.address) == Array(16...47))
        #expect(Set(plan.lines.flatMap(\.meters).map(\.serial)).count == 38)
        #expect(plan.lines[0].meters.first?.place == 0 && plan.lines[0].meters.last?.place == 1)
    }

    @Test func theTablesOfAGatewayFitTheStreet() throws {
        let plan = try DemoStreet.plan()
        let table =
            try JSONSerialization.jsonObject(with: Data(plan.meterTable)) as? [String: [[String: Any]]]
        let rows = try #require(table?["Meters"])
        #expect(rows.map { $0["id"] as? Int } == (1...38).map { $0 })
        #expect(rows[0]["passRd"] as? String == "3132333435363738" && rows[0]["addr"] as? String == "16")
        #expect(rows[37]["addr"] as? String == "127.0.0.1:4059" && rows[37]["tz"] as? Int == 3)
        let lines = try JSONSerialization.jsonObject(with: Data(plan.lineTable)) as? [String: [[String: Any]]]
        #expect(
            lines?["Settings"]?.map { $0["path"] as? String } == [
                "/tmp/street/courtyard", "/tmp/street/substation",
            ])
    }

    @Test func theMetersOfAHubStandBehindItInTheTable() throws {
        let text = StreetPlanTests.street(
            line: #""name":"h","tcp":"127.0.0.1:9","hub":true,"meters":[\#(StreetPlanTests.five)]"#)
        let plan = try DemoStreet.plan(Array(text.utf8))
        let table =
            try JSONSerialization.jsonObject(with: Data(plan.meterTable)) as? [String: [[String: Any]]]
        let rows = try #require(table?["Meters"])
        #expect(rows.count == 6 && rows[0]["typeName"] as? String == "VirtualHub")
        #expect(rows.dropFirst().allSatisfy { $0["typeName"] as? String == "SPODES" })
        #expect(rows[0]["ifaceName"] as? String == "Ethernet" && rows[0]["addr"] as? String == "127.0.0.1:9")
        #expect(rows.dropFirst().allSatisfy { $0["pId"] as? Int == 1 && $0["ifaceName"] as? String == "Hub" })
        #expect(rows.dropFirst().map { $0["addr"] as? String } == ["16", "17", "18", "19", "20"])
        #expect(rows.dropFirst().allSatisfy { $0["link"] == nil })
    }

    private static let five =
        #"{"address":16,"count":5,"serial":1,"personalities":["three-phase"],"subscribers":["shop"]}"#

    @Test(arguments: [
        (
            StreetPlanTests.street(line: #""name":"a","pty":"/tmp/x","hub":true,"meters":[]"#),
            "only a tcp line"
        ),
        (#"{"seed":1}"#, "zoneMinutes is missing"),
        (#"{"#, "not"),
        (
            StreetPlanTests.street(
                installed: "yesterday", line: #""name":"a","tcp":"127.0.0.1:9","meters":[]"#),
            "installed: not a date"
        ),
        (StreetPlanTests.street(line: #""name":"a","meters":[]"#), "needs either pty or tcp"),
        (StreetPlanTests.street(line: #""name":"a","tcp":"here","meters":[]"#), "not host:port"),
        (
            StreetPlanTests.street(line: #""name":"a","pty":"/tmp/x","settings":"9600","meters":[]"#),
            "not a format"
        ),
        (
            StreetPlanTests.street(
                meter: #""address":3,"serial":1,"personalities":["three-phase"],"subscribers":["shop"]"#),
            "16…16381"
        ),
        (
            StreetPlanTests.street(
                meter: #""address":16,"serial":1,"personalities":["none"],"subscribers":["shop"]"#),
            "no such file"
        ),
        (
            StreetPlanTests.street(
                meter: #""address":16,"serial":1,"personalities":[],"subscribers":["shop"]"#),
            "one entry at least"
        ),
        (
            StreetPlanTests.street(
                meter: #""address":16,"serial":1,"personalities":["three-phase"],"subscribers":["bank"]"#),
            "bank"
        ),
    ])
    func aWrongFileIsRefusedWithTheReason(json: String, reason: String) throws {
        do {
            _ = try DemoStreet.plan(Array(json.utf8))
            Issue.record("accepted")
        } catch let fault as StreetFileFault {
            #expect(fault.description.contains(reason), "\(fault)")
        }
    }

    static func street(installed: String = "2026-01-01", line: String? = nil, meter: String? = nil) -> String
    {
        let text = line ?? #""name":"a","tcp":"127.0.0.1:9","meters":[{\#(meter ?? "")}]"#
        return #"{"seed":1,"zoneMinutes":180,"installed":"\#(installed)","lines":[{\#(text)}]}"#
    }
}
