import Seams
import Testing

@testable import Compression

@Suite struct GzipCompressorTests {
    @Test func theSameInputGivesTheSameMemberWithoutATime() {
        let text = Array(String(repeating: "0123456789", count: 1_000).utf8)
        let member = GzipCompressor().gzip(text)
        #expect(member == GzipCompressor().gzip(text))
        #expect(Array(member.prefix(8)) == [0x1F, 0x8B, 8, 0, 0, 0, 0, 0])
        #expect(member.count < text.count / 20)
    }

    @Test func theTrailerTellsTheLength() {
        let member = GzipCompressor().gzip(Array("abc".utf8))
        #expect(Array(member.suffix(4)) == [3, 0, 0, 0])
        // CRC-32 of "abc" is 352441C2 (RFC 1952 polynomial).
        #expect(Array(member.suffix(8).prefix(4)) == [0xC2, 0x41, 0x24, 0x35])
    }

    @Test func nothingIsAMemberToo() {
        #expect(GzipCompressor().gzip([]).suffix(8).allSatisfy { $0 == 0 })
        #expect(!GzipCompressor().gzip([]).isEmpty)
    }

    @Test func storedBlocksCarryTheSameTrailer() {
        let text = [UInt8](repeating: 7, count: 70_000)
        let member = GzipCompressor.stored(text)
        #expect(member.suffix(8) == GzipCompressor().gzip(text).suffix(8))
        #expect(member.count == 10 + 2 * 5 + 70_000 + 8)
    }
}
