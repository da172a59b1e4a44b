// Whose password is right: asked by the login of the admin and by remote connection, which share one count of
// failures (REQ-054).

package import Configuration
package import Faults
package import Logging
package import Seams
import Timekeeping

/// Checks logins and passwords.
package struct AccountGate: Sendable {
    private let store: ConfigurationStore
    private let hasher: any PasswordHasher
    private let throttle: LoginThrottle
    private let logger: Logger

    /// A gate to the accounts of a configuration.
    package init(
        store: ConfigurationStore, hasher: any PasswordHasher, clock: any MonotonicClock, logger: Logger
    ) {
        self.store = store
        self.hasher = hasher
        self.logger = logger
        throttle = LoginThrottle(clock: clock)
    }

    /// The account of a login and password. An unknown login costs the same time as a wrong password. Throws
    /// `access.login`, or `access.attempts` for whoever guesses.
    package func verify(
        login: String, password: String, address: String
    ) async throws(Fault) -> Account {
        let wait = await throttle.wait(address: address, login: login)
        guard wait == 0 else { throw Fault(.tooManyAttempts, ["seconds": "\(wait)"]) }
        guard await throttle.begin() else { throw Fault(.tooManyAttempts, ["seconds": "1"]) }
        let account = await store.current.configuration.accounts.first { $0.login == login }
        let isRight = await hasher.verify(
            password, against: account?.passwordHash ?? AccountGate.nobodysHash)
        await throttle.end(address: address, login: login, succeeded: isRight && account != nil)
        guard isRight, let account else {
            logger.log(.warning, "login refused", [(.user, login), (.peer, address)])
            throw Fault(.loginRefused)
        }
        return account
    }

    /// Whether an account has a right, for servers without sessions. Throws as `verify`, `access.right`, and
    /// `access.password.change` while the factory password holds.
    package func admit(
        login: String, password: String, address: String, right: Right
    ) async throws(Fault) {
        let account = try await verify(login: login, password: password, address: address)
        guard !account.mustChangePassword else { throw Fault(.passwordMustChange) }
        guard account.level.rights.contains(right) else {
            logger.log(.warning, "login without the right", [(.user, login), (.peer, address)])
            throw Fault(.rightMissing)
        }
    }

    /// A hash of the usual cost that no password is known for.
    private static let nobodysHash =
        "$scrypt$ln=14,r=8,p=1$AAAAAAAAAAAAAAAAAAAAAA==$" + String(repeating: "A", count: 43) + "="
}
