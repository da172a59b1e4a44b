// Building octets: the writing half of every protocol core. Public and inlinable for the reason that
// OctetReader gives.

/// A growing row of octets. The newest lie in the value itself, so that a small unit asks the
/// heap for nothing but the array it ends as.
public struct OctetWriter: Sendable {
    /// Octets that have made room for newer ones.
    @usableFromInline var settled: [UInt8] = []
    /// The newest octets.
    @usableFromInline var stage = InlineArray<64, UInt8>(repeating: 0)
    /// How many of `stage` are written.
    @usableFromInline var staged = 0

    /// Nothing written yet, and room for `capacity` octets.
    @inlinable
    public init(capacity: Int = 0) {
        if capacity > stage.count { settled.reserveCapacity(capacity) }
    }

    /// Octets written so far.
    @inlinable public var count: Int { settled.count + staged }

    /// Everything written so far.
    public var octets: [UInt8] {
        withUnsafeBytes(of: stage) {
            let newest = UnsafeRawBufferPointer(rebasing: $0[..<staged])
            return settled.isEmpty ? Array(newest) : settled + newest
        }
    }

    /// Appends everything written so far to octets somebody has already.
    public func append(to octets: inout [UInt8]) {
        octets.append(contentsOf: settled)
        withUnsafeBytes(of: stage) { octets.append(contentsOf: $0[..<staged]) }
    }

    /// Appends one octet.
    @inlinable
    public mutating func octet(_ value: UInt8) {
        if staged == stage.count { settle() }
        stage[staged] = value
        staged += 1
    }

    /// Appends three octets, as most headers have them.
    @inlinable
    public mutating func octets(_ first: UInt8, _ second: UInt8, _ third: UInt8) {
        big(UInt64(first) << 16 | UInt64(second) << 8 | UInt64(third), octets: 3)
    }

    /// Appends the low `count` octets of a word, most significant octet first; `count` is 1…8.
    @inlinable
    public mutating func big(_ word: UInt64, octets count: Int) {
        precondition(1...8 ~= count, "octets of a word")
        let width = MemoryLayout<UInt64>.size
        if staged > stage.count - width { settle() }
        // All eight are stored, at once; those behind the last are overwritten by what comes next.
        withUnsafeMutableBytes(of: &stage) { [staged] in
            let octets = (word << UInt64(8 * (width - count))).bigEndian
            $0.storeBytes(of: octets, toByteOffset: staged, as: UInt64.self)
        }
        staged += count
    }

    /// Appends an integer of at most eight octets, most significant octet first.
    @inlinable
    public mutating func big(_ value: some FixedWidthInteger) {
        big(UInt64(truncatingIfNeeded: value), octets: value.bitWidth / 8)
    }

    /// Appends an integer of at most eight octets, least significant octet first.
    @inlinable
    public mutating func little(_ value: some FixedWidthInteger) { big(value.byteSwapped) }

    /// Appends octets as they are.
    @inlinable
    public mutating func append(_ more: some Sequence<UInt8>) {
        let isDone: Void? = more.withContiguousStorageIfAvailable { append(stretch: $0) }
        if isDone == nil { for value in more { octet(value) } }
    }

    @usableFromInline
    mutating func append(stretch: UnsafeBufferPointer<UInt8>) {
        guard stretch.count <= stage.count - staged else {
            settle()
            settled.append(contentsOf: stretch)
            return
        }
        withUnsafeMutableBytes(of: &stage) { [staged] in
            let free = UnsafeMutableRawBufferPointer(rebasing: $0[staged...])
            free.copyMemory(from: UnsafeRawBufferPointer(stretch))
        }
        staged += stretch.count
    }

    /// Makes room on the stage.
    @usableFromInline
    mutating func settle() {
        withUnsafeBytes(of: stage) { settled.append(contentsOf: $0[..<staged]) }
        staged = 0
    }
}

extension [UInt8] {
    /// Appends octets as they are, whole stretches at once: the general `append(contentsOf:)` goes octet by
    /// octet where it is not specialised.
    @inlinable
    public mutating func join(_ more: some Sequence<UInt8>) {
        let isDone: Void? = more.withContiguousStorageIfAvailable { append(contentsOf: $0) }
        if isDone == nil { append(contentsOf: more) }
    }
}
