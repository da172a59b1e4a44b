// What the archive set aside or corrected, newest first and a page at a time: quarantine (R13), days out of
// balance (R14), the change log (R18).

package import Faults
package import Metering
import Storage
package import Timekeeping

/// A row that was not believed.
package struct QuarantinedRow: Sendable, Hashable {
    /// Position in the listing, for the next page.
    package var position: Int64
    /// ID in the meter table.
    package var meterID: Int
    /// Of which archive.
    package var measure: Measure
    /// The meter's label.
    package var stamp: CivilStamp
    /// Whether its stamp lies in the future; else the meter's clock was off by more than half an interval.
    package var isFuture: Bool
    /// UTC of the reading.
    package var readAt: WallTime
}

/// A value that a later reading replaced.
package struct CorrectedRow: Sendable, Hashable {
    /// The sequence number of the correction; position in the listing.
    package var position: Int64
    /// ID in the meter table.
    package var meterID: Int
    /// Of which archive.
    package var measure: Measure
    /// The row's slot.
    package var period: CivilStamp
    /// UTC of the correction.
    package var replacedAt: WallTime
    /// The values that were replaced, as the archive writes readings down.
    package var old: String
}

/// A day whose registers and profile disagree.
package struct UnbalancedDay: Sendable, Hashable {
    /// Position in the listing.
    package var position: Int64
    /// ID in the meter table.
    package var meterID: Int
    /// The difference.
    package var balance: DailyBalance
}

extension MeterArchive {
    /// Rows set aside, newest first; `before` is the position of the last row of the page before.
    package func quarantined(before: Int64?, limit: Int) throws(Fault) -> [QuarantinedRow] {
        try reading("listing the quarantine") { () throws(StorageError) in
            let query = try connection.statement(
                "SELECT read_at * 1000000 + row_number() OVER (ORDER BY read_at, meter_key, kind, stamp), "
                    + "meter_key, kind, stamp, reason, read_at FROM quarantine ORDER BY 1 DESC")
            defer { query.reset() }
            var rows: [QuarantinedRow] = []
            while rows.count < limit, try query.step() {
                let position = query.integer(0)
                guard position < before ?? .max, let life = lives[query.integer(1)],
                    let measure = Measure(archiveNumber: Int(query.integer(2)))
                else { continue }
                rows.append(
                    QuarantinedRow(
                        position: position, meterID: life.meterID, measure: measure,
                        stamp: CivilStamp(seconds: query.integer(3)), isFuture: query.integer(4) == 1,
                        readAt: WallTime(unixSeconds: query.integer(5))))
            }
            return rows
        }
    }

    /// Corrections, newest first; `before` is the position of the last row of the page before.
    package func corrections(before: Int64?, limit: Int) throws(Fault) -> [CorrectedRow] {
        try reading("listing corrections") { () throws(StorageError) in
            let query = try connection.statement(
                "SELECT seq, meter_key, kind, period, replaced_at, reading FROM change_log WHERE seq < ?1 "
                    + "ORDER BY seq DESC LIMIT ?2")
            query.bind(before ?? .max, at: 1)
            query.bind(Int64(limit), at: 2)
            defer { query.reset() }
            var rows: [CorrectedRow] = []
            while try query.step() {
                guard let life = lives[query.integer(1)],
                    let measure = Measure(archiveNumber: Int(query.integer(2)))
                else { continue }
                rows.append(
                    CorrectedRow(
                        position: query.integer(0), meterID: life.meterID, measure: measure,
                        period: CivilStamp(minutes: query.integer(3)),
                        replacedAt: WallTime(unixSeconds: query.integer(4)), old: query.text(5)))
            }
            return rows
        }
    }

    /// Days out of balance of all meters, newest first; `before` is the position of the last row of the page
    /// before.
    package func unbalanced(before: Int64?, limit: Int) throws(Fault) -> [UnbalancedDay] {
        try reading("listing unbalanced days") { () throws(StorageError) in
            // A day number and a meter key make a position that no other row has.
            let query = try connection.statement(
                "SELECT day * 1048576 + meter_key AS position, meter_key, day, register_gain, profile_sum, "
                    + "scaler, allowance FROM unbalanced_day WHERE position < ?1 "
                    + "ORDER BY position DESC LIMIT ?2")
            query.bind(before ?? .max, at: 1)
            query.bind(Int64(limit), at: 2)
            defer { query.reset() }
            var rows: [UnbalancedDay] = []
            while try query.step() {
                guard let life = lives[query.integer(1)] else { continue }
                rows.append(
                    UnbalancedDay(
                        position: query.integer(0), meterID: life.meterID,
                        balance: DailyBalance(
                            day: CivilStamp(seconds: query.integer(2) * 86_400),
                            registerGain: query.integer(3), profileSum: query.integer(4),
                            scaler: Int8(clamping: query.integer(5)), allowance: query.integer(6))))
            }
            return rows
        }
    }
}
