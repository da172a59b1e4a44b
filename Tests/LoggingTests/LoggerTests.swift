import Logging
import Synchronization
import Testing

@Suite struct LoggerTests {
    @Test func linesBelowTheThresholdAreNotEvenBuilt() {
        let sink = Collector()
        let logger = Logger(label: "lines", threshold: .warning, sink: sink)
        var built = false
        func message() -> String {
            built = true
            return "quiet"
        }
        logger.log(.info, message())
        #expect(!built)
        logger.log(.error, "loud", [(.line, "1")])
        #expect(sink.lines == ["lines loud line=1"])
        logger.labelled("polling").log(.warning, "again")
        #expect(sink.lines.last == "polling again ")
    }
}

private final class Collector: LogSink {
    private let collected = Mutex<[String]>([])
    var lines: [String] { collected.withLock { $0 } }
    func write(level: LogLevel, label: String, message: String, metadata: [(LogKey, String)]) {
        let pairs = metadata.map { "\($0.rawValue)=\($1)" }.joined(separator: " ")
        collected.withLock { $0.append("\(label) \(message) \(pairs)") }
    }
}
