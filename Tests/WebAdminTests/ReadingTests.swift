import Archive
import JSONText
import Metering
import Seams
import Testing
import Timekeeping
import VirtualTime

@testable import WebAdmin

@Suite struct ArchiveReadingTests {
    private func ask(_ bench: Bench, _ body: String) async -> Reply {
        await bench.send("POST", "/meter/data/arch", body, cookie: await bench.logIn())
    }

    @Test func theDocumentIsCompactWithTagBeforeVal() throws {
        try bench { bench in
            try await bench.storeProfile(meter: 1, rows: 1)
            let reply = await ask(bench, #"{"ids":[1],"measures":["ElArr1ConsPower"],"tags":[]}"#)
            #expect(
                reply.text
                    == #"{"measures":[{"measure":"ElArr1ConsPower","devices":[{"id":1,"deviceIdx":1,"#
                    + #""meterId":1,"serial":"S1","vals":[{"ts":"2026-02-01T00:30:00+03:00","#
                    + #""tags":[{"tag":"P+","val":1},{"tag":"Q+","val":0.1}]}]}]}]}"#)
        }
    }

    @Test(arguments: [
        (#"[{"start":"2026-02-01T01:00:00+03:00","end":"2026-02-01T02:00:00+03:00"}]"#, 3),
        (#"{"start":"2026-02-01T01:00:00+03:00","end":"2026-02-01T02:00:00+03:00"}"#, 3),
        (#"[{"start":"2026-01-31T22:00:00Z","end":"2026-01-31T23:00:00Z"}]"#, 3),
        (#"[{"start":"2026-02-01T01:00:00.000123","end":"2026-02-01T02:00:00.5"}]"#, 3),
        (#"[{"start":1769896800,"end":1769900400}]"#, 3),
        (#"[{"end":"2026-02-01T01:00:00"}]"#, 2), (#"[{"start":"2026-02-01T23:30:00"}]"#, 2), ("[]", 48),
        ("null", 48), ("[{}]", 48),
        (#"[{"end":"2026-02-01T00:30:00"},{"start":"2026-02-02T00:00:00"}]"#, 2),
    ])
    func windowsAreInclusiveAndORed(_ windows: String, _ count: Int) throws {
        try bench { bench in
            try await bench.storeProfile(meter: 1, rows: 48)
            let reply = await ask(
                bench, #"{"ids":[1],"measures":["ElArr1ConsPower"],"tags":["P+"],"time":\#(windows)}"#)
            #expect(reply.text.components(of: "\"ts\":") == count, "\(reply.text.prefix(300))")
        }
    }

    @Test func tagsAreChosenAndForeignOnesIgnored() throws {
        try bench { bench in
            try await bench.storeProfile(meter: 1, rows: 1)
            let some = await ask(bench, #"{"ids":[1],"measures":["ElArr1ConsPower"],"tags":["Q+","A+0"]}"#)
            #expect(some.text.contains(#""tags":[{"tag":"Q+","val":0.1}]"#))
            let none = await ask(
                bench, #"{"ids":[1],"measures":["ElArr1ConsPower"],"tags":["A+0","nonsense"]}"#)
            #expect(none.text.contains("\"ts\":") && !none.text.contains("\"tags\""))
        }
    }

    @Test func aKnownMeterWithoutRowsHasNullAndAnUnknownIsLeftOut() throws {
        try bench { bench in
            let reply = await ask(bench, #"{"ids":[2,99],"measures":["ElDayEnergy"],"tags":[]}"#)
            #expect(reply.text.contains(#""id":2,"deviceIdx":2,"meterId":2,"serial":"","vals":null"#))
            #expect(!reply.text.contains("99"))
        }
    }

    @Test func noIDsMeansAllMetersAndLastTimeTheNewestRow() throws {
        try bench { bench in
            try await bench.storeProfile(meter: 1, rows: 5)
            let reply = await ask(
                bench, #"{"ids":[],"measures":["ElArr1ConsPower"],"tags":[],"lastTime":true}"#)
            #expect(reply.json?["measures"]?.elements?.first?["devices"]?.elements?.count == 3)
            #expect(reply.text.components(of: "\"ts\":") == 1)
            #expect(reply.text.contains("2026-02-01T02:30:00"))
        }
    }

    @Test func holesAreExplained() throws {
        try bench { bench in
            try await bench.storeProfile(meter: 1, rows: 4)
            let window = #"{"start":"2026-02-01T01:00:00","end":"2026-02-01T04:00:00"}"#
            let body = #"{"ids":[1],"measures":["ElArr1ConsPower"],"time":[\#(window)]}"#
            let reply = await bench.send("POST", "/meter/data/gaps", body, cookie: await bench.logIn())
            let gap = reply.json?["devices"]?.elements?.first?["gaps"]?.elements?.first
            #expect(gap?["start"]?.text == "2026-02-01T02:30:00+03:00", "\(reply.text)")
            #expect(gap?["end"]?.text == "2026-02-01T04:00:00+03:00" && gap?["reason"]?.text == "wanted")
            let endless = #"{"ids":[1],"measures":["ElArr1ConsPower"]}"#
            #expect(
                await bench.send("POST", "/meter/data/gaps", endless, cookie: await bench.logIn()).status
                    == 409)
        }
    }

    @Test(arguments: [
        #"{"ids":[1],"measures":["NoSuch"]}"#, #"{"ids":[1],"measures":["GetTime"]}"#, #"{"ids":[1]}"#,
        #"{"ids":["x"],"measures":["ElDayEnergy"]}"#,
        #"{"ids":[1],"measures":["ElDayEnergy"],"time":[{"start":"yesterday"}]}"#,
    ])
    func whatDoesNotMatchTheSchemaIs409(_ body: String) throws {
        try bench { bench in #expect(await ask(bench, body).status == 409) }
    }

    @Test func aLongAnswerStreamsInPieces() throws {
        try bench { bench in
            try await bench.storeProfile(meter: 1, rows: 1_300)
            let reply = await ask(bench, #"{"ids":[1],"measures":["ElArr1ConsPower"],"tags":[]}"#)
            #expect(reply.pieces > 3)
            #expect(reply.text.utf8.count / reply.pieces < 64 << 10)
            #expect(reply.json != nil)
            #expect(reply.text.components(of: "\"ts\":") == 1_300)
        }
    }
}

@Suite struct LiveReadingTests {
    @Test func presentValuesComeWithTheMetersThatFailedNamedOneByOne() throws {
        try bench { bench in
            let body = #"{"ids":[1,10],"measures":["ElMomentEnergy"],"tags":["A+0"]}"#
            let reply = await bench.send("POST", "/meter/data/moment", body, cookie: await bench.logIn())
            #expect(reply.status == 200)
            let devices = reply.json?["measures"]?.elements?.first?["devices"]?.elements
            #expect(devices?.count == 2)
            #expect(reply.text.contains(#"{"tag":"A+0","val":12345678}"#) && !reply.text.contains("R+0"))
            #expect(devices?.last?["error"]?.text?.isEmpty == false && devices?.last?["vals"] == nil)
        }
    }

    @Test func theClockOfAMeterIsAStampAndADifference() throws {
        try bench { bench in
            let body = #"{"ids":[2],"measures":["GetTime"],"tags":[]}"#
            let reply = await bench.send("POST", "/meter/data/moment", body, cookie: await bench.logIn())
            #expect(reply.text.contains(#""diff":57}"#) && !reply.text.contains("\"tags\""))
        }
    }

    @Test func protocol31KnowsItsOwnNamesAndPath() throws {
        try bench { bench in
            try await bench.storeProfile(meter: 1, rows: 2)
            let cookie = await bench.logIn()
            let stored = #"{"ids":[1],"measures":["aCons"],"tags":["P+"],"logtime":1}"#
            let reply = await bench.send("POST", "/meter/data", stored, cookie: cookie)
            #expect(reply.text.contains(#""measure":"aCons""#) && reply.text.components(of: "\"ts\":") == 2)
            let live = #"{"ids":[1],"measures":["mEng"],"tags":["A+0"]}"#
            #expect(await bench.send("POST", "/meter/data", live, cookie: cookie).text.contains("12345678"))
            let forty = [(name: "x-protocol-uspd", value: "40")]
            #expect(
                await bench.send("POST", "/meter/data", live, cookie: cookie, headers: forty).status == 405)
            let old = [(name: "x-protocol-uspd", value: "31")]
            #expect(
                await bench.send("POST", "/meter/data/arch", live, cookie: cookie, headers: old).status == 405
            )
        }
    }
}

extension String {
    /// How often a text occurs.
    func components(of text: String) -> Int {
        split(separator: text, omittingEmptySubsequences: false).count - 1
    }
}
