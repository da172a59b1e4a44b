import Seams
import Testing
import Timekeeping

@testable import Security

/// Octets 0, 1, 2…: enough where only freshness is not the question.
private struct CountingEntropy: Entropy {
    func octets(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0) } }
}

@Suite struct ScryptHasherTests {
    private let hasher = ScryptHasher(entropy: CountingEntropy())

    @Test func aPasswordMatchesItsOwnHashOnly() async throws {
        let hash = try await hasher.hash("пароль")
        #expect(hash.hasPrefix("$scrypt$ln=14,r=8,p=1$"))
        #expect(await hasher.verify("пароль", against: hash))
        #expect(await hasher.verify("Пароль", against: hash) == false)
        #expect(await hasher.verify("", against: hash) == false)
    }

    @Test func theDerivationIsTheOneOfRFC7914() async {
        // RFC 7914, 12: N = 1024, r = 8, p = 16 is beyond our lanes; N = 16384, r = 8, p = 1 is the third
        // vector.
        let key: [UInt8] = [
            0x70, 0x23, 0xbd, 0xcb, 0x3a, 0xfd, 0x73, 0x48, 0x46, 0x1c, 0x06, 0xcd, 0x81, 0xfd, 0x38, 0xeb,
            0xfd, 0xa8, 0xfb, 0xba, 0x90, 0x4f, 0x8e, 0x3e, 0xa9, 0xb5, 0x43, 0xf6, 0x54, 0x5d, 0xa1, 0xf2,
            0xd5, 0x43, 0x29, 0x55, 0x61, 0x3f, 0x0f, 0xcf, 0x62, 0xd4, 0x97, 0x05, 0x24, 0x2a, 0x9a, 0xf9,
            0xe6, 0x1e, 0x85, 0xdc, 0x0d, 0x65, 0x1e, 0x40, 0xdf, 0xcf, 0x01, 0x7b, 0x45, 0x57, 0x58, 0x87,
        ]
        let record = ScryptRecord(cost: 14, blocks: 8, lanes: 1, salt: Array("SodiumChloride".utf8), key: key)
        #expect(await hasher.verify("pleaseletmein", against: record.text))
    }

    @Test(arguments: [
        "", "admin", "$scrypt$", "$scrypt$ln=40,r=8,p=1$AAAA$AAAA", "$scrypt$ln=14,r=8,p=1$A$A",
    ])
    func textThatIsNoHashIsNeverAMatch(_ text: String) async {
        #expect(await hasher.verify("", against: text) == false)
    }

    @Test func comparisonSeesLengthAndContent() {
        #expect(hasher.constantTimeEqual([1, 2], [1, 2]))
        #expect(!hasher.constantTimeEqual([1, 2], [1, 3]))
        #expect(!hasher.constantTimeEqual([1, 2], [1, 2, 3]))
    }
}

@Suite struct SelfSignedCertificateTests {
    @Test func aCertificateAndItsKeyAreMadeAsPEM() throws {
        let made = try SelfSignedCertificate(
            commonName: "gateway", names: ["gateway.local"], addresses: ["192.168.0.1"],
            now: WallTime(unixSeconds: 1_772_312_400), entropy: CountingEntropy())
        #expect(made.certificate.hasPrefix("-----BEGIN CERTIFICATE-----\n"))
        #expect(made.key.hasPrefix("-----BEGIN PRIVATE KEY-----\n"))
        #expect(made.certificate.hasSuffix("-----END CERTIFICATE-----\n"))
    }
}

@Suite struct Base64Tests {
    @Test(arguments: [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")])
    func theVectorsOfRFC4648(_ plain: String, _ encoded: String) {
        #expect(Base64.encode(Array(plain.utf8)) == encoded)
        #expect(Base64.decode(encoded) == Array(plain.utf8))
    }
}
