// Where the discrete inputs come from, as the command line names it, and the door that belongs to it. A
// machine without inputs is no failure: the gateway runs, and the page says why there are none.

package import EventLoop
package import Seams

/// A source of discrete inputs.
package enum InputSource: Sendable, Hashable {
    /// GPIO lines named `DIN1`, `DIN2`, `DIN3` by the machine's device tree.
    case namedLines
    /// Lines of one chip by offset, input 1 first.
    case lines(chip: String, offsets: [UInt32])
    /// A file of a bench: three words `0` or `1`, input 1 first; every change of it is an edge.
    case file(path: String)

    /// Reads `gpio`, `gpio:CHIP:N,N,N` or the path of a file; nil when malformed.
    package init?(_ text: String) {
        guard text == "gpio" || text.hasPrefix("gpio:") else {
            guard !text.isEmpty else { return nil }
            self = .file(path: text)
            return
        }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count > 1 else {
            self = .namedLines
            return
        }
        let offsets = parts.last?.split(separator: ",", omittingEmptySubsequences: false).map { UInt32($0) }
        guard parts.count == 3, !parts[1].isEmpty, let offsets, (1...3).contains(offsets.count) else {
            return nil
        }
        let known = offsets.compactMap { $0 }
        guard known.count == offsets.count, Set(known).count == known.count else { return nil }
        self = .lines(chip: String(parts[1]), offsets: known)
    }

    /// The door; what cannot be opened is a machine without inputs, with the reason.
    package func open(on loop: Loop, wall: any WallClock) -> any DiscreteInputs {
        do throws(LoopError) {
            switch self {
            case .namedLines: return try GPIOInputs(GPIOLines.named(), loop: loop, wall: wall)
            case .lines(let chip, let offsets):
                return try GPIOInputs(GPIOLines.at(offsets, of: chip), loop: loop, wall: wall)
            case .file(let path): return try BenchInputs(path: path, loop: loop, wall: wall)
            }
        } catch {
            return NoDiscreteInputs(error.reason)
        }
    }
}
