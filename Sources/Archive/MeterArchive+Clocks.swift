// The record of corrected meter clocks (R6): written before a correction is sent, completed after it.

package import Faults
import Seams
import Storage
package import Timekeeping

/// One correction of one meter's clock.
package struct ClockEntry: Sendable, Hashable {
    /// How the clock was written.
    package enum Manner: Int64, Sendable, Hashable { case shifted = 0, set = 1 }
    /// Who wanted it.
    package enum Occasion: Int64, Sendable, Hashable { case event = 0, person = 1 }

    /// Running number; position in the listing.
    package var number: Int64
    /// ID in the meter table.
    package var meterID: Int
    /// Serial number of the meter.
    package var serial: String
    /// Day of the meter's new time: midnight.
    package var day: CivilStamp
    /// UTC of the correction.
    package var at: WallTime
    /// Meter clock minus gateway clock before, seconds.
    package var before: Int32
    /// The same afterwards; nil when nobody knows.
    package var after: Int32?
    /// How it was written.
    package var manner: Manner
    /// Who wanted it.
    package var occasion: Occasion
    /// Why it failed.
    package var fault: Fault?

    /// A correction that is about to be sent; `number` is given by the archive.
    package init(
        meterID: Int, serial: String, day: CivilStamp, at: WallTime, before: Int32, manner: Manner,
        occasion: Occasion
    ) {
        number = 0
        self.meterID = meterID
        self.serial = serial
        self.day = day.startOfDay
        self.at = at
        self.before = before
        self.manner = manner
        self.occasion = occasion
    }
}

extension MeterArchive {
    /// How many corrections stay.
    package static let clockEntryDepth = 10_000

    /// Writes down a correction that is about to be sent; durable when this returns. Returns its number.
    package func begin(_ entry: ClockEntry) throws(Fault) -> Int64 {
        try writing("noting the correction of a clock") { () throws(StorageError) in
            let number = (try connection.integer("SELECT max(entry) FROM clock_correction") ?? 0) + 1
            let insertion = try connection.statement(
                "INSERT INTO clock_correction VALUES (?1, ?2, ?3, ?4, ?5, ?6, NULL, ?7, ?8, '', '')")
            insertion.bind(number, at: 1)
            insertion.bind(Int64(entry.meterID), at: 2)
            insertion.bind(entry.serial, at: 3)
            insertion.bind(entry.day.dayNumber, at: 4)
            insertion.bind(entry.at.unixSeconds, at: 5)
            insertion.bind(Int64(entry.before), at: 6)
            insertion.bind(entry.manner.rawValue, at: 7)
            insertion.bind(entry.occasion.rawValue, at: 8)
            try insertion.run()
            try connection.statement("DELETE FROM clock_correction WHERE entry <= ?1").run(
                number - Int64(MeterArchive.clockEntryDepth))
            return number
        }
    }

    /// Completes a correction with the difference that is left, or with why it failed.
    package func end(clockEntry number: Int64, after: Int32?, fault: Fault? = nil) throws(Fault) {
        try writing("noting the correction of a clock") { () throws(StorageError) in
            let update = try connection.statement(
                "UPDATE clock_correction SET \"is\" = ?2, code = ?3, parameters = ?4 WHERE entry = ?1")
            update.bind(number, at: 1)
            update.bind(after.map(Int64.init), at: 2)
            update.bind(fault?.code.rawValue ?? "", at: 3)
            update.bind(ParameterText.encode(fault?.parameters ?? [:]), at: 4)
            try update.run()
        }
    }

    /// The day of the newest correction of a meter under any of its IDs, whatever came of it; nil when there
    /// was none.
    package func dayOfClockCorrection(meters: [Int], serial: String) throws(Fault) -> CivilStamp? {
        try reading("asking for corrections of a clock") { () throws(StorageError) in
            var newest: Int64?
            for meter in meters {
                let query = try connection.statement(
                    "SELECT max(day) FROM clock_correction WHERE id = ?1 AND serial = ?2")
                query.bind(Int64(meter), at: 1)
                query.bind(serial, at: 2)
                defer { query.reset() }
                guard try query.step(), let day = query.optionalInteger(0) else { continue }
                newest = max(newest ?? day, day)
            }
            return newest.map { CivilStamp(seconds: $0 * 86_400) }
        }
    }

    /// Corrections, newest first, of one meter when given; `before` is the number of the last of the page
    /// before.
    package func clockEntries(
        meter: Int? = nil, before: Int64? = nil, limit: Int
    ) throws(Fault) -> [ClockEntry] {
        try reading("listing corrections of clocks") { () throws(StorageError) in
            let query = try connection.statement(
                "SELECT entry, id, serial, day, at, was, \"is\", manner, occasion, code, parameters "
                    + "FROM clock_correction WHERE entry < ?1 AND (?2 IS NULL OR id = ?2) "
                    + "ORDER BY entry DESC LIMIT ?3")
            query.bind(before ?? .max, at: 1)
            query.bind(meter.map(Int64.init), at: 2)
            query.bind(Int64(limit), at: 3)
            defer { query.reset() }
            var found: [ClockEntry] = []
            while try query.step() {
                var entry = ClockEntry(
                    meterID: Int(query.integer(1)), serial: query.text(2),
                    day: CivilStamp(seconds: query.integer(3) * 86_400),
                    at: WallTime(unixSeconds: query.integer(4)), before: Int32(clamping: query.integer(5)),
                    manner: ClockEntry.Manner(rawValue: query.integer(7)) ?? .shifted,
                    occasion: ClockEntry.Occasion(rawValue: query.integer(8)) ?? .event)
                entry.number = query.integer(0)
                entry.after = query.optionalInteger(6).map { Int32(clamping: $0) }
                entry.fault = FaultCode(rawValue: query.text(9)).map {
                    Fault($0, ParameterText.decode(query.text(10)))
                }
                found.append(entry)
            }
            return found
        }
    }
}
