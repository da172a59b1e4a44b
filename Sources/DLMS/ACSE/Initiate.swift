// InitiateRequest and InitiateResponse (IEC 62056-5-3): what the association's user-information carries, and
// the service error or ciphered form that may stand in their place.

package import Octets

/// What a client proposes: version, conformance and its largest APDU.
package struct InitiateRequest: Sendable, Hashable {
    /// The tag of the plain APDU.
    package static let tag: UInt8 = 0x01

    /// Key for dedicated ciphering, only inside a ciphered request.
    package var dedicatedKey: [UInt8]?
    /// Whether the server may answer; true by default.
    package var responseAllowed = true
    /// Quality of service, not used by meters.
    package var qualityOfService: Int8?
    /// DLMS version number, 6.
    package var version: UInt8 = 6
    /// Services the client wants to use.
    package var conformance: Conformance
    /// Largest APDU the client can take, octets; 0 is no limit.
    package var maximumPDU: UInt16

    /// A proposal of version 6.
    package init(conformance: Conformance, maximumPDU: UInt16) {
        self.conformance = conformance
        self.maximumPDU = maximumPDU
    }

    /// Reads the APDU. Throws `unsupported` for another tag.
    package init(from reader: inout OctetReader) throws(DecodingError) {
        try reader.expect(InitiateRequest.tag, "InitiateRequest")
        if try reader.flag("dedicated-key") {
            dedicatedKey = try reader.octetString(limit: 64, "dedicated-key")
        }
        if try reader.flag("response-allowed") { responseAllowed = try reader.flag("response-allowed") }
        if try reader.flag("quality-of-service") {
            qualityOfService = try reader.big(Int8.self, "quality-of-service")
        }
        version = try reader.octet("dlms-version")
        conformance = try Conformance(from: &reader)
        maximumPDU = try reader.big(UInt16.self, "client-max-receive-pdu-size")
    }

    /// Writes the APDU.
    package func encode(into writer: inout OctetWriter) {
        writer.octet(InitiateRequest.tag)
        writer.flag(dedicatedKey != nil)
        if let dedicatedKey { writer.lengthPrefixed(dedicatedKey) }
        writer.flag(!responseAllowed)
        if !responseAllowed { writer.flag(false) }
        writer.flag(qualityOfService != nil)
        if let qualityOfService { writer.big(qualityOfService) }
        writer.octet(version)
        conformance.encode(into: &writer)
        writer.big(maximumPDU)
    }
}

/// What a server grants.
package struct InitiateResponse: Sendable, Hashable {
    /// The tag of the plain APDU.
    package static let tag: UInt8 = 0x08
    /// The VAA name of logical name referencing.
    package static let logicalNameVAA: UInt16 = 0x0007

    /// Quality of service; some meters send 0, most leave it out.
    package var qualityOfService: Int8?
    /// DLMS version number, 6.
    package var version: UInt8 = 6
    /// Services granted.
    package var conformance: Conformance
    /// Largest APDU the server can take, octets; 0 is no limit.
    package var maximumPDU: UInt16
    /// 0007 for logical names, FA00 for short names.
    package var vaaName = InitiateResponse.logicalNameVAA

    /// A grant of version 6 with logical names.
    package init(conformance: Conformance, maximumPDU: UInt16) {
        self.conformance = conformance
        self.maximumPDU = maximumPDU
    }

    /// Reads the APDU. Throws `unsupported` for another tag.
    package init(from reader: inout OctetReader) throws(DecodingError) {
        try reader.expect(InitiateResponse.tag, "InitiateResponse")
        if try reader.flag("quality-of-service") {
            qualityOfService = try reader.big(Int8.self, "quality-of-service")
        }
        version = try reader.octet("dlms-version")
        conformance = try Conformance(from: &reader)
        maximumPDU = try reader.big(UInt16.self, "server-max-receive-pdu-size")
        vaaName = try reader.big(UInt16.self, "vaa-name")
    }

    /// Writes the APDU.
    package func encode(into writer: inout OctetWriter) {
        writer.octet(InitiateResponse.tag)
        writer.flag(qualityOfService != nil)
        if let qualityOfService { writer.big(qualityOfService) }
        writer.octet(version)
        conformance.encode(into: &writer)
        writer.big(maximumPDU)
        writer.big(vaaName)
    }
}

/// ConfirmedServiceError: a refusal of the initiate (or of a short-name service) with a class and a value.
package struct ConfirmedServiceError: Sendable, Hashable {
    /// The tag of the APDU.
    package static let tag: UInt8 = 0x0E

    /// The service refused: 1 initiateError, 5 read, 6 write.
    package var service: UInt8
    /// Class of the error: 0 application-reference … 6 initiate, 9 other.
    package var errorClass: UInt8
    /// Value in its class; for initiate 1 is dlms-version-too-low, 2 incompatible-conformance, 3
    /// pdu-size-too-short.
    package var value: UInt8

    /// An error.
    package init(service: UInt8, errorClass: UInt8, value: UInt8) {
        self.service = service
        self.errorClass = errorClass
        self.value = value
    }

    /// Reads the APDU. Throws `unsupported` for another tag.
    package init(from reader: inout OctetReader) throws(DecodingError) {
        try reader.expect(ConfirmedServiceError.tag, "ConfirmedServiceError")
        service = try reader.octet("service")
        errorClass = try reader.octet("error class")
        value = try reader.octet("error")
    }

    /// Writes the APDU.
    package func encode(into writer: inout OctetWriter) {
        writer.append([ConfirmedServiceError.tag, service, errorClass, value])
    }
}

/// What the user-information field of an ACSE APDU holds.
package enum UserInformation: Sendable, Hashable {
    /// A plain InitiateRequest.
    case request(InitiateRequest)
    /// A plain InitiateResponse.
    case response(InitiateResponse)
    /// The initiate was refused on its own ground.
    case error(ConfirmedServiceError)
    /// A ciphered or unknown APDU, kept whole.
    case opaque([UInt8])

    init(octets: ArraySlice<UInt8>) throws(DecodingError) {
        var reader = OctetReader(octets)
        switch reader.peek {
        case InitiateRequest.tag: self = .request(try InitiateRequest(from: &reader))
        case InitiateResponse.tag: self = .response(try InitiateResponse(from: &reader))
        case ConfirmedServiceError.tag: self = .error(try ConfirmedServiceError(from: &reader))
        case nil: throw DecodingError(.truncated, at: reader.position, "user-information")
        default:
            self = .opaque(Array(octets))
            return
        }
        try reader.finish("end of user-information")
    }

    var encoded: [UInt8] {
        var writer = OctetWriter()
        switch self {
        case .request(let value): value.encode(into: &writer)
        case .response(let value): value.encode(into: &writer)
        case .error(let value): value.encode(into: &writer)
        case .opaque(let octets): writer.append(octets)
        }
        return writer.octets
    }
}

extension OctetReader {
    /// Consumes one octet that must be `expected`. Throws `unsupported` when it is another.
    mutating func expect(_ expected: UInt8, _ what: @autoclosure () -> String) throws(DecodingError) {
        let start = position
        guard try octet(what()) == expected else { throw DecodingError(.unsupported, at: start, what()) }
    }
}
