// Parts shared by the services of xDLMS (IEC 62056-5-3): invoke identifier, results, data blocks, lists.

import Octets

/// Invoke-Id-And-Priority: four bits of identifier and two flags.
package struct InvokeID: Sendable, Hashable {
    /// The whole octet.
    package var octet: UInt8

    /// An identifier from its octet.
    package init(octet: UInt8) { self.octet = octet }

    /// A confirmed request of high priority, the way the field's readers send it: C0h with `number` 0…15
    /// below.
    package init(confirmed number: UInt8) { octet = 0xC0 | (number & 0x0F) }

    /// The identifier alone, 0…15. Answers are matched by this: meters drop the priority bit (81 for C1).
    package var number: UInt8 { octet & 0x0F }
    /// Whether the service class says that an answer is expected. The samples of GOST R 58940 ask with 81,
    /// which is unconfirmed, and are answered; so servers answer whatever this says.
    package var isConfirmed: Bool { octet & 0x40 != 0 }
    /// Whether the request has high priority.
    package var isHighPriority: Bool { octet & 0x80 != 0 }

    init(from reader: inout OctetReader) throws(DecodingError) { octet = try reader.octet("invoke-id") }
}

/// Data-Access-Result: how the access to one attribute ended.
package struct DataAccessResult: RawRepresentable, Sendable, Hashable {
    /// The code on the wire.
    package let rawValue: UInt8
    /// A result from its code; meters use codes beyond the standard's.
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// 0
    package static let success = DataAccessResult(rawValue: 0)
    /// 1
    package static let hardwareFault = DataAccessResult(rawValue: 1)
    /// 2
    package static let temporaryFailure = DataAccessResult(rawValue: 2)
    /// 3
    package static let readWriteDenied = DataAccessResult(rawValue: 3)
    /// 4
    package static let objectUndefined = DataAccessResult(rawValue: 4)
    /// 9
    package static let objectClassInconsistent = DataAccessResult(rawValue: 9)
    /// 11
    package static let objectUnavailable = DataAccessResult(rawValue: 11)
    /// 12
    package static let typeUnmatched = DataAccessResult(rawValue: 12)
    /// 13
    package static let scopeOfAccessViolated = DataAccessResult(rawValue: 13)
    /// 14
    package static let dataBlockUnavailable = DataAccessResult(rawValue: 14)
    /// 15
    package static let longGetAborted = DataAccessResult(rawValue: 15)
    /// 16
    package static let noLongGetInProgress = DataAccessResult(rawValue: 16)
    /// 17
    package static let longSetAborted = DataAccessResult(rawValue: 17)
    /// 18
    package static let noLongSetInProgress = DataAccessResult(rawValue: 18)
    /// 19
    package static let dataBlockNumberInvalid = DataAccessResult(rawValue: 19)
    /// 250
    package static let otherReason = DataAccessResult(rawValue: 250)

    private static let names: [UInt8: String] = [
        0: "success", 1: "hardware-fault", 2: "temporary-failure", 3: "read-write-denied",
        4: "object-undefined", 9: "object-class-inconsistent", 11: "object-unavailable", 12: "type-unmatched",
        13: "scope-of-access-violated", 14: "data-block-unavailable", 15: "long-get-aborted",
        16: "no-long-get-in-progress", 17: "long-set-aborted", 18: "no-long-set-in-progress",
        19: "data-block-number-invalid", 250: "other-reason",
    ]

    /// The standard's name, or `code N`.
    package var name: String { DataAccessResult.names[rawValue] ?? "code \(rawValue)" }
}

/// Action-Result: how a method ended. Codes 0…4, 9, 11…16 and 250 mean what `DataAccessResult` says.
package struct ActionResult: RawRepresentable, Sendable, Hashable {
    /// The code on the wire.
    package let rawValue: UInt8
    /// A result from its code.
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// 0
    package static let success = ActionResult(rawValue: 0)
    /// 2
    package static let temporaryFailure = ActionResult(rawValue: 2)
    /// 3
    package static let readWriteDenied = ActionResult(rawValue: 3)
    /// 4
    package static let objectUndefined = ActionResult(rawValue: 4)
    /// 12
    package static let typeUnmatched = ActionResult(rawValue: 12)
    /// 15
    package static let longActionAborted = ActionResult(rawValue: 15)
    /// 16
    package static let noLongActionInProgress = ActionResult(rawValue: 16)
    /// 250
    package static let otherReason = ActionResult(rawValue: 250)

    /// The standard's name, or `code N`.
    package var name: String {
        switch self {
        case .longActionAborted: "long-action-aborted"
        case .noLongActionInProgress: "no-long-action-in-progress"
        default: DataAccessResult(rawValue: rawValue).name
        }
    }
}

/// Get-Data-Result: a value or the reason why there is none.
package enum GetDataResult: Sendable, Hashable {
    /// The value read.
    case data(DataValue)
    /// The access failed.
    case accessError(DataAccessResult)

    init(from reader: inout OctetReader) throws(DecodingError) {
        let start = reader.position
        switch try reader.octet("get-data-result") {
        case 0: self = .data(try DataValue(from: &reader))
        case 1: self = .accessError(DataAccessResult(rawValue: try reader.octet("data-access-result")))
        default: throw DecodingError(.invalid, at: start, "get-data-result")
        }
    }

    func encode(into writer: inout OctetWriter) {
        switch self {
        case .data(let value):
            writer.octet(0)
            value.encode(into: &writer)
        case .accessError(let result): writer.append([1, result.rawValue])
        }
    }
}

/// A piece of a long value on its way: DataBlock-SA.
package struct DataBlock: Sendable, Hashable {
    /// Whether this is the last piece.
    package var isLast: Bool
    /// Number of the piece, from 1.
    package var number: UInt32
    /// The octets of the piece.
    package var rawData: [UInt8]

    /// A piece.
    package init(isLast: Bool, number: UInt32, rawData: [UInt8]) {
        self.isLast = isLast
        self.number = number
        self.rawData = rawData
    }

    init(from reader: inout OctetReader) throws(DecodingError) {
        isLast = try reader.flag("last-block")
        number = try reader.big(UInt32.self, "block-number")
        rawData = try reader.octetString(limit: DLMSLimit.apdu, "raw-data")
    }

    func encode(into writer: inout OctetWriter) {
        writer.flag(isLast)
        writer.big(number)
        writer.lengthPrefixed(rawData)
    }
}

/// An attribute with an optional selection of its parts.
package struct AttributeRequest: Sendable, Hashable {
    /// The attribute.
    package var attribute: AttributeDescriptor
    /// Which part; nil asks for all.
    package var selection: AccessSelection?

    /// A request for an attribute.
    package init(_ attribute: AttributeDescriptor, selection: AccessSelection? = nil) {
        self.attribute = attribute
        self.selection = selection
    }

    init(from reader: inout OctetReader) throws(DecodingError) {
        attribute = try AttributeDescriptor(from: &reader)
        if try reader.flag("access-selection") { selection = try AccessSelection(from: &reader) }
    }

    func encode(into writer: inout OctetWriter) {
        attribute.encode(into: &writer)
        writer.flag(selection != nil)
        selection?.encode(into: &writer)
    }
}

extension OctetReader {
    /// A counted list of items, at most `DLMSLimit.listCount`.
    mutating func list<Item>(
        _ item: (inout OctetReader) throws(DecodingError) -> Item
    ) throws(DecodingError) -> [Item] {
        let count = try length(limit: DLMSLimit.listCount, "list count")
        var items: [Item] = []
        for _ in 0..<count { items.append(try item(&self)) }
        return items
    }

}

extension OctetWriter {
    /// A counted list of items.
    mutating func list<Item>(_ items: [Item], _ encode: (Item, inout OctetWriter) -> Void) {
        length(items.count)
        for item in items { encode(item, &self) }
    }
}
