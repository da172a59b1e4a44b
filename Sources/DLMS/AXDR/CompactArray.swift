// Compact arrays (IEC 62056-5-3, Data tag 19): the element type is described once, the elements follow
// without tags. Kept as received and expanded on demand, for a few octets of description can stand for very
// many values.

package import Octets

/// The description of an element of a compact array.
package indirect enum TypeDescription: Sendable, Hashable {
    /// A type told by its tag alone.
    case simple(DataTag)
    /// `count` elements of one type.
    case array(count: UInt16, TypeDescription)
    /// One of each type in turn.
    case structure([TypeDescription])

    init(from reader: inout OctetReader, depth: Int) throws(DecodingError) {
        let start = reader.position
        guard depth < DLMSLimit.depth else { throw DecodingError(.tooLong, at: start, "nesting of types") }
        let octet = try reader.octet("type description")
        switch DataTag(rawValue: octet) {
        case .array:
            let count = try reader.big(UInt16.self, "number of elements")
            self = .array(count: count, try TypeDescription(from: &reader, depth: depth + 1))
        case .structure:
            let count = try reader.length(limit: reader.remaining, "number of types")
            var types: [TypeDescription] = []
            for _ in 0..<count { types.append(try TypeDescription(from: &reader, depth: depth + 1)) }
            self = .structure(types)
        case .compactArray, nil:
            throw DecodingError(.unsupported, at: start, "type description \([octet].hex)")
        case .some(let tag): self = .simple(tag)
        }
    }

    func encode(into writer: inout OctetWriter) {
        switch self {
        case .simple(let tag): writer.octet(tag.rawValue)
        case .array(let count, let type):
            writer.octet(DataTag.array.rawValue)
            writer.big(count)
            type.encode(into: &writer)
        case .structure(let types):
            writer.octet(DataTag.structure.rawValue)
            writer.length(types.count)
            for type in types { type.encode(into: &writer) }
        }
    }

    /// Reads one value of this type; `budget` counts down the values that may still be made.
    fileprivate func value(
        from reader: inout OctetReader, depth: Int, budget: inout Int
    ) throws(DecodingError) -> DataValue {
        budget -= 1
        guard budget >= 0 else { throw DecodingError(.tooLong, at: reader.position, "compact-array") }
        switch self {
        case .simple(let tag): return try DataValue(tag, from: &reader, depth: depth)
        case .array(let count, let type):
            var values: [DataValue] = []
            for _ in 0..<count {
                values.append(try type.value(from: &reader, depth: depth + 1, budget: &budget))
            }
            return .array(values)
        case .structure(let types):
            var values: [DataValue] = []
            for type in types {
                values.append(try type.value(from: &reader, depth: depth + 1, budget: &budget))
            }
            return .structure(values)
        }
    }
}

/// Elements of one type, packed.
package struct CompactArray: Sendable, Hashable {
    /// The type of every element.
    package let type: TypeDescription
    /// The elements without tags, one after another.
    package let contents: [UInt8]

    /// A compact array of `contents` already packed as `type` says.
    package init(type: TypeDescription, contents: [UInt8]) {
        self.type = type
        self.contents = contents
    }

    init(from reader: inout OctetReader, depth: Int) throws(DecodingError) {
        type = try TypeDescription(from: &reader, depth: depth)
        contents = try reader.octetString("array contents")
    }

    func encode(into writer: inout OctetWriter) {
        type.encode(into: &writer)
        writer.lengthPrefixed(contents)
    }

    /// The elements as values. Throws `truncated` when the contents end inside an element, `invalid` when
    /// elements take no octets, `tooLong` beyond `DLMSLimit.expandedValues`.
    package func elements() throws(DecodingError) -> [DataValue] {
        var reader = OctetReader(contents)
        var budget = DLMSLimit.expandedValues
        var values: [DataValue] = []
        while !reader.isAtEnd {
            let start = reader.position
            values.append(try type.value(from: &reader, depth: 0, budget: &budget))
            guard reader.position > start else { throw DecodingError(.invalid, at: start, "empty element") }
        }
        return values
    }
}
