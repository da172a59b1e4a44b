import Testing
import Timekeeping

@Suite struct CivilStampTests {
    @Test func everyDayOfFourCenturiesKeepsItsDate() throws {
        var (year, month, day) = (1900, 1, 1)
        let start = try #require(CivilStamp(year: 1900, month: 1, day: 1))
        for offset in 0..<(400 * 365 + 97) {
            let stamp = start.adding(seconds: Int64(offset) * 86_400)
            #expect(stamp.date == (year, month, day))
            day += 1
            if day > CivilStamp.days(inMonth: month, of: year) { (month, day) = (month + 1, 1) }
            if month > 12 { (year, month) = (year + 1, 1) }
        }
        #expect((year, month, day) == (2300, 1, 1))
    }

    @Test func knownWeekdays() throws {
        #expect(try #require(CivilStamp(year: 2000, month: 1, day: 1)).weekday == 6)
        #expect(try #require(CivilStamp(year: 2026, month: 3, day: 1)).weekday == 7)
        #expect(try #require(CivilStamp(year: 1999, month: 12, day: 27)).weekday == 1)
    }

    @Test(arguments: [(2026, 2, 29), (2026, 13, 1), (2026, 4, 31), (2100, 2, 29), (2026, 0, 1)])
    func datesOutsideTheCalendarAreRefused(year: Int, month: Int, day: Int) {
        #expect(CivilStamp(year: year, month: month, day: day) == nil)
    }

    @Test func stampsBefore2000RoundDownNotTowardsZero() throws {
        let stamp = try #require(CivilStamp(year: 1999, month: 12, day: 31, hour: 23, minute: 59, second: 59))
        #expect(stamp.seconds == -1)
        #expect(stamp.minutes == -1)
        #expect(stamp.startOfDay.description == "1999-12-31 00:00:00")
    }

    @Test func monthsAreAddedOverYears() throws {
        let stamp = try #require(CivilStamp(year: 2026, month: 11, day: 21, hour: 5))
        #expect(stamp.startOfMonth(adding: 2).description == "2027-01-01 00:00:00")
        #expect(stamp.startOfMonth(adding: -11).description == "2025-12-01 00:00:00")
    }
}

@Suite struct WallTimeTests {
    @Test(arguments: [
        ("2026-03-01T00:30:00+03:00", 1_772_314_200), ("2026-02-28T21:30:00Z", 1_772_314_200),
        ("2026-03-01 00:30:00", 1_772_314_200), ("2026-03-01T00:30:00.123456", 1_772_314_200),
        ("2026-03-01", 1_772_312_400), ("2026-03-01T00:30+0300", 1_772_314_200),
    ])
    func acceptedTextsOfTheSameInstant(text: String, seconds: Int64) {
        #expect(WallTime(iso8601: text, local: ZoneOffset(minutes: 180))?.unixSeconds == seconds)
    }

    @Test(arguments: [
        "", "2026-3-1", "2026-02-30", "2026-03-01T25:00:00", "2026-03-01T00:30:00+", "2026-03-01x",
    ])
    func otherTextsAreRefused(text: String) {
        #expect(WallTime(iso8601: text, local: .utc) == nil)
    }

    @Test func writtenTextReadsBack() {
        let time = WallTime(unixSeconds: 1_772_314_200)
        let text = time.iso8601(in: ZoneOffset(minutes: 180))
        #expect(text == "2026-03-01T00:30:00+03:00")
        #expect(WallTime(iso8601: text, local: .utc) == time)
    }
}
