// What has happened to a meter at run time, for its journals and its word of alarms (spodes.md e): covers,
// magnets, power, the relay, settings and clearings. The journals' rows from before are made of arithmetic
// (`MeterJournal`); these are remembered.

package import Metering
import Timekeeping

/// Something that happens to a meter from outside.
package enum MeterHappening: String, Sendable, Hashable, CaseIterable, Codable {
    /// The terminal cover is opened.
    case coverOpened
    /// The case is opened.
    case caseOpened
    /// A magnet comes near.
    case magnetOn
    /// It is taken away.
    case magnetOff
    /// The supply fails.
    case powerOff
    /// The supply returns.
    case powerOn
    /// A wrong password is tried.
    case unauthorised
    /// The load profile is cleared: a new life of its rows.
    case profileCleared
    /// The archive of days is cleared.
    case daysCleared
    /// The archive of months is cleared.
    case monthsCleared
    /// The battery dies: the clock begins at 2000-01-01 00:00.
    case batteryDied
    /// Another meter of the same model is put in: a new serial number, registers from zero.
    case replaced
    /// The interval of the load profile becomes sixty minutes; the meter clears the profile.
    case hourly
    /// Current transformers 100/5 are put in and the ratio is written.
    case ratioChanged
    /// The clock is put an hour ahead by hand.
    case clockAhead
    /// The clock is put an hour back by hand.
    case clockBack
    /// Months end on the 15th from now on, or on the 1st again.
    case monthEndMoved
    /// The meter keeps seasonal time, and summer begins now: the clock goes an hour ahead and says so.
    case summerBegins
    /// Somebody freezes the month's registers by hand, on top of the months' ends.
    case monthCaptured
    /// The subscriber presses the relay's button.
    case buttonPressed

    /// What happens to meters without anybody at their buttons.
    package static let drawable = allCases.filter { $0 != .buttonPressed }
}

/// The remembered events of one meter.
package struct MeterDiary: Sendable, Hashable {
    /// Bits of the word of alarms that are set, before the filter.
    package private(set) var alarms: AlarmWord = []
    /// Bits that are shown.
    package var filter = AlarmWord(rawValue: 0x7FFF)
    /// When an archive was last cleared.
    package private(set) var cleared: [ArchiveProfile: Int64] = [:]
    /// What the clock showed first in seasonal time; nil while it keeps none.
    private(set) var summer: CivilStamp?
    /// When the day changed on which months end, and to which.
    private(set) var monthEnds: [MonthEnd] = []
    /// When the month's registers were frozen by hand.
    private(set) var monthCaptures: [Int64] = []
    /// Current transformer ratio as written.
    package internal(set) var currentRatio: UInt16 = 1
    /// Instants the clock was set at, where other corrections were shifts.
    private(set) var clockSettings: Set<Int64> = []
    private var events: [UInt8: [MeterEvent]] = [:]
    /// Counts what was noted.
    private(set) var revision = 0

    /// An empty diary.
    package init() {}

    /// The word of alarms as it is read.
    package var word: AlarmWord { alarms.intersection(filter) }

    /// Events of journal 0.0.99.98.n, oldest first.
    func events(of number: UInt8) -> [MeterEvent] { events[number] ?? [] }

    /// Notes one event and raises alarms.
    mutating func note(_ number: UInt8, code: UInt8, at instant: Int64, _ alarm: AlarmWord = []) {
        revision += 1
        events[number, default: []].append(MeterEvent(instant: instant, code: code))
        if let count = events[number]?.count, count > Self.capacity { events[number]?.removeFirst() }
        alarms.formUnion(alarm)
    }

    /// Takes alarms back, as the write to 0.0.97.98.20 does; the meter notes it (journal 3, code 70).
    mutating func reset(_ word: AlarmWord, at instant: Int64) {
        alarms.subtract(word)
        note(3, code: 70, at: instant)
    }

    /// Notes that the clock was set or shifted; journals 3 and 13 take the times from the clock itself.
    mutating func noteClock(isSetting: Bool, at instant: Int64) {
        revision += 1
        if isSetting { clockSettings.insert(instant) }
        alarms.formUnion(.programming)
    }

    /// Notes that an archive was cleared, with the code of journal 3.
    mutating func clear(_ profile: ArchiveProfile, at instant: Int64) {
        cleared[profile] = instant
        let code: UInt8 =
            switch profile {
            case .month: 35
            case .day: 36
            case .load: 46
            }
        note(3, code: code, at: instant, .programming)
    }

    /// Notes that seasonal time begins at a reading of the clock.
    mutating func beginSummer(at reading: CivilStamp) {
        revision += 1
        summer = summer ?? reading
    }

    /// Notes another day for the ends of months.
    mutating func moveMonthEnd(at instant: Int64) {
        monthEnds.append(MonthEnd(from: instant, day: monthEnds.last?.day == 15 ? 1 : 15))
    }

    /// Notes that the month's registers were frozen by hand.
    mutating func captureMonth(at instant: Int64) { monthCaptures.append(instant) }

    /// More than any journal holds.
    private static let capacity = 1_000
}

extension SPODESMeter {
    /// Lets something happen to the meter at a true instant.
    package mutating func happen(_ happening: MeterHappening, at instant: Int64) {
        switch happening {
        case .coverOpened: diary.note(4, code: 3, at: instant, .terminalCover)
        case .caseOpened: diary.note(4, code: 4, at: instant, .caseOpened)
        case .magnetOn: diary.note(4, code: 1, at: instant, .magnet)
        case .magnetOff: diary.note(4, code: 2, at: instant)
        case .powerOff: diary.note(2, code: 1, at: instant, .powerLoss)
        case .powerOn: diary.note(2, code: 2, at: instant)
        case .unauthorised: diary.note(6, code: 1, at: instant)
        case .profileCleared: diary.clear(.load, at: instant)
        case .daysCleared: diary.clear(.day, at: instant)
        case .monthsCleared: diary.clear(.month, at: instant)
        case .batteryDied: setClock(to: 0, at: instant)
        case .clockAhead: setClock(to: clock.reading(at: instant) + 3_600_000, at: instant)
        case .clockBack: setClock(to: clock.reading(at: instant) - 3_600_000, at: instant)
        case .replaced: replace(at: instant)
        case .hourly:
            let rows = personality.profile.days * 1_440 / personality.profile.minutes
            personality.profile.minutes = 60
            personality.profile.days = rows / 24
            diary.note(3, code: 31, at: instant)
            diary.clear(.load, at: instant)
        case .summerBegins where diary.summer == nil:
            clock.set(to: clock.reading(at: instant) + 3_600_000, at: instant)
            diary.beginSummer(at: clock.civil(at: instant))
        case .summerBegins: break
        case .monthEndMoved: diary.moveMonthEnd(at: instant)
        case .monthCaptured: diary.captureMonth(at: instant)
        case .buttonPressed:
            watchLimits(until: instant)
            if supply.pressButton(at: instant) {
                diary.note(2, code: supply.isOn ? 7 : 6, at: instant)
            }
        case .ratioChanged:
            diary.currentRatio = 20
            diary.note(3, code: 16, at: instant, .programming)
        }
    }

    private mutating func setClock(to reading: Int64, at instant: Int64) {
        clock.set(to: reading, at: instant)
        diary.noteClock(isSetting: true, at: instant)
    }

    /// The next serial number but half a million; the same load, counted from zero.
    private mutating func replace(at instant: Int64) {
        var old = self
        old.formers = []
        formers = [FormerMeter(meter: old, takenDown: instant)]
        if let number = Int(serial) { serial = String(number + 500_000) }
        element.prepare(through: instant)
        element = LaterElement(over: element, from: instant)
        clock = MeterClock(driftPerDay: clock.driftPerDay)
        supply = SupplyState()
        written = WrittenSettings()
        limits = LoadLimits()
        outages = MainsOutages()
        diary = MeterDiary()
    }
}

/// A meter that hung at a point before another one.
package struct FormerMeter: Sendable {
    /// As it was.
    package let meter: SPODESMeter
    /// True instant at which the next one took its place.
    package let takenDown: Int64

    /// A meter and when it was gone.
    package init(meter: SPODESMeter, takenDown: Int64) {
        self.meter = meter
        self.takenDown = takenDown
    }
}
