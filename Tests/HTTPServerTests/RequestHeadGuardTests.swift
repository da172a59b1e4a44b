import Testing

@testable import HTTPServer

@Suite struct RequestHeadGuardTests {
    private func state(_ text: String, limit: Int = 1_024) -> RequestHeadGuard.State {
        var headGuard = RequestHeadGuard(maximumOctets: limit)
        headGuard.take(Array(text.utf8))
        return headGuard.state
    }

    @Test(arguments: [
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "\r\nGET /a?b=c HTTP/1.1\r\nhost:[::1]:80\r\nX-Y: \tz\r\n\r\n",
        "POST / HTTP/1.0\r\nContent-Length: 5\r\n\r\nhello",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n",
    ])
    func ordinaryHeadsAreComplete(_ text: String) { #expect(state(text) == .complete) }

    @Test(arguments: [
        ("GET  / HTTP/1.1\r\n", HeadRefusal.requestLine),
        ("GET / HTTP/2.0\r\n", .requestLine),
        ("GET / HTTP/1.1 x\r\n", .requestLine),
        ("GET /\r\n", .requestLine),
        ("GET http://other/ HTTP/1.1\r\n", .requestLine),
        ("G@T / HTTP/1.1\r\n", .requestLine),
        ("GET / HTTP/1.1\n", .bareLineFeed),
        ("GET / HTTP/1.1\r\nA: b\rc\r\n", .controlCharacter),
        ("GET / HTTP/1.1\r\nHost: a\0b\r\n", .controlCharacter),
        ("GET / HTTP/1.1\r\nHost : a\r\n", .fieldName),
        ("GET / HTTP/1.1\r\n: a\r\n", .fieldName),
        ("GET / HTTP/1.1\r\nno colon\r\n", .fieldName),
        ("GET / HTTP/1.1\r\nHost: a\r\n folded\r\n", .folding),
        ("GET / HTTP/1.1\r\nHost: a@b\r\n", .host),
        ("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", .host),
        ("GET / HTTP/1.1\r\n\r\n", .host),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n", .contentLength),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n", .contentLength),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5,5\r\n", .contentLength),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n", .contentLength),
        ("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n", .contentLength),
        ("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n", .transferCoding),
        (
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n",
            .transferCoding
        ),
    ])
    func whatEvhttpLetsThroughIsRefused(_ text: String, _ reason: HeadRefusal) {
        #expect(state(text) == .refused(reason))
    }

    @Test func aHeadBeyondItsBoundIsRefused() {
        #expect(state("GET / HTTP/1.1\r\nX: " + String(repeating: "a", count: 1_024)) == .refused(.tooLarge))
        let many = String(repeating: "A: b\r\n", count: 101)
        #expect(state("GET / HTTP/1.1\r\n" + many, limit: 10_000) == .refused(.tooManyFields))
    }

    @Test func anyDivisionOfTheOctetsGivesTheSameVerdict() {
        let text = Array("POST /x HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc".utf8)
        for cut in 0...text.count {
            var headGuard = RequestHeadGuard(maximumOctets: 1_024)
            headGuard.take(text[..<cut])
            headGuard.take(text[cut...])
            #expect(headGuard.state == .complete)
        }
    }

    @Test func afterAResetTheNextHeadIsSeenAfresh() {
        var headGuard = RequestHeadGuard(maximumOctets: 64)
        headGuard.take(Array("GET / HTTP/9\r\n".utf8))
        headGuard.reset()
        headGuard.take(Array("GET / HTTP/1.1\r\nHost: a\r\n\r\n".utf8))
        #expect(headGuard.state == .complete)
    }
}

@Suite struct RequestReadingTests {
    @Test func percentSignsAreDecodedOnce() {
        #expect(RequestReading.decode("/a%2520b", plusIsBlank: false) == "/a%20b")
        #expect(RequestReading.decode("a+b%2B", plusIsBlank: true) == "a b+")
        #expect(RequestReading.decode("%D0%AF", plusIsBlank: false) == "Я")
    }

    @Test(arguments: ["%", "%2", "%zz", "%00", "%ff", "%0a"])
    func malformedTextIsRefused(_ text: String) {
        #expect(RequestReading.decode(text, plusIsBlank: false) == nil)
    }
}
