// Decision D2 and R18: cursors over the sequence.

import Archive
import Faults
import Metering
import Testing
import Timekeeping

@Suite struct CursorTests {
    let bench = ArchiveBench()
    let key = CursorKey(publication: 1, broker: 1)

    private func days(_ range: ClosedRange<Int>) -> [Reading] {
        range.map { day("2026-02-\($0 < 10 ? "0" : "")\($0)T00:00:00", Int64($0)) }
    }

    @Test func r18RowsComeInOrderOfSequenceAcrossTables() async throws {
        let archive = try await bench.open(meters: 2)
        _ = try await archive.store(session([half("2026-02-28T10:30:00", 1)] + days(1...2)))
        _ = try await archive.store(session(days(3...3), meter: 2, serial: "200"))
        _ = try await archive.store(session([half("2026-02-28T10:00:00", 2)]))
        _ = try await archive.store(session([day("2026-02-01T00:00:00", 77)]))
        let scope = PublicationScope(meters: nil, measures: [.powerProfile, .dayEnergy])
        let page = try await archive.outbox(after: 0, through: archive.newestSequence, scope: scope)
        #expect(page.isComplete && page.scannedThrough == 6)
        #expect(page.rows.map(\.sequence) == [1, 3, 4, 5, 6])
        #expect(page.rows.map(\.main) == [1, 2, 3, 2, 77])
        #expect(page.rows.last?.revision == 1)
    }

    @Test func anEventFreezesItsEnd() async throws {
        let archive = try await bench.open(meters: 1)
        _ = try await archive.store(session(days(1...3)))
        let frozen = await archive.newestSequence
        _ = try await archive.store(session(days(4...5)))
        let scope = PublicationScope(meters: [1], measures: [.dayEnergy])
        let page = try await archive.outbox(after: 0, through: frozen, scope: scope)
        #expect(page.rows.count == 3 && page.scannedThrough == frozen)
    }

    @Test func limitsBoundAPageAndTheWalkGoesOn() async throws {
        let archive = try await bench.open(meters: 2)
        _ = try await archive.store(session(days(1...9)))
        _ = try await archive.store(session(days(1...9), meter: 2, serial: "200"))
        let scope = PublicationScope(meters: [2], measures: [.dayEnergy])
        var (after, seen): (Int64, [Int64]) = (0, [])
        while true {
            let page = try await archive.outbox(after: after, through: 18, scope: scope, limit: 4)
            seen += page.rows.map(\.sequence)
            after = page.scannedThrough
            if page.isComplete { break }
        }
        #expect(seen == Array(10...18))
    }

    @Test func r19OnlyCalendarMonthsAreTold() async throws {
        let archive = try await bench.open(meters: 1)
        let stamps = ["2026-01-01T00:00:00", "2026-01-16T01:55:09", "2026-02-01T00:00:00"]
        _ = try await archive.store(session(stamps.map { month($0, 7) }))
        let scope = PublicationScope(meters: [1], measures: [.monthEnergy])
        let page = try await archive.outbox(after: 0, through: 3, scope: scope)
        #expect(page.isComplete && page.scannedThrough == 3)
        #expect(page.rows.map(\.reading.stamp.civil) == [civil(stamps[0]), civil(stamps[2])])
        let history = PublicationHistory(meterID: 1, measure: .monthEnergy, sequence: 0, through: 3)
        let late = try await archive.rows(of: history, limit: 10)
        #expect(late.rows == page.rows && late.isComplete)
    }

    @Test func aCursorStartsAtTheOldestRowMovesForwardOnlyAndSurvives() async throws {
        let archive = try await bench.open(meters: 1)
        #expect(try await archive.openCursor(key) == 0)
        try await archive.acknowledge(key, through: 5, rows: 5)
        try await archive.acknowledge(key, through: 3, rows: 0)
        let reopened = try bench.open()
        #expect(try await reopened.openCursor(key) == 5)
        #expect(try await reopened.publicationCursors().map(\.sentRows) == [5])
        try await reopened.removeCursors(except: [])
        #expect(try await reopened.openCursor(key) == 0)
    }

    @Test func d2WhatDepthPrunedBeforeItWasSentIsCounted() async throws {
        let archive = try await bench.open(meters: 1, RetentionDepths([.dayEnergy: .days(5)]))
        _ = try await archive.openCursor(key)
        _ = try await archive.openScope(key, PublicationScope(meters: nil, measures: [.dayEnergy]))
        _ = try await archive.store(session(days(1...5)))
        try await archive.acknowledge(key, through: 2, rows: 2)
        let outcome = try await archive.store(session(days(6...10)))
        #expect(outcome.pruned == 5)
        let cursor = try #require(try await archive.publicationCursors().first)
        #expect(cursor.lostRows == 3)
    }

    @Test func r18AMeterThatJoinsLateGetsItsHistoryQueued() async throws {
        let archive = try await bench.open(meters: 2)
        _ = try await archive.store(session(days(1...4)))
        _ = try await archive.store(session(days(1...4), meter: 2, serial: "200"))
        let narrow = PublicationScope(meters: [1], measures: [.dayEnergy])
        #expect(try await archive.openScope(key, narrow).isEmpty)
        try await archive.acknowledge(key, through: 8, rows: 4)
        let wide = PublicationScope(meters: [1, 2], measures: [.dayEnergy])
        let history = try await archive.openScope(key, wide)
        let expected = PublicationHistory(meterID: 2, measure: .dayEnergy, sequence: 0, through: 8)
        #expect(history == [expected])
        let page = try await archive.rows(of: history[0], limit: 3)
        #expect(page.rows.map(\.sequence) == [5, 6, 7] && !page.isComplete)
        try await archive.acknowledge(key, history[0], through: page.scannedThrough, rows: 3)
        let rest = try await archive.openScope(key, wide)
        #expect(try await archive.rows(of: rest[0]).rows.map(\.sequence) == [8])
        try await archive.acknowledge(key, rest[0], through: 8, rows: 1)
        #expect(try await archive.openScope(key, wide).isEmpty)
    }

    @Test func theNthNewestStampServesDepthsInRecords() async throws {
        let archive = try await bench.open(meters: 1)
        _ = try await archive.store(session(days(1...9)))
        let third = try await archive.stamp(ofNewest: 3, .dayEnergy, meter: 1)
        #expect(third == civil("2026-02-07T00:00:00"))
        #expect(try await archive.stamp(ofNewest: 10, .dayEnergy, meter: 1) == nil)
    }
}
