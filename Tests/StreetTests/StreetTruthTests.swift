import Foundation
import Metering
import SPODES
import Street
import Testing
import Timekeeping

@Suite struct StreetTruthTests {
    static let wall = WallTime(unixSeconds: 1_773_135_420)

    static func line(_ change: (inout SimulatedLine) -> Void = { _ in }) throws -> SimulatedLine {
        let plan = try DemoStreet.plan()
        var line = plan.build(plan.lines[1])
        change(&line)
        return line
    }

    @Test func `the truth lists the rows a meter holds and their values`() throws {
        let truth = StreetTruth(try Self.line(), wall: Self.wall)
        let meter = try #require(truth.meters["101"])
        #expect(truth.meters.count == 4)
        let days = meter.stamps(.day)
        let newest = days.stamp(days.count - 1)
        #expect(newest == meter.clock.startOfDay)
        #expect(meter.holds(.day, newest))
        #expect(!meter.holds(.day, newest.adding(seconds: 86_400)))
        let rows = meter.rows(.load, in: newest.adding(seconds: -86_399)...newest)
        #expect(rows.count == 48)
        #expect(rows.allSatisfy { $0.values[.pPlus] != nil })
        #expect(meter.rows(.month, in: newest.startOfMonth...newest).count == 1)
    }

    @Test func `a cleared profile begins anew, days stay`() throws {
        let before = try #require(StreetTruth(try Self.line(), wall: Self.wall).meters["101"])
        let cleared = try Self.line { $0.happen(.profileCleared, toStation: 0, wall: Self.wall) }
        let now = try #require(StreetTruth(cleared, wall: Self.wall).meters["101"])
        #expect(before.stamps(.load).count > 0)
        #expect(now.stamps(.load).count == 0)
        #expect(now.stamps(.day) == before.stamps(.day))
        #expect(now.lifeBegan(.load) > before.lifeBegan(.load))
        let later = try #require(
            StreetTruth(cleared, wall: WallTime(unixSeconds: 1_773_135_420 + 7_200)).meters["101"])
        #expect(later.stamps(.load).count == 4)
        #expect(later.events(ofJournal: 3).contains { $0.code == 46 })
    }

    @Test(arguments: [MeterHappening.profileCleared, .replaced])
    func `energy goes with rows that go soon after the clock was put back`(_ end: MeterHappening) throws {
        /// What of the day is forgotten when its rows go so many minutes after the step.
        func forgotten(goneAfter minutes: Int64, day: Int64 = 0) throws -> Int64 {
            let line = try Self.line { line in
                line.happen(.clockBack, toStation: 0, wall: Self.wall)
                let later = WallTime(unixSeconds: Self.wall.unixSeconds + minutes * 60)
                line.happen(end, toStation: 0, wall: later)
            }
            let evening = WallTime(unixSeconds: Self.wall.unixSeconds + 10 * 3_600)
            let meter = try #require(StreetTruth(line, wall: evening).meters["101"])
            let stamp = Self.wall.civil(in: ZoneOffset(minutes: 180)).startOfDay
            return meter.energyForgotten(ofDay: stamp.adding(seconds: day * 86_400), within: 7_200)
        }
        let early = try forgotten(goneAfter: 30)
        #expect(early > 0)
        #expect(try forgotten(goneAfter: 170) > early)
        // The clock has shown the same again after an hour, and two more have passed.
        #expect(try forgotten(goneAfter: 190) == 0)
        #expect(try forgotten(goneAfter: 30, day: -1) == 0)
        #expect(try forgotten(goneAfter: 30, day: 1) == 0)
    }

    @Test func `energy goes with the part of an interval that was written as the mains went`() throws {
        func forgotten(clearedAfter minutes: Int64, day: Int64 = 0) throws -> Int64 {
            let line = try Self.line { line in
                line.mains(isPresent: false, ofStation: 0, wall: Self.wall)
                let minute = WallTime(unixSeconds: Self.wall.unixSeconds + 60)
                line.mains(isPresent: true, ofStation: 0, wall: minute)
                let later = WallTime(unixSeconds: Self.wall.unixSeconds + minutes * 60)
                line.happen(.profileCleared, toStation: 0, wall: later)
            }
            let evening = WallTime(unixSeconds: Self.wall.unixSeconds + 10 * 3_600)
            let meter = try #require(StreetTruth(line, wall: evening).meters["101"])
            let stamp = Self.wall.civil(in: ZoneOffset(minutes: 180)).startOfDay
            return meter.energyForgotten(ofDay: stamp.adding(seconds: day * 86_400), within: 7_200)
        }
        #expect(try forgotten(clearedAfter: 30) > 0)
        #expect(try forgotten(clearedAfter: 130) == 0)
        #expect(try forgotten(clearedAfter: 30, day: 1) == 0)
    }

    @Test func `a dead battery takes the clock to 2000 and its journal says so, R31`() throws {
        let line = try Self.line { $0.happen(.batteryDied, toStation: 0, wall: Self.wall) }
        let meter = try #require(StreetTruth(line, wall: Self.wall).meters["101"])
        #expect(meter.clock == CivilStamp(seconds: 0))
        #expect(meter.events(ofJournal: 13).last?.newReading == 0)
    }

    @Test func `months frozen by hand are unexpected until another month has ended`() throws {
        let frozen = try Self.line { line in
            for hour in [0, 2] {
                let wall = WallTime(unixSeconds: 1_773_135_420 + Int64(hour) * 3_600)
                line.happen(.monthCaptured, toStation: 0, wall: wall)
            }
        }
        func unexpected(afterDays days: Int64) throws -> [Bool] {
            let wall = WallTime(unixSeconds: 1_773_135_420 + days * 86_400)
            let meter = try #require(StreetTruth(frozen, wall: wall).meters["101"])
            let months = meter.stamps(.month)
            return (months.count - 4..<months.count).map { meter.isUnexpectedMonth(months.stamp($0)) }
        }
        #expect(try unexpected(afterDays: 1) == [false, false, true, true])
        #expect(try unexpected(afterDays: 30) == [false, false, false, false])
    }
}
