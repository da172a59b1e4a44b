// Runs the errand of a command line, at this machine or at a gateway (REQ-526: with the same result), prints
// what comes of it, and tells faults in one line.

import Drivers
import Errands
import EventLoop
import Faults
import Glibc
import Lines
import Remote
import Seams
import Timekeeping

/// One errand of one command.
struct ErrandCommand: Sendable {
    private let errand: Errand
    private let line: LineOptions
    private let output: OutputOptions
    private let counters: CounterPlace
    private let verb: String
    private let loop: Loop

    /// An errand with one meter.
    init(_ options: MeterOptions, _ action: Errand.Action, verb: String, loop: Loop) {
        self.init(
            options.errand(action), options.line, options.output, counters: options.counters, verb: verb,
            loop: loop)
    }

    init(
        _ errand: Errand, _ line: LineOptions, _ output: OutputOptions,
        counters: CounterPlace = .nowhere, verb: String, loop: Loop
    ) {
        self.errand = errand
        self.line = line
        self.output = output
        self.counters = counters
        self.verb = verb
        self.loop = loop
    }

    /// Runs it; the exit code.
    func run() async -> Int32 {
        if let gateway = line.gateway { return await run(at: gateway) }
        let own = OwnLine(line, output, counters: counters, verb: verb, loop: loop)
        let progress = SearchTicker(clock: loop.clock)
        do {
            try await ErrandRunner(own.environment).run(errand, lender: own) { news in
                switch news {
                case .output(let octets): Terminal.write(octets, to: 1)
                case .remark(let fault): tell(FaultLine.text(of: fault))
                case .progress(let now): progress.show(now)
                }
            }
            return Exit.good
        } catch let fault as Fault {
            tell(FaultLine.text(of: fault))
        } catch {
            tell("\(error)")
        }
        return Exit.failed
    }

    private func run(at gateway: GatewayOptions) async -> Int32 {
        do throws(RemoteError) {
            let client = GatewayDoor(gateway, loop: loop).client
            try await client.perform(errand.json, patience: gateway.patience) { message in
                switch message {
                case .output(let octets): Terminal.write(octets, to: 1)
                case .remark(let fault): tell(FaultLine.text(of: fault))
                default: break
                }
            }
            return Exit.good
        } catch {
            tell(FaultLine.text(of: error, at: gateway))
            return Exit.failed
        }
    }

    private func tell(_ text: String) { Terminal.tell("gatewayctl \(verb): \(text)") }
}

/// `12 of 120, 40 s left`, in place, where standard error is a terminal.
private struct SearchTicker: Sendable {
    private let clock: LoopClock
    private let began: MonotonicInstant
    private let isShown = isatty(2) == 1

    init(clock: LoopClock) {
        self.clock = clock
        began = clock.now
    }

    func show(_ now: SearchProgress) {
        guard isShown else { return }
        let spent = (clock.now - began).wholeNanoseconds / 1_000_000_000
        let left = now.done == 0 ? 0 : spent * Int64(now.total - now.done) / Int64(now.done)
        let end = now.done == now.total ? "\n" : ""
        let garbled = now.garbled > 0 ? ", \(now.garbled) garbled" : ""
        Terminal.write(Array("\r\(now.done) of \(now.total), \(left) s left\(garbled)   \(end)".utf8), to: 2)
    }
}
