// `gatewayctl line`: how the lines of a gateway fare, what passes on one, and a recording of it, over the
// gateway's API.

import EventLoop
import FoundationEssentials
import Glibc
import JSONText
import Seams
import Timekeeping

/// What `gatewayctl line` is asked for.
struct LineDiagnosisOptions: Sendable {
    /// What to do.
    enum Action: Sendable {
        /// All lines, or one with its meters.
        case show(line: String?)
        /// Bursts of a line, then those that follow.
        case trace(line: String, after: Int?, follows: Bool)
        /// Records for so many seconds; the text goes to a file, or to standard output.
        case record(line: String, seconds: Int, output: String?)
    }

    let host: String
    let port: Int
    let user: String
    let password: String
    let action: Action
    let isJSON: Bool

    /// Reads the arguments after `line`.
    init(_ arguments: [String]) throws(UsageError) {
        let list = try ArgumentList(
            arguments,
            valued: ["gateway", "user", "password-file", "password", "after", "seconds", "output"],
            flags: ["json", "follow"])
        (host, port) = try Self.place(try list.required("gateway"))
        user = list["user"] ?? "admin"
        password = try Self.password(list)
        action = try Self.action(list)
        isJSON = list.has("json")
    }

    private static func place(_ text: String) throws(UsageError) -> (String, Int) {
        guard text.hasPrefix("http://") else {
            throw UsageError(
                "--gateway must be http://HOST:PORT, not \(text)", isAbsent: text.hasPrefix("https://"))
        }
        var rest = text.dropFirst(7)
        if rest.hasSuffix("/") { rest.removeLast() }
        let parts = rest.split(separator: ":", omittingEmptySubsequences: false)
        guard let host = parts.first, !host.isEmpty, parts.count <= 2,
            let port = parts.count == 2 ? Int(parts[1]) : 80, (1...65_535).contains(port)
        else { throw UsageError("--gateway must be http://HOST:PORT, not \(text)") }
        return (String(host), port)
    }

    private static func password(_ list: ArgumentList) throws(UsageError) -> String {
        if let text = list["password"] {
            if list["password-file"] != nil { throw UsageError("one of --password-file and --password") }
            return text
        }
        let path = try list.required("password-file")
        guard var octets = (try? Data(contentsOf: URL(filePath: path))).map({ Array($0) }),
            octets.count < 4_096
        else { throw UsageError("--password-file \(path) cannot be read") }
        // An editor leaves a line end behind the password.
        while octets.last == 10 || octets.last == 13 { octets.removeLast() }
        return String(decoding: octets, as: UTF8.self)
    }

    private static func action(_ list: ArgumentList) throws(UsageError) -> Action {
        let words = list.rest
        if words.count > 2 { throw UsageError("unknown argument \(words[2])") }
        let verb = words.first ?? "show"
        if verb == "show" { return .show(line: words.count == 2 ? words[1] : nil) }
        guard verb == "trace" || verb == "record" else {
            throw UsageError("unknown action \(verb): show, trace, record")
        }
        guard words.count == 2 else { throw UsageError("\(verb) needs the name of a line, such as Iface1") }
        if verb == "trace" {
            return .trace(
                line: words[1], after: try list.number("after", in: 0...Int.max), follows: list.has("follow"))
        }
        let seconds = try list.number("seconds", in: 1...86_400) ?? 60
        return .record(line: words[1], seconds: seconds, output: list["output"])
    }
}

/// Asks a gateway about its lines.
struct LineCommand: Sendable {
    private let options: LineDiagnosisOptions
    private let loop: Loop
    private let client: AdminClient

    init(_ options: LineDiagnosisOptions, loop: Loop) {
        self.options = options
        self.loop = loop
        client = AdminClient(host: options.host, port: options.port, loop: loop)
    }

    /// Does what is asked; the exit code.
    func run() async -> Int32 {
        do {
            try await client.logIn(options.user, options.password)
            switch options.action {
            case .show(let line?): return try await show(line)
            case .show(nil): return try await showAll()
            case .trace(let line, let after, let follows):
                return try await trace(line, after: after, follows: follows)
            case .record(let line, let seconds, let output):
                return try await record(line, seconds: seconds, output: output)
            }
        } catch let refusal as AdminRefusal {
            Terminal.tell("gatewayctl line: \(refusal.text)")
        } catch {
            Terminal.tell("gatewayctl line: \(error)")
        }
        return Exit.failed
    }

    // MARK: Verdicts

    private func showAll() async throws -> Int32 {
        let state = try await client.get("/state/lines")
        let lines = state["Lines"]?.elements ?? []
        if options.isJSON {
            Terminal.write(state.octets + [10], to: 1)
        } else {
            for line in lines { print(line) }
            if let rest = state["text"]?.text { print(rest) }
        }
        return lines.contains(where: LineCommand.isFaulty) ? Exit.failed : Exit.good
    }

    private func show(_ name: String) async throws -> Int32 {
        let line = try await client.get("/state/lines/\(LineCommand.escaped(name))")
        if options.isJSON {
            Terminal.write(line.octets + [10], to: 1)
        } else {
            print(line)
            for station in line["Stations"]?.elements ?? [] {
                let verdict = station["verdict"]
                let fault = verdict?["state"]?.text == "ok" ? "" : "  \(verdict?["text"]?.text ?? "")"
                print("  \(station["text"]?.text ?? "")\(fault)")
            }
        }
        return LineCommand.isFaulty(line) ? Exit.failed : Exit.good
    }

    private static func isFaulty(_ line: JSONValue) -> Bool {
        let state = line["verdict"]?["state"]?.text
        return state == "warn" || state == "err"
    }

    private func print(_ line: JSONValue) {
        let verdict = line["verdict"]
        var head = "\(line["line"]?.text ?? "")  \(verdict?["text"]?.text ?? "")"
        if let station = verdict?["station"]?.text { head += " (\(station))" }
        if let reason = verdict?["reason"]?.text { head += ": \(reason)" }
        print(head)
        if verdict?["state"]?.text != "ok", let advice = verdict?["advice"]?.text { print("  \(advice)") }
        let evidence = (verdict?["evidence"]?.elements ?? []).map {
            "\($0["text"]?.text ?? "") \($0["count"]?.wholeNumber ?? 0)"
        }
        let frames = (verdict?["frames"]?.elements ?? []).compactMap(\.wholeNumber).map { "\($0)" }
        if !evidence.isEmpty {
            let shown = frames.isEmpty ? "" : "; frames \(frames.joined(separator: " "))"
            print("  \(evidence.joined(separator: ", "))\(shown)")
        }
        if let holder = line["holder"]?["text"]?.text { print("  \(holder)") }
        for waiter in line["Waiters"]?.elements ?? [] { print("  \(waiter["text"]?.text ?? "")") }
        for fact in line["Facts"]?.elements ?? [] { print("  \(fact.text ?? "")") }
    }

    private func print(_ text: String) { Terminal.write(Array((text + "\n").utf8), to: 1) }

    // MARK: Bursts

    private func trace(_ name: String, after: Int?, follows: Bool) async throws -> Int32 {
        let path = "/state/lines/\(LineCommand.escaped(name))/frames"
        var newest = after
        while true {
            let answer = try await client.get(path + (newest.map { "?after=\($0)" } ?? ""))
            let bursts = answer["Frames"]?.elements ?? []
            for burst in bursts { options.isJSON ? Terminal.write(burst.octets + [10], to: 1) : show(burst) }
            newest = bursts.last?["n"]?.wholeNumber ?? newest ?? 0
            // A full answer has more behind it.
            if bursts.count == 200 { continue }
            guard follows else { return Exit.good }
            try await loop.clock.sleep(for: .milliseconds(500))
        }
    }

    private func show(_ burst: JSONValue) {
        let way = burst["direction"]?.text == "request" ? ">>" : "<<"
        let time = (burst["time"]?.text ?? "").dropFirst(11).prefix(12)
        let meaning = (burst["Frames"]?.elements ?? []).map { frame in
            (frame["text"]?.text ?? "") + (frame["error"]?.text.map { " (\($0))" } ?? "")
        }
        let head = "\(burst["n"]?.wholeNumber ?? 0) \(time) \(way)"
        print("\(head) \(meaning.joined(separator: " + "))\n    \(burst["hex"]?.text ?? "")")
    }

    // MARK: Recording

    private func record(_ name: String, seconds: Int, output: String?) async throws -> Int32 {
        func tell(_ isOn: Bool) async throws {
            try await client.post(
                "/action/lines/record", [("line", .string(name)), ("on", .boolean(isOn))])
        }
        try await tell(true)
        try await loop.clock.sleep(for: .seconds(seconds))
        try await tell(false)
        let text = try await client.text("/state/lines/\(LineCommand.escaped(name))/recording")
        guard let output else {
            Terminal.write(text, to: 1)
            return Exit.good
        }
        do { try Data(text).write(to: URL(filePath: output)) } catch {
            throw AdminRefusal("\(output) cannot be written")
        }
        return Exit.good
    }

    /// A name in a path: `10.0.0.7:4059` and `Iface1` stay as they are, all else is escaped.
    private static func escaped(_ name: String) -> String {
        name.utf8.map { octet in
            let isPlain = (48...58).contains(octet) || (65...90).contains(octet) || (97...122).contains(octet)
            if isPlain || octet == 46 || octet == 45 { return String(UnicodeScalar(octet)) }
            let digits = String(octet, radix: 16, uppercase: true)
            return "%" + (digits.count == 1 ? "0" : "") + digits
        }.joined()
    }
}
