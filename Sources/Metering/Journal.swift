// The forty journals of events the device knows, by the names its own API uses on the wire (api 3.4). The
// archive number is the vendor's storage code. Drivers translate what a meter family records; the archive,
// the publisher and the API name journals by this list only.

/// A journal. Raw values are wire text of protocol 40, spelt as on the wire.
package enum Journal: String, Sendable, Hashable, CaseIterable, Codable {
    /// «Управление питанием».
    case power = "ElJrnlPwr"
    /// «Коррекция времени».
    case timeCorrection = "ElJrnlTimeCorr"
    /// «Сброс показаний».
    case reset = "ElJrnlReset"
    /// «Инициализация 1-го массива профилей».
    case firstProfile = "ElJrnlC1Init"
    /// «Инициализация 2-го массива профилей».
    case secondProfile = "ElJrnlC2Init"
    /// «Коррекция тарификатора».
    case tariffCorrection = "ElJrnlTrfCorr"
    /// «Открытие крышки».
    case coverOpened = "ElJrnlOpen"
    /// «Неавторизованный доступ».
    case unauthorisedAccess = "ElJrnlUnAyth"
    /// «Управление фазой A».
    case phaseA = "ElJrnlPwrA"
    /// «Управление фазой B».
    case phaseB = "ElJrnlPwrB"
    /// «Управление фазой C».
    case phaseC = "ElJrnlPwrC"
    /// «Программирование».
    case programming = "ElJrnlProg"
    /// «Управление реле».
    case relay = "ElJrnlRelay"
    /// Energy limit of tariff 1.
    case energyLimit1 = "ElJrnlLimETrf1"
    /// Energy limit of tariff 2.
    case energyLimit2 = "ElJrnlLimETrf2"
    /// Energy limit of tariff 3.
    case energyLimit3 = "ElJrnlLimETrf3"
    /// Energy limit of tariff 4.
    case energyLimit4 = "ElJrnlLimETrf4"
    /// Maximum voltage, phase A.
    case voltageMaximumA = "ElJrnlLimUAMax"
    /// Minimum voltage, phase A.
    case voltageMinimumA = "ElJrnlLimUAMin"
    /// Maximum voltage, phase B.
    case voltageMaximumB = "ElJrnlLimUBMax"
    /// Minimum voltage, phase B.
    case voltageMinimumB = "ElJrnlLimUBMin"
    /// Maximum voltage, phase C.
    case voltageMaximumC = "ElJrnlLimUCMax"
    /// Minimum voltage, phase C.
    case voltageMinimumC = "ElJrnlLimUCMin"
    /// Maximum difference of voltages A and B.
    case differenceMaximumAB = "ElJrnlLimUABMax"
    /// Minimum difference of voltages A and B.
    case differenceMinimumAB = "ElJrnlLimUABMin"
    /// Maximum difference of voltages B and C.
    case differenceMaximumBC = "ElJrnlLimUBCMax"
    /// Minimum difference of voltages B and C.
    case differenceMinimumBC = "ElJrnlLimUBCMin"
    /// Maximum difference of voltages C and A.
    case differenceMaximumCA = "ElJrnlLimUCAMax"
    /// Minimum difference of voltages C and A.
    case differenceMinimumCA = "ElJrnlLimUCAMin"
    /// Maximum current, phase A.
    case currentMaximumA = "ElJrnlLimIAMax"
    /// Maximum current, phase B.
    case currentMaximumB = "ElJrnlLimIBMax"
    /// Maximum current, phase C.
    case currentMaximumC = "ElJrnlLimICMax"
    /// Maximum frequency.
    case frequencyMaximum = "ElJrnlLimFreqMax"
    /// Minimum frequency.
    case frequencyMinimum = "ElJrnlLimFreqMin"
    /// Limit of power.
    case powerLimit = "ElJrnlLimPwr"
    /// Limit of direct active power.
    case powerLimitPP = "ElJrnlLimPwrPP"
    /// Limit the vendor captions direct reactive power.
    case powerLimitPM = "ElJrnlLimPwrPM"
    /// Limit the vendor captions reverse active power.
    case powerLimitQP = "ElJrnlLimPwrQP"
    /// Limit the vendor captions reverse reactive power.
    case powerLimitQM = "ElJrnlLimPwrQM"
    /// «Реверс».
    case reverse = "ElJrnlReverce"

    /// Its place in the declaration.
    package var place: UInt8 { unsafeBitCast(self, to: UInt8.self) }

    /// Equal by place: the wire's text, which Swift would compare and hash, tells no more.
    package static func == (left: Self, right: Self) -> Bool { left.place == right.place }

    /// Hashes the place.
    package func hash(into hasher: inout Hasher) { hasher.combine(place) }

    /// The vendor's storage code, 9…50 with gaps: the archive's `kind`.
    package var archiveNumber: Int {
        let place = Int(place)
        // 22 and 23 are the limits of all tariffs together, which the manual does not list; 43 is the
        // maximum of frequency.
        switch place {
        case 0...12: return 9 + place
        case 13...16: return 24 + place - 13
        default: return 28 + place - 17
        }
    }

    /// The journal of a storage code.
    package init?(archiveNumber: Int) {
        guard let found = Journal.allCases.first(where: { $0.archiveNumber == archiveNumber }) else {
            return nil
        }
        self = found
    }

    /// What must reach the publisher within a minute of the visit that saw it (R28): covers, somebody at the
    /// meter, loss of the mains.
    package static let urgent: Set<Journal> = [.coverOpened, .unauthorisedAccess, .power]

    /// Name in protocol 31: `jrnlPwr`; the reverse journal is `jrnlRvr` there.
    package var protocol31Name: String { self == .reverse ? "jrnlRvr" : "j" + rawValue.dropFirst(3) }

    /// The journal of a protocol-31 name.
    package init?(protocol31 name: String) {
        guard let found = Journal.allCases.first(where: { $0.protocol31Name == name }) else { return nil }
        self = found
    }
}

/// One event of a journal. Two events are the same when all but `before` are equal (R21).
package struct JournalEvent: Sendable, Hashable {
    /// Which journal.
    package var journal: Journal
    /// When, on the meter's clock.
    package var stamp: MeterStamp
    /// The wire's `event`: 1 switched on, or a limit left; 0 switched off, or back within; 0 where a journal
    /// tells one kind of event only.
    package var event: Int
    /// The code as the meter gave it; 0 where its journal has no code.
    package var code: Int
    /// Seconds the meter had been working, when told.
    package var operatingTime: Int64?
    /// The meter's channel word, when told.
    package var channel: Int?
    /// The client that did it, when told.
    package var client: Int?
    /// 0 for the first of events that are otherwise equal, 1 for the second, in the meter's order.
    package var ordinal: Int
    /// What the clock showed before, for corrections of the time, when told.
    package var before: MeterStamp?

    /// An event.
    package init(
        _ journal: Journal, at stamp: MeterStamp, event: Int, code: Int, operatingTime: Int64? = nil,
        channel: Int? = nil, client: Int? = nil, ordinal: Int = 0, before: MeterStamp? = nil
    ) {
        self.journal = journal
        self.stamp = stamp
        self.event = event
        self.code = code
        self.operatingTime = operatingTime
        self.channel = channel
        self.client = client
        self.ordinal = ordinal
        self.before = before
    }
}

extension [JournalEvent] {
    /// The events with ordinals counted among equals in their present order (R21).
    package func numbered() -> [JournalEvent] {
        var seen: [JournalEvent: Int] = [:]
        return map { event in
            var key = event
            key.ordinal = 0
            key.before = nil
            var numbered = event
            numbered.ordinal = seen[key, default: 0]
            seen[key, default: 0] += 1
            return numbered
        }
    }
}

/// What a meter answered about its journals.
package struct JournalAnswer: Sendable, Hashable {
    /// Events, ascending by stamp within a journal.
    package var events: [JournalEvent]
    /// Journals asked for that this meter does not keep; nothing is made up for them.
    package var unsupported: Set<Journal>

    /// An answer.
    package init(events: [JournalEvent], unsupported: Set<Journal>) {
        self.events = events
        self.unsupported = unsupported
    }
}
