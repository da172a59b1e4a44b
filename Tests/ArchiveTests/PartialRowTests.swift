// R13: rows that share an interval.

import Archive
import Metering
import Storage
import Testing
import Timekeeping

@Suite struct PartialRowTests {
    let bench = ArchiveBench()

    @Test func r13ARowWrittenAtSwitchOffBelongsToItsIntervalAndIsPartial() async throws {
        let archive = try await bench.open(meters: 1)
        _ = try await archive.store(session([half("2026-02-28T10:10:00", 40)]))
        let row = try #require(try await archive.rows(ArchiveQuery(.powerProfile)).first)
        #expect(row.reading.stamp.civil == civil("2026-02-28T10:10:00"))
        #expect(row.isPart)
        let shell = try bench.shell()
        let period = try shell.integer("SELECT slot >> 1 FROM profile")
        #expect(period == civil("2026-02-28T10:30:00").minutes)
    }

    @Test func r13TwoIncrementsOfOneIntervalAreAdded() async throws {
        let archive = try await bench.open(meters: 1)
        _ = try await archive.store(session([half("2026-02-28T10:10:00", 40)]))
        let outcome = try await archive.store(session([half("2026-02-28T10:30:00", 60)]))
        #expect(outcome.corrected == 1)
        let row = try #require(try await archive.rows(ArchiveQuery(.powerProfile)).first)
        #expect(row.main == 100 && row.isPart && row.revision == 1)
        #expect(row.reading.stamp.civil == civil("2026-02-28T10:30:00"))
    }

    @Test func r13ReadingThePartsAgainAddsNothing() async throws {
        let archive = try await bench.open(meters: 1)
        let parts = [
            half("2026-02-28T10:10:00", 40), half("2026-02-28T10:20:00", 3), half("2026-02-28T10:30:00", 60),
        ]
        _ = try await archive.store(session(parts))
        let again = try await archive.store(session(parts))
        #expect(again.corrected == 0 && again.unchanged == 3)
        #expect(try await archive.rows(ArchiveQuery(.powerProfile)).map(\.main) == [103])
    }

    @Test func aRowThatTheMeterTellsNoMoreGivesWayToThePartThatTookItsPlace() async throws {
        let archive = try await bench.open(meters: 1)
        _ = try await archive.store(session([half("2026-02-28T10:30:00", 60)]))
        // The clock was put back, and the mains went before it came to 10:30 again.
        let window = civil("2026-02-28T10:00:00")...civil("2026-02-28T11:00:00")
        let rows = [half("2026-02-28T10:10:00", 40), half("2026-02-28T11:00:00", 7)]
        let answer = AnsweredWindow(.powerProfile, window, intervalMinutes: 30, holdsLaterRow: false)
        let outcome = try await archive.store(session(rows, answers: [answer]))
        #expect(outcome.corrected == 1 && outcome.inserted == 1)
        #expect(try await archive.rows(ArchiveQuery(.powerProfile)).map(\.main) == [40, 7])
        let again = try await archive.store(session(rows, answers: [answer]))
        #expect(again.corrected == 0)
        // Asked for less than that row, or told nothing later, the meter may still have it.
        _ = try await archive.store(session([half("2026-02-28T12:00:00", 50)]))
        let part = session([half("2026-02-28T11:50:00", 5)], answers: [answer])
        _ = try await archive.store(part)
        #expect(try await archive.rows(ArchiveQuery(.powerProfile)).map(\.main) == [40, 7, 55])
    }

    @Test func aPartThatTheMeterTellsNoMoreIsForgotten() async throws {
        let archive = try await bench.open(meters: 1)
        let parts = [half("2026-02-28T10:10:00", 40), half("2026-02-28T10:30:00", 60)]
        _ = try await archive.store(session(parts))
        #expect(try await archive.rows(ArchiveQuery(.powerProfile)).map(\.main) == [100])
        let window = civil("2026-02-28T10:00:01")...civil("2026-02-28T10:30:00")
        let answer = AnsweredWindow(.powerProfile, window, intervalMinutes: 30, holdsLaterRow: true)
        let rows = [half("2026-02-28T10:20:00", 51), half("2026-02-28T10:30:00", 8)]
        _ = try await archive.store(session(rows, answers: [answer]))
        #expect(try await archive.rows(ArchiveQuery(.powerProfile)).map(\.main) == [59])
    }

    @Test func aWholeRowWhosePartsAreGoneIsWholeAgain() async throws {
        let archive = try await bench.open(meters: 1)
        _ = try await archive.store(
            session([half("2026-02-28T10:10:00", 40), half("2026-02-28T10:30:00", 60)]))
        // Asked for its slot, a meter is asked for all that lies in it.
        let slot = civil("2026-02-28T10:30:00")
        let answer = AnsweredWindow(.powerProfile, slot...slot, intervalMinutes: 30, holdsLaterRow: true)
        let rows = session([half("2026-02-28T10:30:00", 99)], answers: [answer])
        for corrected in [1, 0] {
            #expect(try await archive.store(rows).corrected == corrected)
            let row = try #require(try await archive.rows(ArchiveQuery(.powerProfile)).first)
            #expect(row.main == 99 && !row.isPart)
        }
    }

    @Test func r13TwoDemandsAreWeightedByDuration() async throws {
        let archive = try await bench.open(meters: 1)
        let parts = [
            half("2026-02-28T10:10:00", 300, form: .demand), half("2026-02-28T10:30:00", 600, form: .demand),
        ]
        _ = try await archive.store(session(parts))
        // 10 minutes of 300 and 20 minutes of 600.
        #expect(try await archive.rows(ArchiveQuery(.powerProfile)).map(\.main) == [500])
    }

    @Test func r13IncrementsOfDifferentScalersAreAddedExactly() async throws {
        let archive = try await bench.open(meters: 1)
        var fine = half("2026-02-28T10:30:00", 1_234)
        fine.values[0].scaler = -3
        _ = try await archive.store(session([half("2026-02-28T10:10:00", 40), fine]))
        let value = try await archive.rows(ArchiveQuery(.powerProfile)).first?.reading[.pPlus]
        #expect(value?.mantissa == 41_234 && value?.scaler == -3)
    }

    @Test func r13TheRestOfAPartialIntervalIsStillWanted() async throws {
        let archive = try await bench.open(meters: 1)
        _ = try await archive.store(session([half("2026-02-28T10:10:00", 40)]))
        let window = civil("2026-02-28T10:30:00")...civil("2026-02-28T10:30:00")
        #expect(try await archive.missing(meter: 1, measure: .powerProfile, window: window) == [window])
        // The meter holds later rows and nothing more for this interval: it stays as it is.
        _ = try await archive.store(
            session(
                [], answers: [AnsweredWindow(.powerProfile, window, intervalMinutes: 30, holdsLaterRow: true)]
            ))
        #expect(try await archive.missing(meter: 1, measure: .powerProfile, window: window).isEmpty)
        #expect(try await archive.rows(ArchiveQuery(.powerProfile)).map(\.main) == [40])
    }

    @Test func aHalfHourOfHourlyMetersIsNoPart() async throws {
        let archive = try await bench.open(meters: 1)
        _ = try await archive.store(
            session([half("2026-02-28T10:00:00", 1, interval: 60), half("2026-02-28T10:30:00", 2)]))
        #expect(try await archive.rows(ArchiveQuery(.powerProfile)).map(\.isPart) == [false, false])
    }
}
