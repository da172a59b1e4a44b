// Which ciphers an association uses and how each APDU is protected (IEC 62056-5-3, security suites, security
// control octet, security policy version 1). Suite 0 is what meters of the field have; the others are known
// by name and refused.

/// A security suite by its number.
package enum SecuritySuite: UInt8, Sendable, Hashable, CaseIterable {
    /// AES-GCM-128, key wrap AES-128.
    case aes128 = 0
    /// AES-GCM-128 with ECDSA P-256 and SHA-256.
    case ecdsaP256 = 1
    /// AES-GCM-256 with ECDSA P-384 and SHA-384.
    case ecdsaP384 = 2
    /// KUZN-CTR-CMAC of GOST R 58940.
    case kuznyechik = 3

    /// Whether this version has its ciphers.
    package var isSupported: Bool { self == .aes128 }

    /// Name in errors and in the analyser.
    package var name: String {
        switch self {
        case .aes128: "suite 0 (AES-GCM-128)"
        case .ecdsaP256: "suite 1 (ECDH-ECDSA-AES-GCM-128-SHA-256)"
        case .ecdsaP384: "suite 2 (ECDH-ECDSA-AES-GCM-256-SHA-384)"
        case .kuznyechik: "suite 3 (KUZN-CTR-CMAC)"
        }
    }
}

/// The first octet of protected content: what was done to it and under which suite.
package struct SecurityControl: Sendable, Hashable {
    /// The octet.
    package var rawValue: UInt8

    /// From the octet.
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// 10h: a tag, the text open.
    package static let authenticated = SecurityControl(rawValue: 0x10)
    /// 20h: enciphered without a tag.
    package static let encrypted = SecurityControl(rawValue: 0x20)
    /// 30h: both.
    package static let authenticatedEncryption = SecurityControl(rawValue: 0x30)
    /// Nothing.
    package static let none = SecurityControl(rawValue: 0)

    /// Number of the suite, the low four bits.
    package var suiteNumber: UInt8 { rawValue & 0x0F }
    /// Whether a tag follows.
    package var isAuthenticated: Bool { rawValue & 0x10 != 0 }
    /// Whether the text is enciphered.
    package var isEncrypted: Bool { rawValue & 0x20 != 0 }
    /// Whether the broadcast key was used instead of the unicast one.
    package var usesBroadcastKey: Bool { rawValue & 0x40 != 0 }
    /// Whether the text was compressed first.
    package var isCompressed: Bool { rawValue & 0x80 != 0 }
    /// Whether nothing is protected.
    package var isOpen: Bool { rawValue & 0x30 == 0 }

    /// Whether everything `least` does is done here too.
    package func covers(_ least: SecurityControl) -> Bool { least.rawValue & 0x30 & ~rawValue == 0 }

    /// What both do together, of suite 0.
    package func union(_ other: SecurityControl) -> SecurityControl {
        SecurityControl(rawValue: (rawValue | other.rawValue) & 0x30)
    }

    /// Octets that protection adds to an APDU at most: tag, length, control, counter, and the tag of 12.
    package var overhead: Int { isOpen ? 0 : 1 + 3 + 1 + 4 + (isAuthenticated ? 12 : 0) }
}

/// What a server demands and does, attribute 2 of the security setup (class 64, version 1).
package struct SecurityPolicy: OptionSet, Sendable, Hashable {
    /// The octet.
    package let rawValue: UInt8
    /// From the octet.
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Requests carry a tag.
    package static let authenticatedRequest = SecurityPolicy(rawValue: 0x04)
    /// Requests are enciphered.
    package static let encryptedRequest = SecurityPolicy(rawValue: 0x08)
    /// Responses carry a tag.
    package static let authenticatedResponse = SecurityPolicy(rawValue: 0x20)
    /// Responses are enciphered.
    package static let encryptedResponse = SecurityPolicy(rawValue: 0x40)

    /// Tag and cipher both ways.
    package static let full: SecurityPolicy = [
        .authenticatedRequest, .encryptedRequest, .authenticatedResponse, .encryptedResponse,
    ]

    /// The least a request must have.
    package var request: SecurityControl {
        SecurityControl(
            rawValue: (contains(.authenticatedRequest) ? 0x10 : 0) | (contains(.encryptedRequest) ? 0x20 : 0))
    }

    /// The least a response gets.
    package var response: SecurityControl {
        SecurityControl(
            rawValue: (contains(.authenticatedResponse) ? 0x10 : 0)
                | (contains(.encryptedResponse) ? 0x20 : 0))
    }
}
