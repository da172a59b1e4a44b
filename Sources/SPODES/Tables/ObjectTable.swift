// The objects of a SPODES meter that are not registers, by name (GOST R 58940-2020, tables A.2, B.1–B.5, G.1,
// G.2). Used by the client driver and by the simulated meter.

package import Metering

/// OBIS codes of objects.
package enum ObjectTable {
    /// Clock, class 8.
    package static let clock = OBISCode(0, 0, 1, 0, 0)
    /// Logical device name, class 1; its first three letters are the manufacturer.
    package static let logicalDeviceName = OBISCode(0, 0, 42, 0, 0)
    /// Current association, class 15.
    package static let currentAssociation = OBISCode(0, 0, 40, 0, 0)

    /// Serial number of the meter.
    package static let serialNumber = OBISCode(0, 0, 96, 1, 0)
    /// Type of the device, often in Windows-1251.
    package static let deviceType = OBISCode(0, 0, 96, 1, 1)
    /// Version of the metrological software.
    package static let metrologyVersion = OBISCode(0, 0, 96, 1, 2)
    /// Manufacturer's name.
    package static let manufacturer = OBISCode(0, 0, 96, 1, 3)
    /// Date of production, twelve octets.
    package static let productionDate = OBISCode(0, 0, 96, 1, 4)
    /// Version of the SPODES specification.
    package static let specificationVersion = OBISCode(0, 0, 96, 1, 6)
    /// Version of the communication software.
    package static let communicationVersion = OBISCode(0, 0, 96, 1, 8)
    /// Text of the metering point.
    package static let meteringPoint = OBISCode(0, 0, 96, 1, 10)

    /// Current transformer ratio, class 1.
    package static let currentRatio = OBISCode(1, 0, 0, 4, 2)
    /// Voltage transformer ratio, class 1.
    package static let voltageRatio = OBISCode(1, 0, 0, 4, 3)
    /// Pulses a kilowatt-hour, class 3 (Mercury 234, CE308).
    package static let meterConstant = OBISCode(1, 0, 0, 3, 3)
    /// Capture period of the load profile, class 1 in table G.2; the profile's attribute 4 is surer.
    package static let profilePeriod = OBISCode(1, 0, 0, 8, 4)

    /// Snapshot of present values, class 7 of depth one; capture it first.
    package static let snapshot = OBISCode(1, 0, 94, 7, 0)
    /// Load relay, class 70.
    package static let relay = OBISCode(0, 0, 96, 3, 10)
    /// HDLC setup of the RS-485 port, class 23.
    package static let hdlcSetup = OBISCode(0, 1, 22, 0, 0)
    /// HDLC setup of the optical port, class 23.
    package static let opticalSetup = OBISCode(0, 0, 22, 0, 0)
    /// Logical devices of the meter, class 17.
    package static let logicalDevices = OBISCode(0, 0, 41, 0, 0)
    /// Scripts that act on the relay, class 9.
    package static let relayScripts = OBISCode(0, 0, 10, 0, 106)
    /// Where the meter sends what it tells unasked, class 40.
    package static let pushSetup = OBISCode(0, 0, 25, 9, 0)
    /// When it does so by the clock, class 22.
    package static let pushSchedule = OBISCode(0, 0, 15, 0, 4)
    /// The script of that, class 9.
    package static let pushScripts = OBISCode(0, 0, 10, 0, 108)
    /// Highest mean power of the month with its time, class 4.
    package static let highestDemand = OBISCode(1, 0, 1, 6, 0)
    /// Mean powers of the interval now and before, class 5.
    package static let demand = OBISCode(1, 0, 1, 4, 0)
    /// Scalers of the snapshot, class 7.
    package static let snapshotScalers = OBISCode(1, 0, 94, 7, 3)
    /// How often a magnet came near, class 1.
    package static let magnetCounter = OBISCode(0, 0, 96, 20, 15)
    /// What the clock showed before it was set last, class 8; a column of journal 13.
    package static let formerClock = OBISCode(0, 0, 1, 0, 1)
    /// Word of alarms, class 1 (R28).
    package static let alarms = OBISCode(0, 0, 97, 98, 0)
    /// Which bits of the word are shown, class 1.
    package static let alarmFilter = OBISCode(0, 0, 97, 98, 10)
    /// Bits written here are taken back in the word, class 1.
    package static let alarmReset = OBISCode(0, 0, 97, 98, 20)
}

/// A periodic archive of the meter and where its scalers stand.
package enum ArchiveProfile: Sendable, Hashable, CaseIterable {
    /// Registers at the beginning of the month (billing).
    case month
    /// Registers at the beginning of the day.
    case day
    /// Load profile 1: increments or demands of an interval.
    case load

    /// The profile, class 7.
    package var object: OBISCode {
        switch self {
        case .month: OBISCode(1, 0, 98, 1, 0)
        case .day: OBISCode(1, 0, 98, 2, 0)
        case .load: OBISCode(1, 0, 99, 1, 0)
        }
    }

    /// The profile of one row that holds a scaler for each column; an optional object.
    package var scalers: OBISCode {
        switch self {
        case .month: OBISCode(1, 0, 94, 7, 1)
        case .day: OBISCode(1, 0, 94, 7, 2)
        case .load: OBISCode(1, 0, 94, 7, 4)
        }
    }

    /// The profile that a measure comes from: consumptions are differences of registers. Nil for what is read
    /// from registers now.
    package init?(of measure: Measure) {
        switch measure {
        case .monthEnergy, .monthConsumption: self = .month
        case .dayEnergy, .dayConsumption: self = .day
        case .powerProfile: self = .load
        case .momentEnergy, .momentQuality, .configuration, .clock, .relay, .journal: return nil
        }
    }
}
