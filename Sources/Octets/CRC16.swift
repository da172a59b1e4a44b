// Checksums that several protocols share. Each is named as its catalogue names it.

/// Sixteen-bit cyclic redundancy checks.
package enum CRC16 {
    /// CRC-16/X-25 (polynomial 0x1021 reflected, start and final inversion): the HCS and FCS of HDLC, sent
    /// with the low octet first. Source: ISO/IEC 13239, 4.2.5.2.
    package static func x25(_ octets: some Sequence<UInt8>) -> UInt16 {
        var register: UInt16 = 0xFFFF
        for octet in octets {
            register = register >> 8 ^ x25Table[Int(UInt8(truncatingIfNeeded: register) ^ octet)]
        }
        return ~register
    }

    private static let x25Table: [UInt16] = (0..<256).map { index in
        (0..<8).reduce(UInt16(index)) { register, _ in
            register & 1 == 1 ? register >> 1 ^ 0x8408 : register >> 1
        }
    }
}
