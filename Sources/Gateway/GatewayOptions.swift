// The daemon's command line (the contract of the product: scripts rely on it).

package import DeviceInputs

/// Arguments of `gatewayd`, read and checked for form.
package struct GatewayOptions: Sendable, Hashable {
    /// Where configuration and archive live.
    package var data = ""
    /// The read-only factory set; empty looks beside the executable.
    package var config = ""
    /// The pages; empty looks beside the executable.
    package var www = ""
    /// Address to listen on; empty is every address.
    package var bind = "0.0.0.0"
    /// Added to every port.
    package var portOffset = 0
    /// Where the discrete inputs are.
    package var inputs = InputSource.namedLines
    /// The file of each supply line, by number.
    package var supplies: [Int: String] = [:]
    /// Lines below this level are not logged.
    package var logLevel = "info"

    /// What the arguments ask for.
    package enum Request: Sendable, Hashable {
        case run(GatewayOptions)
        case help
        case version
    }

    /// The text of `--help`.
    package static let help = """
        usage: gatewayd --data DIR [--config DIR] [--www DIR] [--bind ADDR] [--port-offset N]
               [--inputs WHERE] [--supply N=PATH]… [--log LEVEL]

        A meter data gateway: polls meters when its events say so, keeps their rows, publishes them by MQTT
        and serves the admin and the JSON API. Without meters it serves the admin alone.

          --data DIR       configuration, archive, certificate; made when absent
          --config DIR     read-only factory set (default: etc beside the installation)
          --www DIR        pages of the admin (default: www beside the installation)
          --bind ADDR      address to listen on (default 0.0.0.0)
          --port-offset N  added to every port (HTTP 80, HTTPS 443)
          --inputs WHERE   discrete inputs 1…3: gpio (default) for GPIO lines named DIN1, DIN2, DIN3;
                           gpio:CHIP:N,N,N for lines of one chip; else the path of a file for a bench, with
                           the levels as "0 1 0": every change of the file is a change of an input
          --supply N=PATH  file that switches supply line N (1…4) of the interfaces when 1 or 0 is written to
                           it, such as the value of a GPIO line; once for each line
          --log LEVEL      trace, debug, info, notice, warning or error (default info)
          --help           this text
          --version        version and build

        Exit: 0 stopped as asked, 1 failed, 64 wrong usage.

        """

    /// Reads arguments (without the program's name). The error is one line that says what to change.
    package static func parse(_ arguments: [String]) -> Result<Request, UsageError> {
        var options = GatewayOptions()
        var rest = arguments[...]
        while let word = rest.popFirst() {
            switch word {
            case "--help": return .success(.help)
            case "--version": return .success(.version)
            case "--data", "--config", "--www", "--bind", "--port-offset", "--inputs", "--supply",
                "--log":
                guard let value = rest.popFirst(), !value.isEmpty else {
                    return .failure(UsageError("\(word) needs a value"))
                }
                if let error = options.take(word, value) { return .failure(error) }
            default:
                return .failure(UsageError("unknown argument \(word); see gatewayd --help"))
            }
        }
        guard !options.data.isEmpty else {
            return .failure(UsageError("--data DIR is needed: where configuration and archive live"))
        }
        return .success(.run(options))
    }

    private mutating func take(_ word: String, _ value: String) -> UsageError? {
        switch word {
        case "--data": data = value
        case "--config": config = value
        case "--www": www = value
        case "--bind": bind = value
        case "--log":
            guard ["trace", "debug", "info", "notice", "warning", "error"].contains(value) else {
                return UsageError("--log \(value): one of trace, debug, info, notice, warning, error")
            }
            logLevel = value
        case "--inputs":
            guard let source = InputSource(value) else {
                return UsageError("--inputs \(value): gpio, gpio:CHIP:N,N,N or the path of a file")
            }
            inputs = source
        case "--supply":
            let parts = value.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, let line = Int(parts[0]), (1...4).contains(line),
                parts[1].hasPrefix("/")
            else {
                return UsageError("--supply \(value): a line from 1 to 4 and its file, as 1=/sys/…/value")
            }
            supplies[line] = String(parts[1])
        default:
            guard let offset = Int(value), (0...65_092).contains(offset) else {
                return UsageError("--port-offset \(value): a number from 0 to 65092")
            }
            portOffset = offset
        }
        return nil
    }
}

/// The arguments cannot be meant.
package struct UsageError: Error, Sendable, Hashable {
    /// One line that says what to change.
    package let text: String

    init(_ text: String) { self.text = text }
}
