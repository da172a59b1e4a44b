// Building octets: the writing half of every protocol core.

/// A growing buffer of octets.
package struct OctetWriter: Sendable {
    /// Everything written so far.
    package private(set) var octets: [UInt8] = []

    /// An empty buffer with room for `capacity` octets.
    package init(capacity: Int = 0) { octets.reserveCapacity(capacity) }

    /// Octets written so far.
    package var count: Int { octets.count }

    /// Appends one octet.
    package mutating func octet(_ value: UInt8) { octets.append(value) }

    /// Appends three octets, as most headers have them: an array of them would be an allocation of its own.
    package mutating func octets(_ first: UInt8, _ second: UInt8, _ third: UInt8) {
        octets.append(first)
        octets.append(second)
        octets.append(third)
    }

    /// Appends the low `count` octets of a word, most significant octet first.
    package mutating func big(_ word: UInt64, octets count: Int) {
        withUnsafeBytes(of: (word << UInt64(64 - 8 * count)).bigEndian) {
            octets.append(contentsOf: UnsafeRawBufferPointer(rebasing: $0[..<count]))
        }
    }

    /// Appends two octets, most significant first; of a concrete type, for callers in other modules.
    package mutating func big(_ value: UInt16) {
        octets.append(UInt8(truncatingIfNeeded: value >> 8))
        octets.append(UInt8(truncatingIfNeeded: value))
    }

    /// Appends octets as they are.
    package mutating func append(_ more: some Sequence<UInt8>) { octets.join(more) }

    /// Appends an integer, most significant octet first.
    package mutating func big(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.bigEndian) { octets.append(contentsOf: $0) }
    }

    /// Appends an integer, least significant octet first.
    package mutating func little(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.littleEndian) { octets.append(contentsOf: $0) }
    }

    /// Overwrites one octet already written; `index` counts from the start.
    package mutating func replace(at index: Int, with value: UInt8) { octets[index] = value }
}

extension [UInt8] {
    /// Appends octets as they are; whole stretches at once also from callers in other modules, for which the
    /// general `append(contentsOf:)` goes octet by octet.
    package mutating func join(_ more: some Sequence<UInt8>) {
        let isDone: Void? = more.withContiguousStorageIfAvailable { append(contentsOf: $0) }
        if isDone == nil { append(contentsOf: more) }
    }
}
