// Interface class 8 (IEC 62056-6-2, Clock). The object does no calendar arithmetic: what a client wants of
// the clock is left in `adjustment` for the directory, which knows time, to carry out.

/// Class 8: the clock.
package struct ClockObject: InterfaceObject {
    /// 8
    package static let classID: UInt16 = 8
    /// Logical name … clock base.
    package static let attributeCount: Int8 = 9
    /// Adjust to quarter, period, minute, preset; preset; shift.
    package static let methodCount: Int8 = 6

    /// What a client asked of the clock.
    package enum Adjustment: Sendable, Hashable {
        /// SET of attribute 2.
        case set(DateTimeValue)
        /// Method 3: to the nearest minute.
        case toMinute
        /// Method 6: by seconds, −900…900.
        case shift(seconds: Int16)
    }

    /// Most seconds that method 6 shifts by.
    package static let shiftRange: ClosedRange<Int16> = -900...900

    /// Its name, 0.0.1.0.0.255.
    package var logicalName: LogicalName
    /// Attribute 2.
    package var time: DateTimeValue
    /// Attribute 3, minutes; its sign is as ambiguous as the deviation's.
    package var timeZoneMinutes: Int16
    /// Attribute 5.
    package var daylightSavingsBegin: DateTimeValue
    /// Attribute 6.
    package var daylightSavingsEnd: DateTimeValue
    /// Attribute 7, minutes.
    package var daylightSavingsDeviationMinutes: Int8
    /// Attribute 8.
    package var daylightSavingsEnabled: Bool
    /// Attribute 9: 1 is the internal crystal.
    package var clockBase: UInt8
    /// What the directory must do with the clock when it takes the object back.
    package private(set) var adjustment: Adjustment?

    /// A clock without daylight saving.
    package init(
        _ logicalName: LogicalName = LogicalName(0, 0, 1, 0, 0), time: DateTimeValue,
        timeZoneMinutes: Int16 = 0,
        clockBase: UInt8 = 1
    ) {
        let never = DateTimeValue(
            date: DateValue(year: 0xFFFF, month: 0xFF, day: 0xFF),
            time: TimeValue(hour: 0xFF, minute: 0xFF, second: 0xFF, hundredths: 0xFF))
        self.logicalName = logicalName
        self.time = time
        self.timeZoneMinutes = timeZoneMinutes
        self.daylightSavingsBegin = never
        self.daylightSavingsEnd = never
        self.daylightSavingsDeviationMinutes = 0
        self.daylightSavingsEnabled = false
        self.clockBase = clockBase
    }

    /// Reads attributes 2…9.
    package func attribute(_ index: Int8, selection: AccessSelection?) -> AttributeAnswer {
        switch index {
        case 2: .value(.octetString(time))
        case 3: .value(.long(timeZoneMinutes))
        case 4: .value(.unsigned(time.status.rawValue))
        case 5: .value(.octetString(daylightSavingsBegin))
        case 6: .value(.octetString(daylightSavingsEnd))
        case 7: .value(.integer(daylightSavingsDeviationMinutes))
        case 8: .value(.boolean(daylightSavingsEnabled))
        case 9: .value(.enumerated(clockBase))
        default: .failure(.objectUndefined)
        }
    }

    /// Sets attribute 2 to a whole moment, or attribute 3 or 8.
    package mutating func setAttribute(_ index: Int8, to value: DataValue) -> DataAccessResult {
        switch (index, value) {
        case (2, _):
            guard let stamp = value.dateTimeValue, stamp.isSpecified, stamp.time.second < 60 else {
                return .typeUnmatched
            }
            time = stamp
            adjustment = .set(stamp)
        case (3, .long(let minutes)): timeZoneMinutes = minutes
        case (8, .boolean(let enabled)): daylightSavingsEnabled = enabled
        case (3, _), (8, _): return .typeUnmatched
        default: return .readWriteDenied
        }
        return .success
    }

    /// Invokes method 3 or 6; SPODES recommends no others.
    package mutating func invoke(_ index: Int8, with parameters: DataValue?) -> ActionOutcome {
        switch index {
        case 3: adjustment = .toMinute
        case 6:
            guard case .long(let seconds)? = parameters else { return ActionOutcome(.typeUnmatched) }
            guard ClockObject.shiftRange.contains(seconds) else { return ActionOutcome(.otherReason) }
            adjustment = .shift(seconds: seconds)
        default: return ActionOutcome(.readWriteDenied)
        }
        return ActionOutcome(.success)
    }
}
