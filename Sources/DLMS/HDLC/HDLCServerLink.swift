// One client's link to a station, NRM (IEC 62056-46, 6.4.4; ISO/IEC 13239, 5.5.3): requests joined from
// segments, answers cut into them, numbers kept. The station talks only when it is polled. Owned by
// `HDLCServer`.
//
// event                      | actions
// ---------------------------+-------------------------------------------------------------------------------
// I expected, segmented      | send RR
// I expected, last           | received(apdu): the owner calls `answer`
// I behind a gap in a window | send REJ
// I of any other number      | as repeated; with window 1 and more than one behind, send FRMR
// I repeated                 | send the answer again; nothing while it is being made
// RR                         | send the next segments, the last ones again, or RR
// RNR                        | send RR
// REJ                        | send again from N(R)
// N(R) never sent, too long, | send FRMR; from then on whatever is polled is answered with it, until SNRM or
// unknown command            | DISC

import Octets

/// The station's side of one link.
struct HDLCServerLink: Sendable {
    /// The client, by whose address the link is known.
    let client: HDLCAddress
    /// Limits agreed on.
    let parameters: HDLCParameters
    /// How the client calls us; the answer's address is the one it used last.
    private var own: HDLCAddress
    private var queue = HDLCSendQueue()
    /// V(R)
    private var expected: UInt8 = 0
    private var request: [UInt8] = []
    /// True from `received` to `answer`.
    private(set) var isAnswering = false
    /// Whether the last frame gave us the word.
    private var isPolled = false
    /// Information of the FRMR that was sent; nil in good order.
    private var rejection: [UInt8]?

    /// A link just opened.
    init(client: HDLCAddress, own: HDLCAddress, parameters: HDLCParameters) {
        self.client = client
        self.own = own
        self.parameters = parameters
    }

    // MARK: Events

    /// A frame of the client: I, RR, RNR or REJ.
    mutating func received(_ frame: HDLCFrame) -> [HDLCServer.Action] {
        own = frame.destination
        isPolled = frame.control.isFinal
        if let rejection { return said(.frameReject(final: true), rejection) }
        guard frame.information.count <= parameters.maximumReceive else {
            return reject(frame.control.octet, reason: Rejection.tooLong)
        }
        if let received = frame.control.receivedNumber, !queue.acknowledge(received) {
            return reject(frame.control.octet, reason: Rejection.receivedNumber)
        }
        switch frame.control {
        case .information(let sent, _, _): return information(frame, sent: sent)
        case .receiveReady: return ready()
        case .reject:
            queue.rewind()
            return sendWindow()
        default: return receiveReady()
        }
    }

    /// A frame whose control octet names no command.
    mutating func refused(_ control: UInt8, at destination: HDLCAddress) -> [HDLCServer.Action] {
        own = destination
        isPolled = control & 0x10 != 0
        return reject(control, reason: Rejection.unknownCommand)
    }

    /// The application's answer; an empty one is not sent.
    mutating func answer(_ apdu: [UInt8]) -> [HDLCServer.Action] {
        isAnswering = false
        guard !apdu.isEmpty else { return [] }
        queue.load(LogicalLinkControl.response + apdu, size: parameters.maximumTransmit)
        return sendWindow()
    }

    // MARK: Receiving

    private mutating func information(_ frame: HDLCFrame, sent: UInt8) -> [HDLCServer.Action] {
        guard sent == expected else { return outOfOrder(frame, sent: sent) }
        guard request.count + frame.information.count <= HDLCServer.maximumAPDU else {
            return reject(frame.control.octet, reason: Rejection.tooLong)
        }
        expected = (expected + 1) & 7
        // Most requests are one segment, and are taken where they lie.
        if frame.isSegmented || !request.isEmpty { request.append(contentsOf: frame.information) }
        if frame.isSegmented { return receiveReady() }
        let whole = request.isEmpty ? frame.information : request[...]
        request = []
        guard let apdu = LogicalLinkControl.request(in: whole) else { return receiveReady() }
        isAnswering = true
        return [.received(apdu: Array(apdu), client: Int(client.upper), logical: Int(own.upper))]
    }

    private mutating func outOfOrder(_ frame: HDLCFrame, sent: UInt8) -> [HDLCServer.Action] {
        // Only the frame that polls is answered, or one loss in a window would echo as many rejections.
        guard isPolled else { return [] }
        if (sent &- expected) & 7 < UInt8(parameters.windowReceive) {
            return said(.reject(received: expected, final: true))
        }
        guard sent == (expected &- 1) & 7 || parameters.windowReceive > 1 else {
            return reject(frame.control.octet, reason: Rejection.sentNumber)
        }
        if isAnswering { return [] }
        guard queue.isUnacknowledged else { return receiveReady() }
        queue.rewind()
        return sendWindow()
    }

    private mutating func ready() -> [HDLCServer.Action] {
        guard isPolled else { return [] }
        guard !isAnswering else { return receiveReady() }
        if queue.isUnacknowledged { queue.rewind() }
        let actions = sendWindow()
        return actions.isEmpty ? receiveReady() : actions
    }

    // MARK: Sending

    /// Bits of the third octet of FRMR (ISO/IEC 13239, 5.5.3.4.2).
    private enum Rejection {
        static let unknownCommand: UInt8 = 0x01
        static let tooLong: UInt8 = 0x04
        static let receivedNumber: UInt8 = 0x08
        static let sentNumber: UInt8 = 0x10
    }

    private mutating func reject(_ control: UInt8, reason: UInt8) -> [HDLCServer.Action] {
        let information = [control, expected << 5 | queue.nextNumber << 1, reason]
        rejection = information
        return said(.frameReject(final: true), information)
    }

    private mutating func sendWindow() -> [HDLCServer.Action] {
        guard isPolled else { return [] }
        return queue.window(parameters.windowTransmit).map { segment in
            let control = HDLCControl.information(
                sent: segment.number, received: expected, final: segment.isFinal)
            let frame = HDLCFrame(
                to: client, from: own, control, information: segment.information,
                isSegmented: segment.isSegmented)
            return .send(frame.encoded)
        }
    }

    private func receiveReady() -> [HDLCServer.Action] {
        said(.receiveReady(received: expected, final: true))
    }

    /// One frame, when we have the word.
    private func said(_ control: HDLCControl, _ information: [UInt8] = []) -> [HDLCServer.Action] {
        guard isPolled else { return [] }
        return [.send(HDLCFrame(to: client, from: own, control, information: information[...]).encoded)]
    }
}
