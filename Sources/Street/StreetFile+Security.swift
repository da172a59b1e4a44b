// Ciphering keys of simulated meters, as the street file has them: hexadecimal text under `security` of a
// meter or a row of meters.

package import DLMS
import Octets
import SPODES

extension StreetFile {
    /// Suite 0 of a meter or a row of meters.
    package struct Security: Sendable, Hashable, Codable {
        /// Whether clear associations are taken too.
        package enum Policy: String, Sendable, Hashable, Codable { case full, optional }

        /// Global encryption key, 32 hexadecimal digits.
        package var ek: String
        /// Authentication key, 32 hexadecimal digits.
        package var ak: String
        /// System title of the meter, 16 digits; the maker's three letters and the serial number when absent.
        package var title: String?
        /// System title a gateway of this street has, 16 digits; `UMS` and five octets of 1 when absent.
        package var clientTitle: String?
        /// Mechanism of reader and configurator, 1…6; 5 when absent. The secret of 1…4 and 6 is the model's
        /// password.
        package var mechanism: Int?
        /// What requests must have; everything when absent.
        package var policy: Policy?
    }
}

/// The protection of one simulated meter, made whole.
package struct StationSecurity: Sendable {
    /// The global keys.
    package let keys: SecurityKeys
    /// The meter's system title.
    package let title: [UInt8]
    /// The title of a gateway of this street.
    package let clientTitle: [UInt8]
    /// Mechanism of reader and configurator.
    package let mechanism: AuthenticationMechanism
    private let policy: SecurityPolicy
    private let cryptography: any Cryptography

    /// Reads the file's text. Throws what is wrong with it at `path`.
    init(
        _ file: StreetFile.Security, path: String, maker: String, serial: String,
        _ cryptography: any Cryptography
    ) throws(StreetFileFault) {
        guard let ek = [UInt8](hex: file.ek), let ak = [UInt8](hex: file.ak),
            let keys = SecurityKeys(encryption: ek, authentication: ak)
        else { throw StreetFileFault(path, "ek and ak: 32 hexadecimal digits") }
        let number = UInt64(serial) ?? 0
        let own = Array(maker.utf8) + (0..<5).map { UInt8(truncatingIfNeeded: number >> (32 - 8 * $0)) }
        title = file.title == nil ? own : [UInt8](hex: file.title ?? "") ?? []
        clientTitle = [UInt8](hex: file.clientTitle ?? "554d530101010101") ?? []
        guard title.count == SecurityKeys.titleLength, clientTitle.count == SecurityKeys.titleLength else {
            throw StreetFileFault(path, "title and clientTitle: 16 hexadecimal digits")
        }
        guard let number = UInt8(exactly: file.mechanism ?? 5), (1...6).contains(number) else {
            throw StreetFileFault(path, "mechanism: 1…6")
        }
        mechanism = AuthenticationMechanism(rawValue: number)
        self.keys = keys
        policy = file.policy == .optional ? [] : .full
        self.cryptography = cryptography
    }

    /// What a client must prove; one who is refused would need another key or password.
    func authentication(secret: [UInt8], refuses: Bool) -> Authentication {
        guard mechanism != .highLevelGMAC else {
            var keys = keys
            if refuses { keys.encryption = keys.encryption.map { ~$0 } }
            let context = try? SecurityContext(keys: keys, title: title, cryptography: cryptography)
            return (context ?? nil).map { .highLevel(.authenticationCode($0)) } ?? .none
        }
        let secret = refuses ? [0] : secret
        return HighLevelSecurity.secret(secret, mechanism, cryptography).map { .highLevel($0) }
            ?? .lowLevel(secret)
    }

    /// An APDU under general ciphering with the meter's title.
    func sealed(_ plain: [UInt8], counter: UInt32) -> [UInt8]? {
        let counters = InvocationCounters(counter..<counter + 1)
        guard
            var context = try? SecurityContext(
                keys: keys, title: title, counters: counters, cryptography: cryptography)
        else { return nil }
        return try? context.seal(plain, as: .generalGlobal)
    }

    /// What the server half is given.
    var server: ServerSecurity { ServerSecurity(keys: keys, policy: policy, cryptography: cryptography) }
}
