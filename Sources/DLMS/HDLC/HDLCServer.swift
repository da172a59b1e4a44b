// The server's half of an HDLC link (IEC 62056-46, 6.4): one link at a time, answers cut into segments,
// everything outside a link refused with DM. It sees neither clock nor channel; the simulated meter owns
// both.
//
// state | event                          | new state | actions
// ------+--------------------------------+-----------+-------------------------------------------------------
// -----
// any   | SNRM                           | NRM       | released(old client), send UA with limits, established
// NDM   | DISC, I, RR, RNR, REJ (polled) | NDM       | send DM
// NRM   | DISC                           | NDM       | send UA, released
//       | I expected, segmented          | NRM       | send RR when polled
//       | I expected, last               | NRM       | received(apdu): the owner calls `answer`
//       | I repeated                     | NRM       | send the answer again; nothing while it is being made
//       | I behind a gap in its window   | NRM       | send REJ when polled
//       | I of any other number          | NRM       | send FRMR (window 1), else as repeated
//       | RR                             | NRM       | send the next segment, the last one again, or RR
//       | RNR                            | NRM       | send RR
//       | REJ                            | NRM       | send again from N(R)
//       | N(R) never sent, or too long   | NRM       | send FRMR
//       | inactivity                     | NDM       | released
// any   | another client's I, RR…        | same      | send DM
// any   | frame of another station, UA, DM, FRMR, UI | same | none

import Octets

/// The server's half of one station's link.
package struct HDLCServer: Sendable {
    /// What the owner has to do, in order.
    package enum Action: Sendable, Hashable {
        /// Send these octets, one whole frame.
        case send([UInt8])
        /// A client has opened the link; start without an association.
        case established(client: Int, logical: Int)
        /// The link is gone, and its association with it.
        case released(client: Int)
        /// A whole APDU has come; hand its answer to `answer`.
        case received(apdu: [UInt8], client: Int, logical: Int)
    }

    /// What a station is.
    package struct Settings: Sendable, Hashable {
        /// Logical devices behind this station.
        package var logicalDevices: [Int]
        /// Physical device address.
        package var physical: Int
        /// Whether a one-octet address (logical device only) is answered: true point to point, false on a
        /// bus.
        package var answersOneOctet: Bool
        /// Limits stated in UA.
        package var limits: HDLCParameters
        /// Whether UA carries the limits; without, the defaults hold.
        package var statesLimits: Bool
        /// Whether an empty SNRM leaves the limits standing, as Nartis, Energomera and device 40 do; else it
        /// proposes the defaults, by the letter of the standard.
        package var keepsLimits: Bool
        /// Whether the UA to DISC carries the limits too, as Nartis and others do.
        package var statesLimitsAtDisconnect: Bool

        /// A station.
        package init(
            physical: Int, logicalDevices: [Int] = [1], answersOneOctet: Bool = true,
            limits: HDLCParameters = .standard, statesLimits: Bool = true, keepsLimits: Bool = true,
            statesLimitsAtDisconnect: Bool = false
        ) {
            self.physical = physical
            self.logicalDevices = logicalDevices
            self.answersOneOctet = answersOneOctet
            self.limits = limits
            self.statesLimits = statesLimits
            self.keepsLimits = keepsLimits
            self.statesLimitsAtDisconnect = statesLimitsAtDisconnect
        }
    }

    /// Longest request put together from segments, octets.
    package static let maximumAPDU = 65_535

    private enum State: Hashable {
        /// NDM: no link.
        case disconnected
        /// NRM with this client, which calls us by this address.
        case connected(client: HDLCAddress, own: HDLCAddress)
    }

    /// What the station is.
    package let settings: Settings
    private var state = State.disconnected
    private var parameters = HDLCParameters.standard
    private var queue = HDLCSendQueue()
    /// V(R)
    private var expected: UInt8 = 0
    private var request: [UInt8] = []
    /// True from `received` to `answer`.
    private var isAnswering = false

    /// A station without a link.
    package init(_ settings: Settings) { self.settings = settings }

    /// Whether a client has the link.
    package var isConnected: Bool { state != .disconnected }

    // MARK: Events

    /// A frame with correct checks has come. No actions: it was not for this station.
    package mutating func frameReceived(_ frame: HDLCFrame) -> [Action] {
        guard isOurs(frame.destination), frame.source.width == .one, frame.source.upper != 0 else {
            return []
        }
        switch frame.control {
        case .setNormalResponseMode: return establish(frame)
        case .unnumberedAcknowledge, .disconnectedMode, .frameReject, .unnumberedInformation: return []
        case .disconnect, .information, .receiveReady, .receiveNotReady, .reject: break
        }
        guard case .connected(let client, _) = state, client == frame.source else {
            return frame.control.isFinal ? [reply(to: frame, .disconnectedMode(final: true))] : []
        }
        if case .disconnect = frame.control { return release(frame, client: client) }
        // The answer's address is the one the client used last.
        state = .connected(client: client, own: frame.destination)
        return connected(frame)
    }

    /// The inactivity time-out passed (GOST R 58940 p. 28, attribute 8).
    package mutating func inactivityTimerFired() -> [Action] {
        guard case .connected(let client, _) = state else { return [] }
        state = .disconnected
        return [.released(client: Int(client.upper))]
    }

    /// The application's answer to the APDU received last; an empty one is not sent.
    package mutating func answer(_ apdu: [UInt8]) -> [Action] {
        guard isAnswering, isConnected else { return [] }
        isAnswering = false
        guard !apdu.isEmpty else { return [] }
        queue.load(LogicalLinkControl.response + apdu, size: parameters.maximumTransmit)
        return sendWindow()
    }

    // MARK: Connected

    private mutating func connected(_ frame: HDLCFrame) -> [Action] {
        guard frame.information.count <= parameters.maximumReceive else {
            return [reject(frame, reason: Rejection.tooLong)]
        }
        if let received = frame.control.receivedNumber, !queue.acknowledge(received) {
            return [reject(frame, reason: Rejection.receivedNumber)]
        }
        switch frame.control {
        case .information(let sent, _, let final): return information(frame, sent: sent, final: final)
        case .receiveReady: return ready(frame)
        case .reject:
            queue.rewind()
            return sendWindow()
        default: return [receiveReady(to: frame)]
        }
    }

    private mutating func information(_ frame: HDLCFrame, sent: UInt8, final: Bool) -> [Action] {
        guard sent == expected else { return outOfOrder(frame, sent: sent) }
        guard request.count + frame.information.count <= HDLCServer.maximumAPDU else {
            return [reject(frame, reason: Rejection.tooLong)]
        }
        expected = (expected + 1) & 7
        request.append(contentsOf: frame.information)
        if frame.isSegmented { return final ? [receiveReady(to: frame)] : [] }
        defer { request.removeAll(keepingCapacity: true) }
        guard let apdu = LogicalLinkControl.apdu(in: request[...]),
            case .connected(let client, let own) = state
        else {
            return final ? [receiveReady(to: frame)] : []
        }
        isAnswering = true
        return [.received(apdu: Array(apdu), client: Int(client.upper), logical: Int(own.upper))]
    }

    private mutating func outOfOrder(_ frame: HDLCFrame, sent: UInt8) -> [Action] {
        // Only the frame that polls is answered, or one loss in a window would echo as many rejections.
        guard frame.control.isFinal else { return [] }
        if (sent &- expected) & 7 < UInt8(parameters.windowReceive) {
            return [reply(to: frame, .reject(received: expected, final: true))]
        }
        guard sent == (expected &- 1) & 7 || parameters.windowReceive > 1 else {
            return [reject(frame, reason: Rejection.sentNumber)]
        }
        if isAnswering { return [] }
        guard queue.isUnacknowledged else { return [receiveReady(to: frame)] }
        queue.rewind()
        return sendWindow()
    }

    private mutating func ready(_ frame: HDLCFrame) -> [Action] {
        guard !isAnswering else { return [receiveReady(to: frame)] }
        if queue.isUnacknowledged { queue.rewind() }
        let actions = sendWindow()
        return actions.isEmpty ? (frame.control.isFinal ? [receiveReady(to: frame)] : []) : actions
    }

    // MARK: Opening and closing

    private mutating func establish(_ frame: HDLCFrame) -> [Action] {
        // A SNRM whose parameters cannot be read proposes nothing.
        let proposed = (try? HDLCParameters(information: frame.information)) ?? .standard
        let ours = settings.statesLimits ? settings.limits : .standard
        let isKept = frame.information.isEmpty && settings.keepsLimits
        parameters = isKept ? ours : ours.negotiated(with: proposed)
        var actions: [Action] = []
        if case .connected(let old, _) = state { actions.append(.released(client: Int(old.upper))) }
        state = .connected(client: frame.source, own: frame.destination)
        queue = HDLCSendQueue()
        expected = 0
        request.removeAll(keepingCapacity: true)
        isAnswering = false
        let information = settings.statesLimits ? parameters.encoded : []
        actions.append(reply(to: frame, .unnumberedAcknowledge(final: true), information: information))
        let logical = Int(frame.destination.upper)
        return actions + [.established(client: Int(frame.source.upper), logical: logical)]
    }

    private mutating func release(_ frame: HDLCFrame, client: HDLCAddress) -> [Action] {
        state = .disconnected
        let information = settings.statesLimitsAtDisconnect ? parameters.encoded : []
        return [
            reply(to: frame, .unnumberedAcknowledge(final: true), information: information),
            .released(client: Int(client.upper)),
        ]
    }

    // MARK: Helpers

    /// Bits of the third octet of FRMR (ISO/IEC 13239, 5.5.3.4.2).
    private enum Rejection {
        static let tooLong: UInt8 = 0x04
        static let receivedNumber: UInt8 = 0x08
        static let sentNumber: UInt8 = 0x10
    }

    /// Whether an address is this station's.
    package func isOurs(_ address: HDLCAddress) -> Bool {
        guard settings.logicalDevices.contains(Int(address.upper)) else { return false }
        return address.width == .one ? settings.answersOneOctet : Int(address.lower) == settings.physical
    }

    private func reject(_ frame: HDLCFrame, reason: UInt8) -> Action {
        let numbers = expected << 5 | queue.nextNumber << 1
        return reply(
            to: frame, .frameReject(final: true), information: [frame.control.octet, numbers, reason])
    }

    private mutating func sendWindow() -> [Action] {
        guard case .connected(let client, let own) = state else { return [] }
        return queue.window(parameters.windowTransmit).map { segment in
            let control = HDLCControl.information(
                sent: segment.number, received: expected, final: segment.isFinal)
            let frame = HDLCFrame(
                to: client, from: own, control, information: segment.information,
                isSegmented: segment.isSegmented)
            return .send(frame.encoded)
        }
    }

    private func receiveReady(to frame: HDLCFrame) -> Action {
        reply(to: frame, .receiveReady(received: expected, final: true))
    }

    private func reply(to frame: HDLCFrame, _ control: HDLCControl, information: [UInt8] = []) -> Action {
        let answer = HDLCFrame(
            to: frame.source, from: frame.destination, control, information: information[...])
        return .send(answer.encoded)
    }
}
