// Texts of meters: octet-strings in ASCII or Windows-1251 (NARTIS writes its first letters in Cyrillic),
// padded with zeros or blanks; some serial numbers come as plain numbers or as raw octets.

package import DLMS
import Octets

/// Reading of text attributes.
package enum MeterText {
    /// The text of a value; nil for types that hold none and for nothing but padding.
    package static func text(of value: DataValue) -> String? {
        if let number = value.wholeNumber { return String(number) }
        guard let octets = value.stringOctets else { return nil }
        let isPadding: (UInt8) -> Bool = { $0 == 0 || $0 == 0x20 || $0 == 0xFF }
        guard let last = octets.lastIndex(where: { !isPadding($0) }) else { return nil }
        let body = octets[...last].drop { $0 == 0x20 }
        // A control character means that these are octets of a number, not letters.
        guard body.allSatisfy({ $0 >= 0x20 }) else { return Array(body).hex }
        if value.tag == .utf8String || body.allSatisfy({ $0 < 0x80 }) {
            return String(decoding: body, as: UTF8.self)
        }
        return String(String.UnicodeScalarView(body.map(scalar)))
    }

    private static func scalar(_ octet: UInt8) -> Unicode.Scalar {
        switch octet {
        case 0xC0...0xFF: Unicode.Scalar(0x410 + UInt16(octet) - 0xC0) ?? "?"
        case 0xA8: "Ё"
        case 0xB8: "ё"
        case 0xB9: "№"
        case 0x80...: "?"
        default: Unicode.Scalar(octet)
        }
    }
}
