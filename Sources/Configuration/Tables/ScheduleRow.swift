// «Расписание» (api 2.13 events/schdl, manual 4.5.2). The kind follows from which members are there: minute
// alone is «Каждые», with hour «Ежедневно», with day «Ежемесячно», with month yearly.

import Faults
package import JSONText
package import Timekeeping

/// A row of the schedule table.
package struct ScheduleRow: NumberedRecord {
    /// Number of the row, from 1.
    package var id: Int
    /// When it fires, in the device's civil time.
    package var schedule: Schedule

    /// A row.
    package init(id: Int, schedule: Schedule) {
        self.id = id
        self.schedule = schedule
    }

    /// Reads a row. 255 is the data base's word for absent and is taken as such.
    package init(from reader: inout RecordReader, previous: ScheduleRow?) {
        id = reader.integer("id", in: 1...1_000_000)
        func isSet(_ name: String) -> Bool { reader[name] != nil && reader[name]?.wholeNumber != 255 }
        let (hasHour, hasDay, hasMonth) = (isSet("hour"), isSet("day"), isSet("month"))
        let minute = reader.integer("min", in: hasHour || hasDay || hasMonth ? 0...59 : 1...59)
        guard hasHour || hasDay || hasMonth else {
            schedule = .every(minutes: minute)
            return
        }
        let hour = hasHour ? reader.integer("hour", in: 0...23) : 0
        if !hasHour { reader.refuse(.inputMissing, "hour") }
        if hasMonth, !hasDay { reader.refuse(.inputMissing, "day") }
        let day = hasDay ? reader.integer("day", in: 1...31) : 1
        if hasMonth {
            let month = reader.integer("month", in: 1...12)
            schedule = .yearly(month: month, day: day, hour: hour, minute: minute)
        } else if hasDay {
            schedule = .monthly(day: day, hour: hour, minute: minute)
        } else {
            schedule = .daily(hour: hour, minute: minute)
        }
    }

    /// The members of the API; what the kind does not use is absent.
    package func members(for view: SecretView) -> [JSONMember] {
        var fields: [(String, Int)]
        switch schedule {
        case .every(let minutes): fields = [("min", minutes)]
        case .daily(let hour, let minute): fields = [("min", minute), ("hour", hour)]
        case .monthly(let day, let hour, let minute):
            fields = [("min", minute), ("hour", hour), ("day", day)]
        case .yearly(let month, let day, let hour, let minute):
            fields = [("min", minute), ("hour", hour), ("day", day), ("month", month)]
        }
        fields.insert(("id", id), at: 0)
        return fields.map { JSONMember($0.0, $0.1) }
    }
}
