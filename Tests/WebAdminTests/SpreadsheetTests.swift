// «Скачать (Excel)» by API: rows of the page and rows of the archive as cells, bounds and refusals.

import JSONText
import Testing

@testable import WebAdmin

@Suite struct SpreadsheetTests {
    private func ask(_ bench: Bench, _ body: String, as login: String = "root") async -> Reply {
        let cookie = await bench.logIn(login, login == "root" ? "root-password" : "user-password")
        return await bench.send(
            "POST", "/spreadsheet", body, cookie: cookie,
            headers: [("accept", "application/vnd.um+json")])
    }

    @Test func rowsOfThePageBecomeTypedCells() throws {
        try bench { bench in
            let reply = await ask(
                bench,
                #"""
                {"sheet":"Текущие","columns":[{"head":"ID","digits":0},{"head":"Тип"},{"head":"Метка"},
                {"head":"A+0"}],"rows":[[1,"=1+1",{"ts":"2026-02-01T00:30:00+03:00"},12.345],
                [2,"",{"ts":"2026-02-01T00:30:00+07:00"},null],[3]]}
                """#, as: "user")
            #expect(reply.status == 200, "\(reply.text)")
            #expect(
                reply.header("content-type")
                    == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
            let lines = reply.text.split(separator: "\n").map(String.init)
            // The stamp is what the clock showed, in whatever zone.
            #expect(
                lines == [
                    "Текущие", "ID:0|Тип|Метка|A+0", "#1.0|=1+1|@2026-02-01 00:30:00|#12.345",
                    "#2.0||@2026-02-01 00:30:00|", "#3.0",
                ])
        }
    }

    @Test func rowsOfTheArchiveAreThoseOfTheDataRequest() throws {
        try bench { bench in
            try await bench.storeProfile(meter: 1, rows: 700)
            try await bench.storeProfile(meter: 2, rows: 10)
            let selection =
                #"{"ids":[1,2],"measures":["ElArr1ConsPower"],"tags":["P+"],"time":[{"end":"2026-02-10"}]}"#
            let reply = await ask(
                bench,
                #"""
                {"sheet":"Профили","columns":[{"head":"ID","key":"meter"},{"head":"Тип","key":"meter",
                "words":{"1":"СПОДЭС","2":"СПОДЭС"}},{"head":"S","key":"serial"},{"head":"Метка","key":"ts"},
                {"head":"Δ","key":"diff"},{"head":"P+, кВт","key":"P+","scale":1000,"digits":3},
                {"head":"UA","key":"UA"}],"from":\#(selection)}
                """#)
            let lines = reply.text.split(separator: "\n").map(String.init)
            #expect(reply.status == 200, "\(reply.text.prefix(300))")
            #expect(lines.dropFirst(2).first == "#1.0|СПОДЭС|S1|@2026-02-01 00:30:00||#0.001|")
            let stored = await bench.send(
                "POST", "/meter/data/arch", selection, cookie: await bench.logIn())
            let devices = stored.json?["measures"]?.elements?.first?["devices"]?.elements ?? []
            let count = devices.reduce(0) { $0 + ($1["vals"]?.elements?.count ?? 0) }
            #expect(count > 400 && lines.count == count + 2)
        }
    }

    @Test func theNewestComesFirstOverAllKindsWhenAskedFor() throws {
        try bench { bench in
            try await bench.storeProfile(meter: 1, rows: 4)
            try await bench.storeProfile(meter: 2, rows: 5)
            let reply = await ask(
                bench,
                #"""
                {"columns":[{"head":"ID","key":"meter"},{"head":"T","key":"ts"}],"newestFirst":true,
                "from":{"ids":[],"measures":["ElArr1ConsPower","ElJrnlPwr"]}}
                """#)
            let stamps = reply.text.split(separator: "\n").dropFirst(1).compactMap {
                $0.split(separator: "@").last
            }
            #expect(stamps.count == 9)
            #expect(stamps == stamps.sorted(by: >))
        }
    }

    @Test func wordsOfAMeasureStandBeforeCommonOnes() throws {
        try bench { bench in
            try await bench.storeProfile(meter: 1, rows: 2)
            let reply = await ask(
                bench,
                #"""
                {"columns":[{"head":"P","key":"P+","words":{"ElArr1ConsPower/1":"one","1":"none","2":""}}],
                "from":{"ids":[1],"measures":["ElArr1ConsPower"]}}
                """#)
            #expect(reply.text == "\nP\none\n")
        }
    }

    @Test(arguments: [
        (#"{"columns":[]}"#, "/columns"), (#"{"columns":[{"head":"a"}]}"#, "/rows"),
        (
            #"{"columns":[{"head":"a","key":"nothing"}],"from":{"measures":["ElDayEnergy"]}}"#,
            "/columns/0/key"
        ),
        (#"{"columns":[{"head":"a","key":"ts"}],"from":{"measures":["ElNothing"]}}"#, "/measures/0"),
        (#"{"columns":[{"head":"a"}],"rows":[[1,2]]}"#, "/rows/0"),
        (#"{"columns":[{"head":"a"}],"rows":[[[1]]]}"#, "/rows/0/0"),
        (#"{"columns":[{"head":"a"}],"rows":[[{"ts":"tomorrow"}]]}"#, "/rows/0/0"),
        (#"{"columns":[{"head":"a","digits":12}],"rows":[]}"#, "/columns/0/digits"),
    ])
    func aRequestThatIsWrongIsRefusedByPath(_ body: String, _ path: String) throws {
        try bench { bench in
            let reply = await ask(bench, body)
            #expect(reply.status == 409, "\(reply.text)")
            #expect(reply.json?["faults"]?.elements?.first?["path"]?.text == path, "\(reply.text)")
        }
    }

    @Test func aTableTooLargeForOneFileIsRefusedWithAWayOut() throws {
        try bench { bench in
            let row = "[" + Array(repeating: "1", count: 60).joined(separator: ",") + "],"
            let columns = Array(repeating: #"{"head":"a"}"#, count: 60).joined(separator: ",")
            let rows = String(repeating: row, count: 2_600) + "[]"
            let reply = await ask(bench, #"{"columns":[\#(columns)],"rows":[\#(rows)]}"#)
            #expect(reply.status == 409)
            #expect(reply.json?["code"]?.text == "spreadsheet.size")
            #expect(reply.json?["text"]?.text?.contains("меньший период") == true)
            // Of the archive the same: 64 columns of 2,600 rows.
            for meter in [1, 2] { try await bench.storeProfile(meter: meter, rows: 1_300) }
            let wide = Array(repeating: #"{"head":"a","key":"ts"}"#, count: 64).joined(separator: ",")
            let stored = await ask(
                bench, #"{"columns":[\#(wide)],"from":{"ids":[],"measures":["ElArr1ConsPower"]}}"#)
            #expect(stored.status == 409 && stored.json?["code"]?.text == "spreadsheet.size")
            let more = Array(repeating: #"{"head":"a"}"#, count: 65).joined(separator: ",")
            #expect(await ask(bench, #"{"columns":[\#(more)],"rows":[]}"#).status == 409)
        }
    }

    @Test func aFileThatCannotBeMadeIsSaidInWords() throws {
        try bench { bench in
            let reply = await ask(bench, #"{"sheet":"broken","columns":[{"head":"a"}],"rows":[]}"#)
            #expect(reply.status == 503)
            #expect(reply.json?["code"]?.text == "spreadsheet.failed")
            let stranger = await bench.send("POST", "/spreadsheet", "{}")
            #expect(stranger.status == 401)
        }
    }
}
