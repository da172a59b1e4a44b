import SPODES
import Testing
import Timekeeping

@Suite struct MeterClockTests {
    static let noon = CivilStamp(year: 2026, month: 3, day: 20, hour: 12)!.seconds * 1_000

    @Test func driftGrowsFromTheMonthlyCorrection() {
        let clock = MeterClock(driftPerDay: 500)
        let correction = CivilStamp(year: 2026, month: 3, day: 1, hour: 12, minute: 15)!.seconds * 1_000
        #expect(clock.reading(at: correction) == correction)
        #expect(clock.reading(at: correction + 86_400_000) == correction + 86_400_500)
    }

    @Test(arguments: [-5_000.0, -500, 0, 500, 5_000])
    func theInstantOfAReadingShowsThatReading(drift: Double) {
        let clock = MeterClock(driftPerDay: drift, offset: 3_600_000)
        for hours in 0..<2_000 {
            let reading = Self.noon + Int64(hours) * 1_800_000
            let shown = clock.reading(at: clock.instant(of: reading))
            let isSkipped = shown > reading && drift < 0
            #expect((shown - reading).magnitude <= 2 || isSkipped)
        }
    }

    @Test func instantsNeverDecreaseAcrossCorrectionsAndSettings() {
        var clock = MeterClock(driftPerDay: 5_000)
        clock.set(to: Self.noon - 4_000_000, at: Self.noon)
        clock.set(to: Self.noon + 9_000_000, at: Self.noon + 3_600_000)
        var last = Int64.min
        for minutes in -60_000..<2_000 {
            let instant = clock.instant(of: Self.noon + Int64(minutes) * 60_000)
            #expect(instant >= last)
            last = instant
        }
    }

    @Test func whatWasWrittenBeforeABatteryDiedStaysAsItWas() {
        var clock = MeterClock(driftPerDay: 0)
        clock.set(to: 0, at: Self.noon)
        #expect(clock.instant(of: Self.noon - 3_600_000) == Self.noon - 3_600_000)
        clock.set(to: Self.noon + 7_200_000, at: Self.noon + 7_200_000)
        #expect(clock.instant(of: Self.noon - 3_600_000) == Self.noon - 3_600_000)
        // Left out: the clock was in the year 2000 then.
        #expect(clock.instant(of: Self.noon + 3_600_000) == Self.noon + 7_200_000)
        #expect(clock.instant(of: Self.noon + 9_000_000) == Self.noon + 9_000_000)
    }

    @Test func aBatteryThatDiedAndTheSettingThatEndedItAreOneReturn() {
        var clock = MeterClock(driftPerDay: 0)
        clock.set(to: Self.noon + 60_000, at: Self.noon)
        clock.set(to: 0, at: Self.noon + 600_000)
        clock.set(to: 5_000, at: Self.noon + 700_000)
        clock.set(to: Self.noon - 3_000_000, at: Self.noon + 900_000)
        let found = clock.returns(until: Self.noon + 1_000_000)
        #expect(found.map(\.instant) == [Self.noon, Self.noon + 600_000])
        #expect(found.map(\.before) == [Self.noon, Self.noon + 660_000])
        #expect(found.map(\.after) == [Self.noon + 60_000, Self.noon - 3_000_000])
        #expect(clock.returns(until: Self.noon + 800_000).count == 1)
    }

    @Test(arguments: [-3_600_000, 3_600_000] as [Int64])
    func whatAStepLeftOutOrRepeatedStaysAsItWasAfterABatteryDied(step: Int64) {
        let (day, died): (Int64, Int64) = (86_400_000, 826_000_000_000)
        var clock = MeterClock(driftPerDay: 500)
        let wrong = died - 30 * day
        clock.set(to: clock.reading(at: wrong) + step, at: wrong)
        let right = wrong + day
        clock.set(to: clock.reading(at: right) - step, at: right)
        let readings = stride(from: wrong - day, to: right + day, by: 600_000).map { $0 }
        let before = readings.map { clock.instant(of: $0) }
        clock.set(to: 0, at: died)
        #expect(readings.map { clock.instant(of: $0) } == before)
        clock.set(to: died + day, at: died + day)
        #expect(readings.map { clock.instant(of: $0) } == before)
    }

    @Test func aSettingHoldsFromItsInstantOn() {
        var clock = MeterClock(driftPerDay: 0)
        clock.set(to: Self.noon + 10_000, at: Self.noon)
        #expect(clock.reading(at: Self.noon - 1) == Self.noon - 1)
        #expect(clock.reading(at: Self.noon + 1_000) == Self.noon + 11_000)
        #expect(clock.instant(of: Self.noon + 5_000) == Self.noon)
    }

    @Test func correctionsTellWhatTheClockShowedBeforeAndAfter() throws {
        var clock = MeterClock(driftPerDay: 500)
        let march = CivilStamp(year: 2026, month: 3, day: 1, hour: 12, minute: 15)!.seconds * 1_000
        clock.set(to: Self.noon + 60_000, at: Self.noon)
        let found = clock.corrections(from: march - 86_400_000, until: Self.noon + 90 * 86_400_000)
        #expect(found.map(\.instant) == [march, Self.noon])
        #expect(found[0].before == march + 14_000 && found[0].after == march)
        #expect(
            found[1].before == clock.reading(at: Self.noon - 1) + 1 && found[1].after == Self.noon + 60_000)
    }
}
