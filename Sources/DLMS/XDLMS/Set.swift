// The SET service (IEC 62056-5-3, tags C1 and C5): one attribute, a list, either by data blocks.

package import Octets

/// A SET request.
package enum SetRequest: Sendable, Hashable {
    /// The tag of the APDU.
    package static let tag: UInt8 = 0xC1

    /// 01: one attribute.
    case normal(InvokeID, AttributeRequest, DataValue)
    /// 02: one attribute, first block of its value.
    case withFirstDataBlock(InvokeID, AttributeRequest, DataBlock)
    /// 03: a further block.
    case withDataBlock(InvokeID, DataBlock)
    /// 04: several attributes with their values.
    case withList(InvokeID, [AttributeRequest], [DataValue])
    /// 05: several attributes, first block of the list of values.
    case withListAndFirstDataBlock(InvokeID, [AttributeRequest], DataBlock)

    /// Reads the APDU after its tag. Throws `unsupported` for another choice.
    package init(from reader: inout OctetReader) throws(DecodingError) {
        try reader.expect(SetRequest.tag, "SetRequest")
        let start = reader.position
        let choice = try reader.octet("SetRequest")
        let invoke = try InvokeID(from: &reader)
        switch choice {
        case 1: self = .normal(invoke, try AttributeRequest(from: &reader), try DataValue(from: &reader))
        case 2:
            self = .withFirstDataBlock(
                invoke, try AttributeRequest(from: &reader), try DataBlock(from: &reader))
        case 3: self = .withDataBlock(invoke, try DataBlock(from: &reader))
        case 4:
            self = .withList(
                invoke, try reader.list(AttributeRequest.init(from:)), try reader.list(DataValue.init(from:)))
        case 5:
            self = .withListAndFirstDataBlock(
                invoke, try reader.list(AttributeRequest.init(from:)), try DataBlock(from: &reader))
        default: throw DecodingError(.unsupported, at: start, "SetRequest \(choice)")
        }
    }

    /// Writes the APDU.
    package func encode(into writer: inout OctetWriter) {
        switch self {
        case .normal(let invoke, let request, let value):
            writer.octets(SetRequest.tag, 1, invoke.octet)
            request.encode(into: &writer)
            value.encode(into: &writer)
        case .withFirstDataBlock(let invoke, let request, let block):
            writer.octets(SetRequest.tag, 2, invoke.octet)
            request.encode(into: &writer)
            block.encode(into: &writer)
        case .withDataBlock(let invoke, let block):
            writer.octets(SetRequest.tag, 3, invoke.octet)
            block.encode(into: &writer)
        case .withList(let invoke, let requests, let values):
            writer.octets(SetRequest.tag, 4, invoke.octet)
            writer.list(requests) { $0.encode(into: &$1) }
            writer.list(values) { $0.encode(into: &$1) }
        case .withListAndFirstDataBlock(let invoke, let requests, let block):
            writer.octets(SetRequest.tag, 5, invoke.octet)
            writer.list(requests) { $0.encode(into: &$1) }
            block.encode(into: &writer)
        }
    }

    /// The invoke identifier of any form.
    package var invoke: InvokeID {
        switch self {
        case .normal(let invoke, _, _), .withFirstDataBlock(let invoke, _, _), .withDataBlock(let invoke, _),
            .withList(let invoke, _, _), .withListAndFirstDataBlock(let invoke, _, _):
            invoke
        }
    }
}

/// A SET response.
package enum SetResponse: Sendable, Hashable {
    /// The tag of the APDU.
    package static let tag: UInt8 = 0xC5

    /// 01: how it ended.
    case normal(InvokeID, DataAccessResult)
    /// 02: a block was taken, the next may come.
    case dataBlock(InvokeID, blockNumber: UInt32)
    /// 03: the last block was taken.
    case lastDataBlock(InvokeID, DataAccessResult, blockNumber: UInt32)
    /// 04: the last block of a list was taken.
    case lastDataBlockWithList(InvokeID, [DataAccessResult], blockNumber: UInt32)
    /// 05: how each of a list ended.
    case withList(InvokeID, [DataAccessResult])

    /// Reads the APDU after its tag. Throws `unsupported` for another choice.
    package init(from reader: inout OctetReader) throws(DecodingError) {
        try reader.expect(SetResponse.tag, "SetResponse")
        let start = reader.position
        let choice = try reader.octet("SetResponse")
        let invoke = try InvokeID(from: &reader)
        switch choice {
        case 1: self = .normal(invoke, try SetResponse.result(&reader))
        case 2: self = .dataBlock(invoke, blockNumber: try reader.big(UInt32.self, "block-number"))
        case 3:
            self = .lastDataBlock(
                invoke, try SetResponse.result(&reader),
                blockNumber: try reader.big(UInt32.self, "block-number"))
        case 4:
            self = .lastDataBlockWithList(
                invoke, try reader.list(SetResponse.result),
                blockNumber: try reader.big(UInt32.self, "block-number"))
        case 5: self = .withList(invoke, try reader.list(SetResponse.result))
        default: throw DecodingError(.unsupported, at: start, "SetResponse \(choice)")
        }
    }

    private static func result(_ reader: inout OctetReader) throws(DecodingError) -> DataAccessResult {
        DataAccessResult(rawValue: try reader.octet("data-access-result"))
    }

    /// Writes the APDU.
    package func encode(into writer: inout OctetWriter) {
        switch self {
        case .normal(let invoke, let result):
            writer.append([SetResponse.tag, 1, invoke.octet, result.rawValue])
        case .dataBlock(let invoke, let number):
            writer.octets(SetResponse.tag, 2, invoke.octet)
            writer.big(number)
        case .lastDataBlock(let invoke, let result, let number):
            writer.append([SetResponse.tag, 3, invoke.octet, result.rawValue])
            writer.big(number)
        case .lastDataBlockWithList(let invoke, let results, let number):
            writer.octets(SetResponse.tag, 4, invoke.octet)
            writer.list(results) { $1.octet($0.rawValue) }
            writer.big(number)
        case .withList(let invoke, let results):
            writer.octets(SetResponse.tag, 5, invoke.octet)
            writer.list(results) { $1.octet($0.rawValue) }
        }
    }

    /// The invoke identifier of any form.
    package var invoke: InvokeID {
        switch self {
        case .normal(let invoke, _), .dataBlock(let invoke, _), .lastDataBlock(let invoke, _, _),
            .lastDataBlockWithList(let invoke, _, _), .withList(let invoke, _):
            invoke
        }
    }
}
