// The ACTION service (IEC 62056-5-3, tags C3 and C7): one method or a list, parameters and answers whole or
// by blocks.

package import Octets

/// An ACTION request.
package enum ActionRequest: Sendable, Hashable {
    /// The tag of the APDU.
    package static let tag: UInt8 = 0xC3

    /// 01: one method with its parameters.
    case normal(InvokeID, MethodDescriptor, DataValue?)
    /// 02: the block of the answer after the one numbered.
    case nextBlock(InvokeID, blockNumber: UInt32)
    /// 03: several methods with their parameters.
    case withList(InvokeID, [MethodDescriptor], [DataValue])
    /// 04: one method, first block of its parameters.
    case withFirstBlock(InvokeID, MethodDescriptor, DataBlock)
    /// 05: several methods, first block of the list of parameters.
    case withListAndFirstBlock(InvokeID, [MethodDescriptor], DataBlock)
    /// 06: a further block of parameters.
    case withBlock(InvokeID, DataBlock)

    /// Reads the APDU after its tag. Throws `unsupported` for another choice.
    package init(from reader: inout OctetReader) throws(DecodingError) {
        try reader.expect(ActionRequest.tag, "ActionRequest")
        let start = reader.position
        let choice = try reader.octet("ActionRequest")
        let invoke = try InvokeID(from: &reader)
        switch choice {
        case 1:
            let method = try MethodDescriptor(from: &reader)
            let parameters = try reader.flag("parameters") ? try DataValue(from: &reader) : nil
            self = .normal(invoke, method, parameters)
        case 2: self = .nextBlock(invoke, blockNumber: try reader.big(UInt32.self, "block-number"))
        case 3:
            self = .withList(
                invoke, try reader.list(MethodDescriptor.init(from:)), try reader.list(DataValue.init(from:)))
        case 4:
            self = .withFirstBlock(invoke, try MethodDescriptor(from: &reader), try DataBlock(from: &reader))
        case 5:
            self = .withListAndFirstBlock(
                invoke, try reader.list(MethodDescriptor.init(from:)), try DataBlock(from: &reader))
        case 6: self = .withBlock(invoke, try DataBlock(from: &reader))
        default: throw DecodingError(.unsupported, at: start, "ActionRequest \(choice)")
        }
    }

    /// Writes the APDU.
    package func encode(into writer: inout OctetWriter) {
        switch self {
        case .normal(let invoke, let method, let parameters):
            writer.octets(ActionRequest.tag, 1, invoke.octet)
            method.encode(into: &writer)
            writer.flag(parameters != nil)
            parameters?.encode(into: &writer)
        case .nextBlock(let invoke, let number):
            writer.octets(ActionRequest.tag, 2, invoke.octet)
            writer.big(number)
        case .withList(let invoke, let methods, let parameters):
            writer.octets(ActionRequest.tag, 3, invoke.octet)
            writer.list(methods) { $0.encode(into: &$1) }
            writer.list(parameters) { $0.encode(into: &$1) }
        case .withFirstBlock(let invoke, let method, let block):
            writer.octets(ActionRequest.tag, 4, invoke.octet)
            method.encode(into: &writer)
            block.encode(into: &writer)
        case .withListAndFirstBlock(let invoke, let methods, let block):
            writer.octets(ActionRequest.tag, 5, invoke.octet)
            writer.list(methods) { $0.encode(into: &$1) }
            block.encode(into: &writer)
        case .withBlock(let invoke, let block):
            writer.octets(ActionRequest.tag, 6, invoke.octet)
            block.encode(into: &writer)
        }
    }

    /// The invoke identifier of any form.
    package var invoke: InvokeID {
        switch self {
        case .normal(let invoke, _, _), .nextBlock(let invoke, _), .withList(let invoke, _, _),
            .withFirstBlock(let invoke, _, _), .withListAndFirstBlock(let invoke, _, _),
            .withBlock(let invoke, _):
            invoke
        }
    }
}

/// How one method ended and what it returned.
package struct ActionOutcome: Sendable, Hashable {
    /// The result.
    package var result: ActionResult
    /// Return parameters; some meters put a second error here (`00 01 01 FA`).
    package var returned: GetDataResult?

    /// An outcome.
    package init(_ result: ActionResult, returned: GetDataResult? = nil) {
        self.result = result
        self.returned = returned
    }

    init(from reader: inout OctetReader) throws(DecodingError) {
        result = ActionResult(rawValue: try reader.octet("action-result"))
        // The GOST samples and some meters leave the presence octet out when nothing is returned.
        if !reader.isAtEnd, try reader.flag("return-parameters") {
            returned = try GetDataResult(from: &reader)
        }
    }

    func encode(into writer: inout OctetWriter) {
        writer.octet(result.rawValue)
        writer.flag(returned != nil)
        returned?.encode(into: &writer)
    }
}

/// An ACTION response.
package enum ActionResponse: Sendable, Hashable {
    /// The tag of the APDU.
    package static let tag: UInt8 = 0xC7

    /// 01: how it ended.
    case normal(InvokeID, ActionOutcome)
    /// 02: a block of the answer.
    case withBlock(InvokeID, DataBlock)
    /// 03: how each of a list ended.
    case withList(InvokeID, [ActionOutcome])
    /// 04: a block of parameters was taken, the next may come.
    case nextBlock(InvokeID, blockNumber: UInt32)

    /// Reads the APDU after its tag. Throws `unsupported` for another choice.
    package init(from reader: inout OctetReader) throws(DecodingError) {
        try reader.expect(ActionResponse.tag, "ActionResponse")
        let start = reader.position
        let choice = try reader.octet("ActionResponse")
        let invoke = try InvokeID(from: &reader)
        switch choice {
        case 1: self = .normal(invoke, try ActionOutcome(from: &reader))
        case 2: self = .withBlock(invoke, try DataBlock(from: &reader))
        case 3: self = .withList(invoke, try reader.list(ActionOutcome.init(from:)))
        case 4: self = .nextBlock(invoke, blockNumber: try reader.big(UInt32.self, "block-number"))
        default: throw DecodingError(.unsupported, at: start, "ActionResponse \(choice)")
        }
    }

    /// Writes the APDU.
    package func encode(into writer: inout OctetWriter) {
        switch self {
        case .normal(let invoke, let outcome):
            writer.octets(ActionResponse.tag, 1, invoke.octet)
            outcome.encode(into: &writer)
        case .withBlock(let invoke, let block):
            writer.octets(ActionResponse.tag, 2, invoke.octet)
            block.encode(into: &writer)
        case .withList(let invoke, let outcomes):
            writer.octets(ActionResponse.tag, 3, invoke.octet)
            writer.list(outcomes) { $0.encode(into: &$1) }
        case .nextBlock(let invoke, let number):
            writer.octets(ActionResponse.tag, 4, invoke.octet)
            writer.big(number)
        }
    }

    /// The invoke identifier of any form.
    package var invoke: InvokeID {
        switch self {
        case .normal(let invoke, _), .withBlock(let invoke, _), .withList(let invoke, _),
            .nextBlock(let invoke, _):
            invoke
        }
    }
}
