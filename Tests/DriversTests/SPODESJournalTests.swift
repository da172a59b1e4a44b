import Drivers
import Faults
import Metering
import SPODES
import Street
import Testing
import Timekeeping
import VirtualTime

@Suite struct SPODESJournalTests {
    static let configurator = 48

    static func link(_ street: StreetFixture, client: Int) -> MeterPoint {
        var link = MeterLink()
        link.client = client
        var point = street.point(0, link: link)
        point.writePassword = Array(street.line.meters[0].personality.passwords.configurator.utf8)
        return point
    }

    @Test func `journals come by the gateway's names and those without counterpart are told, R21`() throws {
        try StreetFixture.run(
            line: 1,
            { line in
                for happening in [MeterHappening.coverOpened, .powerOff, .powerOn, .coverOpened] {
                    line.happen(happening, toStation: 0, wall: StreetFixture.noon)
                }
            }
        ) { street in
            try await street.session(street.point(0)) { session in
                let answer = try await session.journal(Set(Journal.allCases), since: nil)
                #expect(
                    answer.unsupported.isSuperset(of: [.energyLimit1, .differenceMaximumAB, .powerLimitPM]))
                // The street's meters keep no journal of power quality.
                #expect(answer.unsupported.contains(.frequencyMinimum))
                #expect(!answer.unsupported.contains(.power))
                let today = answer.events.filter { $0.stamp.civil >= street.now.startOfDay }
                let power = today.filter { $0.journal == .power }
                #expect(power.map(\.event) == [0, 1])
                #expect(power.map(\.code) == [1, 2])
                // Two openings in one second are two events.
                let covers = today.filter { $0.journal == .coverOpened }
                #expect(covers.map(\.ordinal) == [0, 1])
                #expect(Set(covers.map(\.stamp)).count == 1)
                // Corrections of the clock since installation, each with the time before.
                let corrections = answer.events.filter { $0.journal == .timeCorrection }
                #expect(corrections.count >= 5)
                #expect(corrections.allSatisfy { $0.before != nil && $0.operatingTime != nil })
            }
        }
    }

    @Test func `later questions bring the last day again and nothing older`() throws {
        try StreetFixture.run(line: 1) { street in
            try await street.session(street.point(0)) { session in
                let all = try await session.journal([.timeCorrection], since: nil).events
                let last = try #require(all.last).stamp.civil
                let again = try await session.journal([.timeCorrection], since: last).events
                #expect(again == all.filter { $0.stamp.civil >= last.adding(seconds: -86_400) })
                #expect(again.count < all.count)
            }
        }
    }

    @Test func `the word of alarms and the fill tell what happened, R28`() throws {
        try StreetFixture.run(
            line: 1, { $0.happen(.magnetOn, toStation: 0, wall: StreetFixture.noon) }
        ) { street in
            try await street.session(street.point(1)) { session in
                let quiet = try await session.alarms(filling: Set(Journal.allCases))
                #expect(quiet.word == [])
                let again = try await session.alarms(filling: Set(Journal.allCases))
                #expect(!again.mayHoldNews(since: quiet))
            }
            try await street.session(street.point(0)) { session in
                let state = try await session.alarms(filling: Set(Journal.allCases))
                #expect(state.word == .magnet)
                #expect(state.word?.isDisjoint(with: .urgent) == false)
                #expect(state.fills[4] == AlarmState.Fill(entries: 3, capacity: 100))
            }
        }
    }

    @Test func `a reader shifts the clock by method 6; the meter notes old and new time, R6`() throws {
        try StreetFixture.run(line: 1) { street in
            try await street.session(street.point(0)) { session in
                let before = try await session.clock()
                try await session.shiftClock(bySeconds: 120)
                let after = try await session.clock()
                #expect(abs(after.differenceSeconds - before.differenceSeconds - 120) <= 1)
                let events = try await session.journal([.timeCorrection], since: before.stamp.civil).events
                let event = try #require(events.last)
                let old = try #require(event.before)
                #expect(event.stamp.civil.seconds - old.civil.seconds == 120)
                let code = await faultCode { try await session.shiftClock(bySeconds: 901) }
                #expect(code == .meterUnsupported)
            }
        }
    }

    @Test func `setting the clock is refused to a reader and done for the configurator`() throws {
        try StreetFixture.run(line: 1) { street in
            let wanted = street.now.adding(seconds: 3_600)
            try await street.session(street.point(0)) { session in
                let code = await faultCode { try await session.setClock(to: wanted) }
                #expect(code == .meterDataAccess)
                let clock = try await session.clock()
                #expect(abs(clock.differenceSeconds) < 600)
            }
            try await street.session(Self.link(street, client: Self.configurator)) { session in
                try await session.setClock(to: wanted)
                let clock = try await session.clock()
                #expect(abs(clock.differenceSeconds - 3_600) < 30)
                let events = try await session.journal([.programming], since: wanted).events
                #expect(events.last?.code == 3)
            }
        }
    }
}
