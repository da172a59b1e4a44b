// metersim: simulated meters and lines as a program (design 2). Reads the street, serves its lines and the
// control socket until a signal comes.

import EventLoop
import FoundationEssentials
import Glibc
import Logging
import Ports
import Seams
import Security
import Street
import Timekeeping

@main
struct MeterSimulator {
    /// Exit codes of design 2.
    enum Exit {
        static let good: Int32 = 0
        static let failed: Int32 = 1
        static let damaged: Int32 = 2
        static let usage: Int32 = 64
    }

    static func main() { exit(start()) }

    private nonisolated static func start() -> Int32 {
        let options: Options
        do { options = try Options(Array(CommandLine.arguments.dropFirst())) } catch {
            tell("metersim: \(error.reason); see --help")
            return Exit.usage
        }
        if let text = options.text {
            write(text, to: 1)
            return Exit.good
        }
        if !options.replay.isEmpty { return Replay(options).start() }
        let plan: StreetPlan
        do { plan = try load(options.street) } catch let fault as StreetFileFault {
            tell("metersim: reading \(options.street): \(fault)")
            return Exit.damaged
        } catch {
            tell("metersim: reading \(options.street): there is no such file or it cannot be read")
            return Exit.failed
        }
        if options.printsMeters || options.printsLines {
            let table = options.printsMeters ? plan.meterTable : plan.lineTable
            write(String(decoding: table, as: UTF8.self) + "\n", to: 1)
            return Exit.good
        }
        return Loop.runMain { @Sendable loop in await serve(plan, options: options, loop: loop) }
    }

    private nonisolated static func load(_ path: String) throws -> StreetPlan {
        let file = try StreetFile(json: Array(Data(contentsOf: URL(filePath: path))))
        let folder = URL(filePath: path).deletingLastPathComponent()
        let cryptography = MeterCryptography(entropy: SystemEntropy())
        return try StreetPlan(file, cryptography: cryptography) { name in
            guard !name.contains("/") else { return nil }
            let file = folder.appending(path: "personalities/\(name).json")
            return (try? Data(contentsOf: file)).map { Array($0) }
        }
    }

    private nonisolated static func serve(_ plan: StreetPlan, options: Options, loop: Loop) async -> Int32 {
        let wall = SystemWallClock(buildYear: 2026)
        let log = Logger(label: "metersim", sink: StandardErrorLog())
        let servers = plan.lines.map { line in
            LineServer(
                plan: line, pump: LinePump(line: plan.build(line), clock: loop.clock, wall: wall), loop: loop,
                log: log)
        }
        do {
            for server in servers { try makeFolder(of: server.plan) }
            let control =
                try options.control.isEmpty
                ? nil : TCPListener.listen(loop: loop, socketPath: options.control)
            defer { if control != nil { unlink(options.control) } }
            let signals = loop.signals([.interrupt, .terminate])
            return try await withThrowingTaskGroup(of: Void.self) { group in
                for server in servers { group.addTask { try await server.run() } }
                for server in servers {
                    group.addTask { await PushSender(pump: server.pump, loop: loop, log: log).run() }
                }
                if let control {
                    let desk = ControlDesk(lines: servers.map { ($0.plan, $0.pump) })
                    group.addTask { await ControlServer(desk: desk, listener: control, loop: loop).run() }
                }
                group.addTask { for await _ in signals { return } }
                // The registers since installation are summed while the lines already answer.
                for server in servers { await server.pump.warmUp() }
                // The first to end is the signal, or a line that cannot be served.
                defer { group.cancelAll() }
                try await group.next()
                return Exit.good
            }
        } catch {
            tell("metersim: \((error as? LoopError)?.reason ?? "\(error)")")
            return Exit.failed
        }
    }

    /// Makes the folder a pty's symbolic link lies in.
    private nonisolated static func makeFolder(of line: StreetPlan.Line) throws {
        guard case .pty(let link) = line.place else { return }
        let folder = URL(filePath: link).deletingLastPathComponent().path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    nonisolated static func tell(_ text: String) { write(text + "\n", to: 2) }

    private nonisolated static func write(_ text: String, to descriptor: Int32) {
        var octets = Array(text.utf8)[...]
        while !octets.isEmpty {
            let written = octets.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard written > 0 else { return }
            octets = octets.dropFirst(written)
        }
    }
}

/// Log lines on standard error.
struct StandardErrorLog: LogSink {
    func write(level: LogLevel, label: String, message: String, metadata: [(LogKey, String)]) {
        let details = metadata.map { " \($0.0.rawValue)=\($0.1)" }.joined()
        let line = Array("\(label): \(message)\(details)\n".utf8)
        _ = line.withUnsafeBytes { Glibc.write(2, $0.baseAddress, $0.count) }
    }
}
