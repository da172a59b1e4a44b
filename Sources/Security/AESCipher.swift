// The block cipher that protocol machines need for authentication and ciphering: AES-128 in ECB mode, one
// call for many blocks. Chaining modes are built by the protocol cores from it.

import COpenSSL
import Seams

/// AES-128 by the EVP interface.
package struct AESCipher: Cipher {
    /// A cipher; it keeps no key.
    package init() {}

    /// Enciphers whole blocks of 16 octets under a key of 16 octets; throws `SecurityError` for other
    /// lengths.
    package func aesECBEncrypt(_ blocks: [UInt8], key: [UInt8]) throws -> [UInt8] {
        guard key.count == 16, blocks.count.isMultiple(of: 16) else {
            throw SecurityError("enciphering", reason: "key or data of a wrong length")
        }
        guard let context = EVP_CIPHER_CTX_new() else { throw SecurityError("enciphering") }
        defer { EVP_CIPHER_CTX_free(context) }
        var output = [UInt8](repeating: 0, count: blocks.count + 16)
        var written: Int32 = 0
        guard EVP_EncryptInit_ex(context, EVP_aes_128_ecb(), nil, key, nil) == 1,
            EVP_CIPHER_CTX_set_padding(context, 0) == 1,
            EVP_EncryptUpdate(context, &output, &written, blocks, Int32(blocks.count)) == 1
        else { throw SecurityError("enciphering") }
        output.removeLast(output.count - Int(written))
        return output
    }
}

/// SHA-256 (FIPS 180-4).
package enum SHA256 {
    /// The 32 octets of the digest.
    package static func digest(_ octets: [UInt8]) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: 32)
        var count: UInt32 = 0
        guard EVP_Digest(octets, octets.count, &digest, &count, EVP_sha256(), nil) == 1 else { return [] }
        return digest
    }
}
