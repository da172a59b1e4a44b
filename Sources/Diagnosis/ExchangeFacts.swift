// What one exchange on the wire showed: a request and everything that was heard until the next one. Judged by
// its octets alone, whoever talked: a driver, a transit client, a head-end (R29).

import DLMS
import Octets
package import Timekeeping

/// Findings about one exchange.
package struct Findings: OptionSet, Sendable, Hashable {
    /// The set as bits.
    package let rawValue: UInt16
    /// A set of bits.
    package init(rawValue: UInt16) { self.rawValue = rawValue }

    /// Octets came.
    package static let octets = Findings(rawValue: 1)
    /// Something that can be an answer came: a frame whose checks are right, or octets of a protocol without
    /// checks known here.
    package static let answered = Findings(rawValue: 2)
    /// What was sent came back.
    package static let echo = Findings(rawValue: 4)
    /// A frame began well and its checks are wrong, or its end is missing.
    package static let damaged = Findings(rawValue: 8)
    /// Octets without any frame.
    package static let garbage = Findings(rawValue: 16)
    /// DM: the meter lets nobody in.
    package static let linkRefused = Findings(rawValue: 32)
    /// The association was refused for its password, mechanism or key.
    package static let passwordRefused = Findings(rawValue: 64)
    /// Two answers to one request.
    package static let second = Findings(rawValue: 128)
    /// A frame of somebody who asks on the same wire, or an answer to him.
    package static let foreign = Findings(rawValue: 256)
    /// The answer came after the reader had stopped waiting for it.
    package static let late = Findings(rawValue: 512)
    /// Nobody had asked.
    package static let unasked = Findings(rawValue: 1_024)
    /// The link or the association was opened.
    package static let opened = Findings(rawValue: 2_048)
    /// Every octet has an even number of ones: seven bits and even parity, read as eight bits.
    package static let evenParity = Findings(rawValue: 4_096)
}

/// One exchange.
package struct ExchangeFacts: Sendable, Hashable {
    /// Number of the request in the line's trace; of the octets where nobody had asked.
    package var number: UInt64
    /// When it began.
    package var at: MonotonicInstant
    /// Who was asked; nil where the protocol shows nobody.
    package var station: Station?
    /// What was found.
    package var findings: Findings
    /// Time to the first octet; nil without one.
    package var wait: Duration?
    /// Frames whose checks are right, shorter than `longFrame` and others.
    package var good = FrameCount()
    /// Frames whose checks are wrong.
    package var bad = FrameCount()

    /// Frames by length.
    package struct FrameCount: Sendable, Hashable {
        /// Below `longFrame` octets, and from there on.
        package var short: UInt8 = 0
        package var long: UInt8 = 0

        mutating func add(length: Int) {
            if length < ExchangeFacts.longFrame { short &+= 1 } else { long &+= 1 }
        }
    }

    /// Where frames begin to be long: a link's opening is shorter, a row of an archive is longer.
    package static let longFrame = 64
}

/// One exchange before it is examined.
struct RawExchange: Sendable {
    var number: UInt64
    var at: MonotonicInstant
    /// Empty where nobody asked.
    var request: [UInt8] = []
    var answer: [UInt8] = []
    var firstOctet: MonotonicInstant?
    /// Whether the reader had given up before the first octet.
    var wasGivenUp = false

    /// Octets of an answer that are looked at; a babbler says no more in the rest.
    private static let limit = 4_096

    /// Octets came after the request.
    mutating func heard(_ octets: [UInt8], at now: MonotonicInstant) {
        if firstOctet == nil { firstOctet = now }
        if answer.isEmpty, octets.count <= Self.limit {
            answer = octets
        } else {
            answer += octets.prefix(max(0, Self.limit - answer.count))
        }
    }

    /// What it showed; nil when it is nothing: nobody asked and nobody spoke. `before` is the last request
    /// on the line, which unasked octets may still belong to.
    func facts(after before: RequestHead?, _ head: RequestHead) -> ExchangeFacts? {
        guard !request.isEmpty || !answer.isEmpty else { return nil }
        var facts = ExchangeFacts(number: number, at: at, station: head.station, findings: [])
        if request.isEmpty { facts.findings.insert(.unasked) }
        guard !answer.isEmpty else { return facts }
        facts.findings.insert(.octets)
        if !request.isEmpty { facts.wait = firstOctet.map { $0 - at } }
        var heard = answer
        if request.count >= 4, heard.starts(with: request) {
            facts.findings.insert(.echo)
            heard.removeFirst(request.count)
        }
        guard !heard.isEmpty else { return facts }
        if request.isEmpty || head.isDLMS {
            let asked = request.isEmpty ? before ?? head : head
            if asked.isWrapped { facts.units(in: heard) } else { facts.frames(in: heard, asked) }
        } else {
            facts.findings.insert(.answered)
        }
        if wasGivenUp || request.isEmpty, facts.findings.contains(.answered) {
            facts.findings.insert(.late)
        }
        return facts
    }
}

extension ExchangeFacts {
    /// Looks at what was heard as HDLC.
    fileprivate mutating func frames(in octets: [UInt8], _ head: RequestHead) {
        // Nearly every answer is one frame and nothing besides.
        if let frame = HDLCFrame(whole: octets), head.client == nil || frame.destination == head.client {
            good.add(length: octets.count)
            take(frame, head)
            return
        }
        var decoder = HDLCFrameDecoder()
        decoder.append(octets)
        var answers: [HDLCControl] = []
        var covered = 0
        while let item = decoder.nextAtSilence() {
            switch item.content {
            case .success(let frame):
                good.add(length: item.octets.count)
                covered = item.offset + item.octets.count
                guard head.client == nil || frame.destination == head.client else {
                    // A meter that tells something of its own accord is no master (UI).
                    if case .unnumberedInformation = frame.control { continue }
                    findings.insert(.foreign)
                    continue
                }
                if answers.contains(frame.control) { findings.insert(.second) }
                answers.append(frame.control)
                take(frame, head)
            case .failure(let error):
                // What begins inside damage is no second damage.
                guard error.code != .unsupported, item.octets.count > 5, item.offset >= covered else {
                    continue
                }
                covered = item.offset + item.octets.count
                bad.add(length: item.octets.count)
                findings.insert(.damaged)
            }
        }
        if good == FrameCount(), bad == FrameCount() {
            findings.insert(.garbage)
        }
        let isEven = octets.count >= 16 && octets.allSatisfy { $0.nonzeroBitCount.isMultiple(of: 2) }
        if good == FrameCount(), isEven { findings.insert(.evenParity) }
    }

    private mutating func take(_ frame: HDLCFrame, _ head: RequestHead) {
        findings.insert(.answered)
        switch frame.control {
        case .disconnectedMode where head.kind == .connect: findings.insert(.linkRefused)
        case .unnumberedAcknowledge where head.kind == .connect: findings.insert(.opened)
        // Nobody agrees to a request for data: the meter still answers the SNRM before it.
        case .unnumberedAcknowledge where head.kind != .disconnect: findings.insert(.late)
        default: break
        }
        if let apdu = LogicalLinkControl.apdu(in: frame.information) { take(apdu: apdu) }
    }

    /// Looks at what was heard as units of the wrapper.
    fileprivate mutating func units(in octets: [UInt8]) {
        var decoder = WrapperDecoder()
        decoder.append(octets)
        while let item = decoder.nextAtSilence() {
            switch item.content {
            case .success(let unit):
                findings.insert(.answered)
                good.add(length: item.octets.count)
                take(apdu: unit.apdu[...])
            case .failure(let error):
                guard error.code == .truncated else { continue }
                bad.add(length: item.octets.count)
                findings.insert(.damaged)
            }
        }
        if good == FrameCount(), bad == FrameCount() { findings.insert(.garbage) }
    }

    private mutating func take(apdu: ArraySlice<UInt8>) {
        guard apdu.first == AARE.tag, case .aare(let answer)? = try? APDU(octets: Array(apdu)) else {
            return
        }
        if answer.result == .accepted {
            findings.insert(.opened)
        } else if answer.diagnostic.isAboutAuthentication {
            findings.insert(.passwordRefused)
        } else {
            findings.insert(.linkRefused)
        }
    }
}
