// What the examiner tells of one morning: the meters' own knowledge, and which rows of yesterday have
// arrived.

import Archive
import Metering
import Runtime
import SPODES
import Street
import Timekeeping
import VirtualTime

extension LifeExaminer {
    /// What all meters hold now, in the order of the meter table.
    func truths() async throws -> [MeterTruth] {
        let wall = site.world.wall.now
        var found: [MeterTruth] = []
        for line in lines {
            guard let truth = await site.wires[line.name]?.withLine({ StreetTruth($0, wall: wall) }) else {
                continue
            }
            found += line.addresses.compactMap { truth.meters[$0] }
        }
        return found
    }

    /// The half-hours and the start of day of yesterday, meter by meter. A gateway that runs is asked what it
    /// has archived of those that have not arrived.
    func rowsOfYesterday(in gateway: VirtualGateway?) async throws -> [MorningRows] {
        var ignored = ExaminationFindings()
        try await receive(into: &ignored)
        let midnight = site.world.wall.now.civil(in: site.plan.zone).startOfDay
        let yesterday = midnight.adding(seconds: -86_400 + 1)...midnight
        var found: [MorningRows] = []
        for (index, holder) in try await truths().enumerated() {
            var rows = MorningRows()
            for (profile, measure, window) in [
                (.load, .powerProfile, yesterday), (.day, .dayEnergy, midnight...midnight),
            ] as [(ArchiveProfile, Measure, ClosedRange<CivilStamp>)] {
                let series = holder.stamps(profile)
                let stamps = series.indices(from: window.lowerBound, to: window.upperBound)
                    .map { series.stamp($0) }
                let missing = stamps.filter { !hasArrived(measure, index + 1, holder.serial, $0) }
                rows.held += stamps.count
                rows.arrived += stamps.count - missing.count
                guard !missing.isEmpty, let gateway else { continue }
                let query = ArchiveQuery(measure, meters: [index + 1], windows: [window], billing: .all)
                let archived = try? await gateway.runtime.archive.rows(query)
                let own = Set(
                    (archived ?? []).filter { $0.life.serial == holder.serial }.map(\.reading.stamp.civil))
                rows.archivedOnly += missing.count { own.contains($0) }
            }
            found.append(rows)
        }
        return found
    }
}
