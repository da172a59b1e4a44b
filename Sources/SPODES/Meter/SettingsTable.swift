// Objects of a SPODES meter that hold settings, as rows of tables: class, who may change what, the code of
// journal 3 a change is noted with, and the values as delivered. What was written lies over them.

import DLMS
import Metering

/// An attribute of an object.
struct AttributeKey: Sendable, Hashable {
    let object: ObjectKey
    let index: Int8
}

/// What has been written to a meter's settings.
struct WrittenSettings: Sendable, Hashable {
    private var values: [AttributeKey: DataValue] = [:]

    /// Whether nothing has ever been written.
    var isEmpty: Bool { values.isEmpty }

    subscript(object: ObjectKey, index: Int8) -> DataValue? {
        get { values.isEmpty ? nil : values[AttributeKey(object: object, index: index)] }
        set { values[AttributeKey(object: object, index: index)] = newValue }
    }
}

/// A row of the table of settings.
struct SettingsEntry: Sendable {
    let key: ObjectKey
    let version: UInt8
    let attributeCount: Int8
    /// Attributes the configurator writes, with their codes in journal 3.
    let writable: [Int8: UInt8]
    /// Methods the configurator invokes.
    let methods: Set<Int8>
    /// Whether the public client reads it too.
    let isPublic: Bool
    /// Values as delivered, from attribute 2 on.
    let delivered: @Sendable (SPODESDirectory) -> [DataValue]
    private let build: @Sendable (LogicalName, [DataValue]) -> any TabledObject

    init<Class: InterfaceClass>(
        _ type: Class.Type, _ code: OBISCode, writable: [Int8: UInt8] = [:], methods: Set<Int8> = [],
        isPublic: Bool = false, _ delivered: @escaping @Sendable (SPODESDirectory) -> [DataValue]
    ) {
        key = ObjectKey(classID: Class.classID, logicalName: LogicalName(code))
        version = Class.version
        attributeCount = Class.attributeCount
        self.writable = writable
        self.methods = methods
        self.isPublic = isPublic
        self.delivered = delivered
        build = { TableObject<Class>($0, values: $1) }
    }

    /// The object with its values now.
    func object(in directory: SPODESDirectory) -> any TabledObject {
        var values = delivered(directory)
        for place in values.indices {
            if let written = directory.meter.written[key, Int8(place + 2)] { values[place] = written }
        }
        return build(key.logicalName, values)
    }

    /// What a client may do.
    func rights(of client: ClientSAP) -> AccessRights {
        let isConfigurator = client == .configurator
        return .reading(
            attributeCount, writable: isConfigurator ? Set(writable.keys) : [],
            methods: isConfigurator ? methods : [])
    }
}

extension SPODESDirectory {
    /// Keeps what was written to a setting and notes it; carries out what was asked of one.
    mutating func take(
        _ object: any TabledObject, _ entry: SettingsEntry, after change: ObjectChange
    ) -> DataAccessResult {
        switch change {
        case .attribute(let index):
            let place = Int(index) - 2
            guard let code = entry.writable[index], object.values.indices.contains(place) else {
                return .readWriteDenied
            }
            meter.written[entry.key, index] = object.values[place]
            meter.limits = LoadLimits(meter, from: instant)
            meter.diary.note(3, code: code, at: instant, .programming)
            return .success
        case .method: return invoke(entry.key, with: object)
        }
    }

    private mutating func invoke(_ key: ObjectKey, with object: any TabledObject) -> DataAccessResult {
        switch key.classID {
        case ActivityCalendarClass.classID:
            // What was to come is in force: attributes 6…9 become 2…5.
            for index in Int8(2)...5 { meter.written[key, index] = object.values[Int(index) + 2] }
            meter.diary.note(3, code: 9, at: instant, .programming)
            return .success
        case ScriptTableClass.classID where key.logicalName == LogicalName(ObjectTable.relayScripts):
            switch object.parameters {
            case .longUnsigned(1)?: meter.switchRelay(on: false, at: instant)
            case .longUnsigned(2)?: meter.switchRelay(on: true, at: instant)
            default: return .typeUnmatched
            }
            return .success
        case PushSetupClass.classID:
            meter.pushes.isAsked = true
            return .success
        default: return .readWriteDenied
        }
    }
}
