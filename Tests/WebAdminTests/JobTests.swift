import JSONText
import Seams
import Testing
import Timekeeping
import VirtualTime

@testable import WebAdmin

@Suite struct JobTests {
    @Test func aConnectionTestEndsWithAVerdictForEveryMeter() throws {
        try running { bench, cookie in
            let order = #"{"type":"test","ids":[1,2,10]}"#
            let started = await bench.send("POST", "/jobs", order, cookie: cookie)
            #expect(started.text == #"{"res":0,"id":1,"total":3}"#)
            try await bench.world.clock.sleep(for: .seconds(10))
            let job = await bench.send("GET", "/jobs/1", cookie: cookie)
            #expect(job.json?["state"]?.text == "done" && job.json?["done"]?.wholeNumber == 3)
            let states = job.json?["items"]?.elements?.compactMap { $0["state"]?.text }
            #expect(states == ["ok", "warn", "mute"], "\(job.text)")
            #expect(job.text.contains("+57") && job.text.contains(#""serial":"S1""#))
        }
    }

    @Test func aStoppedJobAsksNobodyElseAndKeepsWhatItHas() throws {
        try running { bench, cookie in
            _ = await bench.send("POST", "/jobs", #"{"type":"test","ids":[1,2,10]}"#, cookie: cookie)
            try await bench.world.clock.sleep(for: .milliseconds(1_500))
            #expect(await bench.send("DELETE", "/jobs/1", cookie: cookie).status == 200)
            try await bench.world.clock.sleep(for: .seconds(10))
            let job = await bench.send("GET", "/jobs/1", cookie: cookie)
            #expect(job.json?["state"]?.text == "stopped")
            let states = job.json?["items"]?.elements?.compactMap { $0["state"]?.text }
            #expect(states == ["ok", "idle", "idle"], "\(job.text)")
        }
    }

    @Test func oneClockIsPutRightInTheDevicesOwnForm() throws {
        try running { bench, cookie in
            for method in ["PUT", "POST"] {
                let done = await bench.send(method, "/meter/settings/time", #"{"id":1}"#, cookie: cookie)
                #expect(done.text == #"{"res":0,"id":1,"diff":1}"#)
            }
            let silent = await bench.send("PUT", "/meter/settings/time", #"{"id":10}"#, cookie: cookie)
            #expect(silent.status >= 400)
            let unknown = await bench.send("PUT", "/meter/settings/time", #"{"id":99}"#, cookie: cookie)
            #expect(unknown.status >= 400)
            let none = await bench.send("PUT", "/meter/settings/time", "{}", cookie: cookie)
            #expect(none.status == unknown.status)
            bench.world.wall.setTrusted(false)
            let untrusted = await bench.send("PUT", "/meter/settings/time", #"{"id":1}"#, cookie: cookie)
            #expect(untrusted.status >= 400, "R1")
        }
    }

    @Test func onlyWhoMayControlPutsClocksRight() throws {
        try running { bench, cookie in
            let order = #"{"type":"time","ids":[1,2]}"#
            let started = await bench.send("POST", "/jobs", order, cookie: cookie)
            #expect(started.json?["total"]?.wholeNumber == 2)
            let reader = await bench.logIn("user", "user-password")
            #expect(await bench.send("POST", "/jobs", order, cookie: reader).status == 403)
            bench.world.wall.setTrusted(false)
            #expect(await bench.send("POST", "/jobs", order, cookie: cookie).status == 409)
        }
    }

    @Test func aReadingJobBringsTheAnswerDocument() throws {
        try running { bench, cookie in
            let order = #"{"type":"read","ids":[1],"measures":["ElMomentEnergy","GetTime"],"tags":["A+0"]}"#
            _ = await bench.send("POST", "/jobs", order, cookie: cookie)
            try await bench.world.clock.sleep(for: .seconds(10))
            let job = await bench.send("GET", "/jobs/1", cookie: cookie)
            let answer = job.json?["items"]?.elements?.first?["answer"]
            #expect(answer?["measures"]?.elements?.count == 2, "\(job.text)")
        }
    }

    @Test func theEventStreamTellsChangesAndTheEnd() throws {
        try running { bench, cookie in
            _ = await bench.send("POST", "/jobs", #"{"type":"test","ids":[1,2]}"#, cookie: cookie)
            let stream = await bench.send("GET", "/jobs/1/events", cookie: cookie)
            #expect(stream.header("content-type") == "text/event-stream")
            #expect(stream.text.contains("event: item\ndata: {") && stream.text.contains("event: end\n"))
            let last = stream.text.split(separator: "\n").last { $0.hasPrefix("id: ") }?.dropFirst(4)
            let resumed = await bench.send(
                "GET", "/jobs/1/events", cookie: cookie, headers: [("last-event-id", String(last ?? ""))])
            #expect(!resumed.text.contains("event: item") && resumed.text.contains("event: end"))
        }
    }

    @Test func aClientThatLeavesEndsItsStream() throws {
        try running { bench, cookie in
            let exchange = MemoryExchange(
                HTTPRequest(method: "GET", path: "/events", headers: [("cookie", "sessionid=\(cookie)")]),
                leavesAfter: 2)
            await bench.admin.handle(exchange)
            #expect(await exchange.isFinished)
            #expect(await exchange.pieces.last == Array(": beat\n\n".utf8), "the heartbeat notices")
        }
    }

    @Test func aStreamThatComesBackGetsOnlyWhatItMissed() throws {
        try running { bench, cookie in
            func stream(after id: String?, pieces: Int) async -> String {
                var headers = [("cookie", "sessionid=\(cookie)")]
                if let id { headers.append(("last-event-id", id)) }
                let exchange = MemoryExchange(
                    HTTPRequest(method: "GET", path: "/events", headers: headers), leavesAfter: pieces)
                await bench.admin.handle(exchange)
                return String(decoding: await exchange.pieces.joined(), as: UTF8.self)
            }
            let first = await stream(after: nil, pieces: 1)
            let id = first.split(separator: "\n").first { $0.hasPrefix("id: ") }.map {
                String($0.dropFirst(4))
            }
            #expect(first.contains(#""brokers":[{"id":1"#), "\(first)")
            let quiet = await stream(after: id, pieces: 1)
            #expect(quiet == ": beat\n\n", "nothing happened since")
            _ = await bench.send(
                "PUT", "/settings/templates/meter", #"{"Settings":[{"id":1,"name":"A","meters":[1]}]}"#,
                cookie: cookie)
            let missed = await stream(after: id, pieces: 1)
            #expect(missed.contains(#""user":"root","brokers":[],"meters":[]"#), "\(missed)")
            let reopened = MemoryExchange(
                HTTPRequest(
                    method: "GET", path: "/events", query: [("after", id ?? "")],
                    headers: [("cookie", "sessionid=\(cookie)")]), leavesAfter: 1)
            await bench.admin.handle(reopened)
            #expect(await reopened.pieces.joined().elementsEqual(missed.utf8))
            let foreign = await stream(after: "other-7", pieces: 1)
            #expect(foreign.contains(#""brokers":[{"id":1"#), "an id of an earlier run is no id")
        }
    }

    @Test func resultsLiveAnHour() throws {
        try running { bench, cookie in
            _ = await bench.send("POST", "/jobs", #"{"type":"test","ids":[1]}"#, cookie: cookie)
            for _ in 0..<4 {
                try await bench.world.clock.sleep(for: .seconds(14 * 60))
                #expect(await bench.send("GET", "/jobs/1", cookie: cookie).status == 200)
            }
            try await bench.world.clock.sleep(for: .seconds(5 * 60))
            #expect(await bench.send("GET", "/jobs/1", cookie: cookie).status == 404)
        }
    }

    @Test(arguments: [
        #"{"type":"dance","ids":[1]}"#, #"{"type":"test","ids":[99]}"#, #"{"type":"read","ids":[1]}"#,
    ])
    func senselessOrdersAreRefused(_ order: String) throws {
        try running { bench, cookie in
            #expect(await bench.send("POST", "/jobs", order, cookie: cookie).status == 409)
        }
    }

    @Test func jobsThatNobodyStartedAreUnknown() throws {
        try running { bench, cookie in
            #expect(await bench.send("GET", "/jobs/5", cookie: cookie).status == 404)
            #expect(await bench.send("DELETE", "/jobs/x", cookie: cookie).status == 404)
        }
    }
}
