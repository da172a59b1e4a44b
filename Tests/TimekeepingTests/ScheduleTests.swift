import Testing
import Timekeeping

@Suite struct ScheduleTests {
    private func stamp(_ day: Int, _ hour: Int, _ minute: Int, month: Int = 2, second: Int = 0) throws
        -> CivilStamp
    {
        try #require(
            CivilStamp(year: 2026, month: month, day: day, hour: hour, minute: minute, second: second))
    }

    @Test func everyMinutesRestartsWithTheHour() throws {
        let schedule = Schedule.every(minutes: 25)
        #expect(try schedule.next(after: stamp(1, 10, 0)) == stamp(1, 10, 25))
        #expect(try schedule.next(after: stamp(1, 10, 50)) == stamp(1, 11, 0))
        #expect(try schedule.last(atOrBefore: stamp(1, 10, 59)) == stamp(1, 10, 50))
    }

    @Test func dailyFiresOncePerDayStrictlyAfter() throws {
        let schedule = Schedule.daily(hour: 0, minute: 10)
        #expect(try schedule.next(after: stamp(1, 0, 10)) == stamp(2, 0, 10))
        #expect(try schedule.last(atOrBefore: stamp(1, 0, 10)) == stamp(1, 0, 10))
        #expect(try schedule.last(atOrBefore: stamp(2, 0, 9)) == stamp(1, 0, 10))
    }

    @Test func dayThirtyOneMeansTheLastDayOfAShortMonth() throws {
        let schedule = Schedule.monthly(day: 31, hour: 1, minute: 0)
        #expect(try schedule.next(after: stamp(1, 0, 0)) == stamp(28, 1, 0))
        #expect(try schedule.next(after: stamp(28, 1, 0)) == stamp(31, 1, 0, month: 3))
        #expect(try schedule.last(atOrBefore: stamp(15, 0, 0, month: 3)) == stamp(28, 1, 0))
    }

    @Test func yearlyFindsItsMonth() throws {
        let schedule = Schedule.yearly(month: 3, day: 1, hour: 0, minute: 0)
        #expect(try schedule.next(after: stamp(1, 0, 0)) == stamp(1, 0, 0, month: 3))
        #expect(try schedule.next(after: stamp(1, 0, 0, month: 3)).date == (2027, 3, 1))
    }

    @Test(arguments: 1...59) func nextAndLastAgree(minutes: Int) throws {
        let schedule = Schedule.every(minutes: minutes)
        var moment = try stamp(1, 0, 0, second: 1)
        for _ in 0..<200 {
            let firing = schedule.next(after: moment)
            #expect(firing > moment)
            #expect(schedule.last(atOrBefore: firing) == firing)
            #expect(schedule.last(atOrBefore: firing.adding(seconds: -1)) < firing)
            moment = firing
        }
    }
}
