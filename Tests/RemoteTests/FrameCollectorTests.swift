// Whole frames cross the link: told by their length, else by a silence.

import Remote
import Testing
import Timekeeping

@Suite struct FrameCollectorTests {
    private static let hdlc: [UInt8] = [0x7E, 0xA0, 0x07, 0x03, 0x41, 0x93, 0x5A, 0x64, 0x7E]
    private static let wrapper: [UInt8] = [0, 1, 0, 16, 0, 1, 0, 3, 0xC0, 1, 0x81]
    private let zero = MonotonicInstant(nanoseconds: 0)

    @Test(arguments: [hdlc, wrapper]) func `a frame that tells its length is whole with its last octet`(
        frame: [UInt8]
    ) {
        var collector = FrameCollector(gap: .milliseconds(50))
        for octet in frame.dropLast() {
            collector.append([octet], at: zero)
            #expect(collector.next(at: zero) == nil)
        }
        collector.append([frame[frame.count - 1]], at: zero)
        #expect(collector.next(at: zero) == frame)
        #expect(collector.isEmpty && collector.deadline == nil)
    }

    @Test func `frames that came together go on one by one`() {
        var collector = FrameCollector(gap: .milliseconds(50))
        collector.append(Self.hdlc + Self.wrapper + Self.hdlc, at: zero)
        #expect(collector.next(at: zero) == Self.hdlc)
        #expect(collector.next(at: zero) == Self.wrapper)
        #expect(collector.next(at: zero) == Self.hdlc)
        #expect(collector.next(at: zero) == nil)
    }

    @Test func `what tells no length ends with a silence, and a frame may stumble`() throws {
        var collector = FrameCollector(gap: .milliseconds(50))
        collector.append(Array("/?!\r\n".utf8), at: zero)
        let end = try #require(collector.deadline)
        #expect(end == zero + .milliseconds(50) && collector.next(at: zero + .milliseconds(49)) == nil)
        #expect(collector.next(at: end) == Array("/?!\r\n".utf8))
        collector.append(Array(Self.hdlc.prefix(5)), at: end)
        #expect(collector.next(at: end + .milliseconds(200)) == nil)
        collector.append(Array(Self.hdlc.dropFirst(5)), at: end + .milliseconds(200))
        #expect(collector.next(at: end + .milliseconds(200)) == Self.hdlc)
    }

    @Test func `octets without any silence go on in bounded pieces`() {
        var collector = FrameCollector(gap: .milliseconds(50))
        collector.append([UInt8](repeating: 0x55, count: 10_000), at: zero)
        var sizes: [Int] = []
        while let piece = collector.next(at: zero) { sizes.append(piece.count) }
        #expect(sizes == [4_096, 4_096])
        #expect(collector.next(at: zero + .seconds(1))?.count == 10_000 - 8_192)
    }
}
