import Drivers
import Faults
import Metering
import SPODES
import Seams
import Street
import Testing
import Timekeeping
import VirtualTime

@Suite struct SPODESDriverTests {
    @Test(arguments: 0..<4)
    func `reads every model: identity, clock, energy, days, months, profile`(index: Int) throws {
        try StreetFixture.run(line: 1) { street in
            try await street.session(street.point(index)) { session in
                #expect(session.identity.serial == "4200\(101 + index)")
                #expect(session.identity.model.contains("УЛИЦА"))
                let clock = try await session.clock()
                #expect(abs(clock.differenceSeconds) < 600)
                let energy = try await session.current(.momentEnergy, tags: [])
                let sum = try #require(energy[.aPlus0])
                let tariffs = (1...4).compactMap { energy[Metering.Tag.energy[$0]]?.mantissa }.reduce(0, +)
                #expect(abs(sum.mantissa - tariffs) <= 4)
                let today = street.now.startOfDay
                let days = try await session.archive(
                    .dayEnergy, window: today.adding(seconds: -4 * 86_400)...today)
                #expect(days.readings.count == 5)
                #expect(days.readings.allSatisfy { $0.stamp.civil.secondOfDay == 0 && $0[.aPlus0] != nil })
                let months = try await session.archive(
                    .monthEnergy, window: today.startOfMonth(adding: -2)...today.startOfMonth)
                #expect(months.readings.map(\.stamp.civil) == (-2...0).map { today.startOfMonth(adding: $0) })
                #expect(try await session.profileInterval() == 30)
                let window = today.adding(seconds: -86_399)...today
                let profile = try await session.archive(.powerProfile, window: window)
                #expect(profile.readings.count == 48)
                #expect(profile.readings.last?.stamp.civil == today)
                #expect(profile.readings.allSatisfy { $0[.pPlus] != nil && $0.intervalMinutes == 30 })
                #expect(profile.holdsLaterRow)
            }
        }
    }

    @Test func `a month's question brings what was frozen on other days as well, R19`() throws {
        try StreetFixture.run(line: 1) { line in
            let frozen = WallTime(unixSeconds: StreetFixture.noon.unixSeconds - 20 * 86_400)
            line.happen(.monthCaptured, toStation: 0, wall: frozen)
        } _: { street in
            try await street.session(street.point(0)) { session in
                let month = street.now.startOfMonth
                let answer = try await session.archive(.monthEnergy, window: month...month)
                #expect(answer.readings.map { $0.stamp.civil == month } == [false, true])
                #expect(answer.readings[0].stamp.civil.date.day == 18)
                let consumed = try await session.archive(.monthConsumption, window: month...month)
                #expect(consumed.readings.isEmpty)
            }
        }
    }

    @Test func `seasonal time is no error of a clock, and its rows say so, R4`() throws {
        try StreetFixture.run(line: 1) { line in
            let summer = WallTime(unixSeconds: StreetFixture.noon.unixSeconds - 2 * 3_600)
            line.happen(.summerBegins, toStation: 0, wall: summer)
        } _: { street in
            try await street.session(street.point(0)) { session in
                let clock = try await session.clock()
                #expect(clock.stamp.isSeason && abs(clock.differenceSeconds) < 600)
                #expect(abs(clock.stamp.civil.seconds - street.now.seconds - 3_600) < 600)
                let window = street.now.adding(seconds: -3 * 3_600)...street.now.adding(seconds: 3_600)
                let rows = try await session.archive(.powerProfile, window: window).readings
                #expect(rows.map { $0.stamp.civil.hour >= 12 } == rows.map(\.stamp.isSeason))
                #expect(rows.count == 8)
            }
            let link = SPODESJournalTests.link(street, client: SPODESJournalTests.configurator)
            try await street.session(link) { session in
                _ = try await session.clock()
                try await session.setClock(to: street.now)
                let clock = try await session.clock()
                #expect(clock.stamp.isSeason && abs(clock.differenceSeconds) <= 2)
            }
        }
    }

    @Test(arguments: 0..<4)
    func `half-hours of a day add up to its registers, R14`(index: Int) throws {
        try StreetFixture.run(line: 1) { street in
            try await street.session(street.point(index)) { session in
                let end = street.now.startOfDay
                let begin = end.adding(seconds: -86_400)
                let days = try await session.archive(.dayConsumption, window: begin...begin)
                let consumed = try #require(days.readings.first?[.aPlus0])
                #expect(days.readings.map(\.stamp.civil) == [begin])
                let profile = try await session.archive(.powerProfile, window: begin.adding(seconds: 1)...end)
                let energy = profile.readings.compactMap { $0[.pPlus] }.reduce(0.0) { sum, value in
                    sum + value.double * (value.form == .demand ? 0.5 : 1)
                }
                let digit = max(
                    1, profile.readings.compactMap { $0[.pPlus] }.map { pow10($0.scaler) }.max() ?? 1)
                #expect(abs(consumed.double - energy) <= 50 * digit, "\(consumed.double) and \(energy)")
            }
        }
    }

    @Test func `reads quality, configuration and relay`() throws {
        try StreetFixture.run(line: 1) { street in
            try await street.session(street.point(0)) { session in
                let quality = try await session.current(.momentQuality, tags: [])
                let voltage = try #require(quality[.uA]).double
                #expect((190...250).contains(voltage))
                #expect((49...51).contains(try #require(quality[.freq]).double))
                let some = try await session.current(.momentQuality, tags: [.uB, .aPlus0])
                #expect(some.values.map(\.tag) == [.uB])
                let configuration = try await session.current(.configuration, tags: [])
                #expect(configuration.texts.contains(TextValue(.serial, "4200101")))
                #expect(configuration[.cTime]?.mantissa == 30)
                #expect(configuration[.isTrf]?.mantissa == 1)
                #expect(try await session.current(.relay, tags: [])[.relayState]?.mantissa == 1)
            }
        }
    }

    @Test func `speaks the wrapper when HDLC stays unanswered and remembers it`() throws {
        try StreetFixture.run(line: 3) { street in
            let point = street.point(0, medium: .network)
            _ = try await street.session(point) { try await $0.clock() }
            let begin = street.world.clock.now
            _ = try await street.session(point) { try await $0.clock() }
            #expect(street.world.clock.now - begin < .seconds(3))
        }
    }

    @Test func `a window before the meter's life is empty and known to be absent`() throws {
        try StreetFixture.run(line: 1) { street in
            try await street.session(street.point(0)) { session in
                let old = try #require(CivilStamp(year: 2_019, month: 5, day: 1))
                let answer = try await session.archive(.dayEnergy, window: old...old.adding(seconds: 86_400))
                #expect(answer.readings.isEmpty)
                #expect(answer.holdsLaterRow)
                let future = street.now.startOfDay.adding(seconds: 5 * 86_400)
                let none = try await session.archive(.dayEnergy, window: future...future)
                #expect(none.readings.isEmpty)
                #expect(!none.holdsLaterRow)
            }
        }
    }

    @Test func `the public client reads name and clock and nothing else`() throws {
        try StreetFixture.run(line: 1) { street in
            try await street.session(street.point(0, link: MeterLink(client: 16))) { session in
                #expect(session.identity.serial.hasPrefix("S"))
                let clock = try await session.clock()
                #expect(abs(clock.differenceSeconds) < 600)
                let code = await faultCode { _ = try await session.current(.momentEnergy, tags: []) }
                #expect(code == .meterUnsupported)
            }
        }
    }

    @Test func `columns of another number are learned anew at once`() throws {
        try StreetFixture.runTwins(2) { street in
            for index in [0, 2, 0] { try await Self.readsOneRegister(street, index) }
        }
    }

    @Test func `columns of another order are learned anew after a day at the latest`() throws {
        try StreetFixture.runTwins(1) { street in
            try await Self.readsOneRegister(street, 0)
            try await street.world.clock.sleep(until: street.world.clock.now + .seconds(86_400))
            try await Self.readsOneRegister(street, 1)
        }
    }

    /// The start of the day and the present agree within a tenth, whatever columns and scalers.
    private static func readsOneRegister(_ street: StreetFixture, _ index: Int) async throws {
        let today = street.now.startOfDay
        try await street.session(street.point(index)) { session in
            #expect(session.identity.serial == "77")
            let days = try await session.archive(.dayEnergy, window: today...today)
            let sum = try #require(days.readings.first?[.aPlus0])
            let present = try await session.current(.momentEnergy, tags: [.aPlus0])
            let now = try #require(present[.aPlus0])
            #expect(sum.double <= now.double && sum.double > now.double * 0.9)
        }
    }

    @Test(arguments: [1, 3])
    func `a probe finds who is there in a second and tries no password, R22`(line: Int) throws {
        try StreetFixture.run(line: line) { street in
            let driver = try street.catalogue.driver(for: "SPODES")
            let medium: MeterPoint.Medium = line == 3 ? .network : .serial
            let link = line == 3 ? MeterLink(transport: .wrapper) : MeterLink()
            let point = street.point(0, password: "wrong", link: link, medium: medium)
            let began = street.world.clock.now
            try await driver.probe(point, over: try await street.wire.open())
            #expect(street.world.clock.now - began < .seconds(1))
            try await street.session(street.point(0, link: link, medium: medium)) { session in
                #expect(!session.identity.serial.isEmpty)
            }
        }
    }

    @Test func `a probe of an address nobody has costs the line less than a session`() throws {
        try StreetFixture.run(line: 1) { street in
            let driver = try street.catalogue.driver(for: "SPODES")
            var point = street.point(0)
            point.address = "99"
            func costs(_ body: (any Channel) async throws -> Void) async throws -> Duration {
                let began = street.world.clock.now
                let channel = try await street.wire.open()
                await #expect { try await body(channel) } throws: { ($0 as? Fault)?.code == .meterSilent }
                return street.world.clock.now - began
            }
            let probe = try await costs { try await driver.probe(point, over: $0) }
            let session = try await costs { try await driver.session(with: point, over: $0) { _ in } }
            #expect(probe * 2 < session, "\(probe) and \(session)")
        }
    }

    @Test func `a wrong password is told and tried once, R22`() throws {
        try StreetFixture.run(line: 1) { street in
            let code = await faultCode {
                try await street.session(street.point(0, password: "wrong")) { _ in }
            }
            #expect(code == .meterRefusedPassword)
            let requests = await street.wire.withLine { $0.stations[0].counters.requests }
            // SNRM, one AARQ, DISC.
            #expect(requests == 3)
        }
    }

    @Test func `a silent meter is silent and not garbage`() throws {
        try StreetFixture.run(line: 1, { $0.silence(0) }) { street in
            let begin = street.world.clock.now
            #expect(await faultCode { try await street.session(street.point(0)) { _ in } } == .meterSilent)
            #expect(street.world.clock.now - begin < .seconds(15))
        }
    }

    @Test func `noise alone is garbage`() throws {
        try StreetFixture.run(line: 1, { $0.change(0) { $0.garbage = 1 } }) { street in
            #expect(await faultCode { try await street.session(street.point(0)) { _ in } } == .meterGarbage)
        }
    }

    @Test(arguments: [
        StationKnob("every third frame damaged") { $0.wrongFCS = 0.3 },
        StationKnob("noise before answers") { $0.noiseBefore = 9 },
        StationKnob("PDU of 100 octets") { $0.pduSize = 100 },
        StationKnob("late by three seconds") { $0.lateness = .seconds(3) },
    ])
    func `a difficult meter is still read whole`(knob: StationKnob) throws {
        try StreetFixture.run(line: 1, { $0.change(0, knob.change) }) { street in
            try await street.session(street.point(0)) { session in
                let today = street.now.startOfDay
                let window = today.adding(seconds: -86_399)...today
                let answer = try await session.archive(.powerProfile, window: window)
                #expect(answer.readings.count == 48)
            }
        }
    }

    @Test func `R25: a late answer that has begun is heard to its end before anything is asked again`() throws
    {
        var collisions: [Int] = []
        // Around the end of the wait for what is late, where an answer of a tenth of a second straddles it.
        for lateness in stride(from: 2_100, through: 2_900, by: 20) {
            let met = try StreetFixture.run(line: 1) { street in
                try await street.session(street.point(0)) { session in
                    _ = try await session.clock()
                    await street.wire.setFaults(ofStation: 0) { $0.lateness = .milliseconds(lateness) }
                    _ = try? await session.current(.momentEnergy, tags: [])
                }
                return await street.wire.withLine { $0.counters.collisions }
            }
            if met > 0 { collisions.append(lateness) }
        }
        // One that begins within the guard time before the next request cannot be known; one that has been
        // heard for the length of a step can.
        #expect(!zip(collisions, collisions.dropFirst()).contains { $1 - $0 <= 20 }, "\(collisions)")
    }

    @Test func `R25: an answer that came after its time teaches how slow the meter has become`() throws {
        try StreetFixture.run(line: 1) { street in
            try await street.session(street.point(0)) { session in
                func octets(lateness: Int) async throws -> Int {
                    await street.wire.setFaults(ofStation: 0) { $0.lateness = .milliseconds(lateness) }
                    let before = await street.wire.withLine { $0.counters.octetsIn }
                    _ = try await session.clock()
                    return await street.wire.withLine { $0.counters.octetsIn } - before
                }
                // The first also asks whether the clock keeps a season.
                _ = try await session.clock()
                let once = try await octets(lateness: 0)
                #expect(try await octets(lateness: 600) == once)
                #expect(try await octets(lateness: 1_700) == once)
            }
        }
    }

    @Test func `an echo of its own frames does not disturb`() throws {
        try StreetFixture.run(line: 1, { $0.faults.echoes = true }) { street in
            _ = try await street.session(street.point(0)) { try await $0.current(.momentEnergy, tags: []) }
        }
    }

    @Test func `an unplugged line is a closed line`() throws {
        try StreetFixture.run(line: 1) { street in
            let code = await faultCode {
                try await street.session(street.point(0)) { session in
                    await street.wire.setUnplugged(true)
                    _ = try await session.clock()
                }
            }
            #expect(code == .lineClosed)
        }
    }

    @Test func `the association is closed when the caller throws`() throws {
        struct Stop: Error {}
        try StreetFixture.run(line: 1) { street in
            await #expect(throws: Stop.self) {
                try await street.session(street.point(0)) { _ in throw Stop() }
            }
            let requests = await street.wire.withLine { $0.stations[0].counters.requests }
            // SNRM, AARQ, serial, type, maker, DISC.
            #expect(requests == 6)
        }
    }

    @Test func `a cancelled session says goodbye without waiting`() throws {
        try StreetFixture.run(line: 1) { street in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await street.session(street.point(0)) { session in
                        while true { _ = try await session.clock() }
                    }
                }
                try await street.world.clock.sleep(until: street.world.clock.now + .seconds(3))
                group.cancelAll()
                let begin = street.world.clock.now
                await #expect(throws: CancellationError.self) { try await group.waitForAll() }
                #expect(street.world.clock.now - begin < .milliseconds(200))
            }
        }
    }

    @Test func `types without a driver are named`() throws {
        try StreetFixture.run(line: 1) { street in
            #expect(throws: Fault(.meterTypeUnknown, ["value": "ABC", "allowed": "SPODES"])) {
                _ = try street.catalogue.driver(for: "ABC")
            }
        }
    }

    private func pow10(_ scaler: Int8) -> Double { MeasuredValue(.pPlus, mantissa: 1, scaler: scaler).double }
}

/// A fault of a station, with a name for the test's report.
struct StationKnob: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let change: @Sendable (inout StationFaults) -> Void

    init(_ name: String, _ change: @escaping @Sendable (inout StationFaults) -> Void) {
        testDescription = name
        self.change = change
    }
}

extension SimulatedLine {
    mutating func change(_ index: Int, _ change: (inout StationFaults) -> Void) {
        var faults = stations[index].faults
        change(&faults)
        setFaults(faults, ofStation: index)
    }

    mutating func silence(_ index: Int) { change(index) { $0.isSilent = true } }
}
