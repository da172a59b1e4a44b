// The cryptographic primitives that associations need, as a protocol: this module says what to compute and
// never computes it, so that it stays free of ciphers and of chance. `Security` implements it with OpenSSL.

/// Digests of high level security.
package enum DigestAlgorithm: Sendable, Hashable {
    /// Mechanism 3.
    case md5
    /// Mechanism 4.
    case sha1
    /// Mechanism 6.
    case sha256
}

/// Primitives. Wrong lengths give nil, never a trap; comparisons take the same time wherever they differ.
package protocol Cryptography: Sendable {
    /// AES-128 of whole blocks of 16 octets in ECB mode; nil for other lengths.
    func encipherBlocks(_ blocks: [UInt8], key: [UInt8]) -> [UInt8]?
    /// AES-128-GCM: ciphertext and the first 12 octets of the tag. Key of 16, nonce of 12 octets.
    func seal(
        _ plain: [UInt8], key: [UInt8], nonce: [UInt8], authenticating additional: [UInt8]
    ) -> (ciphertext: [UInt8], tag: [UInt8])?
    /// The text back; nil when the tag of 12 octets is wrong. Without a tag nothing is verified (security
    /// control 20h).
    func open(
        _ ciphertext: [UInt8], tag: [UInt8]?, key: [UInt8], nonce: [UInt8],
        authenticating additional: [UInt8]
    ) -> [UInt8]?
    /// A digest.
    func digest(_ octets: [UInt8], by algorithm: DigestAlgorithm) -> [UInt8]
    /// Whether two strings of octets are one, in a time that tells nothing but their lengths.
    func areEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool
    /// Unpredictable octets, for challenges and dedicated keys.
    func unpredictable(_ count: Int) -> [UInt8]
}
