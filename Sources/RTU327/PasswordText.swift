// How a password of four octets is written down. One source writes text, another eight digits; a technician
// may have either.

/// Passwords on the wire of what people write.
package enum PasswordText {
    /// Four octets: eight hexadecimal digits, or up to four characters of ASCII padded with zeros. Nil for
    /// anything else.
    package static func octets(of text: String) -> [UInt8]? {
        let characters = Array(text.utf8)
        if characters.count == 8 {
            let digits = characters.map { Character(UnicodeScalar($0)).hexDigitValue }
            guard !digits.contains(nil) else { return nil }
            let known = digits.compactMap { $0 }
            return stride(from: 0, to: 8, by: 2).map { UInt8(known[$0] << 4 | known[$0 + 1]) }
        }
        guard characters.count <= 4, characters.allSatisfy({ (0x20...0x7E).contains($0) }) else { return nil }
        return characters + [UInt8](repeating: 0, count: 4 - characters.count)
    }
}
