// The control octet of a frame (IEC 62056-46, 6.4.3; ISO/IEC 13239): what kind of frame it is, its sequence
// numbers, and the poll bit of a client or final bit of a server.

/// One control octet, modulo-8 numbering.
package enum HDLCControl: Sendable, Hashable {
    /// I: carries a segment of an APDU. `sent` is N(S), `received` is N(R).
    case information(sent: UInt8, received: UInt8, final: Bool)
    /// RR: ready; acknowledges everything before N(R).
    case receiveReady(received: UInt8, final: Bool)
    /// RNR: not ready now.
    case receiveNotReady(received: UInt8, final: Bool)
    /// REJ: asks for everything from N(R) again.
    case reject(received: UInt8, final: Bool)
    /// SNRM: opens the link.
    case setNormalResponseMode(final: Bool)
    /// DISC: closes the link.
    case disconnect(final: Bool)
    /// UA: agrees to SNRM or DISC.
    case unnumberedAcknowledge(final: Bool)
    /// DM: there is no link.
    case disconnectedMode(final: Bool)
    /// FRMR: a frame broke the rules; the link must be opened anew.
    case frameReject(final: Bool)
    /// UI: an APDU outside any link (push).
    case unnumberedInformation(final: Bool)

    /// Reads a control octet; nil for kinds this profile does not have.
    package init?(_ octet: UInt8) {
        let final = octet & 0x10 != 0
        let received = octet >> 5
        if octet & 1 == 0 {
            self = .information(sent: octet >> 1 & 7, received: received, final: final)
            return
        }
        switch octet & 0x0F {
        case 0x01: self = .receiveReady(received: received, final: final)
        case 0x05: self = .receiveNotReady(received: received, final: final)
        case 0x09: self = .reject(received: received, final: final)
        default:
            switch octet & 0xEF {
            case 0x83: self = .setNormalResponseMode(final: final)
            case 0x43: self = .disconnect(final: final)
            case 0x63: self = .unnumberedAcknowledge(final: final)
            case 0x0F: self = .disconnectedMode(final: final)
            case 0x87: self = .frameReject(final: final)
            case 0x03: self = .unnumberedInformation(final: final)
            default: return nil
            }
        }
    }

    /// The octet on the wire.
    package var octet: UInt8 {
        func supervisory(_ kind: UInt8, _ received: UInt8, _ final: Bool) -> UInt8 {
            (received & 7) << 5 | bit(final) | kind
        }
        func bit(_ final: Bool) -> UInt8 { final ? 0x10 : 0 }
        return switch self {
        case .information(let sent, let received, let final):
            (received & 7) << 5 | bit(final) | (sent & 7) << 1
        case .receiveReady(let received, let final): supervisory(0x01, received, final)
        case .receiveNotReady(let received, let final): supervisory(0x05, received, final)
        case .reject(let received, let final): supervisory(0x09, received, final)
        case .setNormalResponseMode(let final): 0x83 | bit(final)
        case .disconnect(let final): 0x43 | bit(final)
        case .unnumberedAcknowledge(let final): 0x63 | bit(final)
        case .disconnectedMode(let final): 0x0F | bit(final)
        case .frameReject(let final): 0x87 | bit(final)
        case .unnumberedInformation(let final): 0x03 | bit(final)
        }
    }

    /// The kind as the standard abbreviates it: `I`, `RR`, `SNRM`…
    package var name: String {
        switch self {
        case .information: "I"
        case .receiveReady: "RR"
        case .receiveNotReady: "RNR"
        case .reject: "REJ"
        case .setNormalResponseMode: "SNRM"
        case .disconnect: "DISC"
        case .unnumberedAcknowledge: "UA"
        case .disconnectedMode: "DM"
        case .frameReject: "FRMR"
        case .unnumberedInformation: "UI"
        }
    }

    /// Whether the poll or final bit is set.
    package var isFinal: Bool { octet & 0x10 != 0 }

    /// N(S) of an I frame.
    package var sentNumber: UInt8? {
        if case .information(let sent, _, _) = self { sent } else { nil }
    }

    /// N(R) of an I or supervisory frame.
    package var receivedNumber: UInt8? {
        switch self {
        case .information(_, let received, _), .receiveReady(let received, _),
            .receiveNotReady(let received, _), .reject(let received, _):
            received
        default: nil
        }
    }
}
