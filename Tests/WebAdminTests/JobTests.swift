import JSONText
import Seams
import Testing
import Timekeeping
import VirtualTime

@testable import WebAdmin

@Suite struct JobTests {
    /// Runs the admin's service beside a body.
    private func running(_ body: @escaping @Sendable (Bench, String) async throws -> Void) throws {
        try bench { bench in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try? await bench.admin.run() }
                try await body(bench, await bench.logIn())
                group.cancelAll()
            }
        }
    }

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
