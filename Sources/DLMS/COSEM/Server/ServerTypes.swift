// What ApplicationServer is given: one profile per client that may associate.

/// How one client may associate.
package struct AssociationProfile: Sendable {
    /// The client.
    package var client: ClientSAP
    /// What it must prove.
    package var authentication: Authentication
    /// Services granted at most.
    package var conformance: Conformance
    /// Largest APDU the server takes and sends, octets; meters of the field say 100…1224. At least 32.
    package var maximumPDU: UInt16
    /// How its APDUs are protected; nil when it cannot cipher.
    package var security: ServerSecurity?

    /// A profile with the services meters of the field grant.
    package init(
        client: ClientSAP, authentication: Authentication, conformance: Conformance = .usualGrant,
        maximumPDU: UInt16 = 1024, security: ServerSecurity? = nil
    ) {
        self.security = security
        self.client = client
        self.authentication = authentication
        self.conformance = conformance
        self.maximumPDU = maximumPDU
    }
}

/// What one client's APDUs are protected with, and how far they must be.
package struct ServerSecurity: Sendable {
    /// The global keys.
    package var keys: SecurityKeys
    /// What requests must have and responses get at least. Empty lets the client choose, open associations
    /// included.
    package var policy: SecurityPolicy
    /// Who computes.
    package var cryptography: any Cryptography

    /// Keys under a policy.
    package init(keys: SecurityKeys, policy: SecurityPolicy = .full, cryptography: any Cryptography) {
        self.keys = keys
        self.policy = policy
        self.cryptography = cryptography
    }
}

/// What the server keeps of one association.
struct ServerAssociation: Sendable {
    /// A service that takes several APDUs.
    enum Transfer: Sendable {
        case none
        case sending(AnswerStream, number: UInt32)
        case setting([AttributeRequest], isList: Bool, Incoming)
        case acting(MethodDescriptor, Incoming)
    }

    /// A long request being joined.
    struct Incoming: Sendable {
        var joined: [UInt8] = []
        var expected: UInt32 = 1

        /// Takes a block; nil when it is in order, else the reason to stop.
        mutating func join(_ block: DataBlock) -> DataAccessResult? {
            guard block.number == expected, block.number < UInt32.max else { return .dataBlockNumberInvalid }
            guard joined.count + block.rawData.count <= DLMSLimit.apdu else { return .longSetAborted }
            joined += block.rawData
            expected += 1
            return nil
        }
    }

    var profile: AssociationProfile
    var granted: Conformance
    /// Octets of the longest APDU the client takes.
    var limit: Int
    /// Our challenge and the client's while the high level passes are not done.
    var challenges: (ours: [UInt8], theirs: [UInt8])?
    /// Whether the client's answer was wrong: the association ends with the one it is told so in.
    var isRefused = false
    var transfer = Transfer.none
    /// Blocks beneath the service under way, where general block transfer was agreed.
    var blocks = BlockExchange()
    /// The client's system title; empty when it told none.
    var clientTitle: [UInt8] = []
    /// Keys and titles of a ciphered association; nil for an open one. Its counters are the server's.
    var context: SecurityContext?
}
