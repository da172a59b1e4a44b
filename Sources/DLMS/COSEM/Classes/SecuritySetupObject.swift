// Interface class 64, version 1 (IEC 62056-6-2, Security setup): what protection a client must use.
// ApplicationServer answers with it for 0.0.43.0.0.255; keys are never readable, and the methods that change
// them are not offered.

/// Class 64: the protection of an association.
package struct SecuritySetupObject: InterfaceObject {
    /// 64
    package static let classID: UInt16 = 64
    /// Version 1.
    package static let version: UInt8 = 1
    /// Logical name … certificates.
    package static let attributeCount: Int8 = 6
    /// Methods that would change keys.
    package static let methodCount: Int8 = 8

    /// Its name.
    package var logicalName: LogicalName
    /// Attribute 2.
    package var policy: SecurityPolicy
    /// Attribute 3.
    package var suite: SecuritySuite
    /// Attribute 4.
    package var clientTitle: [UInt8]
    /// Attribute 5.
    package var serverTitle: [UInt8]

    /// A setup.
    package init(
        _ logicalName: LogicalName = .securitySetup, policy: SecurityPolicy, suite: SecuritySuite = .aes128,
        clientTitle: [UInt8], serverTitle: [UInt8]
    ) {
        self.logicalName = logicalName
        self.policy = policy
        self.suite = suite
        self.clientTitle = clientTitle
        self.serverTitle = serverTitle
    }

    /// Reads attributes 2…6; suite 0 has no certificates.
    package func attribute(_ index: Int8, selection: AccessSelection?) -> AttributeAnswer {
        switch index {
        case 2: .value(.enumerated(policy.rawValue))
        case 3: .value(.enumerated(suite.rawValue))
        case 4: .value(.octetString(clientTitle))
        case 5: .value(.octetString(serverTitle))
        case 6: .value(.array([]))
        default: .failure(.objectUndefined)
        }
    }
}

extension LogicalName {
    /// The security setup of the current association: 0.0.43.0.0.255.
    package static let securitySetup = LogicalName(0, 0, 43, 0, 0)
    /// The newest invocation counter the server has accepted: 0.0.43.1.0.255.
    package static let invocationCounter = LogicalName(0, 0, 43, 1, 0)
}
