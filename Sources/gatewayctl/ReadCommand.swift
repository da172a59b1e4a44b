// `gatewayctl read`: one conversation with one meter, no gateway needed.

import Archive
import Drivers
import EventLoop
import Faults
import JSONText
import Metering
import Timekeeping

/// One reading of one meter.
struct ReadCommand: Sendable {
    private let options: ReadOptions
    private let loop: Loop

    private var zone: ZoneOffset { options.meter.output.zone }

    init(_ options: ReadOptions, loop: Loop) {
        self.options = options
        self.loop = loop
    }

    /// Reads and prints; the exit code.
    func run() async -> Int32 {
        await Conversation(options.meter, verb: "read", loop: loop).run { session in
            let answer = Answer(identity: session.identity, readings: try await readings(session))
            return options.meter.output.isJSON ? document(answer) : lines(answer)
        }
    }

    private struct Answer: Sendable {
        var identity: MeterIdentity
        var readings: [Reading]
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
        var document = ReadingDocument(offset: zone)
        document.begin()
        document.beginMeasure(options.measure.rawValue)
        document.beginDevice(meterID: options.meter.point.id, serial: answer.identity.serial)
        for reading in answer.readings { document.row(reading) }
        document.endMeasure()
        document.end()
        return document.drain() + [10]
    }

    /// Lines for people: the meter, then a row a line.
    private func lines(_ answer: Answer) -> [UInt8] {
        var text = "meter \(answer.identity.serial) \(answer.identity.model)\n"
        for reading in answer.readings {
            text += ReadingDocument.text(of: reading.stamp, offset: zone)
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
