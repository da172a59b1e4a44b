// The words of an association (IEC 62056-5-3, ACSE): context, mechanism, result and diagnostic. The APDUs
// that carry them: AARQ.swift, AARE.swift, Release.swift.

/// The application context: which names and whether ciphered APDUs may be used.
package struct ApplicationContext: RawRepresentable, Sendable, Hashable {
    /// Last arc of the object identifier.
    package let rawValue: UInt8
    /// A context from the last arc of its object identifier.
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Logical names, no ciphering.
    package static let logicalNames = ApplicationContext(rawValue: 1)
    /// Short names, no ciphering.
    package static let shortNames = ApplicationContext(rawValue: 2)
    /// Logical names with ciphering.
    package static let logicalNamesCiphered = ApplicationContext(rawValue: 3)
    /// Short names with ciphering.
    package static let shortNamesCiphered = ApplicationContext(rawValue: 4)
}

/// The authentication mechanism.
package struct AuthenticationMechanism: RawRepresentable, Sendable, Hashable {
    /// Last arc of the object identifier.
    package let rawValue: UInt8
    /// A mechanism from the last arc of its object identifier.
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// 0: no authentication.
    package static let none = AuthenticationMechanism(rawValue: 0)
    /// 1: low level security, a password.
    package static let lowLevel = AuthenticationMechanism(rawValue: 1)
    /// 2: high level security, AES-128-ECB of the challenge on the meters seen.
    package static let highLevel = AuthenticationMechanism(rawValue: 2)
    /// 3: high level security, MD5 over challenge and secret.
    package static let highLevelMD5 = AuthenticationMechanism(rawValue: 3)
    /// 4: high level security, SHA-1 over challenge and secret.
    package static let highLevelSHA1 = AuthenticationMechanism(rawValue: 4)
    /// 5: high level security with GMAC.
    package static let highLevelGMAC = AuthenticationMechanism(rawValue: 5)
    /// 6: high level security, SHA-256 over secret, titles and challenges.
    package static let highLevelSHA256 = AuthenticationMechanism(rawValue: 6)
}

/// The result of an association request.
package struct AssociationResult: RawRepresentable, Sendable, Hashable {
    /// The value of the field.
    package let rawValue: UInt8
    /// A result from its value.
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// 0: the association is open (or waits for the high-level passes).
    package static let accepted = AssociationResult(rawValue: 0)
    /// 1: refused; the same request will be refused again.
    package static let rejectedPermanent = AssociationResult(rawValue: 1)
    /// 2: refused for now.
    package static let rejectedTransient = AssociationResult(rawValue: 2)
}

/// Why an association was refused, and by which layer.
package enum AssociationDiagnostic: Sendable, Hashable {
    /// From the application: 0 none, 1 no reason, 2 context not supported, 11 mechanism not recognised,
    /// 12 mechanism required, 13 authentication failure, 14 authentication required.
    case serviceUser(UInt8)
    /// From ACSE itself: 0 none, 1 no reason, 2 no common version.
    case serviceProvider(UInt8)

    /// Nothing to say.
    package static let none = AssociationDiagnostic.serviceUser(0)
    /// The application context name is not supported.
    package static let contextNotSupported = AssociationDiagnostic.serviceUser(2)
    /// The mechanism name is not recognised.
    package static let mechanismNotRecognised = AssociationDiagnostic.serviceUser(11)
    /// The calling AP title is not recognised: the client's system title is missing.
    package static let callingTitleNotRecognised = AssociationDiagnostic.serviceUser(3)
    /// A mechanism name is required.
    package static let mechanismRequired = AssociationDiagnostic.serviceUser(12)
    /// The authentication failed: a wrong password. Nartis blocks for a day after five of these.
    package static let authenticationFailure = AssociationDiagnostic.serviceUser(13)
    /// Authentication is required: the second passes of high level security follow.
    package static let authenticationRequired = AssociationDiagnostic.serviceUser(14)

    /// Whether the refusal is about mechanism, password or key (codes 11…14 of the service user).
    package var isAboutAuthentication: Bool {
        if case .serviceUser(11...14) = self { true } else { false }
    }

    /// The standard's words for the reason.
    package var text: String {
        switch self {
        case .serviceUser(0), .serviceProvider(0): "null"
        case .serviceUser(1), .serviceProvider(1): "no-reason-given"
        case .serviceUser(2): "application-context-name-not-supported"
        case .serviceUser(3): "calling-AP-title-not-recognized"
        case .serviceUser(7): "called-AP-title-not-recognized"
        case .serviceUser(11): "authentication-mechanism-name-not-recognised"
        case .serviceUser(12): "authentication-mechanism-name-required"
        case .serviceUser(13): "authentication-failure"
        case .serviceUser(14): "authentication-required"
        case .serviceProvider(2): "no-common-acse-version"
        case .serviceUser(let code): "acse-service-user \(code)"
        case .serviceProvider(let code): "acse-service-provider \(code)"
        }
    }
}
