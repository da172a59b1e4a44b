// The server's half of the application layer (IEC 62056-5-3): the meter. Every request APDU gives at most one
// answer, so the machine needs no actions beyond the octets to send back. Objects live in an ObjectDirectory.
//
//   state (per client)  event                          next        answer
//   none                AARQ, secret right             associated  AARE accepted
//   none                AARQ, high level               pending     AARE accepted, diagnostic 14, challenge
//   none                AARQ, secret wrong             none        AARE rejected (13) with InitiateResponse
//   none                any service                    none        ExceptionResponse service-not-allowed
//   pending             ACTION 1 of 0.0.40.0.0, right  associated  our reply to the client's challenge
//   pending             ACTION 1 of 0.0.40.0.0, wrong  none        read-write-denied; the challenge is spent
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
//
// A ciphered association (`ApplicationServer+Protection.swift`) serves what it opens and seals what it says;
// an APDU protected less than the policy demands is answered with an exception and changes nothing.

import Octets

/// The conversations of a logical device with its clients.
package struct ApplicationServer: Sendable {
    /// Who may associate, and how. Changes hold from the next AARQ on.
    package var profiles: [AssociationProfile]
    /// Our system title as responding AP title; nil leaves it out.
    package var systemTitle: [UInt8]?
    /// The counter of the next APDU sealed: one row for all clients, for they may share a key.
    package var nextCounter: UInt32 = 1
    /// Wrong answers to challenges so far.
    package private(set) var wrongAnswers = 0
    /// One for each client that has any: so few that looking through them is quicker than hashing.
    private(set) var associations: [ServerAssociation] = []
    /// The newest counter accepted from each client, kept beyond its associations: an old APDU stays old.
    var heardCounters: [ClientSAP: UInt32] = [:]

    /// A server for the clients of `profiles`.
    package init(profiles: [AssociationProfile], systemTitle: [UInt8]? = nil) {
        self.profiles = profiles
        self.systemTitle = systemTitle
    }

    /// Clients associated now, the high level passes done.
    package var associatedClients: Set<ClientSAP> {
        Set(associations.filter { $0.challenges == nil }.map(\.profile.client))
    }

    /// The link of `client` was closed or opened anew: its association is gone.
    package mutating func linkClosed(by client: ClientSAP) { _ = takeAssociation(client) }

    /// All links were closed.
    package mutating func linksClosed() { associations = [] }

    /// The association of a client.
    func association(_ client: ClientSAP) -> ServerAssociation? {
        place(of: client).map { associations[$0] }
    }

    /// Takes a client's association out, to be changed without a copy of it, or to be gone.
    mutating func takeAssociation(_ client: ClientSAP) -> ServerAssociation? {
        place(of: client).map { associations.remove(at: $0) }
    }

    /// Keeps an association, in the place of another of the same client.
    mutating func keep(_ association: ServerAssociation) {
        if let place = place(of: association.profile.client) {
            associations[place] = association
        } else {
            associations.append(association)
        }
    }

    /// The blocks of an association that has agreed on them; `change` is told the longest APDU of the client.
    /// Nil when there is none.
    mutating func withBlocks<Value>(
        _ client: ClientSAP, _ change: (_ blocks: inout BlockExchange, _ limit: Int) -> Value
    ) -> Value? {
        guard let place = place(of: client), associations[place].granted.contains(.generalBlockTransfer)
        else { return nil }
        let limit = associations[place].limit
        return change(&associations[place].blocks, limit)
    }

    private func place(of client: ClientSAP) -> Int? {
        associations.firstIndex { $0.profile.client == client }
    }

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
        if case .generalBlockTransfer(let block) = request {
            return took(block, from: client, directory: &directory)
        }
        // Whoever asks anew has given up what was still being carried.
        forgetBlocks(client)
        return answered(request, client, &directory).map { carried($0, client) }
    }

    /// The answer to a whole request.
    mutating func answered(
        _ request: APDU, _ client: ClientSAP, _ directory: inout some ObjectDirectory
    ) -> [UInt8]? {
        switch request {
        case .aarq(let apdu): return associated(apdu, client).encoded
        case .release(let apdu):
            guard apdu.kind == .request else { return nil }
            defer { _ = takeAssociation(client) }
            return APDU.release(farewell(to: apdu, client)).encoded
        case .getRequest, .setRequest, .actionRequest:
            guard var association = takeAssociation(client) else {
                return APDU.exceptionResponse(.serviceNotAllowed).encoded
            }
            defer { if !association.isRefused { keep(association) } }
            guard association.isOpen else { return APDU.exceptionResponse(.serviceNotAllowed).encoded }
            return serve(request, client, &association, &directory)
        case .ciphered(let apdu): return received(apdu, from: client, directory: &directory)
        case .generalBlockTransfer: return APDU.exceptionResponse(.serviceNotSupported).encoded
        case .aare, .getResponse, .setResponse, .actionResponse, .eventNotification, .dataNotification,
            .exceptionResponse, .confirmedServiceError, .initiateRequest, .initiateResponse:
            return nil
        }
    }

    mutating func serve<Directory: ObjectDirectory>(
        _ request: APDU, _ client: ClientSAP, _ association: inout ServerAssociation,
        _ directory: inout Directory
    ) -> [UInt8] {
        if association.challenges != nil { return authenticate(request, &association) }
        var service = Service<Directory>(client: client, association: association, server: self)
        let answer = service.answer(request, &directory)
        association = service.association
        return answer
    }

    // MARK: - Association

    /// The answer to an AARQ: an AARE, or an exception for a counter that did not grow.
    private mutating func associated(_ request: AARQ, _ client: ClientSAP) -> APDU {
        _ = takeAssociation(client)
        guard let profile = profiles.first(where: { $0.client == client }) else {
            return .aare(refusal(.serviceUser(1)))
        }
        do throws(AssociationRefusal) {
            let (initiate, context) = try opened(request, profile)
            return .aare(associate(request, profile, initiate, context))
        } catch {
            switch error {
            case .diagnostic(let diagnostic): return .aare(refusal(diagnostic))
            case .exception(let exception): return .exceptionResponse(exception)
            }
        }
    }

    private mutating func associate(
        _ request: AARQ, _ profile: AssociationProfile, _ initiate: InitiateRequest,
        _ context: SecurityContext?
    ) -> AARE {
        let granted = initiate.conformance.intersection(profile.conformance)
        let least = context == nil ? 32 : 64
        if let code = initiateError(initiate, granted, least: least) {
            let error = ConfirmedServiceError(service: 1, errorClass: 6, value: code)
            return AARE(
                result: .rejectedPermanent, diagnostic: .serviceUser(1), userInformation: .error(error))
        }
        let response = InitiateResponse(conformance: granted, maximumPDU: profile.maximumPDU)
        var answer = AARE(context: request.context, userInformation: .response(response))
        if let systemTitle {
            let length = UInt8(truncatingIfNeeded: systemTitle.count)
            answer.titles = [ACSETitle(tag: 0xA4, content: [0x04, length] + systemTitle)]
        }
        let ours = Int(profile.maximumPDU)
        let limit = max(least, initiate.maximumPDU == 0 ? ours : min(ours, Int(initiate.maximumPDU)))
        var association = ServerAssociation(profile: profile, granted: granted, limit: limit)
        association.clientTitle = request.titles.first { $0.tag == 0xA6 }?.octetString ?? []
        association.context = context
        let diagnostic = prove(request, profile, &association, &answer)
        answer.diagnostic = diagnostic
        if diagnostic == .none || diagnostic == .authenticationRequired {
            if context != nil, let sealed = seal(.initiateResponse(response), &association) {
                answer.userInformation = .opaque(sealed)
            }
            keep(association)
        } else {
            answer.result = .rejectedPermanent
        }
        return answer
    }

    private func refusal(_ diagnostic: AssociationDiagnostic) -> AARE {
        AARE(result: .rejectedPermanent, diagnostic: diagnostic)
    }

    /// The value of the initiate error, if the proposal cannot be met.
    private func initiateError(
        _ initiate: InitiateRequest, _ granted: Conformance, least: Int
    ) -> UInt8? {
        if initiate.version < 6 { return 1 }
        if granted.isEmpty { return 2 }
        return (1..<least).contains(Int(initiate.maximumPDU)) ? 3 : nil
    }

    /// Checks what the client proves; `none` and `authenticationRequired` let it in.
    private func prove(
        _ request: AARQ, _ profile: AssociationProfile, _ association: inout ServerAssociation,
        _ answer: inout AARE
    ) -> AssociationDiagnostic {
        let offered = request.mechanism ?? AuthenticationMechanism.none
        guard offered == profile.authentication.mechanism else {
            // Named, so that the client need not guess with its secret.
            answer.mechanism = profile.authentication.mechanism
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

    private mutating func authenticate(
        _ request: APDU, _ association: inout ServerAssociation
    ) -> [UInt8] {
        guard let challenges = association.challenges,
            case .highLevel(let security) = association.profile.authentication,
            case .actionRequest(.normal(let invoke, let method, let parameters)) = request,
            method.object == ObjectKey.currentAssociation, method.method == 1
        else { return APDU.exceptionResponse(.serviceNotAllowed).encoded }
        let theirs = HighLevelPass(
            challenge: challenges.ours, ownChallenge: challenges.theirs, title: association.clientTitle,
            askerTitle: systemTitle ?? [])
        guard case .octetString(let reply)? = parameters, security.verify(theirs, reply) else {
            // A challenge that could be tried again would be a lock with a handle for every guess.
            association.isRefused = true
            wrongAnswers += 1
            return APDU.actionResponse(.normal(invoke, ActionOutcome(.readWriteDenied))).encoded
        }
        var ours = HighLevelPass(
            challenge: challenges.theirs, ownChallenge: challenges.ours, title: systemTitle ?? [],
            askerTitle: association.clientTitle)
        if security.mechanism == .highLevelGMAC { ours.counter = takeCounter() }
        guard let proof = security.reply(ours) else {
            return APDU.actionResponse(.normal(invoke, ActionOutcome(.otherReason))).encoded
        }
        association.challenges = nil
        let answer = DataValue.octetString(proof)
        return APDU.actionResponse(.normal(invoke, ActionOutcome(.success, returned: .data(answer)))).encoded
    }

    /// The server's next counter; nil when all are used up.
    mutating func takeCounter() -> UInt32? {
        guard nextCounter < UInt32.max else { return nil }
        defer { nextCounter += 1 }
        return nextCounter
    }
}
