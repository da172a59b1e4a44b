// The part of a visit that looks for what happened to the meter (R28): after starts of days and the newest
// profile, before history (R16). Alarms and counts of entries first; journals only when something changed.

import Archive
import Drivers
import Faults
import Metering

/// What a visit learned of a meter's journals.
struct JournalNews: Sendable {
    /// Alarms and counts; nil when the meter has none.
    var state: AlarmState?
    /// What its journals told; nil when they were not opened.
    var yield: JournalYield?
    /// What to remember when it has been stored.
    var memory: JournalMemory?
    /// How often marks had been doubted when the question was made; nil when journals were read whole.
    var doubts: Int?
}

extension MeterVisit {
    /// Asks for alarms, and for journals when they may hold something new.
    func lookForNews(_ session: any MeterSession, _ visit: inout VisitYield) async throws {
        guard let question = visit.work.takeQuestion(), let clock = visit.clock else { return }
        do {
            var news = JournalNews()
            news.state = try await alarms(of: session, filling: question.counted)
            visit.news = news
            let request = question.request(
                serial: session.identity.serial, state: news.state, clock: clock.stamp.civil,
                difference: clock.differenceSeconds)
            guard let request else { return }
            let answer = try await session.journal(request.journals, since: request.since)
            for journal in answer.unsupported {
                visit.abandoned[.journal(journal)] = Fault(
                    .meterUnsupported,
                    ["meter": String(target.point.id), "detail": journal.rawValue])
            }
            news.yield = JournalYield(
                journals: request.journals, events: answer.events, readAt: clock.stamp.civil)
            news.doubts = request.since == nil ? nil : question.doubts
            news.memory = question.remembered(
                request.journals, serial: session.identity.serial, state: news.state,
                difference: clock.differenceSeconds)
            visit.news = news
        } catch let fault as Fault where fault.concernsItemOnly {
            for journal in question.journals { visit.abandoned[.journal(journal)] = fault }
        } catch {
            // A meter that tells nonsense in a journal must not keep its history from being read.
            if (error as? Fault)?.code != .meterProtocol { visit.work.putBack(question) }
            throw error
        }
    }

    /// The state of alarms; nil for a meter without.
    private func alarms(
        of session: any MeterSession, filling journals: Set<Journal>
    ) async throws -> AlarmState? {
        do {
            return try await session.alarms(filling: journals)
        } catch let fault as Fault where fault.concernsItemOnly {
            return nil
        }
    }
}
