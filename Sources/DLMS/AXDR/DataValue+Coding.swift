// A-XDR of Data in both directions. Depth is bounded and every element costs at least one octet of the
// buffer, so a hostile count cannot make the decoder allocate more than it was given.

package import Octets

extension DataValue {
    /// Reads one value with its tag. Throws `unsupported` for an unknown tag, `tooLong` beyond the depth
    /// bound.
    package init(from reader: inout OctetReader) throws(DecodingError) {
        try self.init(from: &reader, depth: 0)
    }

    /// One value that fills `octets` to the last. Throws `trailing` when something follows.
    package init(octets: [UInt8]) throws(DecodingError) {
        var reader = OctetReader(octets)
        try self.init(from: &reader)
        try reader.finish("end of data")
    }

    init(from reader: inout OctetReader, depth: Int) throws(DecodingError) {
        let start = reader.position
        let octet = try reader.octet("data tag")
        guard let tag = DataTag(rawValue: octet) else {
            throw DecodingError(.unsupported, at: start, "data tag \([octet].hex)")
        }
        try self.init(tag, from: &reader, depth: depth)
    }

    /// Reads the content that belongs to `tag`; the tag itself has been read.
    init(_ tag: DataTag, from reader: inout OctetReader, depth: Int) throws(DecodingError) {
        switch tag {
        case .array: self = .array(try DataValue.elements(from: &reader, depth: depth))
        case .structure: self = .structure(try DataValue.elements(from: &reader, depth: depth))
        case .compactArray: self = .compactArray(try CompactArray(from: &reader, depth: depth))
        case .bitString: self = .bitString(try BitString(from: &reader))
        case .octetString: self = .octetString(try reader.octetString())
        case .visibleString: self = .visibleString(try reader.octetString())
        case .utf8String: self = .utf8String(try reader.octetString())
        case .dateTime: self = .dateTime(try DateTimeValue(from: &reader))
        case .date: self = .date(try DateValue(from: &reader))
        case .time: self = .time(try TimeValue(from: &reader))
        case .nullData: self = .nullData
        case .dontCare: self = .dontCare
        case .boolean: self = .boolean(try reader.flag("boolean"))
        case .float32: self = .float32(Float(bitPattern: try reader.big(UInt32.self, "float32")))
        case .float64: self = .float64(Double(bitPattern: try reader.big(UInt64.self, "float64")))
        case .doubleLong: self = .doubleLong(try reader.big(Int32.self, tag.name))
        case .doubleLongUnsigned: self = .doubleLongUnsigned(try reader.big(UInt32.self, tag.name))
        case .bcd: self = .bcd(try reader.octet(tag.name))
        case .integer: self = .integer(Int8(bitPattern: try reader.octet(tag.name)))
        case .long: self = .long(try reader.big(Int16.self, tag.name))
        case .unsigned: self = .unsigned(try reader.octet(tag.name))
        case .longUnsigned: self = .longUnsigned(try reader.big(UInt16.self, tag.name))
        case .long64: self = .long64(try reader.big(Int64.self, tag.name))
        case .long64Unsigned: self = .long64Unsigned(try reader.big(UInt64.self, tag.name))
        case .enumerated: self = .enumerated(try reader.octet(tag.name))
        }
    }

    private static func elements(
        from reader: inout OctetReader, depth: Int
    ) throws(DecodingError) -> [DataValue] {
        let start = reader.position
        guard depth < DLMSLimit.depth else { throw DecodingError(.tooLong, at: start, "nesting of data") }
        let count = try reader.length(limit: DLMSLimit.joinedPayload, "number of elements")
        guard count <= reader.remaining else { throw DecodingError(.truncated, at: start, "elements") }
        var values: [DataValue] = []
        values.reserveCapacity(count)
        for _ in 0..<count { values.append(try DataValue(from: &reader, depth: depth + 1)) }
        return values
    }

    /// Writes the value with its tag.
    package func encode(into writer: inout OctetWriter) {
        writer.octet(tag.rawValue)
        encodeContent(into: &writer)
    }

    /// The value with its tag.
    package var encoded: [UInt8] {
        var writer = OctetWriter()
        encode(into: &writer)
        return writer.octets
    }

    func encodeContent(into writer: inout OctetWriter) {
        switch self {
        case .nullData, .dontCare: break
        case .array(let elements), .structure(let elements):
            writer.length(elements.count)
            for element in elements { element.encode(into: &writer) }
        case .compactArray(let value): value.encode(into: &writer)
        case .boolean(let value): writer.flag(value)
        case .bitString(let value): value.encode(into: &writer)
        case .octetString(let value), .visibleString(let value), .utf8String(let value):
            writer.lengthPrefixed(value)
        case .doubleLong(let value): writer.big(value)
        case .doubleLongUnsigned(let value): writer.big(value)
        case .bcd(let value), .unsigned(let value), .enumerated(let value): writer.octet(value)
        case .integer(let value): writer.big(value)
        case .long(let value): writer.big(value)
        case .longUnsigned(let value): writer.big(value)
        case .long64(let value): writer.big(value)
        case .long64Unsigned(let value): writer.big(value)
        case .float32(let value): writer.big(value.bitPattern)
        case .float64(let value): writer.big(value.bitPattern)
        case .dateTime(let value): value.encode(into: &writer)
        case .date(let value): value.encode(into: &writer)
        case .time(let value): value.encode(into: &writer)
        }
    }
}
