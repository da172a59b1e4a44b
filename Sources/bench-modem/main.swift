// `bench-modem`: publishes a month of a site of simulated subscribers to a real broker, as fast as the broker
// takes it, so that somebody in between can count what passes (Tests/Bench/modem_octets.py does).

import EventLoop
import Glibc

private let help = """
    bench-modem --port N --authority FILE [--meters N] [--days N] [--times A,B…] [--qos N] [--plain]
                [--held N] [--sessions N]

    Publishes to localhost:N over TLS and prints one JSON object: what was sent, in how many messages and
    connections, and how long it took.

      --times     publications a day, as minutes of the day; 30 and 30 minutes apart when it says "half-hours"
      --plain     documents as they are instead of gzip members
      --held N    instead: keeps one connection with probes every N seconds until killed
      --sessions N  instead: connects and leaves N times
    """

private func value(_ name: String, in arguments: [String]) -> String? {
    arguments.firstIndex(of: name).flatMap { $0 + 1 < arguments.count ? arguments[$0 + 1] : nil }
}

private func number(_ name: String, in arguments: [String], else fallback: Int) -> Int {
    value(name, in: arguments).flatMap { Int($0) } ?? fallback
}

private func plan(_ arguments: [String]) -> ModemPlan? {
    guard let port = value("--port", in: arguments).flatMap({ Int($0) }),
        let authority = value("--authority", in: arguments).flatMap(read)
    else { return nil }
    var plan = ModemPlan(port: port, authority: authority)
    plan.meters = number("--meters", in: arguments, else: 32)
    plan.days = number("--days", in: arguments, else: 30)
    plan.qos = number("--qos", in: arguments, else: 1)
    plan.isPacked = !arguments.contains("--plain")
    plan.minutes =
        switch value("--times", in: arguments) {
        case "half-hours", nil: (0..<48).map { $0 * 30 }
        case let text?: text.split(separator: ",").compactMap { Int($0) }
        }
    return plan
}

private func read(_ path: String) -> String? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var octets = [UInt8](repeating: 0, count: 65_536)
    let count = fread(&octets, 1, octets.count, file)
    return String(decoding: octets[..<count], as: UTF8.self)
}

private let arguments = Array(CommandLine.arguments.dropFirst())
if arguments.contains("--help") {
    print(help)
    exit(0)
}
guard let asked = plan(arguments) else {
    print(help)
    exit(64)
}
exit(
    Loop.runMain { loop in
        if let seconds = value("--held", in: arguments).flatMap({ Int($0) }) {
            try await ModemProbes(plan: asked, loop: loop).hold(keepAlive: seconds)
        } else if let count = value("--sessions", in: arguments).flatMap({ Int($0) }) {
            try await ModemProbes(plan: asked, loop: loop).sessions(count)
        } else {
            try await ModemMonth(plan: asked, loop: loop).run()
        }
        return 0
    })
