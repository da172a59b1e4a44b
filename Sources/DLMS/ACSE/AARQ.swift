// AARQ, the request for an association (IEC 62056-5-3, ACSE; BER). Sent by ApplicationClient, read by
// ApplicationServer and by the analyser.

package import Octets

/// An association request.
package struct AARQ: Sendable, Hashable {
    /// The tag of the APDU.
    package static let tag: UInt8 = 0x60

    /// The application context asked for.
    package var context: ApplicationContext
    /// Identifying titles, in the order received: tags A2…A9 with their BER content as it came.
    package var titles: [ACSETitle] = []
    /// The mechanism; nil when the field is absent, which means no authentication.
    package var mechanism: AuthenticationMechanism?
    /// The password or the client's challenge.
    package var authenticationValue: [UInt8]?
    /// The initiate, or its ciphered form.
    package var userInformation: UserInformation?

    /// A request; with a mechanism other than none its name and value are sent.
    package init(
        context: ApplicationContext = .logicalNames, mechanism: AuthenticationMechanism? = nil,
        authenticationValue: [UInt8]? = nil, userInformation: UserInformation? = nil
    ) {
        self.context = context
        self.mechanism = mechanism
        self.authenticationValue = authenticationValue
        self.userInformation = userInformation
    }

    /// Reads the APDU to its end. Throws `unsupported` for an unknown field or context.
    package init(from reader: inout OctetReader) throws(DecodingError) {
        try reader.expect(AARQ.tag, "AARQ")
        var fields = OctetReader(try reader.lengthPrefixed(limit: DLMSLimit.apdu, "AARQ"))
        var context: ApplicationContext?
        while !fields.isAtEnd {
            let start = fields.position
            let field = try BERField(from: &fields)
            switch field.tag {
            case 0x80, 0x8A, 0xBD: break
            case 0xA1: context = try ACSEField.context(field)
            case 0xA2...0xA9: titles.append(ACSETitle(tag: field.tag, content: Array(field.content)))
            case 0x8B: mechanism = try ACSEField.mechanism(field.content)
            case 0xAC: authenticationValue = Array(try field.nested(0x80, "calling-authentication-value"))
            case 0xBE:
                userInformation = try UserInformation(octets: try field.nested(0x04, "user-information"))
            default: throw DecodingError(.unsupported, at: start, "AARQ field \([field.tag].hex)")
            }
        }
        guard let context else {
            throw DecodingError(.invalid, at: fields.position, "application-context-name")
        }
        self.context = context
    }

    /// Writes the APDU; the requirements field accompanies the mechanism name.
    package func encode(into writer: inout OctetWriter) {
        var fields = OctetWriter()
        fields.field(
            0xA1, 0x06,
            DLMSObjectIdentifier.octets(branch: DLMSObjectIdentifier.contextBranch, value: context.rawValue))
        for title in titles { fields.field(title.tag, title.content) }
        if let mechanism {
            fields.field(0x8A, [0x07, 0x80])
            fields.field(0x8B, ACSEField.octets(of: mechanism))
        }
        if let authenticationValue { fields.field(0xAC, 0x80, authenticationValue) }
        if let userInformation { fields.field(0xBE, 0x04, userInformation.encoded) }
        writer.field(AARQ.tag, fields.octets)
    }
}

extension AARQ: CustomStringConvertible {
    /// Context and mechanism; the password prints as dots (D12).
    package var description: String {
        "AARQ context \(context.rawValue) mechanism \(mechanism?.rawValue ?? 0) ••"
    }
}

/// A title, qualifier or invocation identifier of an ACSE APDU, not interpreted beyond its tag.
package struct ACSETitle: Sendable, Hashable {
    /// The context tag, A2…A9.
    package var tag: UInt8
    /// The BER content, such as 04 08 and a system title.
    package var content: [UInt8]

    /// The octets of a title sent as OCTET STRING, such as a system title; nil for other forms.
    package var octetString: [UInt8]? {
        guard content.count >= 2, content[0] == 0x04, Int(content[1]) == content.count - 2 else { return nil }
        return Array(content[2...])
    }
}

/// Parsing shared by AARQ and AARE.
enum ACSEField {
    static func context(_ field: BERField) throws(DecodingError) -> ApplicationContext {
        let identifier = try field.nested(0x06, "application-context-name")
        return ApplicationContext(
            rawValue: try DLMSObjectIdentifier.value(
                branch: DLMSObjectIdentifier.contextBranch, in: identifier, "application-context-name"))
    }

    static func mechanism(_ octets: ArraySlice<UInt8>) throws(DecodingError) -> AuthenticationMechanism {
        AuthenticationMechanism(
            rawValue: try DLMSObjectIdentifier.value(
                branch: DLMSObjectIdentifier.mechanismBranch, in: octets, "mechanism-name"))
    }

    static func octets(of mechanism: AuthenticationMechanism) -> [UInt8] {
        DLMSObjectIdentifier.octets(branch: DLMSObjectIdentifier.mechanismBranch, value: mechanism.rawValue)
    }
}
