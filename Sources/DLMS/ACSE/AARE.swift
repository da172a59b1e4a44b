// AARE, the answer to an association request (IEC 62056-5-3, ACSE; BER). A refusal still carries the
// InitiateResponse on the meters seen, so both are always read.

package import Octets

/// An association response.
package struct AARE: Sendable, Hashable {
    /// The tag of the APDU.
    package static let tag: UInt8 = 0x61

    /// The application context granted.
    package var context: ApplicationContext
    /// Accepted or refused.
    package var result: AssociationResult
    /// Why.
    package var diagnostic: AssociationDiagnostic
    /// Identifying titles, in the order received; A4 is the responding AP title.
    package var titles: [ACSETitle] = []
    /// The mechanism, in high level security.
    package var mechanism: AuthenticationMechanism?
    /// The server's challenge, in high level security.
    package var authenticationValue: [UInt8]?
    /// The initiate response, an error or a ciphered form.
    package var userInformation: UserInformation?

    /// A response.
    package init(
        context: ApplicationContext = .logicalNames, result: AssociationResult = .accepted,
        diagnostic: AssociationDiagnostic = .none, userInformation: UserInformation? = nil
    ) {
        self.context = context
        self.result = result
        self.diagnostic = diagnostic
        self.userInformation = userInformation
    }

    /// Reads the APDU to its end. Throws `unsupported` for an unknown field, `invalid` when result or
    /// diagnostic are missing.
    package init(from reader: inout OctetReader) throws(DecodingError) {
        try reader.expect(AARE.tag, "AARE")
        var fields = OctetReader(try reader.lengthPrefixed(limit: DLMSLimit.apdu, "AARE"))
        var context: ApplicationContext?
        var result: AssociationResult?
        var diagnostic: AssociationDiagnostic?
        while !fields.isAtEnd {
            let start = fields.position
            let field = try BERField(from: &fields)
            switch field.tag {
            case 0x80, 0x88, 0xBD: break
            case 0xA1: context = try ACSEField.context(field)
            case 0xA2: result = AssociationResult(rawValue: try field.integer("result"))
            case 0xA3: diagnostic = try AARE.diagnostic(field)
            case 0xA4...0xA9: titles.append(ACSETitle(tag: field.tag, content: Array(field.content)))
            case 0x89: mechanism = try ACSEField.mechanism(field.content)
            case 0xAA: authenticationValue = Array(try field.nested(0x80, "responding-authentication-value"))
            case 0xBE:
                userInformation = try UserInformation(octets: try field.nested(0x04, "user-information"))
            default: throw DecodingError(.unsupported, at: start, "AARE field \([field.tag].hex)")
            }
        }
        guard let context, let result, let diagnostic else {
            throw DecodingError(.invalid, at: fields.position, "AARE without context, result or diagnostic")
        }
        self.context = context
        self.result = result
        self.diagnostic = diagnostic
    }

    private static func diagnostic(_ field: BERField) throws(DecodingError) -> AssociationDiagnostic {
        var reader = OctetReader(field.content)
        let source = try BERField(from: &reader)
        try reader.finish("result-source-diagnostic")
        let value = try source.integer("result-source-diagnostic")
        switch source.tag {
        case 0xA1: return .serviceUser(value)
        case 0xA2: return .serviceProvider(value)
        default: throw DecodingError(.unsupported, at: field.content.startIndex, "result-source-diagnostic")
        }
    }

    /// Writes the APDU; the requirements field accompanies the mechanism name.
    package func encode(into writer: inout OctetWriter) {
        var fields = OctetWriter()
        fields.field(
            0xA1, 0x06,
            DLMSObjectIdentifier.octets(branch: DLMSObjectIdentifier.contextBranch, value: context.rawValue))
        fields.field(0xA2, 0x02, [result.rawValue])
        var source = OctetWriter()
        switch diagnostic {
        case .serviceUser(let value): source.field(0xA1, 0x02, [value])
        case .serviceProvider(let value): source.field(0xA2, 0x02, [value])
        }
        fields.field(0xA3, source.octets)
        for title in titles { fields.field(title.tag, title.content) }
        if let mechanism {
            fields.field(0x88, [0x07, 0x80])
            fields.field(0x89, ACSEField.octets(of: mechanism))
        }
        if let authenticationValue { fields.field(0xAA, 0x80, authenticationValue) }
        if let userInformation { fields.field(0xBE, 0x04, userInformation.encoded) }
        writer.field(AARE.tag, fields.octets)
    }
}
