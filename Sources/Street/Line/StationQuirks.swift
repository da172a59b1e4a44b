// What a model of meter does on its line against the standard: deaf after a broken session, blocked after
// wrong passwords, invoke identifiers of its own. `MeterStation` asks here before it listens and after it
// answered.

import DLMS
import SPODES
import Timekeeping

/// The state of one station's quirks.
struct StationQuirks: Sendable {
    private let isDeafAfterBrokenSession: Bool
    private let blocks: Bool
    private let dropsServiceClass: Bool
    private var isDeaf = false
    private var disconnectedAt: MonotonicInstant?
    private var wrongPasswords = 0
    private var blockedUntil: MonotonicInstant?

    init(_ personality: Personality) {
        isDeafAfterBrokenSession = personality.has(.deafAfterBrokenSession)
        blocks = personality.has(.blocksWrongPasswords)
        dropsServiceClass = personality.has(.dropsServiceClass)
    }

    /// Silence between the two DISC that wake a deaf meter.
    private static let wakingSilence = Duration.seconds(5)
    /// How long nobody is answered after too many wrong passwords, and how many these are.
    private static let block = (after: 5, lasting: Duration.seconds(86_400))

    /// Whether the meter talks to nobody just now.
    func isBlocked(at instant: MonotonicInstant) -> Bool { blockedUntil.map { instant < $0 } ?? false }

    /// Whether the meter pays no heed to a frame that is for it.
    mutating func ignores(_ frame: HDLCFrame, isConnected: Bool, at instant: MonotonicInstant) -> Bool {
        guard isDeafAfterBrokenSession, isConnected else {
            isDeaf = false
            return false
        }
        switch frame.control {
        case .setNormalResponseMode:
            isDeaf = true
            disconnectedAt = nil
        case .disconnect where isDeaf:
            if let first = disconnectedAt, instant - first >= Self.wakingSilence {
                isDeaf = false
            } else {
                disconnectedAt = instant
            }
        default: disconnectedAt = nil
        }
        return isDeaf
    }

    /// An answer as this model gives it, and the code it notes in its journal of access.
    mutating func given(
        _ answer: [UInt8], at instant: MonotonicInstant
    ) -> (answer: [UInt8], journalCode: UInt8?) {
        var answer = answer
        switch answer.first {
        // GET, SET and ACTION responses have the invoke identifier third.
        case 0xC4?, 0xC5?, 0xC7?:
            if dropsServiceClass, answer.count > 2 { answer[2] &= ~0x40 }
            return (answer, nil)
        case 0x61?: return (answer, proved(answer, at: instant))
        default: return (answer, nil)
        }
    }

    /// Counts wrong passwords in a row.
    private mutating func proved(_ answer: [UInt8], at instant: MonotonicInstant) -> UInt8? {
        guard case .aare(let response)? = try? APDU(octets: answer) else { return nil }
        guard response.diagnostic == .authenticationFailure else {
            wrongPasswords = 0
            return nil
        }
        wrongPasswords += 1
        guard blocks, wrongPasswords == Self.block.after else { return 1 }
        wrongPasswords = 0
        blockedUntil = instant + Self.block.lasting
        return 3
    }
}
