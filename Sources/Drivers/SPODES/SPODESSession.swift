// An open session with one SPODES meter: clock and present values. Archives stand in
// `SPODESSession+Archive.swift`.

import DLMS
import Faults
import Logging
import Metering
import SPODES
import Seams
import Timekeeping

/// The session of one meter.
actor SPODESSession: MeterSession {
    nonisolated let identity: MeterIdentity
    let reader: AttributeReader
    let environment: DriverEnvironment
    /// What its maker does differently.
    let profile: MeterProfile
    let zone: ZoneOffset
    /// What is known of the meter; remembered when the session ends.
    var knowledge: MeterKnowledge
    /// The meter's clock as last sent, for stamps of the same manner.
    var lastTime: DateTimeValue?
    var lastClock: ClockReading?
    var interval: Int?
    /// How much to ask for at once; remembered when the session ends.
    var pacing: PiecePacing
    /// What was answered with the serial number; each answer is good once.
    private var opening: SessionOpening

    init(
        identity: MeterIdentity, knowledge: MeterKnowledge, profile: MeterProfile = .standard,
        pacing: PiecePacing, reader: AttributeReader,
        environment: DriverEnvironment, zone: ZoneOffset, opening: SessionOpening = SessionOpening()
    ) {
        self.identity = identity
        self.opening = opening
        self.knowledge = knowledge
        self.profile = profile
        self.pacing = pacing
        self.reader = reader
        self.environment = environment
        self.zone = zone
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { environment.clock.executor }

    /// What was answered about an attribute when the session was opened, once.
    func opened(_ name: AttributeName) -> AttributeAnswer? { opening.take(name) }

    /// The values of several attributes, those of the opening first.
    func values(_ attributes: [AttributeName]) async throws -> [AttributeAnswer] {
        let known = attributes.map { opening.take($0) }
        let asked = zip(attributes, known).filter { $1 == nil }.map(\.0)
        var rest = try await reader.values(asked)[...]
        return known.compactMap { $0 ?? rest.popFirst() }
    }

    // MARK: Clock

    func clock() async throws -> ClockReading {
        let usesSeason = try await usesSeason()
        let opened = opening.takeClock()
        let (asked, value) = if let opened { opened } else { try await askClock() }
        guard let time = value.dateTimeValue, let stamp = MeterStamp(time, usesSeason: usesSeason) else {
            throw Fault(
                .meterProtocol,
                ["meter": String(reader.meter), "attempt": "reading the clock", "detail": "no date and time"])
        }
        let reading = ClockReading(
            stamp: stamp, differenceSeconds: difference(time, stamp, asked.wall, asked.roundTrip),
            roundTrip: asked.roundTrip, askedAt: asked.at)
        lastTime = time
        lastClock = reading
        return reading
    }

    private func askClock() async throws -> (SessionOpening.Exchange, DataValue) {
        var exchange = SessionOpening.Exchange(environment)
        let answer = try await reader.value(ObjectTable.clock, class: 8)
        exchange.end(environment)
        guard let answer else { throw unsupported(.clock) }
        return (exchange, answer)
    }

    /// Meter, in standard time, minus gateway at the middle of the round trip, rounded to a second.
    private func difference(
        _ time: DateTimeValue, _ stamp: MeterStamp, _ wall: WallTime, _ roundTrip: Duration
    ) -> Int32 {
        let hundredths = time.time.hundredths <= 99 ? Int64(time.time.hundredths) : 0
        let meter = stamp.standard.seconds * 1_000 + hundredths * 10
        let gateway = wall.civil(in: zone).seconds * 1_000 + Int64(wall.nanoseconds) / 1_000_000
        let middle = gateway + roundTrip.wholeNanoseconds / 2_000_000
        let milliseconds = Double(meter - middle)
        return Int32(clamping: Int64((milliseconds / 1_000).rounded()))
    }

    /// Whether the meter's clock keeps seasonal time; asked once a day.
    func usesSeason() async throws -> Bool {
        if let known = knowledge.usesSeason { return known }
        // Attribute 8 of the clock: daylight saving enabled.
        let answer = try await reader.values([AttributeName(ObjectTable.clock, 8, 8)]).first
        let uses = answer?.value?.wholeNumber == 1
        knowledge.usesSeason = uses
        return uses
    }

    /// The clock of this session, read when it has not been yet.
    func sessionClock() async throws -> ClockReading {
        if let lastClock { return lastClock }
        return try await clock()
    }

    // MARK: Present values

    func current(_ measure: Measure, tags: [Tag]) async throws -> Reading {
        let asked = tags.isEmpty ? measure.tags : tags.filter { measure.tags.contains($0) }
        switch measure {
        case .momentEnergy, .momentQuality: return try await registers(measure, asked)
        case .configuration: return try await configuration()
        case .relay: return try await relayReading(tags)
        case .clock:
            let now = try await clock()
            return Reading(.clock, at: now.stamp, clockDifferenceSeconds: now.differenceSeconds, values: [])
        case .dayEnergy, .monthEnergy, .dayConsumption, .monthConsumption, .powerProfile, .journal:
            throw unsupported(measure)
        }
    }

    /// A value that is asked for, and the registers where it may be found, in the order to try.
    private struct WantedValue {
        let tag: Tag
        var codes: ArraySlice<OBISCode>
        var value: MeasuredValue?
    }

    /// A register that may hold the wanted value of a place.
    private struct AskedRegister {
        let place: Int
        let code: OBISCode
    }

    private func registers(_ measure: Measure, _ tags: [Tag]) async throws -> Reading {
        let now = try await sessionClock()
        var wanted = tags.map { tag in
            let codes = profile.registers(of: tag)
            guard codes.contains(where: knowledge.absent.contains) else {
                return WantedValue(tag: tag, codes: codes[...])
            }
            return WantedValue(tag: tag, codes: codes.filter { !knowledge.absent.contains($0) }[...])
        }
        var stamp = now.stamp
        if let row = try await snapshot(of: wanted.flatMap(\.codes)) {
            stamp = row.stamp
            let found = wanted.indices.compactMap { place in
                wanted[place].codes.lazy.compactMap { code in
                    row[code].map { (AskedRegister(place: place, code: code), $0) }
                }.first
            }
            try await scale(found, into: &wanted)
        }
        // Where vendors differ, the second code is asked for only when the first is not there.
        while true {
            let round = wanted.indices.compactMap { place -> AskedRegister? in
                guard wanted[place].value == nil, let code = wanted[place].codes.popFirst() else {
                    return nil
                }
                return AskedRegister(place: place, code: code)
            }
            guard !round.isEmpty else { break }
            try await read(round, into: &wanted)
        }
        let values = wanted.compactMap(\.value)
        guard !values.isEmpty else { throw unsupported(measure) }
        return Reading(
            measure, at: stamp, clockDifferenceSeconds: now.differenceSeconds, values: values)
    }

    /// Reads registers one by one or by lists.
    private func read(_ asked: [AskedRegister], into wanted: inout [WantedValue]) async throws {
        let found = try await reader.values(asked.map { AttributeName($0.code, 3, 2) })
        var present: [(AskedRegister, DataValue)] = []
        for (register, answer) in zip(asked, found) {
            switch answer {
            case .value(let value): present.append((register, value))
            case .absent: knowledge.absent.insert(register.code)
            case .refused: continue
            }
        }
        try await scale(present, into: &wanted)
    }

    /// Values of registers with their scalers, which are read when they are seen the first time.
    private func scale(
        _ present: [(register: AskedRegister, value: DataValue)], into wanted: inout [WantedValue]
    ) async throws {
        if present.contains(where: { knowledge.scalings[$0.register.code] == nil }) {
            try await learnEnergyScalings(present.map(\.register.code))
            try await learnScalings(present.map { ($0.register.code, 3) })
        }
        for (register, value) in present {
            let told = knowledge.scalings[register.code]?.scaler ?? profile.scaler(of: register.code)
            guard let scaler = told else { continue }
            wanted[register.place].value = MeasuredValue(wanted[register.place].tag, value, scaler: scaler)
        }
    }

    /// The scaler profile of the days has the scalers of all energy registers in two requests.
    private func learnEnergyScalings(_ codes: [OBISCode]) async throws {
        let unknown = codes.filter {
            knowledge.scalings[$0] == nil && RegisterTable.tag(of: $0).map(Tag.energy.contains) == true
        }
        guard unknown.count > 4 else { return }
        let found = try await scalerProfile(.day)
        knowledge.scalings.merge(found) { known, _ in known }
    }

    /// Reads attribute 3 of registers whose scaling is not known yet.
    func learnScalings(_ registers: [(code: OBISCode, class: UInt16)]) async throws {
        let unknown = registers.filter { knowledge.scalings[$0.code] == nil }
        let values = try await reader.values(unknown.map { AttributeName($0.code, $0.class, 3) })
        for (register, answer) in zip(unknown, values) {
            if let scaling = answer.value.flatMap(Scaling.init) {
                knowledge.scalings[register.code] = scaling
            }
        }
    }

    func unsupported(_ measure: Measure) -> Fault {
        Fault(.meterUnsupported, ["meter": String(reader.meter), "measure": measure.rawValue])
    }
}
