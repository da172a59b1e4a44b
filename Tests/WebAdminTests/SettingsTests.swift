import Archive
import Configuration
import Faults
import JSONText
import Metering
import Seams
import Testing
import Timekeeping
import VirtualTime

@testable import WebAdmin

@Suite struct SettingsTests {
    @Test func everyTableIsReadInItsWrapperWithItsRevisionAsTag() throws {
        try bench { bench in
            let cookie = await bench.logIn()
            for table in ConfigurationTable.allCases {
                let reply = await bench.send("GET", table.path, cookie: cookie)
                #expect(reply.status == 200 && reply.header("etag") == "\"1\"")
                if let wrapper = table.wrapper { #expect(reply.json?[wrapper]?.elements != nil) }
                #expect(!reply.text.contains("null") || table == .meters)
                #expect(!reply.text.contains("\": "), "compact")
            }
        }
    }

    @Test func meterPasswordsAreNeverReadBackButTold() throws {
        try bench { bench in
            let cookie = await bench.logIn()
            let reply = await bench.send("GET", "/settings/meter/table", cookie: cookie)
            let first = reply.json?["Meters"]?.elements?.first
            #expect(first?["passRd"]?.text == "" && first?["hasPassRd"] == .boolean(true))
            #expect(first?["type"]?.wholeNumber == 36)
            #expect(!reply.text.contains("3030"))
        }
    }

    @Test func noAnswerShowsAConfiguredSecret() throws {
        try bench { bench in
            let cookie = await bench.logIn()
            let broker =
                #"{"Settings":[{"id":1,"addr":"b.example","port":8883,"password":"broker-secret"}]}"#
            #expect(await bench.send("POST", "/settings/servers/mqtt", broker, cookie: cookie).status == 200)
            for route in WebAdmin.routes where route.method == "GET" && !route.path.contains("events") {
                let path = route.path
                guard path != "/logoff" else { continue }
                let text = await bench.send("GET", path, cookie: cookie).text
                for secret in ["broker-secret", "root-password", "[root", "3030"] {
                    #expect(!text.contains(secret))
                }
            }
        }
    }

    @Test func whatIsPostedIsFoundByTheNextGet() throws {
        try bench { bench in
            let cookie = await bench.logIn()
            let rows = #"{"Settings":[{"id":1,"min":15},{"id":2,"min":30,"hour":1}]}"#
            #expect(
                await bench.send("POST", "/settings/events/schdl", rows, cookie: cookie).text == #"{"res":0}"#
            )
            let reply = await bench.send("GET", "/settings/events/schdl", cookie: cookie)
            #expect(reply.json?["Settings"]?.elements?.count == 2)
            #expect(reply.json?["settings"] == reply.json?["Settings"], "the vendor's page reads this key")
            #expect(reply.header("etag") == "\"2\"")
            #expect(await bench.send("DELETE", "/settings/events/schdl", cookie: cookie).status == 200)
            let empty = await bench.send("GET", "/settings/events/schdl", cookie: cookie)
            #expect(empty.json?["Settings"]?.elements == [])
        }
    }

    @Test func faultsComeByPathToOurPagesAndAsStatusTextToOthers() throws {
        try bench { bench in
            let cookie = await bench.logIn()
            let bad = #"{"Settings":[{"id":1,"min":60},{"id":2,"hour":24,"min":1}]}"#
            let plain = await bench.send("PUT", "/settings/events/schdl", bad, cookie: cookie)
            #expect(plain.status == 409 && plain.text == "409 Conflict")
            let rich = await bench.send("PUT", "/settings/events/schdl", bad, cookie: cookie, headers: [ours])
            let paths = rich.json?["faults"]?.elements?.compactMap { $0["path"]?.text }
            #expect(paths == ["/Settings/0/min", "/Settings/1/hour"])
            #expect(rich.json?["res"]?.wholeNumber == 409)
            #expect(rich.json?["faults"]?.elements?.first?["text"]?.text?.contains("1…59") == true)
            let english = await bench.send(
                "PUT", "/settings/events/schdl", bad, cookie: cookie,
                headers: [ours, ("accept-language", "en-GB")])
            #expect(english.json?["text"]?.text?.contains("Allowed") == true)
        }
    }

    @Test func aSaveOnAnOlderRevisionIs412WithWhoAndWhen() throws {
        try bench { bench in
            let cookie = await bench.logIn()
            let body = #"{"tz":5,"dst":false}"#
            let first = [(name: "if-match", value: "\"1\"")]
            #expect(
                await bench.send("PUT", "/settings/time/local", body, cookie: cookie, headers: first).status
                    == 200)
            let late = await bench.send(
                "PUT", "/settings/time/local", body, cookie: cookie, headers: first + [ours])
            #expect(late.status == 412)
            let facts = late.json?["faults"]?.elements?.first?["params"]
            #expect(facts?["user"]?.text == "root" && facts?["revision"]?.text == "2")
            #expect(facts?["when"]?.text == bench.world.wall.now.iso8601(in: ZoneOffset(minutes: 300)))
        }
    }

    @Test func seasonalTimeIs409() throws {
        try bench { bench in
            let cookie = await bench.logIn()
            let reply = await bench.send(
                "PUT", "/settings/time/local", #"{"tz":3,"dst":true}"#, cookie: cookie, headers: [ours])
            #expect(reply.status == 409 && reply.json?["code"]?.text == "configuration.season")
        }
    }

    @Test func severalTablesAreSavedAsOneOrNotAtAll() throws {
        try bench { bench in
            let cookie = await bench.logIn()
            func changes(_ minutes: Int) -> String {
                #"""
                {"changes":[{"path":"/settings/time/local","body":{"tz":7}},
                {"path":"/settings/events/schdl","method":"POST",
                "body":{"Settings":[{"id":1,"min":\#(minutes)}]}}]}
                """#
            }
            let bad = await bench.send(
                "PUT", "/settings/changes", changes(99), cookie: cookie, headers: [ours])
            #expect(bad.status == 409)
            #expect(await bench.store.current.number == 1)
            let good = await bench.send(
                "PUT", "/settings/changes", changes(5), cookie: cookie, headers: [ours])
            #expect(good.json?["revision"]?.wholeNumber == 2)
            #expect(await bench.store.current.configuration.time.hours == 7)
        }
    }

    @Test func aPreviewCountsWhatWouldBeLostAndChangesNothing() throws {
        try bench { bench in
            try await bench.storeProfile(meter: 1, rows: 48)
            let cookie = await bench.logIn()
            let kept = #"""
                {"path":"/settings/meter/table","body":{"Meters":[{"id":2,"pId":0,"typeName":"SPODES",
                "addr":"18","passRd":"","passWr":"","ifaceName":"Iface1","ifaceCfg":""}]}}
                """#
            let reply = await bench.send("POST", "/settings/preview", kept, cookie: cookie, headers: [ours])
            let lost = reply.json?["lost"]?.elements
            #expect(lost?.count == 1, "meter 10 has no archive: \(reply.text)")
            #expect(lost?.first?["text"]?.text == "архив ПУ ID 1: получасовки 48")
            #expect(await bench.store.current.number == 1)
        }
    }

    @Test func revisionsAreListedAndRestored() throws {
        try bench { bench in
            let cookie = await bench.logIn()
            #expect(
                await bench.send("PUT", "/settings/time/local", #"{"tz":9}"#, cookie: cookie).status == 200)
            let list = await bench.send("GET", "/settings/revisions", cookie: cookie)
            #expect(list.json?["Revisions"]?.elements?.first?["user"]?.text == "root")
            let path = "/settings/revisions/1/restore"
            let stale = await bench.send("POST", path, cookie: cookie, headers: [("if-match", "\"1\"")])
            #expect(stale.status == 412, "somebody has saved since the list was read")
            let fresh = [(name: "if-match", value: "\"2\"")]
            let back = await bench.send("POST", path, cookie: cookie, headers: fresh)
            #expect(back.status == 200 && back.header("etag") == "\"3\"")
            #expect(await bench.store.current.configuration.time.hours == 3)
            #expect(await bench.send("POST", "/settings/revisions/77/restore", cookie: cookie).status == 404)
        }
    }

    @Test func anAdministratorsLookAtAPasswordIsNoted() throws {
        try bench { bench in
            let cookie = await bench.logIn()
            let reply = await bench.send("POST", "/settings/meter/table/1/reveal", cookie: cookie)
            #expect(reply.json?["passRd"]?.text == "3030")
            let entry = try await bench.archive.journal(meter: 1).first
            #expect(entry?.code == "password.revealed" && entry?.parameters["user"] == "root")
        }
    }

    @Test func healthyAnswersNeverContainTheWordsOldClientsTakeForALostSession() throws {
        try bench { bench in
            let cookie = await bench.logIn()
            for path in ["/state/system", "/state/time", "/state/schdl", "/state/modem", "/settings/ip"] {
                let text = await bench.send("GET", path, cookie: cookie).text
                for word in ["error", "Unauthorized", "Forbidden"] { #expect(!text.contains(word)) }
            }
        }
    }
}

@Suite struct StateTests {
    @Test func theSystemHasTheTenKeysOfTheDevice() throws {
        try bench { bench in
            let cookie = await bench.logIn()
            let reply = await bench.send("GET", "/state/system", cookie: cookie)
            let names = reply.json?["SystemInfo"]?.members?.map(\.name)
            #expect(names == ["MODEL", "REV", "SN", "DATE", "DF", "BAT", "IF", "MAC", "MAIN_PWR", "MODEM"])
            #expect(reply.json?["SystemInfo"]?["SN"]?.text == "200000963651")
            #expect(reply.json?["fw"]?.text == "1.0")
        }
    }

    @Test func theTimeIsTheDevicesWithItsOffset() throws {
        try bench { bench in
            let cookie = await bench.logIn()
            let reply = await bench.send("GET", "/state/time", cookie: cookie)
            #expect(reply.json?["time"]?.text == bench.world.wall.now.iso8601(in: ZoneOffset(minutes: 180)))
            #expect(reply.json?["sync"] == .boolean(true))
        }
    }

    @Test func schedulesBrokersAndInterfacesAreTold() throws {
        try bench { bench in
            let cookie = await bench.logIn()
            let plan = await bench.send("GET", "/state/schdl", cookie: cookie)
            #expect(plan.json?["State"]?.elements?.first?["time"]?.text == "2026-03-01T01:00:00+03:00")
            let inputs = await bench.send("GET", "/state/din", cookie: cookie)
            #expect(inputs.text == #"{"State":[{"addr":1,"state":1},{"addr":2,"state":0}]}"#)
            let brokers = await bench.send("GET", "/state/mqtt", cookie: cookie)
            let states = brokers.json?["State"]?.elements ?? []
            #expect(states.map { $0["state"]?.text } == ["err", "ok", "idle", "rest"])
            #expect(states.map { $0["queue"]?.wholeNumber } == [7, 0, 0, 3])
            // A connection closed by plan has no fault to tell.
            #expect(states.map { $0["code"]?.text } == ["broker.certificate", nil, nil, nil])
            #expect(states.first?["text"]?.text?.contains("expired") == true)
            let network = await bench.send("GET", "/settings/ip", cookie: cookie)
            #expect(network.json?["Settings"]?.elements?.first?["ip"]?.text == "192.168.0.1")
            let servers = await bench.send("GET", "/settings/servers/tcp", cookie: cookie)
            #expect(servers.text == #"{"Settings":[{"type":"http","port":80}]}"#)
        }
    }

    @Test func transitPortsAndTheirInterfacesAreSetAsTheDevicesClientsSetThem() throws {
        try bench { bench in
            let cookie = await bench.logIn()
            // A client of the device knows type and port only, the port as text; ours keeps its usual ways.
            let rows = #"{"type":"iface1","port":"1111"},{"type":"rtu327","port":8888}"#
            let body = #"{"Settings":[\#(rows)]}"#
            #expect(await bench.send("PUT", "/settings/servers/tcp", body, cookie: cookie).status == 200)
            let list = await bench.send("GET", "/settings/servers/tcp", cookie: cookie).text
            #expect(
                list.contains(
                    #"{"type":"iface1","port":1111,"allow":[],"second":"wait","wait":10,"idle":120,"#
                        + #""quiet":10,"echo":false,"rfc2217":false,"tls":false}"#))
            #expect(list.contains(#"{"type":"rtu327","port":8888,"allow":[],"quirks":{}}"#))
            let interface = #"{"id":1,"line":0,"iface":1,"br":19200,"size":8,"parity":1,"stop":1}"#
            let uart = #"{"Settings":[\#(interface)]}"#
            #expect(await bench.send("PUT", "/settings/uart", uart, cookie: cookie).status == 200)
            #expect(await bench.send("GET", "/settings/uart", cookie: cookie).text == uart)
            for wrong in [#"{"lp_gap":"guess"}"#, #"{"gap":"stop"}"#] {
                let answer = await bench.send(
                    "PUT", "/settings/servers/tcp",
                    #"{"Settings":[{"type":"rtu327","quirks":\#(wrong)}]}"#, cookie: cookie)
                #expect(answer.status == 409, "\(wrong)")
            }
            for wrong in [
                #"{"id":1,"iface":4}"#, #"{"id":1,"iface":0,"br":14400}"#, #"{"id":1,"iface":0,"size":9}"#,
            ] {
                let answer = await bench.send(
                    "PUT", "/settings/uart", #"{"Settings":[\#(wrong)]}"#, cookie: cookie)
                #expect(answer.status == 409, "\(wrong)")
            }
        }
    }

    @Test func aPortOfAnotherProgramIsRefusedAndTheOldTableStays() throws {
        try bench { bench in
            let cookie = await bench.logIn()
            let path = "/settings/servers/tcp"
            let before = await bench.send("GET", path, cookie: cookie).json?["Settings"]?.elements
            let rows = #"{"type":"iface1","port":11},{"type":"iface2","port":7777}"#
            let refused = await bench.send(
                "PUT", path, #"{"Settings":[\#(rows)]}"#, cookie: cookie, headers: [ours])
            #expect(refused.status == 409)
            let fault = refused.json?["faults"]?.elements?.first
            #expect(fault?["code"]?.text == "server.listen" && fault?["path"]?.text == "/Settings/1/port")
            #expect(await bench.send("GET", path, cookie: cookie).json?["Settings"]?.elements == before)
            let added = await bench.send(
                "POST", path, #"{"Settings":[{"type":"iface3","port":7777}]}"#, cookie: cookie,
                headers: [ours])
            #expect(added.json?["faults"]?.elements?.first?["path"]?.text == "/Settings/0/port")
        }
    }

    @Test func serversTellWhoIsConnectedAndAClientIsDropped() throws {
        try bench { bench in
            let cookie = await bench.logIn()
            let state = await bench.send("GET", "/state/servers", cookie: cookie).json
            let servers = state?["Servers"]?.elements ?? []
            #expect(servers.count == 2 && servers[0]["waiting"]?.elements?.count == 1)
            #expect(servers[0]["Clients"]?.elements?.first?["peer"]?.text == "10.0.0.5")
            #expect(servers[1]["code"]?.text == "server.listen")
            let shared = servers[1]["Shared"]?.elements?.first
            #expect(shared?["number"]?.text == "0041000016" && shared?["meters"]?.elements?.count == 2)
            #expect(servers[1]["profile"]?["lp_gap"]?.text == "stop" && servers[0]["Shared"] == nil)
            let drop = await bench.send(
                "POST", "/action/transit/drop", #"{"type":"iface1"}"#, cookie: cookie)
            #expect(drop.status == 200)
            let nobody = await bench.send(
                "POST", "/action/transit/drop", #"{"type":"iface3"}"#, cookie: cookie)
            #expect(nobody.status == 409)
        }
    }

    @Test func supplyLinesTellHowTheyStandAndWhyNot() throws {
        try bench { bench in
            let cookie = await bench.logIn()
            let state = await bench.send("GET", "/state/dout", cookie: cookie).json
            let lines = state?["State"]?.elements ?? []
            #expect(lines.map { $0["state"]?.text } == ["on", "off"] && lines[0]["code"] == nil)
            #expect(lines[1]["code"]?.text == "supply.switch")
            #expect(lines[1]["text"]?.text?.contains("no such file") == true)
            let body = #"{"Settings":[{"addr":"/dev/ttyUSB3","state":"on"}]}"#
            #expect(await bench.send("PUT", "/settings/dout", body, cookie: cookie).status == 200)
            let told = await bench.send("GET", "/settings/dout", cookie: cookie).json?["Settings"]?.elements
            #expect(told?.count == 4 && told?[0]["state"]?.text == "on")
        }
    }

    @Test func remoteConnectionIsOffUntilItHasARowAndEnciphersUnlessToldOtherwise() throws {
        try bench { bench in
            let cookie = await bench.logIn()
            let path = "/settings/servers/tcp"
            let body = #"{"Settings":[{"type":"remote"}]}"#
            #expect(await bench.send("GET", path, cookie: cookie).text.contains("remote") == false)
            #expect(await bench.send("PUT", path, body, cookie: cookie).status == 200)
            let row = #"{"type":"remote","port":19524,"allow":[],"tls":true,"grace":20}"#
            #expect(await bench.send("GET", path, cookie: cookie).text.contains(row))
            for wrong in [
                #"{"type":"remote","grace":31}"#, #"{"type":"remote","port":443}"#,
                #"{"type":"remote"},{"type":"rtu327","port":19524}"#,
            ] {
                let answer = await bench.send(
                    "PUT", path, #"{"Settings":[\#(wrong)]}"#, cookie: cookie)
                #expect(answer.status == 409, "\(wrong)")
            }
            let plain = #"{"Settings":[{"type":"remote","port":2000,"tls":false,"grace":0}]}"#
            #expect(await bench.send("PUT", path, plain, cookie: cookie).status == 200)
            let kept = await bench.send("GET", path, cookie: cookie).text
            #expect(kept.contains(#""port":2000,"allow":[],"tls":false,"grace":0"#))
        }
    }

    @Test func aServerOfPushesIsAddedBesideTheAdminsOwnAndToldHowItFares() throws {
        try bench { bench in
            let cookie = await bench.logIn()
            let path = "/settings/servers/tcp"
            let push = #"{"type":"push","allow":["10.1.0.7/16","10.2.0.9"]}"#
            let body = #"{"Settings":[{"type":"http","port":80},\#(push)]}"#
            #expect(await bench.send("PUT", path, body, cookie: cookie).status == 200)
            let list = await bench.send("GET", path, cookie: cookie)
            #expect(
                list.text
                    == #"{"Settings":[{"type":"http","port":80},{"type":"push","port":4059,"#
                    + #""allow":["10.1.0.0/16","10.2.0.9"]}]}"#)
            for wrong in [
                #"{"type":"push","port":0}"#, #"{"type":"push","port":80}"#, #"{"type":"modem"}"#,
                #"{"type":"push","allow":["10.1.0.0/33"]}"#, #"{"type":"push","allow":["meters"]}"#,
                #"{"type":"push","port":4059},{"type":"push","port":4060}"#,
            ] {
                let answer = await bench.send(
                    "PUT", path, #"{"Settings":[\#(wrong)]}"#, cookie: cookie)
                #expect(answer.status == 409, "\(wrong)")
            }
            let state = await bench.send("GET", "/state/push", cookie: cookie).json
            #expect(state?["port"]?.wholeNumber == 4_059 && state?["taken"]?.wholeNumber == 3)
            #expect(state?["refused"]?["keys"]?.wholeNumber == 2)
            let gone = await bench.send(
                "DELETE", path, #"{"Settings":[{"type":"push"}]}"#, cookie: cookie)
            #expect(gone.status == 200)
            let left = await bench.send("GET", path, cookie: cookie).text
            #expect(left == #"{"Settings":[{"type":"http","port":80}]}"#)
        }
    }

    @Test func correctionsOfClocksAreListedWithTheirReasons() throws {
        try bench { bench in
            try await bench.storeProfile(meter: 1, rows: 1)
            let archive = bench.archive
            for meter in [1, 2] {
                let number = try await archive.begin(
                    ClockEntry(
                        meterID: meter, serial: "10\(meter)", day: CivilStamp(seconds: 0),
                        at: WallTime(unixSeconds: 1_772_316_000), before: 40, manner: .shifted,
                        occasion: .event))
                if meter == 1 { try await archive.end(clockEntry: number, after: 0) }
                if meter == 2 {
                    try await archive.end(clockEntry: number, after: nil, fault: Fault(.meterSilent))
                }
            }
            let cookie = await bench.logIn()
            let first = #"""
                {"id":1,"meter":1,"serial":"101","ts":"2026-03-01T01:00:00+03:00","old":40,"new":0,"how":"shift","by":"event"}
                """#
            let one = await bench.send("GET", "/archive/clocks?meter=1", cookie: cookie)
            #expect(one.text == #"{"Rows":[\#(first)]}"#)
            let page = await bench.send("GET", "/archive/clocks?limit=1", cookie: cookie).json
            #expect(page?["Rows"]?.elements?.count == 1)
            #expect(page?["Rows"]?.elements?.first?["code"]?.text == "meter.silent")
            #expect(page?["Rows"]?.elements?.first?["new"] == nil)
        }
    }

    @Test func aMeterWhoseClockIsNotRightSaysWhy() throws {
        try bench { bench in
            try await bench.storeProfile(meter: 1, rows: 1)
            let off = Fault(.clockBeyondShift, ["seconds": "3600"])
            _ = try await bench.archive.store(
                MeterSessionRows(
                    meterID: 1, serial: "101", readAt: bench.world.wall.now, isTimeTrusted: true,
                    zone: ZoneOffset(minutes: 180), clockDifferenceSeconds: 3_600, readings: [], answers: [],
                    outcomes: [ItemOutcome(nil), ItemOutcome(.clock, fault: off)]))
            let cookie = await bench.logIn()
            let rows = await bench.send("GET", "/state/meters", cookie: cookie).json?["State"]?.elements
            #expect(rows?.first?["state"]?.text == "ok")
            #expect(rows?.first?["clock"]?["code"]?.text == "clock.beyond")
            #expect(rows?.first?["clock"]?["text"]?.text?.contains("3600") == true)
            #expect(rows?.last?["clock"] == nil)
        }
    }

    @Test func aHubStandsAsTheNewestSessionThroughItSays() throws {
        try bench { bench in
            let cookie = await bench.logIn()
            let hubs = [(50, 0, "Ethernet", "10.0.0.1.5050"), (60, 50, "Hub", "10.0.0.1.6060")].map {
                #"{"id":\#($0),"pId":\#($1),"typeName":"VirtualHub","ifaceName":"\#($2)","addr":"\#($3)"}"#
            }
            let meters = [(1, 50), (2, 60)].map {
                #"{"id":\#($0),"pId":\#($1),"typeName":"SPODES","ifaceName":"Hub","addr":"\#($0 + 100)"}"#
            }
            let table = #"{"Meters":[\#((hubs + meters).joined(separator: ","))]}"#
            let saved = await bench.send("PUT", "/settings/meter/table", table, cookie: cookie)
            #expect(saved.status == 200, "\(saved.text)")
            func note(_ meter: Int, _ fault: Fault?) async throws {
                _ = try await bench.archive.store(
                    MeterSessionRows(
                        meterID: meter, serial: "10\(meter)", readAt: bench.world.wall.now,
                        isTimeTrusted: true, zone: ZoneOffset(minutes: 180), clockDifferenceSeconds: nil,
                        readings: [], answers: [], outcomes: [ItemOutcome(nil, fault: fault)]))
            }
            func states() async -> [String?] {
                let answer = await bench.send("GET", "/state/meters", cookie: cookie).json
                return (answer?["State"]?.elements ?? []).map { $0["code"]?.text ?? $0["state"]?.text }
            }
            #expect(await states().prefix(2) == ["idle", "idle"])
            try await note(2, Fault(.hubBusy, ["hub": "60"]))
            #expect(await states() == ["ok", "hub.busy", "idle", "hub.busy"])
            try await note(1, Fault(.meterSilent))
            #expect(await states() == ["ok", "hub.busy", "meter.silent", "hub.busy"])
            try await bench.world.clock.sleep(for: .seconds(60))
            try await note(2, Fault(.hubUnreachable, ["hub": "50"]))
            #expect(await states().prefix(2) == ["hub.unreachable", "hub.unreachable"])
        }
    }

    @Test func metersThatWereNeverReadAreIdle() throws {
        try bench { bench in
            try await bench.storeProfile(meter: 1, rows: 1)
            let cookie = await bench.logIn()
            let rows = await bench.send("GET", "/state/meters", cookie: cookie).json?["State"]?.elements
            #expect(rows?.count == 3 && rows?.last?["state"]?.text == "idle")
        }
    }
}

/// Revisions: what changed, and the way back for one record.
@Suite struct RevisionTests {
    @Test func aRevisionTellsWhatItChangedAndShowsNoSecret() throws {
        try bench { bench in
            let cookie = await bench.logIn()
            let rows = #"{"Settings":[{"id":1,"min":15},{"id":2,"min":30,"hour":1}]}"#
            _ = await bench.send("PUT", "/settings/events/schdl", rows, cookie: cookie)
            let less = #"{"Settings":[{"id":1,"min":20}]}"#
            _ = await bench.send("PUT", "/settings/events/schdl", less, cookie: cookie)
            let broker = #"{"Settings":[{"id":1,"addr":"b.example","port":8883,"password":"one"}]}"#
            _ = await bench.send("PUT", "/settings/servers/mqtt", broker, cookie: cookie)
            let other = #"{"Settings":[{"id":1,"addr":"b.example","port":8883,"password":"two"}]}"#
            _ = await bench.send("PUT", "/settings/servers/mqtt", other, cookie: cookie)
            func changes(_ number: Int, _ query: String = "") async -> [JSONValue] {
                await bench.send("GET", "/settings/revisions/\(number)/diff\(query)", cookie: cookie)
                    .json?["Changes"]?.elements ?? []
            }
            let third = await changes(3)
            #expect(third.map { $0["kind"]?.text } == ["changed", "removed"])
            #expect(third.map { $0["record"]?.text } == ["1", "2"])
            #expect(third.first?["path"]?.text == "/min" && third.first?["old"]?.wholeNumber == 15)
            #expect(third.first?["new"]?.wholeNumber == 20)
            let secret = await changes(5)
            #expect(secret.map { $0["path"]?.text } == ["/password"])
            #expect(secret.first?["new"]?.text == "••")
            #expect(await changes(3, "?since=1").map { $0["kind"]?.text } == ["added"])
            let unknown = await bench.send("GET", "/settings/revisions/77/diff", cookie: cookie)
            #expect(unknown.status == 404)
        }
    }

    @Test func oneRecordOrOneTableGoesBackWithoutTheRest() throws {
        try bench { bench in
            let cookie = await bench.logIn()
            let rows = #"{"Settings":[{"id":1,"min":15},{"id":2,"min":30,"hour":1}]}"#
            _ = await bench.send("PUT", "/settings/events/schdl", rows, cookie: cookie)
            let changed = #"{"Settings":[{"id":1,"min":20},{"id":3,"min":5}]}"#
            _ = await bench.send("PUT", "/settings/events/schdl", changed, cookie: cookie)
            func schedules() async -> [String] {
                let reply = await bench.send("GET", "/settings/events/schdl", cookie: cookie)
                return (reply.json?["Settings"]?.elements ?? []).map {
                    "\($0["id"]?.wholeNumber ?? 0):\($0["min"]?.wholeNumber ?? 0)"
                }
            }
            func restore(_ body: String) async -> Int {
                await bench.send("POST", "/settings/revisions/2/restore", body, cookie: cookie).status
            }
            let table = #""table":"/settings/events/schdl""#
            #expect(await restore("{\(table),\"record\":\"1\"}") == 200)
            #expect(await schedules() == ["1:15", "3:5"])
            #expect(await restore("{\(table),\"record\":3}") == 200)
            #expect(await schedules() == ["1:15"])
            #expect(await restore("{\(table)}") == 200)
            #expect(await schedules() == ["1:15", "2:30"])
            #expect(await restore("{\(table),\"record\":9}") == 409)
            #expect(await restore(#"{"table":"/nowhere"}"#) == 409)
            #expect(await restore(#"{"table":"/settings/proto/json/auth"}"#) == 403)
        }
    }

    @Test func firingsAreListedWithWhatCameOfThem() throws {
        try bench { bench in
            let cookie = await bench.logIn()
            let reply = await bench.send("GET", "/jrnl/action?limit=10", cookie: cookie)
            let rows = reply.json?["Jrnl"]?.elements ?? []
            #expect(rows.map { $0["result"]?.text } == ["err", "warn"])
            #expect(rows.last?["text"]?.text == "31 из 32" && rows.last?["time"]?.wholeNumber != nil)
            #expect(rows.first?["action"]?["type"]?.text == "MQTTMeterMessages")
            let older = await bench.send("GET", "/jrnl/action?before=8", cookie: cookie)
            #expect(older.json?["Jrnl"]?.elements?.count == 1)
        }
    }

    @Test func completenessAndTheStoreAreToldToPages() throws {
        try bench { bench in
            let cookie = await bench.logIn()
            let reply = await bench.send("GET", "/state/completeness?days=3", cookie: cookie)
            #expect(reply.status == 200)
            #expect(reply.json?["Meters"]?.elements?.first?["days"]?.elements?.count == 3)
            #expect(await bench.send("GET", "/state/completeness?days=0", cookie: cookie).status == 409)
            let store = await bench.send("GET", "/state/archive", cookie: cookie)
            #expect(store.json?["Kinds"]?.elements?.isEmpty == false)
            for list in ["quarantine", "unbalanced", "changes"] {
                let rows = await bench.send("GET", "/archive/\(list)?limit=5", cookie: cookie)
                #expect(rows.json?["Rows"]?.elements != nil)
                #expect(await bench.send("GET", "/archive/\(list)?limit=x", cookie: cookie).status == 409)
            }
        }
    }
}
