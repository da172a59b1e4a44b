// Journals of meters in the archive (R21, R17) and their alarms (R28): stored once however often they are
// read, in rings, along the sequence, and gone with their life.

import Archive
import Metering
import Storage
import Testing
import Timekeeping

@Suite struct JournalTests {
    let bench = ArchiveBench()

    private func opened(
        _ stamp: String, code: Int = 3, operating: Int64? = 100, ordinal: Int = 0
    ) -> JournalEvent {
        JournalEvent(
            .coverOpened, at: MeterStamp(civil(stamp)), event: 0, code: code, operatingTime: operating,
            ordinal: ordinal)
    }

    private func told(
        _ events: [JournalEvent], _ journals: Set<Journal> = [.coverOpened], serial: String? = "100",
        alarms: AlarmWord? = nil, readAt: String = "2026-03-01T00:05:00"
    ) -> MeterSessionRows {
        var rows = session([], serial: serial)
        rows.journals = JournalYield(journals: journals, events: events, readAt: civil(readAt))
        rows.alarms = alarms
        return rows
    }

    private func numbers(_ rows: [ArchivedRow]) -> [Int64] {
        rows.compactMap { $0.reading[.eventNumber]?.mantissa }
    }

    @Test func r28TheGatewaysOwnAlarmHoldsWhateverTheMetersWordSays() async throws {
        let archive = try await bench.open(meters: 1)
        var looked = told([], [], alarms: .magnet)
        looked.isRelayBridged = true
        #expect(try await archive.store(looked).raised == [.magnet, .bridgedRelay])
        // The word is read without anybody looking at the relay, and the other way round.
        #expect(try await archive.store(told([], [], alarms: [])).ended == .magnet)
        var cleared = session([])
        cleared.isRelayBridged = false
        #expect(try await archive.store(cleared).ended == .bridgedRelay)
        // No meter can raise it.
        #expect(try await archive.store(told([], [], alarms: .bridgedRelay)).raised.isEmpty)
    }

    @Test func anEventToldUnaskedIsStoredOnceAndItsJournalStaysToBeRead() async throws {
        let archive = try await bench.open(meters: 1)
        let first = opened("2026-02-28T10:00:00")
        var push = told([first])
        push.isTold = true
        #expect(try await archive.store(push).events == 1)
        #expect(try await archive.store(push).events == 0)
        // Nobody has read the journal: its mark lies ahead of every clock, so that it is read whole.
        let mark = try await archive.journalMarks(meter: 1)?.readAt[.coverOpened]
        #expect(try #require(mark) > civil("2100-01-01T00:00:00"))
        let second = opened("2026-02-28T11:00:00")
        #expect(try await archive.store(told([first, second])).events == 1)
        let rows = try await archive.rows(ArchiveQuery(.journal(.coverOpened)))
        #expect(numbers(rows).sorted() == [1, 2])
        // Now it has been read, and a push does not move the mark.
        let readAt = try await archive.journalMarks(meter: 1)?.readAt[.coverOpened]
        var later = told([opened("2026-02-28T12:00:00")], readAt: "2026-03-02T00:00:00")
        later.isTold = true
        #expect(try await archive.store(later).events == 1)
        #expect(try await archive.journalMarks(meter: 1)?.readAt[.coverOpened] == readAt)
    }

    @Test func r21AnEventIsStoredOnceAndEveryPartOfItsKeyTellsItFromAnother() async throws {
        let archive = try await bench.open(meters: 1)
        let stamp = "2026-02-28T10:00:00"
        let base = opened(stamp)
        var different = Array(repeating: base, count: 5)
        different[0].code = 4
        different[1].operatingTime = 101
        different[2].channel = 1
        different[3].client = 48
        different[4].ordinal = 1
        let first = try await archive.store(told([base]))
        #expect(first.events == 1 && first.newsIn == [.coverOpened])
        #expect(try await archive.store(told([base] + different)).events == 5)
        var again = base
        again.before = MeterStamp(civil(stamp))
        let outcome = try await archive.store(told([again] + different))
        #expect(outcome.events == 0 && outcome.newsIn.isEmpty && outcome.sequence == 6)
        let rows = try await archive.rows(ArchiveQuery(.journal(.coverOpened)))
        #expect(numbers(rows) == [1, 2, 3, 4, 5, 6])
        #expect(try await archive.rows(ArchiveQuery(.journal(.power))).isEmpty)
    }

    @Test func windowsTagsTheNewestAndPagesOfAnySizeSelectEvents() async throws {
        let archive = try await bench.open(meters: 1)
        let stamps = [
            "2026-02-20T10:00:00", "2026-02-21T10:00:00", "2026-02-21T10:00:00", "2026-02-22T00:00:00",
        ]
        let events = stamps.enumerated().map { opened($1, ordinal: $0) }
        _ = try await archive.store(told(events))
        let day = civil("2026-02-21T00:00:00")...civil("2026-02-22T00:00:00")
        let query = ArchiveQuery(.journal(.coverOpened), windows: [day], tags: [.eventNumber])
        let rows = try await archive.rows(query)
        #expect(numbers(rows) == [2, 3, 4] && rows.allSatisfy { $0.reading[.eventState] == nil })
        var position: ArchivePosition? = .start
        var seen: [Int64] = []
        while let from = position {
            let page = try await archive.page(
                ArchiveQuery(.journal(.coverOpened)), from: from, limit: 1)
            seen += numbers(page.rows)
            position = page.next
        }
        #expect(seen == [1, 2, 3, 4])
        #expect(numbers(try await archive.latest(.journal(.coverOpened))) == [4])
    }

    @Test func r17ARingKeepsItsNewestAndAWholeReadingBringsNothingBack() async throws {
        let archive = try await bench.open(
            meters: 1, RetentionDepths([.journal(.coverOpened): .records(3)]))
        let key = CursorKey(publication: 1, broker: 1)
        _ = try await archive.openScope(
            key, PublicationScope(meters: nil, measures: [.journal(.coverOpened)]))
        let events = (10...14).map { opened("2026-02-\($0)T10:00:00") }
        let outcome = try await archive.store(told(events))
        #expect(outcome.events == 5 && outcome.pruned == 2)
        #expect(try await archive.publicationCursors().map(\.lostRows) == [2])
        let sequence = await archive.newestSequence
        let again = try await archive.store(told(events))
        #expect(again.refused == 2 && again.events == 0 && again.sequence == sequence)
        _ = try await archive.store(told([opened("2026-02-15T10:00:00")]))
        #expect(numbers(try await archive.rows(ArchiveQuery(.journal(.coverOpened)))) == [4, 5, 6])
        let fill = try #require(try await archive.fills().first { $0.measure.journal != nil })
        #expect(fill.rows == 3 && fill.share == 1)
        #expect(await archive.depths[.journal(.power)] == .records(1_000))
    }

    @Test func r18EventsComeAlongTheSequenceBetweenReadingsAndAsHistoryOfALateJoiner() async throws {
        let archive = try await bench.open(meters: 2)
        var rows = told([opened("2026-02-28T10:00:00")])
        rows.readings = [day("2026-02-28T00:00:00", 5)]
        _ = try await archive.store(rows)
        _ = try await archive.store(session([day("2026-03-01T00:00:00", 7)]))
        let measures: [Measure] = [.journal(.coverOpened), .dayEnergy]
        let scope = PublicationScope(meters: nil, measures: measures)
        let page = try await archive.outbox(after: 0, through: 3, scope: scope)
        #expect(page.rows.map(\.reading.measure) == [.dayEnergy, .journal(.coverOpened), .dayEnergy])
        #expect(try await archive.waitingRows(after: 1, scope: scope) == 2)
        let key = CursorKey(publication: 1, broker: 1)
        _ = try await archive.openScope(key, PublicationScope(meters: [1], measures: [.dayEnergy]))
        try await archive.acknowledge(key, through: 3, rows: 2)
        let history = try await archive.openScope(key, PublicationScope(meters: [1], measures: measures))
        #expect(history.map(\.measure) == [.journal(.coverOpened)])
        let late = try await archive.rows(of: try #require(history.first))
        #expect(late.rows.map(\.sequence) == [2] && late.isComplete)
    }

    @Test func r8AnotherSerialBeginsItsOwnJournalsAndDeletionTakesThemAll() async throws {
        let archive = try await bench.open(meters: 1)
        _ = try await archive.store(told([opened("2026-02-28T10:00:00")]))
        #expect(
            try await archive.journalMarks(meter: 1)?.readAt == [.coverOpened: civil("2026-03-01T00:05:00")])
        _ = try await archive.store(
            told([opened("2026-02-28T10:00:00")], serial: "200", alarms: .terminalCover))
        let rows = try await archive.rows(ArchiveQuery(.journal(.coverOpened)))
        #expect(rows.map(\.life.serial) == ["100", "200"] && numbers(rows) == [1, 1])
        let marks = try #require(try await archive.journalMarks(meter: 1))
        #expect(marks.serial == "200" && marks.readAt.count == 1)
        #expect(try await archive.losses(ofDeleting: [1]).first?.rows == [.journal(.coverOpened): 2])
        try await archive.register([], revision: 2)
        for table in ["event", "journal_mark", "alarm"] {
            #expect(try bench.shell().integer("SELECT count(*) FROM \(table)") == 0)
        }
    }

    @Test func r28AnAlarmHoldsFromTheVisitThatSawItToTheOneThatDidNot() async throws {
        let archive = try await bench.open(meters: 1)
        var rows = session([])
        rows.alarms = [.magnet, .terminalCover]
        #expect(try await archive.store(rows).raised == [.magnet, .terminalCover])
        #expect(try await archive.store(rows).raised == [])
        rows.alarms = nil
        _ = try await archive.store(rows)
        rows.alarms = .terminalCover
        rows.readAt = rows.readAt.adding(seconds: 1_800)
        _ = try await archive.store(rows)
        let alarms = try await archive.alarms(limit: 10)
        #expect(alarms.map(\.alarm) == [.terminalCover, .magnet])
        #expect(alarms.map { $0.until == nil } == [true, false])
        #expect(alarms[1].until == rows.readAt)
    }

    @Test func theShellSeesEventsWithTheirDates() async throws {
        let archive = try await bench.open(meters: 1)
        _ = try await archive.store(told([opened("2026-02-28T10:00:00")]))
        let query = try bench.shell().statement(
            "SELECT meter, serial_number, at, code, operating, client FROM readable_event")
        #expect(try query.step())
        #expect((0..<6).map { query.text($0) } == ["1", "100", "2026-02-28 10:00:00", "3", "100", ""])
    }

    @Test func r28AnAlarmTakenNoteOfIsNoNewsUntilItsJournalTellsOfItAgain() async throws {
        let archive = try await bench.open(meters: 1)
        _ = try await archive.store(told([opened("2026-02-28T10:00:00")], alarms: [.terminalCover, .magnet]))
        let cover = try #require(try await archive.alarms(limit: 9).first { $0.alarm == .terminalCover })
        #expect(cover.isActive)
        #expect(try await archive.markSeen(alarms: [cover.entry]) == 1)
        #expect(try await archive.alarms(limit: 9).filter(\.isActive).map(\.alarm) == [.magnet])
        #expect(try await archive.markSeen(alarms: nil) == 1)
        #expect(try await archive.markSeen(alarms: nil) == 0)
        // The same word, the same event: nothing new.
        _ = try await archive.store(told([opened("2026-02-28T10:00:00")], alarms: [.terminalCover, .magnet]))
        #expect(try await !archive.alarms(limit: 9).contains(where: \.isActive))
        var rows = told([opened("2026-02-28T23:00:00")], alarms: [.terminalCover, .magnet])
        rows.readAt = rows.readAt.adding(seconds: 600)
        _ = try await archive.store(rows)
        let again = try await archive.alarms(limit: 9)
        #expect(again.map(\.isActive) == [true, false] && again[0].alarm == .terminalCover)
        #expect(again[0].since == rows.readAt)
    }
}
