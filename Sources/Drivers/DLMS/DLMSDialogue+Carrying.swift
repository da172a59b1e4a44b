// How a dialogue carries one APDU there and one back, over HDLC or the wrapper: writing, waiting for the end
// of a frame by its length and flag, time-outs, and the drain after them, in which a late answer is still
// understood (its numbers tell) and taken for nothing else (R25).

import DLMS
import Logging
import Octets
import Seams
import Timekeeping

extension DLMSDialogue {
    /// Sends an APDU and returns the next one from the meter.
    @inline(__always)
    func carry(_ apdu: [UInt8], _ request: RequestClass) async throws(DialogueFailure) -> [UInt8] {
        stray = []
        guard transport == .hdlc else {
            try await write(wrapped(apdu))
            return try await listen(request)
        }
        guard case .received(let answer) = try await perform(hdlc.send(apdu), request) else {
            throw .link(.violation("the link closed instead of answering"))
        }
        return answer
    }

    /// Waits for one more APDU, when what came was no answer. Over HDLC the meter has nothing more to say.
    func listen(_ request: RequestClass) async throws(DialogueFailure) -> [UInt8] {
        guard transport == .wrapper else { throw .application(.unexpected("an answer to another request")) }
        let asked = clock.now
        var deadline = asked + times.timeout(request, over: link.medium)
        let end = deadline + DLMSDialogue.longestAnswer
        while true {
            while let item = units.next() {
                if let apdu = takeUnit(item.content) {
                    times.answered(request, after: clock.now - asked)
                    return apdu
                }
            }
            let octets = try await read(until: min(deadline, end))
            guard !octets.isEmpty else { break }
            units.append(octets)
            if units.isInsideUnit {
                deadline = max(deadline, clock.now + ResponseTimes.gap(over: link.medium))
            }
        }
        times.missed(request)
        units.reset()
        throw stray.isEmpty ? .silent : .garbage(sample: stray.hex)
    }

    /// An APDU in its wrapper, from our SAP to the meter's logical device.
    func wrapped(_ apdu: [UInt8]) -> [UInt8] {
        WrapperUnit(from: UInt16(clamping: link.client), to: link.serverPort, apdu: apdu).encoded
    }

    /// Does what the HDLC machine says until it says something to its owner.
    func perform(
        _ first: [HDLCClient.Action], _ request: RequestClass
    ) async throws(DialogueFailure) -> HDLCClient.Action {
        var actions = first
        var wait = Wait(request: request, sentAt: clock.now)
        while true {
            for action in actions {
                switch action {
                case .send(let octets):
                    try await write(octets)
                    wait.sentAt = clock.now
                    wait.beganAt = nil
                case .failed(.silent): throw stray.isEmpty ? .silent : .garbage(sample: stray.hex)
                case .failed(let failure): throw .link(failure)
                case .connected, .received, .disconnected: return action
                case .notified(let octets): note(.octets(octets))
                case .await: continue
                }
            }
            actions = try await hear(&wait)
            if givesWay, actions.contains(where: { $0.isSending }) { try await giveWayIfWanted() }
        }
    }

    /// Whether the line may be given back in the middle of an answer from now on: the rest of a long one can
    /// wait, a client's 4 s cannot. Off but for rows of an archive: a session given up before the meter was
    /// heard would tell nothing about its health.
    func mayGiveWay(_ may: Bool) { givesWay = may }

    /// Throws `gaveWay` when somebody who cannot wait wants the line (R27).
    func giveWayIfWanted() async throws(DialogueFailure) {
        guard givesWay else { return }
        if await channel.isWantedBack { throw .gaveWay }
    }

    /// Throws away what comes within `duration`, but for frames that move the link on.
    @discardableResult
    func drain(for duration: Duration) async throws(DialogueFailure) -> [HDLCClient.Action] {
        // A late answer that has begun is heard to its end: who asks again meanwhile talks into it (R25).
        let last = clock.now + duration + DLMSDialogue.longestAnswer
        var end = clock.now + duration
        while clock.now < end {
            let octets = try await read(until: end)
            guard !octets.isEmpty else { break }
            frames.append(octets)
            while let item = frames.next() {
                let actions = takeFrame(item)
                if actions.contains(where: { !$0.isWaiting }) { return actions }
            }
            end = min(last, max(end, clock.now + ResponseTimes.gap(over: link.medium)))
        }
        return []
    }

    // MARK: Waiting

    /// What is being waited for.
    struct Wait {
        var request: RequestClass
        var sentAt: MonotonicInstant
        /// When the first frame of the answer began to come in; nil before.
        var beganAt: MonotonicInstant?
        /// Whether the meter's delay has been learned from this exchange.
        var isLearned = false
        /// Until when the next frame of a window may begin.
        var continuesUntil: MonotonicInstant?
    }

    /// Nothing a meter says in one go lasts longer than this after its time-out: babblers are cut off.
    static let longestAnswer = Duration.seconds(30)

    // Each `async` function of an actor makes sure of its place when it begins and when it returns. What
    // every exchange passes through is made one function by inlining.

    /// Waits until the link moves on: by a frame, or by its time-out.
    @inline(__always)
    private func hear(_ wait: inout Wait) async throws(DialogueFailure) -> [HDLCClient.Action] {
        var deadline = wait.sentAt + times.timeout(wait.request, over: link.medium)
        let end = deadline + DLMSDialogue.longestAnswer
        if let continued = wait.continuesUntil { deadline = max(deadline, continued) }
        var firstOctet: MonotonicInstant?
        while true {
            while let item = frames.next() {
                let actions = takeFrame(item)
                guard !actions.isEmpty else { continue }
                let isOnlyWaiting = actions.allSatisfy { $0.isWaiting }
                let beganAt = wait.beganAt ?? firstOctet ?? clock.now
                wait.beganAt = beganAt
                if !wait.isLearned, !isOnlyWaiting {
                    times.answered(wait.request, after: beganAt - wait.sentAt)
                    wait.isLearned = true
                }
                // More frames of the same window may follow: a long one lasts longer than a time-out.
                if isOnlyWaiting {
                    wait.continuesUntil = clock.now + ResponseTimes.gap(over: link.medium)
                }
                return actions
            }
            let octets = try await read(until: min(deadline, end))
            guard !octets.isEmpty else { break }
            firstOctet = firstOctet ?? clock.now
            frames.append(octets)
            if frames.isInsideFrame {
                deadline = max(deadline, clock.now + ResponseTimes.gap(over: link.medium))
            }
        }
        return try await timeOut(wait)
    }

    private func timeOut(_ wait: Wait) async throws(DialogueFailure) -> [HDLCClient.Action] {
        while let item = frames.nextAtSilence() {
            let actions = takeFrame(item)
            if actions.contains(where: { !$0.isWaiting }) { return actions }
        }
        times.missed(wait.request)
        let late = try await drain(for: times.drain(over: link.medium))
        guard late.isEmpty else {
            // The meter is slower than it was: who does not learn it asks into its next answer.
            times.answered(wait.request, after: clock.now - wait.sentAt)
            return late
        }
        frames.reset()
        return hdlc.timerFired()
    }

    private func takeFrame(_ item: HDLCStreamItem) -> [HDLCClient.Action] {
        switch item.content {
        case .success(let frame):
            stray = []
            trace("<< ", item.octets)
            return hdlc.frameReceived(frame)
        case .failure:
            if stray.count < 16 { stray += item.octets.prefix(16 - stray.count) }
            trace("<? ", item.octets)
            return []
        }
    }

    private func takeUnit(_ content: Result<WrapperUnit, DecodingError>) -> [UInt8]? {
        guard case .success(let unit) = content else {
            if stray.count < 16 { stray.append(0) }
            return nil
        }
        trace("<< ", unit.encoded)
        guard unit.sourcePort == link.serverPort, Int(unit.destinationPort) == link.client else { return nil }
        return unit.apdu
    }

    /// A meter spoke unasked: that is nobody's answer, and is handed on.
    func note(_ push: OverheardPush.Content) {
        logger.log(.debug, "a push heard", [])
        overheard?(push)
    }

    /// Whether what the association brings has been authentic.
    var isProtecting: Bool {
        application.settings.security.map { $0.isCiphering && $0.protection.isAuthenticated } ?? false
    }

    // MARK: Octets

    func write(_ octets: [UInt8]) async throws(DialogueFailure) {
        trace(DLMSDialogue.sent, octets)
        do throws(ChannelError) {
            // The password may lie across segments and the checks depend on it: nothing of it is traced.
            try await channel.write(octets, hiding: isSecret ? [0..<octets.count] : [])
        } catch {
            throw .channel(error)
        }
    }

    @inline(__always)
    private func read(until deadline: MonotonicInstant) async throws(DialogueFailure) -> [UInt8] {
        let octets: [UInt8]
        do throws(ChannelError) {
            octets = try await channel.read(until: deadline)
        } catch {
            throw .channel(error)
        }
        if Task.isCancelled { throw .cancelled }
        // Octets that make no frame are remembered as they are, for the verdict.
        if !octets.isEmpty, !frames.isInsideFrame, transport == .hdlc, stray.count < 16,
            octets.first != HDLCFrame.flag
        {
            stray += octets.prefix(16 - stray.count)
        }
        return octets
    }

    /// Frames at trace level; those of an AARQ hold the password and are not shown (D12).
    private func trace(_ direction: String, _ octets: [UInt8]) {
        let isHidden = isSecret && direction == DLMSDialogue.sent
        logger.log(.trace, "frame", [(.frame, direction + (isHidden ? "••" : octets.hex))])
    }

    private static let sent = ">> "
}

extension HDLCClient.Action {
    /// Whether a frame is to be sent.
    fileprivate var isSending: Bool {
        if case .send = self { true } else { false }
    }

    /// Whether nothing is to be done but to wait for more.
    fileprivate var isWaiting: Bool {
        if case .await = self { true } else { false }
    }
}
