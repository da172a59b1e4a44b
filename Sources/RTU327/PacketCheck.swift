// The check of RTU327 packets. It is a division by 0x1021 in its long form: an octet is shifted in at the low
// end instead of being mixed into the table's index, and it is sign-extended on the way. Known from captured
// packets only; an unsigned form agrees with two of 24 of them, the usual CCITT forms with none.

/// The sixteen-bit check over everything between the length and the check itself, sent high octet first.
package enum PacketCheck {
    /// The check of `octets`; 0xFFFF for none.
    package static func value(of octets: ArraySlice<UInt8>) -> UInt16 {
        var register: UInt16 = 0xFFFF
        for octet in octets { register = register << 8 ^ table[Int(register >> 8)] ^ extended(octet) }
        return register
    }

    /// The same of a whole array.
    package static func value(of octets: [UInt8]) -> UInt16 { value(of: octets[...]) }

    /// 0x80…0xFF become 0xFF80…0xFFFF.
    private static func extended(_ octet: UInt8) -> UInt16 {
        UInt16(bitPattern: Int16(Int8(bitPattern: octet)))
    }

    private static let table: [UInt16] = (0..<256).map { (octet: UInt16) -> UInt16 in
        (0..<8).reduce(octet << 8) { register, _ in
            register & 0x8000 == 0 ? register << 1 : register << 1 ^ 0x1021
        }
    }
}
