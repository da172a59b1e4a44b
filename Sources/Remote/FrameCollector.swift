// Octets of a line gathered to whole frames before they cross the link: a gap of the link must not look like
// a gap of the line, in whose middle a meter gives up. Frames of HDLC and of the wrapper tell their length;
// whatever else is spoken ends with a short silence.

package import Timekeeping

/// Gathers octets to pieces.
package struct FrameCollector: Sendable {
    private var octets: [UInt8] = []
    private var quietAt: MonotonicInstant?
    private let gap: Duration

    /// A silence that ends what tells no length, at the least: below it the clocks of hosts and USB adapters
    /// make gaps of their own.
    package static let shortestGap = Duration.milliseconds(50)
    /// The same in the middle of a frame whose end is known (R25).
    private static let gapWithinFrame = Duration.milliseconds(400)

    /// A collector for which a silence of `gap` ends what tells no length.
    package init(gap: Duration) { self.gap = gap }

    /// Whether nothing is gathered.
    package var isEmpty: Bool { octets.isEmpty }

    /// When what is gathered is whole although nothing more came; nil when nothing is.
    package var deadline: MonotonicInstant? { quietAt }

    /// Takes octets that came at an instant.
    package mutating func append(_ more: [UInt8], at now: MonotonicInstant) {
        guard !more.isEmpty else { return }
        octets += more
        quietAt = now + (frameLength == nil ? gap : max(gap, FrameCollector.gapWithinFrame))
    }

    /// The next whole piece; nil when more octets or more silence are needed.
    package mutating func next(at now: MonotonicInstant) -> [UInt8]? {
        guard !octets.isEmpty else { return nil }
        if let length = frameLength, octets.count >= length { return cut(length) }
        if octets.count >= RemoteMessage.pieceLimit { return cut(RemoteMessage.pieceLimit) }
        guard let quietAt, now >= quietAt else { return nil }
        return cut(octets.count)
    }

    private mutating func cut(_ count: Int) -> [UInt8] {
        let piece = Array(octets.prefix(count))
        octets.removeFirst(count)
        if octets.isEmpty { quietAt = nil }
        return piece
    }

    /// Length of the frame that the octets begin with, where they tell it.
    private var frameLength: Int? {
        // HDLC, frame type 3 (IEC 62056-46, 6.4.1.2): flag, A and 11 bits of length between the flags. More
        // frames of a window behind it are pieces of their own.
        if octets[0] == 0x7E, octets.count >= 3, octets[1] & 0xF0 == 0xA0 {
            let length = (Int(octets[1] & 0x07) << 8 | Int(octets[2])) + 2
            return length > 8 && length <= RemoteMessage.pieceLimit ? length : nil
        }
        // Wrapper (IEC 62056-47): version 1, two addresses, length of the APDU.
        if octets[0] == 0, octets.count >= 8, octets[1] == 1 {
            let length = (Int(octets[6]) << 8 | Int(octets[7])) + 8
            return length <= RemoteMessage.pieceLimit ? length : nil
        }
        return nil
    }
}
