// gatewayctl: the technician's and tester's command (design 2). One verb a file; this one finds the verb.

import Errands
import EventLoop
import Glibc
import Version

/// Exit codes of the command-line contract.
enum Exit {
    static let good: Int32 = 0
    static let failed: Int32 = 1
    static let damaged: Int32 = 2
    static let incomplete: Int32 = 3
    static let usage: Int32 = 64
    static let absent: Int32 = 69
}

@main
struct GatewayControl {
    static let version = Version.text

    static func main() { exit(run(Array(CommandLine.arguments.dropFirst()))) }

    /// A command: its help, and what it does with its arguments.
    private struct Verb: Sendable {
        let help: String
        let run: @Sendable ([String]) throws(UsageError) -> Int32
    }

    private static let verbs: [String: Verb] = [
        "read": Verb(help: HelpText.read) { arguments throws(UsageError) in
            let options = try ReadOptions(arguments)
            return Loop.runMain { @Sendable loop in
                await ErrandCommand(options.meter, options.action, verb: "read", loop: loop).run()
            }
        },
        "time": Verb(help: HelpText.time) { arguments throws(UsageError) in
            let options = try TimeOptions(arguments)
            return Loop.runMain { @Sendable loop in
                await ErrandCommand(options.meter, .time(options.change), verb: "time", loop: loop).run()
            }
        },
        "relay": Verb(help: HelpText.relay) { arguments throws(UsageError) in
            let options = try RelayOptions(arguments)
            return Loop.runMain { @Sendable loop in
                await ErrandCommand(options.meter, options.action, verb: "relay", loop: loop).run()
            }
        },
        "scan": Verb(help: HelpText.scan) { arguments throws(UsageError) in
            let options = try ScanOptions(arguments)
            return Loop.runMain { @Sendable loop in
                let scan = ErrandCommand(
                    options.errand, options.line, options.output, verb: "scan", loop: loop)
                return await scan.run()
            }
        },
        "rtu327": Verb(help: HelpText.rtu327) { arguments throws(UsageError) in
            let options = try RTU327Options(arguments)
            return Loop.runMain { @Sendable loop in await RTU327Command(options, loop: loop).run() }
        },
        "line": Verb(help: HelpText.line) { arguments throws(UsageError) in
            let options = try LineDiagnosisOptions(arguments)
            return Loop.runMain { @Sendable loop in await LineCommand(options, loop: loop).run() }
        },
        "connect": Verb(help: HelpText.connect) { arguments throws(UsageError) in
            let options = try ConnectOptions(arguments)
            return Loop.runMain { @Sendable loop in await ConnectCommand(options, loop: loop).run() }
        },
        "decode": Verb(help: HelpText.decode) { arguments throws(UsageError) in
            DecodeCommand(try DecodeOptions(arguments)).run()
        },
    ]

    private nonisolated static func run(_ arguments: [String]) -> Int32 {
        guard let name = arguments.first else {
            Terminal.tell("gatewayctl: which command? see --help")
            return Exit.usage
        }
        switch name {
        case "--help", "-h", "help": return Terminal.show(HelpText.general)
        case "--version": return Terminal.show("gatewayctl \(version)\n")
        default: break
        }
        guard let verb = verbs[name] else {
            Terminal.tell("gatewayctl: unknown command \(name); see --help")
            return Exit.usage
        }
        let rest = Array(arguments.dropFirst())
        if rest.contains("--help") || rest.contains("-h") { return Terminal.show(verb.help) }
        do throws(UsageError) { return try verb.run(rest) } catch {
            Terminal.tell("gatewayctl \(name): \(error.reason); see gatewayctl \(name) --help")
            return error.isAbsent ? Exit.absent : Exit.usage
        }
    }
}
