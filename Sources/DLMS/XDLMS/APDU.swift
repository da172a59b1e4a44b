// Any APDU of the application layer by its first octet: the one door through which untrusted octets come in.
// Used by ApplicationClient, ApplicationServer and the analyser.

package import Octets

/// An application layer protocol data unit. The rare and large ones lie in boxes of their own, so that the
/// units of a reading stay small to pass on.
package enum APDU: Sendable, Hashable {
    /// 60
    indirect case aarq(AARQ)
    /// 61
    indirect case aare(AARE)
    /// 62 and 63
    indirect case release(Release)
    /// C0
    case getRequest(GetRequest)
    /// C4
    case getResponse(GetResponse)
    /// C1
    case setRequest(SetRequest)
    /// C5
    case setResponse(SetResponse)
    /// C3
    case actionRequest(ActionRequest)
    /// C7
    case actionResponse(ActionResponse)
    /// C2
    indirect case eventNotification(EventNotification)
    /// 0F
    indirect case dataNotification(DataNotification)
    /// D8
    case exceptionResponse(ExceptionResponse)
    /// 0E
    case confirmedServiceError(ConfirmedServiceError)
    /// 01, outside an AARQ only inside deciphered text
    indirect case initiateRequest(InitiateRequest)
    /// 08, likewise
    indirect case initiateResponse(InitiateResponse)
    /// E0
    indirect case generalBlockTransfer(GeneralBlockTransfer)
    /// glo-, ded- and general- forms, ACCESS
    indirect case ciphered(CipheredAPDU)

    /// Reads one APDU that fills `octets` to the last. Throws `unsupported` for an unknown tag, `trailing`
    /// when something follows, `tooLong` beyond `DLMSLimit.apdu`.
    package init(octets: [UInt8]) throws(DecodingError) {
        var reader = OctetReader(octets)
        try reader.checkLength(of: "APDU")
        try self.init(from: &reader)
        try reader.finish("end of APDU")
    }

    /// The same as a result, for machines that answer either way.
    static func read(_ octets: [UInt8]) -> Result<APDU, DecodingError> {
        do throws(DecodingError) { return .success(try APDU(octets: octets)) } catch {
            return .failure(error)
        }
    }

    init(from reader: inout OctetReader) throws(DecodingError) {
        guard let tag = reader.peek else { throw DecodingError(.truncated, at: reader.position, "APDU") }
        switch tag {
        case AARQ.tag: self = .aarq(try AARQ(from: &reader))
        case AARE.tag: self = .aare(try AARE(from: &reader))
        case Release.Kind.request.rawValue, Release.Kind.response.rawValue:
            self = .release(try Release(from: &reader))
        case GetRequest.tag: self = .getRequest(try GetRequest(from: &reader))
        case GetResponse.tag: self = .getResponse(try GetResponse(from: &reader))
        case SetRequest.tag: self = .setRequest(try SetRequest(from: &reader))
        case SetResponse.tag: self = .setResponse(try SetResponse(from: &reader))
        case ActionRequest.tag: self = .actionRequest(try ActionRequest(from: &reader))
        case ActionResponse.tag: self = .actionResponse(try ActionResponse(from: &reader))
        case EventNotification.tag: self = .eventNotification(try EventNotification(from: &reader))
        case DataNotification.tag: self = .dataNotification(try DataNotification(from: &reader))
        case ExceptionResponse.tag: self = .exceptionResponse(try ExceptionResponse(from: &reader))
        case ConfirmedServiceError.tag:
            self = .confirmedServiceError(try ConfirmedServiceError(from: &reader))
        case InitiateRequest.tag: self = .initiateRequest(try InitiateRequest(from: &reader))
        case InitiateResponse.tag: self = .initiateResponse(try InitiateResponse(from: &reader))
        case GeneralBlockTransfer.tag: self = .generalBlockTransfer(try GeneralBlockTransfer(from: &reader))
        default:
            guard CipheredAPDU.isKnown(tag) else {
                throw DecodingError(.unsupported, at: reader.position, "APDU tag \([tag].hex)")
            }
            self = .ciphered(try CipheredAPDU(from: &reader))
        }
    }

    /// Writes the APDU.
    package func encode(into writer: inout OctetWriter) {
        switch self {
        case .aarq(let apdu): apdu.encode(into: &writer)
        case .aare(let apdu): apdu.encode(into: &writer)
        case .release(let apdu): apdu.encode(into: &writer)
        case .getRequest(let apdu): apdu.encode(into: &writer)
        case .getResponse(let apdu): apdu.encode(into: &writer)
        case .setRequest(let apdu): apdu.encode(into: &writer)
        case .setResponse(let apdu): apdu.encode(into: &writer)
        case .actionRequest(let apdu): apdu.encode(into: &writer)
        case .actionResponse(let apdu): apdu.encode(into: &writer)
        case .eventNotification(let apdu): apdu.encode(into: &writer)
        case .dataNotification(let apdu): apdu.encode(into: &writer)
        case .exceptionResponse(let apdu): apdu.encode(into: &writer)
        case .confirmedServiceError(let apdu): apdu.encode(into: &writer)
        case .initiateRequest(let apdu): apdu.encode(into: &writer)
        case .initiateResponse(let apdu): apdu.encode(into: &writer)
        case .generalBlockTransfer(let apdu): apdu.encode(into: &writer)
        case .ciphered(let apdu): apdu.encode(into: &writer)
        }
    }

    /// The octets of the APDU.
    package var encoded: [UInt8] {
        var writer = OctetWriter()
        encode(into: &writer)
        return writer.octets
    }
}
