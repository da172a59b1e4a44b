// The client's half of the application layer (IEC 62056-5-3) as a machine: associate, get, set, action,
// release. It sees neither clock nor link; time-outs and HDLC segmentation belong to the driver that carries
// its octets.
//
//   state          event                       next            action
//   closed         associate()                 associating     (AARQ returned)
//   associating    AARE accepted               open            completed(.associated)
//   associating    AARE diagnostic 14          authenticating  sendAPDU(ACTION reply to challenge)
//   associating    AARE refused                closed          failed(.refused)
//   authenticating ACTION response verified    open            completed(.associated)
//   open           get / getList               getting         (GET returned)
//   getting        block, not the last         getting         sendAPDU(GET next)
//   getting        value, last block or error  open            completed(.get / .list)
//   open           set                         setting         (SET returned)
//   setting        block acknowledged          setting         sendAPDU(next block)
//   setting        result                      open            completed(.set)
//   open           action                      acting          (ACTION returned)
//   acting         block, not the last         acting          sendAPDU(next block)
//   acting         result or last block        open            completed(.action)
//   open           release                     releasing       (RLRQ returned)
//   releasing      RLRE                        closed          completed(.released)
//   any            answer of another invoke-id unchanged       ignored
//   a service      exception, unreadable       open            failed

import Octets

/// The conversation of one client with one server. Requests are returned as octets to send; every APDU that
/// comes in goes to `received`, which says what to do next.
package struct ApplicationClient: Sendable {
    /// What was asked in the service under way.
    enum State: Sendable {
        case closed
        case associating(challenge: [UInt8])
        case authenticating(InvokeID, challenge: [UInt8], Negotiated)
        case open
        case getting(Transfer, listCount: Int?)
        case setting(InvokeID, Outgoing)
        case acting(Transfer, Outgoing)
        case releasing
    }

    /// A long answer being joined.
    struct Transfer: Sendable {
        var invoke: InvokeID
        var joined: [UInt8] = []
        var expected: UInt32 = 1
    }

    /// How to associate.
    package let settings: Settings
    /// What the association agreed on; nil while closed.
    package internal(set) var negotiated: Negotiated?
    var state = State.closed
    var lastInvoke: UInt8 = 0

    /// A client that has not associated yet.
    package init(settings: Settings) { self.settings = settings }

    /// Whether services may be asked for.
    package var isOpen: Bool { if case .open = state { true } else { false } }

    /// The AARQ to send. Throws `misuse` unless closed.
    package mutating func associate() throws(ApplicationError) -> [UInt8] {
        guard case .closed = state else { throw .misuse("associate") }
        let initiate = InitiateRequest(conformance: settings.conformance, maximumPDU: settings.maximumPDU)
        var request = AARQ(userInformation: .request(initiate))
        var challenge: [UInt8] = []
        switch settings.authentication {
        case .none: break
        case .lowLevel(let password):
            request.mechanism = .lowLevel
            request.authenticationValue = password
        case .highLevel(let security):
            challenge = security.makeChallenge()
            request.mechanism = security.mechanism
            request.authenticationValue = challenge
        }
        if let title = settings.systemTitle {
            request.titles = [
                ACSETitle(tag: 0xA6, content: [0x04, UInt8(truncatingIfNeeded: title.count)] + title)
            ]
        }
        state = .associating(challenge: challenge)
        return APDU.aarq(request).encoded
    }

    /// The RLRQ to send. Meters of the field do not answer it; close the link when none comes. Throws
    /// `misuse` unless open.
    package mutating func release() throws(ApplicationError) -> [UInt8] {
        guard case .open = state else { throw .misuse("release") }
        state = .releasing
        return APDU.release(Release(.request)).encoded
    }

    /// The link beneath was closed: the association is gone with it.
    package mutating func linkClosed() {
        state = .closed
        negotiated = nil
    }

    /// The service under way is given up, for a time-out say; the association stays as it is.
    package mutating func abandonService() {
        switch state {
        case .getting, .setting, .acting: state = .open
        case .associating, .authenticating, .releasing: linkClosed()
        case .closed, .open: break
        }
    }

    /// One APDU came in; says what to do next.
    package mutating func received(_ octets: [UInt8]) -> Action {
        let apdu: APDU
        do throws(DecodingError) {
            apdu = try APDU(octets: octets)
        } catch {
            return fail(.undecodable(error))
        }
        switch apdu {
        case .dataNotification, .eventNotification: return .ignored(apdu)
        case .exceptionResponse(let exception): return fail(.exception(exception))
        case .confirmedServiceError(let error): return fail(.serviceError(error))
        case .ciphered(let ciphered): return fail(.ciphered(ciphered.name))
        default: return answered(apdu)
        }
    }

    private mutating func answered(_ apdu: APDU) -> Action {
        switch (state, apdu) {
        case (.associating(let challenge), .aare(let answer)): return associated(answer, challenge: challenge)
        case (.authenticating(let invoke, let challenge, let agreed), .actionResponse(let response)):
            guard response.invoke.number == invoke.number else { return .ignored(apdu) }
            return authenticated(response, challenge: challenge, agreed)
        case (.getting(let transfer, let count), .getResponse(let response)):
            guard response.invoke.number == transfer.invoke.number else { return .ignored(apdu) }
            return got(response, transfer, listCount: count)
        case (.setting(let invoke, let outgoing), .setResponse(let response)):
            guard response.invoke.number == invoke.number else { return .ignored(apdu) }
            return didSet(response, outgoing)
        case (.acting(let transfer, let outgoing), .actionResponse(let response)):
            guard response.invoke.number == transfer.invoke.number else { return .ignored(apdu) }
            return acted(response, transfer, outgoing)
        case (.releasing, .release(let release)) where release.kind == .response:
            linkClosed()
            return .completed(.released)
        case (.closed, _), (.open, _), (_, .getResponse), (_, .setResponse), (_, .actionResponse):
            return .ignored(apdu)
        default: return fail(.unexpected("tag \(octetsTag(of: apdu))"))
        }
    }

    private func octetsTag(of apdu: APDU) -> String { apdu.encoded.prefix(1).hex }

    /// Ends the service under way with an error; a failed association is closed.
    mutating func fail(_ error: ApplicationError) -> Action {
        abandonService()
        return .failed(error)
    }

    private mutating func associated(_ answer: AARE, challenge: [UInt8]) -> Action {
        // Some servers (Gurux) append an initiate error to every refusal: a diagnostic about the password
        // must not be lost behind it, for it decides whether the meter may be tried again.
        if case .error(let error)? = answer.userInformation, !answer.diagnostic.isAboutAuthentication {
            return fail(.initiateRefused(error))
        }
        guard answer.result == .accepted else { return fail(.refused(answer.result, answer.diagnostic)) }
        guard case .response(let response)? = answer.userInformation else {
            if case .opaque(let octets)? = answer.userInformation, let tag = octets.first {
                return fail(.ciphered("user-information \([tag].hex)"))
            }
            return fail(.unexpected("AARE without InitiateResponse"))
        }
        guard response.vaaName == InitiateResponse.logicalNameVAA else {
            return fail(.unexpected("association with short names"))
        }
        let agreed = Negotiated(
            conformance: response.conformance.intersection(settings.conformance),
            serverMaximumPDU: response.maximumPDU,
            systemTitle: answer.titles.first { $0.tag == 0xA4 }?.octetString)
        guard answer.diagnostic == .authenticationRequired else { return open(agreed) }
        guard case .highLevel(let security) = settings.authentication else {
            return fail(.refused(answer.result, answer.diagnostic))
        }
        guard let serverChallenge = answer.authenticationValue else {
            return fail(.unexpected("AARE without challenge"))
        }
        let invoke = nextInvoke()
        state = .authenticating(invoke, challenge: challenge, agreed)
        let method = MethodDescriptor(
            classID: AssociationObject.classID, logicalName: .currentAssociation, method: 1)
        let reply = DataValue.octetString(security.reply(serverChallenge))
        return .sendAPDU(APDU.actionRequest(.normal(invoke, method, reply)).encoded)
    }

    private mutating func authenticated(
        _ response: ActionResponse, challenge: [UInt8], _ agreed: Negotiated
    ) -> Action {
        guard case .normal(_, let outcome) = response, outcome.result == .success else {
            return fail(.refused(.rejectedPermanent, .authenticationFailure))
        }
        guard case .highLevel(let security) = settings.authentication,
            case .data(.octetString(let reply))? = outcome.returned, security.verify(challenge, reply)
        else { return fail(.serverNotAuthentic) }
        return open(agreed)
    }

    private mutating func open(_ agreed: Negotiated) -> Action {
        negotiated = agreed
        state = .open
        return .completed(.associated(agreed))
    }

    /// Invoke identifiers go round so that a late answer is told from the one awaited.
    mutating func nextInvoke() -> InvokeID {
        lastInvoke = lastInvoke % 15 + 1
        return InvokeID(confirmed: lastInvoke)
    }
}
