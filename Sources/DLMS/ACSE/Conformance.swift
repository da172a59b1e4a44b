// The conformance block (IEC 62056-5-3, 24 bits after 5F 1F 04 00): the services a client proposes and a
// server grants. The negotiated set is the intersection, and neither side steps outside it.

package import Octets

/// Services of xDLMS with logical name referencing; bit 0 of the standard is the most significant of 24.
package struct Conformance: OptionSet, Sendable, Hashable {
    /// The 24 bits, bit 0 of the standard in bit 23.
    package let rawValue: UInt32

    /// A set from its 24 bits.
    package init(rawValue: UInt32) { self.rawValue = rawValue & 0xFF_FFFF }

    private init(bit: UInt32) { rawValue = 0x80_0000 >> bit }

    /// Ciphering APDUs of any kind for any service.
    package static let generalProtection = Conformance(bit: 1)
    /// Block transfer beneath any service.
    package static let generalBlockTransfer = Conformance(bit: 2)
    /// Read, short names.
    package static let read = Conformance(bit: 3)
    /// Write, short names.
    package static let write = Conformance(bit: 4)
    /// Unconfirmed write, short names.
    package static let unconfirmedWrite = Conformance(bit: 5)
    /// SET of attribute 0.
    package static let attributeZeroSet = Conformance(bit: 8)
    /// Priorities are obeyed.
    package static let priorityManagement = Conformance(bit: 9)
    /// GET of attribute 0.
    package static let attributeZeroGet = Conformance(bit: 10)
    /// GET by data blocks.
    package static let blockTransferGet = Conformance(bit: 11)
    /// SET by data blocks.
    package static let blockTransferSet = Conformance(bit: 12)
    /// ACTION by parameter blocks.
    package static let blockTransferAction = Conformance(bit: 13)
    /// GET, SET and ACTION with a list.
    package static let multipleReferences = Conformance(bit: 14)
    /// InformationReport.
    package static let informationReport = Conformance(bit: 15)
    /// DataNotification.
    package static let dataNotification = Conformance(bit: 16)
    /// ACCESS.
    package static let access = Conformance(bit: 17)
    /// Parameterized access, short names.
    package static let parameterizedAccess = Conformance(bit: 18)
    /// GET.
    package static let get = Conformance(bit: 19)
    /// SET.
    package static let set = Conformance(bit: 20)
    /// Selective access.
    package static let selectiveAccess = Conformance(bit: 21)
    /// EventNotification.
    package static let eventNotification = Conformance(bit: 22)
    /// ACTION.
    package static let action = Conformance(bit: 23)

    /// What readers of SPODES meters propose: 00 7E 1F (seen in the field with Nartis and device 40).
    package static let automaticProposal = Conformance(rawValue: 0x00_7E1F)
    /// What SPODES meters grant as a rule: 00 10 1D.
    package static let usualGrant = Conformance(rawValue: 0x00_101D)

    /// The standard's names with their bits, in order.
    package static let names: [(bit: Int, name: String)] = [
        (1, "general-protection"), (2, "general-block-transfer"), (3, "read"), (4, "write"),
        (5, "unconfirmed-write"), (8, "attribute0-supported-with-set"), (9, "priority-mgmt-supported"),
        (10, "attribute0-supported-with-get"), (11, "block-transfer-with-get-or-read"),
        (12, "block-transfer-with-set-or-write"), (13, "block-transfer-with-action"),
        (14, "multiple-references"), (15, "information-report"), (16, "data-notification"), (17, "access"),
        (18, "parameterized-access"), (19, "get"), (20, "set"), (21, "selective-access"),
        (22, "event-notification"), (23, "action"),
    ]

    /// Names of the bits that are set.
    package var memberNames: [String] {
        Conformance.names.filter { rawValue & (0x80_0000 >> UInt32($0.bit)) != 0 }.map(\.name)
    }

    /// Reads 5F 1F 04 and 24 bits after the count of unused bits; old devices leave the 1F out.
    /// Throws `invalid` for another tag or length.
    package init(from reader: inout OctetReader) throws(DecodingError) {
        let start = reader.position
        guard try reader.octet("conformance") == 0x5F else {
            throw DecodingError(.invalid, at: start, "tag of the conformance block")
        }
        if reader.peek == 0x1F { _ = try reader.octet("conformance") }
        let header = try reader.take(2, "conformance")
        guard header.elementsEqual([0x04, 0x00]) else {
            throw DecodingError(.invalid, at: start, "length of the conformance block")
        }
        self.init(rawValue: try reader.take(3, "conformance").reduce(0) { $0 << 8 | UInt32($1) })
    }

    /// Writes 5F 1F 04 00 and the 24 bits.
    package func encode(into writer: inout OctetWriter) {
        writer.append([0x5F, 0x1F, 0x04, 0x00])
        for shift in [16, 8, 0] { writer.octet(UInt8(truncatingIfNeeded: rawValue >> UInt32(shift))) }
    }
}
