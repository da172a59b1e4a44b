// Reading octets from a bounded buffer: every protocol core decodes through this value. Running out is an
// ordinary error with an offset, never a trap.

/// Why octets could not be read as what was expected.
package struct DecodingError: Error, Sendable, Hashable {
    /// What went wrong, by kind; equality of errors is equality of this.
    package enum Code: String, Sendable, Hashable {
        /// The buffer ended inside a field.
        case truncated
        /// A checksum differs from its octets.
        case checksum
        /// A field holds a value the standard does not allow.
        case invalid
        /// A length or count exceeds its named bound.
        case tooLong
        /// Octets are left over after the last field.
        case trailing
        /// A tag or version this decoder does not know.
        case unsupported
        /// Protected octets do not open under the keys given.
        case protection
    }

    /// The kind of error.
    package var code: Code
    /// Offset of the offending octet from the start of the buffer.
    package var offset: Int
    /// What was being read, in English, for logs and the analyser.
    package var text: String

    /// An error of `code` at `offset` while reading `text`.
    package init(_ code: Code, at offset: Int, _ text: String) {
        self.code = code
        self.offset = offset
        self.text = text
    }

    /// Errors are equal when their codes are.
    package static func == (left: Self, right: Self) -> Bool { left.code == right.code }

    /// Hashes the code alone, as equality compares it.
    package func hash(into hasher: inout Hasher) { hasher.combine(code) }
}

/// A cursor over octets. Offsets in errors count from the start of the array the slice was cut from.
package struct OctetReader: Sendable {
    /// The octets being read.
    package let octets: ArraySlice<UInt8>
    /// Index of the next octet.
    package private(set) var position: Int

    /// Reads from the first octet of `octets`.
    package init(_ octets: ArraySlice<UInt8>) {
        self.octets = octets
        self.position = octets.startIndex
    }

    /// Reads from the first octet of `octets`.
    package init(_ octets: [UInt8]) { self.init(octets[...]) }

    /// Octets not yet read.
    package var remaining: Int { octets.endIndex - position }

    /// Whether everything has been read.
    package var isAtEnd: Bool { position == octets.endIndex }

    /// The next octet without consuming it.
    package var peek: UInt8? { position < octets.endIndex ? octets[position] : nil }

    /// The next octet. Throws `truncated` at the end.
    package mutating func octet(_ what: @autoclosure () -> String = "octet") throws(DecodingError) -> UInt8 {
        guard position < octets.endIndex else { throw DecodingError(.truncated, at: position, what()) }
        defer { position += 1 }
        return octets[position]
    }

    /// The next `count` octets as a slice. Throws `truncated` when there are fewer.
    package mutating func take(
        _ count: Int, _ what: @autoclosure () -> String = "octets"
    ) throws(DecodingError) -> ArraySlice<UInt8> {
        guard count >= 0, remaining >= count else { throw DecodingError(.truncated, at: position, what()) }
        defer { position += count }
        return octets[position..<position + count]
    }

    /// A big-endian integer as wide as `type`, at most eight octets.
    package mutating func big<Number: FixedWidthInteger>(
        _ type: Number.Type, _ what: @autoclosure () -> String = "integer"
    ) throws(DecodingError) -> Number {
        Number(truncatingIfNeeded: try word(octets: MemoryLayout<Number>.size, what()))
    }

    /// The commonest widths by themselves: callers in other modules reach the general one unspecialised,
    /// where the arithmetic costs more than the field.
    package mutating func big(
        _ type: UInt32.Type, _ what: @autoclosure () -> String = "integer"
    ) throws(DecodingError) -> UInt32 {
        UInt32(truncatingIfNeeded: try word(octets: 4, what()))
    }

    /// Two octets, most significant first.
    package mutating func big(
        _ type: UInt16.Type, _ what: @autoclosure () -> String = "integer"
    ) throws(DecodingError) -> UInt16 {
        UInt16(truncatingIfNeeded: try word(octets: 2, what()))
    }

    /// `count` octets, at most eight, as a number, most significant octet first.
    package mutating func word(
        octets count: Int, _ what: @autoclosure () -> String = "integer"
    ) throws(DecodingError) -> UInt64 {
        guard remaining >= count else { throw DecodingError(.truncated, at: position, what()) }
        var value: UInt64 = 0
        for index in position..<position + count { value = value << 8 | UInt64(octets[index]) }
        position += count
        return value
    }

    /// A little-endian integer as wide as `type`.
    package mutating func little<Number: FixedWidthInteger>(
        _ type: Number.Type, _ what: @autoclosure () -> String = "integer"
    ) throws(DecodingError) -> Number {
        try big(type, what()).byteSwapped
    }

    /// Throws `trailing` unless everything has been read.
    package func finish(_ what: @autoclosure () -> String = "end") throws(DecodingError) {
        guard isAtEnd else { throw DecodingError(.trailing, at: position, what()) }
    }
}
