// Frames of a recording, read without their checks: where octets are hidden the checks are hidden too. What
// is given back to a client is framed anew.

import DLMS
import Octets

/// One HDLC frame whose checks nobody looked at.
struct LooseFrame: Sendable, Hashable {
    var destination: HDLCAddress
    var source: HDLCAddress
    var control: HDLCControl
    var isSegmented: Bool
    var information: [UInt8]
    /// Places in the information that are hidden.
    var hidden: [Range<Int>]

    /// The frames of a burst; what is no frame is left out.
    static func frames(in burst: RecordedOctets) -> [LooseFrame] {
        var frames: [LooseFrame] = []
        var start = 0
        while start + HDLCFrame.minimumLength + 2 <= burst.octets.count {
            guard burst.octets[start] == HDLCFrame.flag, burst.octets[start + 1] & 0xF0 == 0xA0 else {
                start += 1
                continue
            }
            let length = Int(burst.octets[start + 1] & 7) << 8 | Int(burst.octets[start + 2])
            let end = start + 1 + length
            guard length >= HDLCFrame.minimumLength, end < burst.octets.count,
                burst.octets[end] == HDLCFrame.flag,
                let frame = LooseFrame(burst, start + 1..<end)
            else {
                start += 1
                continue
            }
            frames.append(frame)
            // The closing flag may open the next frame.
            start = end
        }
        return frames
    }

    /// The octets between two flags; nil when addresses or control are none.
    private init?(_ burst: RecordedOctets, _ range: Range<Int>) {
        var reader = OctetReader(burst.octets[range])
        guard let format = try? reader.big(UInt16.self, "format"),
            let destination = try? HDLCAddress(from: &reader),
            let source = try? HDLCAddress(from: &reader),
            let octet = try? reader.octet("control"), let control = HDLCControl(octet)
        else { return nil }
        self.destination = destination
        self.source = source
        self.control = control
        isSegmented = format & 0x800 != 0
        // HCS in front of the information, FCS behind it.
        let begin = reader.position + 2
        let end = range.upperBound - 2
        information = begin < end ? Array(burst.octets[begin..<end]) : []
        hidden =
            begin < end
            ? burst.hidden.map { $0.clamped(to: begin..<end) }.filter { !$0.isEmpty }.map {
                $0.lowerBound - begin..<$0.upperBound - begin
            } : []
    }

    /// A frame as a client sent it.
    init(_ frame: HDLCFrame) {
        destination = frame.destination
        source = frame.source
        control = frame.control
        isSegmented = frame.isSegmented
        information = Array(frame.information)
        hidden = []
    }
}

/// Octets of a burst with their hidden places.
struct RecordedOctets: Sendable, Hashable {
    var octets: [UInt8]
    var hidden: [Range<Int>]
}
