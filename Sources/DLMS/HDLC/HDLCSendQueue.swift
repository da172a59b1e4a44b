// The sending half of a link, the same for both sides: one APDU cut into segments, numbered modulo 8, sent in
// windows and sent again from the first unacknowledged one. Used by `HDLCClient` and `HDLCServer`.

import Octets

/// Segments of the APDU being sent.
struct HDLCSendQueue: Sendable {
    /// One segment ready to be framed.
    struct Segment {
        var information: ArraySlice<UInt8>
        /// N(S)
        var number: UInt8
        /// S bit: more segments follow.
        var isSegmented: Bool
        /// Poll or final bit: the last frame before waiting.
        var isFinal: Bool
    }

    private var information: [UInt8] = []
    /// Octets of a segment, and how many segments there are.
    private var (size, count) = (1, 0)
    /// N(S) of the first segment.
    private var firstNumber: UInt8 = 0
    private var acknowledged = 0
    private var sent = 0

    /// V(S): the N(S) of the next segment to be sent.
    var nextNumber: UInt8 { (firstNumber &+ UInt8(truncatingIfNeeded: sent)) & 7 }
    /// Whether something has been sent and not acknowledged.
    var isUnacknowledged: Bool { acknowledged < sent }
    /// Whether segments wait to be sent for the first time.
    var hasUnsent: Bool { sent < count }
    /// Whether everything loaded has been sent and acknowledged.
    var isDone: Bool { acknowledged == count }

    /// Replaces what was sent before by `information`, cut into pieces of at most `size` octets.
    mutating func load(_ information: [UInt8], size: Int) {
        firstNumber = nextNumber
        acknowledged = 0
        sent = 0
        self.information = information
        self.size = size
        count = (information.count + size - 1) / size
    }

    /// Takes N(R). False when it acknowledges what was never sent.
    mutating func acknowledge(_ received: UInt8) -> Bool {
        let expected = firstNumber &+ UInt8(truncatingIfNeeded: acknowledged)
        let count = Int((received &- expected) & 7)
        guard count <= sent - acknowledged else { return false }
        acknowledged += count
        return true
    }

    /// Goes back to the first unacknowledged segment.
    mutating func rewind() { sent = acknowledged }

    /// The next segments that the peer's window allows; the last one asks for an answer.
    mutating func window(_ frames: Int) -> [Segment] {
        let end = min(count, acknowledged + frames)
        guard sent < end else { return [] }
        let batch = (sent..<end).map { index in
            Segment(
                information: information[index * size..<min((index + 1) * size, information.count)],
                number: (firstNumber &+ UInt8(truncatingIfNeeded: index)) & 7,
                isSegmented: index < count - 1, isFinal: index == end - 1)
        }
        sent = end
        return batch
    }
}
