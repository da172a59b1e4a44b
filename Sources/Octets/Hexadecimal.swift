// Hexadecimal text of octets, as logs, vectors, passwords of the meter table and the analyser write it.

private let digits: [UInt8] = Array("0123456789abcdef".utf8)

extension Sequence<UInt8> {
    /// Lower-case hexadecimal without separators.
    package var hex: String {
        var text: [UInt8] = []
        text.reserveCapacity(underestimatedCount * 2)
        for octet in self {
            text.append(digits[Int(octet >> 4)])
            text.append(digits[Int(octet & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}

extension Array<UInt8> {
    /// Reads hexadecimal text; blanks between octets are allowed. Nil for other characters or half an octet.
    package init?(hex text: String) {
        var octets: [UInt8] = []
        var high: UInt8?
        for character in text.utf8 {
            let nibble: UInt8
            switch character {
            case 48...57: nibble = character - 48
            case 65...70: nibble = character - 55
            case 97...102: nibble = character - 87
            case 9, 10, 13, 32:
                if high != nil { return nil }
                continue
            default: return nil
            }
            if let first = high {
                octets.append(first << 4 | nibble)
                high = nil
            } else {
                high = nibble
            }
        }
        guard high == nil else { return nil }
        self = octets
    }
}
