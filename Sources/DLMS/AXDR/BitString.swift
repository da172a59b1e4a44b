// A bit-string of A-XDR: a count of bits and the octets that hold them, first bit in the most significant
// place.

package import Octets

/// A string of bits; unused bits of the last octet are kept as received.
package struct BitString: Sendable, Hashable {
    /// Number of bits.
    package let count: Int
    /// The octets, `(count + 7) / 8` of them.
    package let octets: [UInt8]

    /// A bit-string of all bits of `octets`.
    package init(octets: [UInt8]) {
        self.count = octets.count * 8
        self.octets = octets
    }

    /// The bit at `index`, counted from the first; false beyond the end.
    package subscript(index: Int) -> Bool {
        guard index >= 0, index < count else { return false }
        return octets[index / 8] & (0x80 >> UInt8(index % 8)) != 0
    }

    /// Reads the count of bits and their octets. Throws `truncated`, `tooLong`.
    package init(from reader: inout OctetReader) throws(DecodingError) {
        count = try reader.length(limit: DLMSLimit.joinedPayload, "bit-string length")
        octets = try reader.array((count + 7) / 8, "bit-string")
    }

    /// Writes the count of bits and the octets.
    package func encode(into writer: inout OctetWriter) {
        writer.length(count)
        writer.append(octets)
    }
}
