// A meter that answers like a recorded one. A request is matched with the recorded requests from the place of
// the last match on, and once around; the answer comes after the recorded time.
//
// What must be equal: the meter's address, the kind of frame, and the octets of the APDU but for its invoke
// identifier. Sequence numbers of HDLC, the client's address and checks are made for the live link. Octets
// hidden in the recording match anything; a request hidden as a whole matches a request to associate or the
// reply to a challenge. Ciphered requests never repeat, their counters differ, and are told as such.

import DLMS
package import Diagnosis
import Octets
import SPODES
package import Timekeeping

/// The station of one recording.
package struct ReplayStation: LineStation {
    /// A recorded request with its answers.
    private struct Exchange {
        var request: RecordedOctets
        var frames: [LooseFrame]
        var answers: [(delay: Duration, octets: RecordedOctets)]
    }

    private let exchanges: [Exchange]
    private let complain: @Sendable (String) -> Void
    private var cursor = 0
    private var decoder = HDLCFrameDecoder()
    private var units = WrapperDecoder()
    private var link = LiveLink()

    /// Requests there is an answer to.
    package var answerable: Int { exchanges.count { !$0.answers.isEmpty } }

    /// A station of a recording; `characterTime` is that of the recorded line. `complain` hears of requests
    /// that nothing recorded is like.
    package init(
        _ recording: LineRecording, characterTime: Duration, complain: @escaping @Sendable (String) -> Void
    ) {
        self.complain = complain
        var exchanges: [Exchange] = []
        var end = Duration.zero
        for burst in recording.bursts {
            let octets = RecordedOctets(octets: burst.octets, hidden: burst.hidden)
            switch burst.direction {
            case .request:
                end = burst.at + characterTime * burst.octets.count
                exchanges.append(
                    Exchange(request: octets, frames: LooseFrame.frames(in: octets), answers: []))
            case .response where !exchanges.isEmpty:
                exchanges[exchanges.count - 1].answers.append((max(.zero, burst.at - end), octets))
            case .response: continue
            }
        }
        self.exchanges = exchanges
    }

    /// Answers what a recorded request is like.
    package mutating func received(
        _ octets: [UInt8], at instant: MonotonicInstant, wall: WallTime
    ) -> [StationAnswer] {
        if octets.starts(with: [0, 1]) || units.isInsideUnit { return wrapped(octets) }
        decoder.append(octets)
        var answers: [StationAnswer] = []
        while let item = decoder.next() {
            guard let frame = try? item.content.get() else { continue }
            answers += answer(to: LooseFrame(frame))
        }
        return answers
    }

    /// A new connection begins anew.
    package mutating func connectionLost() {
        decoder.reset()
        units.reset()
        link = LiveLink()
    }

    // MARK: HDLC

    private mutating func answer(to frame: LooseFrame) -> [StationAnswer] {
        if let again = link.repeated(frame) { return again }
        let isKnown = exchanges.contains { $0.frames.contains { $0.destination == frame.destination } }
        // Others on the wire are not this recording's.
        guard isKnown else { return [] }
        guard
            let found = find({ exchange in
                exchange.frames.isEmpty
                    ? exchange.request.isAllHidden && Self.mayBeSecret(frame)
                    : exchange.frames.contains { Self.isLike($0, frame) }
            })
        else {
            complain(Self.complaint(of: frame))
            return []
        }
        link.received(frame)
        let invoke = Self.invokeIdentifier(of: frame.information)
        var answers: [StationAnswer] = []
        for (delay, octets) in found.answers {
            var wait: Duration? = delay
            for recorded in LooseFrame.frames(in: octets) {
                let octets = link.answer(recorded, to: frame, invoke: invoke)
                var answer = StationAnswer(octets, requestClass: .get)
                answer.delay = wait ?? .zero
                wait = nil
                answers.append(answer)
            }
        }
        link.answered(answers)
        return answers
    }

    /// The next exchange that fits, once around.
    private mutating func find(_ fits: (Exchange) -> Bool) -> Exchange? {
        for step in 0..<exchanges.count {
            let index = (cursor + step) % exchanges.count
            guard fits(exchanges[index]) else { continue }
            cursor = index + 1
            return exchanges[index]
        }
        return nil
    }

    private static func isLike(_ recorded: LooseFrame, _ live: LooseFrame) -> Bool {
        guard recorded.destination == live.destination, recorded.control.name == live.control.name,
            recorded.isSegmented == live.isSegmented
        else { return false }
        // What SNRM proposes is the client's affair.
        if case .setNormalResponseMode = live.control { return true }
        return isLike(recorded.information, recorded.hidden, live.information)
    }

    private static func isLike(_ recorded: [UInt8], _ hidden: [Range<Int>], _ live: [UInt8]) -> Bool {
        guard recorded.count == live.count else { return false }
        let invoke = invokePlace(in: live)
        return recorded.indices.allSatisfy { index in
            recorded[index] == live[index] || index == invoke || hidden.contains { $0.contains(index) }
        }
    }

    private static func mayBeSecret(_ frame: LooseFrame) -> Bool {
        let tag = LogicalLinkControl.apdu(in: frame.information[...])?.first
        return tag == AARQ.tag || tag == 0xC3
    }

    /// Where the invoke identifier of GET, SET and ACTION stands, behind LLC or at the beginning.
    private static func invokePlace(in information: [UInt8]) -> Int? {
        let start = information.starts(with: LogicalLinkControl.request) ? 3 : 0
        guard information.count > start + 2, [0xC0, 0xC1, 0xC3].contains(information[start]) else {
            return nil
        }
        return start + 2
    }

    private static func invokeIdentifier(of information: [UInt8]) -> UInt8? {
        invokePlace(in: information).map { information[$0] }
    }

    private static func complaint(of frame: LooseFrame) -> String {
        let apdu = LogicalLinkControl.apdu(in: frame.information[...]).map(Array.init) ?? frame.information
        return complaint("\(frame.control.name) \(apdu.hex)", tag: apdu.first)
    }

    private static func complaint(_ what: String, tag: UInt8?) -> String {
        let ciphered = tag.map { (0xC8...0xDF).contains($0) && $0 != 0xD8 } ?? false
        let reason =
            ciphered ? "ciphered requests never repeat, their counters differ" : "nothing recorded is like it"
        return "no answer to \(what): \(reason)"
    }

    // MARK: Wrapper

    private mutating func wrapped(_ octets: [UInt8]) -> [StationAnswer] {
        units.append(octets)
        var answers: [StationAnswer] = []
        while let item = units.next() {
            guard let unit = try? item.content.get() else { continue }
            let header = WrapperUnit.headerLength
            let found = find { exchange in
                let recorded = exchange.request
                if recorded.isAllHidden { return unit.apdu.first == AARQ.tag || unit.apdu.first == 0xC3 }
                guard recorded.octets.count > header else { return false }
                let hidden = recorded.hidden.map {
                    max(0, $0.lowerBound - header)..<max(0, $0.upperBound - header)
                }
                return Self.isLike(Array(recorded.octets.dropFirst(header)), hidden, unit.apdu)
            }
            guard let found else {
                complain(Self.complaint(unit.apdu.hex, tag: unit.apdu.first))
                continue
            }
            let invoke = Self.invokeIdentifier(of: unit.apdu)
            for (delay, octets) in found.answers where octets.octets.count > header {
                let apdu = LiveLink.with(Array(octets.octets.dropFirst(header)), invoke: invoke)
                let back = WrapperUnit(from: unit.destinationPort, to: unit.sourcePort, apdu: apdu)
                var answer = StationAnswer(back.encoded, requestClass: .get)
                answer.delay = delay
                answers.append(answer)
            }
        }
        return answers
    }
}

extension RecordedOctets {
    /// Whether nothing of it may be seen.
    fileprivate var isAllHidden: Bool {
        !octets.isEmpty && hidden.reduce(0) { $0 + $1.count } >= octets.count
    }
}
