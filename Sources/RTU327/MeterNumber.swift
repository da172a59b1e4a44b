// How RTU327 names a meter: five octets of decimal digits, the last ten of its serial number. Two meters
// whose serials end alike cannot be told apart.

package import Octets

/// Ten decimal digits, padded with zeros in front.
package struct MeterNumber: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// Ten decimal digits as a number.
    package let value: UInt64
    /// One more than the largest.
    private static let limit: UInt64 = 10_000_000_000

    /// The number of a serial: its last ten digits. Nil when the serial is empty or holds anything but
    /// digits: nothing is known of how such a meter would be asked for.
    package init?(serial: String) {
        guard !serial.isEmpty, serial.utf8.allSatisfy({ (48...57).contains($0) }) else { return nil }
        guard let value = UInt64(serial.suffix(10)) else { return nil }
        self.value = value
    }

    /// Reads five octets, two digits an octet, the most significant first. Throws `invalid` when one is no
    /// digit.
    package init(from reader: inout OctetReader) throws(DecodingError) {
        let place = reader.position
        var value: UInt64 = 0
        for octet in try reader.take(5, "meter number") {
            guard octet >> 4 < 10, octet & 15 < 10 else {
                throw DecodingError(.invalid, at: place, "digits of a meter number")
            }
            value = value * 100 + UInt64(octet >> 4) * 10 + UInt64(octet & 15)
        }
        self.value = value
    }

    /// Writes five octets.
    package func encode(into writer: inout OctetWriter) {
        var power = MeterNumber.limit / 100
        for _ in 0..<5 {
            let pair = value / power % 100
            writer.octet(UInt8(pair / 10) << 4 | UInt8(pair % 10))
            power /= 100
        }
    }

    /// Ten digits.
    package var description: String {
        let digits = String(value)
        return String(repeating: "0", count: 10 - digits.utf8.count) + digits
    }

    /// By number.
    package static func < (left: Self, right: Self) -> Bool { left.value < right.value }
}
