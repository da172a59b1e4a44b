// Packets of RTU327 on a TCP stream, both ways: 02, length, packet number, four octets of password, two
// spare, a command (request) or a result (answer), data, check. Length, number and check have the high octet
// first, everything inside the data the low one. There is no end mark and no stuffing. Reconstructed from
// captured packets of a head-end and from a public suite of acceptance tests; there is no published
// specification.

package import Octets

/// One packet. The same layout serves both ways; `code` is what was asked for in a request, the result in an
/// answer.
package struct Packet: Sendable, Hashable {
    /// First octet of every packet.
    package static let start: UInt8 = 0x02
    /// Octets counted by the length besides the data.
    package static let fixedLength = 9
    /// Octets of a packet without data: start, length, the fixed part, check.
    package static let shortest = 3 + fixedLength + 2
    /// Longest data a packet can carry: the length field has two octets.
    package static let longestData = 65_535 - fixedLength
    /// The longest request is GETTESTS and its like; a longer one is not from a head-end.
    package static let longestRequest = 1_024

    /// Chosen by the client, echoed by the server; a client counts it up.
    package var number: UInt16
    /// Four octets in clear; zero in every packet ever captured, and in answers.
    package var password: [UInt8]
    /// The command, or the result.
    package var code: UInt8
    /// Parameters, or the answer; none when the result is not zero.
    package var data: [UInt8]

    /// A packet. A password that has not four octets, or data that no packet can carry, are a programmer's
    /// errors.
    package init(number: UInt16, password: [UInt8] = [0, 0, 0, 0], code: UInt8, data: [UInt8] = []) {
        precondition(password.count == 4, "a password has four octets")
        precondition(data.count <= Packet.longestData, "the length field has two octets")
        self.number = number
        self.password = password
        self.code = code
        self.data = data
    }

    /// Reads one packet. Throws `invalid` (start or length), `truncated`, `checksum`; the two spare octets
    /// may hold anything.
    package init(from reader: inout OctetReader) throws(DecodingError) {
        let begin = reader.position
        guard try reader.octet("start of packet") == Packet.start else {
            throw DecodingError(.invalid, at: begin, "start of packet")
        }
        let length = Int(try reader.big(UInt16.self, "length of packet"))
        guard length >= Packet.fixedLength else {
            throw DecodingError(.invalid, at: begin + 1, "length of packet \(length)")
        }
        let body = try reader.take(length, "packet")
        let place = reader.position
        let check = try reader.big(UInt16.self, "check of packet")
        var inner = OctetReader(body)
        number = try inner.big(UInt16.self, "packet number")
        password = Array(try inner.take(4, "password"))
        _ = try inner.take(2, "spare octets")
        code = try inner.octet("command or result")
        data = Array(try inner.take(inner.remaining))
        let computed = PacketCheck.value(of: body)
        guard check == computed else {
            throw DecodingError(.checksum, at: place, "check of packet, computed \(computed)")
        }
    }

    /// Writes the packet.
    package func encode(into writer: inout OctetWriter) {
        let begin = writer.count
        writer.octet(Packet.start)
        writer.big(UInt16(Packet.fixedLength + data.count))
        writer.big(number)
        writer.append(password)
        writer.big(UInt16(0))
        writer.octet(code)
        writer.append(data)
        writer.big(PacketCheck.value(of: writer.octets[(begin + 3)...]))
    }

    /// The octets on the wire.
    package var encoded: [UInt8] {
        var writer = OctetWriter(capacity: Packet.shortest + data.count)
        encode(into: &writer)
        return writer.octets
    }
}

/// What the stream held at one place.
package struct PacketStreamItem: Sendable, Hashable {
    /// Octets of the stream before this.
    package var offset: Int
    /// The octets.
    package var octets: [UInt8]
    /// The packet, or why these octets are none.
    package var content: Result<Packet, DecodingError>

    /// The number of a packet whose check is wrong: a server answers it with result 60. Nil for others.
    package var numberOfDamaged: UInt16? {
        guard case .failure(let error) = content, error.code == .checksum, octets.count >= 5
        else { return nil }
        return UInt16(octets[3]) << 8 | UInt16(octets[4])
    }
}

/// An incremental decoder of packets. Octets that begin no packet are reported once and skipped up to the
/// next 02; a length over `bound` begins none.
package struct PacketDecoder: Sendable {
    private var buffer: [UInt8] = []
    private var consumed = 0
    private let bound: Int

    /// A decoder of packets whose length field says at most `bound`: `Packet.longestRequest` at a server.
    package init(bound: Int = 65_535) { self.bound = bound }

    /// Whether octets wait that are not yet a whole packet: a server gives the rest five seconds.
    package var isInsidePacket: Bool { !buffer.isEmpty }

    /// Takes octets from the stream. Call `next` until nil before appending again, so that memory stays
    /// bounded.
    package mutating func append(_ octets: some Sequence<UInt8>) { buffer.join(octets) }

    /// Forgets everything received and not yet taken.
    package mutating func reset() { _ = cut(buffer.count) }

    /// The next packet or what stood in its place; nil when more octets are needed.
    package mutating func next() -> PacketStreamItem? {
        let begin = beginning(from: 0)
        if begin > 0 {
            let error = DecodingError(.invalid, at: 0, "start of packet")
            return PacketStreamItem(offset: consumed, octets: cut(begin), content: .failure(error))
        }
        guard let whole = wholeLength(at: 0), buffer.count >= whole else { return nil }
        var reader = OctetReader(buffer[..<whole])
        let offset = consumed
        do throws(DecodingError) {
            let packet = try Packet(from: &reader)
            return PacketStreamItem(offset: offset, octets: cut(whole), content: .success(packet))
        } catch {
            // Noise may look like a beginning; then a sound packet stands in what it claims for its own.
            let damaged = soundPacket(within: whole) ?? whole
            return PacketStreamItem(offset: offset, octets: cut(damaged), content: .failure(error))
        }
    }

    /// As `next`, knowing that no more octets will come: a packet hidden behind a false beginning is found,
    /// and the rest is reported as truncated.
    package mutating func nextAtSilence() -> PacketStreamItem? {
        if let whole = next() { return whole }
        guard !buffer.isEmpty else { return nil }
        let error = DecodingError(.truncated, at: buffer.count, "packet")
        let length = soundPacket(within: buffer.count) ?? buffer.count
        return PacketStreamItem(offset: consumed, octets: cut(length), content: .failure(error))
    }

    /// Where the next packet may begin: 02 and a length within bounds, as far as it is there.
    private func beginning(from first: Int) -> Int {
        var index = first
        while index < buffer.count {
            let mayBegin = wholeLength(at: index) != nil || buffer.count - index < 3
            if buffer[index] == Packet.start, mayBegin { break }
            index += 1
        }
        return index
    }

    /// Octets of the packet that begins at `index`; nil when its length is out of bounds or not there yet.
    private func wholeLength(at index: Int) -> Int? {
        guard buffer.count - index >= 3 else { return nil }
        let length = Int(buffer[index + 1]) << 8 | Int(buffer[index + 2])
        return (Packet.fixedLength...bound).contains(length) ? length + 5 : nil
    }

    /// Where within the first `limit` octets a whole packet with a right check begins.
    private func soundPacket(within limit: Int) -> Int? {
        var index = beginning(from: 1)
        while index < limit {
            if let whole = wholeLength(at: index), buffer.count - index >= whole {
                var reader = OctetReader(buffer[index..<index + whole])
                if (try? Packet(from: &reader)) != nil { return index }
            }
            index = beginning(from: index + 1)
        }
        return nil
    }

    private mutating func cut(_ count: Int) -> [UInt8] {
        defer {
            buffer.removeFirst(count)
            consumed += count
        }
        return Array(buffer.prefix(count))
    }
}
