// How full the archive is, when the first row would be lost (R17), and what was set aside or corrected.

import Archive
import Metering
import Testing
import Timekeeping

@Suite struct FillTests {
    let bench = ArchiveBench()

    @Test func r17TheFirstLossIsTheOldestRowThatWasNotSentPlusTheDepth() async throws {
        let archive = try await bench.open(meters: 2)
        _ = try await archive.store(session([day("2026-02-20T00:00:00", 1), day("2026-02-21T00:00:00", 2)]))
        let sent = await archive.newestSequence
        _ = try await archive.store(session([day("2026-02-28T00:00:00", 3)]))
        func fill() async throws -> ArchiveFill {
            try #require(try await archive.fills().first { $0.measure == .dayEnergy })
        }
        let unpublished = try await fill()
        #expect(unpublished.rows == 3 && unpublished.unsent == nil)
        #expect(unpublished.span == civil("2026-02-20T00:00:00")...civil("2026-02-28T00:00:00"))
        let depth = try #require(
            await archive.depths.oldest(of: .dayEnergy, newest: civil("2026-02-28T00:00:00")))
        let length = civil("2026-02-28T00:00:00").seconds - depth.seconds
        #expect(unpublished.firstLoss == civil("2026-02-20T00:00:00").adding(seconds: length))
        let key = CursorKey(publication: 1, broker: 1)
        _ = try await archive.openCursor(key)
        try await archive.acknowledge(key, through: sent, rows: 2)
        let published = try await fill()
        #expect(published.unsent == 1)
        #expect(published.firstLoss == civil("2026-02-28T00:00:00").adding(seconds: length))
        #expect(try await archive.fileSize().octets > 0)
    }

    @Test func r18CorrectionsAreListedNewestFirstAPageAtATime() async throws {
        let archive = try await bench.open(meters: 1)
        for value in [10, 20, 30, 40] as [Int64] {
            _ = try await archive.store(session([day("2026-02-28T00:00:00", value)]))
        }
        let first = try await archive.corrections(before: nil, limit: 2)
        #expect(first.count == 2 && first[0].position > first[1].position)
        #expect(first[0].old.contains("A+0=30e") && first[0].period == civil("2026-02-28T00:00:00"))
        let rest = try await archive.corrections(before: first[1].position, limit: 2)
        #expect(rest.map(\.meterID) == [1] && rest[0].old.contains("A+0=10e"))
    }

    @Test func r13RowsSetAsideAreListedWithTheirReason() async throws {
        let archive = try await bench.open(meters: 1)
        _ = try await archive.store(session([day("2031-01-01T00:00:00", 9)]))
        let rows = try await archive.quarantined(before: nil, limit: 10)
        #expect(rows.map(\.isFuture) == [true] && rows.map(\.meterID) == [1])
        #expect(try await archive.quarantined(before: rows[0].position, limit: 10).isEmpty)
    }

    @Test func r14DaysOutOfBalanceAreListedWithBothSums() async throws {
        let archive = try await bench.open(meters: 1)
        let begin = civil("2026-02-28T00:00:00")
        let rows = (1...48).map { index -> Reading in
            var reading = half("2026-02-28T00:00:00", 1)
            reading.stamp.civil = begin.adding(seconds: Int64(index) * 1_800)
            return reading
        }
        _ = try await archive.store(
            session(rows + [day("2026-02-28T00:00:00", 0), day("2026-03-01T00:00:00", 5_000)]))
        let days = try await archive.unbalanced(before: nil, limit: 10)
        #expect(days.map(\.balance.day) == [begin] && days.map(\.meterID) == [1])
        #expect(try await archive.unbalanced(before: days[0].position, limit: 10).isEmpty)
    }

    @Test func r17AProfileIsPrunedByTheDailyPassAndWithoutItTwoDaysLater() async throws {
        let archive = try await bench.open(meters: 2, RetentionDepths([.powerProfile: .days(2)]))
        func halves(_ days: Int) -> [Reading] {
            (1...(days * 48)).map { index -> Reading in
                var reading = half("2026-02-20T00:00:00", 1)
                reading.stamp.civil = reading.stamp.civil.adding(seconds: Int64(index) * 1_800)
                return reading
            }
        }
        _ = try await archive.store(session(halves(4)))
        _ = try await archive.store(session(halves(6), meter: 2, serial: "200"))
        func days(_ meter: Int) async throws -> Int {
            try await archive.rows(ArchiveQuery(.powerProfile, meters: [meter])).count / 48
        }
        #expect(try await days(1) == 4)
        // Three days too many: the session itself makes room.
        #expect(try await days(2) == 3)
        try await archive.pruneProfiles()
        #expect(try await days(1) == 3)
        let reopened = try bench.open()
        #expect(await reopened.newestSequence == 10 * 48)
    }
}
