// The primitives of DLMS security by OpenSSL's EVP interface: AES-128 blocks, AES-128-GCM with a tag of 12
// octets, digests. Which of them protect what is `DLMS`' own affair.

import COpenSSL
package import DLMS
package import Seams

/// The cryptography of meters. It keeps no key.
package struct MeterCryptography: Cryptography {
    private let entropy: any Entropy

    /// Primitives whose challenges and keys come from `entropy`.
    package init(entropy: any Entropy) { self.entropy = entropy }

    /// Octets of a GCM tag in DLMS.
    private static let tagLength: Int32 = 12
    /// The control codes of openssl/evp.h, EVP_CTRL_AEAD_GET_TAG and …SET_TAG.
    private static let getTag: Int32 = 0x10
    private static let setTag: Int32 = 0x11

    /// EVP_aes_128_ecb without padding.
    package func encipherBlocks(_ blocks: [UInt8], key: [UInt8]) -> [UInt8]? {
        guard key.count == 16, blocks.count.isMultiple(of: 16), blocks.count <= 1 << 20,
            let context = EVP_CIPHER_CTX_new()
        else { return nil }
        defer { EVP_CIPHER_CTX_free(context) }
        var output = [UInt8](repeating: 0, count: blocks.count + 16)
        var written: Int32 = 0
        guard EVP_EncryptInit_ex(context, EVP_aes_128_ecb(), nil, key, nil) == 1,
            EVP_CIPHER_CTX_set_padding(context, 0) == 1,
            EVP_EncryptUpdate(context, &output, &written, blocks, Int32(blocks.count)) == 1
        else {
            ERR_clear_error()
            return nil
        }
        output.removeLast(output.count - Int(written))
        return output
    }

    /// EVP_aes_128_gcm, enciphering.
    package func seal(
        _ plain: [UInt8], key: [UInt8], nonce: [UInt8], authenticating additional: [UInt8]
    ) -> (ciphertext: [UInt8], tag: [UInt8])? {
        guard let context = MeterCryptography.context(key, nonce, isSealing: true) else { return nil }
        defer { EVP_CIPHER_CTX_free(context) }
        var tag = [UInt8](repeating: 0, count: Int(MeterCryptography.tagLength))
        var ending: Int32 = 0
        var rest = [UInt8](repeating: 0, count: 16)
        guard let ciphertext = MeterCryptography.run(context, plain, additional, EVP_EncryptUpdate),
            EVP_EncryptFinal_ex(context, &rest, &ending) == 1,
            EVP_CIPHER_CTX_ctrl(context, MeterCryptography.getTag, MeterCryptography.tagLength, &tag) == 1
        else {
            ERR_clear_error()
            return nil
        }
        return (ciphertext, tag)
    }

    /// EVP_aes_128_gcm, deciphering; the library compares the tag in constant time.
    package func open(
        _ ciphertext: [UInt8], tag: [UInt8]?, key: [UInt8], nonce: [UInt8],
        authenticating additional: [UInt8]
    ) -> [UInt8]? {
        guard let context = MeterCryptography.context(key, nonce, isSealing: false) else { return nil }
        defer { EVP_CIPHER_CTX_free(context) }
        guard let plain = MeterCryptography.run(context, ciphertext, additional, EVP_DecryptUpdate) else {
            ERR_clear_error()
            return nil
        }
        guard var tag else { return plain }
        guard tag.count == Int(MeterCryptography.tagLength) else { return nil }
        var ending: Int32 = 0
        var rest = [UInt8](repeating: 0, count: 16)
        guard
            EVP_CIPHER_CTX_ctrl(context, MeterCryptography.setTag, MeterCryptography.tagLength, &tag) == 1,
            EVP_DecryptFinal_ex(context, &rest, &ending) == 1
        else {
            ERR_clear_error()
            return nil
        }
        return plain
    }

    /// EVP_Digest.
    package func digest(_ octets: [UInt8], by algorithm: DigestAlgorithm) -> [UInt8] {
        let method =
            switch algorithm {
            case .md5: EVP_md5()
            case .sha1: EVP_sha1()
            case .sha256: EVP_sha256()
            }
        var digest = [UInt8](repeating: 0, count: 64)
        var count: UInt32 = 0
        guard EVP_Digest(octets, octets.count, &digest, &count, method, nil) == 1 else {
            ERR_clear_error()
            return []
        }
        return Array(digest.prefix(Int(count)))
    }

    /// CRYPTO_memcmp; unequal lengths are told at once.
    package func areEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.count == right.count && CRYPTO_memcmp(left, right, left.count) == 0
    }

    /// Octets of the entropy seam.
    package func unpredictable(_ count: Int) -> [UInt8] { entropy.octets(count) }

    // MARK: - Helpers

    /// A context of GCM with the nonce of 12 octets that is the library's default.
    private static func context(_ key: [UInt8], _ nonce: [UInt8], isSealing: Bool) -> OpaquePointer? {
        guard key.count == 16, nonce.count == 12, let context = EVP_CIPHER_CTX_new() else { return nil }
        let begin = isSealing ? EVP_EncryptInit_ex : EVP_DecryptInit_ex
        guard begin(context, EVP_aes_128_gcm(), nil, key, nonce) == 1 else {
            EVP_CIPHER_CTX_free(context)
            ERR_clear_error()
            return nil
        }
        return context
    }

    private typealias Update = (
        OpaquePointer?, UnsafeMutablePointer<UInt8>?, UnsafeMutablePointer<Int32>?, UnsafePointer<UInt8>?,
        Int32
    ) -> Int32

    /// Additional data, then the text; nil when the library refuses.
    private static func run(
        _ context: OpaquePointer, _ text: [UInt8], _ additional: [UInt8], _ update: Update
    ) -> [UInt8]? {
        var written: Int32 = 0
        if !additional.isEmpty,
            update(context, nil, &written, additional, Int32(additional.count)) != 1
        {
            return nil
        }
        guard !text.isEmpty else { return [] }
        var output = [UInt8](repeating: 0, count: text.count + 16)
        guard update(context, &output, &written, text, Int32(text.count)) == 1 else { return nil }
        output.removeLast(output.count - Int(written))
        return output
    }
}
