// Plays a recording of a line back: a pty or a TCP port behind which the recorded meters answer again.

import Diagnosis
import EventLoop
import FoundationEssentials
import Logging
import Ports
import Seams
import Street
import Timekeeping

/// One recording on one line.
struct Replay: Sendable {
    private let options: Options

    init(_ options: Options) { self.options = options }

    /// Reads the recording and serves it until a signal comes; the exit code.
    func start() -> Int32 {
        let text: Data
        do { text = try Data(contentsOf: URL(filePath: options.replay)) } catch {
            MeterSimulator.tell("metersim: reading \(options.replay): it cannot be read")
            return MeterSimulator.Exit.failed
        }
        let recording: LineRecording
        do { recording = try LineRecording(text: Array(text)) } catch {
            MeterSimulator.tell("metersim: reading \(options.replay): \(error)")
            return MeterSimulator.Exit.damaged
        }
        guard let place else {
            MeterSimulator.tell("metersim: --tcp must be HOST:PORT, not \(options.tcp)")
            return 64
        }
        let recorded = SerialSettings(recording.settings)
        let settings = options.pty.isEmpty ? nil : recorded ?? .standard
        let station = ReplayStation(recording, characterTime: recorded?.characterTime ?? .zero) { complaint in
            MeterSimulator.tell("metersim: \(complaint)")
        }
        guard station.answerable > 0 else {
            MeterSimulator.tell("metersim: \(options.replay) has no request with an answer")
            return MeterSimulator.Exit.damaged
        }
        MeterSimulator.tell("metersim: \(station.answerable) answered requests of \(recording.line)")
        let plan = StreetPlan.Line.bare("replay", at: place, settings: settings)
        let line = SimulatedLine(
            name: plan.name, characterTime: settings?.characterTime ?? .zero,
            stations: [FaultyStation(name: "replay", station: station, seed: 1)], seed: 1)
        return Loop.runMain { @Sendable loop in await Replay.serve(plan, line, loop) }
    }

    private var place: StreetPlan.Place? {
        if options.tcp.isEmpty { return .pty(link: options.pty) }
        let parts = options.tcp.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let port = Int(parts[1]), (1...65_535).contains(port) else { return nil }
        return .tcp(host: String(parts[0]), port: port)
    }

    private static func serve(_ plan: StreetPlan.Line, _ line: SimulatedLine, _ loop: Loop) async -> Int32 {
        let pump = LinePump(line: line, clock: loop.clock, wall: SystemWallClock(buildYear: 2026))
        let server = LineServer(
            plan: plan, pump: pump, loop: loop, log: Logger(label: "metersim", sink: StandardErrorLog()))
        let signals = loop.signals([.interrupt, .terminate])
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await server.run() }
                group.addTask { for await _ in signals { return } }
                defer { group.cancelAll() }
                try await group.next()
            }
            return MeterSimulator.Exit.good
        } catch {
            MeterSimulator.tell("metersim: \((error as? LoopError)?.reason ?? "\(error)")")
            return MeterSimulator.Exit.failed
        }
    }
}
