// What this device says of itself and how it behaves towards the outside: identity, contact lines of the
// menu, jitter of outside talk (R7), the time budget of a poll (D4), how exact clocks are kept (R6). Ours.

import Faults
package import JSONText

/// The device's own particulars.
package struct SiteSettings: ConfigurationRecord {
    /// Model in the header strip.
    package var model: String
    /// Serial number, up to twelve digits.
    package var serialNumber: String
    /// Contact lines under the menu; empty by default.
    package var contacts: [String]
    /// Greatest delay of talk to the outside after its scheduled minute, 0…10 minutes (R7).
    package var jitterMinutes: Int
    /// How long one poll may hold its lines, 1…1440 minutes (D4).
    package var pollBudgetMinutes: Int
    /// Up to this difference the clock of a meter counts as right, 1…10 s (R6).
    package var clockToleranceSeconds: Int
    /// Terabytes the flash memory under the data endures, 1…100,000 (its maker's TBW).
    package var flashEnduranceTerabytes: Int

    /// Particulars.
    package init(
        model: String = "УМ SMART", serialNumber: String = "000000000000", contacts: [String] = [],
        jitterMinutes: Int = 10, pollBudgetMinutes: Int = 60, clockToleranceSeconds: Int = 3,
        flashEnduranceTerabytes: Int = 20
    ) {
        self.model = model
        self.serialNumber = serialNumber
        self.contacts = contacts
        self.jitterMinutes = jitterMinutes
        self.pollBudgetMinutes = pollBudgetMinutes
        self.clockToleranceSeconds = clockToleranceSeconds
        self.flashEnduranceTerabytes = flashEnduranceTerabytes
    }

    /// Reads the object; what is absent stays.
    package init(from reader: inout RecordReader, previous: SiteSettings?) {
        let old = previous ?? SiteSettings()
        let names = [
            "model", "serialNumber", "contacts", "jitter", "pollBudget", "clockTolerance", "endurance",
        ]
        // A change that changes nothing was meant otherwise.
        if previous != nil, names.allSatisfy({ reader[$0] == nil }) {
            reader.refuse(.inputMissing, "", ["allowed": names.joined(separator: ", ")])
        }
        model = reader.text("model", length: 1...64, fallback: old.model)
        serialNumber = reader.text("serialNumber", length: 1...12, fallback: old.serialNumber)
        contacts = reader["contacts"] == nil ? old.contacts : reader.texts("contacts")
        if contacts.count > 8 { reader.refuse(.inputTooLarge, "contacts", ["allowed": "8"]) }
        jitterMinutes = reader.integer("jitter", in: 0...10, fallback: old.jitterMinutes)
        pollBudgetMinutes = reader.integer("pollBudget", in: 1...1_440, fallback: old.pollBudgetMinutes)
        clockToleranceSeconds = reader.integer(
            "clockTolerance", in: 1...10, fallback: old.clockToleranceSeconds)
        flashEnduranceTerabytes = reader.integer(
            "endurance", in: 1...100_000, fallback: old.flashEnduranceTerabytes)
    }

    /// The members as they are stored.
    package func members(for view: SecretView) -> [JSONMember] {
        [
            JSONMember("model", model), JSONMember("serialNumber", serialNumber),
            JSONMember("contacts", contacts), JSONMember("jitter", jitterMinutes),
            JSONMember("pollBudget", pollBudgetMinutes), JSONMember("clockTolerance", clockToleranceSeconds),
            JSONMember("endurance", flashEnduranceTerabytes),
        ]
    }

    /// There is one such object.
    package var key: String { "" }
    /// There is one such object.
    package static func key(of json: JSONValue) -> String? { "" }

    /// This device's delay of talk to the outside (R7): the same every time, different from device to device,
    /// at most the setting and at most `limit` seconds.
    package func jitterSeconds(atMost limit: Int) -> Int {
        let mixed = serialNumber.utf8.reduce(UInt64(0xCBF2_9CE4_8422_2325)) {
            ($0 ^ UInt64($1)) &* 0x100_0000_01B3
        }
        return Int((mixed >> 16) % UInt64(max(0, min(jitterMinutes * 60, limit)) + 1))
    }
}
