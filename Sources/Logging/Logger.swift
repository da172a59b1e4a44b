// Levelled lines with metadata from a closed set of keys, in the manner of swift-log (style rule 33). Events
// of the business are journal records of the archive, not log lines. Secrets have no way in: only these keys
// exist.

/// How loud a line is.
package enum LogLevel: Int, Sendable, Comparable, CaseIterable {
    case trace, debug, info, notice, warning, error

    /// Quieter levels are smaller.
    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

/// What a line may say beside its message.
package enum LogKey: String, Sendable, CaseIterable {
    case line, meter, obis, measure, event, action, broker, publication, revision, path, peer, user, frame,
        error
    case count, day, seconds, milliseconds, sequence, signal, version, address
}

/// Where lines go. The standard-error door is in `HostLinux`, the collecting one in tests.
package protocol LogSink: Sendable {
    /// Takes one line. Must not block and must not throw.
    func write(level: LogLevel, label: String, message: String, metadata: [(LogKey, String)])
}

/// A named source of log lines.
package struct Logger: Sendable {
    /// Module or service, such as `lines`.
    package let label: String
    /// Lines below this level are not built.
    package let threshold: LogLevel
    private let sink: any LogSink

    /// A logger that writes lines of `threshold` and above to `sink`.
    package init(label: String, threshold: LogLevel = .info, sink: any LogSink) {
        self.label = label
        self.threshold = threshold
        self.sink = sink
    }

    /// The same sink under another label.
    package func labelled(_ label: String) -> Logger {
        Logger(label: label, threshold: threshold, sink: sink)
    }

    /// Writes a line; neither message nor metadata is evaluated below the threshold.
    package func log(
        _ level: LogLevel, _ message: @autoclosure () -> String,
        _ metadata: @autoclosure () -> [(LogKey, String)] = []
    ) {
        guard level >= threshold else { return }
        sink.write(level: level, label: label, message: message(), metadata: metadata())
    }

    /// A logger that drops everything.
    package static let silent = Logger(label: "", threshold: .error, sink: NoLog())
}

/// Drops every line.
private struct NoLog: LogSink {
    func write(level: LogLevel, label: String, message: String, metadata: [(LogKey, String)]) {}
}
