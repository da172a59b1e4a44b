// RLRQ and RLRE, the orderly end of an association (IEC 62056-5-3, ACSE; BER). The SPODES meters seen end
// with the link's DISC instead, so an unanswered release is not a fault.

package import Octets

/// A release request or response: both have the same two optional fields.
package struct Release: Sendable, Hashable {
    /// Which of the two.
    package enum Kind: UInt8, Sendable, Hashable {
        /// RLRQ
        case request = 0x62
        /// RLRE
        case response = 0x63
    }

    /// Request or response.
    package var kind: Kind
    /// Reason: 0 normal, 1 urgent or not finished, 30 user-defined; nil when absent.
    package var reason: UInt8?
    /// The initiate APDU repeated, or its ciphered form.
    package var userInformation: UserInformation?

    /// A release; reason normal unless told otherwise.
    package init(_ kind: Kind, reason: UInt8? = 0, userInformation: UserInformation? = nil) {
        self.kind = kind
        self.reason = reason
        self.userInformation = userInformation
    }

    /// Reads the APDU to its end. Throws `unsupported` for another tag or an unknown field.
    package init(from reader: inout OctetReader) throws(DecodingError) {
        let start = reader.position
        guard let kind = Kind(rawValue: try reader.octet("release")) else {
            throw DecodingError(.unsupported, at: start, "release")
        }
        self.kind = kind
        var fields = OctetReader(try reader.lengthPrefixed(limit: DLMSLimit.apdu, "release"))
        while !fields.isAtEnd {
            let start = fields.position
            let field = try BERField(from: &fields)
            switch field.tag {
            case 0x80:
                guard field.content.count == 1 else { throw DecodingError(.invalid, at: start, "reason") }
                reason = field.content.first
            case 0xBE:
                userInformation = try UserInformation(octets: try field.nested(0x04, "user-information"))
            default: throw DecodingError(.unsupported, at: start, "release field \([field.tag].hex)")
            }
        }
    }

    /// Writes the APDU.
    package func encode(into writer: inout OctetWriter) {
        var fields = OctetWriter()
        if let reason { fields.field(0x80, [reason]) }
        if let userInformation { fields.field(0xBE, 0x04, userInformation.encoded) }
        writer.field(kind.rawValue, fields.octets)
    }
}
