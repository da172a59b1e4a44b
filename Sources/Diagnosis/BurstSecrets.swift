// Where passwords, challenges and keys stand in a burst of octets (D12), found again in what is received and
// in what others send: a driver declares its own secrets, an echo and a transit client do not.

import DLMS

/// Finds secrets in octets of a line.
package enum BurstSecrets {
    /// Places of secrets in a burst of any number of frames.
    package static func ranges(in octets: [UInt8]) -> [Range<Int>] {
        var found: [Range<Int>] = []
        var mayAuthenticate = false
        if octets.starts(with: [0, 1]) { found += secret(ofServiceAt: 8, in: octets) }
        // Every octet that passes on a line is looked at here, often for the first and last time.
        for index in octets.indices {
            switch octets[index] {
            case 0xAA, 0xAC: mayAuthenticate = true
            case 0xE6 where octets[index...].starts(with: LogicalLinkControl.request):
                found += secret(ofServiceAt: index + 3, in: octets)
            default: continue
            }
        }
        return mayAuthenticate ? AnalysedUnit.likelySecrets(in: octets) + found : found
    }

    /// Services on the association object: a reply to a challenge, a new secret. Up to the end of the burst:
    /// where the value ends is not worth a mistake.
    private static func secret(ofServiceAt apdu: Int, in octets: [UInt8]) -> [Range<Int>] {
        guard octets.count > apdu + 13, octets[apdu] == 0xC1 || octets[apdu] == 0xC3,
            octets[apdu + 3] == 0, octets[apdu + 4] == 15
        else { return [] }
        return [apdu + 13..<octets.count]
    }

    /// Whether a burst ends inside a frame, so that what follows belongs to it.
    package static func isUnfinished(_ octets: [UInt8]) -> Bool {
        if octets.first == HDLCFrame.flag { return octets.count < 3 || octets.last != HDLCFrame.flag }
        guard octets.starts(with: [0, 1]), octets.count >= 8 else { return false }
        return octets.count < 8 + Int(octets[6]) << 8 + Int(octets[7])
    }
}
