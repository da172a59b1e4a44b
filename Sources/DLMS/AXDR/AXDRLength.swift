// Lengths and optional-presence octets of A-XDR (IEC 61334-6), which BER shares in the definite form. Every
// decoder of this module reads lengths here, so no length is ever believed without a bound.

package import Octets

/// Named upper bounds of what the application layer accepts.
package enum DLMSLimit {
    /// Longest single APDU, octets: the PDU size field has 16 bits, ciphering adds its header.
    package static let apdu = 65_600
    /// Longest payload joined from data blocks, octets; a year of half-hours of 14 columns fits.
    package static let joinedPayload = 2 << 20
    /// Deepest nesting of arrays and structures; objects of the field stay below 8.
    package static let depth = 16
    /// Most descriptors or results of one with-list service.
    package static let listCount = 256
    /// Most values a compact array expands to.
    package static let expandedValues = 262_144
}

extension OctetReader {
    /// A definite length or count: one octet below 80h, else 81h…84h and that many octets, big-endian.
    /// Throws `invalid` for the indefinite form and for more than four octets, `tooLong` above `limit`.
    package mutating func length(
        limit: Int, _ what: @autoclosure () -> String = "length"
    ) throws(DecodingError) -> Int {
        let start = position
        let first = try octet(what())
        var value = UInt64(first)
        if first >= 0x80 {
            guard (0x81...0x84).contains(first) else { throw DecodingError(.invalid, at: start, what()) }
            value = 0
            for octet in try take(Int(first & 0x7F), what()) { value = value << 8 | UInt64(octet) }
        }
        guard value <= UInt64(limit) else { throw DecodingError(.tooLong, at: start, what()) }
        return Int(value)
    }

    /// A length and that many octets. Throws `truncated` when the buffer holds fewer.
    package mutating func lengthPrefixed(
        limit: Int = DLMSLimit.joinedPayload, _ what: @autoclosure () -> String = "octet-string"
    ) throws(DecodingError) -> ArraySlice<UInt8> {
        try take(try length(limit: limit, what()), what())
    }

    /// The same as an array of its own: what a value keeps.
    package mutating func octetString(
        limit: Int = DLMSLimit.joinedPayload, _ what: @autoclosure () -> String = "octet-string"
    ) throws(DecodingError) -> [UInt8] {
        try array(try length(limit: limit, what()), what())
    }

    /// The presence octet of an OPTIONAL field or a BOOLEAN: zero is absent or false, anything else true.
    package mutating func flag(_ what: @autoclosure () -> String = "flag") throws(DecodingError) -> Bool {
        try octet(what()) != 0
    }

    /// Throws `tooLong` unless the whole buffer is at most `DLMSLimit.apdu` octets.
    func checkLength(of what: @autoclosure () -> String) throws(DecodingError) {
        guard octets.count <= DLMSLimit.apdu else {
            throw DecodingError(.tooLong, at: octets.startIndex, what())
        }
    }
}

extension OctetWriter {
    /// A length or count in its shortest form.
    package mutating func length(_ value: Int) {
        switch value {
        case ..<0x80: octet(UInt8(truncatingIfNeeded: value))
        case ..<0x100:
            octet(0x81)
            octet(UInt8(truncatingIfNeeded: value))
        case ..<0x1_0000:
            octet(0x82)
            big(UInt16(truncatingIfNeeded: value))
        default:
            octet(0x84)
            big(UInt32(truncatingIfNeeded: value))
        }
    }

    /// A length and the octets it counts.
    package mutating func lengthPrefixed(_ octets: some Collection<UInt8>) {
        length(octets.count)
        append(octets)
    }

    /// A BOOLEAN: 00h or `yes`, which is 01h for most meters and FFh for some.
    package mutating func flag(_ value: Bool, yes: UInt8 = 1) { octet(value ? yes : 0) }
}
