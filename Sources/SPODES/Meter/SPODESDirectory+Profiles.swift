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
        let rows = ArchiveRows(
            directory: self, profile: profile, columns: columns, series: series, period: period)
        return ProfileGenericObject(
            LogicalName(profile.object), rows: rows,
            captureObjects: profile == .load ? meter.model.profileCaptures : meter.model.dayCaptures,
            capturePeriodSeconds: UInt32(period), profileEntries: UInt32(entries))
    }

    /// One row of scalers and units; the clock's column, where there is one, repeats the present time.
    func scalers(_ profile: ArchiveProfile) -> ProfileGenericObject {
        var columns = columns(of: profile)
        if meter.personality.has(.shuffledScalers) { columns.reverse() }
        var captures = columns.map { CaptureObject(classID: 3, $0.code, attribute: 3) }
        var row = columns.map(\.scalerUnit.value)
        if meter.personality.scalerProfiles.hasClock {
            captures.insert(.clock, at: 0)
            row.insert(.octetString(stamp(meter.clock.civil(at: instant), isArchived: true)), at: 0)
        }
        return ProfileGenericObject(
            LogicalName(profile.scalers), rows: StoredRows([row]), captureObjects: captures,
            capturePeriodSeconds: 0,
            sortObject: meter.personality.scalerProfiles.hasClock ? .clock : .nothing, profileEntries: 1)
    }

    /// Present values as they were when they were captured last; no row before that.
    var snapshot: ProfileGenericObject {
        ProfileGenericObject(
            LogicalName(ObjectTable.snapshot),
            rows: SnapshotRows(
                directory: self, columns: meter.model.snapshotColumns, captured: meter.captured),
            captureObjects: meter.model.snapshotCaptures, capturePeriodSeconds: 0, profileEntries: 1)
    }

    /// One row of the snapshot's scalers and units.
    var snapshotScalers: ProfileGenericObject {
        let columns = meter.model.snapshotColumns
        return ProfileGenericObject(
            LogicalName(ObjectTable.snapshotScalers), rows: StoredRows([columns.map(\.scalerUnit.value)]),
            captureObjects: columns.map { CaptureObject(classID: 3, $0.code, attribute: 3) },
            capturePeriodSeconds: 0, sortObject: .nothing, profileEntries: 1)
    }

    /// A journal with the clock first and the operating time last.
    func object(of journal: MeterJournal) -> ProfileGenericObject {
        let events = journal.events(of: meter, until: instant)
        return ProfileGenericObject(
            LogicalName(journal.code), rows: JournalRows(directory: self, journal: journal, events: events),
            captureObjects: meter.model.journalCaptures[journal.number] ?? [], capturePeriodSeconds: 0,
            profileEntries: UInt32(MeterJournal.capacity))
    }

    fileprivate func row(_ event: MeterEvent, of journal: MeterJournal) -> [DataValue] {
        let elapsed = (event.instant - meter.element.installed) / 1_000
        let reading = event.newReading ?? meter.clock.reading(at: event.instant)
        var row: [DataValue] = [.octetString(stamp(CivilStamp(milliseconds: reading), isArchived: true))]
        if journal.number == 13 {
            let old = CivilStamp(milliseconds: event.oldReading ?? reading)
            row.append(.octetString(stamp(old, isArchived: true)))
        } else {
            row.append(meter.personality.value(ofEvent: event.code))
        }
        row += meter.personality.values(besideEventOf: journal)
        return row + [.doubleLongUnsigned(UInt32(clamping: elapsed))]
    }

    private func columns(of profile: ArchiveProfile) -> [MeterColumn] {
        switch profile {
        case .month, .day: meter.model.dayColumns
        case .load: meter.model.profileColumns
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

/// The row of present values, made when it is asked for: who captures it does not ask.
private struct SnapshotRows: ProfileRows {
    let directory: SPODESDirectory
    let columns: [MeterColumn]
    let captured: Int64?

    var count: Int { captured == nil ? 0 : 1 }

    func stamp(at index: Int) -> DateTimeValue {
        let instant = captured ?? directory.instant
        return directory.stamp(directory.meter.clock.civil(at: instant), isArchived: false)
    }

    func row(at index: Int) -> [DataValue] {
        let instant = captured ?? directory.instant
        let values = directory.meter.values(of: columns, at: instant)
        return [.octetString(stamp(at: index))] + values
    }
}

/// Rows of an archive, made one by one.
private struct ArchiveRows: ProfileRows {
    private enum Place {
        /// A row of the archive.
        case written(CivilStamp)
        /// A month from before the meter's time: a date without registers.
        case unused(CivilStamp)
        /// A row of an earlier life.
        case stale(CivilStamp)
    }

    private let directory: SPODESDirectory
    private let profile: ArchiveProfile
    private let columns: [MeterColumn]
    private let series: ArchiveSeries
    private let period: Int64
    /// Months in front of the first.
    private let unused: Int
    /// Rows of the archive before those of an earlier life, and how many these are.
    private let (staleFrom, stale): (Int, Int)

    /// Rows of a series; `period` is its interval in seconds.
    init(
        directory: SPODESDirectory, profile: ArchiveProfile, columns: [MeterColumn], series: ArchiveSeries,
        period: Int
    ) {
        self.directory = directory
        self.profile = profile
        self.columns = columns
        self.series = series
        self.period = Int64(period)
        let isMixed = directory.meter.personality.has(.staleRows)
        unused =
            isMixed && profile == .month && series.count > 0
            ? max(0, directory.meter.personality.months - series.count) : 0
        // They begin where yesterday did, so that whoever asks for a day or two gets them too.
        let rows = 2 * 86_400 / max(period, 1)
        (staleFrom, stale) =
            isMixed && profile == .load ? (max(0, series.count - rows), 6) : (series.count, 0)
    }

    var count: Int { unused + series.count + stale }

    func stamp(at index: Int) -> DateTimeValue {
        switch place(index) {
        case .written(let civil), .unused(let civil), .stale(let civil):
            directory.stamp(civil, isArchived: true)
        }
    }

    func row(at index: Int) -> [DataValue] {
        switch place(index) {
        case .unused(let civil): return [.octetString(directory.stamp(civil, isArchived: true))]
        case .stale(let civil):
            return [.octetString(directory.stamp(civil, isArchived: true))]
                + columns.map { _ in .doubleLongUnsigned(999) }
        case .written(let civil):
            let values =
                switch profile {
                case .month, .day: directory.meter.frozen(columns, at: civil)
                case .load: directory.meter.interval(columns, endingAt: civil)
                }
            return [.octetString(directory.stamp(civil, isArchived: true))] + values
        }
    }

    /// A meter that mixes its rows up looks for the ends of a range among the others, and sends what lies
    /// between.
    func lowerBound(_ key: UInt64) -> Int {
        var (low, high) = (0, unused + series.count)
        while low < high {
            let middle = low + (high - low) / 2
            if stamp(at: middle < staleFrom + unused ? middle : middle + stale).sortKey < key {
                low = middle + 1
            } else {
                high = middle
            }
        }
        return low < staleFrom + unused ? low : low + stale
    }

    private func place(_ index: Int) -> Place {
        guard index >= unused else {
            return .unused(series.stamp(0).startOfMonth(adding: index - unused))
        }
        let index = index - unused
        if index < staleFrom { return .written(series.stamp(index)) }
        if index >= staleFrom + stale { return .written(series.stamp(index - stale)) }
        let year: Int64 = 366 * 86_400
        let origin =
            series.count > staleFrom
            ? series.stamp(staleFrom) : directory.meter.clock.civil(at: directory.instant)
        return .stale(origin.adding(seconds: Int64(index - staleFrom) * period - year))
    }
}

extension Personality {
    /// The code of an event as this model's journals tell it.
    func value(ofEvent code: UInt8) -> DataValue {
        if has(.detailedJournals) { return .enumerated(code) }
        return has(.wideEventCodes) ? .doubleLongUnsigned(UInt32(code)) : .longUnsigned(UInt16(code))
    }

    /// What stands beside the code, in the order of the columns.
    func values(besideEventOf journal: MeterJournal) -> [DataValue] {
        let isDetailed = has(.detailedJournals)
        // Channel P2 over RS-485; the client is the configurator.
        let channel: DataValue = isDetailed ? .octetString([0x12]) : .unsigned(0x12)
        let client: DataValue = isDetailed ? .octetString([48]) : .unsigned(48)
        switch journal.number {
        // Volts, depth and seconds.
        case 0 where isDetailed: return [23_000, 1_500, 95].map { .doubleLongUnsigned($0) }
        case 3: return isDetailed ? [channel, client] : [channel]
        case 6: return [channel, client]
        default: return []
        }
    }
}
