// The protection of associations on the server's side (IEC 62056-5-3, suite 0): what an AARQ must bring, how
// requests are opened and answers sealed. Policy and counters are the server's to enforce: it refuses what is
// protected too little, and what was said before.

import Octets

/// Why an association request is turned away before anything is proved.
enum AssociationRefusal: Error, Sendable {
    /// By an AARE.
    case diagnostic(AssociationDiagnostic)
    /// By an exception.
    case exception(ExceptionResponse)
}

extension ServerAssociation {
    /// Whether APDUs may come and go open.
    var isOpen: Bool { context == nil }
}

extension ApplicationServer {
    // MARK: - Association

    /// The proposal of an AARQ, and the context of a ciphered one.
    mutating func opened(
        _ request: AARQ, _ profile: AssociationProfile
    ) throws(AssociationRefusal) -> (InitiateRequest, SecurityContext?) {
        switch request.context {
        case .logicalNames:
            guard profile.security.map({ $0.policy.request.isOpen }) ?? true else {
                throw .diagnostic(.contextNotSupported)
            }
            guard case .request(let initiate)? = request.userInformation else {
                throw .diagnostic(.serviceUser(1))
            }
            return (initiate, nil)
        case .logicalNamesCiphered:
            guard let security = profile.security, let systemTitle else {
                throw .diagnostic(.contextNotSupported)
            }
            guard let title = request.titles.first(where: { $0.tag == 0xA6 })?.octetString,
                title.count == SecurityKeys.titleLength, title != systemTitle
            else { throw .diagnostic(.callingTitleNotRecognised) }
            return try opened(request, profile.client, security, systemTitle, title)
        default: throw .diagnostic(.contextNotSupported)
        }
    }

    private mutating func opened(
        _ request: AARQ, _ client: ClientSAP, _ security: ServerSecurity, _ own: [UInt8], _ title: [UInt8]
    ) throws(AssociationRefusal) -> (InitiateRequest, SecurityContext?) {
        guard case .opaque(let octets)? = request.userInformation,
            case .success(.ciphered(let ciphered)) = APDU.read(octets),
            var context =
                (try? SecurityContext(
                    keys: security.keys, title: own, protection: security.policy.request,
                    cryptography: security.cryptography)) ?? nil
        else { throw .diagnostic(.serviceUser(1)) }
        context.begin(peerTitle: title, heard: heardCounters[client])
        let opened: (plain: [UInt8], form: SecurityContext.Form, control: SecurityControl)
        do throws(ProtectionError) { opened = try context.open(ciphered) } catch {
            switch error {
            case .replayed(_, let last): throw .exception(.counterError(expected: last))
            case .unprotected: throw .diagnostic(.contextNotSupported)
            default: throw .diagnostic(.authenticationFailure)
            }
        }
        heardCounters[client] = context.heard
        guard case .success(.initiateRequest(let initiate)) = APDU.read(opened.plain),
            initiate.dedicatedKey.map({ $0.count == SecurityKeys.length }) ?? true
        else { throw .diagnostic(.serviceUser(1)) }
        context.begin(peerTitle: title, dedicatedKey: initiate.dedicatedKey, heard: context.heard)
        // Answers are protected as the policy says, and no less than what the client itself chose.
        context.answering = security.policy.response.union(opened.control)
        return (initiate, context)
    }

    /// The RLRE; a ciphered RLRQ gets its initiate answered in kind.
    mutating func farewell(to request: Release, _ client: ClientSAP) -> Release {
        guard case .opaque? = request.userInformation, var association = association(client) else {
            return Release(.response)
        }
        let response = InitiateResponse(
            conformance: association.granted, maximumPDU: association.profile.maximumPDU)
        let sealed = seal(.initiateResponse(response), &association)
        return Release(.response, userInformation: sealed.map(UserInformation.opaque))
    }

    // MARK: - Services

    /// A ciphered request: opened, served, and its answer sealed in the same form.
    mutating func received(
        _ request: CipheredAPDU, from client: ClientSAP, directory: inout some ObjectDirectory
    ) -> [UInt8] {
        guard var association = association(client), var context = association.context else {
            return APDU.exceptionResponse(.serviceNotSupported).encoded
        }
        let opened: (plain: [UInt8], form: SecurityContext.Form, control: SecurityControl)
        do throws(ProtectionError) { opened = try context.open(request) } catch {
            return APDU.exceptionResponse(ApplicationServer.exception(for: error)).encoded
        }
        heardCounters[client] = context.heard
        association.context = context
        keep(association)
        switch APDU.read(opened.plain) {
        case .success(let plain):
            switch plain {
            case .getRequest, .setRequest, .actionRequest: break
            default: return APDU.exceptionResponse(.serviceNotSupported).encoded
            }
            let answer = serve(plain, client, &association, &directory)
            let sealed = seal(answer, &association, as: opened.form, opened.control)
            if association.isRefused { _ = takeAssociation(client) } else { keep(association) }
            return sealed ?? APDU.exceptionResponse(.otherReason).encoded
        case .failure: return APDU.exceptionResponse(.otherReason).encoded
        }
    }

    /// Octets of the longest answer that still fits the client's APDU once it is sealed.
    func sealingLimit(_ association: ServerAssociation) -> Int {
        guard let context = association.context else { return association.limit }
        // The general forms bear a title of eight octets and its length besides.
        return association.limit - context.answering.overhead - SecurityKeys.titleLength - 1
    }

    /// Seals an APDU for the client; nil when no counter is left.
    mutating func seal(_ apdu: APDU, _ association: inout ServerAssociation) -> [UInt8]? {
        seal(apdu.encoded, &association, as: .global, .none)
    }

    private mutating func seal(
        _ plain: [UInt8], _ association: inout ServerAssociation, as form: SecurityContext.Form,
        _ control: SecurityControl
    ) -> [UInt8]? {
        // An exception tells nothing that is not to be known, and must be understood without a key.
        if plain.first == ExceptionResponse.tag { return plain }
        guard var context = association.context, let counter = takeCounter() else { return nil }
        context.counters = InvocationCounters(counter..<counter + 1)
        let sealed = try? context.seal(plain, as: form, context.answering.union(control))
        association.context = context
        return sealed
    }

    private static func exception(for error: ProtectionError) -> ExceptionResponse {
        switch error {
        case .replayed(_, let last): .counterError(expected: last)
        case .unprotected: .serviceNotAllowed
        default: .decipheringError
        }
    }
}

extension ExceptionResponse {
    /// A ciphered request could not be opened.
    package static let decipheringError = ExceptionResponse(stateError: 2, serviceError: 5)

    /// A counter did not grow; the next one that will do follows.
    static func counterError(expected last: UInt32) -> ExceptionResponse {
        ExceptionResponse(stateError: 2, serviceError: 6, invocationCounter: last &+ 1)
    }
}
