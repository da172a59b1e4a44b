// The classes of IEC 62056-6-2 that are served as tables of values (`TableObject`). What an attribute holds
// stands with the values, in the directory that has the object.

/// Class 3, where the value can be written: thresholds.
package enum ThresholdClass: InterfaceClass {
    /// 3
    package static let classID: UInt16 = 3
    /// Logical name, value, scaler and unit.
    package static let attributeCount: Int8 = 3
    /// Reset.
    package static let methodCount: Int8 = 1
}

/// Class 5, Demand register.
package enum DemandRegisterClass: InterfaceClass {
    /// 5
    package static let classID: UInt16 = 5
    /// Logical name, current and last average, scaler and unit, status, capture time, start time, period,
    /// number of periods.
    package static let attributeCount: Int8 = 9
    /// Reset, next period.
    package static let methodCount: Int8 = 2
}

/// Class 9, Script table.
package enum ScriptTableClass: InterfaceClass {
    /// 9
    package static let classID: UInt16 = 9
    /// Logical name, scripts.
    package static let attributeCount: Int8 = 2
    /// Execute.
    package static let methodCount: Int8 = 1
}

/// Class 11, Special days table.
package enum SpecialDaysClass: InterfaceClass {
    /// 11
    package static let classID: UInt16 = 11
    /// Logical name, entries.
    package static let attributeCount: Int8 = 2
    /// Insert, delete.
    package static let methodCount: Int8 = 2
}

/// Class 17, SAP assignment.
package enum SAPAssignmentClass: InterfaceClass {
    /// 17
    package static let classID: UInt16 = 17
    /// Logical name, logical devices.
    package static let attributeCount: Int8 = 2
    /// Connect.
    package static let methodCount: Int8 = 1
}

/// Class 20, Activity calendar.
package enum ActivityCalendarClass: InterfaceClass {
    /// 20
    package static let classID: UInt16 = 20
    /// Logical name; name, seasons, weeks and days in force; the same to come; when they come.
    package static let attributeCount: Int8 = 10
    /// Activate what is to come.
    package static let methodCount: Int8 = 1
}

/// Class 22, Single action schedule.
package enum SingleActionScheduleClass: InterfaceClass {
    /// 22
    package static let classID: UInt16 = 22
    /// Logical name, script, type, times.
    package static let attributeCount: Int8 = 4
}

/// Class 40, Push setup.
package enum PushSetupClass: InterfaceClass {
    /// 40
    package static let classID: UInt16 = 40
    /// Logical name, objects, destination, windows, randomisation, retries, delay.
    package static let attributeCount: Int8 = 7
    /// Push.
    package static let methodCount: Int8 = 1
}

/// Class 71, Limiter.
package enum LimiterClass: InterfaceClass {
    /// 71
    package static let classID: UInt16 = 71
    /// Logical name, monitored value, three thresholds, times over and under, emergency profile, groups and
    /// state, actions.
    package static let attributeCount: Int8 = 11
}
