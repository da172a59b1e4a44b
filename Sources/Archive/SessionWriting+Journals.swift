// What a session's journals and word of alarms become: events by the key of R21, so that the day of overlap
// changes nothing; the ring of each journal; alarms that began and ended (R28).

package import Metering
import Storage
package import Timekeeping

/// What the journals of one meter told in one session.
package struct JournalYield: Sendable, Hashable {
    /// Journals read to the end.
    package var journals: Set<Journal>
    /// Their events, with ordinals counted (R21).
    package var events: [JournalEvent]
    /// What the meter's clock showed before they were read: every event up to then is among those had.
    package var readAt: CivilStamp

    /// A yield.
    package init(journals: Set<Journal>, events: [JournalEvent], readAt: CivilStamp) {
        self.journals = journals
        self.events = events
        self.readAt = readAt
    }
}

extension SessionWriting {
    /// Stores events, marks and alarms.
    mutating func writeJournals() throws(StorageError) {
        if session.alarms != nil || session.isRelayBridged != nil { try writeAlarms() }
        guard let yield = session.journals else { return }
        let byJournal = Dictionary(grouping: yield.events, by: \.journal)
        let known = try tables.journals(of: life.key)
        for journal in yield.journals.sorted(by: { $0.archiveNumber < $1.archiveNumber }) {
            let mark = known.readAt[journal]
            var number = known.numbers[journal] ?? 0
            let stored = try write(byJournal[journal] ?? [], of: journal, number: &number)
            let isRead = mark != nil && mark != Self.neverRead
            outcome.clockSteps += stored.filter { $0.before != nil && (isRead || isSinceLifeBegan($0)) }
            if session.isTold {
                guard !stored.isEmpty else { continue }
                try tables.keep(mark: mark ?? Self.neverRead, number, of: journal, life: life.key)
                continue
            }
            let age = mark.map { yield.readAt.seconds - $0.seconds } ?? .max
            if number == known.numbers[journal], (0..<Self.markAge).contains(age) { continue }
            try tables.keep(mark: yield.readAt, number, of: journal, life: life.key)
        }
    }

    /// Whether a correction of the clock came after the first rows were read, as far as stamps can tell: what
    /// a journal that is read for the first time tells of before has spoilt nothing.
    private func isSinceLifeBegan(_ event: JournalEvent) -> Bool {
        let latest = max(event.stamp.civil, event.before?.civil ?? event.stamp.civil)
        return latest > life.since.civil(in: session.zone).adding(seconds: -Self.stampTolerance)
    }

    /// By how much the clock of a meter may be behind, seconds, and its corrections be known as new.
    private static let stampTolerance: Int64 = 3_600

    /// The mark of a journal some events of which the meter has told, and that nobody has read: ahead of
    /// every clock, so that it is read whole.
    private static let neverRead = CivilStamp.aheadOfEveryClock.adding(seconds: 1)

    /// A journal without news keeps its mark so long, seconds: an older mark only makes the next question
    /// somewhat wider, and a full journal is read at every visit.
    private static let markAge: Int64 = 6 * 3_600

    /// Stores the events of one journal; returns those that were new. One older than all of a full ring has
    /// been let go before: it would come back with every reading of the whole journal.
    private mutating func write(
        _ events: [JournalEvent], of journal: Journal, number: inout Int64
    ) throws(StorageError) -> [JournalEvent] {
        guard !events.isEmpty else { return [] }
        let measure = Measure.journal(journal)
        let oldest = try oldestOfFull(measure)
        var stored: [JournalEvent] = []
        for event in events {
            if let oldest, event.stamp.civil < oldest {
                outcome.refused += 1
                continue
            }
            guard try insert(event, number: number + 1) else {
                outcome.unchanged += 1
                continue
            }
            number += 1
            sequence += 1
            outcome.events += 1
            stored.append(event)
        }
        guard !stored.isEmpty else { return [] }
        outcome.newsIn.insert(journal)
        try raiseAgain(after: journal)
        try pruneEvents(measure)
        return stored
    }

    private func insert(_ event: JournalEvent, number: Int64) throws(StorageError) -> Bool {
        let insertion = try tables.connection.statement(
            "INSERT INTO event VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15) "
                + "ON CONFLICT DO NOTHING")
        insertion.bind(life.key, at: 1)
        insertion.bind(Int64(event.journal.archiveNumber), at: 2)
        insertion.bind(event.stamp.civil.seconds, at: 3)
        insertion.bind(event.stamp.isSeason ? 1 : 0, at: 4)
        insertion.bind(Int64(event.code), at: 5)
        insertion.bind(event.operatingTime ?? -1, at: 6)
        insertion.bind(Int64(event.channel ?? -1), at: 7)
        insertion.bind(Int64(event.client ?? -1), at: 8)
        insertion.bind(Int64(event.ordinal), at: 9)
        insertion.bind(Int64(event.event), at: 10)
        insertion.bind(number, at: 11)
        insertion.bind(sequence + 1, at: 12)
        insertion.bind(session.clockDifferenceSeconds.map(Int64.init), at: 13)
        insertion.bind(event.before?.civil.seconds, at: 14)
        insertion.bind(event.before.map { $0.isSeason ? 1 : 0 }, at: 15)
        try insertion.run()
        return tables.connection.changedRows == 1
    }

    // MARK: - The ring

    private func depth(of measure: Measure) -> Int {
        if case .records(let count) = tables.depths[measure] { return max(count, 1) }
        return 1_000
    }

    /// The oldest event of a journal that holds all it may; nil while there is room.
    private func oldestOfFull(_ measure: Measure) throws(StorageError) -> CivilStamp? {
        try tables.newestEvent(measure, of: life.key, skipping: depth(of: measure) - 1)
    }

    /// Lets the oldest events beyond the depth go, counting what a publication had not sent.
    private mutating func pruneEvents(_ measure: Measure) throws(StorageError) {
        let kind = Int64(measure.archiveNumber ?? 0)
        let query = try tables.connection.statement(
            "SELECT seq FROM event WHERE meter_key = ?1 AND kind = ?2 "
                + "ORDER BY stamp DESC, number DESC LIMIT -1 OFFSET ?3")
        query.bind(life.key, at: 1)
        query.bind(kind, at: 2)
        query.bind(Int64(depth(of: measure)), at: 3)
        var doomed: [Int64] = []
        while try query.step() { doomed.append(query.integer(0)) }
        query.reset()
        guard !doomed.isEmpty else { return }
        for (cursor, position) in cursors.sorted(by: { $0.key < $1.key }) {
            let lost = doomed.count { $0 > position }
            if lost > 0 { try countLoss(cursor, of: kind, Int64(lost)) }
        }
        for seq in doomed { try tables.connection.statement("DELETE FROM event WHERE seq = ?1").run(seq) }
        outcome.pruned += doomed.count
    }

    private func countLoss(_ cursor: CursorKey, of kind: Int64, _ lost: Int64) throws(StorageError) {
        try tables.connection.statement(
            "INSERT INTO cursor_loss VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE SET lost = lost + ?5"
        ).run(Int64(cursor.publication), Int64(cursor.broker), Int64(life.meterID), kind, lost)
    }

    // MARK: - Alarms

    /// Alarms kept for the whole gateway.
    private static let alarmDepth: Int64 = 1_000

    /// The bits that hold now among those that held: the meter's own where its word was read, the gateway's
    /// where somebody looked.
    private func holding(_ open: AlarmWord) -> AlarmWord {
        var word = open
        if let told = session.alarms {
            word = told.subtracting(.bridgedRelay).union(open.intersection(.bridgedRelay))
        }
        switch session.isRelayBridged {
        case true?: word.insert(.bridgedRelay)
        case false?: word.remove(.bridgedRelay)
        case nil: break
        }
        return word
    }

    /// Notes which bits came and went since they were last looked at.
    private mutating func writeAlarms() throws(StorageError) {
        let connection = tables.connection
        let open = try tables.journals(of: life.key).alarms
        let word = holding(open)
        guard open != word else { return }
        tables.journalMemory[life.key]?.alarms = word
        let at = session.readAt.unixSeconds
        outcome.raised = word.subtracting(open)
        outcome.ended = open.subtracting(word)
        for bit in 0..<UInt32.bitWidth {
            let flag = AlarmWord(rawValue: 1 << UInt32(bit))
            if outcome.raised.contains(flag) {
                try connection.statement(
                    "INSERT INTO alarm(meter_key, bit, since_at) VALUES (?1, ?2, ?3)"
                ).run(life.key, Int64(bit), at)
            } else if outcome.ended.contains(flag) {
                try connection.statement(
                    "UPDATE alarm SET until_at = ?3 WHERE meter_key = ?1 AND bit = ?2 AND until_at IS NULL"
                ).run(life.key, Int64(bit), at)
            }
        }
        // Of those that have ended; one that still holds stays however old it is.
        try connection.statement(
            "DELETE FROM alarm WHERE until_at IS NOT NULL "
                + "AND entry <= (SELECT max(entry) FROM alarm) - ?1"
        ).run(SessionWriting.alarmDepth)
    }

    /// A bit that is set already cannot tell that it happened once more; the journal can.
    private func raiseAgain(after journal: Journal) throws(StorageError) {
        let alarms: AlarmWord =
            switch journal {
            case .coverOpened: [.terminalCover, .caseOpened]
            case .power: .powerLoss
            default: []
            }
        for bit in 0..<UInt32.bitWidth where alarms.contains(AlarmWord(rawValue: 1 << UInt32(bit))) {
            try tables.connection.statement(
                "UPDATE alarm SET since_at = ?3, seen_at = NULL "
                    + "WHERE meter_key = ?1 AND bit = ?2 AND until_at IS NULL AND seen_at IS NOT NULL"
            ).run(life.key, Int64(bit), session.readAt.unixSeconds)
        }
    }
}
