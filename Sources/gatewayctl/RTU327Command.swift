// `gatewayctl rtu327`: a head-end of one question, for technicians who want to see what theirs would get.

import DLMS
import EventLoop
import FoundationEssentials
import JSONText
import Octets
import Ports
import RTU327
import Seams
import Timekeeping

/// What `gatewayctl rtu327` is asked for.
struct RTU327Options: Sendable {
    /// Where the server listens.
    let host: String
    let port: Int
    /// Four octets.
    let password: [UInt8]
    /// The question.
    let request: Request
    /// Whether the answer is printed as JSON.
    let isJSON: Bool

    private static let valued: Set<String> = [
        "server", "password", "password-file", "meter", "from", "at", "count", "channels", "channel",
        "seconds",
        "after", "utc-offset",
    ]

    /// Reads the arguments after `rtu327`.
    init(_ arguments: [String]) throws(UsageError) {
        let list = try ArgumentList(arguments, valued: Self.valued, flags: ["json"])
        let server = try list.required("server")
        guard let colon = server.lastIndex(of: ":"), colon > server.startIndex,
            let port = Int(server[server.index(after: colon)...]), (1...65_535).contains(port)
        else { throw UsageError("--server must be HOST:PORT, not \(server)") }
        host = String(server[..<colon])
        self.port = port
        password = try Self.password(list)
        guard let name = list.rest.first else {
            throw UsageError("which question? \(Self.questions.joined(separator: ", "))")
        }
        if list.rest.count > 1 { throw UsageError("unknown argument \(list.rest[1])") }
        request = try Self.request(name, list)
        isJSON = list.has("json")
    }

    private static let questions = [
        "version", "time", "shift", "parameters", "registers", "profile", "network", "readings", "log",
        "own-log",
        "last-log",
    ]

    private static func password(_ list: ArgumentList) throws(UsageError) -> [UInt8] {
        var text = list["password"] ?? ""
        if let path = list["password-file"] {
            guard let octets = try? Data(contentsOf: URL(filePath: path)), octets.count < 64 else {
                throw UsageError("--password-file \(path) cannot be read")
            }
            text = String(decoding: octets, as: UTF8.self).filter { !$0.isWhitespace }
        }
        guard let octets = PasswordText.octets(of: text) else {
            throw UsageError("a password is up to four characters or eight hexadecimal digits")
        }
        return octets
    }

    private static func request(_ name: String, _ list: ArgumentList) throws(UsageError) -> Request {
        switch name {
        case "version": return .version
        case "time": return .time
        case "shift":
            guard let seconds = try list.number("seconds", in: -86_400...86_400) else {
                throw UsageError("--seconds is needed")
            }
            return .shiftTime(seconds: Int32(seconds))
        case "last-log": return .lastLogNumber(section: 1)
        case "own-log":
            let after = try list.number("after", in: 0...Int(UInt32.max)) ?? 0
            return .log(section: 1, after: UInt32(after), count: try count(list, UInt16.self))
        default: return try ofMeter(name, list)
        }
    }

    private static func ofMeter(_ name: String, _ list: ArgumentList) throws(UsageError) -> Request {
        guard questions.contains(name) else {
            throw UsageError("unknown question \(name): \(questions.joined(separator: ", "))")
        }
        let serial = try list.required("meter")
        guard let meter = MeterNumber(serial: serial) else {
            throw UsageError("--meter must be digits, not \(serial)")
        }
        switch name {
        case "parameters": return .parameters(meter)
        case "registers": return .registers(meter, try mask(list), at: try time(list, "at"))
        case "profile":
            let count = UInt16(try count(list, UInt16.self))
            return .profile(meter, try mask(list), from: try time(list, "from"), count: count)
        case "network":
            return .network(meter, from: try time(list, "from"), count: UInt8(try count(list, UInt8.self)))
        case "readings":
            let channels = try mask(list, "channel").channels
            guard channels.count == 1 else { throw UsageError("--channel must be one of A+, A-, R+, R-") }
            return .readings(
                meter, from: try time(list, "from"), channel: channels[0],
                count: UInt8(try count(list, UInt8.self)))
        default:
            return .meterLog(meter, from: try time(list, "from"), count: UInt16(try count(list, UInt16.self)))
        }
    }

    private static func count<Number: FixedWidthInteger>(
        _ list: ArgumentList, _: Number.Type
    ) throws(UsageError) -> UInt32 {
        UInt32(try list.number("count", in: 1...Int(Number.max)) ?? 48)
    }

    private static func mask(_ list: ArgumentList, _ name: String = "channels") throws(UsageError)
        -> ChannelMask
    {
        guard let text = list[name] else { return name == "channel" ? ChannelMask(rawValue: 1) : .all }
        var mask: ChannelMask = []
        for word in text.split(separator: ",") {
            guard let channel = EnergyChannel.allCases.first(where: { $0.name == word }) else {
                throw UsageError("--\(name) must be of A+, A-, R+, R-, not \(text)")
            }
            mask.insert(ChannelMask(rawValue: 1 << (channel.rawValue - 1)))
        }
        return mask
    }

    /// Unix seconds, or ISO 8601 with an offset.
    private static func time(_ list: ArgumentList, _ name: String) throws(UsageError) -> UInt32 {
        let text = try list.required(name)
        if let seconds = UInt32(text) { return seconds }
        guard let time = WallTime(iso8601: text, local: try OutputOptions.zone(list["utc-offset"])) else {
            throw UsageError(
                "--\(name) must be seconds of Unix time or like 2026-03-01T00:30:00, not \(text)")
        }
        return UInt32(clamping: time.unixSeconds)
    }
}

/// One question to one server.
struct RTU327Command: Sendable {
    private let options: RTU327Options
    private let loop: Loop

    init(_ options: RTU327Options, loop: Loop) {
        self.options = options
        self.loop = loop
    }

    /// Asks and prints; the exit code.
    func run() async -> Int32 {
        do {
            let data = try await ask()
            let tree = try RTU327Answer(data, to: options.request).tree
            Terminal.write(options.isJSON ? tree.json + [10] : Array(tree.lines().utf8), to: 1)
            return Exit.good
        } catch let error as ChannelError {
            return failed("\(options.host):\(options.port): \(Self.text(of: error))")
        } catch ExchangeError.refused(let code) {
            let name = ResultCode(rawValue: code).map { "\($0)" } ?? "unknown"
            return failed("the server refuses with \(code) (\(name))")
        } catch let error as DecodingError {
            return failed("the answer cannot be read: \(error.text)")
        } catch {
            return failed("no answer within ten seconds")
        }
    }

    /// No octets came in time.
    private struct Silence: Error {}

    private func ask() async throws -> [UInt8] {
        let deadline = loop.clock.now + .seconds(10)
        let channel = try await PortOpener(loop: loop).open(
            .tcp(host: options.host, port: options.port), settings: .standard, until: deadline)
        var exchange = ClientExchange(password: options.password)
        try await channel.write(exchange.ask(options.request))
        while loop.clock.now < deadline {
            let octets = try await channel.read(until: deadline)
            if let data = try exchange.received(octets) {
                await channel.close()
                return data
            }
        }
        throw Silence()
    }

    private func failed(_ text: String) -> Int32 {
        Terminal.tell("gatewayctl rtu327: \(text)")
        return Exit.failed
    }

    private static func text(of error: ChannelError) -> String {
        guard case .farEndBusy = error else { return error.reason }
        return "the server closes at once: not allowed here, or too many connections"
    }
}
