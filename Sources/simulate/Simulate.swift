// `simulate`: lives years of a whole gateway in virtual time (`tools/simulate`).

import FoundationEssentials
import Simulation

@main
enum Simulate {
    static func main() {
        let arguments = CommandLine.arguments
        let days = arguments.count > 1 ? Int(arguments[1]) ?? 10 : 10
        let seed = arguments.count > 2 ? UInt64(arguments[2]) ?? 1 : 1
        let street = SimulatedStreet(seed: seed, installed: "2026-02-20") { name in
            FileManager.default.contents(atPath: "etc/street/personalities/\(name).json").map { Array($0) }
        }
        do {
            let life = SimulatedLife(seed: seed, days: days, street: street)
            for (index, episode) in life.episodes.enumerated() {
                for fault in episode.faults { print("episode \(index): \(fault)") }
            }
            let clock = ContinuousClock()
            let began = clock.now
            let report = try life.run()
            let took = began.duration(to: clock.now)
            let seconds = Double(took.components.seconds) + Double(took.components.attoseconds) / 1e18
            print(report)
            print("\(seconds) s, \(Double(report.days) / 365 / seconds * 60) years/min")
        } catch { print("\(error)") }
    }
}
