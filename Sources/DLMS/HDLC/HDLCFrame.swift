// One HDLC frame of type 3 (IEC 62056-46, 6.4.1): flag, format, destination, source, control, HCS,
// information, FCS, flag. Encoding and decoding stand here together; finding frames in a stream is
// `HDLCFrameDecoder`.

package import Octets

/// A frame between its flags, checks verified.
package struct HDLCFrame: Sendable, Hashable {
    /// Flag octet that begins and ends every frame.
    package static let flag: UInt8 = 0x7E
    /// The 11-bit length field counts everything between the flags.
    package static let maximumLength = 0x7FF
    /// Format, two addresses, control and FCS: nothing shorter is a frame.
    package static let minimumLength = 7
    /// Longest information field with the longest addresses.
    package static let maximumInformation = 2_030

    /// S bit: more segments of the same APDU follow.
    package var isSegmented: Bool
    /// Who it is for.
    package var destination: HDLCAddress
    /// Who sent it.
    package var source: HDLCAddress
    /// Kind, numbers and poll or final bit.
    package var control: HDLCControl
    /// Information field; empty for frames without one. At most `maximumInformation` octets.
    package var information: ArraySlice<UInt8>

    /// A frame. `information` beyond `maximumInformation` is a programmer's error.
    package init(
        to destination: HDLCAddress, from source: HDLCAddress, _ control: HDLCControl,
        information: ArraySlice<UInt8> = [], isSegmented: Bool = false
    ) {
        precondition(information.count <= HDLCFrame.maximumInformation, "segment before framing")
        self.destination = destination
        self.source = source
        self.control = control
        self.information = information
        self.isSegmented = isSegmented
    }

    /// Reads the octets between two flags. Throws `checksum`, `truncated`, `invalid` or `trailing`.
    package init(between octets: ArraySlice<UInt8>) throws(DecodingError) {
        var reader = OctetReader(octets)
        let format = try reader.big(UInt16.self, "HDLC format")
        guard format >> 12 == 0xA else {
            throw DecodingError(.unsupported, at: octets.startIndex, "HDLC format type")
        }
        isSegmented = format & 0x800 != 0
        let length = Int(format & 0x7FF)
        guard length == octets.count else {
            throw DecodingError(
                length < octets.count ? .trailing : .truncated, at: octets.startIndex,
                "HDLC length field says \(length), frame has \(octets.count)")
        }
        destination = try HDLCAddress(from: &reader)
        source = try HDLCAddress(from: &reader)
        let controlOffset = reader.position
        let octet = try reader.octet("HDLC control")
        guard reader.remaining >= 2 else { throw DecodingError(.truncated, at: reader.position, "HDLC FCS") }
        if reader.remaining > 2 {
            let expected = CRC16.x25(octets, before: reader.position)
            let offset = reader.position
            let found = try reader.little(UInt16.self, "HDLC HCS")
            guard found == expected else { throw DecodingError(.checksum, at: offset, "HDLC HCS") }
            guard reader.remaining >= 2 else { throw DecodingError(.truncated, at: offset, "HDLC FCS") }
            information = try reader.take(reader.remaining - 2)
        } else {
            information = []
        }
        let expected = CRC16.x25(octets, before: reader.position)
        let offset = reader.position
        let found = try reader.little(UInt16.self, "HDLC FCS")
        guard found == expected else { throw DecodingError(.checksum, at: offset, "HDLC FCS") }
        guard let known = HDLCControl(octet) else {
            throw DecodingError(.unsupported, at: controlOffset, "HDLC control octet")
        }
        control = known
    }

    /// Writes the frame with both flags.
    package func encode(into writer: inout OctetWriter) { writer.append(encoded) }

    /// The octets on the wire, flags included.
    package var encoded: [UInt8] {
        let header = 2 + destination.width.rawValue + source.width.rawValue + 1
        let length = header + 2 + (information.isEmpty ? 0 : information.count + 2)
        // The checks are worked out where the octets lie: one array is all that a frame takes.
        var octets: [UInt8] = []
        octets.reserveCapacity(length + 2)
        octets.append(HDLCFrame.flag)
        octets.append(0xA0 | (isSegmented ? 0x08 : 0) | UInt8(truncatingIfNeeded: length >> 8))
        octets.append(UInt8(truncatingIfNeeded: length))
        destination.append(to: &octets)
        source.append(to: &octets)
        octets.append(control.octet)
        if !information.isEmpty {
            HDLCFrame.appendCheck(to: &octets)
            octets.append(contentsOf: information)
        }
        HDLCFrame.appendCheck(to: &octets)
        octets.append(HDLCFrame.flag)
        return octets
    }

    /// Appends the check of everything behind the opening flag.
    private static func appendCheck(to octets: inout [UInt8]) {
        let check = CRC16.x25(octets, from: 1)
        octets.append(UInt8(truncatingIfNeeded: check))
        octets.append(UInt8(truncatingIfNeeded: check >> 8))
    }

    /// Frames are equal when they say the same, wherever their octets were cut from.
    package static func == (left: Self, right: Self) -> Bool {
        left.isSegmented == right.isSegmented && left.destination == right.destination
            && left.source == right.source && left.control == right.control
            && left.information.elementsEqual(right.information)
    }

    /// Hashes what equality compares.
    package func hash(into hasher: inout Hasher) {
        hasher.combine(control)
        hasher.combine(destination)
        hasher.combine(information.count)
    }
}
