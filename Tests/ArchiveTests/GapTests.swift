// Decision D4 and rules R2, R5, R14, R15, R17: slots, gaps, completeness, depth and balance.

import Archive
import Faults
import Metering
import Testing
import Timekeeping

@Suite struct GapTests {
    let bench = ArchiveBench()

    private func window(_ from: String, _ to: String) -> ClosedRange<CivilStamp> { civil(from)...civil(to) }

    @Test func r15MissingSlotsComeAsRangesOfAdjoiningSlots() async throws {
        let archive = try await bench.open(meters: 1)
        _ = try await archive.store(
            session([half("2026-02-28T10:30:00", 1), half("2026-02-28T12:00:00", 1)]))
        let missing = try await archive.missing(
            meter: 1, measure: .powerProfile, window: window("2026-02-28T10:00:00", "2026-02-28T12:30:00"))
        #expect(
            missing == [
                window("2026-02-28T10:00:00", "2026-02-28T10:00:00"),
                window("2026-02-28T11:00:00", "2026-02-28T11:30:00"),
                window("2026-02-28T12:30:00", "2026-02-28T12:30:00"),
            ])
    }

    @Test func r15SlotsTheMeterDoesNotHaveAreAbsentForGoodAndSayWhy() async throws {
        let archive = try await bench.open(meters: 1)
        let asked = window("2026-02-28T10:00:00", "2026-02-28T11:00:00")
        let answer = AnsweredWindow(
            .powerProfile, asked, intervalMinutes: 30, holdsLaterRow: true, reason: .poweredOff)
        let outcome = try await archive.store(session([half("2026-02-28T10:30:00", 1)], answers: [answer]))
        #expect(outcome.absent == 2)
        #expect(try await archive.missing(meter: 1, measure: .powerProfile, window: asked).isEmpty)
        let gaps = try await archive.gaps(meter: 1, measure: .powerProfile, window: asked)
        #expect(gaps.map(\.reason) == [.poweredOff, .poweredOff])
        let again = try await archive.store(session([], answers: [answer]))
        #expect(again.absent == 0)
    }

    @Test func r13SlotsOfQuarantinedRowsStayWantedUntilTheClockIsPutRight() async throws {
        let archive = try await bench.open(meters: 1)
        let asked = window("2026-02-28T10:00:00", "2026-02-28T10:30:00")
        let rows = [half("2026-02-28T10:00:00", 1), half("2026-02-28T10:30:00", 2)]
        let answer = AnsweredWindow(.powerProfile, asked, intervalMinutes: 30, holdsLaterRow: true)
        let outcome = try await archive.store(session(rows, difference: -2_000, answers: [answer]))
        #expect(outcome.quarantined == 2 && outcome.absent == 0)
        #expect(try await archive.missing(meter: 1, measure: .powerProfile, window: asked) == [asked])
        _ = try await archive.store(session(rows, difference: 1, answers: [answer]))
        #expect(try await archive.missing(meter: 1, measure: .powerProfile, window: asked).isEmpty)
    }

    @Test func r13WhatAMeterWithAWildClockSaysItLacksStaysWanted() async throws {
        let archive = try await bench.open(meters: 1)
        let asked = window("2026-02-28T10:00:00", "2026-02-28T10:30:00")
        let answer = AnsweredWindow(.powerProfile, asked, intervalMinutes: 30, holdsLaterRow: true)
        let wild = try await archive.store(session([], difference: -841_401_871, answers: [answer]))
        #expect(wild.absent == 0)
        #expect(try await archive.missing(meter: 1, measure: .powerProfile, window: asked) == [asked])
        let right = try await archive.store(session([], difference: 900, answers: [answer]))
        #expect(right.absent == 2)
        // Whatever its clock shows, what a meter has no archive for will never come.
        let day = window("2026-02-28T00:00:00", "2026-02-28T00:00:00")
        let never = AnsweredWindow(.dayEnergy, day, holdsLaterRow: false, reason: .unsupported)
        let unsupported = try await archive.store(session([], difference: -841_401_871, answers: [never]))
        #expect(unsupported.absent == 1)
    }

    @Test func r15WithoutALaterRowNothingIsAbsent() async throws {
        let archive = try await bench.open(meters: 1)
        let asked = window("2026-02-28T23:30:00", "2026-03-01T00:00:00")
        let outcome = try await archive.store(
            session(
                [], answers: [AnsweredWindow(.powerProfile, asked, intervalMinutes: 30, holdsLaterRow: false)]
            ))
        #expect(outcome.absent == 0)
        #expect(try await archive.missing(meter: 1, measure: .powerProfile, window: asked) == [asked])
    }

    @Test func r15ARowThatComesLateWinsOverTheMark() async throws {
        let archive = try await bench.open(meters: 1)
        let asked = window("2026-02-28T10:00:00", "2026-02-28T10:00:00")
        let answer = AnsweredWindow(.powerProfile, asked, intervalMinutes: 30, holdsLaterRow: true)
        _ = try await archive.store(session([], answers: [answer]))
        _ = try await archive.store(session([half("2026-02-28T10:00:00", 4)]))
        #expect(try await archive.gaps(meter: 1, measure: .powerProfile, window: asked).isEmpty)
        #expect(try await archive.rows(ArchiveQuery(.powerProfile)).map(\.main) == [4])
    }

    @Test func r15ASlotIsDueTwoMinutesAndTheClockDifferenceAfterItsBoundary() throws {
        let profile = try #require(SlotGrid(.powerProfile, intervalMinutes: 30))
        #expect(profile.newestDue(at: civil("2026-03-01T10:01:59")) == civil("2026-03-01T09:30:00"))
        #expect(profile.newestDue(at: civil("2026-03-01T10:02:00")) == civil("2026-03-01T10:00:00"))
        let late = profile.newestDue(at: civil("2026-03-01T10:02:30"), clockDifferenceSeconds: -31)
        #expect(late == civil("2026-03-01T09:30:00"))
    }

    @Test func r2ConsumptionIsStampedWithItsStartAndDueAtItsEnd() throws {
        let consumption = try #require(SlotGrid(.dayConsumption))
        #expect(consumption.newestDue(at: civil("2026-03-02T10:00:00")) == civil("2026-03-01T00:00:00"))
        let days = try #require(SlotGrid(.dayEnergy))
        #expect(days.newestDue(at: civil("2026-03-02T10:00:00")) == civil("2026-03-02T00:00:00"))
        let months = try #require(SlotGrid(.monthConsumption))
        #expect(months.newestDue(at: civil("2026-03-02T10:00:00")) == civil("2026-02-01T00:00:00"))
        #expect(SlotGrid(.momentEnergy) == nil)
    }

    @Test func monthsFollowTheCalendar() throws {
        let months = try #require(SlotGrid(.monthEnergy))
        let slots = months.slots(in: window("2025-12-05T00:00:00", "2026-03-31T00:00:00"))
        #expect(
            slots.map(\.description) == [
                "2026-01-01 00:00:00", "2026-02-01 00:00:00", "2026-03-01 00:00:00",
            ])
    }

    @Test func r17DepthPrunesInTheSameTransactionAndBoundsTheGaps() async throws {
        let archive = try await bench.open(meters: 1, RetentionDepths([.dayEnergy: .days(3)]))
        let stamps = ["2026-02-24", "2026-02-25", "2026-02-26", "2026-02-27", "2026-02-28", "2026-03-01"]
        for (index, stamp) in stamps.enumerated() {
            _ = try await archive.store(session([day(stamp + "T00:00:00", Int64(index))]))
        }
        #expect(try await archive.rows(ArchiveQuery(.dayEnergy)).map(\.main) == [3, 4, 5])
        let missing = try await archive.missing(
            meter: 1, measure: .dayEnergy, window: window("2026-01-01T00:00:00", "2026-03-01T00:00:00"))
        #expect(missing.isEmpty)
    }

    @Test func r17SnapshotsKeepTheNewestRecords() async throws {
        let archive = try await bench.open(meters: 1, RetentionDepths([.momentEnergy: .records(2)]))
        for hour in 10...14 {
            var reading = day("2026-02-28T\(hour):07:00", Int64(hour))
            reading.measure = .momentEnergy
            _ = try await archive.store(session([reading]))
        }
        #expect(try await archive.rows(ArchiveQuery(.momentEnergy)).map(\.main) == [13, 14])
    }

    @Test func r13AnUntrustedRowPrunesNothing() async throws {
        let archive = try await bench.open(meters: 1, RetentionDepths([.dayEnergy: .days(2)]))
        _ = try await archive.store(session([day("2026-03-01T00:00:00", 1)]))
        let outcome = try await archive.store(session([day("2036-03-01T00:00:00", 2)], trusted: false))
        #expect(outcome.pruned == 0)
        #expect(try await archive.rows(ArchiveQuery(.dayEnergy)).map(\.main) == [1, 2])
    }

    @Test func r5ADayOfProfileHasFortyEightHalfHours() async throws {
        let archive = try await bench.open(meters: 3)
        let begin = civil("2026-02-28T00:00:00")
        let rows = (1...48).map { index -> Reading in
            var reading = half("2026-02-28T00:00:00", 1)
            reading.stamp.civil = begin.adding(seconds: Int64(index) * 1_800)
            return reading
        }
        _ = try await archive.store(session(rows))
        _ = try await archive.store(
            session(Array(rows.dropLast(2)) + [day("2026-02-28T00:00:00", 5)], meter: 2, serial: "200"))
        func days(_ meter: Int, now: String) async throws -> [DayCoverage] {
            try await archive.coverage(
                meter: meter, measures: [.powerProfile, .dayEnergy, .momentEnergy],
                from: begin.adding(seconds: -86_400), through: begin, now: civil(now))
        }
        let whole = try await days(1, now: "2026-03-01T06:00:00")
        #expect(whole.map(\.day) == [begin.adding(seconds: -86_400), begin])
        #expect(whole.map(\.due) == [49, 49] && whole.map(\.present) == [0, 48])
        #expect(try await days(2, now: "2026-03-01T06:00:00").map(\.present) == [0, 47])
        #expect(try await days(3, now: "2026-03-01T06:00:00").map(\.present) == [0, 0])
        // At noon half of the intervals are due, and the start of the day.
        #expect(try await days(2, now: "2026-02-28T12:05:00").map(\.due) == [49, 25])
        #expect(try await days(2, now: "2026-02-28T12:05:00").last?.isFull == true)
    }

    @Test func r15WhatWillNeverBeDoesNotLeaveADayOpen() async throws {
        let archive = try await bench.open(meters: 1)
        var answered = session([day("2026-03-01T00:00:00", 7)])
        answered.answers = [
            AnsweredWindow(
                .dayEnergy, window("2026-02-27T00:00:00", "2026-02-28T00:00:00"), holdsLaterRow: true,
                reason: .cleared)
        ]
        _ = try await archive.store(answered)
        let days = try await archive.coverage(
            meter: 1, measures: [.dayEnergy], from: civil("2026-02-27T00:00:00"),
            through: civil("2026-03-01T00:00:00"), now: civil("2026-03-01T09:00:00"))
        #expect(days.map(\.absent) == [1, 1, 0] && days.map(\.present) == [0, 0, 1])
        #expect(days.allSatisfy(\.isFull) && days.first?.reason == .cleared)
    }

    /// The half-hours of a day that begins at `begin`, of 1, 2 … 48.
    private func halves(from begin: CivilStamp) -> [Reading] {
        (1...48).map { index in
            var reading = half("2026-02-28T00:00:00", Int64(index))
            reading.stamp.civil = begin.adding(seconds: Int64(index) * 1_800)
            return reading
        }
    }

    @Test func r14TheBalanceFindsAShiftedDay() async throws {
        let archive = try await bench.open(meters: 1)
        let begin = civil("2026-02-28T00:00:00")
        let rows = halves(from: begin)
        // 1 + … + 48 = 1176; the registers round within 50 least digits.
        _ = try await archive.store(
            session(rows + [day("2026-02-28T00:00:00", 1_000), day("2026-03-01T00:00:00", 2_180)]))
        let balance = try #require(try await archive.balance(meter: 1, day: begin))
        #expect(balance.isBalanced && balance.registerGain == 118_000 && balance.profileSum == 117_600)
        #expect(try await archive.unbalancedDays(meter: 1).isEmpty)
        // Found out once, while it stays as it is.
        for (value, isNew) in [(Int64(2_227), true), (2_228, false), (2_227, false)] {
            let outcome = try await archive.store(session([day("2026-03-01T00:00:00", value)]))
            #expect(outcome.newlyUnbalanced == (isNew ? [begin] : []))
        }
        let flagged = try await archive.unbalancedDays(meter: 1)
        #expect(flagged.map(\.day) == [begin])
        #expect(flagged.first?.registerGain == 122_700 && flagged.first?.allowance == 5_000)
        _ = try await archive.store(session([day("2026-03-01T00:00:00", 2_176)]))
        #expect(try await archive.unbalancedDays(meter: 1).isEmpty)
    }

    @Test func r14AMeterThatNeverBalancesIsAskedAgainForTheFirstOfItsDaysOnly() async throws {
        let archive = try await bench.open(meters: 1)
        let begin = civil("2026-02-19T00:00:00")
        var found: [Int] = []
        for index in 0..<10 {
            let start = begin.adding(seconds: Int64(index) * 86_400)
            var registers = [day("2026-02-28T00:00:00", 0), day("2026-02-28T00:00:00", 0)]
            for end in 0...1 {
                registers[end].stamp.civil = start.adding(seconds: Int64(end) * 86_400)
                registers[end].values[0].mantissa = Int64(index + end) * 5_000
            }
            let outcome = try await archive.store(session(halves(from: start) + registers))
            if !outcome.newlyUnbalanced.isEmpty { found.append(index) }
        }
        #expect(try await archive.unbalancedDays(meter: 1).count == 10)
        #expect(found == [0])
    }

    @Test func r14ADayOfTwoIntervalsIsBalancedOnceItIsWhole() async throws {
        let archive = try await bench.open(meters: 1)
        let begin = civil("2026-02-28T00:00:00")
        // Half-hours until one o'clock, hours from three on: as many rows as hours, and an hour is missing.
        let hours = (2...24).map { hour in
            var reading = half("2026-02-28T00:00:00", 10)
            reading.stamp.civil = begin.adding(seconds: Int64(hour) * 3_600)
            reading.intervalMinutes = 60
            return reading
        }
        let registers = [day("2026-02-28T00:00:00", 1_000), day("2026-03-01T00:00:00", 1_233)]
        _ = try await archive.store(session(halves(from: begin).prefix(2) + hours.dropFirst() + registers))
        #expect(try await archive.balance(meter: 1, day: begin) == nil)
        _ = try await archive.store(session([hours[0]]))
        #expect(try await archive.balance(meter: 1, day: begin)?.profileSum == 23_300)
    }

    @Test(arguments: [1 << 32, 100_000_000] as [Int64])
    func r32ARegisterThatBeginsAtZeroAgainBalances(capacity: Int64) async throws {
        let archive = try await bench.open(meters: 1)
        let begin = civil("2026-02-28T00:00:00")
        let rows = halves(from: begin)
        let registers = [day("2026-02-28T00:00:00", capacity - 1_000), day("2026-03-01T00:00:00", 176)]
        _ = try await archive.store(session(rows + registers))
        #expect(try await archive.unbalancedDays(meter: 1).isEmpty)
        #expect(try await archive.balance(meter: 1, day: begin)?.registerGain == 117_600)
        // A register that only stands lower than before is no rollover.
        _ = try await archive.store(session([day("2026-03-01T00:00:00", 90_000)]))
        #expect(try await archive.unbalancedDays(meter: 1).count == 1)
    }
}
