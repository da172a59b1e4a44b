// Passwords of the RTU327 server (api 2.8, the device's own list without levels). Without one anybody is
// served, and nobody may set the clock.

import Faults
package import JSONText

/// One password.
package struct HeadEndPassword: NumberedRecord {
    /// Number of the row.
    package var id: Int
    /// Up to four characters, or eight hexadecimal digits.
    package var password: Secret

    /// A password.
    package init(id: Int, password: Secret) {
        self.id = id
        self.password = password
    }

    /// Reads a row.
    package init(from reader: inout RecordReader, previous: HeadEndPassword?) {
        id = reader.integer("id", in: 0...64)
        password = reader.secret("password", previous: previous?.password, limit: 8, isHexadecimal: false)
        let length = password.revealedText.utf8.count
        let isDigits = length == 8 && password.revealedText.allSatisfy(\.isHexDigit)
        if length > 4, !isDigits {
            reader.refuse(.inputFormat, "password", ["allowed": "abcd, 0A1B2C3D"])
        }
    }

    /// The members; a client never gets the password (D12).
    package func members(for view: SecretView) -> [JSONMember] {
        guard view == .client else {
            return [JSONMember("id", id), JSONMember("password", password.revealedText)]
        }
        return [
            JSONMember("id", id), JSONMember("password", ""),
            JSONMember("hasPassword", !password.isEmpty),
        ]
    }
}
