// Journals and alarms of a SPODES meter: whether something happened is asked in two requests, the journals
// themselves are opened only then (R28). Each of the meter's journals is read once, however many of the
// gateway's it feeds.

import DLMS
import Faults
import Metering
import SPODES
import Timekeeping

extension SPODESSession {
    func journal(_ journals: Set<Journal>, since: CivilStamp?) async throws -> JournalAnswer {
        var sources: [UInt8: [Journal]] = [:]
        var unsupported: Set<Journal> = []
        for journal in Journal.allCases where journals.contains(journal) {
            if let number = try await source(of: journal) {
                sources[number, default: []].append(journal)
            } else {
                unsupported.insert(journal)
            }
        }
        guard !sources.isEmpty else { return JournalAnswer(events: [], unsupported: unsupported) }
        let phases = try await phases()
        var events: [JournalEvent] = []
        for (number, kinds) in sources.sorted(by: { $0.key < $1.key }) {
            try Task.checkCancellation()
            let rows = try await rows(ofJournal: number, since: since)
            for kind in kinds { events += rows.events(of: kind, number: number, phases: phases, profile) }
        }
        knowledge.journalsGivenUp = 0
        return JournalAnswer(events: events, unsupported: unsupported)
    }

    /// This is asked at every visit, at midnight too: only of journals that somebody collects.
    func alarms(filling journals: Set<Journal>) async throws -> AlarmState {
        try await learnCapacities(of: journals)
        let kept = knowledge.fillingJournals(of: journals)
        let hasWord = !knowledge.absent.contains(ObjectTable.alarms)
        let word = hasWord ? [AttributeName(ObjectTable.alarms, 1, 2)] : []
        var answers = try await values(word + kept.map { AttributeName(JournalTable.object($0), 7, 7) })
        var bits: Int64?
        if hasWord, let answer = answers.first {
            bits = answer.value?.wholeNumber
            if answer == .absent { knowledge.absent.insert(ObjectTable.alarms) }
            answers.removeFirst()
        }
        var fills: [UInt8: AlarmState.Fill] = [:]
        for (number, answer) in zip(kept, answers) {
            guard let entries = answer.value?.wholeNumber else { continue }
            fills[number] = AlarmState.Fill(
                entries: Int(clamping: entries), capacity: (knowledge.capacities[number] ?? nil) ?? 0)
        }
        guard bits != nil || !fills.isEmpty else {
            throw Fault(.meterUnsupported, ["meter": String(reader.meter), "detail": "alarms"])
        }
        return AlarmState(
            word: bits.map { AlarmWord(rawValue: UInt32(truncatingIfNeeded: $0)) }, fills: fills)
    }

    /// Finds out which journals the meter keeps and how much they hold; their columns are of no use for that.
    private func learnCapacities(of journals: Set<Journal>) async throws {
        let unknown = journals.flatMap { journal in
            JournalTable.sources(of: journal).filter { knowledge.capacities[$0] == nil }
        }
        guard !unknown.isEmpty else { return }
        let numbers = Set(unknown).sorted()
        let answers = try await values(numbers.map { AttributeName(JournalTable.object($0), 7, 8) })
        for (number, answer) in zip(numbers, answers) {
            let capacity = answer == .absent ? nil : Int(clamping: answer.value?.wholeNumber ?? 0)
            knowledge.capacities.updateValue(capacity, forKey: number)
        }
    }

    // MARK: Journals

    /// The first of the meter's journals for one of the gateway's that the meter keeps.
    private func source(of journal: Journal) async throws -> UInt8? {
        for number in JournalTable.sources(of: journal) where try await journalShape(number) != nil {
            return number
        }
        return nil
    }

    private func rows(ofJournal number: UInt8, since: CivilStamp?) async throws -> [JournalShape.Row] {
        guard let since, await reader.selects else {
            let rows = try await read(journal: number, selection: nil)
            guard let since else { return rows }
            return rows.filter { $0.stamp.civil >= since.adding(seconds: -Self.overlapSeconds) }
        }
        // To the end of time: the meter's clock may be ahead, and a clock set back leaves later stamps.
        let begin = since.adding(seconds: -Self.overlapSeconds)
        _ = try await sessionClock()
        let range = RangeDescriptor(from: time(begin), to: time(since.adding(seconds: Self.horizonSeconds)))
        let rows = try await read(journal: number, selection: range.selection)
        return rows.filter { $0.stamp.civil >= begin }
    }

    /// Events of one second may come in two parts; a day of overlap holds all of them (R21).
    private static let overlapSeconds: Int64 = 86_400
    private static let horizonSeconds: Int64 = 40 * 366 * 86_400

    private func read(journal number: UInt8, selection: AccessSelection?) async throws -> [JournalShape.Row] {
        let usesSeason = try await usesSeason()
        let object = JournalTable.object(number)
        for isSecond in [false, true] {
            guard let shape = try await journalShape(number) else { return [] }
            guard let buffer = try await buffer(of: object, selection) else { return [] }
            if let rows = shape.rows(of: buffer, usesSeason: usesSeason) {
                if number == 3 { lookForSnapshots(in: rows) }
                return rows
            }
            // Other columns are other software: learn them anew, once.
            if !isSecond { knowledge.journals[number] = nil }
        }
        throw Fault(
            .meterProtocol,
            [
                "meter": String(reader.meter), "attempt": "reading \(object)",
                "detail": "rows of another width",
            ]
        )
    }

    /// The rows of a journal as the meter sent them. Who wants the line back in the middle gets it, but not
    /// for ever: a journal comes whole or not at all.
    private func buffer(of object: OBISCode, _ selection: AccessSelection?) async throws -> DataValue? {
        await reader.dialogue.mayGiveWay(knowledge.journalsGivenUp < 3)
        do {
            let buffer = try await reader.value(object, class: 7, selection: selection, .profile)
            await reader.dialogue.mayGiveWay(false)
            return buffer
        } catch {
            await reader.dialogue.mayGiveWay(false)
            if error is GaveWay { knowledge.journalsGivenUp += 1 }
            throw error
        }
    }

    /// The columns of a journal, learned once a day; nil when the meter does not keep it.
    func journalShape(_ number: UInt8) async throws -> JournalShape? {
        if let known = knowledge.journals[number] { return known }
        let object = JournalTable.object(number)
        let captured = try await reader.value(object, class: 7, attribute: 3, .profile)?.elements
        var shape: JournalShape?
        if let captured { shape = JournalShape(captured.compactMap(CaptureObject.init)) }
        knowledge.journals.updateValue(shape, forKey: number)
        return shape
    }

    /// A meter of one phase has no voltage of phase B.
    func phases() async throws -> Int {
        if let known = knowledge.phases { return known }
        let codes = RegisterTable.codes(for: .uB)
        let answers = try await reader.values(codes.map { AttributeName($0, 3, 3) })
        let phases = answers.contains { $0.value != nil } ? 3 : 1
        knowledge.phases = phases
        return phases
    }
}
