import Octets
import Testing

@testable import DLMS

@Suite struct HDLCFrameDecoderTests {
    private static func decode(_ pieces: [[UInt8]]) -> [HDLCFrame] {
        var decoder = HDLCFrameDecoder()
        var frames: [HDLCFrame] = []
        for piece in pieces {
            decoder.append(piece)
            while let item = decoder.next() {
                if let frame = try? item.content.get() { frames.append(frame) }
            }
        }
        return frames
    }

    private static let golden = HDLCFrameTests.golden.filter { !$0.isNegative }.flatMap(\.steps).map(\.octets)

    @Test func `golden frames come out of any stream`() throws {
        let messages = try Self.golden.map { try HDLCFrame(between: $0.dropFirst().dropLast()) }
        let noise: [UInt8] = [0x00, 0xFF, 0x7E, 0x7E, 0x12, 0xA0, 0x7E, 0x34]
        StreamVerifier(decode: Self.decode).verify(Self.golden, messages, noise: noise)
    }

    @Test func `two frames may share a flag`() throws {
        let (first, second) = (Self.golden[0], Self.golden[1])
        let frames = Self.decode([first + second.dropFirst()])
        #expect(frames.map(\.encoded) == [first, second])
    }

    @Test func `flags inside a frame do not end it`() throws {
        let frame = HDLCFrame(
            to: try #require(HDLCAddress.client(32)),
            from: try #require(HDLCAddress(upper: 1, lower: 16, width: .two)),
            .unnumberedInformation(final: false), information: [0x7E, 0xA0, 0x07, 0x7E, 0x7E])
        #expect(Self.decode([frame.encoded]) == [frame])
    }

    @Test func `a wrong FCS is reported with its place and the next frame is found`() throws {
        var damaged = Self.golden[2]
        damaged[damaged.count - 2] ^= 0xFF
        var decoder = HDLCFrameDecoder()
        decoder.append([1, 2, 3] + damaged + Self.golden[0])
        let next = decoder.next()
        let item = try #require(next)
        #expect(item.offset == 3)
        #expect(item.octets == damaged)
        #expect(throws: DecodingError(.checksum, at: 0, "")) { try item.content.get() }
        var found: [HDLCFrame] = []
        while let next = decoder.next() { if let frame = try? next.content.get() { found.append(frame) } }
        #expect(found.map(\.encoded) == [Self.golden[0]])
        #expect(decoder.noiseOctets >= 3)
    }

    @Test func `a false beginning that claims more than comes hides no frame once the line is silent`() {
        var decoder = HDLCFrameDecoder()
        decoder.append([0x7E, 0xA7, 0xFF] + Self.golden[0])
        #expect(decoder.next() == nil)
        #expect(decoder.isInsideFrame)
        var frames: [HDLCFrame] = []
        while let item = decoder.nextAtSilence() {
            if let frame = try? item.content.get() { frames.append(frame) }
        }
        #expect(frames.map(\.encoded) == [Self.golden[0]])
        #expect(!decoder.isInsideFrame)
    }

    @Test func `offsets count from the beginning of the stream however long it is`() throws {
        var decoder = HDLCFrameDecoder()
        var offset = 0
        for round in 0..<500 {
            let frame = Self.golden[round % Self.golden.count]
            decoder.append(frame)
            let next = decoder.next()
            let item = try #require(next)
            #expect(item.offset == offset)
            #expect(decoder.next() == nil)
            offset += frame.count
        }
    }

    @Test func `random octets never trap and never hold more than one frame, seed 2`() {
        var numbers = SeededNumbers(seed: 2)
        var decoder = HDLCFrameDecoder()
        for _ in 0..<2_000 {
            let piece = numbers.octets(Int.random(in: 0...64, using: &numbers)).map { $0 < 40 ? 0x7E : $0 }
            decoder.append(piece)
            while let item = decoder.next() { #expect(item.octets.count <= HDLCFrame.maximumLength + 2) }
        }
    }
}
