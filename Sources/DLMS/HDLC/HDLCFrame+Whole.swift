// A burst of octets that is one frame from flag to flag, read where it stands: what nearly every burst on a
// line is. Whoever watches lines tries this before it looks for frames in the burst.

extension HDLCFrame {
    /// The frame that octets are, flags included; nil when they are anything else or more.
    package init?(whole octets: [UInt8]) {
        let last = octets.count - 1
        guard last > HDLCFrame.minimumLength, octets[0] == HDLCFrame.flag, octets[last] == HDLCFrame.flag,
            let frame = try? HDLCFrame(between: octets[1..<last])
        else { return nil }
        self = frame
    }
}
