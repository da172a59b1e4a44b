// What a meter without mains writes and does not write (R32).

import DLMS
import SPODES
import Testing
import Timekeeping

@Suite struct MainsOutageTests {
    static let noon = CivilStamp(year: 2026, month: 3, day: 20, hour: 12)!.seconds

    /// A meter after an outage of so many seconds from noon on.
    private static func meter(_ outage: ClosedRange<Int64>, processing: UInt8 = 29) -> SPODESMeter {
        var meter = TestModel.meter { $0.profile.processing = processing }
        meter.mains(isPresent: false, at: (noon + outage.lowerBound) * 1_000)
        meter.mains(isPresent: true, at: (noon + outage.upperBound) * 1_000)
        return meter
    }

    /// Minutes from noon of the profile's rows between 11:30 and 16:00, with the first column.
    private static func rows(_ meter: SPODESMeter) -> [(minute: Int64, first: Int64)] {
        let series = meter.intervals(at: (noon + 4 * 3_600) * 1_000)
        let window = series.indices(
            from: CivilStamp(seconds: noon - 1_800), to: CivilStamp(seconds: noon + 4 * 3_600))
        return window.map { index in
            let stamp = series.stamp(index)
            let cells = meter.interval(meter.personality.profileColumns, endingAt: stamp)
            return ((stamp.seconds - noon) / 60, cells[0].wholeNumber ?? -1)
        }
    }

    @Test func aLongOutageLeavesAGapAndOneRowAsItBegins() {
        let rows = Self.rows(Self.meter(600...11_100))
        #expect(rows.map(\.minute) == [-30, 0, 10, 210, 240])
        let whole = rows[0].first
        #expect(whole > 100)
        #expect((rows[2].first - whole / 3).magnitude <= 1)
        #expect((rows[3].first - whole * 25 / 30).magnitude <= 1)
    }

    @Test func aShortOneSplitsItsIntervalInTwo() {
        let rows = Self.rows(Self.meter(600...900))
        #expect(rows.map(\.minute).prefix(4) == [-30, 0, 10, 30])
        #expect((rows[2].first + rows[3].first - rows[0].first * 25 / 30).magnitude <= 1)
    }

    @Test func aRowIsWrittenAsItGoesAlsoSoonAfterTheProfileWasCleared() {
        var meter = TestModel.meter { $0.profile.processing = 29 }
        meter.happen(.profileCleared, at: (Self.noon + 300) * 1_000)
        meter.mains(isPresent: false, at: (Self.noon + 600) * 1_000)
        meter.mains(isPresent: true, at: (Self.noon + 900) * 1_000)
        let rows = Self.rows(meter)
        #expect(rows.map(\.minute).prefix(3) == [10, 30, 60])
        #expect((rows[0].first + rows[1].first - rows[2].first * 25 / 30).magnitude <= 1)
    }

    @Test func aMeterInTheYear2000TellsNoRowOfBeforeNotEvenOneWrittenAsTheMainsWent() {
        var meter = Self.meter(600...900)
        meter.clock.set(to: 0, at: (Self.noon + 7_200) * 1_000)
        #expect(meter.intervals(at: (Self.noon + 9_000) * 1_000).count == 0)
        meter.clock.set(to: (Self.noon + 10_800) * 1_000, at: (Self.noon + 10_800) * 1_000)
        #expect(Self.rows(meter).map(\.minute).prefix(4) == [-30, 0, 10, 30])
    }

    @Test func anArchiveClearedInTheYear2000HasNoRowsOfBefore() {
        var meter = TestModel.meter { $0.profile.processing = 29 }
        let at = { (minutes: Int64) in (Self.noon + minutes * 60) * 1_000 }
        meter.clock.set(to: 0, at: at(5))
        meter.happen(.profileCleared, at: at(20))
        meter.clock.set(to: at(95), at: at(95))
        let series = meter.intervals(at: at(240))
        #expect(series.count == 5)
        #expect((series.stamp(0).seconds - Self.noon) / 60 == 120)
    }

    @Test func anArchiveHasTheRowsWrittenAfterItsClockWasPutBackBehindItsClearing() {
        var meter = TestModel.meter { $0.profile.processing = 29 }
        let at = { (minutes: Int64) in (Self.noon + minutes * 60) * 1_000 }
        meter.happen(.profileCleared, at: at(5))
        meter.clock.set(to: at(-12), at: at(33))
        let minutes = { (instant: Int64) in
            let series = meter.intervals(at: instant)
            return (0..<series.count).map { (series.stamp($0).seconds - Self.noon) / 60 }
        }
        // 12:30 was passed before, and is written anew when the clock comes to it again.
        #expect(minutes(at(32)) == [30])
        #expect(minutes(at(50)) == [0])
        #expect(minutes(at(110)) == [0, 30, 60])
    }

    @Test func stampsThatComeAgainInTheDarkAreLost() {
        var meter = TestModel.meter { $0.profile.processing = 29 }
        let at = { (minutes: Int64) in (Self.noon + minutes * 60) * 1_000 }
        meter.clock.set(to: meter.clock.reading(at: at(65)) - 3_600_000, at: at(65))
        meter.mains(isPresent: false, at: at(70))
        meter.mains(isPresent: true, at: at(300))
        let lost = [0, 30, 60, 90].map { minute in
            meter.passedAgainInTheDark(CivilStamp(seconds: Self.noon + minute * 60), by: at(400))
        }
        // 12:00 lies before what the clock went back to, 13:30 was never shown.
        #expect(lost == [false, true, true, false])
    }

    @Test func aMeterOfMeanPowersWritesNoRowAsItGoes() {
        let rows = Self.rows(Self.meter(600...11_100, processing: 53))
        #expect(rows.map(\.minute) == [-30, 0, 210, 240])
    }

    @Test func aShortOutageIsPartOfAMeanPower() {
        // A kilowatt for 25 of 30 minutes.
        let rows = Self.rows(Self.meter(600...900, processing: 53))
        #expect(rows.map(\.minute).prefix(3) == [-30, 0, 30])
        #expect((rows[2].first - 833).magnitude <= 1)
    }

    @Test func aMidnightWithoutMainsHasNoRow() {
        let meter = Self.meter(0...86_400)
        let days = meter.days(at: (Self.noon + 3 * 86_400) * 1_000)
        #expect(days.indices(from: CivilStamp(seconds: Self.noon), to: CivilStamp(seconds: .max)).count == 2)
        #expect(meter.outages.isDark == false)
    }

    /// The rows about noon, and their sum, when the mains go at 12:10 and return at 12:40 of the street.
    private static func rowsAfter(
        _ changes: [(minute: Int64, clock: (MeterClock, Int64) -> Int64)]
    ) -> (minutes: [Int64], sum: Int64) {
        var meter = TestModel.meter { _ in }
        var steps: [(minute: Int64, act: (Int64) -> Void)] = changes.map { change in
            (change.minute, { meter.clock.set(to: change.clock(meter.clock, $0), at: $0) })
        }
        steps.append((10, { meter.mains(isPresent: false, at: $0) }))
        steps.append((40, { meter.mains(isPresent: true, at: $0) }))
        steps.sort { $0.minute < $1.minute }
        for step in steps { step.act((noon + step.minute * 60) * 1_000) }
        let found = rows(meter)
        return (found.map(\.minute), found.reduce(0) { $0 + $1.first })
    }

    @Test func aBatteryThatDiesInTheDarkTakesNoRowAndMakesNoneTwice() {
        let plain = Self.rowsAfter([])
        let rows = Self.rowsAfter([(20, { _, _ in 0 }), (100, { _, instant in instant })])
        #expect(rows.minutes == [-30, 0, 10, 30, 60, 90, 120, 150, 180, 210, 240])
        #expect((rows.sum - plain.sum).magnitude <= 3)
    }

    @Test func whatAClockPutAheadInTheDarkLeavesOutHasNoRows() {
        // From 12:20 to 13:25 in the dark: the mains return at 13:45 of the clock.
        let rows = Self.rowsAfter([(20, { clock, instant in clock.reading(at: instant) + 3_900_000 })])
        #expect(rows.minutes == [-30, 0, 10, 120, 150, 180, 210, 240])
        // What a kilowatt makes of the ten minutes before the dark and all that follows it.
        let whole = Self.rows(Self.meter(600...900))[0].first
        #expect((rows.sum - (whole * 2 + whole / 3 + whole / 2 + whole * 4)).magnitude <= 5)
    }

    @Test func aClockPutBackIntoTheGapWritesTheRestOfItAnew() {
        // From 13:00 to 12:20, where the dark of the first time had lasted until 12:40.
        let rows = Self.rowsAfter([(60, { clock, instant in clock.reading(at: instant) - 2_400_000 })])
        #expect(rows.minutes == [-30, 0, 10, 30, 60, 90, 120, 150, 180])
        // Every minute with mains is in one row: 250 of them.
        let whole = Self.rows(Self.meter(600...900))[0].first
        #expect((rows.sum - whole * 250 / 30).magnitude <= 10)
    }

    @Test func rowsOfTheDarkBeforeABatteryDiedAreMissing() {
        // The mains are gone from 13:10 to 15:10; the battery dies at 14:20, the clock is set at 15:20.
        var meter = TestModel.meter { _ in }
        let at = { (minute: Int64) in (Self.noon + minute * 60) * 1_000 }
        meter.mains(isPresent: false, at: at(70))
        meter.clock.set(to: 0, at: at(140))
        meter.mains(isPresent: true, at: at(190))
        meter.clock.set(to: at(200), at: at(200))
        let rows = Self.rows(meter)
        #expect(rows.map(\.minute) == [-30, 0, 30, 60, 70, 150, 180, 210, 240])
        // From 15:10 to 15:20 in the first row after it, and from then to 15:30 in the last of the hour.
        #expect(rows.map { ($0.first * 12 / rows[0].first + 1) / 2 } == [6, 6, 6, 6, 2, 2, 0, 2, 6])
    }

    @Test func whatIsCountedAroundAnOutageInTheYear2000IsCountedWhenTheClockIsRightAgain() {
        let plain = Self.rowsAfter([])
        let rows = Self.rowsAfter([(5, { _, _ in 0 }), (100, { _, instant in instant })])
        #expect(rows.minutes == [-30, 0, 30, 60, 90, 120, 150, 180, 210, 240])
        #expect((rows.sum - plain.sum).magnitude <= 3)
    }

    @Test func rowsOfAnHourPassedAgainTakeThePlaceOfAnOutage() {
        let plain = Self.rowsAfter([])
        let rows = Self.rowsAfter([(50, { clock, instant in clock.reading(at: instant) - 3_600_000 })])
        #expect(rows.minutes == [-30, 0, 30, 60, 90, 120, 150, 180])
        // 15:00 by its clock is four o'clock.
        #expect((rows.sum - plain.sum).magnitude <= 3)
    }

    @Test func aSlowMeterHasItsRowsLaterAndTheSame() {
        var meter = Self.meter(600...900)
        let at = { (minutes: Int64) in (Self.noon + minutes * 60) * 1_000 }
        let newest = { (meter: SPODESMeter, minutes: Int64) in
            let series = meter.intervals(at: at(minutes))
            return (series.stamp(series.count - 1).seconds - Self.noon) / 60
        }
        let whole = Self.rows(meter).map(\.first)
        meter.delayRows(byMilliseconds: 1_200_000, from: at(95))
        // What was there stays there; the next ones come twenty minutes late.
        #expect([95, 121, 139, 140, 149, 170].map { newest(meter, $0) } == [90, 90, 90, 120, 120, 150])
        #expect(Self.rows(meter).map(\.first) == Array(whole.dropLast()))
        meter.delayRows(byMilliseconds: 0, from: at(151))
        #expect(newest(meter, 151) == 150)
    }

    @Test func whatWasInterruptedTwiceKeepsItsOrder() {
        var series = Self.meter(600...11_100).intervals(at: (Self.noon + 86_400) * 1_000)
        let count = series.count
        series.interrupt(
            from: CivilStamp(seconds: Self.noon + 20_000), until: CivilStamp(seconds: Self.noon + 30_000),
            part: nil)
        let stamps = (0..<series.count).map { series.stamp($0) }
        #expect(stamps == stamps.sorted() && Set(stamps).count == stamps.count)
        #expect(series.count == count - 5)
    }
}
