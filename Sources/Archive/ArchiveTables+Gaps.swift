// Which slots are due, wanted and not present (decision D4, R15): one ordered walk over grid, rows and absent
// ranges.

import Metering
import Storage
import Timekeeping

extension ArchiveTables {
    /// Slots of `window` without a whole row and not known to be absent, as ranges of adjoining slots,
    /// ascending.
    func missing(
        _ measure: Measure, of key: Int64, grid: SlotGrid, window: ClosedRange<CivilStamp>
    ) throws(StorageError) -> [ClosedRange<CivilStamp>] {
        let present = try presentPeriods(measure, of: key, window: window)
        let absent = try absentRanges(measure, of: key, window: window)
        var gaps: [ClosedRange<CivilStamp>] = []
        var open: (first: CivilStamp, last: CivilStamp)?
        var (row, hole) = (0, 0)
        var slot = grid.slot(containing: window.lowerBound)
        while slot <= window.upperBound {
            let period = slot.minutes
            while row < present.count, present[row] < period { row += 1 }
            while hole < absent.count, absent[hole].upperBound < period { hole += 1 }
            let isPresent = row < present.count && present[row] == period
            let isAbsent = hole < absent.count && absent[hole].contains(period)
            if isPresent || isAbsent {
                if let gap = open { gaps.append(gap.first...gap.last) }
                open = nil
            } else {
                open = (open?.first ?? slot, slot)
            }
            slot = grid.next(after: slot)
        }
        if let gap = open { gaps.append(gap.first...gap.last) }
        return gaps
    }

    /// Periods of whole rows, ascending. A row that ends before its boundary is a part: the rest of its
    /// interval may still come, so it does not fill the slot.
    func presentPeriods(
        _ measure: Measure, of key: Int64, window: ClosedRange<CivilStamp>
    ) throws(StorageError) -> [Int64] {
        guard let family = ColumnFamily.of(measure), let kind = measure.archiveNumber else { return [] }
        let series = RowSeries.number(key, Int64(kind))
        let first = RowSlot(period: window.lowerBound.minutes, isSeason: true).number
        guard first <= (try ends(of: series, in: family).newest) else { return [] }
        let query = try connection.statement(
            measure == .powerProfile ? family.queries.whole : family.queries.present)
        query.bind(series, at: 1)
        query.bind(first, at: 2)
        query.bind(RowSlot(period: window.upperBound.minutes, isSeason: false).number, at: 3)
        defer { query.reset() }
        var periods: [Int64] = []
        while try query.step() { periods.append(RowSlot(query.integer(0)).period) }
        return periods
    }

    private static let absencesIn = SQLText(
        "SELECT first, last, reason FROM absent_slot WHERE meter_key = ?1 AND kind = ?2 AND first <= ?4 "
            + "AND last >= ?3 ORDER BY first")

    /// Absent ranges as ranges of periods.
    private func absentRanges(
        _ measure: Measure, of key: Int64, window: ClosedRange<CivilStamp>
    ) throws(StorageError) -> [ClosedRange<Int64>] {
        try absences(measure, of: key, window: window).map { $0.first...$0.last }
    }

    /// Absent ranges that touch `window`, ascending; ends are periods in minutes.
    func absences(
        _ measure: Measure, of key: Int64, window: ClosedRange<CivilStamp>
    ) throws(StorageError) -> [(first: Int64, last: Int64, reason: AbsenceReason)] {
        guard let family = ColumnFamily.of(measure), let kind = measure.archiveNumber else { return [] }
        let series = RowSeries.number(key, Int64(kind))
        guard window.lowerBound.minutes <= (try ends(of: series, in: family).lastAbsent) else { return [] }
        let query = try connection.statement(ArchiveTables.absencesIn)
        query.bind(key, at: 1)
        query.bind(Int64(kind), at: 2)
        query.bind(window.lowerBound.minutes, at: 3)
        query.bind(window.upperBound.minutes, at: 4)
        defer { query.reset() }
        var ranges: [(first: Int64, last: Int64, reason: AbsenceReason)] = []
        while try query.step() {
            let (first, last) = (query.integer(0), query.integer(1))
            guard first <= last else { continue }
            ranges.append((first, last, AbsenceReason(rawValue: query.integer(2)) ?? .notRecorded))
        }
        return ranges
    }
}
