// The application layer's octets inside the golden dialogues: whole APDUs, those inside HDLC frames (segments
// joined) and behind the wrapper.

import Octets
import Testing

@testable import DLMS

/// One APDU of a golden dialogue.
struct GoldenAPDU: Sendable, CustomTestStringConvertible {
    var file: String
    var step: Int
    var direction: VectorFile.Direction
    var octets: [UInt8]

    var testDescription: String { "\(file) step \(step)" }

    /// Dialogues without a whole APDU: bare GMAC reply, first segment of several, a second frame of one
    /// author's capture, and SNRM, RR, DISC, UA, FRMR alone.
    static let all: [GoldenAPDU] = VectorFile.all().filter { !$0.isNegative && $0.name != "v104" }.flatMap(
        apdus)

    static func dialogue(_ name: String) -> [GoldenAPDU] { all.filter { $0.file == name } }

    private static func apdus(of file: VectorFile) -> [GoldenAPDU] {
        var found: [GoldenAPDU] = []
        var joined: [UInt8] = []
        for (index, step) in file.steps.enumerated() {
            var octets = step.octets
            if octets.first == HDLCFrame.flag {
                guard let frame = try? HDLCFrame(between: octets.dropFirst().dropLast()) else { continue }
                let information = LogicalLinkControl.apdu(in: frame.information) ?? frame.information
                guard frame.control.carriesInformation else { continue }
                joined += information
                guard !frame.isSegmented else { continue }
                octets = joined
                joined = []
            } else if octets.starts(with: [0x00, 0x01]) {
                octets = Array(octets.dropFirst(8))
            }
            guard !octets.isEmpty else { continue }
            found.append(GoldenAPDU(file: file.name, step: index, direction: step.direction, octets: octets))
        }
        return found
    }
}

extension HDLCControl {
    /// Whether the frame carries application octets.
    var carriesInformation: Bool {
        sentNumber != nil || octet & 0xEF == 0x03
    }
}

extension SeededNumbers {
    /// Octets of a random count.
    mutating func octets(_ counts: ClosedRange<Int>) -> [UInt8] {
        octets(Int.random(in: counts, using: &self))
    }
}
