// Passwords and keys as configuration holds them (decision D12): a type that prints as dots, so that no log
// line, no dump and no test failure can show one by accident.

/// Octets that must never be shown. Written only into the revision on disk, read only by who sends them to a
/// peer.
package struct Secret: Sendable, Hashable {
    /// The octets themselves.
    package var octets: [UInt8]

    /// A secret of octets; empty means none.
    package init(_ octets: [UInt8] = []) { self.octets = octets }

    /// A secret of the UTF-8 octets of a text.
    package init(text: String) { self.octets = Array(text.utf8) }

    /// A secret from hexadecimal text of an even number of digits; nil when it is not such a text.
    package init?(hexadecimal text: String) {
        let digits = Array(text.utf8)
        guard digits.count.isMultiple(of: 2) else { return nil }
        var octets: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = Secret.nibble(digits[index]), let low = Secret.nibble(digits[index + 1]) else {
                return nil
            }
            octets.append(high << 4 | low)
        }
        self.octets = octets
    }

    /// Whether nothing is set.
    package var isEmpty: Bool { octets.isEmpty }

    /// Lower-case hexadecimal text; only for the stored revision and an audited reveal.
    package var revealedHexadecimal: String {
        octets.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    /// UTF-8 text; only for the stored revision and an audited reveal.
    package var revealedText: String { String(decoding: octets, as: UTF8.self) }

    private static func nibble(_ digit: UInt8) -> UInt8? {
        switch digit {
        case 48...57: digit - 48
        case 65...70: digit - 55
        case 97...102: digit - 87
        default: nil
        }
    }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Dots, or nothing when empty.
    package var description: String { isEmpty ? "" : "••••" }
    /// Dots, or nothing when empty.
    package var debugDescription: String { description }
    /// Hides the octets from `dump` and from failing expectations.
    package var customMirror: Mirror { Mirror(self, children: []) }
}
