// Addresses of HDLC stations (IEC 62056-46, 6.4.2; GOST R 58940 p. 46): every octet carries seven bits, the
// lowest bit is one in the last octet only. A client is always one octet; a server is one, two or four.

package import Octets

/// The address of one station.
package struct HDLCAddress: Sendable, Hashable {
    /// Octets on the wire.
    package enum Width: Int, Sendable, Hashable, CaseIterable {
        /// Upper part only, 7 bits.
        case one = 1
        /// Upper and lower part, 7 bits each.
        case two = 2
        /// Upper and lower part, 14 bits each.
        case four = 4
    }

    /// Upper part: the logical device, or the client's SAP.
    package let upper: UInt16
    /// Lower part: the physical device; 0 in a one-octet address, which has none.
    package let lower: UInt16
    /// Octets on the wire.
    package let width: Width

    /// An address; nil when a part does not fit the width.
    package init?(upper: Int, lower: Int = 0, width: Width) {
        let limit = width == .four ? 0x3FFF : 0x7F
        guard (0...limit).contains(upper), (0...limit).contains(lower), width != .one || lower == 0 else {
            return nil
        }
        self.upper = UInt16(upper)
        self.lower = UInt16(lower)
        self.width = width
    }

    /// The one-octet address of a client's SAP, 1…127; nil outside.
    package static func client(_ sap: Int) -> HDLCAddress? {
        sap > 0 ? HDLCAddress(upper: sap, width: .one) : nil
    }

    /// Reads an address. Throws `truncated` without a last octet and `invalid` for three octets or more than
    /// four.
    package init(from reader: inout OctetReader) throws(DecodingError) {
        let start = reader.position
        // Seven bits an octet, gathered in one word: addresses are read twice for each frame.
        var (bits, count): (UInt32, Int) = (0, 0)
        while count < 4 {
            let octet = try reader.octet("HDLC address")
            bits = bits << 7 | UInt32(octet >> 1)
            count += 1
            if octet & 1 == 1 { break }
            if count == 4 { throw DecodingError(.invalid, at: start, "HDLC address has no last octet") }
        }
        switch count {
        case 1: (upper, lower, width) = (UInt16(bits), 0, .one)
        case 2: (upper, lower, width) = (UInt16(bits >> 7), UInt16(bits & 0x7F), .two)
        case 4: (upper, lower, width) = (UInt16(bits >> 14), UInt16(bits & 0x3FFF), .four)
        default: throw DecodingError(.invalid, at: start, "HDLC address of three octets")
        }
    }

    /// Appends the octets of the address.
    package func append(to octets: inout [UInt8]) {
        func group(_ value: UInt16, last: Bool = false) {
            octets.append(UInt8(truncatingIfNeeded: value & 0x7F) << 1 | (last ? 1 : 0))
        }
        switch width {
        case .one:
            group(upper, last: true)
        case .two:
            group(upper)
            group(lower, last: true)
        case .four:
            group(upper >> 7)
            group(upper)
            group(lower >> 7)
            group(lower, last: true)
        }
    }

    /// Whether both name the same station, whatever the widths: a part of all ones is the broadcast of its
    /// width.
    package func names(_ other: HDLCAddress) -> Bool {
        guard upper == other.upper else { return false }
        return width == .one || other.width == .one || lower == other.lower
    }

    /// Whether this is the all-station address of its width.
    package var isBroadcast: Bool {
        switch width {
        case .one: upper == 0x7F
        case .two: lower == 0x7F
        case .four: lower == 0x3FFF
        }
    }
}

extension HDLCAddress: CustomStringConvertible {
    /// `1`, or `1/16`.
    package var description: String { width == .one ? "\(upper)" : "\(upper)/\(lower)" }
}
