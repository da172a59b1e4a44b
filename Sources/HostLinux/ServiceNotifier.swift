// What the service manager wants to know (decision D16), by sd_notify's protocol: datagrams to the socket
// it names. Without a service manager everything here does nothing.

import CLinux

#if canImport(Glibc)
    import Glibc
#endif

/// The line to systemd.
package struct ServiceNotifier: Sendable {
    /// How often the manager expects `alive`; half of its limit. Nil: it does not watch.
    package let watchdogInterval: Duration?
    private let socketPath: String?

    /// The notifier of this process's environment.
    package init() {
        self.init { name in getenv(name).map { String(cString: $0) } }
    }

    /// The notifier of an environment: `NOTIFY_SOCKET`, `WATCHDOG_USEC`, `WATCHDOG_PID`.
    package init(environment: (String) -> String?) {
        socketPath = environment("NOTIFY_SOCKET")
        let isForUs = environment("WATCHDOG_PID").map { $0 == String(getpid()) } ?? true
        let microseconds = environment("WATCHDOG_USEC").flatMap { Int64($0) } ?? 0
        watchdogInterval = isForUs && microseconds > 0 ? .microseconds(microseconds / 2) : nil
    }

    /// Listeners are bound, the archive is open, schedules are armed.
    @discardableResult
    package func ready() -> Bool { send("READY=1") }

    /// Still going round.
    @discardableResult
    package func alive() -> Bool { send("WATCHDOG=1") }

    /// Ending politely.
    @discardableResult
    package func stopping() -> Bool { send("STOPPING=1") }

    /// One line for `systemctl status`.
    @discardableResult
    package func status(_ text: String) -> Bool {
        send("STATUS=" + text.replacing("\n", with: " "))
    }

    /// Whether the datagram was taken; false too when nobody listens.
    private func send(_ text: String) -> Bool {
        guard let socketPath else { return false }
        return linux_unix_datagram(socketPath, text, text.utf8.count) == 0
    }
}
