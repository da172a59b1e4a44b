// The relay over the API (REQ-270…278): one of one meter, by whom may, and entered into the journal.

import JSONText
import Seams
import Testing
import VirtualTime

@testable import WebAdmin

@Suite struct RelayTests {
    private static let path = "/meter/settings/relay"

    @Test func oneRelayIsSwitchedInTheDevicesOwnFormAndTheJournalTellsWhoDidIt() throws {
        try running { bench, cookie in
            let off = #"{"id":1,"relayId":1,"relayState":0}"#
            let done = await bench.send("PUT", Self.path, off, cookie: cookie)
            #expect(done.text == #"{"res":0,"id":1,"relayId":1,"relayState":0,"before":1}"#)
            let on = #"{"id":1,"relayId":1,"relayState":1}"#
            #expect(await bench.send("POST", Self.path, on, cookie: cookie).status == 200)
            #expect(await bench.meters.relays.commands == ["1 false", "1 true"])
            let journal = await bench.send(
                "GET", "/jrnl/action", cookie: cookie, headers: [("accept-language", "ru")])
            let entries = journal.json?["Jrnl"]?.elements?.filter {
                $0["action"]?["type"]?.text == "SetRelay" && $0["action"]?["id"]?.wholeNumber == 1
            }
            let texts = entries?.compactMap { $0["text"]?.text }.sorted()
            #expect(texts == ["root: включено → отключено.", "root: отключено → включено."])
            #expect(entries?.allSatisfy { $0["result"]?.text == "ok" } == true)
        }
    }

    @Test func aUserMayNotAndNothingIsSent() throws {
        try running { bench, _ in
            let cookie = await bench.logIn("user", "user-password")
            let off = #"{"id":1,"relayId":1,"relayState":0}"#
            for method in ["PUT", "POST"] {
                #expect(await bench.send(method, Self.path, off, cookie: cookie).status == 403)
            }
            let job = #"{"type":"relay","ids":[1],"relayState":0}"#
            #expect(await bench.send("POST", "/jobs", job, cookie: cookie).status == 403)
            #expect(await bench.meters.relays.commands == [])
        }
    }

    @Test(arguments: [
        (#"{"ids":[1,2],"relayId":1,"relayState":0}"#, 400),
        (#"{"id":[1,2],"relayId":1,"relayState":0}"#, 400),
        (#"{"id":1,"relayState":0}"#, 409), (#"{"id":1,"relayId":2,"relayState":0}"#, 409),
        (#"{"id":1,"relayId":1,"relayState":2}"#, 409), (#"{"id":99,"relayId":1,"relayState":0}"#, 409),
        (#"{"id":10,"relayId":1,"relayState":0}"#, 409), ("[1]", 400),
    ]) func whatIsNotOneRelayOfOneMeterIsRefused(body: String, status: Int) throws {
        try running { bench, cookie in
            #expect(await bench.send("PUT", Self.path, body, cookie: cookie).status == status)
            #expect(await bench.meters.relays.commands == [])
        }
    }

    @Test func aRelayThatWaitsForItsButtonIsNoSuccess() throws {
        try running { bench, cookie in
            let off = #"{"id":2,"relayId":1,"relayState":0}"#
            #expect(await bench.send("PUT", Self.path, off, cookie: cookie).status == 200)
            let on = #"{"id":2,"relayId":1,"relayState":1}"#
            let ready = await bench.send("PUT", Self.path, on, cookie: cookie, headers: [ours])
            #expect(ready.status == 409 && ready.json?["code"]?.text == "relay.ready")
            let journal = await bench.send(
                "GET", "/jrnl/action", cookie: cookie, headers: [("accept-language", "en")])
            #expect(journal.text.contains("root: off → ready. The relay is ready."))
        }
    }

    @Test func aJobSwitchesOneRelayAndIsNotStoppedHalfWay() throws {
        try running { bench, cookie in
            let many = #"{"type":"relay","ids":[1,2],"relayState":0}"#
            #expect(await bench.send("POST", "/jobs", many, cookie: cookie).status == 400)
            let one = #"{"type":"relay","ids":[1],"relayState":0}"#
            let started = await bench.send("POST", "/jobs", one, cookie: cookie)
            #expect(started.text == #"{"res":0,"id":1,"total":1}"#)
            try await bench.world.clock.sleep(for: .milliseconds(500))
            #expect(await bench.send("DELETE", "/jobs/1", cookie: cookie).status == 200)
            try await bench.world.clock.sleep(for: .seconds(5))
            let job = await bench.send("GET", "/jobs/1", cookie: cookie)
            let item = job.json?["items"]?.elements?.first
            #expect(item?["state"]?.text == "ok" && item?["relay"]?.wholeNumber == 0, "\(job.text)")
        }
    }
}
