// Which event of a SPODES journal (GOST R 58940-2020, tables D.1–D.9, E.1–E.3, and the codes the grid
// company's standard added) belongs to which of the device's journals, and whether it is a beginning or an
// end. Used by the client driver; journals without a counterpart are not in the table and stay unsupported.

package import Metering

/// The gateway's journals over a meter's own, 0.0.99.98.n.
package enum JournalTable {
    /// The object of a meter's journal.
    package static func object(_ number: UInt8) -> OBISCode { OBISCode(0, 0, 99, 98, number) }

    /// Numbers of the meter's journals to read for one of the gateway's, in the order to try; empty for
    /// journals SPODES has no counterpart of. Only the first that the meter keeps is used, for one event may
    /// stand in both.
    package static func sources(of journal: Journal) -> [UInt8] {
        switch journal {
        case .power, .relay, .powerLimit: [2]
        // Journal 13 has the old and the new time; older meters note the correction in journal 3 only.
        case .timeCorrection: [13, 3]
        case .reset, .firstProfile, .secondProfile, .tariffCorrection, .programming: [3]
        case .coverOpened: [4]
        case .unauthorisedAccess: [6]
        case .phaseA, .phaseB, .phaseC, .voltageMaximumA, .voltageMaximumB, .voltageMaximumC,
            .voltageMinimumA, .voltageMinimumB, .voltageMinimumC:
            [0]
        case .currentMaximumA, .currentMaximumB, .currentMaximumC, .reverse: [1]
        case .frequencyMaximum, .frequencyMinimum: [9]
        case .energyLimit1, .energyLimit2, .energyLimit3, .energyLimit4, .differenceMaximumAB,
            .differenceMinimumAB, .differenceMaximumBC, .differenceMinimumBC, .differenceMaximumCA,
            .differenceMinimumCA, .powerLimitPP, .powerLimitPM, .powerLimitQP, .powerLimitQM:
            []
        }
    }

    /// The `event` that a code of journal `number` is in one of the gateway's journals; nil when it does not
    /// belong there. `phases` decides about codes that name no phase.
    package static func event(_ journal: Journal, number: UInt8, code: Int, phases: Int) -> Int? {
        switch (journal, number) {
        case (_, 0): voltage(journal, code, isSingle: phases == 1)
        case (_, 1): current(journal, code, isSingle: phases == 1)
        case (_, 2): supply(journal, code)
        case (_, 3): programming(journal, code)
        case (.coverOpened, 4): (3...5).contains(code) ? 0 : nil
        case (.unauthorisedAccess, 6): (1...3).contains(code) ? 0 : nil
        // A word of what is out of bounds now; the end of a state is a word without its bit.
        case (.frequencyMinimum, 9): code & 0x4030 != 0 ? 1 : nil
        case (.frequencyMaximum, 9): code & 0x80C0 != 0 ? 1 : nil
        case (.timeCorrection, 13): 0
        default: nil
        }
    }

    /// Beginning (1) and end (0) of a pair of codes.
    private static func pair(_ code: Int, from first: Int) -> Int? {
        code == first ? 1 : code == first + 1 ? 0 : nil
    }

    private static func voltage(_ journal: Journal, _ code: Int, isSingle: Bool) -> Int? {
        switch journal {
        // Codes 1, 3, 5 are losses: the phase is off.
        case .phaseA: pair(code, from: 1).map { 1 - $0 }
        case .phaseB: pair(code, from: 3).map { 1 - $0 }
        case .phaseC: pair(code, from: 5).map { 1 - $0 }
        case .voltageMaximumA: pair(code, from: 13) ?? (isSingle ? pair(code, from: 7) : nil)
        case .voltageMaximumB: pair(code, from: 15)
        case .voltageMaximumC: pair(code, from: 17)
        case .voltageMinimumA: pair(code, from: 19) ?? (isSingle ? pair(code, from: 9) : nil)
        case .voltageMinimumB: pair(code, from: 21)
        case .voltageMinimumC: pair(code, from: 23)
        default: nil
        }
    }

    private static func current(_ journal: Journal, _ code: Int, isSingle: Bool) -> Int? {
        switch journal {
        case .currentMaximumA: pair(code, from: 25) ?? (isSingle ? pair(code, from: 17) : nil)
        case .currentMaximumB: pair(code, from: 27)
        case .currentMaximumC: pair(code, from: 29)
        case .reverse where (1...6).contains(code) || (33...36).contains(code): code % 2
        default: nil
        }
    }

    private static func supply(_ journal: Journal, _ code: Int) -> Int? {
        switch (journal, code) {
        case (.power, 1), (.power, 29): 0
        case (.power, 2): 1
        case (.powerLimit, 8): 1
        // Reconnections; all others switch off, or permit and do not switch.
        case (.relay, 4), (.relay, 7), (.relay, 12), (.relay, 20...24), (.relay, 26), (.relay, 27): 1
        case (.relay, 3...15), (.relay, 18...28): 0
        default: nil
        }
    }

    private static func programming(_ journal: Journal, _ code: Int) -> Int? {
        switch (journal, code) {
        case (.programming, _): 0
        case (.timeCorrection, 3), (.timeCorrection, 63), (.timeCorrection, 68): 0
        case (.reset, 35), (.reset, 36): 0
        case (.firstProfile, 31), (.firstProfile, 46): 0
        case (.secondProfile, 32), (.secondProfile, 47): 0
        case (.tariffCorrection, 5...9), (.tariffCorrection, 49): 0
        default: nil
        }
    }
}
