// Checksums that several protocols share. Each is named as its catalogue names it.

/// Sixteen-bit cyclic redundancy checks.
package enum CRC16 {
    /// CRC-16/X-25 (polynomial 0x1021 reflected, start and final inversion): the HCS and FCS of HDLC, sent
    /// with the low octet first. Source: ISO/IEC 13239, 4.2.5.2.
    package static func x25(_ octets: ArraySlice<UInt8>) -> UInt16 {
        var register: UInt16 = 0xFFFF
        // Concrete, and over plain memory: each octet of each frame passes here twice.
        octets.withUnsafeBufferPointer { octets in
            x25Table.withUnsafeBufferPointer { table in
                for octet in octets {
                    register = register >> 8 ^ table[Int(UInt8(truncatingIfNeeded: register) ^ octet)]
                }
            }
        }
        return ~register
    }

    /// The same of a whole array.
    package static func x25(_ octets: [UInt8]) -> UInt16 { x25(octets[...]) }

    private static let x25Table: [UInt16] = (0..<256).map { index in
        (0..<8).reduce(UInt16(index)) { register, _ in
            register & 1 == 1 ? register >> 1 ^ 0x8408 : register >> 1
        }
    }
}
