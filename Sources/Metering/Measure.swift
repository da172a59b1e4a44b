// What can be asked of a meter, by the names the device's own API uses on the wire (api 3.3). The archive
// number is the vendor's storage code; it is also the `kind` column of the archive.

/// A measure of protocol 40. Raw values are wire text; a journal of events is a measure on the wire as well.
package enum Measure: RawRepresentable, Sendable, Hashable, CaseIterable {
    /// «Текущие: показания энергии»; archived: «Срезы показаний энергии».
    case momentEnergy
    /// «Показатели качества электросети»; archived: «Срезы качества».
    case momentQuality
    /// «На начало суток»: registers at 00:00 of the stamped day.
    case dayEnergy
    /// «На начало месяца»: registers at 00:00 of the 1st (R19).
    case monthEnergy
    /// «Потребление за сутки», stamped with the START of the day (R2).
    case dayConsumption
    /// «Потребление за месяц», stamped with the START of the month (R2).
    case monthConsumption
    /// «Профили мощности»: one row an interval, stamped with its END (R2).
    case powerProfile
    /// «Срезы аппаратной конфигурации».
    case configuration
    /// Clock of the meter.
    case clock
    /// State of the load relay.
    case relay
    /// A journal of events of the meter (R21).
    case journal(Journal)

    /// Everything but the journals.
    package static let plain: [Measure] = [
        .momentEnergy, .momentQuality, .dayEnergy, .monthEnergy, .dayConsumption, .monthConsumption,
        .powerProfile, .configuration, .clock, .relay,
    ]

    /// The plain measures and the forty journals.
    package static let allCases: [Measure] = plain + Journal.allCases.map(Measure.journal)

    /// Its place among all measures, the plain ones first.
    package var place: UInt8 {
        switch self {
        case .momentEnergy: 0
        case .momentQuality: 1
        case .dayEnergy: 2
        case .monthEnergy: 3
        case .dayConsumption: 4
        case .monthConsumption: 5
        case .powerProfile: 6
        case .configuration: 7
        case .clock: 8
        case .relay: 9
        case .journal(let journal): 10 + journal.place
        }
    }

    /// Equal by place: the wire's text, which Swift would compare and hash, tells no more.
    package static func == (left: Self, right: Self) -> Bool { left.place == right.place }

    /// Hashes the place.
    package func hash(into hasher: inout Hasher) { hasher.combine(place) }

    /// The name on the wire.
    package var rawValue: String {
        switch self {
        case .momentEnergy: "ElMomentEnergy"
        case .momentQuality: "ElMomentQuality"
        case .dayEnergy: "ElDayEnergy"
        case .monthEnergy: "ElMonthEnergy"
        case .dayConsumption: "ElDayConsEnergy"
        case .monthConsumption: "ElMonthConsEnergy"
        case .powerProfile: "ElArr1ConsPower"
        case .configuration: "ElConfig"
        case .clock: "GetTime"
        case .relay: "GetRelay"
        case .journal(let journal): journal.rawValue
        }
    }

    /// The measure of a name on the wire.
    package init?(rawValue: String) {
        guard let found = Measure.byName[rawValue] else { return nil }
        self = found
    }

    private static let byName = Dictionary(
        allCases.map { ($0.rawValue, $0) }, uniquingKeysWith: { first, _ in first })

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
        case .journal(let journal): journal.archiveNumber
        case .clock, .relay: nil
        }
    }

    /// The measure of a storage code.
    package init?(archiveNumber: Int) {
        guard let found = Measure.byNumber[archiveNumber] else { return nil }
        self = found
    }

    private static let byNumber = Dictionary(
        uniqueKeysWithValues: allCases.compactMap { measure in measure.archiveNumber.map { ($0, measure) } })

    /// The journal, of a measure that is one.
    package var journal: Journal? {
        if case .journal(let journal) = self { return journal }
        return nil
    }

    /// Names of the protocol-31 subset: `m*` asks the meter now, `a*` and `jrnl*` ask the archive (api 3.3,
    /// 3.4).
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
        default: Journal(protocol31: name).map { (.journal($0), false) }
        }
    }

    /// The tags this measure can carry, in the order answers list them.
    package var tags: [Tag] {
        switch self {
        case .momentEnergy, .dayEnergy, .monthEnergy, .dayConsumption, .monthConsumption: Tag.energy
        case .momentQuality: Tag.quality
        case .powerProfile: Tag.profile
        case .configuration: Tag.configuration
        case .relay: [.relayId, .relayState, .relayControl]
        case .journal: Tag.event + Tag.eventDetails
        case .clock: []
        }
    }
}
