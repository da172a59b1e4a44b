// «Настройка времени» as far as it is configuration (api 2.6, decision D17): a fixed whole-hour offset. A
// device with seasonal time is refused by name.

import Faults
package import JSONText
package import Timekeeping

/// The device's zone.
package struct TimeSettings: ConfigurationRecord {
    /// Whole hours east of UTC, 0…12.
    package var hours: Int

    /// A zone; the factory's is Moscow.
    package init(hours: Int = 3) { self.hours = hours }

    /// Reads the object.
    package init(from reader: inout RecordReader, previous: TimeSettings?) {
        hours = reader.integer("tz", in: 0...12)
        if reader.flag("dst", fallback: false) { reader.refuse(.seasonUnsupported, "dst") }
    }

    /// The members of the API.
    package func members(for view: SecretView) -> [JSONMember] {
        [JSONMember("tz", hours), JSONMember("dst", false)]
    }

    /// There is one such object.
    package var key: String { "" }
    /// There is one such object.
    package static func key(of json: JSONValue) -> String? { "" }

    /// The zone as an offset.
    package var offset: ZoneOffset { ZoneOffset(minutes: hours * 60) }
}
