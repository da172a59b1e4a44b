// What a publisher needs from the rest of the gateway beside archive and configuration: who the device is,
// and current values for templates that carry them.

package import Metering

/// The device as messages name it.
package struct PublishingDevice: Sendable, Hashable {
    /// Serial number, up to twelve digits.
    package var serialNumber: String
    /// Software version.
    package var version: String

    /// A device.
    package init(serialNumber: String, version: String) {
        self.serialNumber = serialNumber
        self.version = version
    }
}

/// One meter's answer to a question for a current value.
package struct CurrentReading: Sendable, Hashable {
    /// ID in the meter table.
    package var meterID: Int
    /// Serial number; empty when not known.
    package var serial: String
    /// What it answered; nil when it failed.
    package var reading: Reading?
    /// Why it failed, in words; empty when it did not.
    package var failure: String

    /// An answer.
    package init(meterID: Int, serial: String, reading: Reading?, failure: String = "") {
        self.meterID = meterID
        self.serial = serial
        self.reading = reading
        self.failure = failure
    }
}

/// Who can ask meters for current values; the polling service conforms at assembly.
package protocol CurrentReadingSource: Sendable {
    /// Current values of a measure; all meters when `meters` is nil. A meter that fails is in the answer with
    /// its failure.
    func readings(_ measure: Measure, meters: [Int]?) async -> [CurrentReading]
}
