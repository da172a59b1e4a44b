// Who may connect to a server of the device: addresses by their first bits.

/// The IPv4 addresses that share their first bits.
package struct AddressPrefix: Sendable, Hashable {
    private let bits: UInt32
    private let length: Int

    /// Reads `192.168.0.7` or `192.168.0.0/24`; nil for anything else.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard let first = parts.first, parts.count <= 2, let bits = AddressPrefix.number(first) else {
            return nil
        }
        guard let length = parts.count == 2 ? Int(parts[1]) : 32, (0...32).contains(length) else {
            return nil
        }
        self.length = length
        self.bits = bits & AddressPrefix.mask(length)
    }

    /// As it was written, the bits behind the prefix cleared.
    package var text: String {
        let address = (0..<4).map { String(bits >> (24 - 8 * $0) & 0xFF) }.joined(separator: ".")
        return length == 32 ? address : "\(address)/\(length)"
    }

    /// Whether a numeric address begins so.
    package func contains(_ address: String) -> Bool {
        AddressPrefix.number(address[...]).map { $0 & AddressPrefix.mask(length) == bits } ?? false
    }

    private static func mask(_ length: Int) -> UInt32 { length == 0 ? 0 : ~0 << (32 - UInt32(length)) }

    private static func number(_ text: Substring) -> UInt32? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var number: UInt32 = 0
        for part in parts {
            guard part.count <= 3, let octet = UInt8(part) else { return nil }
            number = number << 8 | UInt32(octet)
        }
        return number
    }
}
