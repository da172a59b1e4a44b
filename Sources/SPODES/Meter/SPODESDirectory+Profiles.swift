// The profiles of a SPODES meter: archives, their scalers, and journals. Rows of archives are computed while
// they are sent.

import DLMS
import Metering
import Timekeeping

extension SPODESDirectory {
    /// Months, days or the load profile.
    func archive(_ profile: ArchiveProfile) -> ProfileGenericObject {
        let personality = meter.personality
        let columns = columns(of: profile)
        let (series, period, entries): (ArchiveSeries, Int, Int) =
            switch profile {
            case .month: (meter.months(at: instant), 0, personality.months)
            case .day: (meter.days(at: instant), 86_400, personality.days)
            case .load:
                (
                    meter.intervals(at: instant), personality.profile.minutes * 60,
                    personality.profile.days * 1_440 / personality.profile.minutes
                )
            }
        let rows = ArchiveRows(directory: self, profile: profile, columns: columns, series: series)
        return ProfileGenericObject(
            LogicalName(profile.object), rows: rows,
            captureObjects: [.clock] + columns.map { CaptureObject(classID: 3, $0.code) },
            capturePeriodSeconds: UInt32(period), profileEntries: UInt32(entries))
    }

    /// One row of scalers and units; the clock's column, where there is one, repeats the present time.
    func scalers(_ profile: ArchiveProfile) -> ProfileGenericObject {
        let columns = columns(of: profile)
        var captures = columns.map { CaptureObject(classID: 3, $0.code, attribute: 3) }
        var row = columns.map(\.scalerUnit.value)
        if meter.personality.scalerProfiles.hasClock {
            captures.insert(.clock, at: 0)
            row.insert(.octetString(stamp(meter.clock.civil(at: instant), isArchived: true)), at: 0)
        }
        return ProfileGenericObject(
            LogicalName(profile.scalers), rows: StoredRows([row]), captureObjects: captures,
            capturePeriodSeconds: 0, profileEntries: 1)
    }

    /// Present values as they were when they were captured last; no row before that.
    var snapshot: ProfileGenericObject {
        let columns = meter.personality.energyColumns + meter.personality.networkColumns
        let rows = meter.captured.map { captured in
            [.octetString(stamp(meter.clock.civil(at: captured), isArchived: false))]
                + columns.map { meter.value(of: $0, at: captured) }
        }
        return ProfileGenericObject(
            LogicalName(ObjectTable.snapshot), rows: StoredRows(rows.map { [$0] } ?? []),
            captureObjects: [.clock] + columns.map { CaptureObject(classID: 3, $0.code) },
            capturePeriodSeconds: 0, profileEntries: 1)
    }

    /// A journal with the clock first and the operating time last.
    func object(of journal: MeterJournal) -> ProfileGenericObject {
        let events = journal.events(of: meter, until: instant)
        let captures =
            [.clock] + journal.columns + [CaptureObject(classID: 3, OBISCode(0, 0, 96, 8, 0))]
        return ProfileGenericObject(
            LogicalName(journal.code), rows: JournalRows(directory: self, journal: journal, events: events),
            captureObjects: captures, capturePeriodSeconds: 0, profileEntries: UInt32(MeterJournal.capacity))
    }

    fileprivate func row(_ event: MeterEvent, of journal: MeterJournal) -> [DataValue] {
        let elapsed = (event.instant - meter.element.installed) / 1_000
        let reading = event.newReading ?? meter.clock.reading(at: event.instant)
        var row: [DataValue] = [.octetString(stamp(CivilStamp(milliseconds: reading), isArchived: true))]
        if journal.number == 13 {
            let old = CivilStamp(milliseconds: event.oldReading ?? reading)
            row.append(.octetString(stamp(old, isArchived: true)))
        } else {
            row.append(.longUnsigned(UInt16(event.code)))
        }
        // Channel P2 over RS-485; the client is the configurator.
        if journal.number == 3 || journal.number == 6 { row.append(.unsigned(0x12)) }
        if journal.number == 6 { row.append(.unsigned(48)) }
        return row + [.doubleLongUnsigned(UInt32(clamping: elapsed))]
    }

    private func columns(of profile: ArchiveProfile) -> [MeterColumn] {
        switch profile {
        case .month, .day: meter.personality.dayColumns
        case .load: meter.personality.profileColumns
        }
    }
}

/// Rows of a journal, made one by one: most questions are only how many there are.
private struct JournalRows: ProfileRows {
    let directory: SPODESDirectory
    let journal: MeterJournal
    let events: [MeterEvent]

    var count: Int { events.count }

    func stamp(at index: Int) -> DateTimeValue {
        let event = events[index]
        let reading = event.newReading ?? directory.meter.clock.reading(at: event.instant)
        return directory.stamp(CivilStamp(milliseconds: reading), isArchived: true)
    }

    func row(at index: Int) -> [DataValue] { directory.row(events[index], of: journal) }
}

/// Rows of an archive, made one by one.
private struct ArchiveRows: ProfileRows {
    let directory: SPODESDirectory
    let profile: ArchiveProfile
    let columns: [MeterColumn]
    let series: ArchiveSeries

    var count: Int { series.count }

    func stamp(at index: Int) -> DateTimeValue { directory.stamp(series.stamp(index), isArchived: true) }

    func row(at index: Int) -> [DataValue] {
        let civil = series.stamp(index)
        let values =
            switch profile {
            case .month, .day: directory.meter.frozen(columns, at: civil)
            case .load: directory.meter.interval(columns, endingAt: civil)
            }
        return [.octetString(directory.stamp(civil, isArchived: true))] + values
    }
}
