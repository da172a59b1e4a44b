// What ApplicationClient is given and what it says: settings, results, actions and errors.

package import Octets

extension ApplicationClient {
    /// How to associate.
    package struct Settings: Sendable {
        /// How to prove who we are.
        package var authentication: Authentication
        /// Services to propose; 00 7E 1F suits the meters of the field.
        package var conformance: Conformance
        /// Largest APDU we take, octets.
        package var maximumPDU: UInt16
        /// Our system title as calling AP title; nil leaves it out, as plain SPODES readers do. A security
        /// context has its own.
        package var systemTitle: [UInt8]?
        /// Keys to cipher with; nil for an open association.
        package var security: SecurityContext?
        /// Whether services go under a key made for the association, not under the global one.
        package var usesDedicatedKey = false
        /// High level mechanisms to change to when the server names one of them instead of the proposed.
        package var alternatives: [HighLevelSecurity] = []
        /// The newest counter heard of each server by its system title: what is not newer is a replay.
        package var heardCounters: [[UInt8]: UInt32] = [:]

        /// Settings with the proposal of the field's readers.
        package init(
            authentication: Authentication = .none, conformance: Conformance = .automaticProposal,
            maximumPDU: UInt16 = 1200, systemTitle: [UInt8]? = nil, security: SecurityContext? = nil
        ) {
            self.security = security
            self.authentication = authentication
            self.conformance = conformance
            self.maximumPDU = maximumPDU
            self.systemTitle = systemTitle
        }
    }

    /// What was agreed with the server.
    package struct Negotiated: Sendable, Hashable {
        /// Services both sides have.
        package var conformance: Conformance
        /// Largest APDU the server takes, octets; 0 is no limit.
        package var serverMaximumPDU: UInt16
        /// The meter's own name for itself, when it told.
        package var systemTitle: [UInt8]?
    }

    /// The result of one service.
    package enum Outcome: Sendable, Hashable {
        /// The association is open.
        case associated(Negotiated)
        /// GET of one attribute ended.
        case get(GetDataResult)
        /// GET of a list ended; as many results as asked.
        case list([GetDataResult])
        /// GET of a list was refused as a whole; nothing is known of any one attribute.
        case listRefused(DataAccessResult)
        /// SET ended.
        case set(DataAccessResult)
        /// ACTION ended.
        case action(ActionOutcome)
        /// The association is closed.
        case released
    }

    /// What to do next.
    package enum Action: Sendable, Hashable {
        /// Send these octets and wait for the next APDU.
        case sendAPDU([UInt8])
        /// The service ended; the next may start.
        case completed(Outcome)
        /// The service failed; the next may start unless the association was refused.
        case failed(ApplicationError)
        /// Not an answer to our request but a late one: keep waiting.
        case ignored(APDU)
        /// DataNotification or EventNotification, sent unasked: keep waiting. It may come in any state.
        case notified(APDU)
    }
}

/// Why a service of the application layer could not be carried out.
package enum ApplicationError: Error, Sendable, Hashable {
    /// We misused the machine: a service was asked for in the wrong state.
    case misuse(String)
    /// The association does not offer the service.
    case notOffered(Conformance)
    /// The request is longer than the server takes, and blocks are not offered.
    case requestTooLong(octets: Int, limit: Int)
    /// The server refused the association. Never retried by itself: meters block after five wrong passwords.
    case refused(AssociationResult, AssociationDiagnostic)
    /// The server refused the proposal (version, conformance or PDU size).
    case initiateRefused(ConfirmedServiceError)
    /// The server answered with an exception.
    case exception(ExceptionResponse)
    /// The server answered with a service error.
    case serviceError(ConfirmedServiceError)
    /// The server's reply to our challenge is wrong: it does not hold the key.
    case serverNotAuthentic
    /// The answer is ciphered, and we have no keys.
    case ciphered(String)
    /// A request could not be sealed, or an answer not be opened.
    case protection(ProtectionError)
    /// The answer could not be read.
    case undecodable(DecodingError)
    /// An answer of another service than asked.
    case unexpected(String)
    /// A data block came out of order.
    case blockOutOfOrder(expected: UInt32, received: UInt32)
    /// The joined blocks exceed `DLMSLimit.joinedPayload`.
    case tooLong
}
