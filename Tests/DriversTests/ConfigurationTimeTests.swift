import Drivers
import Metering
import SPODES
import Street
import Testing
import Timekeeping
import VirtualTime

/// Line time of the first and of the next reading of what a meter is, by every model there is, at 9600 baud
/// with 20 ms to think.
@Suite struct ConfigurationTimeTests {
    /// Seconds of two visits of each meter of a line, the session's opening included.
    private static func visits(_ street: StreetFixture) async throws -> [String: [Duration]] {
        var found: [String: [Duration]] = [:]
        for (index, meter) in street.line.meters.enumerated() {
            for _ in 0..<2 {
                let begin = street.world.clock.now
                let channel = RecordingChannel(try await street.wire.open())
                let driver = try street.catalogue.driver(for: "SPODES")
                try await driver.session(with: street.point(index), over: channel) { session in
                    let reading = try await session.current(.configuration, tags: [])
                    #expect(reading[.isAm] != nil)
                }
                #expect(
                    !channel.exchanges.contains { $0.contains("0.0.40.0.0") }, "the list of objects is read")
                found[meter.personality.name, default: []].append(street.world.clock.now - begin)
            }
        }
        return found
    }

    @Test func `what a meter is takes three seconds the first time and one from then on, whatever the model`()
        throws
    {
        let change: @Sendable (inout SimulatedLine) -> Void = { line in
            for index in line.stations.indices {
                var quick = StationFaults()
                quick.delays = DelayTable(fixed: .milliseconds(20))
                line.setFaults(quick, ofStation: index)
            }
        }
        let body: @Sendable (StreetFixture) async throws -> Void = { street in
            for (name, visits) in try await Self.visits(street) {
                #expect(visits[0] < .seconds(3), "\(name): \(visits[0])")
                #expect(visits[1] < .seconds(1), "\(name): \(visits[1])")
            }
        }
        try StreetFixture.makers(before: change, body)
        try StreetFixture.run(line: 1, change, body)
    }
}
