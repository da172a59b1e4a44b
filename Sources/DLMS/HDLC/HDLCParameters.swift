// The information field of SNRM and UA (IEC 62056-46, 6.4.4.4.3; GOST R 58940 p. 28): format 81, group 80,
// group length, then parameters 05…08 with one, two or four octets. Absent parameters have the standard's
// defaults.

package import Octets

/// Limits of one side of a link, as that side states them.
package struct HDLCParameters: Sendable, Hashable {
    /// Longest information field this side sends, 32…2030 octets.
    package var maximumTransmit: Int
    /// Longest information field this side takes, 32…2030 octets.
    package var maximumReceive: Int
    /// I frames this side sends before it waits, 1…7.
    package var windowTransmit: Int
    /// I frames this side takes before it answers, 1…7.
    package var windowReceive: Int

    /// What holds when nothing is stated: 128 octets, window 1.
    package static let standard = HDLCParameters(maximumTransmit: 128, maximumReceive: 128)

    /// The most the standard allows: 2030 octets, window 7.
    package static let widest = HDLCParameters(
        maximumTransmit: HDLCFrame.maximumInformation, maximumReceive: HDLCFrame.maximumInformation,
        windowTransmit: 7, windowReceive: 7)

    /// Limits; values outside the standard's ranges are brought to the nearest allowed.
    package init(
        maximumTransmit: Int, maximumReceive: Int, windowTransmit: Int = 1, windowReceive: Int = 1
    ) {
        self.maximumTransmit = HDLCParameters.bounded(maximumTransmit)
        self.maximumReceive = HDLCParameters.bounded(maximumReceive)
        self.windowTransmit = min(max(windowTransmit, 1), 7)
        self.windowReceive = min(max(windowReceive, 1), 7)
    }

    /// Reads the information field of SNRM or UA; an empty one states the defaults. Parameters of other kinds
    /// are skipped. Throws `truncated`, `trailing`, `tooLong` or `unsupported`.
    package init(information: ArraySlice<UInt8>) throws(DecodingError) {
        self = .standard
        guard !information.isEmpty else { return }
        var reader = OctetReader(information)
        let format = try reader.octet("parameter format")
        guard format == 0x81 else {
            throw DecodingError(.unsupported, at: information.startIndex, "parameter format")
        }
        let group = try reader.octet("parameter group")
        guard group == 0x80 else {
            throw DecodingError(.unsupported, at: information.startIndex + 1, "parameter group")
        }
        let length = Int(try reader.octet("parameter group length"))
        var parameters = OctetReader(try reader.take(length, "parameter group"))
        try reader.finish("parameters")
        while !parameters.isAtEnd {
            let kind = try parameters.octet("parameter")
            let offset = parameters.position
            let width = Int(try parameters.octet("parameter length"))
            let value = try parameters.take(width, "parameter value")
            guard width <= 4 else { throw DecodingError(.tooLong, at: offset, "parameter length") }
            guard !value.isEmpty else { continue }
            set(kind, Int(value.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }))
        }
    }

    /// The information field, in the form seen on meters: sizes in two octets, windows in four.
    package func encode(into writer: inout OctetWriter) {
        writer.append([0x81, 0x80, 0x14, 0x05, 0x02])
        writer.big(UInt16(maximumTransmit))
        writer.append([0x06, 0x02])
        writer.big(UInt16(maximumReceive))
        writer.append([0x07, 0x04])
        writer.big(UInt32(windowTransmit))
        writer.append([0x08, 0x04])
        writer.big(UInt32(windowReceive))
    }

    /// The information field as octets.
    package var encoded: [UInt8] {
        var writer = OctetWriter(capacity: 23)
        encode(into: &writer)
        return writer.octets
    }

    /// What this side may do towards a peer that stated `peer`: the smaller of both, direction by direction.
    package func negotiated(with peer: HDLCParameters) -> HDLCParameters {
        HDLCParameters(
            maximumTransmit: min(maximumTransmit, peer.maximumReceive),
            maximumReceive: min(maximumReceive, peer.maximumTransmit),
            windowTransmit: min(windowTransmit, peer.windowReceive),
            windowReceive: min(windowReceive, peer.windowTransmit))
    }

    private mutating func set(_ kind: UInt8, _ value: Int) {
        switch kind {
        case 5: maximumTransmit = HDLCParameters.bounded(value)
        case 6: maximumReceive = HDLCParameters.bounded(value)
        case 7: windowTransmit = min(max(value, 1), 7)
        case 8: windowReceive = min(max(value, 1), 7)
        default: break
        }
    }

    private static func bounded(_ octets: Int) -> Int { min(max(octets, 32), HDLCFrame.maximumInformation) }
}
