// A channel that notes what is said over it: one line for each frame of the gateway, so that tests can say
// how many exchanges a piece of work may take.

import DLMS
import SPODES
import Seams
import Street
import Synchronization
import Timekeeping

/// A channel of a simulated line with its requests in plain words.
final class RecordingChannel: Channel {
    private let channel: any Channel
    private let noted = Mutex<[String]>([])
    let lastRequestBy: MonotonicInstant?
    /// The clock by which octets are handed over every few milliseconds, as ports do; nil for whole bursts.
    private let pieces: (any MonotonicClock)?

    /// Until when somebody else may have a link with the meters.
    private let engagedUntil: MonotonicInstant?

    init(
        _ channel: any Channel, lastRequestBy: MonotonicInstant? = nil, engagedUntil: MonotonicInstant? = nil,
        inPiecesBy clock: (any MonotonicClock)? = nil
    ) {
        self.channel = channel
        pieces = clock
        self.engagedUntil = engagedUntil
        self.lastRequestBy = lastRequestBy ?? channel.lastRequestBy
    }

    /// What the gateway has sent, a line for each exchange: a frame that awaits an answer.
    var exchanges: [String] { noted.withLock { $0 } }

    func write(_ octets: [UInt8]) async throws(ChannelError) {
        var decoder = HDLCFrameDecoder()
        decoder.append(octets)
        if let item = decoder.next(), let frame = try? item.content.get() {
            noted.withLock { $0.append(Self.words(of: frame)) }
        } else {
            var units = WrapperDecoder()
            units.append(octets)
            if let unit = units.next(), let apdu = try? unit.content.get().apdu {
                noted.withLock { $0.append(Self.words(ofAPDU: apdu)) }
            }
        }
        try await channel.write(octets)
    }

    func read(until deadline: MonotonicInstant) async throws(ChannelError) -> [UInt8] {
        guard let pieces else { return try await channel.read(until: deadline) }
        while true {
            let moment = min(deadline, pieces.now + .milliseconds(20))
            let octets = try await channel.read(until: moment)
            if !octets.isEmpty || moment == deadline { return octets }
        }
    }
    func discardInput() async { await channel.discardInput() }
    func close() async { await channel.close() }
    func engagement(of station: StationAddress) async -> MonotonicInstant? {
        station.logical == 1 ? engagedUntil : nil
    }
    var isWantedBack: Bool { get async { await channel.isWantedBack } }

    private static func words(of frame: HDLCFrame) -> String {
        switch frame.control {
        case .setNormalResponseMode: "SNRM"
        case .disconnect: "DISC"
        case .receiveReady: "RR"
        case .reject: "REJ"
        default:
            LogicalLinkControl.apdu(in: frame.information).map { words(ofAPDU: Array($0)) } ?? "segment"
        }
    }

    private static func words(ofAPDU octets: [UInt8]) -> String {
        switch try? APDU(octets: octets) {
        case .aarq: "AARQ"
        case .release: "RLRQ"
        case .getRequest(.normal(_, let request)): "GET \(words(of: request))"
        case .getRequest(.next(_, let number)): "GET block after \(number)"
        case .getRequest(.withList(_, let requests)):
            "GET list " + requests.map(words(of:)).joined(separator: ", ")
        case .setRequest: "SET"
        case .actionRequest(.normal(_, let method, _)):
            "ACTION \(OBISCodeText(method.object.logicalName)) \(method.method)"
        default: "other"
        }
    }

    private static func words(of request: AttributeRequest) -> String {
        let name = OBISCodeText(request.attribute.object.logicalName)
        return "\(name)/\(request.attribute.attribute)" + (request.selection == nil ? "" : " rows")
    }

    private static func OBISCodeText(_ name: LogicalName) -> String {
        name.octets.prefix(5).map(String.init).joined(separator: ".")
    }
}
