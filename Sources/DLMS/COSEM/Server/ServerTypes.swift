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

    /// A profile with the services meters of the field grant.
    package init(
        client: ClientSAP, authentication: Authentication, conformance: Conformance = .usualGrant,
        maximumPDU: UInt16 = 1024
    ) {
        self.client = client
        self.authentication = authentication
        self.conformance = conformance
        self.maximumPDU = maximumPDU
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
    var transfer = Transfer.none
}
