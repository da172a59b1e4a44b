// Which objects a SPODES meter of a model has, and what each client may do with them (GOST R 58940, 6.2).

import DLMS
import Metering
import Timekeeping

extension SPODESDirectory {
    static let deviceName = LogicalName(ObjectTable.logicalDeviceName)

    /// All objects in the order of the object list.
    static func catalogue(of personality: Personality) -> [(key: ObjectKey, entry: Entry)] {
        var list: [(key: ObjectKey, entry: Entry)] = []
        func add(_ classID: UInt16, _ code: OBISCode, _ entry: Entry) {
            list.append((ObjectKey(classID: classID, logicalName: LogicalName(code)), entry))
        }
        add(AssociationObject.classID, ObjectTable.currentAssociation, .currentAssociation)
        add(ClockObject.classID, ObjectTable.clock, .clock)
        for (code, value) in passport { add(DataObject.classID, code, .data(value)) }
        for (code, value) in alarms { add(DataObject.classID, code, .setting(value)) }
        add(
            RegisterObject.classID, ObjectTable.meterConstant,
            .constant(.doubleLongUnsigned(personality.impulses)))
        var columns = personality.energyColumns + personality.dayColumns + personality.profileColumns
        columns += personality.networkColumns
        // The voltages of a profile are present values too.
        var seen: Set<OBISCode> = []
        columns.removeAll { !seen.insert($0.code).inserted }
        for column in columns { add(RegisterObject.classID, column.code, .register(column)) }
        for profile in ArchiveProfile.allCases {
            add(ProfileGenericObject.classID, profile.object, .archive(profile))
            guard personality.scalerProfiles.isPresent else { continue }
            add(ProfileGenericObject.classID, profile.scalers, .scalers(profile))
        }
        if personality.snapshot.isPresent {
            add(ProfileGenericObject.classID, ObjectTable.snapshot, .snapshot)
            if personality.scalerProfiles.isPresent {
                add(ProfileGenericObject.classID, ObjectTable.snapshotScalers, .snapshotScalers)
            }
        }
        for number in MeterJournal.numbers {
            let journal = MeterJournal(number: number)
            add(ProfileGenericObject.classID, journal.code, .journal(journal))
        }
        for (code, value) in told(by: personality) { add(DataObject.classID, code, .computed(value)) }
        add(ClockObject.classID, ObjectTable.formerClock, .formerClock)
        add(TableObject<DemandRegisterClass>.classID, ObjectTable.demand, .demand)
        add(ExtendedRegisterObject.classID, ObjectTable.highestDemand, .highestDemand)
        add(HDLCSetupObject.classID, ObjectTable.hdlcSetup, .port)
        add(HDLCSetupObject.classID, ObjectTable.opticalSetup, .opticalPort)
        add(DisconnectControlObject.classID, ObjectTable.relay, .relay)
        for (index, client) in [ClientSAP.publicClient, .reader, .configurator].enumerated() {
            add(AssociationObject.classID, OBISCode(0, 0, 40, 0, UInt8(index) + 1), .association(client))
        }
        for entry in settings(of: personality) { list.append((entry.key, .settings(entry))) }
        let lacked = Set(personality.lackedCodes.map { LogicalName($0) })
        return list.filter { !lacked.contains($0.key.logicalName) }
    }

    /// Names, versions and settings: objects of class Data.
    private static let passport: [(OBISCode, @Sendable (SPODESMeter) -> DataValue)] = [
        (ObjectTable.logicalDeviceName, { .octetString(deviceName(of: $0)) }),
        (ObjectTable.serialNumber, { .octetString(Array($0.serial.utf8)) }),
        (ObjectTable.deviceType, { .octetString(CP1251.octets($0.personality.model)) }),
        (ObjectTable.metrologyVersion, { .octetString(Array($0.personality.firmware.utf8)) }),
        (ObjectTable.manufacturer, { .octetString(CP1251.octets($0.personality.manufacturer)) }),
        (ObjectTable.productionDate, { .octetString(productionDate(of: $0)) }),
        (ObjectTable.specificationVersion, { .octetString(Array($0.personality.specification.utf8)) }),
        (ObjectTable.communicationVersion, { .octetString(Array($0.personality.firmware.utf8)) }),
        (ObjectTable.currentRatio, { .longUnsigned($0.diary.currentRatio) }),
        (ObjectTable.voltageRatio, { _ in .longUnsigned(1) }),
        (ObjectTable.profilePeriod, { .unsigned(UInt8(clamping: $0.personality.profile.minutes)) }),
        (ObjectTable.alarms, { .doubleLongUnsigned($0.diary.word.rawValue) }),
    ]

    /// What the configurator writes about alarms: the filter, and the bits to take back.
    private static let alarms: [(OBISCode, @Sendable (SPODESMeter) -> DataValue)] = [
        (ObjectTable.alarmFilter, { .doubleLongUnsigned($0.diary.filter.rawValue) }),
        (ObjectTable.alarmReset, { _ in .doubleLongUnsigned(0) }),
    ]

    /// Sixteen octets: the maker's letters and the serial number.
    static func deviceName(of meter: SPODESMeter) -> [UInt8] {
        let digits = Array(meter.serial.utf8.suffix(13))
        return Array(meter.personality.manufacturer.utf8) + Array(repeating: 0x30, count: 13 - digits.count)
            + digits
    }

    /// A quarter of a year before installation.
    private static func productionDate(of meter: SPODESMeter) -> DateTimeValue {
        let day = CivilStamp(milliseconds: meter.element.installed).startOfMonth(adding: -3)
        return DateTimeValue(day)
    }
}

extension SPODESDirectory.Entry {
    /// Version of the class.
    var version: UInt8 {
        switch self {
        case .archive, .scalers, .snapshot, .snapshotScalers, .journal: ProfileGenericObject.version
        case .port, .opticalPort: HDLCSetupObject.version
        case .association, .currentAssociation: AssociationObject.version
        case .settings(let entry): entry.version
        default: 0
        }
    }

    /// Whether the public client sees it: names, its association and the clock.
    func isPublic(_ key: ObjectKey) -> Bool {
        switch self {
        case .clock, .currentAssociation: true
        case .settings(let entry): entry.isPublic
        default: key.logicalName == SPODESDirectory.deviceName
        }
    }

    /// What a client may do.
    func rights(of client: ClientSAP) -> AccessRights {
        let isConfigurator = client == .configurator
        switch self {
        case .clock:
            if isConfigurator { return UsualRights.settableClock }
            return client == .publicClient ? UsualRights.clock : UsualRights.adjustableClock
        case .formerClock: return UsualRights.clock
        case .data, .computed: return UsualRights.data
        case .settings(let entry): return entry.rights(of: client)
        case .demand: return UsualRights.demand
        case .highestDemand: return UsualRights.extendedRegister
        case .setting: return isConfigurator ? UsualRights.writableData : UsualRights.data
        case .register, .constant: return UsualRights.register
        case .archive, .scalers, .snapshotScalers, .journal: return ProfileGenericObject.usualRights
        case .snapshot:
            return client == .publicClient ? ProfileGenericObject.usualRights : UsualRights.snapshot
        case .port: return isConfigurator ? UsualRights.writablePort : UsualRights.port
        case .opticalPort: return UsualRights.port
        case .association, .currentAssociation: return UsualRights.association
        case .relay: return isConfigurator ? UsualRights.switchableRelay : UsualRights.relay
        }
    }
}

/// The rights that objects have, made once: whoever reads an attribute asks for those of its object.
private enum UsualRights {
    static let clock = AccessRights.reading(ClockObject.attributeCount)
    static let adjustableClock = AccessRights.reading(ClockObject.attributeCount, methods: [3, 6])
    static let settableClock = AccessRights.reading(
        ClockObject.attributeCount, writable: [2], methods: [3, 6])
    static let data = AccessRights.reading(DataObject.attributeCount)
    static let writableData = AccessRights.reading(DataObject.attributeCount, writable: [2])
    static let demand = AccessRights.reading(TableObject<DemandRegisterClass>.attributeCount)
    static let register = AccessRights.reading(RegisterObject.attributeCount)
    static let extendedRegister = AccessRights.reading(ExtendedRegisterObject.attributeCount)
    static let port = AccessRights.reading(HDLCSetupObject.attributeCount)
    static let writablePort = AccessRights.reading(HDLCSetupObject.attributeCount, writable: [7, 8, 9])
    static let relay = AccessRights.reading(DisconnectControlObject.attributeCount)
    static let switchableRelay = AccessRights.reading(
        DisconnectControlObject.attributeCount, writable: [4], methods: [1, 2])
    static let snapshot: AccessRights = {
        var rights = ProfileGenericObject.usualRights
        rights.methods = [2]
        return rights
    }()
    static let association: AccessRights = {
        var rights = AccessRights.reading(AssociationObject.attributeCount)
        // Nobody reads a secret.
        rights.attributes[7] = AttributeAccessMode.none
        return rights
    }()
}
