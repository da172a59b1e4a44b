// How rows of the archive are found for a head-end: its times are UTC, the archive's stamps are the meter's
// own (R3, R4).

import Archive
import Faults
import Metering
import RTU327
import Timekeeping

extension HeadEndAnswers {
    /// Rows of a measure at and after an instant, ascending, of the lives that bear the number; `limit` at
    /// least when there are so many.
    func rows(
        _ measure: Measure, of asked: AskedMeter, from start: UInt32, to end: Int64 = .max, limit: Int
    ) async throws(Fault) -> [ArchivedRow] {
        // A seasonal stamp is an hour ahead of the same instant's standard one.
        let first = asked.meter.stamp(of: Int64(start))
        let last = end == .max ? CivilStamp.archiveEnd : asked.meter.stamp(of: end).adding(seconds: 3_600)
        guard first <= last else { return [] }
        let query = ArchiveQuery(measure, meters: [asked.meter.id], windows: [first...last], billing: .all)
        var position: ArchivePosition? = .start
        var rows: [ArchivedRow] = []
        // A few more than wanted: the repeated hour of autumn does not lie in the order of its instants.
        let enough = limit > 60_000 ? limit : limit + 4
        while let from = position, rows.count < enough {
            let page = try await archive.page(query, from: from, limit: min(enough, 2_000))
            rows += page.rows.filter { row in
                let time = asked.meter.time(of: row.reading.stamp)
                return asked.lives.contains(row.life.key) && time >= Int64(start) && time <= end
            }
            position = page.next
        }
        return rows.sorted { asked.meter.time(of: $0.reading.stamp) < asked.meter.time(of: $1.reading.stamp) }
    }

    /// Whether energies are multiplied by the transformers' ratios, and by what.
    func ratio(of asked: AskedMeter) async throws(Fault) -> Double {
        guard settings.profile.says("apply_ratios", "true") else { return 1 }
        let ratios = try await ratios(of: asked)
        return ratios.current * ratios.voltage
    }

    /// Ratios as the meter's configuration was last read; 1 while it never was.
    func ratios(of asked: AskedMeter) async throws(Fault) -> (current: Double, voltage: Double) {
        let row = try await archive.latest(.configuration, meters: [asked.meter.id]).first?.reading
        let (current, voltage) = (row?[.kI]?.double ?? 1, row?[.kU]?.double ?? 1)
        return (current > 0 ? current : 1, voltage > 0 ? voltage : 1)
    }
}

extension HeadEndMeter {
    /// The meter's civil stamp of an instant, in standard time.
    func stamp(of unixSeconds: Int64) -> CivilStamp { WallTime(unixSeconds: unixSeconds).civil(in: zone) }

    /// The instant of a row's stamp, seconds of Unix time.
    func time(of stamp: MeterStamp) -> Int64 { WallTime(civil: stamp.standard, offset: zone).unixSeconds }
}

extension EnergyChannel {
    /// The register of a tariff; 0 for the sum.
    func register(tariff: Int) -> Tag? {
        let name =
            switch self {
            case .activeImport: "A+"
            case .activeExport: "A-"
            case .reactiveImport: "R+"
            case .reactiveExport: "R-"
            }
        return Tag(rawValue: name + String(tariff))
    }

    /// The channel of the load profile.
    var power: Tag {
        switch self {
        case .activeImport: .pPlus
        case .activeExport: .pMinus
        case .reactiveImport: .qPlus
        case .reactiveExport: .qMinus
        }
    }
}

extension Reading {
    /// A number in thousands of its base unit; nil when the meter did not give it.
    func thousands(_ tag: Tag) -> Double? { self[tag].map { $0.double / 1_000 } }

    /// Energy of an interval in kWh or kvarh: what passed, or the mean power over the interval's length.
    func intervalEnergy(_ tag: Tag) -> Double? {
        guard let value = self[tag] else { return nil }
        switch value.form {
        case .increment: return value.double / 1_000
        case .demand, .register: return value.double * Double(intervalMinutes) / 60_000
        }
    }
}
