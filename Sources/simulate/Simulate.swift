// `simulate`: lives years of a whole gateway in virtual time (`tools/simulate`).

import FoundationEssentials
import Seams
import Street
import Simulation
import StorageSimulation
import Timekeeping
import VirtualTime

@main
enum Simulate {
    static func main() {
        let arguments = CommandLine.arguments
        let days = arguments.count > 1 ? Int(arguments[1]) ?? 10 : 10
        let street = SimulatedStreet(seed: 7, installed: "2026-02-20") { name in
            FileManager.default.contents(atPath: "etc/street/personalities/\(name).json").map { Array($0) }
        }
        do {
            let plan = try street.plan()
            let world = VirtualWorld(start: WallTime(unixSeconds: 1_773_090_420))
            let clock = ContinuousClock()
            let began = clock.now
            let count = try world.run { world in
                let disk = SimulatedDisk(name: "disk", seed: 1)
                let site = VirtualSite(plan, in: world, disk: disk)
                let gateway = try await site.boot()
                return try await gateway.live { gateway in
                    try await SimulatedStreet.configure(gateway, for: plan)
                    try await world.clock.sleep(for: .seconds(days * 86_400))
                    for wire in site.wires.values { await wire.withLine { print($0.stations.map(\.counters)) } }
                    for m in await gateway.broker.messages.suffix(24) { print(m.topic, m.payload.count, String(decoding: m.payload.prefix(700), as: UTF8.self)) }
                    print(disk.counters, disk.octetsHeld)
                    return await gateway.broker.messages.count
                }
            }
            let took = began.duration(to: clock.now)
            let seconds = Double(took.components.seconds) + Double(took.components.attoseconds) / 1e18
            print("\(count) messages, \(seconds) s, \(Double(days) / 365 / seconds * 60) years/min")
        } catch { print("\(error)") }
    }
}
