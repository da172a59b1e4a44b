// R6: when a meter's clock is corrected, and when it is left alone.

import Drivers
import Metering
import Polling
import Testing
import Timekeeping

@Suite struct ClockCorrectionTests {
    /// A clock that showed `time` on 2026-03-10 and was off by `difference`.
    private func decide(
        _ hour: Int, _ minute: Int, _ second: Int = 0, off difference: Int32,
        roundTrip: Duration = .milliseconds(200),
        correctedOn: CivilStamp? = nil, isTrusted: Bool = true, interval: Int = 30
    ) throws -> ClockCorrection {
        let midnight = try #require(CivilStamp(year: 2026, month: 3, day: 10))
        let stamp = midnight.adding(seconds: Int64(hour * 3_600 + minute * 60 + second))
        let reading = ClockReading(
            stamp: MeterStamp(stamp), differenceSeconds: difference, roundTrip: roundTrip,
            askedAt: MonotonicInstant(nanoseconds: 0))
        return ClockCorrection(
            reading, rules: ClockRules(intervalMinutes: interval), correctedOn: correctedOn,
            isTimeTrusted: isTrusted)
    }

    @Test(arguments: [Int32(0), 1, -3, 3]) func upToThreeSecondsNothingIsDone(_ difference: Int32) throws {
        #expect(try decide(12, 15, off: difference) == .none)
    }

    @Test(arguments: [Int32(4), -4, 60, -60, 700, -700])
    func aLargerDifferenceIsShiftedAwayAtOnce(_ difference: Int32) throws {
        #expect(try decide(12, 30, off: difference, interval: 60) == .shift(seconds: -Int(difference)))
    }

    @Test func anAnswerOfMoreThanTwoSecondsProvesNothing() throws {
        #expect(try decide(12, 15, off: 100, roundTrip: .milliseconds(2_001)) == .later(.slowAnswer))
        #expect(try decide(12, 15, off: 100, roundTrip: .seconds(2)) == .shift(seconds: -100))
    }

    @Test func neitherOldNorNewTimeComesNearABoundary() throws {
        // Off by 10 s: fifteen seconds on both sides of 12:30 are closed to both times.
        for second in [0, 15] { #expect(try decide(12, 30, second, off: 10) == .later(.boundary)) }
        #expect(try decide(12, 30, 25, off: 10) == .later(.boundary), "the new time would be 12:30:15")
        #expect(try decide(12, 30, 26, off: 10) == .shift(seconds: -10))
        #expect(try decide(12, 29, 44, off: 10) == .shift(seconds: -10))
        #expect(try decide(12, 29, 45, off: 10) == .later(.boundary))
        // Slow by 20 s: the shift forward would jump over the boundary.
        #expect(try decide(12, 29, 50, off: -20) == .later(.boundary))
    }

    @Test func aroundMidnightClocksAreLeftAlone() throws {
        #expect(try decide(23, 50, off: 5) == .later(.midnight))
        #expect(try decide(0, 9, 59, off: 5) == .later(.midnight))
        #expect(try decide(23, 49, 59, off: -30) == .later(.midnight), "the new time would be 23:50:29")
        #expect(try decide(23, 49, off: 5) == .shift(seconds: -5))
        #expect(try decide(0, 10, 30, off: 5) == .shift(seconds: -5))
    }

    @Test func aMeterIsCorrectedOnceADay() throws {
        let today = try #require(CivilStamp(year: 2026, month: 3, day: 10, hour: 3))
        #expect(try decide(12, 15, off: 9, correctedOn: today) == .later(.correctedToday))
        #expect(
            try decide(12, 15, off: 9, correctedOn: today.adding(seconds: -86_400)) == .shift(seconds: -9))
    }

    @Test func beyondFifteenMinutesOnlyAPersonMaySet() throws {
        #expect(try decide(12, 15, off: 901, interval: 60) == .beyondShift)
        #expect(try decide(12, 15, off: -100_000) == .beyondShift)
        #expect(try decide(12, 30, off: 900, interval: 60) == .later(.boundary))
        // Half-hours have no room for more than 596 s.
        #expect(try decide(12, 15, off: 597) == .beyondShift)
        #expect(try decide(12, 19, 58, off: 596) == .shift(seconds: -596))
    }

    @Test func anUntrustedGatewayCorrectsNobody() throws {
        #expect(try decide(12, 15, off: 100, isTrusted: false) == .later(.untrusted))
        #expect(try decide(12, 15, off: 2, isTrusted: false) == .none)
    }

    @Test func noAllowedShiftEverTouchesABoundaryOrMidnight() throws {
        let day = try #require(CivilStamp(year: 2026, month: 3, day: 10))
        for difference: Int32 in [-899, -300, -31, -4, 4, 17, 120, 600, 900] {
            for second in stride(from: 0, to: 86_400, by: 7) {
                let old = day.adding(seconds: Int64(second))
                let reading = ClockReading(
                    stamp: MeterStamp(old), differenceSeconds: difference, roundTrip: .zero,
                    askedAt: MonotonicInstant(nanoseconds: 0))
                let decision = ClockCorrection(
                    reading, rules: ClockRules(), correctedOn: nil, isTimeTrusted: true)
                guard case .shift(let seconds) = decision else { continue }
                let new = old.adding(seconds: Int64(seconds))
                #expect(new.seconds == old.seconds - Int64(difference))
                #expect(
                    old.seconds / 1_800 == new.seconds / 1_800, "a boundary lies between \(old) and \(new)")
                #expect((600..<85_800).contains(new.secondOfDay))
            }
        }
    }
}
