// Journals against the truth: an event that a meter recorded a day ago and still holds is in the archive,
// once, whatever its clock did.

import Archive
import Metering
import Runtime
import SPODES
import Street
import Timekeeping

extension LifeExaminer {
    /// Journals the street's daily template asks for.
    private static let journals: [Journal] = [
        .power, .timeCorrection, .coverOpened, .unauthorisedAccess, .programming,
    ]

    /// How long after an event its journal has been asked at the latest: journals are opened once a day.
    private static let settled: Int64 = 25 * 3_600

    private struct Key: Hashable {
        var stamp: CivilStamp
        var code: Int
    }

    func compareJournals(
        _ meter: Int, _ holder: MeterTruth, _ gateway: VirtualGateway,
        into found: inout ExaminationFindings
    ) async throws {
        for journal in LifeExaminer.journals {
            guard let number = JournalTable.sources(of: journal).first else { continue }
            let all = holder.told(byJournal: number).filter {
                JournalTable.event(journal, number: number, code: $0.code, phases: 3) != nil
            }
            let old = holder.told(byJournal: number, before: LifeExaminer.settled)
            let query = ArchiveQuery(.journal(journal), meters: [meter], tags: [.eventCode])
            let rows = try await gateway.runtime.archive.rows(query).filter {
                $0.life.serial == holder.serial
            }
            let stored = LifeExaminer.counts(
                rows.map { ($0.reading.stamp.civil, Int($0.reading[.eventCode]?.mantissa ?? -1)) })
            let held = LifeExaminer.counts(all.map { ($0.stamp, $0.code) })
            let due = LifeExaminer.counts(old.map { ($0.stamp, $0.code) })
            eventsCompared += all.count
            let name = "meter \(meter) (\(holder.serial)) \(Measure.journal(journal).rawValue)"
            for (key, count) in due where held[key] != nil && stored[key, default: 0] < count {
                found.offend("\(name): the event \(key.code) of \(key.stamp) is missing")
            }
            // What a full journal has forgotten cannot be compared.
            guard all.count < MeterJournal.capacity else { continue }
            for (key, count) in stored where held[key, default: 0] < count {
                found.offend(
                    "\(name): the event \(key.code) of \(key.stamp) is archived \(count) times, "
                        + "the meter has it \(held[key, default: 0]) times")
            }
        }
    }

    private static func counts(_ events: [(CivilStamp, Int)]) -> [Key: Int] {
        events.reduce(into: [:]) { $0[Key(stamp: $1.0, code: $1.1), default: 0] += 1 }
    }
}
