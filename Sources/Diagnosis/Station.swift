// Who was asked: the address in a request, as far as its protocol shows one. Frames of other protocols have
// no station and are judged by their silence and their echo alone.

import DLMS
import Octets

/// The far end of one request.
package enum Station: Sendable, Hashable {
    /// The logical and the physical device of an HDLC address.
    case hdlc(logical: Int, physical: Int)
    /// The logical device behind the wrapper.
    case wrapper(port: Int)

    /// `1/17`, or `port 1`.
    package var text: String {
        switch self {
        case .hdlc(let logical, let physical): "\(logical)/\(physical)"
        case .wrapper(let port): "port \(port)"
        }
    }

    /// The physical device, which the meter table calls the address; nil behind the wrapper.
    package var physical: Int? {
        if case .hdlc(_, let physical) = self { physical } else { nil }
    }

    /// The station behind a server's address.
    init(_ address: HDLCAddress) {
        self = .hdlc(logical: Int(address.upper), physical: Int(address.lower))
    }
}

/// What kind of request went out, as far as a verdict depends on it.
enum RequestKind: Sendable, Hashable {
    /// SNRM: the link is opened.
    case connect
    /// DISC: the link is closed.
    case disconnect
    /// AARQ: who we are.
    case associate
    /// Everything else.
    case other
}

/// A request as its octets show it.
struct RequestHead: Sendable {
    var station: Station?
    var client: HDLCAddress?
    var kind = RequestKind.other
    /// Whether the protocol is one that answers can be checked in.
    var isDLMS = false
    /// Whether it stands behind the wrapper of TCP.
    var isWrapped = false

    /// Looks at the first frame of what was sent.
    init(_ octets: [UInt8]) {
        if octets.first == HDLCFrame.flag {
            isDLMS = true
            guard let frame = HDLCFrame(whole: octets) ?? Self.firstFrame(of: octets) else { return }
            station = Station(frame.destination)
            client = frame.source
            switch frame.control {
            case .setNormalResponseMode: kind = .connect
            case .disconnect: kind = .disconnect
            default: break
            }
            if LogicalLinkControl.apdu(in: frame.information)?.first == AARQ.tag { kind = .associate }
        } else if octets.starts(with: [0, 1]), octets.count > WrapperUnit.headerLength {
            (isDLMS, isWrapped) = (true, true)
            station = .wrapper(port: Int(octets[4]) << 8 | Int(octets[5]))
            if octets[WrapperUnit.headerLength] == AARQ.tag { kind = .associate }
        }
    }

    /// The frame that a burst of several begins with.
    private static func firstFrame(of octets: [UInt8]) -> HDLCFrame? {
        var decoder = HDLCFrameDecoder()
        decoder.append(octets)
        return try? decoder.nextAtSilence()?.content.get()
    }
}
