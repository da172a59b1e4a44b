// The identification of a value inside a meter (IEC 62056-61): six octets A-B:C.D.E*F.

/// An OBIS code; ordered as its octets.
package struct OBISCode: Sendable, Hashable, Comparable {
    /// Octets A…F in the six high octets' order of significance: A is bits 40…47, F is bits 0…7.
    package let packed: UInt64

    /// A code from its six value groups.
    package init(_ a: UInt8, _ b: UInt8, _ c: UInt8, _ d: UInt8, _ e: UInt8, _ f: UInt8 = 255) {
        packed =
            UInt64(a) << 40 | UInt64(b) << 32 | UInt64(c) << 24 | UInt64(d) << 16 | UInt64(e) << 8 | UInt64(f)
    }

    /// A code from the low 48 bits of a word, A most significant.
    package init(packed: UInt64) { self.packed = packed & 0xFFFF_FFFF_FFFF }

    /// A code from exactly six octets; nil for any other count.
    package init?(octets: some Collection<UInt8>) {
        guard octets.count == 6 else { return nil }
        packed = octets.reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// Reads dotted text `1.0.1.8.0.255` or `1.0.1.8.0` (F = 255); nil when it is not six or five numbers
    /// 0…255.
    package init?(_ text: String) {
        var groups: [UInt8] = []
        for part in text.split(separator: ".", omittingEmptySubsequences: false) {
            guard let group = UInt8(part) else { return nil }
            groups.append(group)
        }
        if groups.count == 5 { groups.append(255) }
        self.init(octets: groups)
    }

    /// The six octets A…F.
    package var octets: [UInt8] { (0..<6).map { UInt8(truncatingIfNeeded: packed >> (40 - 8 * $0)) } }

    /// Value group A: the medium; 1 is electricity, 0 is abstract.
    package var a: UInt8 { UInt8(truncatingIfNeeded: packed >> 40) }
    /// Value group B: the channel.
    package var b: UInt8 { UInt8(truncatingIfNeeded: packed >> 32) }
    /// Value group C: the quantity.
    package var c: UInt8 { UInt8(truncatingIfNeeded: packed >> 24) }
    /// Value group D: the processing.
    package var d: UInt8 { UInt8(truncatingIfNeeded: packed >> 16) }
    /// Value group E: the tariff or a further subdivision.
    package var e: UInt8 { UInt8(truncatingIfNeeded: packed >> 8) }
    /// Value group F: the billing period; 255 is "not used".
    package var f: UInt8 { UInt8(truncatingIfNeeded: packed) }

    /// Compares octet by octet from A.
    package static func < (left: Self, right: Self) -> Bool { left.packed < right.packed }
}

extension OBISCode: CustomStringConvertible {
    /// `1.0.1.8.0.255`
    package var description: String { octets.map(String.init).joined(separator: ".") }
}
