// «Учётные записи» (api 2.1, manual 4.7.1, decision D10). Configuration holds a scrypt hash only; the store
// turns a client's `password` into it before the row is read.

import Faults
package import JSONText

/// One account of the web admin and its API.
package struct Account: NumberedRecord {
    /// The manual's roles.
    package enum Level: Int, Sendable, Hashable, CaseIterable {
        /// «Нет доступа»
        case none = 0
        /// «Пользователь»
        case user = 1
        /// «Администратор»
        case administrator = 2
    }
    /// Number of the row, from 1.
    package var id: Int
    /// Unique login, 1–32 characters.
    package var login: String
    /// What it may do.
    package var level: Level
    /// Self-describing scrypt hash; empty while a factory password has not been hashed.
    package var passwordHash: String
    /// Whether the only thing this account may do is set a new password.
    package var mustChangePassword: Bool

    /// An account.
    package init(id: Int, login: String, level: Level, passwordHash: String, mustChangePassword: Bool = false)
    {
        self.id = id
        self.login = login
        self.level = level
        self.passwordHash = passwordHash
        self.mustChangePassword = mustChangePassword
    }

    /// Reads an account; from a client without a password it keeps the hash it had.
    package init(from reader: inout RecordReader, previous: Account?) {
        id = reader.integer("id", in: 1...1_000_000)
        login = reader.text("login", length: 1...32)
        let code = reader.integer("lvl", in: 0...2)
        level = Level(rawValue: code) ?? .none
        let hash = reader.text("hash", length: 0...512, fallback: "")
        if hash.isEmpty, reader.view == .client {
            passwordHash = previous?.passwordHash ?? ""
            mustChangePassword = previous?.mustChangePassword ?? false
            if passwordHash.isEmpty { reader.refuse(.inputMissing, "password") }
        } else {
            passwordHash = hash
            mustChangePassword = reader.flag("mustChange", fallback: false)
        }
    }

    /// The members of the API; a client never sees password or hash.
    package func members(for view: SecretView) -> [JSONMember] {
        var members = [JSONMember("id", id), JSONMember("login", login)]
        if view == .client { members.append(JSONMember("password", "")) }
        members.append(JSONMember("lvl", level.rawValue))
        if view == .stored { members.append(JSONMember("hash", passwordHash)) }
        members.append(JSONMember("mustChange", mustChangePassword))
        return members
    }
}
