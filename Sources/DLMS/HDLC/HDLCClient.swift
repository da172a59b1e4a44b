// The client's half of an HDLC link in normal response mode (IEC 62056-46, 6.4): opens the link, carries one
// APDU at a time in each direction with segmentation, closes. It sees neither clock nor channel: the dialogue
// of the driver sends what it is told and reports frames and time-outs.
//
// state         | event                     | new state     | actions
// --------------+---------------------------+---------------+------------------------------------------------
// -
// disconnected  | connect                   | connecting    | send SNRM, await
// connecting    | UA                        | idle          | connected
//               | DM, FRMR, bad UA          | disconnected  | failed
//               | time-out                  | connecting    | send SNRM again; failed(silent) at the last
// idle          | send(apdu)                | exchanging    | send the first window, await
//               | DM, FRMR                  | disconnected  | failed
// exchanging    | RR, segments left         | exchanging    | send the next window, await
//               | RR, all sent              | exchanging    | await (the time-out polls with RR)
//               | RNR                       | exchanging    | await; the polls after it count as no silence
//               | REJ                       | exchanging    | send again from N(R), await
//               | I segmented, expected     | exchanging    | send RR when it is final, await
//               | I last, expected          | idle          | received(apdu)
//               | I behind a gap, final     | exchanging    | send REJ, await
//               | I old number (late copy)  | exchanging    | await
//               | time-out, unacknowledged  | exchanging    | send again with the same N(S), await
//               | time-out, acknowledged    | exchanging    | send RR, await; failed(silent) at the last
//               | DM, FRMR, rule broken     | disconnected  | failed
// idle, exchang.| disconnect                | disconnecting | send DISC, await
// disconnecting | UA (bare or with limits), DM | disconnected | disconnected
//               | time-out                  | disconnecting | send DISC again; disconnected at the last
// any           | UI                        | same          | notified(apdu)
// any           | frame of another station or own echo | same | none

import Octets

/// Why a link could not go on; it is disconnected afterwards.
package enum HDLCFailure: Error, Sendable, Hashable {
    /// No answer after every retransmission.
    case silent
    /// The server says that there is no link (DM).
    case disconnectedMode
    /// The server rejected a frame (FRMR); its reason octets.
    case frameReject([UInt8])
    /// The server broke a rule of the link; what, in English.
    case violation(String)
    /// The answer is longer than `maximumAPDU`.
    case tooLong
}

/// The client's half of one link.
package struct HDLCClient: Sendable {
    /// What the owner has to do, in order.
    package enum Action: Sendable, Hashable {
        /// Send these octets, one whole frame.
        case send([UInt8])
        /// Wait for frames; call `timerFired` when the response time-out passes.
        case await
        /// The link is open with these limits of our side.
        case connected(HDLCParameters)
        /// The whole answer has come.
        case received([UInt8])
        /// An unasked APDU has come (push).
        case notified([UInt8])
        /// The link is closed as asked.
        case disconnected
        /// The link is lost.
        case failed(HDLCFailure)
    }

    /// What one link is made with.
    package struct Settings: Sendable, Hashable {
        /// Our address, one octet.
        package var client: HDLCAddress
        /// The meter's address.
        package var server: HDLCAddress
        /// Limits proposed in SNRM; nil sends an empty SNRM and takes what the meter states, windows up to
        /// seven, which every meter seen accepts.
        package var proposal: HDLCParameters?
        /// Retransmissions of one frame before the link counts as silent.
        package var retries: Int
        /// Longest answer taken, octets.
        package var maximumAPDU: Int

        /// Settings of a link.
        package init(
            client: HDLCAddress, server: HDLCAddress, proposal: HDLCParameters? = nil, retries: Int = 2,
            maximumAPDU: Int = 65_535
        ) {
            self.client = client
            self.server = server
            self.proposal = proposal
            self.retries = retries
            self.maximumAPDU = maximumAPDU
        }
    }

    private enum State { case disconnected, connecting, idle, exchanging, disconnecting }

    /// What the link was made with.
    package let settings: Settings
    /// Limits of our side since UA.
    package private(set) var parameters = HDLCParameters.standard
    /// Frames sent again so far, for line diagnostics.
    package private(set) var retransmissions = 0

    private var state = State.disconnected
    private var queue = HDLCSendQueue()
    /// V(R)
    private var expected: UInt8 = 0
    /// The answer so far; nil before its first segment.
    private var response: [UInt8]?
    private var attempts = 0
    /// Answers RNR to the APDU being sent.
    private var busyAnswers = 0

    /// A link that is not open yet.
    package init(_ settings: Settings) { self.settings = settings }

    /// Whether an APDU may be sent.
    package var isIdle: Bool { state == .idle }
    /// Whether there is, or may be, a link at the server that wants closing.
    package var isOpen: Bool { state == .idle || state == .exchanging }

    // MARK: Verbs of the owner

    /// Opens the link, from whatever state.
    package mutating func connect() -> [Action] {
        state = .connecting
        attempts = 0
        return [sendSNRM(), .await]
    }

    /// Sends one APDU. The link must be idle.
    package mutating func send(_ apdu: [UInt8]) -> [Action] {
        guard state == .idle else { return fail(.violation("an APDU was sent while the link was not idle")) }
        state = .exchanging
        attempts = 0
        busyAnswers = 0
        response = nil
        queue.load(LogicalLinkControl.request + apdu, size: parameters.maximumTransmit)
        return sendWindow()
    }

    /// Closes the link, from whatever state.
    package mutating func disconnect() -> [Action] {
        state = .disconnecting
        attempts = 0
        return [frame(.disconnect(final: true)), .await]
    }

    // MARK: Events

    /// The response time-out passed.
    package mutating func timerFired() -> [Action] {
        guard state != .disconnected, state != .idle else { return [] }
        attempts += 1
        guard attempts <= settings.retries else { return giveUp() }
        retransmissions += 1
        switch state {
        case .connecting: return [sendSNRM(), .await]
        case .disconnecting: return [frame(.disconnect(final: true)), .await]
        case .disconnected, .idle: return []
        case .exchanging:
            guard queue.isUnacknowledged else { return [receiveReady(), .await] }
            queue.rewind()
            return sendWindow()
        }
    }

    /// A frame with correct checks has come.
    package mutating func frameReceived(_ frame: HDLCFrame) -> [Action] {
        // An optical head returns our own frames: same addresses, other way round (u9n issue 62).
        guard frame.destination == settings.client, settings.server.names(frame.source) else { return [] }
        if case .unnumberedInformation = frame.control { return notification(frame) }
        switch state {
        case .disconnected: return []
        case .connecting: return connecting(frame)
        case .disconnecting: return disconnecting(frame)
        case .idle, .exchanging:
            switch frame.control {
            case .disconnectedMode: return fail(.disconnectedMode)
            case .frameReject: return fail(.frameReject(Array(frame.information)))
            default: return state == .exchanging ? exchanging(frame) : []
            }
        }
    }

    // MARK: States

    private mutating func connecting(_ frame: HDLCFrame) -> [Action] {
        switch frame.control {
        case .unnumberedAcknowledge:
            do throws(DecodingError) {
                let stated = try HDLCParameters(information: frame.information)
                let ours = settings.proposal ?? .widest
                parameters = ours.negotiated(with: stated)
            } catch {
                return fail(.violation("UA: \(error.text)"))
            }
            state = .idle
            queue = HDLCSendQueue()
            expected = 0
            return [.connected(parameters)]
        case .disconnectedMode: return fail(.disconnectedMode)
        case .frameReject: return fail(.frameReject(Array(frame.information)))
        default: return [.await]
        }
    }

    private mutating func disconnecting(_ frame: HDLCFrame) -> [Action] {
        switch frame.control {
        case .unnumberedAcknowledge, .disconnectedMode:
            // Nartis and others state their limits again in the UA to DISC: nothing to learn from them.
            state = .disconnected
            return [.disconnected]
        default: return [.await]
        }
    }

    private mutating func exchanging(_ frame: HDLCFrame) -> [Action] {
        guard let received = frame.control.receivedNumber else { return [.await] }
        guard queue.acknowledge(received) else {
            // The tail of an earlier session; its own numbers cannot fit ours.
            return [.await]
        }
        switch frame.control {
        case .information(let sent, _, let final): return segment(frame, sent: sent, final: final)
        case .reject:
            attempts += 1
            guard attempts <= settings.retries else { return giveUp() }
            retransmissions += 1
            queue.rewind()
            return sendWindow()
        case .receiveReady:
            guard queue.hasUnsent, !queue.isUnacknowledged else { return [.await] }
            attempts = 0
            return sendWindow()
        case .receiveNotReady:
            // Busy is not silent: it may be asked again, but not for ever.
            busyAnswers += 1
            if busyAnswers <= HDLCClient.maximumBusyAnswers { attempts = 0 }
            return [.await]
        default: return [.await]
        }
    }

    /// How often a meter may put one APDU off with RNR.
    private static let maximumBusyAnswers = 30

    private mutating func segment(_ frame: HDLCFrame, sent: UInt8, final: Bool) -> [Action] {
        // Data that does not answer our frames.
        guard queue.isDone else { return [.await] }
        guard sent == expected else { return outOfOrder(sent, final: final) }
        var information = frame.information
        if response == nil {
            guard let apdu = LogicalLinkControl.apdu(in: information) else {
                return fail(.violation("the first segment has no LLC header"))
            }
            information = apdu
        }
        var joined = response ?? []
        response = nil
        guard joined.count + information.count <= settings.maximumAPDU else { return fail(.tooLong) }
        joined.append(contentsOf: information)
        expected = (expected + 1) & 7
        attempts = 0
        if frame.isSegmented {
            response = joined
            return final ? [receiveReady(), .await] : [.await]
        }
        state = .idle
        return [.received(joined)]
    }

    /// A frame ahead of the expected one lies behind a gap in its window, any other is a late copy of what
    /// has been taken. Only the one that ends the window is answered, or one loss would be asked for many
    /// times.
    private mutating func outOfOrder(_ sent: UInt8, final: Bool) -> [Action] {
        guard final, (sent &- expected) & 7 < UInt8(parameters.windowReceive) else { return [.await] }
        attempts += 1
        guard attempts <= settings.retries else { return giveUp() }
        retransmissions += 1
        return [frame(.reject(received: expected, final: true)), .await]
    }

    private func notification(_ frame: HDLCFrame) -> [Action] {
        let apdu = LogicalLinkControl.apdu(in: frame.information) ?? frame.information
        let actions: [Action] = apdu.isEmpty ? [] : [.notified(Array(apdu))]
        return state == .disconnected || state == .idle ? actions : actions + [.await]
    }

    // MARK: Helpers

    private mutating func giveUp() -> [Action] {
        if state == .disconnecting {
            state = .disconnected
            return [.disconnected]
        }
        return fail(.silent)
    }

    private mutating func fail(_ failure: HDLCFailure) -> [Action] {
        state = .disconnected
        return [.failed(failure)]
    }

    private mutating func sendWindow() -> [Action] {
        let segments = queue.window(parameters.windowTransmit)
        return segments.map { segment in
            let control = HDLCControl.information(
                sent: segment.number, received: expected, final: segment.isFinal)
            return frame(control, information: segment.information, isSegmented: segment.isSegmented)
        } + [.await]
    }

    private func sendSNRM() -> Action {
        let information = settings.proposal?.encoded ?? []
        return frame(.setNormalResponseMode(final: true), information: information[...])
    }

    private func receiveReady() -> Action { frame(.receiveReady(received: expected, final: true)) }

    private func frame(
        _ control: HDLCControl, information: ArraySlice<UInt8> = [], isSegmented: Bool = false
    ) -> Action {
        .send(
            HDLCFrame(
                to: settings.server, from: settings.client, control, information: information,
                isSegmented: isSegmented
            ).encoded)
    }
}
