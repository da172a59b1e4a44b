// Values of a meter, read and printed: the answer document of the API (3.2), or a row a line.

import Archive
import Drivers
import JSONText
import Metering
import Timekeeping

/// One measure of one meter.
struct ReadAnswer: Sendable {
    private let errand: Errand
    private let measure: Measure
    private let tags: [Tag]
    private let window: ClosedRange<CivilStamp>?

    init(_ errand: Errand, _ measure: Measure, tags: [Tag], window: ClosedRange<CivilStamp>?) {
        self.errand = errand
        self.measure = measure
        self.tags = tags
        self.window = window
    }

    /// Reads, and prints what came.
    func printed(_ session: any MeterSession) async throws -> [UInt8] {
        let readings = try await readings(session)
        return errand.isJSON ? document(session.identity, readings) : lines(session.identity, readings)
    }

    private func readings(_ session: any MeterSession) async throws -> [Reading] {
        guard let window else { return [try await session.current(measure, tags: tags)] }
        let answer = try await session.archive(measure, window: window)
        guard !tags.isEmpty else { return answer.readings }
        return answer.readings.map { reading in
            var kept = reading
            kept.values.removeAll { !tags.contains($0.tag) }
            return kept
        }
    }

    private func document(_ identity: MeterIdentity, _ readings: [Reading]) -> [UInt8] {
        var document = ReadingDocument(offset: errand.zone)
        document.begin()
        document.beginMeasure(measure.rawValue)
        document.beginDevice(meterID: errand.point.id, serial: identity.serial)
        for reading in readings { document.row(reading) }
        document.endMeasure()
        document.end()
        return document.drain() + [10]
    }

    /// Lines for people: the meter, then a row a line.
    private func lines(_ identity: MeterIdentity, _ readings: [Reading]) -> [UInt8] {
        var text = "meter \(identity.serial) \(identity.model)\n"
        for reading in readings {
            text += ReadingDocument.text(of: reading.stamp, offset: errand.zone)
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
        if readings.isEmpty { text += "no rows in this window\n" }
        return Array(text.utf8)
    }
}
