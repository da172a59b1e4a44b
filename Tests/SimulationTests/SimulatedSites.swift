// Small sites for the scenarios: a street of two lines, and a configuration that polls and publishes it.

import Archive
import Configuration
import Faults
import Foundation
import JSONText
import Metering
import Publishing
import Runtime
import Seams
import Simulation
import Street
import Timekeeping
import VirtualTime

/// A street of two lines and how a test asks for it.
enum SimulatedSite {
    /// 2026-03-10 00:07:00 in the street's zone.
    static let start = WallTime(unixSeconds: 1_773_090_420)
    static let zone = ZoneOffset(minutes: 180)

    /// Lines `left` and `right` with so many meters each, at addresses 17… and 117….
    static func street(
        left: Int, right: Int, installed: String = "2026-03-08", members: String = ""
    ) throws -> StreetPlan {
        func line(_ name: String, iface: Int, address: Int, count: Int) -> String {
            #"""
            {"name":"\#(name)","pty":"/dev/\#(name)","iface":"Iface\#(iface)","settings":"9600,8n1","meters":[
            {"address":\#(address),"count":\#(count),\#(members)"serial":\#(4_000_000 + address),
            "personalities":["three-phase","nartis-like"],"subscribers":["household","shop","workshop"]}]}
            """#
        }
        var lines = [line("left", iface: 1, address: 17, count: left)]
        if right > 0 { lines.append(line("right", iface: 2, address: 117, count: right)) }
        let text = #"""
            {"seed":7,"zoneMinutes":180,"installed":"\#(installed)","lines":[\#(lines.joined(separator: ","))]}
            """#
        return try StreetPlan(StreetFile(json: Array(text.utf8))) { name in
            let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .deletingLastPathComponent().appending(path: "etc/street/personalities")
            return (try? Data(contentsOf: folder.appending(path: "\(name).json"))).map { Array($0) }
        }
    }

    /// Half-hours every 30 minutes, starts of days at 00:10, a publication of both every 30 minutes.
    static func edits(for plan: StreetPlan) throws -> [TableEdit] {
        let table = try JSONValue(parsing: plan.meterTable)["Meters"]?.elements ?? []
        func rows(_ text: String) throws -> [JSONValue] { try JSONValue(parsing: text).elements ?? [] }
        return [
            TableEdit(.meters, .replace, rows: table),
            TableEdit(
                .dataTemplates, .replace,
                rows: try rows(
                    #"[{"name":"P","types":["ElArr1ConsPower"]},{"name":"D","types":["ElDayEnergy"]}]"#)),
            TableEdit(
                .pollTemplates, .replace,
                rows: try rows(#"[{"id":1,"archTypesName":"P"},{"id":2,"archTypesName":"D"}]"#)),
            TableEdit(
                .schedules, .replace,
                rows: try rows(#"[{"id":1,"min":30},{"id":2,"min":10,"hour":0}]"#)),
            TableEdit(
                .brokers, .replace, rows: try rows(#"[{"id":1,"addr":"broker","port":1883,"prefix":"um"}]"#)),
            TableEdit(
                .messageTemplates, .replace,
                rows: try rows(
                    #"[{"id":1,"name":"M","types":[{"measure":"ElArr1ConsPower"},{"measure":"ElDayEnergy"}]}]"#
                )),
            TableEdit(
                .publications, .replace,
                rows: try rows(#"[{"id":1,"meterMessageId":1,"brokerId":1,"topic":"all"}]"#)),
            TableEdit(
                .eventRules, .replace,
                rows: try rows(
                    #"""
                    [{"id":1,"eventType":"Scheduler","eventId":1,"actionType":"Poller","actionId":1},
                    {"id":2,"eventType":"Scheduler","eventId":2,"actionType":"Poller","actionId":2},
                    {"id":3,"eventType":"Scheduler","eventId":1,"actionType":"MQTTMeterMessages","actionId":1}]
                    """#)),
        ]
    }

    /// Lives through a scenario with a configured gateway.
    static func live<Value: Sendable>(
        left: Int, right: Int = 0, installed: String = "2026-03-08",
        _ body: @escaping @Sendable (VirtualGateway, VirtualWorld) async throws -> Value
    ) throws -> Value {
        let plan = try street(left: left, right: right, installed: installed)
        let edits = try edits(for: plan)
        return try VirtualWorld(start: start).run { world in
            let gateway = try await VirtualGateway.open(plan, in: world)
            return try await gateway.live { gateway in
                _ = try await gateway.runtime.store.commit(edits, user: "test")
                return try await body(gateway, world)
            }
        }
    }

    /// A civil stamp of March or April 2026.
    static func stamp(_ month: Int, _ day: Int, _ hour: Int = 0, _ minute: Int = 0) -> CivilStamp {
        CivilStamp(year: 2026, month: month, day: day, hour: hour, minute: minute) ?? CivilStamp(seconds: 0)
    }
}

/// What a subscriber of the broker counted.
struct ReceivedRows: Sendable {
    /// How often each row came, by measure, meter and time stamp.
    var counts: [String: Int] = [:]
    /// Rows by measure.
    var byMeasure: [String: Int] = [:]
    /// Whether every message continues after the one before of its measure.
    var isInOrder = true

    /// Reads the documents of messages.
    init(_ messages: [BrokerMessage]) throws {
        var last: [String: Int] = [:]
        for message in messages where !message.retain {
            let document = try JSONValue(parsing: message.payload)
            let (from, to) = (document["seqFrom"]?.wholeNumber ?? 0, document["seqTo"]?.wholeNumber ?? 0)
            let measure = document["measures"]?.elements?.first?["measure"]?.text ?? ""
            if from <= last[measure] ?? 0 || to < from { isInOrder = false }
            last[measure] = to
            for measure in document["measures"]?.elements ?? [] { note(measure) }
        }
    }

    private mutating func note(_ measure: JSONValue) {
        let name = measure["measure"]?.text ?? ""
        for device in measure["devices"]?.elements ?? [] {
            for row in device["vals"]?.elements ?? [] {
                let key = "\(name) \(device["id"]?.wholeNumber ?? 0) \(row["ts"]?.text ?? "")"
                counts[key, default: 0] += 1
                byMeasure[name, default: 0] += 1
            }
        }
    }
}
