// Lets the faults of a life begin and end at their times, on whatever they concern: meters, lines, broker,
// disk, clock, tables.

import Seams
import StorageSimulation
import Street
import Timekeeping
import VirtualTime

/// What does the harm.
struct FaultWeather: Sendable {
    let site: VirtualSite
    let machine: SimulatedMachine
    let lines: [String]

    func begin(_ fault: SimulatedFault) async {
        switch fault.kind {
        case .meterSilent(let line, let station): await change(line, station) { $0.isSilent = true }
        case .meterGarbled(let line, let station, let share):
            await change(line, station) {
                $0.wrongFCS = share
                $0.garbage = share / 2
            }
        case .meterLate(let line, let station, let milliseconds):
            await change(line, station) { $0.lateness = .milliseconds(milliseconds) }
        case .meterHappening(let line, let station, let happening):
            let wall = site.world.wall.now
            await wire(line)?.withLine { $0.happen(happening, toStation: station, wall: wall) }
        case .lineCut(let line): await wire(line)?.setUnplugged(true)
        case .lineEcho(let line): await wire(line)?.withLine { $0.faults.echoes = true }
        case .lineNoise(let line, let share): await wire(line)?.withLine { $0.faults.noise = share }
        case .lineBabble(let line, let share): await wire(line)?.withLine { $0.faults.babble = share }
        case .powerCut(let write, let cut): site.disk?.cutPower(at: .write(write), leaving: cut)
        case .diskFull(let room): site.disk.map { $0.capacity = $0.octetsHeld + room }
        case .diskFailing(let failure): site.disk?.failing = failure
        case .brokerDown: await site.broker.setUp(false)
        case .acknowledgementsLost(let share): await site.broker.loseAcknowledgements(share)
        case .clockStep(let seconds): site.wall.step(seconds: Int64(seconds))
        case .timeUntrusted: site.wall.setTrusted(false)
        case .tablesEdited: await edit(widened: true)
        }
    }

    func end(_ fault: SimulatedFault) async {
        switch fault.kind {
        case .meterSilent(let line, let station), .meterGarbled(let line, let station, _),
            .meterLate(let line, let station, _):
            await change(line, station) { $0 = StationFaults() }
        case .meterHappening: break
        case .lineCut(let line): await wire(line)?.setUnplugged(false)
        case .lineEcho(let line): await wire(line)?.withLine { $0.faults.echoes = false }
        case .lineNoise(let line, _): await wire(line)?.withLine { $0.faults.noise = 0 }
        case .lineBabble(let line, _): await wire(line)?.withLine { $0.faults.babble = 0 }
        case .powerCut(_, let cut):
            // So few writes came that the cut still waits: then it comes now.
            if site.disk?.isCutArmed == true { site.disk?.cutPower(leaving: cut) }
            try? await site.world.clock.sleep(for: .seconds(5))
            if site.disk?.isPowered == false { site.disk?.powerOn() }
        case .diskFull: site.disk?.capacity = nil
        case .diskFailing: site.disk?.failing = []
        case .brokerDown: await site.broker.setUp(true)
        case .acknowledgementsLost: await site.broker.loseAcknowledgements(0)
        case .clockStep(let seconds): site.wall.step(seconds: -Int64(seconds))
        case .timeUntrusted: site.wall.setTrusted(true)
        case .tablesEdited: await edit(widened: false)
        }
    }

    private func wire(_ line: Int) -> SimulatedWire? {
        lines.indices.contains(line) ? site.wires[lines[line]] : nil
    }

    private func change(
        _ line: Int, _ station: Int, _ body: @Sendable (inout StationFaults) -> Void
    ) async {
        await wire(line)?.setFaults(ofStation: station, body)
    }

    /// An edit that meets a machine without power, or a full disk, does not happen.
    private func edit(widened: Bool) async {
        guard let gateway = await machine.gateway else { return }
        try? await SimulatedStreet.edit(gateway, widened: widened)
    }
}
