// Where secrets stand in an APDU (decision D12): traces, rings and the analyser overwrite these octets before
// anybody sees them. Works on octets, not on values, so that a trace stays as long as it was.

import Octets

extension APDU {
    /// Offsets in `octets`, one whole APDU, that hold a password, a challenge, its reply or a key. Empty when
    /// there is none or when the octets cannot be read that far.
    package static func secretRanges(in octets: [UInt8]) -> [Range<Int>] {
        switch octets.first {
        case AARQ.tag, AARE.tag: return (try? authenticationValues(in: octets)) ?? []
        case SetRequest.tag:
            // Class and name stand at 3…10, the attribute at 11 and the value from 13 when nothing is
            // selected.
            guard isAssociation(octets), octets.count > 13, octets[1] <= 2, octets[11] == 7 else { return [] }
            return [13..<octets.count]
        case ActionRequest.tag:
            // Methods 1 (reply to the challenge) and 2 (new secret); parameters from 13.
            guard isAssociation(octets), octets.count > 13, (1...2).contains(octets[11]) else { return [] }
            return [13..<octets.count]
        default: return []
        }
    }

    private static func isAssociation(_ octets: [UInt8]) -> Bool {
        octets.count > 12 && octets[3] == 0 && octets[4] == UInt8(AssociationObject.classID)
    }

    private static func authenticationValues(in octets: [UInt8]) throws(DecodingError) -> [Range<Int>] {
        var reader = OctetReader(octets)
        let whole = try BERField(from: &reader)
        var fields = OctetReader(whole.content)
        let tag: UInt8 = whole.tag == AARQ.tag ? 0xAC : 0xAA
        var ranges: [Range<Int>] = []
        while !fields.isAtEnd {
            let field = try BERField(from: &fields)
            guard field.tag == tag, field.content.count > 2 else { continue }
            ranges.append(field.content.startIndex + 2..<field.content.endIndex)
        }
        return ranges
    }
}
