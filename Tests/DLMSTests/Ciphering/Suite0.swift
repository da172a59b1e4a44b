// Keys, titles and sides of suite 0 for tests: those of the standard's own examples.

import Octets
import Seams
import Security
import Synchronization

@testable import DLMS

/// Ever other octets, the same in every run but for the order of tests.
private final class NumberedEntropy: Entropy {
    private let drawn = Mutex(0)

    func octets(_ count: Int) -> [UInt8] {
        let number = drawn.withLock { number in
            number += 1
            return number
        }
        return (0..<count).map { UInt8(truncatingIfNeeded: (number &* 0x9E37_79B9 &+ $0) >> ($0 & 7)) }
    }
}

enum Suite0 {
    static let cryptography: any Cryptography = MeterCryptography(entropy: NumberedEntropy())
    /// System title of the examples, `MMM` and a number.
    static let clientTitle = [UInt8](hex: "4d4d4d0000bc614e") ?? []
    static let serverTitle = [UInt8](hex: "4d4d4d0000000001") ?? []
    static let encryptionKey = [UInt8](hex: "000102030405060708090a0b0c0d0e0f") ?? []
    static let authenticationKey = [UInt8](hex: "d0d1d2d3d4d5d6d7d8d9dadbdcdddedf") ?? []
    /// The counter of the examples.
    static let counter: UInt32 = 0x0123_4567

    static func keys(encryption: [UInt8] = encryptionKey) throws -> SecurityKeys {
        guard let keys = SecurityKeys(encryption: encryption, authentication: authenticationKey) else {
            throw ProtectionError.noKey
        }
        return keys
    }

    /// One side with a hundred counters.
    static func side(
        _ title: [UInt8] = clientTitle, encryption: [UInt8] = encryptionKey,
        protection: SecurityControl = .authenticatedEncryption, from counter: UInt32 = counter
    ) throws -> SecurityContext {
        let context = try SecurityContext(
            keys: keys(encryption: encryption), title: title, protection: protection,
            counters: InvocationCounters(counter..<counter + 100), cryptography: cryptography)
        guard let context else { throw ProtectionError.title }
        return context
    }

    /// A server of suite 0 beside the clear one for the public client.
    static func server(
        _ authentication: Authentication, policy: SecurityPolicy = .full, encryption: [UInt8] = encryptionKey
    ) throws -> ApplicationServer {
        let security = ServerSecurity(
            keys: try keys(encryption: encryption), policy: policy, cryptography: cryptography)
        let conformance = Conformance.automaticProposal
        return ApplicationServer(
            profiles: [
                AssociationProfile(
                    client: .publicClient, authentication: .none, conformance: conformance, maximumPDU: 400),
                AssociationProfile(
                    client: .reader, authentication: authentication, conformance: conformance,
                    maximumPDU: 400, security: security),
            ], systemTitle: serverTitle)
    }

    /// A mechanism of high level security as one side has it.
    static func highLevel(
        _ mechanism: UInt8, secret: String = "secret", title: [UInt8] = clientTitle,
        encryption: [UInt8] = encryptionKey
    ) throws -> HighLevelSecurity {
        let mechanism = AuthenticationMechanism(rawValue: mechanism)
        if mechanism == .highLevelGMAC {
            return .authenticationCode(try side(title, encryption: encryption))
        }
        guard let security = HighLevelSecurity.secret(Array(secret.utf8), mechanism, cryptography) else {
            throw ProtectionError.noKey
        }
        return security
    }
}
