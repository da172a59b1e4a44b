// What must not be seen of a transit client's octets in traces (D12): the client speaks for itself, so a
// password can only be known by where it stands in an association request of DLMS.

/// Finds passwords in what a transit client sends.
enum TransitSecrets {
    /// Places of authentication values: AC or AA, a length, 80, the length less two. A value that goes on in
    /// the next piece is hidden to the end of this one.
    static func places(in octets: [UInt8]) -> [Range<Int>] {
        octets.indices.dropLast(3).compactMap { index in
            guard octets[index] == 0xAC || octets[index] == 0xAA, octets[index + 2] == 0x80,
                octets[index + 1] == octets[index + 3] &+ 2
            else { return nil }
            return index + 4..<min(index + 4 + Int(octets[index + 3]), octets.count)
        }.filter { !$0.isEmpty }
    }
}
