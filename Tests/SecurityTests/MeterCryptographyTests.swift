import DLMS
import Octets
import Seams
import Testing

@testable import Security

private struct CountingEntropy: Entropy {
    func octets(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0) } }
}

@Suite struct MeterCryptographyTests {
    private let cryptography = MeterCryptography(entropy: CountingEntropy())

    private func hex(_ text: String) throws -> [UInt8] { try #require([UInt8](hex: text)) }

    @Test func `the block of FIPS 197 is enciphered as there`() throws {
        // FIPS 197, appendix C.1.
        let key = (0..<16).map { UInt8($0) }
        let plain = (0..<16).map { UInt8($0 * 0x11) }
        let expected = try hex("69c4e0d86a7b0430d8cdb78070b4c55a")
        #expect(cryptography.encipherBlocks(plain + plain, key: key) == expected + expected)
    }

    @Test func `test case 4 of the GCM paper is sealed and opened as there`() throws {
        // McGrew and Viega, The Galois/Counter Mode of Operation, appendix B, the tag cut to 12 octets.
        let key = try hex("feffe9928665731c6d6a8f9467308308")
        let nonce = try hex("cafebabefacedbaddecaf888")
        let additional = try hex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
        let plain = try hex(
            "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
                + "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39")
        let sealed = try #require(
            cryptography.seal(plain, key: key, nonce: nonce, authenticating: additional))
        #expect(sealed.tag == (try hex("5bc94fbc3221a5db94fae95a")))
        #expect(sealed.ciphertext.prefix(8).elementsEqual(try hex("42831ec221777424")))
        let opened = cryptography.open(
            sealed.ciphertext, tag: sealed.tag, key: key, nonce: nonce, authenticating: additional)
        #expect(opened == plain)
        for bit in 0..<96 {
            var tag = sealed.tag
            tag[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(
                cryptography.open(
                    sealed.ciphertext, tag: tag, key: key, nonce: nonce, authenticating: additional) == nil)
        }
    }

    @Test func `wrong lengths are refused without a trap`() {
        let sixteen = [UInt8](repeating: 0, count: 16)
        let twelve = [UInt8](repeating: 0, count: 12)
        #expect(cryptography.encipherBlocks([1], key: sixteen) == nil)
        #expect(cryptography.encipherBlocks(sixteen, key: [1]) == nil)
        #expect(cryptography.seal([1], key: [1], nonce: twelve, authenticating: []) == nil)
        #expect(cryptography.seal([1], key: sixteen, nonce: [1], authenticating: []) == nil)
        #expect(cryptography.open([1], tag: [1], key: sixteen, nonce: twelve, authenticating: []) == nil)
        #expect(cryptography.open([1], tag: twelve, key: sixteen, nonce: [], authenticating: []) == nil)
    }

    @Test func `the digests of nothing are the known ones`() throws {
        #expect(cryptography.digest([], by: .md5) == (try hex("d41d8cd98f00b204e9800998ecf8427e")))
        #expect(cryptography.digest([], by: .sha1) == (try hex("da39a3ee5e6b4b0d3255bfef95601890afd80709")))
        #expect(cryptography.digest([], by: .sha256).prefix(4).elementsEqual(try hex("e3b0c442")))
    }

    @Test func `comparison sees length and content, chance is the seam's`() {
        #expect(cryptography.areEqual([1, 2], [1, 2]))
        #expect(!cryptography.areEqual([1, 2], [1, 3]))
        #expect(!cryptography.areEqual([1, 2], [1, 2, 3]))
        #expect(cryptography.unpredictable(3) == [0, 1, 2])
    }
}
