// Lets the faults of a life begin and end at their times, on whatever they concern: meters, lines, broker,
// disk, clock, tables.

import Configuration
import Faults
import Runtime
import SPODES
import Seams
import StorageSimulation
import Street
import Timekeeping
import VirtualTime

/// What does the harm.
actor FaultWeather {
    let site: VirtualSite
    let machine: SimulatedMachine
    let technician: Technician
    let lines: [StreetPlan.Line]
    /// Faults that keep the gateway's time from being trusted.
    private var distrusts = 0
    /// Addresses of meters that were given another one.
    private var addresses: [Int: Int] = [:]
    /// Reasons for which meters have no mains.
    private var dark: [Int: Int] = [:]
    /// What the gateway did wrong at once, in words.
    private var offences: [String] = []

    /// What a meter's new address has more than its own.
    static let readdressing = 60

    init(_ site: VirtualSite, _ machine: SimulatedMachine, _ technician: Technician) {
        self.site = site
        self.machine = machine
        self.technician = technician
        lines = site.plan.lines
    }

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
        case .clockStep(let seconds):
            await technician.gatewayTimeGoesWrong()
            site.wall.step(seconds: Int64(seconds))
        case .timeUntrusted: distrust(1)
        case .tablesEdited: await edit(widened: true)
        case .clockLost(let seconds):
            site.disk?.cutPower(leaving: .loseUnsynced)
            site.wall.step(seconds: -Int64(seconds))
            distrust(1)
            await powerOn()
        case .treeTorn: await tearTree()
        case .midnightBusy, .rowsLate, .lineHub, .lineMobile, .meterMisset, .lineForeignMaster, .meterDark,
            .streetDark:
            await beginOnStreet(fault.kind)
        default: await beginAtMeter(fault.kind)
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
            await powerOn()
        case .diskFull: site.disk?.capacity = nil
        case .diskFailing: site.disk?.failing = []
        case .brokerDown: await site.broker.setUp(true)
        case .acknowledgementsLost: await site.broker.loseAcknowledgements(0)
        case .clockStep(let seconds):
            site.wall.step(seconds: -Int64(seconds))
            await technician.gatewayTimeIsRight()
        case .timeUntrusted: distrust(-1)
        case .tablesEdited: await edit(widened: false)
        case .clockLost(let seconds):
            site.wall.step(seconds: Int64(seconds))
            distrust(-1)
        case .treeTorn: break
        case .midnightBusy(let line, _), .lineHub(let line, _), .lineMobile(let line):
            await changeAll(line) { $0 = StationFaults() }
        case .meterMisset(let line, let station), .rowsLate(let line, let station, _):
            await change(line, station) { $0 = StationFaults() }
        case .lineForeignMaster(let line, _):
            await wire(line)?.withLine { $0.faults.foreignMaster = 0 }
        case .meterDark(let line, let station): await mains(true, line, [station])
        case .streetDark(let line): await mains(true, line, Array(lines[line].meters.indices))
        default: await endAtMeter(fault.kind)
        }
    }

    /// What concerns one meter or its row.
    private func beginAtMeter(_ kind: SimulatedFault.Kind) async {
        switch kind {
        case .meterReaddressed(let line, let station):
            let id = id(line, station)
            let original = lines[line].meters[station].address
            let address =
                (addresses[id] ?? original) == original ? original + FaultWeather.readdressing : original
            addresses[id] = address
            await wire(line)?.withLine { $0.readdress(address, ofStation: station) }
        case .meterClock(let line, let station, let happening):
            await wire(line)?.happen(happening, toStation: station)
        case .meterRemoved(let line, let station):
            let id = id(line, station)
            await technician.edit { $0.removed.append(id) }
        case .meterMoved(let line, let station):
            let id = id(line, station)
            await technician.edit { $0.elsewhere.append(id) }
        case .meterTwinned(let line, let station):
            let id = id(line, station)
            await technician.edit { $0.twins.append(id) }
        default: break
        }
    }

    /// What slows, spoils or darkens (R32, R33).
    private func beginOnStreet(_ kind: SimulatedFault.Kind) async {
        switch kind {
        case .midnightBusy(let line, let seconds):
            await changeAll(line) { $0.midnightBusy = .seconds(seconds) }
        case .rowsLate(let line, let station, let seconds):
            await change(line, station) { $0.rowDelay = .seconds(seconds) }
        case .lineHub(let line, let share):
            await changeAll(line) {
                for request in RequestClass.allCases { $0.delays[request] = .powerLine }
                $0.loss = share
            }
        case .lineMobile(let line):
            await changeAll(line) {
                for request in RequestClass.allCases { $0.delays[request] = .mobile }
            }
        case .meterMisset(let line, let station): await change(line, station) { $0.garbage = 1 }
        case .lineForeignMaster(let line, let share):
            await wire(line)?.withLine { $0.faults.foreignMaster = share }
        case .meterDark(let line, let station): await mains(false, line, [station])
        case .streetDark(let line): await mains(false, line, Array(lines[line].meters.indices))
        default: break
        }
    }

    /// A meter is dark as long as one of its reasons lasts.
    private func mains(_ isPresent: Bool, _ line: Int, _ stations: [Int]) async {
        let wall = site.world.wall.now
        for station in stations {
            let id = id(line, station)
            dark[id, default: 0] += isPresent ? -1 : 1
            let isLit = dark[id] == 0
            await wire(line)?.withLine { $0.mains(isPresent: isLit, ofStation: station, wall: wall) }
        }
    }

    private func changeAll(_ line: Int, _ body: @Sendable (inout StationFaults) -> Void) async {
        for station in lines[line].meters.indices { await change(line, station, body) }
    }

    private func endAtMeter(_ kind: SimulatedFault.Kind) async {
        switch kind {
        case .meterReaddressed(let line, let station):
            let id = id(line, station)
            let address = addresses[id]
            await technician.edit { $0.addresses[id] = address }
        case .meterClock(let line, let station, _):
            await technician.putClockRight(ofMeter: id(line, station))
        case .meterRemoved(let line, let station):
            let id = id(line, station)
            await technician.edit { changes in
                changes.removed.firstIndex(of: id).map { _ = changes.removed.remove(at: $0) }
            }
        case .meterMoved(let line, let station):
            let id = id(line, station)
            await technician.edit { changes in
                changes.elsewhere.firstIndex(of: id).map { _ = changes.elsewhere.remove(at: $0) }
            }
        case .meterTwinned(let line, let station):
            let id = id(line, station)
            await technician.edit { changes in
                changes.twins.firstIndex(of: id).map { _ = changes.twins.remove(at: $0) }
            }
        default: break
        }
    }

    /// ID of a meter in the table: meters are numbered from 1 in the order of the plan.
    private func id(_ line: Int, _ station: Int) -> Int {
        lines[..<line].reduce(station + 1) { $0 + $1.meters.count }
    }

    /// Hands over what the gateway did wrong at once, in words, and forgets it.
    func takeOffences() -> [String] {
        defer { offences.removeAll() }
        return offences
    }

    private func distrust(_ change: Int) {
        distrusts += change
        site.wall.setTrusted(distrusts == 0)
    }

    private func powerOn() async {
        try? await site.world.clock.sleep(for: .seconds(5))
        if site.disk?.isPowered == false { site.disk?.powerOn() }
    }

    /// Commits a revision, cuts the power, tears the revision's newest file, and starts again: the revision
    /// before is in force then, and people are told.
    private func tearTree() async {
        guard let gateway = await machine.gateway, site.disk?.isPowered ?? true else { return }
        guard (try? await SimulatedStreet.edit(gateway, widened: true)) != nil else { return }
        let torn = await gateway.runtime.store.current.number
        site.disk?.cutPower(leaving: .tearUnsynced)
        let path = "revisions/\(torn)/manifest.json"
        let text = (try? site.files.read(path)).map { String(decoding: $0, as: UTF8.self) } ?? ""
        site.files.damage(path, String(text.prefix(text.count / 2)))
        await powerOn()
        try? await site.world.clock.sleep(for: .seconds(30))
        guard let store = await machine.gateway?.runtime.store else { return }
        if await store.current.number >= torn { offences.append("the torn revision \(torn) is in force") }
        if await !store.notices.contains(where: { $0.code == .revisionDamaged }) {
            offences.append("nobody is told that revision \(torn) is torn")
        }
        // What was wished and was lost with the revision is wished again.
        await technician.rewriteTable()
    }

    private func wire(_ line: Int) -> SimulatedWire? {
        lines.indices.contains(line) ? site.wires[lines[line].name] : nil
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
