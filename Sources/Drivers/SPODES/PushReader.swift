// The values of one push as readings, events and alarms, exactly as a poll would have made them of the same
// objects. A value whose digits or columns are not known for certain is left out: a poll brings it.

import DLMS
import Metering
import SPODES
import Timekeeping

/// Reads one push.
struct PushReader: Sendable {
    let notification: Notification
    let knowledge: MeterKnowledge
    let profile: MeterProfile
    /// Gateway time in the zone of the meter's clock.
    let now: CivilStamp

    /// All it tells.
    func report() -> PushReport {
        var report = PushReport()
        guard let values = knowledge.values(of: notification.body) else {
            report.isPartial = true
            return report
        }
        report.stamp = stamp(in: values, &report)
        present(values, &report)
        for value in values where value.attribute == 2 {
            let code = OBISCode(value.logicalName)
            if let archive = ArchiveProfile.allCases.first(where: { $0.object == code }) {
                rows(of: archive, value.value, &report)
            } else if JournalTable.object(code.e) == code {
                events(ofJournal: code.e, value.value, &report)
            } else if code == ObjectTable.alarms {
                report.alarms = value.value.wholeNumber.map {
                    AlarmWord(rawValue: UInt32(truncatingIfNeeded: $0))
                }
            } else if notification.isEvent || PushReader.isEventCode(code), report.codes.count < 8 {
                report.codes[code.description] = value.value.wholeNumber.map(String.init) ?? ""
            }
        }
        return report
    }

    /// The event objects of the journals, 0.0.96.11.n.
    private static func isEventCode(_ code: OBISCode) -> Bool {
        code.a == 0 && code.c == 96 && code.d == 11
    }

    // MARK: - Present values

    /// What the clock shows in the push: as one of its values, else as its own time.
    private func stamp(in values: [PushedValue], _ report: inout PushReport) -> MeterStamp? {
        let clock = values.first {
            OBISCode($0.logicalName) == ObjectTable.clock && $0.attribute == 2
        }
        guard let time = clock?.value.dateTimeValue ?? notification.time else { return nil }
        return stamp(time, &report)
    }

    /// A stamp; nil when it bears the bit of seasonal time and nobody knows whether the meter means it.
    private func stamp(_ time: DateTimeValue, _ report: inout PushReport) -> MeterStamp? {
        let isMarked = time.status != .notSpecified && time.status.contains(.daylightSaving)
        if knowledge.usesSeason == nil, isMarked {
            report.isPartial = true
            return nil
        }
        return MeterStamp(time, usesSeason: knowledge.usesSeason ?? false)
    }

    /// Registers become one row of each kind of present value. They are stamped with the meter's clock where
    /// it is told, else with the gateway's.
    private func present(_ values: [PushedValue], _ report: inout PushReport) {
        var found: [Tag: MeasuredValue] = [:]
        for value in values where value.attribute == 2 && [0, 3, 4].contains(value.classID) {
            guard let tag = profile.tag(of: OBISCode(value.logicalName)), found[tag] == nil else { continue }
            guard let scaler = scaler(of: value, among: values) else {
                report.isPartial = true
                continue
            }
            found[tag] = MeasuredValue(tag, value.value, scaler: scaler)
        }
        let stamp = report.stamp ?? MeterStamp(now)
        for measure in [Measure.momentEnergy, .momentQuality] {
            let told = measure.tags.compactMap { found[$0] }
            if !told.isEmpty { report.readings.append(Reading(measure, at: stamp, values: told)) }
        }
    }

    private func scaler(of value: PushedValue, among values: [PushedValue]) -> Int8? {
        if let scaling = value.scaling.flatMap(Scaling.init) { return scaling.scaler }
        let beside = values.first { $0.logicalName == value.logicalName && $0.attribute == 3 }
        if let scaling = beside.flatMap({ Scaling($0.value) }) { return scaling.scaler }
        let code = OBISCode(value.logicalName)
        return knowledge.scalings[code]?.scaler ?? profile.scaler(of: code)
    }

    // MARK: - Rows

    /// Rows of an archive. Parts of an interval (R13) are left to a poll, which brings all of them.
    private func rows(of archive: ArchiveProfile, _ value: DataValue, _ report: inout PushReport) {
        guard let shape = knowledge.shapes[archive], let usesSeason = knowledge.usesSeason,
            archive != .load || knowledge.pushedInterval != nil
        else {
            report.isPartial = true
            return
        }
        let minutes = archive == .load ? knowledge.pushedInterval ?? 0 : 0
        let buffer = PushReader.buffer(value, width: shape.width)
        let rows = shape.rows(of: buffer, interval: Int64(minutes) * 60, usesSeason: usesSeason)
        guard let rows else {
            report.isPartial = true
            return
        }
        for row in rows where PushReader.isWhole(row.stamp.civil, in: archive, minutes: minutes) {
            var values = row.values
            if archive == .load { values.append(MeasuredValue(.isPart, mantissa: 0)) }
            report.readings.append(
                Reading(archive.measure, at: row.stamp, intervalMinutes: UInt8(minutes), values: values))
        }
    }

    /// A push of the newest row alone may lack the array around it.
    private static func buffer(_ value: DataValue, width: Int) -> DataValue {
        guard case .structure(let cells) = value, cells.count == width,
            cells.allSatisfy({ $0.elements == nil })
        else { return value }
        return .array([value])
    }

    private static func isWhole(_ stamp: CivilStamp, in archive: ArchiveProfile, minutes: Int) -> Bool {
        switch archive {
        case .load: stamp.seconds % Int64(max(minutes, 1) * 60) == 0
        case .day, .month: stamp.seconds % 86_400 == 0
        }
    }

    // MARK: - Events

    private func events(ofJournal number: UInt8, _ value: DataValue, _ report: inout PushReport) {
        let kinds = Journal.allCases.filter { journal in
            let kept = JournalTable.sources(of: journal).first { knowledge.journals[$0] != .some(nil) }
            return kept == number
        }
        guard let shape = knowledge.journals[number] ?? nil, let usesSeason = knowledge.usesSeason,
            let phases = knowledge.phases,
            let rows = shape.rows(
                of: PushReader.buffer(value, width: shape.width), usesSeason: usesSeason)
        else {
            report.isPartial = true
            return
        }
        for kind in kinds {
            let events = rows.events(of: kind, number: number, phases: phases, profile)
            guard !events.isEmpty else { continue }
            report.journals.insert(kind)
            report.events += events
        }
    }
}
