// The opening of an association on the client's side: what the AARE granted, and the passes of high level
// security. Ciphered, the InitiateResponse is the first thing the meter proves itself with.

import Octets

extension ApplicationClient {
    mutating func associated(_ answer: AARE, challenge: [UInt8]) -> Action {
        namedMechanism = answer.mechanism
        // Some servers (Gurux) append an initiate error to every refusal: a diagnostic about the password
        // must not be lost behind it, for it decides whether the meter may be tried again.
        if case .error(let error)? = answer.userInformation, !answer.diagnostic.isAboutAuthentication {
            return fail(.initiateRefused(error))
        }
        guard answer.result == .accepted else { return fail(.refused(answer.result, answer.diagnostic)) }
        let title = answer.titles.first { $0.tag == 0xA4 }?.octetString
        let response: InitiateResponse
        do throws(ApplicationError) { response = try granted(answer, title: title) } catch {
            return fail(error)
        }
        guard response.vaaName == InitiateResponse.logicalNameVAA else {
            return fail(.unexpected("association with short names"))
        }
        let agreed = Negotiated(
            conformance: response.conformance.intersection(settings.conformance),
            serverMaximumPDU: response.maximumPDU, systemTitle: title)
        guard answer.diagnostic == .authenticationRequired else {
            // A side that was to prove itself and does not is not the meter.
            if case .highLevel = settings.authentication { return fail(.serverNotAuthentic) }
            return open(agreed)
        }
        guard let security = highLevel(named: answer.mechanism) else {
            return fail(.refused(answer.result, answer.diagnostic))
        }
        guard let serverChallenge = answer.authenticationValue else {
            return fail(.unexpected("AARE without challenge"))
        }
        return prove(security, challenge: challenge, serverChallenge: serverChallenge, agreed)
    }

    /// The InitiateResponse, opened where it is ciphered.
    private mutating func granted(
        _ answer: AARE, title: [UInt8]?
    ) throws(ApplicationError) -> InitiateResponse {
        switch answer.userInformation {
        case .response(let response)?:
            guard !isCiphering else { throw .protection(.unprotected) }
            security?.begin(peerTitle: title)
            return response
        case .opaque(let octets)?:
            guard var context = security, context.isCiphering else {
                throw .ciphered("user-information \(octets.prefix(1).hex)")
            }
            guard let title, title.count == SecurityKeys.titleLength else { throw .protection(.title) }
            let heard = settings.heardCounters[title]
            context.begin(peerTitle: title, dedicatedKey: context.dedicatedKey, heard: heard)
            guard case .success(.ciphered(let ciphered)) = APDU.read(octets) else {
                throw .unexpected("user-information \(octets.prefix(1).hex)")
            }
            let plain: [UInt8]
            do throws(ProtectionError) { plain = try context.open(ciphered).plain } catch {
                throw .protection(error)
            }
            security = context
            switch APDU.read(plain) {
            case .success(.initiateResponse(let response)): return response
            case .success(.confirmedServiceError(let error)): throw .initiateRefused(error)
            case .success: throw .unexpected("AARE without InitiateResponse")
            case .failure(let error): throw .undecodable(error)
            }
        default: throw .unexpected("AARE without InitiateResponse")
        }
    }

    /// Our part under the mechanism the server named: the one proposed, or one we may change to.
    private func highLevel(named mechanism: AuthenticationMechanism?) -> HighLevelSecurity? {
        guard case .highLevel(let proposed) = settings.authentication else { return nil }
        guard let mechanism, mechanism != proposed.mechanism else { return proposed }
        return settings.alternatives.first { $0.mechanism == mechanism }
    }

    private mutating func prove(
        _ security: HighLevelSecurity, challenge: [UInt8], serverChallenge: [UInt8], _ agreed: Negotiated
    ) -> Action {
        var pass = HighLevelPass(
            challenge: serverChallenge, ownChallenge: challenge, title: ownTitle,
            askerTitle: agreed.systemTitle ?? [])
        if security.mechanism == .highLevelGMAC { pass.counter = self.security?.counters.take() }
        guard let reply = security.reply(pass) else { return fail(.protection(.noCounter)) }
        let invoke = nextInvoke()
        state = .authenticating(invoke, challenge: challenge, security, serverChallenge, agreed)
        let method = MethodDescriptor(
            classID: AssociationObject.classID, logicalName: .currentAssociation, method: 1)
        return sending(.actionRequest(.normal(invoke, method, .octetString(reply))))
    }

    var ownTitle: [UInt8] { security?.title ?? settings.systemTitle ?? [] }

    mutating func authenticated(
        _ response: ActionResponse, _ pass: HighLevelPass, _ security: HighLevelSecurity, _ agreed: Negotiated
    ) -> Action {
        guard case .normal(_, let outcome) = response, outcome.result == .success else {
            return fail(.refused(.rejectedPermanent, .authenticationFailure))
        }
        guard case .data(.octetString(let reply))? = outcome.returned, security.verify(pass, reply)
        else { return fail(.serverNotAuthentic) }
        return open(agreed)
    }
}
