// Passwords of people, kept as scrypt hashes (RFC 7914, decision D10). A hash describes itself, so that its
// cost can be raised later without losing the old ones:
//
//     $scrypt$ln=14,r=8,p=1$<salt, base64>$<key, base64>

import COpenSSL
package import Seams

/// Hashes and verifies passwords by EVP_PBE_scrypt, off the event loop.
package struct ScryptHasher: PasswordHasher {
    private let entropy: any Entropy

    /// A hasher whose salts come from `entropy`.
    package init(entropy: any Entropy) { self.entropy = entropy }

    /// A hash with a fresh salt of 16 octets at today's cost: N = 2^14, r = 8, p = 1 (16 MiB, some 40 ms).
    package func hash(_ password: String) async throws -> String {
        let record = ScryptRecord(cost: 14, blocks: 8, lanes: 1, salt: entropy.octets(16), key: [])
        let key = try await ScryptHasher.derive(password, as: record, count: 32)
        return ScryptRecord(cost: 14, blocks: 8, lanes: 1, salt: record.salt, key: key).text
    }

    /// Whether `password` made `hash`; false for a text that is no hash.
    package func verify(_ password: String, against hash: String) async -> Bool {
        guard let record = ScryptRecord(hash),
            let key = try? await ScryptHasher.derive(password, as: record, count: record.key.count)
        else { return false }
        return constantTimeEqual(key, record.key)
    }

    /// Compares by CRYPTO_memcmp; unequal lengths are told at once.
    package func constantTimeEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        left.count == right.count && CRYPTO_memcmp(left, right, left.count) == 0
    }

    /// The expensive call. It is sent to the shared pool because it would hold the event loop for tens of
    /// milliseconds.
    private static func derive(_ password: String, as record: ScryptRecord, count: Int) async throws
        -> [UInt8]
    {
        try await withTaskExecutorPreference(globalConcurrentExecutor) {
            try deriveNow(password, as: record, count: count)
        }
    }

    private static func deriveNow(_ password: String, as record: ScryptRecord, count: Int) throws -> [UInt8] {
        var key = [UInt8](repeating: 0, count: count)
        let secret = password.utf8.map { CChar(bitPattern: $0) }
        let done = EVP_PBE_scrypt(
            secret, secret.count, record.salt, record.salt.count, UInt64(1) << UInt64(record.cost),
            UInt64(record.blocks), UInt64(record.lanes), 64 << 20, &key, key.count)
        guard done == 1 else { throw SecurityError("hashing a password") }
        return key
    }
}

/// The parts of a self-describing hash.
struct ScryptRecord {
    var cost: Int
    var blocks: Int
    var lanes: Int
    var salt: [UInt8]
    var key: [UInt8]

    var text: String {
        "$scrypt$ln=\(cost),r=\(blocks),p=\(lanes)$\(Base64.encode(salt))$\(Base64.encode(key))"
    }

    init(cost: Int, blocks: Int, lanes: Int, salt: [UInt8], key: [UInt8]) {
        self.cost = cost
        self.blocks = blocks
        self.lanes = lanes
        self.salt = salt
        self.key = key
    }

    /// Nil for text of another form or of a cost this device could not pay.
    init?(_ text: String) {
        let parts = text.split(separator: "$", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 5, parts[0].isEmpty, parts[1] == "scrypt", let salt = Base64.decode(parts[3]),
            let key = Base64.decode(parts[4])
        else { return nil }
        var numbers: [String: Int] = [:]
        for field in parts[2].split(separator: ",") {
            let pair = field.split(separator: "=")
            guard pair.count == 2, let value = Int(pair[1]) else { return nil }
            numbers[String(pair[0])] = value
        }
        guard let cost = numbers["ln"], (1...15).contains(cost), let blocks = numbers["r"],
            (1...16).contains(blocks), let lanes = numbers["p"], (1...4).contains(lanes),
            (16...64).contains(key.count)
        else { return nil }
        self.init(cost: cost, blocks: blocks, lanes: lanes, salt: salt, key: key)
    }
}
