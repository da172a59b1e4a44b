// `gatewayctl read`: one conversation with one meter, no gateway needed.

import Archive
import Drivers
import EventLoop
import Faults
import Glibc
import JSONText
import Lines
import Logging
import Metering
import Ports
import Seams
import Timekeeping

/// One reading of one meter.
struct ReadCommand: Sendable {
    private let options: ReadOptions
    private let loop: Loop

    init(_ options: ReadOptions, loop: Loop) {
        self.options = options
        self.loop = loop
    }

    /// Reads and prints; the exit code.
    func run() async -> Int32 {
        do {
            let answer = try await read()
            Terminal.write(options.isJSON ? document(answer) : lines(answer), to: 1)
            return Exit.good
        } catch let fault as Fault {
            Terminal.tell("gatewayctl read: \(FaultLine.text(of: fault))")
        } catch {
            Terminal.tell("gatewayctl read: \(error)")
        }
        return Exit.failed
    }

    private struct Answer: Sendable {
        var identity: MeterIdentity
        var readings: [Reading]
    }

    private func read() async throws -> Answer {
        let log =
            options.isTraced ? Logger(label: "read", threshold: .trace, sink: StandardErrorLog()) : .silent
        let wall = SystemWallClock(buildYear: 2_026)
        let environment = DriverEnvironment(clock: loop.clock, wall: wall, zone: options.zone, logger: log)
        let driver = try DriverCatalogue(environment).driver(for: options.point.typeName)
        // The only line of this program bears the name of its device or host.
        let name =
            switch options.address {
            case .serial(let path): path
            case .tcp(let host, let port): "\(host):\(port)"
            }
        let registry = LineRegistry(
            interfaces: [name: LineConfiguration(address: options.address)], opener: PortOpener(loop: loop),
            clock: loop.clock, logger: .silent)
        let request = LeaseRequest(
            line: .interface(name), settings: options.settings, leaseClass: .technician, owner: "gatewayctl",
            patience: .seconds(10))
        return try await registry.withLease(request) { lease in
            try await driver.session(with: options.point, over: lease) { session in
                Answer(identity: session.identity, readings: try await readings(session))
            }
        }
    }

    private func readings(_ session: any MeterSession) async throws -> [Reading] {
        guard let window = options.window else {
            return [try await session.current(options.measure, tags: options.tags)]
        }
        let answer = try await session.archive(options.measure, window: window)
        guard !options.tags.isEmpty else { return answer.readings }
        return answer.readings.map { reading in
            var kept = reading
            kept.values.removeAll { !options.tags.contains($0.tag) }
            return kept
        }
    }

    // MARK: Output

    /// The answer document of api 3.2.
    private func document(_ answer: Answer) -> [UInt8] {
        var document = ReadingDocument(offset: options.zone)
        document.begin()
        document.beginMeasure(options.measure.rawValue)
        document.beginDevice(meterID: options.point.id, serial: answer.identity.serial)
        for reading in answer.readings { document.row(reading) }
        document.endMeasure()
        document.end()
        return document.drain() + [10]
    }

    /// Lines for people: the meter, then a row a line.
    private func lines(_ answer: Answer) -> [UInt8] {
        var text = "meter \(answer.identity.serial) \(answer.identity.model)\n"
        for reading in answer.readings {
            text += ReadingDocument.text(of: reading.stamp, offset: options.zone)
            if let difference = reading.clockDifferenceSeconds { text += "  diff \(difference) s" }
            for value in reading.values {
                let (mantissa, scaler) = reading.output(value)
                let unit = value.tag.unit.rawValue
                text += "  \(value.tag.rawValue) \(DecimalText.text(mantissa: mantissa, scaler: scaler))"
                if !unit.isEmpty { text += " " + unit }
            }
            for value in reading.texts { text += "  \(value.tag.rawValue) \(value.text)" }
            text += "\n"
        }
        if answer.readings.isEmpty { text += "no rows in this window\n" }
        return Array(text.utf8)
    }
}

/// Log lines on standard error.
private struct StandardErrorLog: LogSink {
    func write(level: LogLevel, label: String, message: String, metadata: [(LogKey, String)]) {
        let details = metadata.map { $0.1 }.joined(separator: " ")
        Terminal.tell(message == "frame" ? details : "\(message) \(details)")
    }
}
