// What a meter's row lets us prove ourselves with: passwords, keys, and the mechanisms they serve. Which of
// them is used is the row's word, or the meter's own when the row leaves it open (D14, R22).

import DLMS
import Faults
import Metering
import Octets

/// The passwords and keys of one meter as mechanisms want them.
struct DLMSCredentials: Sendable {
    /// Keys and title; nil for a meter without keys.
    let security: SecurityContext?
    private let password: [UInt8]
    private let isPublic: Bool
    private let cryptography: (any Cryptography)?

    /// The credentials of a point. Throws `meterUnsupported` for keys where nobody can cipher, `inputFormat`
    /// for keys or a title of a wrong length.
    init(_ point: MeterPoint, _ cryptography: (any Cryptography)?) throws(Fault) {
        self.cryptography = cryptography
        isPublic = point.link.client == Int(ClientSAP.publicClient.rawValue)
        let isConfigurator = point.link.client == Int(ClientSAP.configurator.rawValue)
        password = isConfigurator && !point.writePassword.isEmpty ? point.writePassword : point.readPassword
        guard point.keys.canCipher, !isPublic else {
            security = nil
            return
        }
        guard let cryptography else { throw Fault(.meterUnsupported, ["detail": "ciphering"]) }
        guard
            let keys = SecurityKeys(
                encryption: point.keys.encryptionKey, authentication: point.keys.authenticationKey)
        else { throw Fault(.inputFormat, ["allowed": "hex, 32"], path: "/link/ek") }
        let context: SecurityContext?
        do throws(ProtectionError) {
            context = try SecurityContext(
                keys: keys, title: point.keys.systemTitle,
                protection: SecurityControl(point.link.ciphering), cryptography: cryptography)
        } catch { throw Fault(.meterUnsupported, ["detail": error.text]) }
        guard let context else {
            throw Fault(.inputFormat, ["allowed": "hex, 16"], path: "/link/systemTitle")
        }
        security = context
    }

    /// What to begin with: the mechanism of the row; automatic is GMAC with keys, LLS with a password alone,
    /// nothing without either.
    func first(_ mechanism: Int?) throws(Fault) -> Authentication {
        switch mechanism {
        case 0?: return .none
        case 1?: return .lowLevel(password)
        case let number?:
            if number == 5, security == nil { throw Fault(.inputMissing, path: "/link/ek") }
            guard let security = highLevel(UInt8(clamping: number)) else {
                throw Fault(.meterUnsupported, ["detail": "authentication mechanism \(number)"])
            }
            return security
        case nil:
            if isPublic { return .none }
            if let proof = highLevel(5) { return proof }
            return password.isEmpty ? .none : .lowLevel(password)
        }
    }

    /// What else there is, strongest first.
    func others(than first: Authentication) -> [Authentication] {
        if isPublic { return [] }
        var others = [5, 6, 2, 4, 3].compactMap { highLevel($0) }
        if !password.isEmpty { others.append(.lowLevel(password)) }
        return others.filter { $0.mechanism != first.mechanism }
    }

    private func highLevel(_ mechanism: UInt8) -> Authentication? {
        let mechanism = AuthenticationMechanism(rawValue: mechanism)
        if mechanism == .highLevelGMAC {
            return security.map { .highLevel(.authenticationCode($0)) }
        }
        guard let cryptography, !password.isEmpty else { return nil }
        return HighLevelSecurity.secret(password, mechanism, cryptography).map { .highLevel($0) }
    }
}

extension SecurityControl {
    /// The protection a row asks for.
    init(_ ciphering: MeterLink.Ciphering) {
        switch ciphering {
        case .full: self = .authenticatedEncryption
        case .authenticated: self = .authenticated
        case .encrypted: self = .encrypted
        case .none: self = .none
        }
    }
}
