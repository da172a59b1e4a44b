// The numbers of a live HDLC link under a replayed meter: what the recording counted has nothing to do with
// what this client counts.

import DLMS

/// Counters of one link.
struct LiveLink: Sendable {
    private var sent: UInt8 = 0
    private var expected: UInt8 = 0
    private var last: LooseFrame?
    private var answers: [StationAnswer] = []

    /// The answers to a frame that came before; nil for a new one.
    func repeated(_ frame: LooseFrame) -> [StationAnswer]? {
        guard case .information = frame.control, frame == last else { return nil }
        return answers
    }

    /// A frame was taken.
    mutating func received(_ frame: LooseFrame) {
        last = frame
        switch frame.control {
        case .setNormalResponseMode, .disconnect: (sent, expected) = (0, 0)
        case .information(let number, _, _): expected = (number + 1) & 7
        default: break
        }
    }

    /// What was answered to the last frame.
    mutating func answered(_ answers: [StationAnswer]) { self.answers = answers }

    /// A recorded frame as an answer to a live one.
    mutating func answer(_ recorded: LooseFrame, to frame: LooseFrame, invoke: UInt8?) -> [UInt8] {
        var control = recorded.control
        switch recorded.control {
        case .information(_, _, let final):
            control = .information(sent: sent, received: expected, final: final)
            sent = (sent + 1) & 7
        case .receiveReady(_, let final): control = .receiveReady(received: expected, final: final)
        case .receiveNotReady(_, let final): control = .receiveNotReady(received: expected, final: final)
        default: break
        }
        let information = LiveLink.with(recorded.information, invoke: invoke)
        return HDLCFrame(
            to: frame.source, from: frame.destination, control,
            information: information.prefix(HDLCFrame.maximumInformation), isSegmented: recorded.isSegmented
        ).encoded
    }

    /// An answer's APDU with the live request's invoke identifier; other APDUs as they are.
    static func with(_ information: [UInt8], invoke: UInt8?) -> [UInt8] {
        let start = information.starts(with: LogicalLinkControl.response) ? 3 : 0
        guard let invoke, information.count > start + 2, [0xC4, 0xC5, 0xC7].contains(information[start])
        else { return information }
        var changed = information
        changed[start + 2] = information[start + 2] & 0xF0 | invoke & 0x0F
        return changed
    }
}
