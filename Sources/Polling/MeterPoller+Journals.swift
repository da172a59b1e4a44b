// What the poller keeps of journals between visits, and the bell that rings when something happened that must
// not wait for the next publication (R28).

import Archive
import Configuration
import Drivers
import Metering
import Seams
import Timekeeping

extension MeterPoller {
    /// Rings after a visit stored an urgent event, or that an urgent alarm came or went; for the publisher.
    /// One listener at a time: the newest call takes the bell over.
    package func urgentNews() -> AsyncStream<Void> {
        let (rings, ring) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        takeBell(ring)
        return rings
    }

    /// The journals of a poll of a target.
    func question(_ target: PollTarget, measures: [Measure]) async throws -> JournalQuestion {
        JournalQuestion(
            journals: Set(measures.compactMap(\.journal)), urgent: urgentJournals(of: target),
            marks: try await archive.journalMarks(meter: target.point.id),
            memory: memory(of: target), day: wall.now.civil(in: target.zone).dayNumber,
            doubts: doubts(of: target))
    }

    /// What happened to a meter may bear stamps that nobody would ask for: its journals are next read whole.
    func doubtJournals(of target: PollTarget) async {
        countDoubt(of: target)
        await doubtMarks(of: target)
    }

    /// A session whose question was made before the marks were doubted has set them again by what it read
    /// from there on.
    func doubtAgain(after news: JournalNews?, of target: PollTarget) async {
        guard let made = news?.doubts, made != doubts(of: target) else { return }
        await doubtMarks(of: target)
    }

    private func doubtMarks(of target: PollTarget) async {
        forgetMemory(of: target)
        for id in target.meterIDs { try? await archive.doubtJournalMarks(meter: id) }
    }

    /// Whether journals have not been looked at for a day.
    func areJournalsOverdue(_ target: PollTarget, measures: [Measure]) async -> Bool {
        guard measures.contains(where: { $0.journal != nil }) else { return false }
        let outcomes = (try? await archive.pollOutcomes(meters: target.meterIDs)) ?? []
        guard let newest = outcomes.filter({ $0.measure?.journal != nil }).map(\.at).max() else {
            return true
        }
        return wall.now.unixSeconds - newest.unixSeconds > 86_400
    }

    /// A visit's rows are in the archive: what it learned counts from now on.
    func settle(_ news: JournalNews?, of target: PollTarget, _ outcome: StoreOutcome) {
        if let memory = news?.memory { remember(memory, of: target) }
        // A replaced meter takes its alarms along.
        let alarms = outcome.raised.union(outcome.ended)
        let isUrgent =
            !alarms.isDisjoint(with: .urgent) || !outcome.newsIn.isDisjoint(with: Journal.urgent)
            || outcome.replacedSerial != nil
        if isUrgent { ring() }
    }
}
