// The answer document of the device's API (api 3.2), shared by /meter/data/arch, publications and the command
// line:
// {"measures":[{"measure":M,"devices":[{"id":N,"deviceIdx":N,"meterId":N,"serial":S,"vals":[{"ts":T,"diff":D,
// "tags":[{"tag":K,"val":V},…]},…]}]}]}. Compact, "tag" before "val", because old clients search for literal
// text.

package import JSONText
package import Metering
package import Timekeeping

/// Writes one document piece by piece; `drain` between pieces keeps memory bounded.
package struct ReadingDocument: Sendable {
    private var writer: JSONWriter
    private let offset: ZoneOffset
    private var device: Device?
    /// The newest stamp and its text: meters of a street have rows of the same stamps.
    private var newest: (stamp: MeterStamp, text: String)?
    /// `{"tag":"A+0","val":` and its like, of the tags so far: rows of a measure have them in the same order.
    private var heads: [(tag: Tag, text: [UInt8])] = []

    /// The device whose rows are being written.
    private struct Device {
        let meterID: Int
        let serial: String
        var hasRows = false
    }

    /// A document whose stamps carry the device's `offset`.
    package init(offset: ZoneOffset, capacity: Int = 4_096) {
        self.offset = offset
        writer = JSONWriter(capacity: capacity)
    }

    /// Octets not yet drained.
    package var count: Int { writer.octets.count }

    /// Takes what has been written so far.
    package mutating func drain() -> [UInt8] { writer.drain() }

    /// `{"measures":[`, after `extra` members of the outer object, if any.
    package mutating func begin(_ extra: (inout JSONWriter) -> Void = { _ in }) {
        writer.beginObject()
        extra(&writer)
        writer.key("measures")
        writer.beginArray()
    }

    /// `]}`
    package mutating func end() {
        writer.endArray()
        writer.endObject()
    }

    /// `{"measure":M,"devices":[`
    package mutating func beginMeasure(_ name: String) {
        writer.beginObject()
        writer.key("measure")
        writer.string(name)
        writer.key("devices")
        writer.beginArray()
    }

    /// Ends the measure and the device that may still be open.
    package mutating func endMeasure() {
        endDevice()
        writer.endArray()
        writer.endObject()
    }

    /// A device; the one before it is ended. One without a row ends as `"vals":null`.
    package mutating func beginDevice(meterID: Int, serial: String) {
        endDevice()
        writer.beginObject()
        for name in ["id", "deviceIdx", "meterId"] {
            writer.key(name)
            writer.integer(meterID)
        }
        writer.key("serial")
        writer.string(serial)
        writer.key("vals")
        device = Device(meterID: meterID, serial: serial)
    }

    /// A device that could not be read: key `error` instead of rows (live polls only).
    package mutating func failedDevice(meterID: Int, serial: String, text: String) {
        endDevice()
        writer.beginObject()
        for name in ["id", "deviceIdx", "meterId"] {
            writer.key(name)
            writer.integer(meterID)
        }
        writer.key("serial")
        writer.string(serial)
        writer.key("error")
        writer.string(text)
        writer.endObject()
    }

    /// One row of the open device; without values it comes without `tags` (api 3.1: none of those asked for
    /// belongs to the measure); `revision` above 0 is written as `rev` (R18).
    package mutating func row(_ reading: Reading, revision: Int64 = 0) {
        guard device != nil else { return }
        if device?.hasRows == false {
            writer.beginArray()
            device?.hasRows = true
        }
        writer.beginObject()
        writer.key("ts")
        writer.string(text(of: reading.stamp))
        if let difference = reading.clockDifferenceSeconds {
            writer.key("diff")
            writer.integer(Int64(difference))
        }
        if revision > 0 {
            writer.key("rev")
            writer.integer(revision)
        }
        if !(reading.values.isEmpty && reading.texts.isEmpty) { tags(of: reading) }
        writer.endObject()
    }

    /// Rows grouped by life: a device begins whenever the life changes.
    package mutating func rows(_ rows: some Sequence<ArchivedRow>, withRevisions: Bool = false) {
        for row in rows {
            if device?.meterID != row.life.meterID || device?.serial != row.life.serial {
                beginDevice(meterID: row.life.meterID, serial: row.life.serial)
            }
            self.row(row.reading, revision: withRevisions ? row.revision : 0)
        }
    }

    private mutating func text(of stamp: MeterStamp) -> String {
        if let newest, newest.stamp == stamp { return newest.text }
        let text = ReadingDocument.text(of: stamp, offset: offset)
        newest = (stamp, text)
        return text
    }

    /// ISO-8601 text of a meter's label: the device's offset, one hour more while the meter's seasonal time
    /// is on, which keeps the two passes of a repeated hour apart (R4).
    package static func text(of stamp: MeterStamp, offset: ZoneOffset) -> String {
        let zone = stamp.isSeason ? ZoneOffset(minutes: offset.minutes + 60) : offset
        return WallTime(civil: stamp.civil, offset: zone).iso8601(in: zone)
    }

    /// Closes the open device, if any.
    private mutating func endDevice() {
        guard let open = device else { return }
        if open.hasRows { writer.endArray() } else { writer.null() }
        writer.endObject()
        device = nil
    }

    /// Numbers exactly as decimal text, flags as booleans, texts as strings (api 3.2).
    private mutating func tags(of reading: Reading) {
        writer.key("tags")
        writer.beginArray()
        var place = 0
        for value in reading.values {
            writer.begun(head(of: value.tag, at: &place))
            if value.tag.isFlag {
                writer.boolean(value.mantissa != 0)
            } else {
                let output = reading.output(value)
                writer.decimal(mantissa: output.mantissa, scaler: output.scaler)
            }
            writer.endObject()
        }
        for text in reading.texts {
            writer.begun(head(of: text.tag, at: &place))
            writer.string(text.text)
            writer.endObject()
        }
        writer.endArray()
    }

    /// How a tag begins; it is looked for at `place` first, which moves behind it.
    private mutating func head(of tag: Tag, at place: inout Int) -> [UInt8] {
        if place >= heads.count || heads[place].tag != tag {
            place = heads.firstIndex { $0.tag == tag } ?? heads.count
        }
        if place == heads.count {
            var text = JSONWriter(capacity: 40)
            text.beginObject()
            text.key("tag")
            text.string(tag.rawValue)
            text.key("val")
            heads.append((tag, text.octets))
        }
        defer { place += 1 }
        return heads[place].text
    }
}
