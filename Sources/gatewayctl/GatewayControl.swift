// gatewayctl: the technician's and tester's command (design 2). One verb a file; this one finds the verb.

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

    private nonisolated static func run(_ arguments: [String]) -> Int32 {
        guard let verb = arguments.first else {
            Terminal.tell("gatewayctl: which command? see --help")
            return Exit.usage
        }
        let rest = Array(arguments.dropFirst())
        switch verb {
        case "--help", "-h", "help": return Terminal.show(HelpText.general)
        case "--version": return Terminal.show("gatewayctl \(version)\n")
        case "read", "decode":
            if rest.contains("--help") || rest.contains("-h") {
                return Terminal.show(verb == "read" ? HelpText.read : HelpText.decode)
            }
            do throws(UsageError) {
                return verb == "read" ? try read(rest) : DecodeCommand(try DecodeOptions(rest)).run()
            } catch {
                Terminal.tell("gatewayctl \(verb): \(error.reason); see gatewayctl \(verb) --help")
                return error.isAbsent ? Exit.absent : Exit.usage
            }
        case "time", "relay", "scan", "line", "connect":
            Terminal.tell("gatewayctl \(verb): not in this version")
            return Exit.absent
        default:
            Terminal.tell("gatewayctl: unknown command \(verb); see --help")
            return Exit.usage
        }
    }

    private nonisolated static func read(_ arguments: [String]) throws(UsageError) -> Int32 {
        let options = try ReadOptions(arguments)
        return Loop.runMain { @Sendable loop in await ReadCommand(options, loop: loop).run() }
    }
}
