// A SPODES meter as COSEM objects (GOST R 58940, tables A.2, B.1–B.5, G.1, G.2): the directory an
// ApplicationServer serves. Objects are made when asked, with the values of the instant set before the
// conversation step.

package import DLMS
import Metering
package import Timekeeping

/// The objects of a meter.
package struct SPODESDirectory: ObjectDirectory, Sendable {
    /// What is behind an object.
    enum Entry: Sendable {
        case clock
        case data(@Sendable (SPODESMeter) -> DataValue)
        case setting(@Sendable (SPODESMeter) -> DataValue)
        case computed(@Sendable (SPODESDirectory) -> DataValue)
        case settings(SettingsEntry)
        case register(MeterColumn)
        case constant(DataValue)
        case archive(ArchiveProfile)
        case scalers(ArchiveProfile)
        case snapshot
        case snapshotScalers
        case journal(MeterJournal)
        case formerClock
        case demand
        case highestDemand
        case port
        case opticalPort
        case currentAssociation
        case association(ClientSAP)
        case relay
    }

    /// The meter.
    package var meter: SPODESMeter
    /// The instant whose values objects have; set it, and prepare the meter, before every conversation step.
    package var instant: Int64
    /// Physical HDLC address the port object tells.
    package var address: Int

    /// The objects of a meter.
    package init(meter: SPODESMeter, address: Int) {
        self.meter = meter
        self.address = address
        instant = meter.element.installed
    }

    // MARK: - ObjectDirectory

    /// The public client sees the clock and the logical device name, others see everything.
    package func objectList(for client: ClientSAP) -> [ObjectListElement] {
        let hidesRights = meter.personality.has(.hidesReadRights)
        return meter.model.order.compactMap { element($0, for: client) }.map { element in
            guard hidesRights else { return element }
            var hidden = element
            hidden.rights.attributes = element.rights.attributes.mapValues { _ in .none }
            return hidden
        }
    }

    /// The element of one object.
    package func element(_ key: ObjectKey, for client: ClientSAP) -> ObjectListElement? {
        guard let entry = meter.model.entries[key] else { return nil }
        if client == .publicClient, !entry.isPublic(key) { return nil }
        return ObjectListElement(key: key, version: entry.version, rights: entry.rights(of: client))
    }

    /// The object with its values at `instant`.
    package func object(_ key: ObjectKey) -> (any InterfaceObject)? {
        guard let entry = meter.model.entries[key] else { return nil }
        let name = key.logicalName
        switch entry {
        case .clock: return clockObject
        case .data(let value), .setting(let value): return DataObject(name, value: value(meter))
        case .computed(let value): return DataObject(name, value: value(self))
        case .settings(let settings): return settings.object(in: self)
        case .constant(let value):
            return RegisterObject(name, value: value, scalerUnit: ScalerUnit(scaler: 0, unit: 255))
        case .register(let column):
            return RegisterObject(name, value: value(of: column), scalerUnit: column.scalerUnit)
        case .archive(let profile): return archive(profile)
        case .scalers(let profile): return scalers(profile)
        case .snapshot: return snapshot
        case .snapshotScalers: return snapshotScalers
        case .formerClock: return formerClock
        case .demand: return demandRegister
        case .highestDemand: return highestDemandRegister
        case .journal(let journal): return object(of: journal)
        case .port: return port
        case .opticalPort:
            return HDLCSetupObject(name, deviceAddress: UInt16(clamping: address))
        // The server answers for it.
        case .currentAssociation: return nil
        case .association(let client): return association(name, client)
        case .relay:
            let state = DisconnectControlObject.ControlState(rawValue: meter.supply.control.rawValue)
            return DisconnectControlObject(name, state: state ?? .connected, mode: meter.supply.mode)
        }
    }

    /// The setup of the port the meter is spoken to through: what holds on the line, and what it tells.
    package var port: HDLCSetupObject {
        let link = meter.personality.link
        return HDLCSetupObject(
            LogicalName(ObjectTable.hdlcSetup), window: UInt8(clamping: link.window ?? 1),
            maximumInformation: UInt16(clamping: link.information),
            interOctetTimeoutMilliseconds: interOctetTimeoutMilliseconds,
            inactivityTimeoutSeconds: inactivityTimeoutSeconds,
            deviceAddress: UInt16(clamping: address))
    }

    /// Silence inside a frame after which the port forgets it.
    package var interOctetTimeoutMilliseconds: UInt16 {
        UInt16(clamping: meter.model.personality.link.interOctet ?? 1_000)
    }

    /// Time without a frame after which the port gives a link up; 0 for never.
    package var inactivityTimeoutSeconds: UInt16 {
        UInt16(clamping: meter.model.personality.link.inactivity ?? 120)
    }

    /// Takes the clock, the relay, the port, the words of alarms, settings and the snapshot back; nothing
    /// else of a meter can be changed.
    package mutating func store(_ object: any InterfaceObject, after change: ObjectChange) -> DataAccessResult
    {
        switch object {
        case let clock as ClockObject: return adjust(clock)
        case let relay as DisconnectControlObject:
            meter.supply.mode = relay.mode
            switch change {
            case .method(let index): meter.switchRelay(on: index == 2, at: instant)
            default: meter.diary.note(3, code: 50, at: instant, .programming)
            }
            return .success
        case let setting as DataObject: return adjust(setting)
        case let settings as any TabledObject:
            guard case .settings(let entry)? = meter.model.entries[settings.key] else {
                return .readWriteDenied
            }
            return take(settings, entry, after: change)
        case let port as HDLCSetupObject:
            // Journal 3: the address of RS-485 port 1, or a time-out of HDLC.
            let isAddress = change == .attribute(9)
            meter.diary.note(3, code: isAddress ? 1 : 71, at: instant, .programming)
            address = Int(port.deviceAddress)
            meter.personality.link.interOctet = Int(port.interOctetTimeoutMilliseconds)
            meter.personality.link.inactivity = Int(port.inactivityTimeoutSeconds)
            return .success
        case let profile as ProfileGenericObject:
            guard profile.logicalName == LogicalName(ObjectTable.snapshot) else { return .readWriteDenied }
            meter.captured = instant
            if meter.personality.snapshot.isJournaled { meter.diary.note(3, code: 93, at: instant) }
            return .success
        default: return .readWriteDenied
        }
    }

    private mutating func adjust(_ setting: DataObject) -> DataAccessResult {
        let bits = setting.value.wholeNumber.flatMap(UInt32.init(exactly:)).map(AlarmWord.init)
        switch (setting.logicalName, bits) {
        case (LogicalName(ObjectTable.alarmFilter), let bits?): meter.diary.filter = bits
        case (LogicalName(ObjectTable.alarmReset), let bits?): meter.diary.reset(bits, at: instant)
        case (LogicalName(ObjectTable.alarmFilter), nil), (LogicalName(ObjectTable.alarmReset), nil):
            return .typeUnmatched
        default: return .readWriteDenied
        }
        return .success
    }

    // MARK: - Clock

    private var clockObject: ClockObject {
        let time = stamp(meter.clock.civil(at: instant), isArchived: false)
        var clock = ClockObject(
            LogicalName(ObjectTable.clock), time: time,
            timeZoneMinutes: meter.personality.stamps.deviation ?? Int16.min)
        clock.daylightSavingsEnabled = meter.diary.summer != nil
        return clock
    }

    /// What the clock showed before it was set last; what it shows now when it never was.
    private var formerClock: ClockObject {
        let reading =
            meter.newestEvent(of: 13, at: instant)?.oldReading ?? meter.clock.reading(at: instant)
        return ClockObject(
            LogicalName(ObjectTable.formerClock),
            time: stamp(CivilStamp(milliseconds: reading), isArchived: true),
            timeZoneMinutes: meter.personality.stamps.deviation ?? Int16.min)
    }

    private mutating func adjust(_ clock: ClockObject) -> DataAccessResult {
        let reading = meter.clock.reading(at: instant)
        switch clock.adjustment {
        case .set(let time):
            guard let civil = CivilStamp(time) else { return .typeUnmatched }
            meter.clock.set(to: civil.seconds * 1_000, at: instant)
        case .toMinute: meter.clock.set(to: floorDivide(reading + 30_000, 60_000) * 60_000, at: instant)
        case .shift(let seconds): meter.clock.set(to: reading + Int64(seconds) * 1_000, at: instant)
        case nil: return .readWriteDenied
        }
        let isSetting = if case .set? = clock.adjustment { true } else { false }
        meter.diary.noteClock(isSetting: isSetting, at: instant)
        return .success
    }

    /// A date-time the way this model fills it.
    func stamp(_ civil: CivilStamp, isArchived: Bool) -> DateTimeValue {
        let stamps = meter.personality.stamps
        var status = isArchived ? ClockStatus(rawValue: stamps.archiveStatus) : []
        if let summer = meter.diary.summer, civil >= summer { status.insert(.daylightSaving) }
        return DateTimeValue(
            civil, hasWeekday: !isArchived || stamps.hasWeekday, deviationMinutes: stamps.deviation,
            status: status)
    }

    private func value(of column: MeterColumn) -> DataValue {
        switch column.source {
        case .increment, .demand:
            let series = meter.intervals(at: instant)
            guard series.count > 0 else { return .doubleLongUnsigned(0) }
            return meter.interval([column], endingAt: series.stamp(series.count - 1))[0]
        default: return meter.value(of: column, at: instant)
        }
    }

    private func association(_ name: LogicalName, _ client: ClientSAP) -> AssociationObject {
        let mechanism: AuthenticationMechanism = client == .publicClient ? .none : .lowLevel
        return AssociationObject(
            name, objectList: objectList(for: client), client: client,
            conformance: Conformance(rawValue: meter.personality.conformanceBits ?? 0),
            maximumPDU: UInt16(clamping: meter.personality.link.pduSize), mechanism: mechanism,
            status: .nonAssociated)
    }
}

extension MeterColumn {
    /// Attribute 3 of its register.
    var scalerUnit: ScalerUnit { ScalerUnit(scaler: scaler, unit: UnitCode(unit).rawValue) }
}

extension CivilStamp {
    /// The local fields of a date-time; nil with wildcards among them. The deviation is ignored (spodes.md
    /// c).
    package init?(_ time: DateTimeValue) {
        guard time.isSpecified else { return nil }
        self.init(
            year: Int(time.date.year), month: Int(time.date.month), day: Int(time.date.day),
            hour: Int(time.time.hour), minute: Int(time.time.minute),
            second: time.time.second < 60 ? Int(time.time.second) : 0)
    }
}

extension DateTimeValue {
    /// A civil stamp as a date-time.
    package init(
        _ civil: CivilStamp, hasWeekday: Bool = true, deviationMinutes: Int16? = nil, status: ClockStatus = []
    ) {
        let (year, month, day) = civil.date
        self.init(
            date: DateValue(
                year: UInt16(clamping: year), month: UInt8(month), day: UInt8(day),
                dayOfWeek: hasWeekday ? UInt8(civil.weekday) : 0xFF),
            time: TimeValue(
                hour: UInt8(civil.hour), minute: UInt8(civil.minute), second: UInt8(civil.second)),
            deviationMinutes: deviationMinutes, status: status)
    }
}
