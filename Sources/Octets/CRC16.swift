// Checksums that several protocols share. Each is named as its catalogue names it.

/// Sixteen-bit cyclic redundancy checks.
package enum CRC16 {
    /// CRC-16/X-25 (polynomial 0x1021 reflected, start and final inversion): the HCS and FCS of HDLC, sent
    /// with the low octet first. Source: ISO/IEC 13239, 4.2.5.2.
    package static func x25(_ octets: ArraySlice<UInt8>) -> UInt16 {
        octets.withUnsafeBytes { x25(of: $0, from: 0, to: $0.count) }
    }

    /// The same of the octets before an index, where no slice of its own is worth its making.
    package static func x25(_ octets: ArraySlice<UInt8>, before end: Int) -> UInt16 {
        octets.withUnsafeBytes { x25(of: $0, from: 0, to: end - octets.startIndex) }
    }

    /// The same of a whole array, or of all but its first octets.
    package static func x25(_ octets: [UInt8], from start: Int = 0) -> UInt16 {
        octets.withUnsafeBytes { x25(of: $0, from: start, to: $0.count) }
    }

    /// Concrete, and over plain memory: each octet of each frame passes here twice.
    private static func x25(of octets: UnsafeRawBufferPointer, from start: Int, to end: Int) -> UInt16 {
        precondition(start >= 0 && end <= octets.count, "octets of a check")
        var register: UInt16 = 0xFFFF
        x25Tables.withUnsafeBufferPointer { tables in
            var position = start
            while position + 8 <= end {
                let chunk = octets.loadUnaligned(fromByteOffset: position, as: UInt64.self)
                register = eight(UInt64(littleEndian: chunk) ^ UInt64(register), tables)
                position += 8
            }
            while position < end {
                let index = Int((register ^ UInt16(octets[position])) & 0xFF)
                register = register >> 8 ^ tables[index]
                position += 1
            }
        }
        return ~register
    }

    /// The register after eight octets, the register before already added to the first two: the check is
    /// linear, so each octet's share of it is looked up for itself.
    @inline(__always)
    private static func eight(_ chunk: UInt64, _ tables: UnsafeBufferPointer<UInt16>) -> UInt16 {
        func share(_ octet: Int) -> UInt16 {
            let value = Int(truncatingIfNeeded: chunk >> UInt64(octet * 8)) & 0xFF
            return tables[(7 - octet) * 256 + value]
        }
        // Two chains, so that not every look-up waits for the one before.
        let first = share(0) ^ share(1) ^ share(2) ^ share(3)
        let second = share(4) ^ share(5) ^ share(6) ^ share(7)
        return first ^ second
    }

    /// Eight tables of 256: what an octet adds to the check when so many octets more follow it in a step.
    private static let x25Tables: [UInt16] = {
        var tables: [UInt16] = (0..<256).map { (octet: UInt16) -> UInt16 in
            (0..<8).reduce(octet) { register, _ in
                register & 1 == 1 ? register >> 1 ^ 0x8408 : register >> 1
            }
        }
        for index in 0..<256 * 7 {
            let shorter = tables[index]
            tables.append(shorter >> 8 ^ tables[Int(shorter & 0xFF)])
        }
        return tables
    }()
}
