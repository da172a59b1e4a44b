import Drivers
import Metering
import Street
import Testing
import Timekeeping
import VirtualTime

/// How many exchanges a scheduled visit takes once the meter is known: with the turnaround of a meter each
/// costs a tenth of a second and more, whatever the speed of the line.
@Suite struct VisitExchangesTests {
    /// A visit for present energy, the newest row of the profile and the alarms.
    private static func visit(_ street: StreetFixture, _ index: Int) async throws -> [String] {
        let channel = RecordingChannel(try await street.wire.open())
        let driver = try street.catalogue.driver(for: "SPODES")
        let outlook = SessionOutlook(comparesClock: true, readsProfile: true, alarms: Journal.urgent)
        try await driver.session(with: street.point(index), over: channel, outlook: outlook) { session in
            let clock = try await session.clock()
            let energy = try await session.current(.momentEnergy, tags: [])
            #expect(energy.values.count >= 15)
            let minutes = Int64(try await session.profileInterval()) * 60
            let now = clock.stamp.civil
            let due = now.adding(seconds: -(now.seconds % minutes))
            let answer = try await session.archive(.powerProfile, window: due...due)
            #expect(answer.readings.count == 1)
            let alarms = try await session.alarms(filling: Journal.urgent)
            #expect(alarms.word == [] && alarms.fills.count == 3)
        }
        return channel.exchanges
    }

    private static func energy(_ quantities: [Int]) -> [String] {
        quantities.flatMap { quantity in (0...4).map { "1.0.\(quantity).8.\($0)/2" } }
    }

    @Test func `a known meter that takes lists is visited in seven exchanges`() throws {
        try StreetFixture.run(line: 1) { street in
            _ = try await Self.visit(street, 0)
            let energy = Self.energy([1, 2, 3, 4])
            let expected = [
                "SNRM", "AARQ",
                "GET list 0.0.96.1.0/2, 0.0.1.0.0/2, 1.0.99.1.0/4, 0.0.97.98.0/2, "
                    + "0.0.99.98.2/7, 0.0.99.98.4/7, 0.0.99.98.6/7",
                "GET list " + energy[..<12].joined(separator: ", "),
                "GET list " + energy[12...].joined(separator: ", "), "GET 1.0.99.1.0/2 rows", "DISC",
            ]
            for _ in 0..<2 {
                let exchanges = try await Self.visit(street, 0)
                #expect(exchanges == expected)
            }
        }
    }

    @Test func `a known meter with a snapshot and without lists is visited in thirteen exchanges`() throws {
        try StreetFixture.run(line: 1) { street in
            _ = try await Self.visit(street, 1)
            let expected = [
                "SNRM", "AARQ", "GET 0.0.96.1.0/2", "GET 0.0.1.0.0/2", "ACTION 1.0.94.7.0 2",
                "GET 1.0.94.7.0/2 rows", "GET 1.0.99.1.0/4", "GET 1.0.99.1.0/2 rows", "GET 0.0.97.98.0/2",
                "GET 0.0.99.98.2/7", "GET 0.0.99.98.4/7", "GET 0.0.99.98.6/7", "DISC",
            ]
            let exchanges = try await Self.visit(street, 1)
            #expect(exchanges == expected)
        }
    }

    @Test func `a known meter that has neither is asked for nothing twice`() throws {
        try StreetFixture.run(line: 1) { street in
            _ = try await Self.visit(street, 2)
            let expected =
                ["SNRM", "AARQ", "GET 0.0.96.1.0/2", "GET 0.0.1.0.0/2"]
                + Self.energy([1, 2, 3, 4]).map { "GET \($0)" } + [
                    "GET 1.0.99.1.0/4", "GET 1.0.99.1.0/2 rows", "GET 0.0.97.98.0/2", "GET 0.0.99.98.2/7",
                    "GET 0.0.99.98.4/7", "GET 0.0.99.98.6/7", "DISC",
                ]
            let exchanges = try await Self.visit(street, 2)
            #expect(exchanges == expected)
        }
    }

    @Test func `a meter that a transit client may have a link with is not spoken to, D5`() throws {
        try StreetFixture.run(line: 1) { street in
            let end = street.world.clock.now + .seconds(100)
            let channel = RecordingChannel(try await street.wire.open(), engagedUntil: end)
            let driver = try street.catalogue.driver(for: "SPODES")
            await #expect(throws: MeterEngaged(until: end)) {
                try await driver.session(with: street.point(0), over: channel, outlook: SessionOutlook()) {
                    _ = try await $0.clock()
                }
            }
            #expect(channel.exchanges.isEmpty)
        }
    }
}
