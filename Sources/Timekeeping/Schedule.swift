// When an event fires: pure functions over civil stamps (manual 4.5.2). The event engine asks for the next
// firing and for the last planned one; nothing here knows a clock.

/// The three kinds of schedule the manual offers, and the yearly one its data base knows.
package enum Schedule: Sendable, Hashable {
    /// «Каждые (мин)»: whenever the minute of the day is a multiple of `minutes`, 1…59, restarted every hour
    /// as the device's own cron line `*/N` does.
    case every(minutes: Int)
    /// «Ежедневно» at hour:minute.
    case daily(hour: Int, minute: Int)
    /// «Ежемесячно» on a day 1…31 at hour:minute; a day beyond the month's end means its last day.
    case monthly(day: Int, hour: Int, minute: Int)
    /// Once a year.
    case yearly(month: Int, day: Int, hour: Int, minute: Int)

    /// The first firing strictly after `stamp`.
    package func next(after stamp: CivilStamp) -> CivilStamp {
        switch self {
        case .every(let minutes):
            let hourStart = stamp.seconds - stamp.seconds.modulo(3_600)
            let step = Int64(minutes) * 60
            let candidate = hourStart + ((stamp.seconds - hourStart) / step + 1) * step
            return CivilStamp(seconds: min(candidate, hourStart + 3_600))
        case .daily(let hour, let minute):
            let today = stamp.startOfDay.adding(seconds: Int64(hour * 3_600 + minute * 60))
            return today > stamp ? today : today.adding(seconds: 86_400)
        case .monthly, .yearly:
            var month = stamp.startOfMonth
            while true {
                if let firing = firing(inMonthOf: month), firing > stamp { return firing }
                month = month.startOfMonth(adding: 1)
            }
        }
    }

    /// The last firing at or before `stamp`.
    package func last(atOrBefore stamp: CivilStamp) -> CivilStamp {
        switch self {
        case .every(let minutes):
            let hourStart = stamp.seconds - stamp.seconds.modulo(3_600)
            let step = Int64(minutes) * 60
            return CivilStamp(seconds: hourStart + (stamp.seconds - hourStart) / step * step)
        case .daily(let hour, let minute):
            let today = stamp.startOfDay.adding(seconds: Int64(hour * 3_600 + minute * 60))
            return today <= stamp ? today : today.adding(seconds: -86_400)
        case .monthly, .yearly:
            var month = stamp.startOfMonth
            while true {
                if let firing = firing(inMonthOf: month), firing <= stamp { return firing }
                month = month.startOfMonth(adding: -1)
            }
        }
    }

    private func firing(inMonthOf start: CivilStamp) -> CivilStamp? {
        let (year, month, _) = start.date
        let (wantedMonth, day, hour, minute): (Int, Int, Int, Int)
        switch self {
        case .monthly(let firingDay, let firingHour, let firingMinute):
            (wantedMonth, day, hour, minute) = (month, firingDay, firingHour, firingMinute)
        case .yearly(let firingMonth, let firingDay, let firingHour, let firingMinute):
            (wantedMonth, day, hour, minute) = (firingMonth, firingDay, firingHour, firingMinute)
        case .every, .daily:
            return nil
        }
        guard wantedMonth == month else { return nil }
        let clamped = min(max(day, 1), CivilStamp.days(inMonth: month, of: year))
        return start.adding(seconds: Int64((clamped - 1) * 86_400 + hour * 3_600 + minute * 60))
    }
}
