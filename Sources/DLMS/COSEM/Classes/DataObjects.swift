// Interface classes 1, 3 and 4 (IEC 62056-6-2: Data, Register, Extended register): a value, and what it is
// worth.

/// Class 1: one value.
package struct DataObject: InterfaceObject {
    /// 1
    package static let classID: UInt16 = 1
    /// Logical name and value.
    package static let attributeCount: Int8 = 2

    /// Its name.
    package var logicalName: LogicalName
    /// Attribute 2.
    package var value: DataValue

    /// A value under a name.
    package init(_ logicalName: LogicalName, value: DataValue) {
        self.logicalName = logicalName
        self.value = value
    }

    /// Reads attribute 2.
    package func attribute(_ index: Int8, selection: AccessSelection?) -> AttributeAnswer {
        index == 2 ? .value(value) : .failure(.objectUndefined)
    }

    /// Sets attribute 2 to a value of the same type.
    package mutating func setAttribute(_ index: Int8, to newValue: DataValue) -> DataAccessResult {
        guard index == 2 else { return .readWriteDenied }
        guard newValue.tag == value.tag else { return .typeUnmatched }
        value = newValue
        return .success
    }
}

/// Scaler and unit of a register: value × 10^scaler, unit by the table of IEC 62056-6-2 (30 is Wh, 255 is
/// none).
package struct ScalerUnit: Sendable, Hashable {
    /// Exponent of ten.
    package var scaler: Int8
    /// Unit code.
    package var unit: UInt8

    /// A pair.
    package init(scaler: Int8, unit: UInt8) {
        self.scaler = scaler
        self.unit = unit
    }

    /// A pair from its structure; nil when it is something else.
    package init?(_ value: DataValue) {
        guard case .structure(let parts) = value, parts.count == 2,
            let scaler = parts[0].wholeNumber.flatMap(Int8.init(exactly:)),
            let unit = parts[1].wholeNumber.flatMap(UInt8.init(exactly:))
        else { return nil }
        self.init(scaler: scaler, unit: unit)
    }

    /// The structure: integer, enum.
    package var value: DataValue { .structure([.integer(scaler), .enumerated(unit)]) }
}

/// Class 3: a value with scaler and unit.
package struct RegisterObject: InterfaceObject {
    /// 3
    package static let classID: UInt16 = 3
    /// Logical name, value, scaler and unit.
    package static let attributeCount: Int8 = 3
    /// Reset.
    package static let methodCount: Int8 = 1

    /// Its name.
    package var logicalName: LogicalName
    /// Attribute 2.
    package var value: DataValue
    /// Attribute 3.
    package var scalerUnit: ScalerUnit

    /// A register.
    package init(_ logicalName: LogicalName, value: DataValue, scalerUnit: ScalerUnit) {
        self.logicalName = logicalName
        self.value = value
        self.scalerUnit = scalerUnit
    }

    /// Reads attributes 2 and 3.
    package func attribute(_ index: Int8, selection: AccessSelection?) -> AttributeAnswer {
        switch index {
        case 2: .value(value)
        case 3: .value(scalerUnit.value)
        default: .failure(.objectUndefined)
        }
    }
}

/// Class 4: a register with a status and the time of capture, such as a maximum.
package struct ExtendedRegisterObject: InterfaceObject {
    /// 4
    package static let classID: UInt16 = 4
    /// Logical name, value, scaler and unit, status, capture time.
    package static let attributeCount: Int8 = 5
    /// Reset.
    package static let methodCount: Int8 = 1

    /// Its name.
    package var logicalName: LogicalName
    /// Attribute 2.
    package var value: DataValue
    /// Attribute 3.
    package var scalerUnit: ScalerUnit
    /// Attribute 4.
    package var status: DataValue
    /// Attribute 5.
    package var captureTime: DateTimeValue

    /// A register.
    package init(
        _ logicalName: LogicalName, value: DataValue, scalerUnit: ScalerUnit, status: DataValue = .nullData,
        captureTime: DateTimeValue
    ) {
        self.logicalName = logicalName
        self.value = value
        self.scalerUnit = scalerUnit
        self.status = status
        self.captureTime = captureTime
    }

    /// Reads attributes 2…5.
    package func attribute(_ index: Int8, selection: AccessSelection?) -> AttributeAnswer {
        switch index {
        case 2: .value(value)
        case 3: .value(scalerUnit.value)
        case 4: .value(status)
        case 5: .value(.octetString(captureTime))
        default: .failure(.objectUndefined)
        }
    }
}
