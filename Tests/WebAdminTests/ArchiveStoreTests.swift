// The page of the archive store by API: depths as a setting, what will be lost and when, the check as a job.

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

@Suite struct ArchiveStoreTests {
    @Test func req384DepthsAreASettingAndTheOthersStayStandard() throws {
        try bench { bench in
            let cookie = await bench.logIn()
            let depths = await bench.send("GET", "/settings/archive", cookie: cookie)
            let rows = depths.json?["Settings"]?.elements ?? []
            #expect(rows.count == 48)
            #expect(rows.first { $0["measure"]?.text == "ElDayEnergy" }?["depth"]?.wholeNumber == 400)
            let body = #"{"Settings":[{"measure":"ElDayEnergy","depth":60}]}"#
            #expect(await bench.send("PUT", "/settings/archive", body, cookie: cookie).status == 200)
            let saved = await bench.send("GET", "/settings/archive", cookie: cookie)
            let after = saved.json?["Settings"]?.elements ?? []
            #expect(after.first { $0["measure"]?.text == "ElDayEnergy" }?["depth"]?.wholeNumber == 60)
            #expect(after.first { $0["measure"]?.text == "ElArr1ConsPower" }?["depth"]?.wholeNumber == 400)
            let wrong = #"{"Settings":[{"id":4,"depth":0},{"measure":"ElNothing","depth":5}]}"#
            #expect(await bench.send("PUT", "/settings/archive", wrong, cookie: cookie).status == 409)
        }
    }

    @Test func anArchiveIsExportedAsATableAPageAtATime() throws {
        try bench { bench in
            try await bench.storeProfile(meter: 1, rows: 1_000)
            try await bench.storeProfile(meter: 2, rows: 10)
            let cookie = await bench.logIn()
            let reply = await bench.send(
                "GET", "/archive/export?measure=ElArr1ConsPower&tags=P-&ids=1,2", cookie: cookie)
            let lines = reply.text.split(separator: "\r\n")
            #expect(lines.first == "\u{FEFF}meter;serial;ts;diff;rev;seq;P-")
            #expect(lines.count == 1_011, "\(lines.prefix(3))")
            #expect(lines.dropFirst().prefix(1_000).allSatisfy { $0.hasPrefix("1;") })
            #expect(reply.header("content-type") == "text/csv; charset=utf-8")
            let wrong = await bench.send("GET", "/archive/export?measure=ElNothing", cookie: cookie)
            #expect(wrong.status == 409)
        }
    }

    @Test func theFileTellsYearsOfFlashLifeOnceADayWasCounted() throws {
        try bench { bench in
            try await bench.archive.noteWritten(2_000_000_000)
            try await bench.world.clock.sleep(for: .seconds(2 * 86_400))
            let file = await bench.send("GET", "/state/archive", cookie: await bench.logIn()).json?["File"]
            #expect(file?["written"]?.wholeNumber == 2_000_000_000)
            #expect(file?["endurance"]?.wholeNumber == 20_000_000_000_000)
            // 1 GB a day of 20 TB.
            #expect(file?["years"] == .number(54.8))
        }
    }

    @Test func aCheckOfTheArchiveIsAJobThatSaysHowItEnded() throws {
        try bench { bench in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try? await bench.admin.run() }
                let cookie = await bench.logIn()
                let reader = await bench.logIn("user", "user-password")
                let order = #"{"type":"integrity"}"#
                #expect(await bench.send("POST", "/jobs", order, cookie: reader).status == 403)
                let started = await bench.send("POST", "/jobs", order, cookie: cookie)
                #expect(started.json?["total"]?.wholeNumber == 20)
                try await bench.world.clock.sleep(for: .seconds(5))
                let job = await bench.send("GET", "/jobs/1", cookie: cookie)
                #expect(
                    job.json?["state"]?.text == "done" && job.json?["done"]?.wholeNumber == 20, "\(job.text)")
                let state = await bench.send("GET", "/state/archive", cookie: cookie)
                #expect(state.json?["Integrity"]?["state"]?.text == "ok")
                #expect(state.json?["Notices"]?.elements?.isEmpty == true)
                group.cancelAll()
            }
        }
    }
}
