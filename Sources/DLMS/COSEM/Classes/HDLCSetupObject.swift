// Interface class 23 (IEC 62056-6-2, IEC HDLC setup): the parameters of an optical or RS-485 port.

/// Class 23: parameters of an HDLC port.
package struct HDLCSetupObject: InterfaceObject {
    /// 23
    package static let classID: UInt16 = 23
    /// Version 1.
    package static let version: UInt8 = 1
    /// Logical name … device address.
    package static let attributeCount: Int8 = 9

    /// Its name, 0.b.22.0.0.255.
    package var logicalName: LogicalName
    /// Attribute 2: 0 is 300 baud, 5 is 9600, 9 is 115200.
    package var speedCode: UInt8
    /// Attributes 3 and 4: window of either direction, 1…7.
    package var window: UInt8
    /// Attributes 5 and 6: longest information field, octets, 32…2030.
    package var maximumInformation: UInt16
    /// Attribute 7, milliseconds.
    package var interOctetTimeoutMilliseconds: UInt16
    /// Attribute 8, seconds; 0 is off.
    package var inactivityTimeoutSeconds: UInt16
    /// Attribute 9: the lower (physical) address.
    package var deviceAddress: UInt16

    /// A port with the parameters GOST R 58940 recommends, except as told.
    package init(
        _ logicalName: LogicalName, speedCode: UInt8 = 5, window: UInt8 = 1, maximumInformation: UInt16 = 128,
        interOctetTimeoutMilliseconds: UInt16 = 25, inactivityTimeoutSeconds: UInt16 = 120,
        deviceAddress: UInt16
    ) {
        self.logicalName = logicalName
        self.speedCode = speedCode
        self.window = window
        self.maximumInformation = maximumInformation
        self.interOctetTimeoutMilliseconds = interOctetTimeoutMilliseconds
        self.inactivityTimeoutSeconds = inactivityTimeoutSeconds
        self.deviceAddress = deviceAddress
    }

    /// Reads attributes 2…9.
    package func attribute(_ index: Int8, selection: AccessSelection?) -> AttributeAnswer {
        switch index {
        case 2: .value(.enumerated(speedCode))
        case 3, 4: .value(.unsigned(window))
        case 5, 6: .value(.longUnsigned(maximumInformation))
        case 7: .value(.longUnsigned(interOctetTimeoutMilliseconds))
        case 8: .value(.longUnsigned(inactivityTimeoutSeconds))
        case 9: .value(.longUnsigned(deviceAddress))
        default: .failure(.objectUndefined)
        }
    }

    /// Sets the speed, the time-outs or the address, within the ranges of GOST R 58940.
    package mutating func setAttribute(_ index: Int8, to value: DataValue) -> DataAccessResult {
        switch (index, value) {
        case (2, .enumerated(let code)) where code <= 9: speedCode = code
        case (7, .longUnsigned(let time)) where (20...6000).contains(time):
            interOctetTimeoutMilliseconds = time
        case (8, .longUnsigned(let time)) where time <= 120: inactivityTimeoutSeconds = time
        case (9, .longUnsigned(let address)) where (0x10...0x3FFD).contains(address): deviceAddress = address
        case (2, _), (7, _), (8, _), (9, _): return .typeUnmatched
        default: return .readWriteDenied
        }
        return .success
    }
}
