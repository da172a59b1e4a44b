// Journals of meters and their alarms as the API tells them (api 3.4, R28).

import Archive
import JSONText
import Metering
import Seams
import Testing
import Timekeeping
import VirtualTime

@testable import WebAdmin

@Suite struct JournalReadingTests {
    private func store(_ bench: Bench, alarms: AlarmWord? = nil) async throws {
        let start = try #require(CivilStamp(year: 2026, month: 2, day: 1))
        let events = (0..<3).map { index in
            JournalEvent(
                .power, at: MeterStamp(start.adding(seconds: Int64(index) * 3_600)), event: index % 2,
                code: index % 2 + 1)
        }
        _ = try await bench.archive.store(
            MeterSessionRows(
                meterID: 1, serial: "S1", readAt: bench.world.wall.now, isTimeTrusted: true,
                zone: ZoneOffset(minutes: 180), clockDifferenceSeconds: 2, readings: [],
                journals: JournalYield(journals: [.power], events: events, readAt: start), alarms: alarms))
    }

    @Test func eventsComeInTheShapeOfReadings() throws {
        try bench { bench in
            try await store(bench)
            let window = #"[{"start":"2026-02-01T01:00:00","end":"2026-02-01T01:30:00"}]"#
            let reply = await bench.send(
                "POST", "/meter/data/arch",
                #"{"ids":[1],"measures":["ElJrnlPwr","ElJrnlOpen"],"time":\#(window)}"#,
                cookie: await bench.logIn())
            #expect(
                reply.text
                    == #"{"measures":[{"measure":"ElJrnlPwr","devices":[{"id":1,"deviceIdx":1,"meterId":1,"#
                    + #""serial":"S1","vals":[{"ts":"2026-02-01T01:00:00+03:00","diff":2,"#
                    + #""tags":[{"tag":"event","val":1},{"tag":"eventId","val":2}]}]}]},"#
                    + #"{"measure":"ElJrnlOpen","devices":[{"id":1,"deviceIdx":1,"meterId":1,"serial":"S1","#
                    + #""vals":null}]}]}"#)
        }
    }

    @Test func tagsAndTheNewestEventAreChosenAndTheOldNameIsEchoed() throws {
        try bench { bench in
            try await store(bench)
            let reply = await bench.send(
                "POST", "/meter/data",
                #"{"ids":[1],"measures":["jrnlPwr"],"tags":["eventId","A+0"],"lastTime":true}"#,
                cookie: await bench.logIn())
            #expect(reply.text.contains(#""measure":"jrnlPwr""#))
            #expect(reply.text.contains(#""tags":[{"tag":"eventId","val":3}]"#))
            #expect(!reply.text.contains("T01:00:00"))
            let unknown = await bench.send(
                "POST", "/meter/data", #"{"ids":[1],"measures":["jrnlNone"]}"#, cookie: await bench.logIn())
            #expect(unknown.status == 409)
        }
    }

    @Test func theCodeAndTheShiftOfAClockComeWhenTheyAreAskedFor() throws {
        try bench { bench in
            let start = try #require(CivilStamp(year: 2026, month: 2, day: 1))
            let event = JournalEvent(
                .timeCorrection, at: MeterStamp(start), event: 0, code: 68,
                before: MeterStamp(start.adding(seconds: 7)))
            _ = try await bench.archive.store(
                MeterSessionRows(
                    meterID: 1, serial: "S1", readAt: bench.world.wall.now, isTimeTrusted: true,
                    zone: ZoneOffset(minutes: 180),
                    journals: JournalYield(journals: [.timeCorrection], events: [event], readAt: start)))
            let body = #"{"ids":[1],"measures":["ElJrnlTimeCorr"],"tags":["event","code","shift"]}"#
            let reply = await bench.send("POST", "/meter/data/arch", body, cookie: await bench.logIn())
            #expect(
                reply.text.contains(
                    #""tags":[{"tag":"event","val":0},{"tag":"code","val":68},{"tag":"shift","val":-7}]"#))
        }
    }

    @Test func alarmsThatHoldComeFirstInWords() throws {
        try bench { bench in
            try await store(bench, alarms: [.magnet, .terminalCover])
            try await store(bench, alarms: .magnet)
            let cookie = await bench.logIn()
            let reply = await bench.send("GET", "/state/alarms", cookie: cookie)
            let alarms = try #require(reply.json?["Alarms"]?.elements)
            #expect(alarms.map { $0["code"]?.text } == ["magnet", "cover"])
            #expect(alarms.map { $0["active"] } == [.boolean(true), .boolean(false)])
            #expect(alarms[0]["text"]?.text == "Воздействие магнитного поля")
            #expect(alarms[0]["until"] == nil && alarms[1]["until"]?.text != nil)
            #expect(alarms[0]["meter"]?.wholeNumber == 1)
            let noted = await bench.send("POST", "/action/alarms", #"{"ids":[1,99]}"#, cookie: cookie)
            #expect(noted.status == 200)
            let after = await bench.send("GET", "/state/alarms", cookie: cookie)
            let magnet = after.json?["Alarms"]?.elements?.first { $0["code"]?.text == "magnet" }
            #expect(magnet?["active"] == .boolean(false) && magnet?["seen"]?.text != nil)
        }
    }

    @Test func thePageOfTheArchiveTellsOfJournalsWithEvents() throws {
        try bench { bench in
            try await store(bench)
            let reply = await bench.send("GET", "/state/archive", cookie: await bench.logIn())
            let journals = try #require(reply.json?["Journals"]?.elements)
            #expect(journals.map { $0["measure"]?.text } == ["ElJrnlPwr"])
            #expect(journals.first?["rows"]?.wholeNumber == 3)
            #expect(journals.first?["depth"]?.wholeNumber == 1_000)
            #expect(reply.json?["Kinds"]?.elements?.count == 8)
        }
    }
}
