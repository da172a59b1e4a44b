// Code page 1251, in which Russian meters send their names. Only the letters such names are made of.

/// Text as Windows code page 1251.
package enum CP1251 {
    /// The octets of a text; characters the page lacks become `?`.
    package static func octets(_ text: String) -> [UInt8] {
        text.unicodeScalars.map { scalar in
            switch scalar.value {
            case 0..<0x80: UInt8(scalar.value)
            case 0x410...0x44F: UInt8(scalar.value - 0x410 + 0xC0)
            case 0x401: 0xA8
            case 0x451: 0xB8
            case 0x2116: 0xB9
            case 0xB0: 0xB0
            default: 0x3F
            }
        }
    }
}
