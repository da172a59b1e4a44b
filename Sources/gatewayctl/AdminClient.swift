// A client of the gateway's JSON API: one request a connection over plain HTTP, a session by cookie. What
// comes back is bounded and read strictly.

import EventLoop
import JSONText
import Ports
import Seams
import Timekeeping

/// Why the gateway did not do what was asked.
struct AdminRefusal: Error {
    let text: String

    init(_ text: String) { self.text = text }
}

/// A session with one gateway.
actor AdminClient {
    private let host: String
    private let port: Int
    private let loop: Loop
    private var cookie = ""

    /// The longest answer taken, octets.
    private static let answerLimit = 16 << 20
    /// How long one answer may take.
    private static let patience = Duration.seconds(30)

    init(host: String, port: Int, loop: Loop) {
        self.host = host
        self.port = port
        self.loop = loop
    }

    /// Logs in.
    func logIn(_ login: String, _ password: String) async throws {
        let body = JSONValue.object([
            JSONMember("login", .string(login)), JSONMember("password", .string(password)),
        ])
        _ = try await exchange("POST", "/auth", body.octets)
        guard !cookie.isEmpty else { throw AdminRefusal("the gateway opened no session") }
    }

    /// The JSON behind a path.
    func get(_ path: String) async throws -> JSONValue {
        let octets = try await text(path)
        guard let value = try? JSONValue(parsing: octets) else {
            throw AdminRefusal("\(path): the answer is no JSON")
        }
        return value
    }

    /// The octets behind a path.
    func text(_ path: String) async throws -> [UInt8] { try await exchange("GET", path, []) }

    /// Asks for something to be done.
    func post(_ path: String, _ members: [(String, JSONValue)]) async throws {
        _ = try await exchange(
            "POST", path, JSONValue.object(members.map { JSONMember($0.0, $0.1) }).octets)
    }

    private func exchange(_ method: String, _ path: String, _ body: [UInt8]) async throws -> [UInt8] {
        let deadline = loop.clock.now + Self.patience
        let whole: [UInt8]
        do throws(ChannelError) {
            let channel = try await PortOpener(loop: loop).open(
                .tcp(host: host, port: port), settings: .standard, until: deadline)
            try await channel.write(request(method, path, body) + body)
            whole = await answer(on: channel, until: deadline)
            await channel.close()
        } catch {
            throw AdminRefusal("\(host):\(port): \(error.reason)")
        }
        guard let reply = HTTPReply(whole) else {
            throw AdminRefusal("\(host):\(port): the answer is no HTTP, or is cut short")
        }
        if let fresh = reply.cookie { cookie = fresh }
        guard reply.status == 200 else {
            let told = (try? JSONValue(parsing: reply.body))?["text"]?.text
            throw AdminRefusal("\(path): \(told ?? "HTTP \(reply.status)")")
        }
        return reply.body
    }

    private func request(_ method: String, _ path: String, _ body: [UInt8]) -> [UInt8] {
        var head = "\(method) \(path) HTTP/1.1\r\nHost: \(host):\(port)\r\nConnection: close\r\n"
        head += "Accept: application/vnd.um+json\r\nAccept-Language: en\r\nX-Protocol-USPD: 40\r\n"
        if !body.isEmpty {
            head += "Content-Type: application/json\r\nContent-Length: \(body.count)\r\n"
        }
        if !cookie.isEmpty { head += "Cookie: sessionid=\(cookie)\r\n" }
        return Array((head + "\r\n").utf8)
    }

    /// Everything until the answer is whole, the gateway closes, or time is up.
    private func answer(on channel: any Channel, until deadline: MonotonicInstant) async -> [UInt8] {
        var whole: [UInt8] = []
        while whole.count <= Self.answerLimit, !(HTTPReply(whole)?.isWhole ?? false) {
            guard let octets = try? await channel.read(until: deadline), !octets.isEmpty else { break }
            whole += octets
        }
        return whole
    }
}

/// An answer of HTTP 1.x with a length, or up to the end of the connection.
struct HTTPReply {
    private(set) var status = 0
    /// The new session, when one was opened.
    private(set) var cookie: String?
    private(set) var body: [UInt8]
    private var length: Int?

    /// Whether all of the body is there; of an answer without a length nobody can tell before its end.
    var isWhole: Bool { length.map { body.count >= $0 } ?? false }

    /// Takes an answer apart; nil when its head is not complete or no head of HTTP.
    init?(_ octets: [UInt8]) {
        let head = octets.prefix(65_536)
        guard let end = head.indices.first(where: { head[$0...].starts(with: [13, 10, 13, 10]) }) else {
            return nil
        }
        body = Array(octets[(end + 4)...])
        let lines = String(decoding: head[..<end], as: UTF8.self).split(separator: "\r\n")
        let words = lines.first?.split(separator: " ", maxSplits: 2) ?? []
        guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let number = Int(words[1]) else { return nil }
        status = number
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { return nil }
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            switch line[..<colon].lowercased() {
            case "content-length": length = Int(value)
            case "set-cookie" where value.hasPrefix("sessionid="):
                cookie = String(value.dropFirst(10).prefix { $0 != ";" })
            default: break
            }
        }
        if let length, body.count > length { body.removeLast(body.count - length) }
    }
}
