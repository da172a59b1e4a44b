// A street file made whole: every meter with its model, subscriber, clock and serial number. From it come the
// simulated lines, and the meter table of a gateway that reads them.

package import DLMS
import FoundationEssentials
package import SPODES
package import Seams
package import Timekeeping

/// A street ready to be built.
package struct StreetPlan: Sendable {
    /// What a line is connected to.
    package enum Place: Sendable, Hashable {
        /// A pty behind a symbolic link.
        case pty(link: String)
        /// A listening TCP port.
        case tcp(host: String, port: Int)
    }

    /// One meter.
    package struct Meter: Sendable {
        /// Physical HDLC address.
        package let address: Int
        /// Serial number.
        package let serial: String
        /// Model, shared with the others of it.
        package let model: MeterModel
        /// What makes the model what it is.
        package var personality: Personality { model.personality }
        /// Load.
        package let subscriber: LoadCurve.Kind
        /// Name of the line behind a head meter.
        package let behind: String?
        /// Where on the line, 0…1.
        package let place: Double
        /// Chance of this meter.
        package let seed: UInt64
        /// Drift of the clock in seconds a day; nil draws it from the seed.
        package let drift: Double?
        /// Standing difference of the clock in seconds.
        package let clockOffset: Int64
        /// Ciphering; nil for a meter without keys.
        package let security: StationSecurity?
        /// How it is delivered to push.
        package let push: PushPlan
    }

    /// One line.
    package struct Line: Sendable {
        /// Name for the control socket.
        package let name: String
        /// What it is connected to.
        package let place: Place
        /// Interface of the gateway, `Iface1`… or `Ethernet`.
        package let interface: String
        /// Format of serial lines; nil for TCP.
        package let settings: SerialSettings?
        /// HDLC or wrapper.
        package let transport: StreetFile.Transport
        /// Whether the meters are behind a virtual hub.
        package let isHub: Bool
        /// The meters.
        package let meters: [Meter]
        /// File whose `1` feeds the interfaces of the meters; nil when they need no feeding.
        package var supply: String?
        /// What happens to them, in order of time.
        package internal(set) var script: [ScriptedEvent] = []

        /// A line without meters of its own, for what is played back on it.
        package static func bare(_ name: String, at place: Place, settings: SerialSettings?) -> Line {
            Line(
                name: name, place: place, interface: settings == nil ? "Ethernet" : "Iface1",
                settings: settings, transport: .hdlc, isHub: false, meters: [])
        }
    }

    /// The street's civil time.
    package let zone: ZoneOffset
    /// Midnight the meters were installed at.
    package let installed: CivilStamp
    /// Chance of everything.
    package let seed: UInt64
    /// The lines.
    package let lines: [Line]

    /// Builds the plan of a file; `personality` gives the JSON text of a model by name, nil when there is
    /// none. `cryptography` serves meters with keys. Throws the first fault with its place.
    package init(
        _ file: StreetFile, cryptography: (any Cryptography)? = nil, personality: (String) -> [UInt8]?
    ) throws(StreetFileFault) {
        guard let date = WallTime(iso8601: file.installed, local: .utc) else {
            throw StreetFileFault("installed", "not a date such as 2025-10-01")
        }
        zone = ZoneOffset(minutes: file.zoneMinutes)
        installed = date.civil(in: .utc).startOfDay
        seed = file.seed
        var models: [String: MeterModel] = [:]
        var lines: [Line] = []
        for (index, line) in file.lines.enumerated() {
            lines.append(
                try Self.line(line, path: "lines[\(index)]", seed: file.seed, cryptography) {
                    name throws(StreetFileFault) in
                    if let known = models[name] { return known }
                    let model = MeterModel(try Self.personality(name, text: personality(name)))
                    models[name] = model
                    return model
                })
        }
        guard Set(lines.map(\.name)).count == lines.count else {
            throw StreetFileFault("lines", "two lines have one name")
        }
        for meter in lines.flatMap(\.meters) {
            guard let name = meter.behind else { continue }
            guard lines.contains(where: { $0.name == name && $0.meters.allSatisfy { $0.behind == nil } })
            else {
                throw StreetFileFault("lines", "behind \(name): there is no such line of plain meters")
            }
        }
        for (index, event) in (file.script ?? []).enumerated() {
            guard let line = lines.firstIndex(where: { $0.name == event.line }),
                let station = lines[line].meters.firstIndex(where: { $0.address == event.meter })
            else { throw StreetFileFault("script[\(index)]", "there is no such line or meter") }
            let civil = installed.adding(seconds: Int64(event.day) * 86_400 + Int64(event.second ?? 43_200))
            let at = WallTime(unixSeconds: civil.seconds - Int64(file.zoneMinutes) * 60 + 946_684_800)
            lines[line].script.append(ScriptedEvent(at: at, station: station, happening: event.happen))
        }
        for line in lines.indices { lines[line].script.sort { $0.at < $1.at } }
        self.lines = lines
    }

    private static func line(
        _ line: StreetFile.Line, path: String, seed: UInt64, _ cryptography: (any Cryptography)?,
        model: (String) throws(StreetFileFault) -> MeterModel
    ) throws(StreetFileFault) -> Line {
        let place = try place(of: line, path: path)
        var settings: SerialSettings?
        if case .pty = place {
            settings = SerialSettings(line.settings ?? "9600,8n1")
            if settings == nil { throw StreetFileFault("\(path).settings", "not a format such as 9600,8n1") }
        }
        let total = line.meters.reduce(0) { $0 + max(1, $1.count ?? 1) }
        var meters: [Meter] = []
        for (index, group) in line.meters.enumerated() {
            let path = "\(path).meters[\(index)]"
            guard !group.personalities.isEmpty, !group.subscribers.isEmpty else {
                throw StreetFileFault(path, "personalities and subscribers need one entry at least")
            }
            for offset in 0..<max(1, group.count ?? 1) {
                let address = group.address + offset
                guard (16...16_381).contains(address) else {
                    throw StreetFileFault(path, "address: 16…16381")
                }
                let serial = String(group.serial + offset)
                let model = try model(group.personalities[offset % group.personalities.count])
                meters.append(
                    Meter(
                        address: address, serial: serial,
                        model: model,
                        subscriber: group.subscribers[offset % group.subscribers.count],
                        behind: group.behind, place: Double(meters.count) / Double(max(1, total - 1)),
                        seed: Noise(seed: seed).bits(0x6D74, Int64(group.serial + offset)),
                        drift: group.drift, clockOffset: group.clockOffset ?? 0,
                        security: try security(
                            group, "\(path).security", model.personality, serial, cryptography),
                        push: try group.push?.plan("\(path).push") ?? PushPlan())
                )
            }
        }
        guard Set(meters.map(\.address)).count == meters.count else {
            throw StreetFileFault("\(path).meters", "two meters have one address")
        }
        let isSerial = settings != nil
        if line.hub == true, isSerial || line.transport == .wrapper {
            throw StreetFileFault("\(path).hub", "only a tcp line with the transport hdlc")
        }
        return Line(
            name: line.name, place: place, interface: isSerial ? line.iface ?? "Iface1" : "Ethernet",
            settings: settings, transport: line.transport ?? .hdlc, isHub: line.hub ?? false,
            meters: meters, supply: line.supply)
    }

    private static func security(
        _ group: StreetFile.MeterGroup, _ path: String, _ model: Personality, _ serial: String,
        _ cryptography: (any Cryptography)?
    ) throws(StreetFileFault) -> StationSecurity? {
        guard let file = group.security else { return nil }
        guard let cryptography else { throw StreetFileFault(path, "nobody here can cipher") }
        return try StationSecurity(
            file, path: path, maker: model.manufacturer, serial: serial, cryptography)
    }

    private static func place(of line: StreetFile.Line, path: String) throws(StreetFileFault) -> Place {
        switch (line.pty, line.tcp) {
        case (let link?, nil): return .pty(link: link)
        case (nil, let address?):
            let parts = address.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count == 2, let port = Int(parts[1]), (1...65_535).contains(port) else {
                throw StreetFileFault("\(path).tcp", "not host:port")
            }
            return .tcp(host: String(parts[0]), port: port)
        default: throw StreetFileFault(path, "needs either pty or tcp")
        }
    }

    private static func personality(
        _ name: String, text: [UInt8]?
    ) throws(StreetFileFault) -> Personality {
        guard let text else { throw StreetFileFault("personality \(name)", "there is no such file") }
        let model: Personality
        do { model = try JSONDecoder().decode(Personality.self, from: Data(text)) } catch {
            let fault = StreetFileFault.decoding(error)
            throw StreetFileFault("personality \(name): \(fault.path)", fault.text)
        }
        if let fault = model.faults.first { throw StreetFileFault("personality \(name)", fault) }
        return model
    }
}

extension StreetPlan.Meter {
    /// The meter with its load on the street's grid.
    package func build(in plan: StreetPlan) -> SPODESMeter {
        let ledger = EnergyLedger(
            load: load(in: plan), seed: seed, installed: plan.installed,
            tariffOfHour: personality.tariffOfHour)
        let element = Subscriber(
            ledger: ledger, grid: Grid(seed: plan.seed), phases: personality.phases, place: place, seed: seed)
        // Typical quartz: half a second a day, one way or the other (R31).
        var draw: Int64 = 0
        let drift = SmallMathematics.normal {
            draw += 1
            return Noise(seed: seed).unit(0x636C, draw)
        }
        let clock = MeterClock(
            driftPerDay: self.drift.map { $0 * 1_000 } ?? drift * 500, offset: clockOffset * 1_000)
        var meter = SPODESMeter(model: model, serial: serial, clock: clock, element: element)
        meter.pushes.plan = push
        return meter
    }

    /// The subscriber, or all those of the line behind a head meter and three per cent of losses.
    private func load(in plan: StreetPlan) -> Load {
        guard let behind else { return .subscriber(LoadCurve(kind: subscriber, seed: seed)) }
        let meters = plan.lines.first { $0.name == behind }?.meters ?? []
        return .line(meters.map { LoadCurve(kind: $0.subscriber, seed: $0.seed) }, lossesPerMille: 30)
    }
}
