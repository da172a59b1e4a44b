// Interface class 15 (IEC 62056-6-2, Association LN): who may do what. ApplicationServer answers for the
// current association 0.0.40.0.0 with this object; a directory adds 0.0.40.0.1…3 when its device publishes
// them.

import Octets

/// Class 15: an association and its object list.
package struct AssociationObject: InterfaceObject {
    /// 15
    package static let classID: UInt16 = 15
    /// Version 1.
    package static let version: UInt8 = 1
    /// Logical name … security setup reference.
    package static let attributeCount: Int8 = 9
    /// Reply to HLS, change secret, add and remove object.
    package static let methodCount: Int8 = 4

    /// Attribute 8.
    package enum Status: UInt8, Sendable, Hashable {
        /// Nobody is associated.
        case nonAssociated = 0
        /// The passes of high level security are not done.
        case pending = 1
        /// Open.
        case associated = 2
    }

    /// Its name.
    package var logicalName: LogicalName
    /// Attribute 2.
    package var objectList: [ObjectListElement]
    /// Attribute 3, first half.
    package var client: ClientSAP
    /// Attribute 3, second half.
    package var serverSAP: UInt16
    /// Attribute 4.
    package var context: ApplicationContext
    /// Attribute 5.
    package var conformance: Conformance
    /// Attribute 5: largest APDU either way.
    package var maximumPDU: UInt16
    /// Attribute 6.
    package var mechanism: AuthenticationMechanism
    /// Attribute 8.
    package var status: Status

    /// An association.
    package init(
        _ logicalName: LogicalName = .currentAssociation, objectList: [ObjectListElement], client: ClientSAP,
        serverSAP: UInt16 = 1, context: ApplicationContext = .logicalNames, conformance: Conformance,
        maximumPDU: UInt16, mechanism: AuthenticationMechanism, status: Status = .associated
    ) {
        self.logicalName = logicalName
        self.objectList = objectList
        self.client = client
        self.serverSAP = serverSAP
        self.context = context
        self.conformance = conformance
        self.maximumPDU = maximumPDU
        self.mechanism = mechanism
        self.status = status
    }

    /// Reads attributes 2…9; the secret, attribute 7, cannot be read.
    package func attribute(_ index: Int8, selection: AccessSelection?) -> AttributeAnswer {
        switch index {
        case 2:
            let elements = objectList
            return .rows(LazyRows(count: elements.count) { elements[$0].value })
        case 3:
            let sap = Int8(truncatingIfNeeded: client.rawValue)
            return .value(.structure([.integer(sap), .longUnsigned(serverSAP)]))
        case 4:
            let name = DLMSObjectIdentifier.octets(
                branch: DLMSObjectIdentifier.contextBranch, value: context.rawValue)
            return .value(.octetString(name))
        case 5: return .value(contextInformation)
        case 6: return .value(.octetString(ACSEField.octets(of: mechanism)))
        case 7: return .failure(.readWriteDenied)
        case 8: return .value(.enumerated(status.rawValue))
        case 9: return .value(.octetString([0, 0, 43, 0, 0, 255]))
        default: return .failure(.objectUndefined)
        }
    }

    private var contextInformation: DataValue {
        var bits = OctetWriter()
        conformance.encode(into: &bits)
        return .structure([
            .bitString(BitString(octets: Array(bits.octets.suffix(3)))), .longUnsigned(maximumPDU),
            .longUnsigned(maximumPDU), .unsigned(6), .integer(0), .octetString([]),
        ])
    }
}
