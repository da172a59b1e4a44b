// A simulated meter with a quirk in front of it: frames of the client go through `quirk`, which may swallow
// them or answer instead of the meter.

import DLMS
import Seams
import Street
import Timekeeping

/// A whole meter behind a quirk.
struct QuirkyStation: LineStation {
    /// What the quirk does with a frame.
    enum Verdict: Sendable {
        /// The meter sees it.
        case pass
        /// Nobody answers.
        case swallow
        /// This is answered instead.
        case answer(HDLCControl)
        /// The meter is asked this APDU in place of the one it was sent.
        case ask([UInt8])
        /// The meter answers, and its frames come as these, one right behind another.
        case rewrite(@Sendable (HDLCFrame) -> [[UInt8]])
    }

    /// State of the quirk between frames.
    struct Memory: Sendable {
        var frames = 0
        var disconnections: [MonotonicInstant] = []
        var hasHappened = false
    }

    private var meter: MeterStation
    private var memory = Memory()
    private let quirk: @Sendable (HDLCFrame, MonotonicInstant, inout Memory) -> Verdict

    init(
        _ meter: MeterStation,
        quirk: @escaping @Sendable (HDLCFrame, MonotonicInstant, inout Memory) -> Verdict
    ) {
        self.meter = meter
        self.quirk = quirk
    }

    func truth(wall: WallTime) -> MeterTruth? { meter.truth(wall: wall) }

    mutating func received(_ octets: [UInt8], at instant: MonotonicInstant, wall: WallTime) -> [StationAnswer]
    {
        var decoder = HDLCFrameDecoder()
        decoder.append(octets)
        guard let item = decoder.next(), let frame = try? item.content.get() else { return [] }
        memory.frames += 1
        switch quirk(frame, instant, &memory) {
        case .rewrite(let change):
            return meter.received(octets, at: instant, wall: wall).flatMap { answer in
                guard let frame = try? HDLCFrame(between: answer.octets.dropFirst().dropLast()) else {
                    return [answer]
                }
                let octets = Array(change(frame).joined())
                return octets.isEmpty ? [] : [StationAnswer(octets, requestClass: answer.requestClass)]
            }
        case .pass: return meter.received(octets, at: instant, wall: wall)
        case .swallow: return []
        case .ask(let apdu):
            let other = HDLCFrame(
                to: frame.destination, from: frame.source, frame.control,
                information: (LogicalLinkControl.request + apdu)[...])
            return meter.received(other.encoded, at: instant, wall: wall)
        case .answer(let control):
            let answer = HDLCFrame(to: frame.source, from: frame.destination, control)
            return [StationAnswer(answer.encoded, requestClass: .get)]
        }
    }
}

extension HDLCFrame {
    /// Its octets with another APDU, when it is whole.
    func answering(_ change: ([UInt8]) -> [UInt8]) -> [[UInt8]] {
        guard !isSegmented, let apdu = LogicalLinkControl.apdu(in: information) else { return [encoded] }
        var other = self
        other.information = (LogicalLinkControl.response + change(Array(apdu)))[...]
        return [other.encoded]
    }
    var opens: Bool { if case .setNormalResponseMode = control { true } else { false } }
    var closes: Bool { if case .disconnect = control { true } else { false } }
    var asks: Bool { if case .information = control { true } else { false } }
    /// How many attributes a GET with a list names; 0 for any other frame.
    var listCount: Int {
        guard let apdu = LogicalLinkControl.apdu(in: information),
            case .getRequest(.withList(_, let requests))? = try? APDU(octets: Array(apdu))
        else { return 0 }
        return requests.count
    }
    /// The invoke identifier of its GET.
    var invoke: InvokeID? {
        guard let apdu = LogicalLinkControl.apdu(in: information),
            case .getRequest(let request)? = try? APDU(octets: Array(apdu))
        else { return nil }
        return request.invoke
    }
    /// Its GET of one attribute.
    var getRequest: AttributeRequest? {
        guard let apdu = LogicalLinkControl.apdu(in: information),
            case .getRequest(.normal(_, let request))? = try? APDU(octets: Array(apdu))
        else { return nil }
        return request
    }
    /// The invoke identifier of its ACTION.
    var actionInvoke: InvokeID? {
        guard let apdu = LogicalLinkControl.apdu(in: information),
            case .actionRequest(let request)? = try? APDU(octets: Array(apdu))
        else { return nil }
        return request.invoke
    }
}
