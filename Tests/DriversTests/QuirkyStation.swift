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

    mutating func received(_ octets: [UInt8], at instant: MonotonicInstant, wall: WallTime) -> [StationAnswer]
    {
        var decoder = HDLCFrameDecoder()
        decoder.append(octets)
        guard let item = decoder.next(), let frame = try? item.content.get() else { return [] }
        memory.frames += 1
        switch quirk(frame, instant, &memory) {
        case .pass: return meter.received(octets, at: instant, wall: wall)
        case .swallow: return []
        case .answer(let control):
            let answer = HDLCFrame(to: frame.source, from: frame.destination, control)
            return [StationAnswer(answer.encoded, requestClass: .get)]
        }
    }
}

extension HDLCFrame {
    var opens: Bool { if case .setNormalResponseMode = control { true } else { false } }
    var closes: Bool { if case .disconnect = control { true } else { false } }
    var asks: Bool { if case .information = control { true } else { false } }
}
