// Names of single values inside a measure, exactly as the wire spells them (api 3.3, set names E, Q, P, C).

/// One value's name. Raw values are wire text; declaration order is the archive's column order within a
/// family.
package enum Tag: String, Sendable, Hashable, CaseIterable, Codable {
    // Energy registers: 0 is the sum of tariffs; A in Wh, R in varh
    case aPlus0 = "A+0"
    case aPlus1 = "A+1"
    case aPlus2 = "A+2"
    case aPlus3 = "A+3"
    case aPlus4 = "A+4"
    case aMinus0 = "A-0"
    case aMinus1 = "A-1"
    case aMinus2 = "A-2"
    case aMinus3 = "A-3"
    case aMinus4 = "A-4"
    case rPlus0 = "R+0"
    case rPlus1 = "R+1"
    case rPlus2 = "R+2"
    case rPlus3 = "R+3"
    case rPlus4 = "R+4"
    case rMinus0 = "R-0"
    case rMinus1 = "R-1"
    case rMinus2 = "R-2"
    case rMinus3 = "R-3"
    case rMinus4 = "R-4"
    // Power quality
    case uA = "UA"
    case uB = "UB"
    case uC = "UC"
    case uAB = "UAB"
    case uBC = "UBC"
    case uCA = "UCA"
    case iA = "IA"
    case iB = "IB"
    case iC = "IC"
    case iN = "IN"
    case iDiff = "IDiff"
    case pS = "PS"
    case pA = "PA"
    case pB = "PB"
    case pC = "PC"
    case qS = "QS"
    case qA = "QA"
    case qB = "QB"
    case qC = "QC"
    case sS = "SS"
    case sA = "SA"
    case sB = "SB"
    case sC = "SC"
    case angAB = "AngAB"
    case angBC = "AngBC"
    case angAC = "AngAC"
    case angUIA = "AngUIA"
    case angUIB = "AngUIB"
    case angUIC = "AngUIC"
    case kPS = "kPS"
    case kPA = "kPA"
    case kPB = "kPB"
    case kPC = "kPC"
    case kQS = "kQS"
    case kQA = "kQA"
    case kQB = "kQB"
    case kQC = "kQC"
    case freq = "Freq"
    // Profile of mean powers
    case pPlus = "P+"
    case pMinus = "P-"
    case qPlus = "Q+"
    case qMinus = "Q-"
    case isPart = "isPart"
    case isOvfl = "isOvfl"
    case isSummer = "isSummer"
    case cTime = "cTime"
    // Configuration of the meter
    case kU = "kU"
    case kI = "kI"
    case constant = "const"
    case cArrays = "cArrays"
    case isDst = "isDst"
    case isClock = "isClock"
    case isTrf = "isTrf"
    case isAm = "isAm"
    case isRm = "isRm"
    case isRp = "isRp"
    case serial = "serial"
    case model = "model"
    // Relay
    case relayId = "relayId"
    case relayState = "relayState"
    /// Ours: 0 off, 1 on, 2 off until a person presses the button.
    case relayControl = "relayControl"
    // Event of a journal
    case eventState = "event"
    case eventNumber = "eventId"
    /// Ours: the meter's own code of the event.
    case eventCode = "code"
    /// Ours: seconds by which a correction moved the clock.
    case eventShift = "shift"

    /// Set E: twenty energy registers.
    package static let energy: [Tag] = [
        .aPlus0, .aPlus1, .aPlus2, .aPlus3, .aPlus4, .aMinus0, .aMinus1, .aMinus2, .aMinus3, .aMinus4,
        .rPlus0, .rPlus1, .rPlus2, .rPlus3, .rPlus4, .rMinus0, .rMinus1, .rMinus2, .rMinus3, .rMinus4,
    ]

    /// Set Q: power quality with the additions of manual 1.2.
    package static let quality: [Tag] = [
        .uA, .uB, .uC, .uAB, .uBC, .uCA, .iA, .iB, .iC, .iN, .iDiff, .pS, .pA, .pB, .pC, .qS, .qA, .qB,
        .qC, .sS, .sA, .sB, .sC, .angAB, .angBC, .angAC, .angUIA, .angUIB, .angUIC, .kPS, .kPA, .kPB,
        .kPC, .kQS, .kQA, .kQB, .kQC, .freq,
    ]

    /// Set P: mean powers of an interval and its flags.
    package static let profile: [Tag] = [
        .pPlus, .pMinus, .qPlus, .qMinus, .isPart, .isOvfl, .isSummer, .cTime,
    ]

    /// Set C: what the meter is.
    package static let configuration: [Tag] = [
        .kU, .kI, .constant, .cTime, .cArrays, .isDst, .isClock, .isTrf, .isAm, .isRm, .isRp, .serial,
        .model,
    ]

    /// An event of a journal as the vendor's clients know it: beginning or end, and its running number.
    package static let event: [Tag] = [.eventState, .eventNumber]

    /// What else is told of an event when it is asked for by name.
    package static let eventDetails: [Tag] = [.eventCode, .eventShift]

    /// The unit values of this tag have on the wire.
    package var unit: Unit {
        switch self {
        case .aPlus0, .aPlus1, .aPlus2, .aPlus3, .aPlus4, .aMinus0, .aMinus1, .aMinus2, .aMinus3,
            .aMinus4:
            .wattHour
        case .rPlus0, .rPlus1, .rPlus2, .rPlus3, .rPlus4, .rMinus0, .rMinus1, .rMinus2, .rMinus3,
            .rMinus4:
            .varHour
        case .uA, .uB, .uC, .uAB, .uBC, .uCA: .volt
        case .iA, .iB, .iC, .iN, .iDiff: .ampere
        case .pS, .pA, .pB, .pC, .pPlus, .pMinus: .watt
        case .qS, .qA, .qB, .qC, .qPlus, .qMinus: .var
        case .sS, .sA, .sB, .sC: .voltAmpere
        case .angAB, .angBC, .angAC, .angUIA, .angUIB, .angUIC: .degree
        case .freq: .hertz
        case .cTime: .minute
        default: .none
        }
    }

    /// Its place in the declaration.
    package var place: UInt8 { unsafeBitCast(self, to: UInt8.self) }

    /// Equal by place: the wire's text, which Swift would compare and hash, tells no more.
    package static func == (left: Self, right: Self) -> Bool { left.place == right.place }

    /// Hashes the place.
    package func hash(into hasher: inout Hasher) { hasher.combine(place) }

    /// Whether values of this tag are true or false rather than numbers.
    package var isFlag: Bool {
        switch self {
        case .isPart, .isOvfl, .isSummer, .isDst, .isClock, .isTrf, .isAm, .isRm, .isRp, .cArrays: true
        default: false
        }
    }

    /// Whether values of this tag are text.
    package var isText: Bool { self == .serial || self == .model }
}
