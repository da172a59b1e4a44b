// Which device file stands behind each interface of the manual, and its guard time (R25). Ours; the vendor's
// device has them built in.

import Faults
package import JSONText

/// One serial interface of the device.
package struct LineDevice: NumberedRecord {
    /// Interface 1…4.
    package var id: Int
    /// Path of the device file; empty when the interface is not there.
    package var path: String
    /// Silence after the last octet of an answer before the next request, in milliseconds, 0…1000.
    package var guardMilliseconds: Int
    /// Whether the device's driver is to switch an RS-485 transceiver to sending and back.
    package var switchesDirection: Bool

    /// A line.
    package init(id: Int, path: String, guardMilliseconds: Int = 10, switchesDirection: Bool = false) {
        self.switchesDirection = switchesDirection
        self.id = id
        self.path = path
        self.guardMilliseconds = guardMilliseconds
    }

    /// Reads a line.
    package init(from reader: inout RecordReader, previous: LineDevice?) {
        id = reader.integer("id", in: 1...4)
        path = reader.text("path", length: 0...256)
        if !path.isEmpty, !path.hasPrefix("/") {
            reader.refuse(.inputFormat, "path", ["value": path, "allowed": "/…"])
        }
        guardMilliseconds = reader.integer("guard", in: 0...1_000, fallback: 10)
        switchesDirection = reader.flag("rs485", fallback: previous?.switchesDirection ?? false)
    }

    /// The members as they are stored.
    package func members(for view: SecretView) -> [JSONMember] {
        [
            JSONMember("id", id), JSONMember("path", path), JSONMember("guard", guardMilliseconds),
            JSONMember("rs485", switchesDirection),
        ]
    }
}
