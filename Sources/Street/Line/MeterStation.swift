// A whole SPODES meter on a line: frames in, frames out. Link layer and application layer are the server
// halves of `DLMS`, the objects are the meter's own; nothing here is a mock.

import DLMS
import Octets
package import SPODES
import Seams
package import Timekeeping

/// A meter that is spoken to by HDLC or by the IP wrapper.
package struct MeterStation: LineStation {
    private var directory: SPODESDirectory
    private var application: ApplicationServer
    private let transport: StreetFile.Transport
    /// The link in front of the application by HDLC, and by the wrapper: one of them, as the transport says.
    private var server: HDLCServer
    private var frames = HDLCFrameDecoder()
    private var units = WrapperDecoder()
    private let zone: ZoneOffset
    private let isAlone: Bool
    /// When each client that has a link was heard last.
    private var lastHeard: [Int: MonotonicInstant] = [:]
    private var lastOctet = MonotonicInstant(nanoseconds: 0)
    private var faults = StationFaults()
    private var quirks: StationQuirks
    private let security: StationSecurity?

    /// A meter at a physical address; `isAlone` when no other station shares the line.
    package init(
        meter: SPODESMeter, address: Int, transport: StreetFile.Transport, isAlone: Bool, zone: ZoneOffset,
        security: StationSecurity? = nil
    ) {
        self.zone = zone
        self.security = security
        self.isAlone = isAlone
        directory = SPODESDirectory(meter: meter, address: address)
        quirks = StationQuirks(meter.personality)
        application = ApplicationServer(profiles: [], systemTitle: security?.title)
        self.transport = transport
        server = HDLCServer(Self.settings(meter.personality, address, isAlone))
        application.profiles = profiles
    }

    /// The meter behind the link.
    package var meter: SPODESMeter { directory.meter }

    // MARK: - LineStation

    /// Octets of requests, for this station or another.
    package mutating func received(
        _ octets: [UInt8], at instant: MonotonicInstant, wall: WallTime
    ) -> [StationAnswer] {
        forgetPartOfFrame(at: instant)
        if directory.meter.outages.isDark || quirks.isBlocked(at: instant) { return [] }
        directory.instant = streetTime(of: wall)
        if faults.midnightBusy > .zero {
            let sinceMidnight = meter.clock.civil(at: directory.instant).secondOfDay
            if Duration.seconds(sinceMidnight) < faults.midnightBusy { return [] }
        }
        var answers: [StationAnswer] = []
        switch transport {
        case .hdlc:
            frames.append(octets)
            while let item = frames.next() { hear(item, at: instant, &answers) }
            if !server.isConnected, server.settings.physical != directory.address {
                // An address written to the port's object holds from the next link on.
                server = HDLCServer(Self.settings(meter.personality, directory.address, isAlone))
            }
        case .wrapper:
            units.append(octets)
            while let item = units.next() {
                guard case .success(let unit) = item.content, unit.destinationPort == 1 else { continue }
                answers += heard(unit, at: instant)
            }
        }
        return answers
    }

    /// The port's silence inside a frame (attribute 7 of its setup): else a length that a collision has made
    /// up would swallow all frames of a day.
    private mutating func forgetPartOfFrame(at instant: MonotonicInstant) {
        defer { lastOctet = instant }
        guard transport == .hdlc, frames.isInsideFrame,
            instant - lastOctet > .milliseconds(directory.interOctetTimeoutMilliseconds)
        else { return }
        frames.reset()
    }

    /// A frame for another station, while nothing is half received, is not worth a decoder's work.
    package mutating func passesOver(_ head: RequestHead, at instant: MonotonicInstant) -> Bool {
        forgetPartOfFrame(at: instant)
        return transport == .hdlc && !frames.isInsideFrame && head.station != server.settings.physical
    }

    /// Sums the registers up to now.
    package mutating func warmUp(wall: WallTime) { directory.meter.prepare(at: streetTime(of: wall)) }

    /// The TCP connection has gone and its associations with it.
    package mutating func connectionLost() {
        application.linksClosed()
        application.profiles = profiles
        server = HDLCServer(Self.settings(meter.personality, directory.address, isAlone))
        frames = HDLCFrameDecoder()
        units = WrapperDecoder()
    }

    /// Refused passwords, small PDUs and late rows.
    package mutating func apply(_ faults: StationFaults) {
        if faults.rowDelay != self.faults.rowDelay {
            let delay = faults.rowDelay.components
            directory.meter.delayRows(
                byMilliseconds: delay.seconds * 1_000 + delay.attoseconds / 1_000_000_000_000_000,
                from: directory.instant)
        }
        self.faults = faults
        application.profiles = profiles
    }

    /// Cover, magnet, supply, clearings.
    package mutating func happen(_ happening: MeterHappening, wall: WallTime) {
        directory.meter.happen(happening, at: streetTime(of: wall))
    }

    /// Without mains the meter answers nobody and writes nothing.
    package mutating func mains(isPresent: Bool, wall: WallTime) {
        directory.meter.mains(isPresent: isPresent, at: streetTime(of: wall))
        if !isPresent { connectionLost() }
    }

    /// Another physical address, as a configuration program writes it.
    package mutating func readdress(_ address: Int) {
        directory.address = address
        connectionLost()
    }

    /// The push that is due, ciphered under the meter's own title where it has keys.
    package mutating func push(wall: WallTime) -> StationPush? {
        guard directory.mayPush, !directory.meter.outages.isDark else { return nil }
        directory.instant = streetTime(of: wall)
        directory.meter.prepare(at: directory.instant)
        guard let message = directory.takePush() else { return nil }
        var apdu = message.apdu
        if let security {
            // One series of counters for all that is said under the key.
            let counter = max(application.nextCounter, UInt32(clamping: directory.instant / 1_000))
            application.nextCounter = counter + 1
            guard let sealed = security.sealed(apdu, counter: counter) else { return nil }
            apdu = sealed
        }
        let unit = WrapperUnit(from: 1, to: ClientSAP.configurator.rawValue, apdu: apdu)
        return StationPush(
            destination: message.destination, octets: unit.encoded, retries: message.retries,
            delay: .seconds(message.delaySeconds))
    }

    /// The meter's archives as they are now.
    package func truth(wall: WallTime) -> MeterTruth? {
        MeterTruth(meter: directory.meter, instant: streetTime(of: wall))
    }

    // MARK: - Link

    private mutating func hear(
        _ item: HDLCStreamItem, at instant: MonotonicInstant, _ answers: inout [StationAnswer]
    ) {
        giveUpSilent(at: instant)
        let actions: [HDLCServer.Action]
        switch item.content {
        case .success(let frame):
            guard server.isOurs(frame.destination) else { return }
            if quirks.ignores(frame, isConnected: server.isConnected, at: instant) { return }
            actions = server.frameReceived(frame)
            if !actions.isEmpty { lastHeard[Int(frame.source.upper)] = instant }
        case .failure(let error) where error.code == .unsupported:
            actions = server.unknownCommandReceived(item.octets)
        case .failure: return
        }
        for action in actions {
            guard case .received(let apdu, let client, _) = action else {
                perform(action, .link, &answers)
                continue
            }
            let answer = served(apdu, from: client, at: instant) ?? []
            let requestClass = RequestClass(apdu: apdu)
            for action in server.answer(answer) { perform(action, requestClass, &answers) }
        }
    }

    /// Links without a frame for the inactivity time-out are gone (GOST R 58940 p. 28, attribute 8).
    private mutating func giveUpSilent(at instant: MonotonicInstant) {
        let inactivity = directory.inactivityTimeoutSeconds
        guard server.isConnected, inactivity > 0 else { return }
        var nobody: [StationAnswer] = []
        for client in server.clients where instant - (lastHeard[client] ?? instant) > .seconds(inactivity) {
            for action in server.inactivityTimerFired(of: client) { perform(action, .link, &nobody) }
        }
    }

    private mutating func perform(
        _ action: HDLCServer.Action, _ requestClass: RequestClass, _ answers: inout [StationAnswer]
    ) {
        switch action {
        case .send(let octets): answers.append(StationAnswer(octets, requestClass: requestClass))
        case .established(let client, _), .released(let client):
            if let client = UInt16(exactly: client) {
                application.linkClosed(by: ClientSAP(rawValue: client))
            }
        case .received: break
        }
    }

    private mutating func heard(_ unit: WrapperUnit, at instant: MonotonicInstant) -> [StationAnswer] {
        guard let answer = served(unit.apdu, from: Int(unit.sourcePort), at: instant) else { return [] }
        let reply = WrapperUnit(from: unit.destinationPort, to: unit.sourcePort, apdu: answer)
        return [StationAnswer(reply.encoded, requestClass: RequestClass(apdu: unit.apdu))]
    }

    // MARK: - Application

    private mutating func served(
        _ apdu: [UInt8], from client: Int, at instant: MonotonicInstant
    ) -> [UInt8]? {
        guard let client = UInt16(exactly: client) else { return nil }
        directory.meter.prepare(at: directory.instant)
        // Whoever switches the simulator off and on finds its counters further on, as a meter's memory has
        // them.
        application.nextCounter = max(
            application.nextCounter, UInt32(clamping: directory.instant / 1_000))
        let wrongAnswers = application.wrongAnswers
        let answer = application.received(apdu, from: ClientSAP(rawValue: client), directory: &directory)
        if application.wrongAnswers > wrongAnswers {
            directory.meter.noteAccess(code: 1, at: directory.instant)
        }
        guard let answer else { return nil }
        let given = quirks.given(answer, at: instant)
        if let code = given.journalCode { directory.meter.noteAccess(code: code, at: directory.instant) }
        return given.answer
    }

    private func streetTime(of wall: WallTime) -> Int64 {
        wall.civil(in: zone).seconds * 1_000 + Int64(wall.nanoseconds) / 1_000_000
    }

    private var profiles: [AssociationProfile] {
        let personality = meter.personality
        let conformance = Conformance(rawValue: personality.conformanceBits ?? 0)
        let size = UInt16(clamping: max(32, faults.pduSize ?? personality.link.pduSize))
        func proof(_ text: String) -> Authentication {
            let secret = Array(text.utf8)
            if let security {
                return security.authentication(secret: secret, refuses: faults.refusesPassword)
            }
            return .lowLevel(faults.refusesPassword ? [0] : secret)
        }
        let clients: [(ClientSAP, Authentication)] = [
            (.publicClient, .none), (.reader, proof(personality.passwords.reader)),
            (.configurator, proof(personality.passwords.configurator)),
        ]
        return clients.map {
            AssociationProfile(
                client: $0.0, authentication: $0.1, conformance: conformance, maximumPDU: size,
                security: $0.0 == .publicClient ? nil : security?.server)
        }
    }

    private static func settings(_ personality: Personality, _ address: Int, _ isAlone: Bool)
        -> HDLCServer.Settings
    {
        let (size, window) = (personality.link.information, personality.link.window ?? 1)
        return HDLCServer.Settings(
            physical: address, answersOneOctet: isAlone,
            limits: HDLCParameters(
                maximumTransmit: size, maximumReceive: size, windowTransmit: window, windowReceive: window),
            statesLimits: personality.link.statesLimits, keepsLimits: personality.link.keepsLimits ?? true,
            statesLimitsAtDisconnect: personality.link.statesLimitsAtDisconnect, places: 2)
    }
}

/// Whom a whole HDLC frame of the gateway is for.
package struct RequestHead: Sendable, Hashable {
    /// Physical address of the station.
    package let station: Int
    /// Whether the frame opens a conversation (SNRM).
    package let opens: Bool

    /// The head of octets that are one whole frame for one station; nil for any others.
    package init?(_ octets: [UInt8]) {
        guard octets.count > 8, octets[0] == HDLCFrame.flag, octets[1] & 0xF8 == 0xA0,
            octets[octets.count - 1] == HDLCFrame.flag,
            Int(octets[1] & 7) << 8 | Int(octets[2]) == octets.count - 2
        else { return nil }
        var reader = OctetReader(octets[3...])
        guard let address = try? HDLCAddress(from: &reader), address.width != .one, !address.isBroadcast
        else { return nil }
        station = Int(address.lower)
        // Flag, format (2), the station's address, the client's one octet, then the control field.
        let control = 3 + address.width.rawValue + 1
        opens = octets.indices.contains(control) && octets[control] & 0xEF == 0x83
    }
}

extension RequestClass {
    /// What a request APDU asks for, by its tag, class and attribute.
    package init(apdu: [UInt8]) {
        switch apdu.first {
        case 0x60, 0x62: self = .association
        // GET-request: C0, kind, invoke-id, class (2), logical name (6), attribute.
        case 0xC0 where apdu.count >= 12 && apdu[1] == 1:
            let isBuffer = apdu[3] == 0 && apdu[4] == 7 && apdu[11] == 2
            // The one row of a snapshot need not be looked for in a memory of months.
            let isSnapshot = apdu[5..<11].elementsEqual(LogicalName(ObjectTable.snapshot).octets)
            self = isBuffer && !isSnapshot ? .profile : .get
        case 0xC0 where apdu.count >= 2 && apdu[1] == 2: self = .block
        default: self = .get
        }
    }
}

extension StreetPlan {
    /// The simulated line of a plan's line, every meter with its faults.
    package func build(_ line: Line, faults: StationFaults = StationFaults()) -> SimulatedLine {
        let stations = line.meters.map { meter in
            FaultyStation(
                name: String(meter.address),
                station: MeterStation(
                    meter: meter.build(in: self), address: meter.address, transport: line.transport,
                    isAlone: line.meters.count == 1, zone: zone, security: meter.security),
                faults: faults, seed: meter.seed)
        }
        var built = SimulatedLine(
            name: line.name, characterTime: line.settings?.characterTime ?? .zero, stations: stations,
            seed: seed)
        built.script = line.script
        return built
    }
}
