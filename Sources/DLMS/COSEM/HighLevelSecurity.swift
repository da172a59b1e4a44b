// The four passes of high level authentication (IEC 62056-5-3, mechanisms 2…7): who answers whose challenge,
// in terms both machines share. What is computed stands in `HighLevelSecurity+Mechanisms.swift` for the
// mechanisms of suite 0; any other may be handed in.

/// One answer to one challenge: everything a mechanism may draw on.
package struct HighLevelPass: Sendable {
    /// The challenge that is answered.
    package var challenge: [UInt8]
    /// The challenge that the answering side had sent itself.
    package var ownChallenge: [UInt8]
    /// System title of the answering side; empty when it told none.
    package var title: [UInt8]
    /// System title of the side that asks; empty when it told none.
    package var askerTitle: [UInt8]
    /// Invocation counter of the answering side, for mechanism 5; nil when it has none.
    package var counter: UInt32?

    /// A pass.
    package init(
        challenge: [UInt8], ownChallenge: [UInt8] = [], title: [UInt8] = [], askerTitle: [UInt8] = [],
        counter: UInt32? = nil
    ) {
        self.challenge = challenge
        self.ownChallenge = ownChallenge
        self.title = title
        self.askerTitle = askerTitle
        self.counter = counter
    }
}

/// One side's part in the passes; both machines use it.
package struct HighLevelSecurity: Sendable {
    /// Mechanism number, such as 2 or 5.
    package var mechanism: AuthenticationMechanism
    /// A fresh challenge to send, 8…64 octets.
    package var makeChallenge: @Sendable () -> [UInt8]
    /// The answer to the other side's challenge; nil when something for it is missing.
    package var reply: @Sendable (HighLevelPass) -> [UInt8]?
    /// Whether `reply` is the other side's right answer to our challenge.
    package var verify: @Sendable (HighLevelPass, _ reply: [UInt8]) -> Bool

    /// A side of the passes.
    package init(
        mechanism: AuthenticationMechanism, makeChallenge: @escaping @Sendable () -> [UInt8],
        reply: @escaping @Sendable (HighLevelPass) -> [UInt8]?,
        verify: @escaping @Sendable (HighLevelPass, _ reply: [UInt8]) -> Bool
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
