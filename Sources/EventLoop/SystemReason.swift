// The system's words for what failed; they end up in fault parameters and log lines.

#if canImport(Glibc)
    import Glibc
#endif

/// Texts of the C library.
package enum SystemReason {
    /// The text of an error number, `No such file or directory`.
    package static func text(_ code: Int32) -> String { String(cString: strerror(code)) }

    /// The text of the calling thread's last error.
    package static var last: String { text(errno) }
}
