// The driver and simulated meters with keys: suite 0, mechanisms 1…6, counters, refusals.

import Drivers
import Faults
import Metering
import Street
import Testing
import Timekeeping

@Suite struct CipheredMeterTests {
    @Test(arguments: 1...6)
    func `a day of readings comes ciphered under every mechanism, named or found out`(mechanism: Int) throws {
        try StreetFixture.ciphered(#","mechanism":\#(mechanism)"#) { street in
            for link in [MeterLink(), MeterLink(mechanism: mechanism)] {
                let point = street.point(0, link: link)
                let (energy, rows) = try await street.session(point) { session in
                    let today = street.now.startOfDay
                    let window = today.adding(seconds: -86_400)...today
                    let energy = try await session.current(.momentEnergy, tags: [])
                    return (energy, try await session.archive(.powerProfile, window: window))
                }
                #expect(energy.values.count > 4)
                #expect(rows.readings.count >= 48)
            }
        }
    }

    @Test(arguments: [MeterLink.Ciphering.full, .authenticated, .encrypted, .none], [false, true])
    func `the row's protection and its own key are used where the meter lets us choose`(
        ciphering: MeterLink.Ciphering, dedicated: Bool
    ) throws {
        try StreetFixture.ciphered(#","policy":"optional""#) { street in
            var point = street.point(1)
            point.link.ciphering = ciphering
            point.link.usesDedicatedKey = dedicated
            let reading = try await street.session(point) { try await $0.current(.momentEnergy, tags: []) }
            #expect(reading.values.count > 4)
        }
    }

    @Test func `the meter is asked for its counter once, and no counter is given twice`() throws {
        try StreetFixture.ciphered("") { street in
            let point = street.point(0)
            for _ in 0..<3 { _ = try await street.session(point) { try await $0.clock() } }
            #expect(await street.counters.blocks == 1)
            // An archive older than the meter's memory: a fresh start asks, and goes on a block above.
            let before = try #require(await street.counters.given.values.first)
            await street.counters.forget()
            let anew = DriverCatalogue(street.environment)
            let clock = try await anew.driver(for: "SPODES").session(
                with: point, over: try await street.wire.open()
            ) { try await $0.clock() }
            #expect(clock.differenceSeconds.magnitude < 60)
            #expect(try #require(await street.counters.given.values.first) > before)
        }
    }

    @Test func `another program under our title is overtaken, not disputed with`() throws {
        try StreetFixture.ciphered("") { street in
            let point = street.point(0)
            _ = try await street.session(point) { try await $0.clock() }
            // Somebody else's driver, whose counters are further on.
            let others = MemoryCounters()
            _ = try await others.reserve(
                1, of: try #require(await street.counters.given.keys.first), notBelow: 900)
            var environment = street.environment
            environment.counters = others
            _ = try await DriverCatalogue(environment).driver(for: "SPODES").session(
                with: point, over: try await street.wire.open()
            ) { try await $0.clock() }
            let clock = try await street.session(point) { try await $0.clock() }
            #expect(clock.differenceSeconds.magnitude < 60)
            #expect(try #require(await street.counters.given.values.first) > 900)
        }
    }

    @Test func `wrong keys are tried once and leave the meter alone, R22`() throws {
        try StreetFixture.ciphered("") { street in
            var point = street.point(0)
            point.keys.encryptionKey = Array(repeating: 7, count: 16)
            let wrong = point
            let code = await faultCode { try await street.session(wrong) { _ in } }
            #expect(code == .meterRefusedPassword)
            #expect(code?.isAboutCredentials == true)
            let requests = await street.wire.withLine { $0.stations[0].counters.requests }
            // The public client's question for the counter (SNRM, AARQ, GET, DISC), then SNRM, one AARQ,
            // DISC.
            #expect(requests == 7)
        }
    }

    @Test func `a wrong password under right keys is tried once too`() throws {
        try StreetFixture.ciphered(#","mechanism":6"#) { street in
            let code = await faultCode {
                try await street.session(street.point(0, password: "wrong", link: MeterLink(mechanism: 6))) {
                    _ in
                }
            }
            #expect(code == .meterRefusedPassword)
        }
    }

    @Test func `without counters on disk nothing is sent under the key`() throws {
        try StreetFixture.ciphered("") { street in
            await street.counters.fill()
            let code = await faultCode { try await street.session(street.point(0)) { _ in } }
            #expect(code == .archiveFull)
        }
    }

    @Test func `a meter with keys needs somebody who ciphers, mechanism 5 needs keys`() throws {
        try StreetFixture.ciphered("") { street in
            var environment = street.environment
            environment.cryptography = nil
            let driver = try DriverCatalogue(environment).driver(for: "SPODES")
            let code = await faultCode {
                try await driver.session(with: street.point(0), over: try await street.wire.open()) { _ in }
            }
            #expect(code == .meterUnsupported)
            var point = street.point(0, link: MeterLink(mechanism: 5))
            point.keys = MeterPoint.Keys()
            let keyless = point
            #expect(await faultCode { try await street.session(keyless) { _ in } } == .inputMissing)
        }
    }

    @Test func `a search shows no credentials`() throws {
        try StreetFixture.ciphered("") { street in
            let driver = try street.catalogue.driver(for: "SPODES")
            try await driver.probe(street.point(0), over: try await street.wire.open())
            #expect(await street.counters.blocks == 0)
        }
    }
}
