// Log lines on standard error, one line each. Under systemd they carry its priority prefix and leave the
// time to the journal; elsewhere they begin with UTC. A reader that does not keep up loses lines, never the
// gateway's time.

import CLinux
package import Logging
import Timekeeping

#if canImport(Glibc)
    import Glibc
#endif

/// The log of a daemon or a tool.
package final class StandardErrorLog: LogSink, @unchecked Sendable {
    // `@unchecked Sendable`: `dropped` is touched under the mutex only.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let descriptor: Int32
    private let isJournal: Bool
    private var dropped = 0

    /// Longest line; a pipe takes this many octets whole or not at all.
    private static let lineLimit = 4_000

    /// A log on `descriptor`; `isJournal` is told by systemd's `JOURNAL_STREAM` unless given.
    package init(descriptor: Int32 = 2, isJournal: Bool? = nil) {
        pthread_mutex_init(mutex, nil)
        self.descriptor = descriptor
        self.isJournal = isJournal ?? (getenv("JOURNAL_STREAM") != nil)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    /// Writes one line, or counts it as dropped when the descriptor takes nothing now.
    package func write(level: LogLevel, label: String, message: String, metadata: [(LogKey, String)]) {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        if dropped > 0, emit(line(.warning, "logging", "lines dropped", [(.count, String(dropped))])) {
            dropped = 0
        }
        if !emit(line(level, label, message, metadata)) { dropped += 1 }
    }

    private func line(
        _ level: LogLevel, _ label: String, _ message: String, _ metadata: [(LogKey, String)]
    ) -> [UInt8] {
        var text = isJournal ? "<\(level.priority)>" : "\(StandardErrorLog.timeOfDay()) \(level.name) "
        text += "\(label): \(message)"
        for (key, value) in metadata {
            let mustQuote = value.isEmpty || value.contains { $0 == " " || $0 == "\"" || $0 == "=" }
            text += " \(key.rawValue)=" + (mustQuote ? "\"\(value.replacing("\"", with: "'"))\"" : value)
        }
        // Whatever a peer put into a text, it cannot forge a line of its own.
        let octets = text.utf8.map { $0 < 32 || $0 == 127 ? UInt8(ascii: " ") : $0 }
        return octets.prefix(StandardErrorLog.lineLimit) + [10]
    }

    private func emit(_ octets: [UInt8]) -> Bool {
        var status = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        guard poll(&status, 1, 0) == 1, status.revents & Int16(POLLOUT) != 0 else { return false }
        return octets.withUnsafeBytes { CLinux.write(descriptor, $0.baseAddress, $0.count) } == octets.count
    }

    /// `2026-02-28 21:00:03.123Z`
    private static func timeOfDay() -> String {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        let civil = WallTime(unixSeconds: Int64(now.tv_sec)).civil(in: .utc)
        let milliseconds = String(1_000 + now.tv_nsec / 1_000_000).dropFirst()
        return "\(civil).\(milliseconds)Z"
    }
}

extension LogLevel {
    /// The name in a line.
    fileprivate var name: String {
        switch self {
        case .trace: "trace"
        case .debug: "debug"
        case .info: "info"
        case .notice: "notice"
        case .warning: "warning"
        case .error: "error"
        }
    }

    /// Priority of syslog(3), as sd-daemon(3) prefixes it.
    fileprivate var priority: Int {
        switch self {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        }
    }
}
