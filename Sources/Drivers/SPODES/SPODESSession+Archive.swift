// Reading archives of a SPODES meter by range: the shape of the profile once a life, then rows. Rows outside
// the window are dropped, for the ring of a meter may hold rows of an earlier life and need not be sorted
// (quirk 14).

import DLMS
import Faults
import Logging
import Metering
import SPODES
import Seams
import Timekeeping

extension SPODESSession {
    func archive(_ measure: Measure, window: ClosedRange<CivilStamp>) async throws -> ArchiveAnswer {
        guard let profile = ArchiveProfile(of: measure) else { throw unsupported(measure) }
        let period = profile.period(minutes: profile == .load ? try await profileInterval() : 0)
        let isDifference = measure == .dayConsumption || measure == .monthConsumption
        // A consumption that begins at the last stamp of the window ends one period later.
        let last = isDifference ? period.next(window.upperBound) : window.upperBound
        let (first, end) = isDifference ? (window.lowerBound, last) : reach(of: window, profile, period)
        let (rows, stop) = try await rows(
            of: profile, from: first, through: period.next(last), period: period)
        let whole = first...(isDifference ? window.upperBound : end)
        if let stop, stop <= last {
            return try await partial(rows, before: stop, measure, whole, isDifference ? period : nil)
        }
        var isLater = rows.contains { $0.stamp.civil > last }
        let wanted = rows.filter { first <= $0.stamp.civil && $0.stamp.civil <= end }
        if !isLater, period.isMissing(wanted, from: window.lowerBound, through: last) {
            isLater = try await holdsRow(of: profile, after: last)
        }
        let readings = try await readings(
            isDifference ? Consumption.of(wanted, next: period.next) : wanted, measure, whole)
        return ArchiveAnswer(readings: readings, holdsLaterRow: isLater)
    }

    /// First and last stamp of the rows that come with a window. A row written as the mains went lies inside
    /// the interval that it is the first part of (R13); months may end on any day (R19).
    private func reach(
        of window: ClosedRange<CivilStamp>, _ profile: ArchiveProfile, _ period: ArchivePeriod
    ) -> (first: CivilStamp, last: CivilStamp) {
        let boundary = period.first(window.lowerBound)
        return switch profile {
        case .load: (boundary.adding(seconds: 1 - period.fixedSeconds), window.upperBound)
        case .day: (window.lowerBound, window.upperBound)
        case .month:
            (
                boundary.startOfMonth(adding: -1).adding(seconds: 1),
                period.next(window.upperBound).adding(seconds: -1)
            )
        }
    }

    /// What came before the line was wanted back: rows up to `stop`, the rest to be asked again. A
    /// consumption needs the row after its own: the last one belongs to the rest.
    private func partial(
        _ rows: [ProfileRow], before stop: CivilStamp, _ measure: Measure, _ window: ClosedRange<CivilStamp>,
        _ difference: ArchivePeriod?
    ) async throws -> ArchiveAnswer {
        let rest = difference == nil ? stop : max(window.lowerBound, rows.last?.stamp.civil ?? stop)
        let whole = difference.map { Consumption.of(rows, next: $0.next) } ?? rows
        let kept = whole.filter { window.lowerBound <= $0.stamp.civil && $0.stamp.civil < rest }
        guard rest > window.lowerBound else { throw GaveWay() }
        return ArchiveAnswer(
            readings: try await readings(kept, measure, window), holdsLaterRow: false,
            rest: rest...window.upperBound)
    }

    func profileInterval() async throws -> Int {
        // Asked in every session: a meter set from 30 to 60 minutes keeps its columns, and rows of the wrong
        // length would be wrong energy.
        if let interval { return interval }
        let opened = opened(.profileInterval)
        let value: DataValue?
        if let opened {
            value = opened.value
        } else {
            value = try await reader.value(ArchiveProfile.load.object, class: 7, attribute: 4)
        }
        var minutes = (value?.wholeNumber).map { Int(clamping: $0 / 60) } ?? 0
        if !(1...60).contains(minutes) {
            // Without a capture period, table G.2 has the interval in minutes.
            let told = try await reader.value(ObjectTable.profilePeriod, class: 1)?.wholeNumber
            minutes = told.map { Int(clamping: $0) } ?? 0
        }
        guard (1...60).contains(minutes) else { throw unsupported(.powerProfile) }
        interval = minutes
        return minutes
    }

    // MARK: Rows

    private func readings(
        _ rows: [ProfileRow], _ measure: Measure, _ window: ClosedRange<CivilStamp>
    ) async throws -> [Reading] {
        let difference = try await sessionClock().differenceSeconds
        let minutes = measure == .powerProfile ? try await profileInterval() : 0
        return rows.compactMap { row in
            guard window.contains(row.stamp.civil) else { return nil }
            var values = row.values
            if measure == .powerProfile {
                let isPart = row.stamp.civil.seconds % Int64(minutes * 60) != 0
                values.append(MeasuredValue(.isPart, mantissa: isPart ? 1 : 0))
            }
            return Reading(
                measure, at: row.stamp, clockDifferenceSeconds: difference, intervalMinutes: UInt8(minutes),
                values: values)
        }
    }

    /// Rows of a stretch, in pieces no larger than a few seconds of line time each; ascending, doubles
    /// dropped. `stop` is where it had to stop, when the line was wanted back after the first piece (R27).
    /// Pieces shrink while that happens within them, so that history advances beside impatient clients.
    private func rows(
        of profile: ArchiveProfile, from: CivilStamp, through: CivilStamp, period: ArchivePeriod
    ) async throws -> (rows: [ProfileRow], stop: CivilStamp?) {
        guard await reader.selects else {
            let all = try await read(profile, selection: nil, period)
            return (sorted(all.filter { from <= $0.stamp.civil && $0.stamp.civil <= through }), nil)
        }
        var found: [ProfileRow] = []
        _ = try await sessionClock()
        var begin = from
        while begin <= through {
            try Task.checkCancellation()
            let length = max(period.pieceSeconds / Int64(pacing.divisor), period.fixedSeconds)
            let end = min(begin.adding(seconds: length), through)
            let range = RangeDescriptor(from: time(begin), to: time(end))
            do {
                let piece = try await read(profile, selection: range.selection, period)
                found += piece.filter { begin <= $0.stamp.civil && $0.stamp.civil <= end }
            } catch is GaveWay where begin > from {
                return (sorted(found), begin)
            }
            begin = end.adding(seconds: 1)
        }
        return (sorted(found), nil)
    }

    private func sorted(_ rows: [ProfileRow]) -> [ProfileRow] {
        let ascending = rows.sorted { $0.stamp < $1.stamp }
        return ascending.indices.compactMap { index in
            index > 0 && ascending[index] == ascending[index - 1] ? nil : ascending[index]
        }
    }

    /// One GET of the buffer; when the rows do not fit the remembered shape, the shape is learned anew, once.
    private func read(
        _ profile: ArchiveProfile, selection: AccessSelection?, _ period: ArchivePeriod
    ) async throws -> [ProfileRow] {
        let usesSeason = try await usesSeason()
        let shape = try await shape(of: profile)
        let buffer: DataValue?
        await reader.dialogue.mayGiveWay(!pacing.insists)
        do {
            buffer = try await reader.value(profile.object, class: 7, selection: selection, .profile)
            await reader.dialogue.mayGiveWay(false)
            pacing.finished()
        } catch {
            await reader.dialogue.mayGiveWay(false)
            if error is GaveWay { pacing.gaveWay() }
            throw error
        }
        guard let buffer else { throw unsupported(profile.measure) }
        if let rows = shape.rows(of: buffer, interval: period.fixedSeconds, usesSeason: usesSeason) {
            return rows
        }
        environment.logger.log(.debug, "columns changed", [(.obis, profile.object.description)])
        // Other columns are other software: nothing learned before holds.
        knowledge = knowledge.renewed(at: environment.clock.now)
        let learned = try await self.shape(of: profile)
        if let rows = learned.rows(of: buffer, interval: period.fixedSeconds, usesSeason: usesSeason) {
            return rows
        }
        throw Fault(
            .meterProtocol,
            [
                "meter": String(reader.meter), "attempt": "reading \(profile.object)",
                "detail": "rows of another width",
            ])
    }

    /// A bound in the manner of the meter's own clock, which every meter seen accepts; that clock has been
    /// read in this session.
    func time(_ stamp: CivilStamp) -> DateTimeValue {
        let (year, month, day) = stamp.date
        return DateTimeValue(
            date: DateValue(year: UInt16(clamping: year), month: UInt8(month), day: UInt8(day)),
            time: TimeValue(
                hour: UInt8(stamp.hour), minute: UInt8(stamp.minute), second: UInt8(stamp.second),
                hundredths: 0xFF),
            deviationMinutes: lastTime?.deviationMinutes, status: [])
    }

    /// Whether the meter holds a row later than `stamp`: its newest entry tells (R15).
    private func holdsRow(of profile: ArchiveProfile, after stamp: CivilStamp) async throws -> Bool {
        let count = try await reader.value(profile.object, class: 7, attribute: 7)?.wholeNumber ?? 0
        guard count > 0, let last = UInt32(exactly: count), await reader.selects else { return false }
        let entry = EntryDescriptor(fromEntry: last, toEntry: last)
        let period = profile.period(minutes: interval ?? 0)
        return try await read(profile, selection: entry.selection, period).contains { $0.stamp.civil > stamp }
    }

    // MARK: Shape

    func shape(of profile: ArchiveProfile) async throws -> ProfileShape {
        if let known = knowledge.shapes[profile] { return known }
        let value = try await reader.value(profile.object, class: 7, attribute: 3, .profile)
        guard let captured = value?.elements?.compactMap(CaptureObject.init), !captured.isEmpty else {
            throw unsupported(profile.measure)
        }
        let named = captured.filter { ProfileShape.isNamed($0, in: profile) }
        let scalings = try await scalings(of: named, in: profile)
        guard let shape = ProfileShape(profile, captured: captured, scalings: scalings),
            !shape.columns.isEmpty
        else {
            throw unsupported(profile.measure)
        }
        knowledge.shapes[profile] = shape
        return shape
    }

    /// Scalers from the scaler profile, matched by code; attribute 3 of each register for what it lacks.
    private func scalings(
        of columns: [CaptureObject], in profile: ArchiveProfile
    ) async throws -> [OBISCode: Scaling] {
        var scalings = try await scalerProfile(profile)
        knowledge.scalings.merge(scalings) { known, _ in known }
        let rest = columns.map(\.attribute.object).filter { scalings[OBISCode($0.logicalName)] == nil }
        try await learnScalings(rest.map { (OBISCode($0.logicalName), $0.classID) })
        for object in rest {
            let code = OBISCode(object.logicalName)
            scalings[code] = knowledge.scalings[code]
        }
        return scalings
    }

    /// The scalings of a scaler profile by code; empty when the meter has none: it is an optional object.
    func scalerProfile(_ profile: ArchiveProfile) async throws -> [OBISCode: Scaling] {
        let columns = try await scalerColumns(profile)
        guard !columns.isEmpty,
            let buffer = try await reader.value(profile.scalers, class: 7), let row = buffer.elements?.first,
            let cells = row.elements, cells.count == columns.count
        else { return [:] }
        var scalings: [OBISCode: Scaling] = [:]
        for (column, cell) in zip(columns, cells) {
            guard let object = column, object.attribute.attribute == 3,
                let scaling = Scaling(cell)
            else { continue }
            scalings[OBISCode(object.attribute.object.logicalName)] = scaling
        }
        return scalings
    }

    /// The columns of a scaler profile. They take a second of a slow line: a session that has no time left
    /// after them leaves them to the next.
    private func scalerColumns(_ profile: ArchiveProfile) async throws -> [CaptureObject?] {
        if let known = knowledge.scalerColumns[profile] { return known }
        let columns = try await reader.value(profile.scalers, class: 7, attribute: 3)?.elements ?? []
        let objects = columns.map { CaptureObject($0) }
        knowledge.scalerColumns[profile] = objects
        return objects
    }
}
