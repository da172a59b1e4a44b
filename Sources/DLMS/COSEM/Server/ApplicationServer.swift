// The server's half of the application layer (IEC 62056-5-3): the meter. Every request APDU gives at most one
// answer, so the machine needs no actions beyond the octets to send back. Objects live in an ObjectDirectory.
//
//   state (per client)  event                          next        answer
//   none                AARQ, secret right             associated  AARE accepted
//   none                AARQ, high level               pending     AARE accepted, diagnostic 14, challenge
//   none                AARQ, secret wrong             none        AARE rejected (13) with InitiateResponse
//   none                any service                    none        ExceptionResponse service-not-allowed
//   pending             ACTION 1 of 0.0.40.0.0, right  associated  our reply to the client's challenge
//   pending             anything else                  pending     ExceptionResponse
//   associated          GET, short answer              associated  normal
//   associated          GET, long answer               sending     block 1
//   sending             GET next, right number         sending     next block; after the last: associated
//   associated          GET next                       associated  block with no-long-get-in-progress
//   associated          SET / ACTION first block       collecting  acknowledgement
//   collecting          block, not the last            collecting  acknowledgement
//   collecting          last block                     associated  result
//   any                 RLRQ                           none        RLRE
//   any                 linkClosed                     none        (nothing)

import Octets

/// The conversations of a logical device with its clients.
package struct ApplicationServer: Sendable {
    /// Who may associate, and how. Changes hold from the next AARQ on.
    package var profiles: [AssociationProfile]
    /// Our system title as responding AP title; nil leaves it out.
    package var systemTitle: [UInt8]?
    var associations: [ClientSAP: ServerAssociation] = [:]

    /// A server for the clients of `profiles`.
    package init(profiles: [AssociationProfile], systemTitle: [UInt8]? = nil) {
        self.profiles = profiles
        self.systemTitle = systemTitle
    }

    /// Clients associated now, the high level passes done.
    package var associatedClients: Set<ClientSAP> {
        Set(associations.filter { $0.value.challenges == nil }.keys)
    }

    /// The link of `client` was closed or opened anew: its association is gone.
    package mutating func linkClosed(by client: ClientSAP) { associations[client] = nil }

    /// One APDU came in from `client`. Returns the APDU to answer with; nil when there is nothing to say.
    package mutating func received(
        _ octets: [UInt8], from client: ClientSAP, directory: inout some ObjectDirectory
    ) -> [UInt8]? {
        let request: APDU
        do throws(DecodingError) {
            request = try APDU(octets: octets)
        } catch {
            return APDU.exceptionResponse(.otherReason).encoded
        }
        switch request {
        case .aarq(let apdu): return APDU.aare(associate(apdu, client)).encoded
        case .release(let apdu):
            guard apdu.kind == .request else { return nil }
            associations[client] = nil
            return APDU.release(Release(.response)).encoded
        case .getRequest, .setRequest, .actionRequest:
            guard var association = associations[client] else {
                return APDU.exceptionResponse(.serviceNotAllowed).encoded
            }
            let answer = serve(request, client, &association, &directory)
            associations[client] = association
            return answer
        case .ciphered, .generalBlockTransfer: return APDU.exceptionResponse(.serviceNotSupported).encoded
        case .aare, .getResponse, .setResponse, .actionResponse, .eventNotification, .dataNotification,
            .exceptionResponse, .confirmedServiceError, .initiateRequest, .initiateResponse:
            return nil
        }
    }

    private func serve(
        _ request: APDU, _ client: ClientSAP, _ association: inout ServerAssociation,
        _ directory: inout some ObjectDirectory
    ) -> [UInt8] {
        if association.challenges != nil { return authenticate(request, &association) }
        var service = Service(client: client, association: association, directory: directory)
        let answer = service.answer(request)
        association = service.association
        directory = service.directory
        return answer
    }

    // MARK: - Association

    private mutating func associate(_ request: AARQ, _ client: ClientSAP) -> AARE {
        associations[client] = nil
        guard request.context == .logicalNames else { return refusal(.contextNotSupported) }
        guard let profile = profiles.first(where: { $0.client == client }),
            case .request(let initiate)? = request.userInformation
        else { return refusal(.serviceUser(1)) }
        let granted = initiate.conformance.intersection(profile.conformance)
        if let code = initiateError(initiate, granted) {
            let error = ConfirmedServiceError(service: 1, errorClass: 6, value: code)
            return AARE(
                result: .rejectedPermanent, diagnostic: .serviceUser(1), userInformation: .error(error))
        }
        var answer = AARE(
            userInformation: .response(
                InitiateResponse(conformance: granted, maximumPDU: profile.maximumPDU)))
        if let systemTitle {
            let length = UInt8(truncatingIfNeeded: systemTitle.count)
            answer.titles = [ACSETitle(tag: 0xA4, content: [0x04, length] + systemTitle)]
        }
        let ours = Int(profile.maximumPDU)
        var association = ServerAssociation(
            profile: profile, granted: granted,
            limit: max(32, initiate.maximumPDU == 0 ? ours : min(ours, Int(initiate.maximumPDU))))
        let diagnostic = prove(request, profile, &association, &answer)
        answer.diagnostic = diagnostic
        if diagnostic == .none || diagnostic == .authenticationRequired {
            associations[client] = association
        } else {
            answer.result = .rejectedPermanent
        }
        return answer
    }

    private func refusal(_ diagnostic: AssociationDiagnostic) -> AARE {
        AARE(result: .rejectedPermanent, diagnostic: diagnostic)
    }

    /// The value of the initiate error, if the proposal cannot be met.
    private func initiateError(_ initiate: InitiateRequest, _ granted: Conformance) -> UInt8? {
        if initiate.version < 6 { return 1 }
        if granted.isEmpty { return 2 }
        return (1..<32).contains(initiate.maximumPDU) ? 3 : nil
    }

    /// Checks what the client proves; `none` and `authenticationRequired` let it in.
    private func prove(
        _ request: AARQ, _ profile: AssociationProfile, _ association: inout ServerAssociation,
        _ answer: inout AARE
    ) -> AssociationDiagnostic {
        let offered = request.mechanism ?? AuthenticationMechanism.none
        guard offered == profile.authentication.mechanism else {
            return offered == AuthenticationMechanism.none ? .mechanismRequired : .mechanismNotRecognised
        }
        switch profile.authentication {
        case .none: return .none
        case .lowLevel(let secret):
            return request.authenticationValue == secret ? .none : .authenticationFailure
        case .highLevel(let security):
            guard let theirs = request.authenticationValue, (8...64).contains(theirs.count) else {
                return .authenticationFailure
            }
            let ours = security.makeChallenge()
            association.challenges = (ours, theirs)
            answer.mechanism = security.mechanism
            answer.authenticationValue = ours
            return .authenticationRequired
        }
    }

    private func authenticate(_ request: APDU, _ association: inout ServerAssociation) -> [UInt8] {
        guard let challenges = association.challenges,
            case .highLevel(let security) = association.profile.authentication,
            case .actionRequest(.normal(let invoke, let method, let parameters)) = request,
            method.object == ObjectKey.currentAssociation, method.method == 1
        else { return APDU.exceptionResponse(.serviceNotAllowed).encoded }
        guard case .octetString(let reply)? = parameters, security.verify(challenges.ours, reply) else {
            return APDU.actionResponse(.normal(invoke, ActionOutcome(.readWriteDenied))).encoded
        }
        association.challenges = nil
        let answer = DataValue.octetString(security.reply(challenges.theirs))
        return APDU.actionResponse(.normal(invoke, ActionOutcome(.success, returned: .data(answer)))).encoded
    }
}
