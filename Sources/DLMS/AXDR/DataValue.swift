// The Data type of COSEM (IEC 62056-5-3, A-XDR): what attributes hold and services carry, as a tree of
// values. Decoding and encoding: DataValue+Coding.swift; tolerant access: DataValue+Access.swift.

/// A value of the COSEM type Data; cases bear the standard's names.
package enum DataValue: Sendable, Hashable {
    /// Tag 0: nothing.
    case nullData
    /// Tag 1: elements of one type.
    case array([DataValue])
    /// Tag 2: elements of any types.
    case structure([DataValue])
    /// Tag 3.
    case boolean(Bool)
    /// Tag 4.
    case bitString(BitString)
    /// Tag 5: 32 bits signed.
    case doubleLong(Int32)
    /// Tag 6: 32 bits unsigned.
    case doubleLongUnsigned(UInt32)
    /// Tag 9.
    case octetString([UInt8])
    /// Tag 10: ASCII by the standard, CP1251 from Russian meters; kept as octets.
    case visibleString([UInt8])
    /// Tag 12: UTF-8, kept as octets.
    case utf8String([UInt8])
    /// Tag 13: binary-coded decimal, one octet.
    case bcd(UInt8)
    /// Tag 15: 8 bits signed.
    case integer(Int8)
    /// Tag 16: 16 bits signed.
    case long(Int16)
    /// Tag 17: 8 bits unsigned.
    case unsigned(UInt8)
    /// Tag 18: 16 bits unsigned.
    case longUnsigned(UInt16)
    /// Tag 19: elements of one type, the type told once.
    case compactArray(CompactArray)
    /// Tag 20: 64 bits signed.
    case long64(Int64)
    /// Tag 21: 64 bits unsigned.
    case long64Unsigned(UInt64)
    /// Tag 22.
    case enumerated(UInt8)
    /// Tag 23.
    case float32(Float)
    /// Tag 24.
    case float64(Double)
    /// Tag 25.
    case dateTime(DateTimeValue)
    /// Tag 26.
    case date(DateValue)
    /// Tag 27.
    case time(TimeValue)
    /// Tag 255.
    case dontCare
}

/// The tag octets of Data.
package enum DataTag: UInt8, Sendable, Hashable, CaseIterable {
    /// null-data
    case nullData = 0
    /// array
    case array = 1
    /// structure
    case structure = 2
    /// boolean
    case boolean = 3
    /// bit-string
    case bitString = 4
    /// double-long
    case doubleLong = 5
    /// double-long-unsigned
    case doubleLongUnsigned = 6
    /// octet-string
    case octetString = 9
    /// visible-string
    case visibleString = 10
    /// utf8-string
    case utf8String = 12
    /// bcd
    case bcd = 13
    /// integer
    case integer = 15
    /// long
    case long = 16
    /// unsigned
    case unsigned = 17
    /// long-unsigned
    case longUnsigned = 18
    /// compact-array
    case compactArray = 19
    /// long64
    case long64 = 20
    /// long64-unsigned
    case long64Unsigned = 21
    /// enum
    case enumerated = 22
    /// float32
    case float32 = 23
    /// float64
    case float64 = 24
    /// date-time
    case dateTime = 25
    /// date
    case date = 26
    /// time
    case time = 27
    /// dont-care
    case dontCare = 255

    /// The standard's name, such as `double-long-unsigned`.
    package var name: String {
        switch self {
        case .nullData: "null-data"
        case .bitString: "bit-string"
        case .doubleLong: "double-long"
        case .doubleLongUnsigned: "double-long-unsigned"
        case .octetString: "octet-string"
        case .visibleString: "visible-string"
        case .utf8String: "utf8-string"
        case .longUnsigned: "long-unsigned"
        case .compactArray: "compact-array"
        case .long64Unsigned: "long64-unsigned"
        case .enumerated: "enum"
        case .dateTime: "date-time"
        case .dontCare: "dont-care"
        case .array, .structure, .boolean, .bcd, .integer, .long, .unsigned, .long64, .float32, .float64,
            .date, .time:
            String(describing: self)
        }
    }
}

extension DataValue {
    /// The tag this value is sent with.
    package var tag: DataTag {
        switch self {
        case .nullData: .nullData
        case .array: .array
        case .structure: .structure
        case .boolean: .boolean
        case .bitString: .bitString
        case .doubleLong: .doubleLong
        case .doubleLongUnsigned: .doubleLongUnsigned
        case .octetString: .octetString
        case .visibleString: .visibleString
        case .utf8String: .utf8String
        case .bcd: .bcd
        case .integer: .integer
        case .long: .long
        case .unsigned: .unsigned
        case .longUnsigned: .longUnsigned
        case .compactArray: .compactArray
        case .long64: .long64
        case .long64Unsigned: .long64Unsigned
        case .enumerated: .enumerated
        case .float32: .float32
        case .float64: .float64
        case .dateTime: .dateTime
        case .date: .date
        case .time: .time
        case .dontCare: .dontCare
        }
    }
}
