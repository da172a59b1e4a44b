import CLinux
import EventLoop
import Seams
import Security
import Synchronization
import Testing
import Timekeeping

@testable import HTTPServer

#if canImport(Glibc)
    import Glibc
#endif

/// Answers with what it was asked; `/big` streams two megabytes, `/huge` a hundred, `/events` streams until
/// the client leaves.
private struct EchoHandler: HTTPHandler {
    let loop: Loop
    let departures: Departures

    func handle(_ exchange: any HTTPExchange) async {
        let request = exchange.request
        switch request.path {
        case "/big": await long(exchange, pieces: 64)
        case "/huge": await long(exchange, pieces: 4_096)
        case "/events": await events(exchange)
        case "/nothing": return
        case "/slow":
            try? await loop.clock.sleep(for: .milliseconds(200))
            await exchange.respond(HTTPResponse(status: 200, body: Array("slow".utf8)))
        default:
            let text = "\(request.method) \(request.path) \(request.body.count) \(request.peer)"
            await exchange.respond(
                HTTPResponse(status: 200, headers: [("Content-Type", "text/plain")], body: Array(text.utf8)))
        }
    }

    private func long(_ exchange: any HTTPExchange, pieces: Int) async {
        do {
            try await exchange.start(status: 200, headers: [])
            for _ in 0..<pieces { try await exchange.send([UInt8](repeating: 120, count: 32_768)) }
        } catch { departures.note() }
        await exchange.finish()
    }

    private func events(_ exchange: any HTTPExchange) async {
        do {
            try await exchange.start(status: 200, headers: [("Content-Type", "text/event-stream")])
            while true {
                try await exchange.send(Array(": beat\n\n".utf8))
                try? await loop.clock.sleep(for: .milliseconds(50))
            }
        } catch { departures.note() }
        await exchange.finish()
    }
}

/// Counts clients that a handler has seen leaving.
final class Departures: Sendable {
    private let counter = Atomic(0)
    var count: Int { counter.load(ordering: .relaxed) }
    func note() { counter.add(1, ordering: .relaxed) }
}

/// Runs a server and, on another thread, a client against it.
private func serve<Value: Sendable>(
    _ change: (inout HTTPServerSettings) -> Void = { _ in }, tls: TLSServerContext? = nil,
    departures: Departures = Departures(), client: @escaping @Sendable (Int) -> Value
) throws -> Value {
    var settings = HTTPServerSettings()
    change(&settings)
    let chosen = settings
    return try Loop.run { loop in
        let server = try HTTPServer(
            loop: loop, settings: chosen, listeners: [HTTPListener(address: "127.0.0.1", port: 0, tls: tls)])
        let port = server.ports[0]
        return try await withThrowingTaskGroup(of: Value?.self) { group in
            group.addTask {
                await server.run(EchoHandler(loop: loop, departures: departures))
                return nil
            }
            group.addTask {
                await onOwnThread { client(port) }
            }
            defer { group.cancelAll() }
            while let value = try await group.next() { if let value { return value } }
            throw HTTPServerError(reason: "the server ended first")
        }
    }
}

private func answer(_ text: String, patience: Int = 700) throws -> (text: String, closed: Bool) {
    try serve { port in
        let client = RawClient(port: port, patience: patience)
        client.send(text)
        return client.receive()
    }
}

@Suite(.serialized) struct HTTPServerTests {
    @Test func aRequestIsAnsweredAndTheConnectionKept() throws {
        let (text, closed) = try answer("POST /a%20b?c HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello")
        #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(text.hasSuffix("POST /a b 5 127.0.0.1"))
        #expect(!closed)
    }

    @Test func requestsSentTogetherAreAnsweredInOrder() throws {
        let one = "GET /slow HTTP/1.1\r\nHost: x\r\n\r\n"
        let two = "GET /two HTTP/1.1\r\nHost: x\r\n\r\n"
        let (text, _) = try answer(one + two)
        #expect(text.contains("slowHTTP/1.1 200 OK"))
        #expect(text.hasSuffix("GET /two 0 127.0.0.1"))
    }

    @Test func theSecondOfTwoRequestsSentTogetherIsGuardedToo() throws {
        let (text, _) = try answer(
            "GET /slow HTTP/1.1\r\nHost: x\r\n\r\nGET /two HTTP/1.1\r\nHost : x\r\n\r\n")
        #expect(text.contains("slow"))
        #expect(text.contains("400 Bad Request"))
        #expect(!text.contains("/two"))
    }

    @Test func aHandlerWithoutAnAnswerIsAnswered500() throws {
        #expect(try answer("GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n").text.hasPrefix("HTTP/1.1 500 "))
    }

    @Test func aLongAnswerArrivesWholeThroughASmallBuffer() throws {
        let count = try serve { port in
            let client = RawClient(port: port)
            client.send("GET /big HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            return client.receive().text.utf8.filter { $0 == 120 }.count
        }
        #expect(count == 64 * 32_768)
    }

    @Test func aClientThatLeavesDuringALongAnswerIsNoticed() throws {
        let departures = Departures()
        let count = try serve(departures: departures) { port in
            do {
                let client = RawClient(port: port)
                client.send("GET /huge HTTP/1.1\r\nHost: x\r\n\r\n")
                _ = client.receive(atMost: 1_000)
            }
            return waitForOne(departures)
        }
        #expect(count == 1)
    }

    @Test func aClientThatLeavesDuringAnEventStreamIsNoticed() throws {
        let departures = Departures()
        let count = try serve(departures: departures) { port in
            do {
                let client = RawClient(port: port)
                client.send("GET /events HTTP/1.1\r\nHost: x\r\n\r\n")
                _ = client.receive(atMost: 100)
            }
            return waitForOne(departures)
        }
        #expect(count == 1)
    }

    @Test func theListeningSocketHasNoDelayAndADeepBacklog() throws {
        let (descriptor, port) = try ListeningSocket.open(address: "127.0.0.1", port: 0, backlog: 511)
        defer { Glibc.close(descriptor) }
        var value: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &value, &size)
        #expect(value == 1)
        // Nobody accepts: the kernel alone completes more than the usual 128 connections.
        let clients = (0..<300).map { _ in RawClient(port: port, patience: 10) }
        #expect(clients.allSatisfy { $0.send("x") })
    }

    @Test func theSameHoldsOverTLS() throws {
        let made = try SelfSignedCertificate(
            commonName: "gateway", names: ["localhost"], addresses: ["127.0.0.1"],
            now: WallTime(unixSeconds: 1_772_312_400), entropy: SystemEntropy())
        let context = try TLSServerContext(certificate: made.certificate, key: made.key)
        let text = try serve(tls: context) { port in
            Shell.output(
                "printf 'GET /a HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n'"
                    + " | timeout 5 openssl s_client -quiet -tls1_2 -connect 127.0.0.1:\(port) 2>/dev/null")
        }
        #expect(text.hasPrefix("HTTP/1.1 200 OK\r\n"))
        #expect(text.hasSuffix("GET /a 0 127.0.0.1"))
    }

    @Test func tls11IsRefused() throws {
        let made = try SelfSignedCertificate(
            commonName: "gateway", names: ["localhost"], addresses: [],
            now: WallTime(unixSeconds: 1_772_312_400), entropy: SystemEntropy())
        let context = try TLSServerContext(certificate: made.certificate, key: made.key)
        let text = try serve(tls: context) { port in
            Shell.output(
                "timeout 5 openssl s_client -tls1_1 -cipher 'DEFAULT@SECLEVEL=0' -connect 127.0.0.1:\(port) "
                    + "</dev/null 2>&1")
        }
        #expect(text.contains("protocol version"))
    }

    @Test func aPortInUseIsAClearError() throws {
        let (descriptor, port) = try ListeningSocket.open(address: "127.0.0.1", port: 0, backlog: 1)
        defer { Glibc.close(descriptor) }
        #expect(throws: HTTPServerError(reason: "listening on 127.0.0.1:\(port): Address already in use")) {
            try ListeningSocket.open(address: "127.0.0.1", port: port, backlog: 1)
        }
    }
}

/// What a shell command prints.
private enum Shell {
    static func output(_ command: String) -> String {
        guard let pipe = popen(command, "r") else { return "" }
        defer { pclose(pipe) }
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = fread(&buffer, 1, buffer.count, pipe)
            guard count > 0 else { return String(decoding: all, as: UTF8.self) }
            all += buffer.prefix(count)
        }
    }
}

private func waitForOne(_ departures: Departures) -> Int {
    for _ in 0..<300 where departures.count == 0 { usleep(10_000) }
    return departures.count
}

/// The hostile cases: each is answered 4xx (5xx where the method is unknown) or closed, and the server goes
/// on.
@Suite(.serialized) struct HostileClientTests {
    @Test(arguments: [
        "GET / HTTP/1.1\r\nHost: a\0b\r\n\r\n",
        "GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/9.9\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1 x\r\nHost: a\r\n\r\n",
        "GET /\r\n\r\n",
        "GET / HTTP/1.1\nHost: a\n\n",
        "GET / HTTP/1.1\r\nHost: a\r\n folded: b\r\n\r\n",
        "GET http://other/ HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /../etc/passwd HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /%2e%2e/etc HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /%zz HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 50\r\n\r\nhello",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +5\r\n\r\nhello",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -5\r\n\r\nhello",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999999\r\n\r\nhello",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\n\r\nhello",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\nhello",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n0\r\n\r\n",
        "BREW / HTTP/1.1\r\nHost: a\r\n\r\n",
        "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n",
        "\u{16}\u{3}\u{1}\0\0\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX: " + String(repeating: "a", count: 20_000) + "\r\n\r\n",
        "GET /" + String(repeating: "a", count: 20_000) + " HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\n" + String(repeating: "A: b\r\n", count: 200) + "\r\n",
    ])
    func isRefusedAndTheServerGoesOn(_ request: String) throws {
        let (refusal, next) = try serve { port in
            let hostile = RawClient(port: port, patience: 500)
            hostile.send(request)
            let refusal = hostile.receive()
            let honest = RawClient(port: port)
            honest.send("GET /after HTTP/1.1\r\nHost: a\r\n\r\n")
            return (refusal, honest.receive(atMost: 15).text)
        }
        #expect(!refusal.text.contains(" 200 "))
        let status = refusal.text.split(separator: " ").dropFirst().first.flatMap { Int($0) }
        #expect(refusal.closed || status.map { (400...501).contains($0) } ?? false, "\(refusal)")
        #expect(next == "HTTP/1.1 200 OK")
    }

    @Test func aBodyBeyondTheBoundIsAnswered413() throws {
        let text = try serve {
            $0.maximumBodyOctets = 1_000
        } client: { port in
            let client = RawClient(port: port)
            client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2000\r\n\r\n")
            client.send(String(repeating: "x", count: 2_000))
            return client.receive().text
        }
        #expect(text.hasPrefix("HTTP/1.1 413 "))
    }

    @Test func aHeadThatDripsIsCutOffAtTheDeadline() throws {
        let (sent, closed) = try serve {
            $0.requestDeadline = .milliseconds(600)
        } client: { port in
            let client = RawClient(port: port, patience: 1_500)
            var sent = 0
            for octet in Array("GET / HTTP/1.1\r\nX-Slow: \(String(repeating: "a", count: 60))".utf8) {
                guard client.send([octet]) else { break }
                sent += 1
                usleep(30_000)
            }
            return (sent, client.receive().closed)
        }
        #expect(closed)
        #expect(sent < 60)
    }

    @Test func aBodyThatNeverComesIsCutOffAtTheDeadline() throws {
        let closed = try serve {
            $0.requestDeadline = .milliseconds(300)
        } client: { port in
            let client = RawClient(port: port, patience: 2_000)
            client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe")
            return client.receive().closed
        }
        #expect(closed)
    }

    @Test func aConnectionThatSaysNothingIsClosed() throws {
        let closed = try serve {
            $0.requestDeadline = .milliseconds(300)
        } client: { port in
            RawClient(port: port, patience: 2_000).receive().closed
        }
        #expect(closed)
    }

    @Test func oneAddressCannotTakeAllConnections() throws {
        let (refused, served) = try serve {
            $0.maximumConnectionsPerAddress = 10
        } client: { port in
            let held = (0..<10).map { _ in RawClient(port: port) }
            usleep(100_000)
            let refused = RawClient(port: port, patience: 500).receive().closed
            held[0].send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            return (refused, held[0].receive(atMost: 15).text)
        }
        #expect(refused)
        #expect(served == "HTTP/1.1 200 OK")
    }

    @Test func afterAFloodTheServerServes() throws {
        let served = try serve { settings in
            settings.maximumConnections = 50
            settings.maximumConnectionsPerAddress = 1_000
        } client: { port in
            do {
                let flood = (0..<400).map { _ in RawClient(port: port, patience: 50) }
                usleep(200_000)
                #expect(flood.filter { $0.receive().closed }.count >= 300)
            }
            usleep(400_000)
            let client = RawClient(port: port)
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            return client.receive(atMost: 15).text
        }
        #expect(served == "HTTP/1.1 200 OK")
    }
}
