// Why the cryptographic library refused, with its own reason. One error for the whole door: nobody above can
// do more than report it (style rule 17).

import COpenSSL

/// A failed call into the cryptographic library.
package struct SecurityError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What was attempted, such as `hashing a password`.
    package let attempt: String
    /// The library's reason; empty when it gave none.
    package let reason: String

    /// A failure of `attempt`; takes the oldest reason from the library's queue and empties the queue.
    init(_ attempt: String) {
        self.attempt = attempt
        let code = ERR_get_error()
        if code == 0 {
            reason = ""
        } else {
            var buffer = [CChar](repeating: 0, count: 256)
            ERR_error_string_n(code, &buffer, buffer.count)
            reason = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }
        ERR_clear_error()
    }

    /// A refusal of our own, before the library was asked.
    init(_ attempt: String, reason: String) {
        self.attempt = attempt
        self.reason = reason
    }

    /// `hashing a password: memory limit exceeded`
    package var description: String { reason.isEmpty ? attempt : "\(attempt): \(reason)" }
}
