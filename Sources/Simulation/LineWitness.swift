// Hears on the wires whom the gateway speaks to, and looks at the leases whether it may: a line is never held
// by two, and who holds it for one meter speaks to that meter only.

import Lines
import Seams
import Street

/// The ear on all lines of a site.
package actor LineWitness: WireWitness {
    private let addresses: [String: LineAddress]
    /// Addresses of the meters of the table, in its order.
    private let meters: [Int]
    private var registry: LineRegistry?
    private var offences: [String] = []
    /// Conversations whose holder was looked up.
    package private(set) var conversations = 0

    init(_ plan: StreetPlan) {
        let places = plan.lines.map { line -> (String, LineAddress) in
            switch line.place {
            case .pty(let link): (line.name, .serial(path: link))
            case .tcp(let host, let port): (line.name, .tcp(host: host, port: port))
            }
        }
        addresses = Dictionary(places, uniquingKeysWith: { first, _ in first })
        meters = plan.lines.flatMap { $0.meters.map(\.address) }
    }

    /// Looks at the leases of a gateway that has just been opened.
    func attend(_ registry: LineRegistry) { self.registry = registry }

    /// Whoever speaks to a station holds the line for it.
    package func heard(station: Int, onLine name: String) async {
        guard let registry, let address = addresses[name] else { return }
        conversations += 1
        let state = await registry.states().first { $0.address == address }
        guard let holder = state?.holder else {
            return offend("\(name): somebody without a lease speaks to station \(station)")
        }
        let id = holder.owner.split(separator: " ").last.flatMap { Int($0) } ?? 0
        if !stations(ofMeter: id).contains(station) {
            offend("\(name): \(holder.owner) holds the line and somebody speaks to station \(station)")
        }
    }

    /// Hands over what was wrong, in words, and forgets it.
    package func takeOffences() -> [String] {
        defer { offences.removeAll() }
        return offences
    }

    /// Addresses a meter of the table has or had: its own, and that it was moved to.
    private func stations(ofMeter id: Int) -> [Int] {
        let index = Technician.original(of: id) - 1
        guard meters.indices.contains(index) else { return [] }
        return [meters[index], meters[index] + FaultWeather.readdressing]
    }

    private func offend(_ text: String) { if offences.count < 20 { offences.append(text) } }
}
