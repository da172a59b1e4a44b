// Reading octets from a bounded buffer: every protocol core decodes through this value. Running out is an
// ordinary error with an offset, never a trap. Public, not package: only what is public and inlinable the
// compiler takes into callers of other modules, and a field read by a call costs more than its octets.

/// Why octets could not be read as what was expected.
public struct DecodingError: Error, Sendable, Hashable {
    /// What went wrong, by kind; equality of errors is equality of this.
    public enum Code: String, Sendable, Hashable {
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
    public var code: Code
    /// Offset of the offending octet from the start of the buffer.
    public var offset: Int
    /// What was being read, in English, for logs and the analyser.
    public var text: String

    /// An error of `code` at `offset` while reading `text`.
    @inlinable
    public init(_ code: Code, at offset: Int, _ text: String) {
        self.code = code
        self.offset = offset
        self.text = text
    }

    /// Errors are equal when their codes are.
    public static func == (left: Self, right: Self) -> Bool { left.code == right.code }

    /// Hashes the code alone, as equality compares it.
    public func hash(into hasher: inout Hasher) { hasher.combine(code) }
}

/// A cursor over octets. Offsets in errors count from the start of the array the slice was cut from.
public struct OctetReader: Sendable {
    /// The octets being read.
    public let octets: ArraySlice<UInt8>
    @usableFromInline var next: Int

    /// Reads from the first octet of `octets`.
    @inlinable
    public init(_ octets: ArraySlice<UInt8>) {
        self.octets = octets
        self.next = octets.startIndex
    }

    /// Reads from the first octet of `octets`.
    @inlinable
    public init(_ octets: [UInt8]) { self.init(octets[...]) }

    /// Index of the next octet.
    @inlinable public var position: Int { next }

    /// Octets not yet read.
    @inlinable public var remaining: Int { octets.endIndex - next }

    /// Whether everything has been read.
    @inlinable public var isAtEnd: Bool { next == octets.endIndex }

    /// The next octet without consuming it.
    @inlinable public var peek: UInt8? { next < octets.endIndex ? octets[next] : nil }

    /// The next octet. Throws `truncated` at the end.
    @inlinable
    public mutating func octet(_ what: @autoclosure () -> String = "octet") throws(DecodingError) -> UInt8 {
        guard next < octets.endIndex else { throw truncated(what()) }
        defer { next += 1 }
        return octets[next]
    }

    /// The next `count` octets as a slice. Throws `truncated` when there are fewer.
    @inlinable
    public mutating func take(
        _ count: Int, _ what: @autoclosure () -> String = "octets"
    ) throws(DecodingError) -> ArraySlice<UInt8> {
        guard count >= 0, remaining >= count else { throw truncated(what()) }
        defer { next += count }
        return octets[next..<next + count]
    }

    /// The next `count` octets as an array of their own. Throws `truncated` when there are fewer.
    @inlinable
    public mutating func array(
        _ count: Int, _ what: @autoclosure () -> String = "octets"
    ) throws(DecodingError) -> [UInt8] {
        guard count >= 0, remaining >= count else { throw truncated(what()) }
        let start = next - octets.startIndex
        next += count
        return octets.withUnsafeBytes { Array($0[start..<start + count]) }
    }

    /// A big-endian integer as wide as `type`.
    @inlinable
    public mutating func big<Number: FixedWidthInteger & BitwiseCopyable>(
        _ type: Number.Type, _ what: @autoclosure () -> String = "integer"
    ) throws(DecodingError) -> Number {
        let width = MemoryLayout<Number>.size
        guard remaining >= width else { throw truncated(what()) }
        let start = next - octets.startIndex
        next += width
        return octets.withUnsafeBytes {
            Number(bigEndian: $0.loadUnaligned(fromByteOffset: start, as: Number.self))
        }
    }

    /// `count` octets, at most eight, as a number, most significant octet first.
    @inlinable
    public mutating func word(
        octets count: Int, _ what: @autoclosure () -> String = "integer"
    ) throws(DecodingError) -> UInt64 {
        var value: UInt64 = 0
        for octet in try take(count, what()) { value = value << 8 | UInt64(octet) }
        return value
    }

    /// A little-endian integer as wide as `type`.
    @inlinable
    public mutating func little<Number: FixedWidthInteger & BitwiseCopyable>(
        _ type: Number.Type, _ what: @autoclosure () -> String = "integer"
    ) throws(DecodingError) -> Number {
        try big(type, what()).byteSwapped
    }

    /// Throws `trailing` unless everything has been read.
    @inlinable
    public func finish(_ what: @autoclosure () -> String = "end") throws(DecodingError) {
        guard isAtEnd else { throw DecodingError(.trailing, at: next, what()) }
    }

    /// The error of every field that the buffer ends in; apart, to take no room where fields are read.
    @usableFromInline @inline(never)
    func truncated(_ what: String) -> DecodingError { DecodingError(.truncated, at: next, what) }
}
