import Drivers
import Metering
import SPODES
import Street
import Testing
import Timekeeping
import VirtualTime

/// Line time of typical work on a paced 9600 line of the demo street, meters answering as in the field (R33).
@Suite struct LineTimeTests {
    /// Line time of `work` with meters of the big line, sessions included.
    private static func lineTime(
        meters: Int, rounds: Int,
        _ work: @escaping @Sendable (StreetFixture, any MeterSession) async throws -> Void
    ) throws -> [Duration] {
        try StreetFixture.run(line: 0) { street in
            var times: [Duration] = []
            for _ in 0..<rounds {
                let begin = street.world.clock.now
                for index in 0..<meters {
                    try await street.session(street.point(index)) { try await work(street, $0) }
                }
                times.append(street.world.clock.now - begin)
            }
            return times
        }
    }

    @Test
    func `start-of-day rows of 32 meters take less than five minutes of line time, even the first time`()
        throws
    {
        let times = try Self.lineTime(meters: 32, rounds: 2) { street, session in
            let today = street.now.startOfDay
            let answer = try await session.archive(.dayEnergy, window: today...today)
            #expect(answer.readings.count == 1)
        }
        #expect(times[0] < .seconds(300))
        #expect(times[1] < .seconds(120))
    }

    @Test func `present energy is read within four seconds once the meter is known, R27`() throws {
        let times = try Self.lineTime(meters: 1, rounds: 3) { _, session in
            let reading = try await session.current(.momentEnergy, tags: [])
            #expect(reading.values.count >= 10)
        }
        #expect(times[2] < .seconds(4))
    }
}
