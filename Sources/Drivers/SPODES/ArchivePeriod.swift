// Periods of archives: where the next row is due, how much to ask for at once, and consumptions as
// differences of registers (R2: stamped with the start of the consumed period).

import Metering
import SPODES
import Timekeeping

/// The spacing of an archive's rows.
struct ArchivePeriod: Sendable {
    /// The stamp one period later.
    let next: @Sendable (CivilStamp) -> CivilStamp
    /// Length in seconds where it is always the same, else 0.
    let fixedSeconds: Int64
    /// Length of the stretch asked for at once.
    let pieceSeconds: Int64

    /// Whether a row of the stretch is missing.
    func isMissing(_ rows: [ProfileRow], from: CivilStamp, through: CivilStamp) -> Bool {
        let present = Set(rows.map(\.stamp.civil))
        var due = first(from)
        while due <= through {
            if !present.contains(due) { return true }
            due = next(due)
        }
        return false
    }

    /// The first boundary at or after a stamp.
    func first(_ stamp: CivilStamp) -> CivilStamp {
        if fixedSeconds > 0 {
            let rest = stamp.seconds % fixedSeconds
            return rest == 0 ? stamp : stamp.adding(seconds: fixedSeconds - rest)
        }
        return stamp == stamp.startOfMonth ? stamp : next(stamp)
    }
}

extension ArchiveProfile {
    /// The archive's period; `minutes` is the interval of the load profile.
    func period(minutes: Int) -> ArchivePeriod {
        let day: Int64 = 86_400
        switch self {
        case .load:
            let seconds = Int64(max(minutes, 1)) * 60
            // Two days of half-hours with five columns are some five seconds at 9600 baud.
            return ArchivePeriod(
                next: { $0.adding(seconds: seconds) }, fixedSeconds: seconds, pieceSeconds: 2 * day)
        case .day:
            return ArchivePeriod(next: { $0.adding(seconds: day) }, fixedSeconds: day, pieceSeconds: 31 * day)
        case .month:
            return ArchivePeriod(
                next: { $0.startOfMonth(adding: 1) }, fixedSeconds: 0, pieceSeconds: 400 * day)
        }
    }

    /// The measure the archive holds as it is.
    var measure: Measure {
        switch self {
        case .load: .powerProfile
        case .day: .dayEnergy
        case .month: .monthEnergy
        }
    }
}

/// Consumption of a period: the difference of its two register rows.
enum Consumption {
    /// One row for each pair of neighbours, stamped with the first. A register that went back (rolled over,
    /// replaced) or changed its scaler gives no value.
    static func of(_ rows: [ProfileRow], next: (CivilStamp) -> CivilStamp) -> [ProfileRow] {
        let byStamp = Dictionary(rows.map { ($0.stamp.civil, $0) }, uniquingKeysWith: { first, _ in first })
        return rows.compactMap { row in
            guard let end = byStamp[next(row.stamp.civil)] else { return nil }
            let values = row.values.compactMap { begin -> MeasuredValue? in
                guard let later = end.values.first(where: { $0.tag == begin.tag }),
                    later.scaler == begin.scaler
                else { return nil }
                let (difference, overflow) = later.mantissa.subtractingReportingOverflow(begin.mantissa)
                guard !overflow, difference >= 0 else { return nil }
                return MeasuredValue(begin.tag, mantissa: difference, scaler: begin.scaler, form: .increment)
            }
            return values.isEmpty ? nil : ProfileRow(stamp: row.stamp, values: values)
        }
    }
}
