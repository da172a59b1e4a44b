// Finds frames in a stream of octets (R25: the end of a frame is its length and its flag, never a pause).
// Hunts for flags through noise, accepts one flag shared by two frames, and holds at most one frame's octets.
// Called by the client driver, the simulated meter and the analyser.

package import Octets

/// What the stream held at one place.
package struct HDLCStreamItem: Sendable, Hashable {
    /// Octets of the stream before the opening flag.
    package var offset: Int
    /// The octets, flags included.
    package var octets: [UInt8]
    /// The frame, or why these octets, which began like one, are none.
    package var content: Result<HDLCFrame, DecodingError>
}

/// An incremental decoder. Feed with `append`, then take items until `next` answers nil ("need more octets").
package struct HDLCFrameDecoder: Sendable {
    private var buffer: [UInt8] = []
    private var head = 0
    private var consumed = 0

    /// Octets that were neither part of a frame nor looked like the beginning of one.
    package private(set) var noiseOctets = 0

    /// A decoder at the beginning of a stream.
    package init() {}

    /// Whether octets wait that are not yet a whole frame.
    package var isInsideFrame: Bool { buffer.count - head > 1 }

    /// Takes octets from the stream. Call `next` until nil before appending again, so that memory stays
    /// bounded.
    package mutating func append(_ octets: some Sequence<UInt8>) { buffer.join(octets) }

    /// The same of a whole array, as channels read them.
    package mutating func append(_ octets: [UInt8]) { buffer.append(contentsOf: octets) }

    /// Forgets everything received and not yet taken.
    package mutating func reset() {
        consumed += buffer.count
        buffer.removeAll(keepingCapacity: true)
        head = 0
    }

    /// The next frame or frame-like damage; nil when more octets are needed.
    package mutating func next() -> HDLCStreamItem? { step(atEnd: false) }

    /// As `next`, knowing that the line has fallen silent: a frame hidden behind a false beginning is found,
    /// and the rest is reported as truncated.
    package mutating func nextAtSilence() -> HDLCStreamItem? { step(atEnd: true) }

    private mutating func step(atEnd: Bool) -> HDLCStreamItem? {
        while true {
            huntFlag()
            let available = buffer.count - head
            guard available >= 2 else { return nothing(atEnd: atEnd) }
            guard buffer[head + 1] != HDLCFrame.flag else {
                drop(1, noise: false)
                continue
            }
            guard buffer[head + 1] & 0xF0 == 0xA0 else {
                drop(1, noise: false)
                continue
            }
            guard available >= 3 else { return atEnd ? truncated() : nil }
            let length = Int(buffer[head + 1] & 7) << 8 | Int(buffer[head + 2])
            guard length >= HDLCFrame.minimumLength else {
                return damaged(DecodingError(.invalid, at: 1, "HDLC length field says \(length)"), count: 3)
            }
            guard available >= length + 2 else { return atEnd ? truncated() : nil }
            return candidate(length: length)
        }
    }

    /// Octets that claim to be a frame of `length` between flags have all arrived.
    private mutating func candidate(length: Int) -> HDLCStreamItem {
        guard buffer[head + length + 1] == HDLCFrame.flag else {
            let error = DecodingError(.invalid, at: length + 1, "HDLC closing flag")
            return damaged(error, count: length + 2)
        }
        let octets = Array(buffer[head..<head + length + 2])
        do throws(DecodingError) {
            let frame = try HDLCFrame(between: octets[1...length])
            let item = HDLCStreamItem(offset: consumed + head, octets: octets, content: .success(frame))
            // The closing flag stays: it may open the next frame.
            drop(length + 1, noise: false)
            return item
        } catch {
            return damaged(error, count: length + 2)
        }
    }

    /// Reports the candidate and hunts on behind its opening flag, for a frame may have begun inside.
    private mutating func damaged(_ error: DecodingError, count: Int) -> HDLCStreamItem {
        let octets = Array(buffer[head..<min(head + count, buffer.count)])
        let item = HDLCStreamItem(offset: consumed + head, octets: octets, content: .failure(error))
        drop(1, noise: false)
        return item
    }

    private mutating func truncated() -> HDLCStreamItem {
        let count = buffer.count - head
        return damaged(DecodingError(.truncated, at: count, "HDLC frame"), count: count)
    }

    private mutating func nothing(atEnd: Bool) -> HDLCStreamItem? {
        if atEnd { drop(buffer.count - head, noise: false) }
        return nil
    }

    private mutating func huntFlag() {
        if head < buffer.count, buffer[head] == HDLCFrame.flag { return }
        let flag = buffer[head...].firstIndex(of: HDLCFrame.flag) ?? buffer.endIndex
        if flag > head { drop(flag - head, noise: true) }
    }

    private mutating func drop(_ count: Int, noise: Bool) {
        if noise { noiseOctets += count }
        head += count
        if head == buffer.count {
            consumed += head
            buffer.removeAll(keepingCapacity: true)
            head = 0
        } else if head > HDLCFrame.maximumLength {
            consumed += head
            buffer.removeFirst(head)
            head = 0
        }
    }
}
