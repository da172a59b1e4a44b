// Rules R1, R4, R8, R13, R18, R19 and decision D1 of storing, one test a sentence.

import Archive
import Faults
import Metering
import Storage
import Testing
import Timekeeping

@Suite struct StoringTests {
    let bench = ArchiveBench()

    @Test func r12AReadingComesBackAsTheMeterGaveIt() async throws {
        let archive = try await bench.open(meters: 1)
        let energy = Reading(
            .dayEnergy, at: MeterStamp(civil("2026-03-01T00:00:00")), clockDifferenceSeconds: -2,
            values: Tag.energy.enumerated().map { index, tag in
                MeasuredValue(tag, mantissa: Int64(index) * 1_000 - 3, scaler: index == 4 ? 1 : -3)
            })
        let profile = Reading(
            .powerProfile, at: MeterStamp(civil("2026-03-01T00:00:00")), clockDifferenceSeconds: -2,
            intervalMinutes: 30,
            values: [
                MeasuredValue(.pPlus, mantissa: 125, scaler: 0, form: .increment),
                MeasuredValue(.qPlus, mantissa: 7, scaler: 1, form: .increment),
                MeasuredValue(.qMinus, mantissa: 9, scaler: 2, form: .demand),
                MeasuredValue(.isOvfl, mantissa: 1), MeasuredValue(.cTime, mantissa: 30),
            ])
        let quality = Reading(
            .momentQuality, at: MeterStamp(civil("2026-03-01T00:01:07")), clockDifferenceSeconds: -2,
            values: Tag.quality.map { MeasuredValue($0, mantissa: 1, scaler: $0 == .uA ? -2 : -1) })
        let configuration = Reading(
            .configuration, at: MeterStamp(civil("2026-03-01T00:01:00")), clockDifferenceSeconds: -2,
            values: [MeasuredValue(.kI, mantissa: 40), MeasuredValue(.isClock, mantissa: 1)],
            texts: [TextValue(.serial, "100"), TextValue(.model, "СЕ \"208\"")])
        let all = [energy, profile, quality, configuration]
        let outcome = try await archive.store(session(all, difference: -2))
        #expect(outcome.inserted == 4)
        for reading in all {
            #expect(try await archive.rows(ArchiveQuery(reading.measure)).map(\.reading) == [reading])
        }
        let again = try await archive.store(session(all, difference: -2))
        #expect(again.unchanged == 4 && again.inserted == 0 && again.corrected == 0)
    }

    @Test func r8WhatAMeterToldUnaskedFillsSlotsAndCorrectsNothingAndBeginsNoLife() async throws {
        let archive = try await bench.open(meters: 1)
        _ = try await archive.store(session([day("2026-03-01T00:00:00", 500)], serial: "100"))
        var told = session(
            [day("2026-03-01T00:00:00", 501), day("2026-02-28T00:00:00", 400)], serial: "100")
        told.isTold = true
        let outcome = try await archive.store(told)
        #expect(outcome.inserted == 1 && outcome.corrected == 0 && outcome.refused == 1)
        let values = try await archive.rows(ArchiveQuery(.dayEnergy)).map { $0.reading.values[0].mantissa }
        #expect(values.sorted() == [400, 500])
        told.serial = "200"
        #expect(try await archive.store(told).replacedSerial == nil)
        #expect(await archive.serial(ofMeter: 1) == "100")
        // A poll may still correct what was told.
        #expect(try await archive.store(session([day("2026-02-28T00:00:00", 401)])).corrected == 1)
    }

    @Test func r18ACorrectionGetsTheNextSequenceAndKeepsTheOldValue() async throws {
        let archive = try await bench.open(meters: 1)
        _ = try await archive.store(
            session([day("2026-03-01T00:00:00", 500), day("2026-02-28T00:00:00", 400)]))
        let outcome = try await archive.store(session([day("2026-03-01T00:00:00", 501)]))
        #expect(outcome.corrected == 1)
        let row = try #require(try await archive.rows(ArchiveQuery(.dayEnergy)).last)
        #expect(row.sequence == 3 && row.revision == 1 && row.main == 501)
        let shell = try bench.shell()
        let log = try shell.statement("SELECT seq, rev, reading FROM change_log")
        #expect(try log.step())
        #expect(log.integer(0) == 3 && log.integer(1) == 0 && log.text(2).contains("A+0=500e0:0"))
    }

    @Test func d1AnEqualRowKeepsItsSequence() async throws {
        let archive = try await bench.open(meters: 1)
        _ = try await archive.store(session([day("2026-03-01T00:00:00", 500)]))
        let outcome = try await archive.store(session([day("2026-03-01T00:00:00", 500)], difference: 7))
        #expect(outcome.unchanged == 1 && outcome.sequence == 1)
    }

    @Test func r1AnUntrustedTimeFillsEmptySlotsOnly() async throws {
        let archive = try await bench.open(meters: 1)
        _ = try await archive.store(session([day("2026-03-01T00:00:00", 500)]))
        let outcome = try await archive.store(
            session([day("2026-03-01T00:00:00", 999), day("2026-02-28T00:00:00", 400)], trusted: false))
        #expect(outcome.refused == 1 && outcome.inserted == 1)
        let rows = try await archive.rows(ArchiveQuery(.dayEnergy))
        #expect(rows.map(\.main) == [400, 500])
        #expect(rows.map(\.isTrusted) == [false, true])
    }

    @Test func r13RowsOfAnUntrustedTimeAreJudgedOnceTimeIsTrusted() async throws {
        let archive = try await bench.open(meters: 1)
        _ = try await archive.store(
            session([day("2026-02-28T00:00:00", 400), day("2031-01-01T00:00:00", 9)], trusted: false))
        let reopened = try bench.open()
        let outcome = try await reopened.store(session([day("2026-03-01T00:00:00", 500)]))
        #expect(outcome.quarantined == 1)
        let rows = try await reopened.rows(ArchiveQuery(.dayEnergy))
        #expect(rows.map(\.main) == [400, 500])
        #expect(rows.map(\.isTrusted) == [true, true])
    }

    @Test func r13RowsLaterThanNowAndOneIntervalGoToQuarantineAndPruneNothing() async throws {
        let archive = try await bench.open(meters: 1, RetentionDepths([.powerProfile: .days(2)]))
        _ = try await archive.store(session([half("2026-03-01T00:00:00", 1)]))
        let outcome = try await archive.store(
            session([half("2026-03-01T00:30:00", 2), half("2036-01-01T00:00:00", 3)]))
        #expect(outcome.quarantined == 1 && outcome.inserted == 1 && outcome.pruned == 0)
        #expect(try await archive.rows(ArchiveQuery(.powerProfile)).map(\.main) == [1, 2])
    }

    @Test func r13RowsOfAMeterWhoseClockIsOffByMoreThanHalfAnIntervalGoToQuarantine() async throws {
        let archive = try await bench.open(meters: 1)
        let rows = [half("2026-03-01T00:00:00", 1), day("2026-03-01T00:00:00", 5)]
        let outcome = try await archive.store(session(rows, difference: 901))
        #expect(outcome.quarantined == 1 && outcome.inserted == 1)
        let later = try await archive.store(session(rows, difference: 900))
        #expect(later.inserted == 1 && later.unchanged == 1)
    }

    @Test func r8ANewSerialBeginsANewLifeAndKeepsTheOldRows() async throws {
        let archive = try await bench.open(meters: 1)
        _ = try await archive.store(session([day("2026-02-28T00:00:00", 90_000)], serial: "100"))
        let outcome = try await archive.store(session([day("2026-03-01T00:00:00", 3)], serial: "200"))
        #expect(outcome.replacedSerial == "100")
        let rows = try await archive.rows(ArchiveQuery(.dayEnergy))
        #expect(rows.map(\.life.serial) == ["100", "200"])
        #expect(rows.map(\.main) == [90_000, 3])
        let entry = try #require(try await archive.journal().first)
        #expect(entry.code == "meter.replaced")
        #expect(entry.parameters == ["old": "100", "new": "200", "last": "2026-02-28 00:00:00 90000e0"])
        let reopened = try bench.open()
        #expect(await reopened.life(of: 1)?.serial == "200")
    }

    @Test func r8TheSameMeterHungBackResumesItsLife() async throws {
        let archive = try await bench.open(meters: 1)
        _ = try await archive.store(session([day("2026-02-27T00:00:00", 1)], serial: "100"))
        _ = try await archive.store(session([day("2026-02-28T00:00:00", 2)], serial: "200"))
        _ = try await archive.store(session([day("2026-03-01T00:00:00", 3)], serial: "100"))
        let rows = try await archive.rows(ArchiveQuery(.dayEnergy))
        #expect(rows.map(\.life.serial) == ["200", "100", "100"])
    }

    @Test func r4ARepeatedHourStaysTwoRows() async throws {
        let archive = try await bench.open(meters: 1)
        var summer = half("2026-02-28T02:30:00", 1)
        summer.stamp.isSeason = true
        let outcome = try await archive.store(session([half("2026-02-28T02:30:00", 2), summer]))
        #expect(outcome.inserted == 2)
        let rows = try await archive.rows(ArchiveQuery(.powerProfile))
        #expect(rows.map(\.reading.stamp.isSeason) == [true, false])
        #expect(ReadingDocument.text(of: rows[0].reading.stamp, offset: zone) == "2026-02-28T02:30:00+04:00")
    }

    @Test func r4SeasonalTimeIsNotTheFuture() async throws {
        let archive = try await bench.open(meters: 1)
        let standard = half("2026-03-01T13:30:00", 1)
        var summer = half("2026-03-01T13:00:00", 1)
        summer.stamp.isSeason = true
        let outcome = try await archive.store(session([standard, summer], at: "2026-03-01T12:10:00"))
        #expect(outcome.inserted == 1 && outcome.quarantined == 1)
    }

    @Test func r19OtherBillingDatesAreNotCalendarMonths() async throws {
        let archive = try await bench.open(meters: 1)
        _ = try await archive.store(
            session([month("2026-02-01T00:00:00", 1), month("2026-02-15T00:00:00", 2)]))
        #expect(try await archive.rows(ArchiveQuery(.monthEnergy)).map(\.main) == [1])
        let other = ArchiveQuery(.monthEnergy, billing: .otherPeriods)
        #expect(try await archive.rows(other).map(\.main) == [2])
    }

    @Test func aSessionOfADeletedMeterIsNotStored() async throws {
        let archive = try await bench.open(meters: 2)
        try await archive.register([RegisteredMeter(id: 2)], revision: 2)
        await #expect(throws: Fault(.notFound, ["meter": "1"])) {
            _ = try await archive.store(session([day("2026-03-01T00:00:00", 1)]))
        }
    }

    @Test func outcomesKeepTheNewestResultAndTheLastSuccess() async throws {
        let archive = try await bench.open(meters: 1)
        _ = try await archive.store(
            session([], at: "2026-03-01T00:05:00", outcomes: [ItemOutcome(.dayEnergy), ItemOutcome(nil)]))
        let fault = Fault(.meterSilent, ["line": "Iface1"])
        _ = try await archive.store(
            session([], at: "2026-03-01T01:05:00", outcomes: [ItemOutcome(.dayEnergy, fault: fault)]))
        let outcomes = try await archive.pollOutcomes()
        #expect(outcomes.map(\.measure) == [nil, .dayEnergy])
        #expect(outcomes[1].fault == fault)
        #expect(outcomes[1].goodAt == WallTime(civil: civil("2026-03-01T00:05:00"), offset: zone))
        #expect(outcomes[0].fault == nil)
    }
}
