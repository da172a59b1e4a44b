// Makes messages of rows (decision D2): one message = one measure, at most 256 KiB, the document of api 3.2
// with `seqFrom` and `seqTo` before its measures. The rows of a page come together by measure, whatever the
// order in which sessions stored them, because a message of one row costs a GSM modem ten times its octets;
// rows of one measure keep the order of the sequence. Within a message they are grouped by meter life.

import Archive
import Configuration
import JSONText
import Metering
import Seams
import Timekeeping

/// One message ready to be sent.
struct OutgoingMessage: Sendable {
    let message: BrokerMessage
    /// Where the cursor may move once this and all before it are acknowledged.
    var cursor: Int64
    /// Sequence of its first row.
    let firstSequence: Int64
    /// Rows it carries.
    let rows: Int
}

/// Packs rows of one publication.
struct MessageBuilder: Sendable {
    /// Largest document, in octets, before packing.
    static let limit = 256 * 1_024

    let plan: PublicationPlan
    let device: PublishingDevice
    let compressor: any Compressor
    let offset: ZoneOffset
    let now: WallTime

    /// Messages of rows that ascend by sequence, measures in order of their first row. The cursor of each
    /// says how far everything is delivered once it and all before it are.
    func messages(_ rows: [ArchivedRow]) -> [OutgoingMessage] {
        var order: [Measure] = []
        var groups: [Measure: [ArchivedRow]] = [:]
        for row in rows {
            if groups[row.reading.measure] == nil { order.append(row.reading.measure) }
            groups[row.reading.measure, default: []].append(row)
        }
        var messages: [OutgoingMessage] = []
        for measure in order {
            let group = groups[measure] ?? []
            // A row is some 28 octets a tag; staying well below the limit makes splitting the exception.
            let most = max(1, MessageBuilder.limit * 3 / 4 / (measure.tags.count * 28 + 90))
            for start in stride(from: 0, to: group.count, by: most) {
                append(group[start..<min(start + most, group.count)], to: &messages)
            }
        }
        var reached = rows.last?.sequence ?? 0
        for index in messages.indices.reversed() {
            messages[index].cursor = reached
            reached = min(reached, messages[index].firstSequence - 1)
        }
        return messages
    }

    /// One message of current values; not a part of the sequence.
    func currentMessage(_ measure: Measure, _ readings: [CurrentReading]) -> BrokerMessage {
        var document = begin(measure, sequence: nil)
        for current in readings {
            if let reading = current.reading {
                document.beginDevice(meterID: current.meterID, serial: current.serial)
                document.row(reading)
            } else {
                document.failedDevice(meterID: current.meterID, serial: current.serial, text: current.failure)
            }
        }
        return pack(end(document))
    }

    /// Appends the message of rows of one measure, halved until it fits.
    private func append(_ rows: ArraySlice<ArchivedRow>, to messages: inout [OutgoingMessage]) {
        guard let first = rows.first, let last = rows.last else { return }
        let document = document(rows, from: first.sequence, through: last.sequence)
        if document.count > MessageBuilder.limit, rows.count > 1 {
            let middle = rows.startIndex + rows.count / 2
            append(rows[..<middle], to: &messages)
            append(rows[middle...], to: &messages)
            return
        }
        messages.append(
            OutgoingMessage(
                message: pack(document), cursor: last.sequence, firstSequence: first.sequence,
                rows: rows.count))
    }

    /// Rows of a life come together, lives in order of their first row.
    private func document(_ rows: ArraySlice<ArchivedRow>, from: Int64, through: Int64) -> [UInt8] {
        var document = begin(rows[rows.startIndex].reading.measure, sequence: from...through)
        var order: [Int64] = []
        var groups: [Int64: [ArchivedRow]] = [:]
        for row in rows {
            if groups[row.life.key] == nil { order.append(row.life.key) }
            groups[row.life.key, default: []].append(row)
        }
        for key in order { document.rows(groups[key] ?? [], withRevisions: true) }
        return end(document)
    }

    /// The head of a document (etc/schemas/publication.schema.json).
    private func begin(_ measure: Measure, sequence: ClosedRange<Int64>?) -> ReadingDocument {
        var document = ReadingDocument(offset: offset, capacity: 16_384)
        document.begin { writer in
            writer.key("sn")
            writer.string(device.serialNumber)
            writer.key("fw")
            writer.string(device.version)
            writer.key("publication")
            writer.integer(plan.key.publication)
            writer.key("time")
            writer.string(now.iso8601(in: offset))
            if let sequence {
                writer.key("seqFrom")
                writer.integer(sequence.lowerBound)
                writer.key("seqTo")
                writer.integer(sequence.upperBound)
            }
        }
        document.beginMeasure(measure.rawValue)
        return document
    }

    /// The rest of it.
    private func end(_ document: ReadingDocument) -> [UInt8] {
        var document = document
        document.endMeasure()
        document.end()
        return document.drain()
    }

    /// The message of a document.
    private func pack(_ document: [UInt8]) -> BrokerMessage {
        BrokerMessage(
            topic: plan.topic, payload: plan.format == .jsonZip ? compressor.gzip(document) : document,
            qos: plan.qos)
    }
}
