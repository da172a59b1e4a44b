// What mechanisms 2…6 compute (IEC 62056-5-3, 7.2.3): the digests over challenge and secret, GMAC under the
// global keys, and AES-128-ECB of the challenge for mechanism 2, whose algorithm the standard leaves to the
// maker: that is what the meters seen in the field do.

extension HighLevelSecurity {
    /// Octets of our challenges. Texas Instruments meters take no other length.
    private static let challengeLength = 16

    /// Mechanisms 2, 3, 4 and 6 with the secret of the client; nil for any other.
    package static func secret(
        _ secret: [UInt8], _ mechanism: AuthenticationMechanism, _ cryptography: any Cryptography
    ) -> HighLevelSecurity? {
        let answer: @Sendable (HighLevelPass) -> [UInt8]?
        switch mechanism {
        case .highLevel:
            answer = { cryptography.encipherBlocks(padded($0.challenge), key: key(from: secret)) }
        case .highLevelMD5: answer = { cryptography.digest($0.challenge + secret, by: .md5) }
        case .highLevelSHA1: answer = { cryptography.digest($0.challenge + secret, by: .sha1) }
        case .highLevelSHA256:
            answer = {
                cryptography.digest(
                    secret + $0.title + $0.askerTitle + $0.challenge + $0.ownChallenge, by: .sha256)
            }
        default: return nil
        }
        return HighLevelSecurity(
            mechanism: mechanism, makeChallenge: { cryptography.unpredictable(challengeLength) },
            reply: answer,
            verify: { pass, reply in
                // One's own challenge sent back would be answered by the same octets: no proof of anything.
                guard pass.challenge != pass.ownChallenge, let expected = answer(pass), !expected.isEmpty
                else { return false }
                return cryptography.areEqual(expected, reply)
            })
    }

    /// Mechanism 5 under the keys of a context.
    package static func authenticationCode(_ context: SecurityContext) -> HighLevelSecurity {
        HighLevelSecurity(
            mechanism: .highLevelGMAC,
            makeChallenge: { context.cryptography.unpredictable(challengeLength) },
            reply: { pass in
                guard let counter = pass.counter else { return nil }
                return context.authenticationCode(of: pass.challenge, title: pass.title, counter: counter)
            },
            verify: { pass, reply in
                guard reply.count == 17, pass.title.count == SecurityKeys.titleLength,
                    pass.title != pass.askerTitle
                else { return false }
                let counter = reply[1..<5].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
                let expected = context.authenticationCode(
                    of: pass.challenge, title: pass.title, counter: counter)
                return expected.map { context.cryptography.areEqual($0, reply) } ?? false
            })
    }

    /// Whole blocks, filled with zeros.
    private static func padded(_ octets: [UInt8]) -> [UInt8] {
        octets + Array(repeating: 0, count: (16 - octets.count % 16) % 16)
    }

    /// The first 16 octets, filled with zeros.
    private static func key(from secret: [UInt8]) -> [UInt8] {
        Array((secret + Array(repeating: 0, count: 16)).prefix(16))
    }
}
