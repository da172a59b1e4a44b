// The IP wrapper (IEC 62056-47; GOST R 58940, 9.6): eight octets in front of every APDU on TCP port 4059, and
// the incremental decoder of a stream of such units. The client's port is its SAP, the server's its logical
// device.

package import Octets

/// One APDU with its wrapper.
package struct WrapperUnit: Sendable, Hashable {
    /// The only version there is.
    package static let version: UInt16 = 1
    /// Version, two ports and length.
    package static let headerLength = 8
    /// Longest APDU taken; the length field itself could say 65,535.
    package static let maximumLength = 65_535

    /// Sender: client SAP or logical device.
    package var sourcePort: UInt16
    /// Receiver: logical device or client SAP.
    package var destinationPort: UInt16
    /// The APDU, at most `maximumLength` octets.
    package var apdu: [UInt8]

    /// An APDU between two ports. More than `maximumLength` octets is a programmer's error.
    package init(from sourcePort: UInt16, to destinationPort: UInt16, apdu: [UInt8]) {
        precondition(apdu.count <= WrapperUnit.maximumLength, "an APDU is bounded by its negotiated size")
        self.sourcePort = sourcePort
        self.destinationPort = destinationPort
        self.apdu = apdu
    }

    /// Reads one unit. Throws `truncated` or `unsupported` (version).
    package init(from reader: inout OctetReader) throws(DecodingError) {
        let start = reader.position
        guard try reader.big(UInt16.self, "wrapper version") == WrapperUnit.version else {
            throw DecodingError(.unsupported, at: start, "wrapper version")
        }
        sourcePort = try reader.big(UInt16.self, "wrapper source port")
        destinationPort = try reader.big(UInt16.self, "wrapper destination port")
        let length = Int(try reader.big(UInt16.self, "wrapper length"))
        apdu = try reader.array(length, "wrapped APDU")
    }

    /// Writes header and APDU.
    package func encode(into writer: inout OctetWriter) {
        writer.big(WrapperUnit.version)
        writer.big(sourcePort)
        writer.big(destinationPort)
        writer.big(UInt16(apdu.count))
        writer.append(apdu)
    }

    /// The octets on the wire.
    package var encoded: [UInt8] {
        var writer = OctetWriter(capacity: apdu.count + WrapperUnit.headerLength)
        encode(into: &writer)
        return writer.octets
    }
}

/// What the stream held at one place.
package struct WrapperStreamItem: Sendable, Hashable {
    /// Octets of the stream before this.
    package var offset: Int
    /// The octets.
    package var octets: [UInt8]
    /// The unit, or why these octets are none.
    package var content: Result<WrapperUnit, DecodingError>
}

/// An incremental decoder of wrapper units. Octets that cannot begin a unit are reported once and skipped up
/// to the next `00 01`, so that the tail of an answer given up long ago does not spoil the next one.
package struct WrapperDecoder: Sendable {
    private var buffer: [UInt8] = []
    private var consumed = 0
    private let bound: Int

    /// A decoder that takes APDUs of at most `bound` octets.
    package init(bound: Int = WrapperUnit.maximumLength) { self.bound = bound }

    /// Whether octets wait that are not yet a whole unit.
    package var isInsideUnit: Bool { !buffer.isEmpty }

    /// Takes octets from the stream. Call `next` until nil before appending again, so that memory stays
    /// bounded.
    package mutating func append(_ octets: some Sequence<UInt8>) { buffer.join(octets) }

    /// Forgets everything received and not yet taken.
    package mutating func reset() { _ = cut(buffer.count) }

    /// The next unit or what stood in its place; nil when more octets are needed.
    package mutating func next() -> WrapperStreamItem? {
        if let skipped = skipForeign() { return skipped }
        guard buffer.count >= WrapperUnit.headerLength else { return nil }
        let length = Int(buffer[6]) << 8 | Int(buffer[7])
        guard length <= bound else {
            let error = DecodingError(.tooLong, at: 6, "wrapper length \(length)")
            return WrapperStreamItem(offset: consumed, octets: cut(2), content: .failure(error))
        }
        guard buffer.count >= WrapperUnit.headerLength + length else { return nil }
        let offset = consumed
        let octets = cut(WrapperUnit.headerLength + length)
        var reader = OctetReader(octets)
        do throws(DecodingError) {
            let unit = try WrapperUnit(from: &reader)
            return WrapperStreamItem(offset: offset, octets: octets, content: .success(unit))
        } catch {
            return WrapperStreamItem(offset: offset, octets: octets, content: .failure(error))
        }
    }

    /// As `next`, knowing that no more octets will come: a unit hidden behind a false beginning is found, and
    /// the rest is reported as truncated.
    package mutating func nextAtSilence() -> WrapperStreamItem? {
        if let whole = next() { return whole }
        guard !buffer.isEmpty else { return nil }
        let error = DecodingError(.truncated, at: buffer.count, "wrapper unit")
        let item = WrapperStreamItem(offset: consumed, octets: buffer, content: .failure(error))
        _ = cut(min(2, buffer.count))
        return item
    }

    private mutating func skipForeign() -> WrapperStreamItem? {
        var start = 0
        while start < buffer.count {
            if buffer[start] == 0, start + 1 == buffer.count || buffer[start + 1] == 1 { break }
            start += 1
        }
        guard start > 0 else { return nil }
        let error = DecodingError(.unsupported, at: 0, "wrapper version")
        return WrapperStreamItem(offset: consumed, octets: cut(start), content: .failure(error))
    }

    private mutating func cut(_ count: Int) -> [UInt8] {
        defer {
            buffer.removeFirst(count)
            consumed += count
        }
        return Array(buffer.prefix(count))
    }
}
