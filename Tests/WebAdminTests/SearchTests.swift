// «Поиск приборов учёта» as a job: who may, what is refused, how it tells how far it has come.

import JSONText
import Seams
import Testing
import VirtualTime

@testable import WebAdmin

@Suite struct SearchTests {
    private static let order =
        #"{"type":"scan","ifaceName":"Iface1","serials":["5022173"],"speeds":[9600],"from":20,"to":29}"#

    @Test func aSearchTellsHowFarItHasComeAndWhomItFound() throws {
        try running { bench, cookie in
            let started = await bench.send("POST", "/jobs", Self.order, cookie: cookie)
            // Five places of the number, two usual ones, ten of the range, twelve of four octets, a lone one.
            #expect(started.text == #"{"res":0,"id":1,"total":30}"#)
            try await bench.world.clock.sleep(for: .milliseconds(2_200))
            let half = await bench.send("GET", "/jobs/1", cookie: cookie)
            #expect(half.json?["state"]?.text == "running" && half.json?["done"]?.wholeNumber == 4)
            let found = half.json?["items"]?.elements?.first
            #expect(found?["addr"]?.wholeNumber == 2_173 && found?["serial"]?.text == "5022173")
            #expect(found?["maker"]?.text == "NRT" && found?["settings"]?.text == "9600,8n1")
            #expect(found?["id"]?.wholeNumber == 1 && found?["state"]?.text == "ok")
            try await bench.world.clock.sleep(for: .seconds(20))
            let whole = await bench.send("GET", "/jobs/1", cookie: cookie)
            #expect(whole.json?["state"]?.text == "done" && whole.json?["done"]?.wholeNumber == 30)
        }
    }

    @Test func aSearchIsStoppedAndItsStreamBringsOnlyWhatIsNew() throws {
        try running { bench, cookie in
            _ = await bench.send("POST", "/jobs", Self.order, cookie: cookie)
            try await bench.world.clock.sleep(for: .milliseconds(1_700))
            #expect(await bench.send("DELETE", "/jobs/1", cookie: cookie).status == 200)
            try await bench.world.clock.sleep(for: .seconds(2))
            let stream = await bench.send(
                "GET", "/jobs/1/events", cookie: cookie, headers: [("last-event-id", "2")])
            #expect(stream.text.contains(#""state":"stopped""#) && stream.text.contains("5022173"))
            #expect(stream.text.contains(#""total":30,"done":3"#), "\(stream.text)")
        }
    }

    @Test func aLineThatIsNotThereIsTold() throws {
        try running { bench, cookie in
            let order = #"{"type":"scan","ifaceName":"Iface2"}"#
            _ = await bench.send("POST", "/jobs", order, cookie: cookie)
            try await bench.world.clock.sleep(for: .seconds(1))
            let job = await bench.send("GET", "/jobs/1", cookie: cookie, headers: [("accept-language", "en")])
            #expect(job.json?["state"]?.text == "done")
            #expect(job.json?["text"]?.text == "There is no such line: Iface2.")
        }
    }

    @Test(arguments: [
        #"{"type":"scan"}"#, #"{"type":"scan","ifaceName":"Ethernet","addr":"nowhere"}"#,
        #"{"type":"scan","ifaceName":"Iface1","speeds":[9601]}"#,
        #"{"type":"scan","ifaceName":"Iface1","from":20,"to":10}"#,
        #"{"type":"scan","ifaceName":"Iface1","from":20,"to":20000}"#,
        #"{"type":"scan","ifaceName":"Iface1","serials":["123456789012345678901234567890123"]}"#,
    ]) func whatCannotBeMeantIsRefused(order: String) throws {
        try running { bench, cookie in
            #expect(await bench.send("POST", "/jobs", order, cookie: cookie).status == 409)
        }
    }

    @Test func aUserMayNotSearch() throws {
        try running { bench, _ in
            let cookie = await bench.logIn("user", "user-password")
            #expect(await bench.send("POST", "/jobs", Self.order, cookie: cookie).status == 403)
        }
    }
}
