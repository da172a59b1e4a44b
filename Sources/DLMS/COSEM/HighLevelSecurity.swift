// The four passes of high level authentication (IEC 62056-5-3, mechanisms 2…7) without their cryptography:
// the owner of the keys hands in what to compute, so this module stays free of ciphers. Mechanism 2 on the
// meters seen is AES-128-ECB of the challenge, mechanism 5 is GMAC over it.

/// One side's part in the passes; both machines use it.
package struct HighLevelSecurity: Sendable {
    /// Mechanism number, such as 2 or 5.
    package var mechanism: AuthenticationMechanism
    /// A fresh challenge to send, 8…64 octets.
    package var makeChallenge: @Sendable () -> [UInt8]
    /// The reply to the other side's challenge.
    package var reply: @Sendable (_ challenge: [UInt8]) -> [UInt8]
    /// Whether `reply` is the right answer to our `challenge`.
    package var verify: @Sendable (_ challenge: [UInt8], _ reply: [UInt8]) -> Bool

    /// A side of the passes.
    package init(
        mechanism: AuthenticationMechanism, makeChallenge: @escaping @Sendable () -> [UInt8],
        reply: @escaping @Sendable (_ challenge: [UInt8]) -> [UInt8],
        verify: @escaping @Sendable (_ challenge: [UInt8], _ reply: [UInt8]) -> Bool
    ) {
        self.mechanism = mechanism
        self.makeChallenge = makeChallenge
        self.reply = reply
        self.verify = verify
    }
}

/// How a client proves who it is.
package enum Authentication: Sendable {
    /// Not at all.
    case none
    /// Mechanism 1: the password's octets.
    case lowLevel([UInt8])
    /// Mechanisms 2…7: challenges and replies.
    case highLevel(HighLevelSecurity)

    /// The mechanism's number.
    package var mechanism: AuthenticationMechanism {
        switch self {
        case .none: .none
        case .lowLevel: .lowLevel
        case .highLevel(let security): security.mechanism
        }
    }
}

extension Authentication: CustomStringConvertible {
    /// The mechanism; the password prints as dots (D12).
    package var description: String { "mechanism \(mechanism.rawValue) ••" }
}
