import Configuration
import JSONText
import Seams
import Testing
import Timekeeping
import VirtualTime

@testable import WebAdmin

@Suite struct AccessTests {
    @Test func aLoginGivesAnUnguessableCookieThatScriptsCannotRead() throws {
        try bench { bench in
            let reply = await bench.send("POST", "/auth", #"{"login":"root","password":"root-password"}"#)
            #expect(reply.status == 200 && reply.text == "200 OK")
            let cookie = try #require(reply.header("set-cookie"))
            #expect(
                cookie.hasPrefix("sessionid=") && cookie.contains("HttpOnly")
                    && cookie.contains("SameSite=Strict"))
            #expect(cookie.split(separator: ";")[0].count == "sessionid=".count + 32)
        }
    }

    @Test func wrongCredentialsAre403AndGiveNoCookie() throws {
        try bench { bench in
            let reply = await bench.send("POST", "/auth", #"{"login":"root","password":"x"}"#)
            #expect(reply.status == 403 && reply.text == "403 Forbidden" && reply.header("set-cookie") == nil)
            #expect(
                await bench.send("POST", "/auth", #"{"login":"nobody","password":"nobody"}"#).status == 403)
        }
    }

    @Test func malformedLoginsAreToldApart() throws {
        try bench { bench in
            #expect(await bench.send("POST", "/auth", "{").status == 400)
            #expect(await bench.send("POST", "/auth", "[]").status == 400)
            #expect(await bench.send("POST", "/auth", #"{"login":"root"}"#).status == 409)
            #expect(await bench.send("POST", "/auth", #"{"login":1,"password":2}"#).status == 409)
        }
    }

    @Test func withoutASessionTheAPIIs401AndTheFrontDoorIsTheLoginForm() throws {
        try bench { bench in
            #expect(await bench.send("GET", "/state/system").status == 401)
            #expect(await bench.send("GET", "/main_index").text == "401 Unauthorized")
            #expect(await bench.send("GET", "/").text.contains("login"))
            let cookie = await bench.logIn()
            #expect(await bench.send("GET", "/", cookie: cookie).text.contains("shell.js"))
            #expect(await bench.send("GET", "/main_index", cookie: cookie).status == 200)
        }
    }

    @Test func theLastValidCookieOfSeveralCounts() throws {
        try bench { bench in
            let cookie = await bench.logIn()
            let headers = [(name: "cookie", value: "a=b; sessionid=\(cookie); sessionid=0123")]
            #expect(await bench.send("GET", "/state/time", headers: headers).status == 200)
        }
    }

    @Test func aSessionEndsAfterThirtyMinutesOfRest() throws {
        try bench { bench in
            let cookie = await bench.logIn()
            for _ in 0..<3 {
                try await bench.world.clock.sleep(for: .seconds(29 * 60))
                #expect(await bench.send("GET", "/state/time", cookie: cookie).status == 200)
            }
            try await bench.world.clock.sleep(for: .seconds(31 * 60))
            #expect(await bench.send("GET", "/state/time", cookie: cookie).status == 401)
        }
    }

    @Test func aSessionEndsAfterTwelveHoursWhateverHappens() throws {
        try bench { bench in
            let cookie = await bench.logIn()
            var last = 200
            for _ in 0..<49 {
                try await bench.world.clock.sleep(for: .seconds(15 * 60))
                last = await bench.send("GET", "/state/time", cookie: cookie).status
            }
            #expect(last == 401)
        }
    }

    @Test func logoffEndsTheSession() throws {
        try bench { bench in
            let cookie = await bench.logIn()
            #expect(await bench.send("POST", "/logoff", cookie: cookie).status == 200)
            #expect(await bench.send("GET", "/state/time", cookie: cookie).status == 401)
        }
    }

    @Test func aFactoryPasswordOpensNothingButItsOwnChange() throws {
        try bench { bench in
            let cookie = await bench.logIn("admin", "admin")
            let refused = await bench.send("GET", "/main_index", cookie: cookie, headers: [ours])
            #expect(refused.status == 403)
            #expect(refused.json?["code"]?.text == "access.password.change")
            #expect(await bench.send("PUT", "/settings/time/local", "{}", cookie: cookie).status == 403)
            let change = #"{"login":"admin","old":"admin","new":"a new password"}"#
            #expect(await bench.send("PUT", "/auth/password", change).status == 200)
            #expect(await bench.send("GET", "/main_index", cookie: cookie).status == 401, "old sessions end")
            let fresh = await bench.logIn("admin", "a new password")
            #expect(await bench.send("GET", "/main_index", cookie: fresh).status == 200)
        }
    }

    @Test(arguments: [
        (#"{"login":"admin","old":"wrong","new":"a new password"}"#, 403),
        (#"{"login":"admin","old":"admin","new":"short"}"#, 409),
        (#"{"login":"admin","old":"admin"}"#, 409),
    ])
    func aBadPasswordChangeIsRefused(_ body: String, _ status: Int) throws {
        try bench { bench in #expect(await bench.send("PUT", "/auth/password", body).status == status) }
    }

    @Test func afterFiveFailuresTheNextAnswerIs429ForAWhile() throws {
        try bench { bench in
            let wrong = #"{"login":"root","password":"x"}"#
            for _ in 0..<5 { #expect(await bench.send("POST", "/auth", wrong).status == 403) }
            #expect(await bench.send("POST", "/auth", wrong).status == 429)
            #expect(await bench.logIn() == "", "the right password waits too")
            try await bench.world.clock.sleep(for: .seconds(3))
            #expect(await bench.logIn() != "")
        }
    }

    @Test func guessingOneLoginKeepsItsOwnerOutForSecondsOnly() throws {
        try bench { bench in
            for index in 0..<20 {
                let exchange = MemoryExchange(
                    HTTPRequest(
                        method: "POST", path: "/auth", body: Array(#"{"login":"root","password":"x"}"#.utf8),
                        peer: "10.0.0.\(index)"))
                await bench.admin.handle(exchange)
                try await bench.world.clock.sleep(for: .seconds(9))
            }
            #expect(await bench.logIn() != "")
        }
    }

    @Test func aUserReadsButDoesNotWrite() throws {
        try bench { bench in
            let cookie = await bench.logIn("user", "user-password")
            #expect(await bench.send("GET", "/settings/meter/table", cookie: cookie).status == 200)
            #expect(await bench.send("GET", "/settings/proto/json/auth", cookie: cookie).status == 403)
            #expect(
                await bench.send("PUT", "/settings/time/local", #"{"tz":4}"#, cookie: cookie).status == 403)
            #expect(await bench.send("POST", "/action/restart", cookie: cookie).status == 403)
            #expect(await bench.send("POST", "/settings/meter/table/1/reveal", cookie: cookie).status == 403)
            let body = #"{"ids":[1],"measures":["ElMomentEnergy"],"tags":[]}"#
            #expect(await bench.send("POST", "/meter/data/moment", body, cookie: cookie).status == 200)
            let session = await bench.send("GET", "/auth/session", cookie: cookie)
            #expect(session.text == #"{"login":"user","lvl":1,"rights":["read"]}"#)
        }
    }

    @Test(arguments: [
        ("origin", "http://evil.example"), ("origin", "null"), ("sec-fetch-site", "cross-site"),
    ])
    func aWriteFromAForeignPageIsRefused(_ name: String, _ value: String) throws {
        try bench { bench in
            let cookie = await bench.logIn()
            let headers = [(name: "host", value: "gateway:8080"), (name: name, value: value)]
            let reply = await bench.send(
                "PUT", "/settings/time/local", #"{"tz":4}"#, cookie: cookie, headers: headers)
            #expect(reply.status == 403)
            let own = [(name: "host", value: "gateway:8080"), (name: "origin", value: "http://gateway:8080")]
            let accepted = await bench.send(
                "PUT", "/settings/time/local", #"{"tz":4}"#, cookie: cookie, headers: own)
            #expect(accepted.status == 200)
        }
    }

    @Test func aDeletedAccountsSessionEnds() throws {
        try bench { bench in
            let cookie = await bench.logIn("user", "user-password")
            let root = await bench.logIn()
            let body = #"{"Settings":[{"id":2}]}"#
            #expect(await bench.send("DELETE", "/settings/proto/json/auth", body, cookie: root).status == 200)
            #expect(await bench.send("GET", "/state/time", cookie: cookie).status == 401)
        }
    }

    @Test func methodsAndPathsAreToldApart() throws {
        try bench { bench in
            let cookie = await bench.logIn()
            #expect(await bench.send("PATCH", "/state/time", cookie: cookie).status == 405)
            #expect(await bench.send("PUT", "/state/time", cookie: cookie).status == 501)
            #expect(await bench.send("GET", "/no/such/path", cookie: cookie).status == 405)
            #expect(await bench.send("GET", "/js/none.js", cookie: cookie).status == 404)
        }
    }
}

@Suite struct StaticFilesTests {
    @Test func pagesReferToScriptsUnderAPrefixThatMayBeKeptForGood() throws {
        try bench { bench in
            let html = await bench.send("GET", "/index.html")
            let prefix = bench.admin.pages.prefix
            #expect(html.text.contains("src=\"\(prefix.dropFirst())js/shell.js\""))
            #expect(html.header("cache-control") == "no-cache")
            #expect(html.header("content-security-policy") == StaticFiles.policy)
            let script = await bench.send("GET", prefix + "js/shell.js")
            #expect(script.status == 200 && script.text.hasPrefix("import"))
            #expect(script.header("cache-control") == "public, max-age=31536000, immutable")
            #expect(script.header("content-type") == "text/javascript; charset=utf-8")
        }
    }

    @Test func aKnownVersionIs304AndGzipIsSentToWhoTakesIt() throws {
        try bench { bench in
            let tag = try #require(await bench.send("GET", "/js/shell.js").header("etag"))
            #expect(await bench.send("GET", "/js/shell.js", headers: [("if-none-match", tag)]).status == 304)
            let packed = await bench.send("GET", "/js/shell.js", headers: [("accept-encoding", "br, gzip")])
            #expect(packed.header("content-encoding") == "gzip" && packed.text.hasPrefix("gz"))
        }
    }

    @Test(arguments: ["/secret.key", "/../secret.key", "/js", "/v/other/js/shell.js"])
    func nothingElseIsServed(_ path: String) throws {
        try bench { bench in #expect(await bench.send("GET", path).status >= 400) }
    }

    @Test func theOldNamesOfPagesAreKnown() throws {
        try bench { bench in
            #expect(await bench.send("GET", "/main.html").status == 200)
            #expect(await bench.send("GET", "/login").status == 200)
        }
    }
}
