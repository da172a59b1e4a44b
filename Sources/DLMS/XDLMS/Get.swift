// The GET service (IEC 62056-5-3, tags C0 and C4): one attribute, the next data block, or a list.

package import Octets

/// A GET request.
package enum GetRequest: Sendable, Hashable {
    /// The tag of the APDU.
    package static let tag: UInt8 = 0xC0

    /// 01: one attribute.
    case normal(InvokeID, AttributeRequest)
    /// 02: the block after the one numbered.
    case next(InvokeID, blockNumber: UInt32)
    /// 03: several attributes.
    case withList(InvokeID, [AttributeRequest])

    /// Reads the APDU after its tag. Throws `unsupported` for another choice.
    package init(from reader: inout OctetReader) throws(DecodingError) {
        try reader.expect(GetRequest.tag, "GetRequest")
        let start = reader.position
        let choice = try reader.octet("GetRequest")
        let invoke = try InvokeID(from: &reader)
        switch choice {
        case 1: self = .normal(invoke, try AttributeRequest(from: &reader))
        case 2: self = .next(invoke, blockNumber: try reader.big(UInt32.self, "block-number"))
        case 3: self = .withList(invoke, try reader.list(AttributeRequest.init(from:)))
        default: throw DecodingError(.unsupported, at: start, "GetRequest \(choice)")
        }
    }

    /// Writes the APDU.
    package func encode(into writer: inout OctetWriter) {
        switch self {
        case .normal(let invoke, let request):
            writer.octets(GetRequest.tag, 1, invoke.octet)
            request.encode(into: &writer)
        case .next(let invoke, let number):
            writer.octets(GetRequest.tag, 2, invoke.octet)
            writer.big(number)
        case .withList(let invoke, let requests):
            writer.octets(GetRequest.tag, 3, invoke.octet)
            writer.list(requests) { $0.encode(into: &$1) }
        }
    }

    /// The invoke identifier of any form.
    package var invoke: InvokeID {
        switch self {
        case .normal(let invoke, _), .next(let invoke, _), .withList(let invoke, _): invoke
        }
    }
}

/// A data block of a GET response: a piece of the value, or the reason why the transfer ended.
package struct GetDataBlock: Sendable, Hashable {
    /// Whether no block follows.
    package var isLast: Bool
    /// Number of the block, from 1.
    package var number: UInt32
    /// The octets, or the error.
    package var result: Content

    /// What a block carries.
    package enum Content: Sendable, Hashable {
        /// A piece of the encoded value.
        case rawData([UInt8])
        /// The transfer failed.
        case accessError(DataAccessResult)
    }

    /// A block.
    package init(isLast: Bool, number: UInt32, result: Content) {
        self.isLast = isLast
        self.number = number
        self.result = result
    }

    init(from reader: inout OctetReader) throws(DecodingError) {
        isLast = try reader.flag("last-block")
        number = try reader.big(UInt32.self, "block-number")
        let start = reader.position
        switch try reader.octet("block result") {
        case 0: result = .rawData(try reader.octetString(limit: DLMSLimit.apdu, "raw-data"))
        case 1: result = .accessError(DataAccessResult(rawValue: try reader.octet("data-access-result")))
        default: throw DecodingError(.invalid, at: start, "block result")
        }
    }

    func encode(into writer: inout OctetWriter) {
        writer.flag(isLast)
        writer.big(number)
        switch result {
        case .rawData(let octets):
            writer.octet(0)
            writer.lengthPrefixed(octets)
        case .accessError(let result): writer.append([1, result.rawValue])
        }
    }
}

/// A GET response.
package enum GetResponse: Sendable, Hashable {
    /// The tag of the APDU.
    package static let tag: UInt8 = 0xC4

    /// 01: the attribute.
    case normal(InvokeID, GetDataResult)
    /// 02: a block of it.
    case withDataBlock(InvokeID, GetDataBlock)
    /// 03: several attributes, in the order asked.
    case withList(InvokeID, [GetDataResult])

    /// Reads the APDU after its tag. Throws `unsupported` for another choice.
    package init(from reader: inout OctetReader) throws(DecodingError) {
        try reader.expect(GetResponse.tag, "GetResponse")
        let start = reader.position
        let choice = try reader.octet("GetResponse")
        let invoke = try InvokeID(from: &reader)
        switch choice {
        case 1: self = .normal(invoke, try GetDataResult(from: &reader))
        case 2: self = .withDataBlock(invoke, try GetDataBlock(from: &reader))
        case 3: self = .withList(invoke, try reader.list(GetDataResult.init(from:)))
        default: throw DecodingError(.unsupported, at: start, "GetResponse \(choice)")
        }
    }

    /// Writes the APDU.
    package func encode(into writer: inout OctetWriter) {
        switch self {
        case .normal(let invoke, let result):
            writer.octets(GetResponse.tag, 1, invoke.octet)
            result.encode(into: &writer)
        case .withDataBlock(let invoke, let block):
            writer.octets(GetResponse.tag, 2, invoke.octet)
            block.encode(into: &writer)
        case .withList(let invoke, let results):
            writer.octets(GetResponse.tag, 3, invoke.octet)
            writer.list(results) { $0.encode(into: &$1) }
        }
    }

    /// The invoke identifier of any form.
    package var invoke: InvokeID {
        switch self {
        case .normal(let invoke, _), .withDataBlock(let invoke, _), .withList(let invoke, _): invoke
        }
    }
}
