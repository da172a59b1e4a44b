// Tolerant views of a value. Meters differ in the types they choose for one attribute (an event code comes as
// enum, long-unsigned or double-long-unsigned), so drivers ask for what they mean, not for a tag.

extension DataValue {
    /// A whole number of any integer type, enum or boolean; nil for other types and beyond 64 bits signed.
    package var wholeNumber: Int64? {
        switch self {
        case .doubleLong(let value): Int64(value)
        case .doubleLongUnsigned(let value): Int64(value)
        case .integer(let value): Int64(value)
        case .long(let value): Int64(value)
        case .unsigned(let value), .enumerated(let value): Int64(value)
        case .longUnsigned(let value): Int64(value)
        case .long64(let value): value
        case .long64Unsigned(let value): Int64(exactly: value)
        case .boolean(let value): value ? 1 : 0
        default: nil
        }
    }

    /// A floating-point value of tags 23 and 24; nil for other types.
    package var floatingPoint: Double? {
        switch self {
        case .float32(let value): Double(value)
        case .float64(let value): value
        default: nil
        }
    }

    /// The octets of an octet-string or of any character string; nil for other types.
    package var stringOctets: [UInt8]? {
        switch self {
        case .octetString(let octets), .visibleString(let octets), .utf8String(let octets): octets
        default: nil
        }
    }

    /// The elements of an array, structure or compact array; nil for other types and a damaged compact array.
    package var elements: [DataValue]? {
        switch self {
        case .array(let elements), .structure(let elements): elements
        case .compactArray(let compact): try? compact.elements()
        default: nil
        }
    }

    /// A date-time sent under its own tag or as an octet-string of twelve octets; nil for anything else.
    package var dateTimeValue: DateTimeValue? {
        switch self {
        case .dateTime(let value): value
        case .octetString(let octets): DateTimeValue(octets: octets)
        default: nil
        }
    }

    /// A logical name sent as an octet-string of six octets; nil for anything else.
    package var logicalName: LogicalName? {
        guard case .octetString(let octets) = self else { return nil }
        return LogicalName(octets: octets)
    }

    /// A date-time as meters and clients usually send it: an octet-string of twelve octets.
    package static func octetString(_ value: DateTimeValue) -> DataValue { .octetString(value.octets) }

    /// A logical name as an octet-string of six octets.
    package static func octetString(_ name: LogicalName) -> DataValue { .octetString(name.octets) }
}
