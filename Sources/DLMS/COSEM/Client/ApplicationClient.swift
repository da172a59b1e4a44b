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
//   a service      general block, not the last unchanged       sendAPDU(acknowledgement), or ignored
//   a service      last general block          as its APDU     as its APDU
//   any            notification                unchanged       notified
//   a service      exception, unreadable       open            failed
//
// With a ciphering context every APDU but AARQ and AARE goes out sealed and must come in sealed; only
// exceptions may be open, for a server without our key cannot say anything else.

import Octets

/// The conversation of one client with one server. Requests are returned as octets to send; every APDU that
/// comes in goes to `received`, which says what to do next.
package struct ApplicationClient: Sendable {
    /// What was asked in the service under way.
    enum State: Sendable {
        case closed
        case associating(challenge: [UInt8])
        case authenticating(InvokeID, challenge: [UInt8], HighLevelSecurity, [UInt8], Negotiated)
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

    /// How to associate; what is changed holds from the next AARQ on.
    package var settings: Settings
    /// What the association agreed on; nil while closed.
    package internal(set) var negotiated: Negotiated?
    /// Keys, titles and counters; nil when nothing is ciphered. Counters are the caller's to refill.
    package var security: SecurityContext?
    /// The mechanism the server named in its last AARE; nil when it named none.
    package internal(set) var namedMechanism: AuthenticationMechanism?
    var state = State.closed
    var lastInvoke: UInt8 = 0
    /// Blocks beneath the service under way, where general block transfer was agreed.
    var blocks = BlockExchange()

    /// A client that has not associated yet.
    package init(settings: Settings) {
        self.settings = settings
        security = settings.security
    }

    /// Whether services may be asked for.
    package var isOpen: Bool { if case .open = state { true } else { false } }

    /// Whether APDUs are sealed.
    var isCiphering: Bool { security?.isCiphering == true }

    /// The AARQ to send. Throws `misuse` unless closed, `protection` when no counter is left.
    package mutating func associate() throws(ApplicationError) -> [UInt8] {
        guard case .closed = state else { throw .misuse("associate") }
        namedMechanism = nil
        var request = AARQ()
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
        if let title = security?.title ?? settings.systemTitle {
            request.titles = [
                ACSETitle(tag: 0xA6, content: [0x04, UInt8(truncatingIfNeeded: title.count)] + title)
            ]
        }
        request.context = isCiphering ? .logicalNamesCiphered : .logicalNames
        request.userInformation = try initiate()
        state = .associating(challenge: challenge)
        return APDU.aarq(request).encoded
    }

    private mutating func initiate() throws(ApplicationError) -> UserInformation {
        var initiate = InitiateRequest(conformance: settings.conformance, maximumPDU: settings.maximumPDU)
        guard var context = security, context.isCiphering else { return .request(initiate) }
        if settings.usesDedicatedKey {
            initiate.dedicatedKey = context.cryptography.unpredictable(SecurityKeys.length)
        }
        context.begin(peerTitle: nil, dedicatedKey: initiate.dedicatedKey, heard: context.heard)
        do throws(ProtectionError) {
            let sealed = try context.seal(APDU.initiateRequest(initiate).encoded)
            security = context
            return .opaque(sealed)
        } catch { throw .protection(error) }
    }

    /// The RLRQ to send. Meters of the field do not answer it; close the link when none comes. Throws
    /// `misuse` unless open.
    package mutating func release() throws(ApplicationError) -> [UInt8] {
        guard case .open = state else { throw .misuse("release") }
        var release = Release(.request)
        if isCiphering { release.userInformation = try initiate() }
        state = .releasing
        return APDU.release(release).encoded
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
        switch APDU.read(octets) {
        case .failure(let error): return fail(.undecodable(error))
        case .success(.ciphered(let ciphered)): return opened(ciphered)
        case .success(.generalBlockTransfer(let block)): return took(block)
        case .success(let apdu): return heard(apdu, isProtected: false)
        }
    }

    private mutating func opened(_ ciphered: CipheredAPDU) -> Action {
        guard var context = security, context.isCiphering else { return fail(.ciphered(ciphered.name)) }
        let plain: [UInt8]
        do throws(ProtectionError) { plain = try context.open(ciphered).plain } catch {
            return fail(.protection(error))
        }
        security = context
        switch APDU.read(plain) {
        case .failure(let error): return fail(.undecodable(error))
        case .success(let apdu): return heard(apdu, isProtected: true)
        }
    }

    private mutating func heard(_ apdu: APDU, isProtected: Bool) -> Action {
        switch apdu {
        case .exceptionResponse(let exception): return fail(.exception(exception))
        case .confirmedServiceError(let error): return fail(.serviceError(error))
        case .aare, .release: return answered(apdu)
        default: break
        }
        guard isProtected || !isCiphering else { return fail(.protection(.unprotected)) }
        switch apdu {
        case .dataNotification, .eventNotification: return .notified(apdu)
        default: return answered(apdu)
        }
    }

    /// An APDU to send, sealed where the association is ciphered.
    mutating func sealed(_ octets: [UInt8]) throws(ApplicationError) -> [UInt8] {
        guard isCiphering, var context = security else { return octets }
        do throws(ProtectionError) {
            let form: SecurityContext.Form = context.dedicatedKey == nil ? .global : .dedicated
            let sealed = try context.seal(octets, as: form)
            security = context
            return sealed
        } catch { throw .protection(error) }
    }

    /// Goes on with an APDU; the service fails when it cannot be sealed.
    mutating func sending(_ apdu: APDU) -> Action {
        do throws(ApplicationError) { return .sendAPDU(try sealed(apdu.encoded)) } catch {
            return fail(error)
        }
    }

    private mutating func answered(_ apdu: APDU) -> Action {
        switch (state, apdu) {
        case (.associating(let challenge), .aare(let answer)): return associated(answer, challenge: challenge)
        case (
            .authenticating(let invoke, let ours, let security, let theirs, let agreed),
            .actionResponse(let response)
        ):
            guard response.invoke.number == invoke.number else { return .ignored(apdu) }
            let pass = HighLevelPass(
                challenge: ours, ownChallenge: theirs, title: agreed.systemTitle ?? [], askerTitle: ownTitle)
            return authenticated(response, pass, security, agreed)
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

    mutating func open(_ agreed: Negotiated) -> Action {
        negotiated = agreed
        state = .open
        return .completed(.associated(agreed))
    }

    /// Invoke identifiers go round so that a late answer is told from the one awaited.
    mutating func nextInvoke() -> InvokeID {
        lastInvoke = lastInvoke % 15 + 1
        blocks = BlockExchange()
        return InvokeID(confirmed: lastInvoke)
    }
}
