// What can be asked of a meter, by the names the device's own API uses on the wire (api 3.3). The archive
// number is the vendor's storage code; it is also the `kind` column of the archive.

/// A measure of protocol 40. Raw values are wire text.
package enum Measure: String, Sendable, Hashable, CaseIterable, Codable {
    /// «Текущие: показания энергии»; archived: «Срезы показаний энергии».
    case momentEnergy = "ElMomentEnergy"
    /// «Показатели качества электросети»; archived: «Срезы качества».
    case momentQuality = "ElMomentQuality"
    /// «На начало суток»: registers at 00:00 of the stamped day.
    case dayEnergy = "ElDayEnergy"
    /// «На начало месяца»: registers at 00:00 of the 1st (R19).
    case monthEnergy = "ElMonthEnergy"
    /// «Потребление за сутки», stamped with the START of the day (R2).
    case dayConsumption = "ElDayConsEnergy"
    /// «Потребление за месяц», stamped with the START of the month (R2).
    case monthConsumption = "ElMonthConsEnergy"
    /// «Профили мощности»: one row an interval, stamped with its END (R2).
    case powerProfile = "ElArr1ConsPower"
    /// «Срезы аппаратной конфигурации».
    case configuration = "ElConfig"
    /// Clock of the meter.
    case clock = "GetTime"
    /// State of the load relay.
    case relay = "GetRelay"

    /// The vendor's storage code, the archive's `kind`; nil for what is never stored.
    package var archiveNumber: Int? {
        switch self {
        case .momentEnergy: 0
        case .dayConsumption: 1
        case .monthConsumption: 2
        case .dayEnergy: 3
        case .monthEnergy: 4
        case .powerProfile: 5
        case .momentQuality: 7
        case .configuration: 8
        case .clock, .relay: nil
        }
    }

    /// The measure of a storage code.
    package init?(archiveNumber: Int) {
        guard let found = Measure.allCases.first(where: { $0.archiveNumber == archiveNumber }) else {
            return nil
        }
        self = found
    }

    /// Names of the protocol-31 subset: `m*` asks the meter now, `a*` asks the archive (api 3.3).
    package static func protocol31(_ name: String) -> (measure: Measure, live: Bool)? {
        switch name {
        case "mEng": (.momentEnergy, true)
        case "mQual": (.momentQuality, true)
        case "mTime": (.clock, true)
        case "mRelay": (.relay, true)
        case "aEng": (.momentEnergy, false)
        case "aQual": (.momentQuality, false)
        case "aDay": (.dayEnergy, false)
        case "aMonth": (.monthEnergy, false)
        case "aDayCons": (.dayConsumption, false)
        case "aMonthCons": (.monthConsumption, false)
        case "aCons": (.powerProfile, false)
        case "aCfg": (.configuration, false)
        default: nil
        }
    }

    /// The tags this measure can carry, in the order answers list them.
    package var tags: [Tag] {
        switch self {
        case .momentEnergy, .dayEnergy, .monthEnergy, .dayConsumption, .monthConsumption: Tag.energy
        case .momentQuality: Tag.quality
        case .powerProfile: Tag.profile
        case .configuration: Tag.configuration
        case .relay: [.relayId, .relayState]
        case .clock: []
        }
    }
}
