// Protected APDUs (IEC 62056-5-3): ciphered and signed ones by their outer fields, and general block
// transfer. SecurityContext opens the ciphered ones of suite 0; signed ones and ACCESS are kept as they came,
// so that the analyser can show them and a driver can say what the meter wants.

package import Octets

/// A protected APDU, outer fields only.
package struct CipheredAPDU: Sendable, Hashable {
    /// The tag octet.
    package var tag: UInt8
    /// System title of the sender; only in the general forms.
    package var systemTitle: [UInt8]?
    /// Everything after the header as it came: security control, counter, ciphertext and tag, or a signed
    /// body.
    package var content: [UInt8]

    private static let names: [UInt8: String] = [
        0x21: "glo-initiateRequest", 0x28: "glo-initiateResponse", 0x2E: "glo-confirmedServiceError",
        0x41: "ded-initiateRequest", 0x48: "ded-initiateResponse", 0x4E: "ded-confirmedServiceError",
        0xC8: "glo-get-request", 0xC9: "glo-set-request", 0xCA: "glo-event-notification-request",
        0xCB: "glo-action-request", 0xCC: "glo-get-response", 0xCD: "glo-set-response",
        0xCF: "glo-action-response", 0xD0: "ded-get-request", 0xD1: "ded-set-request",
        0xD2: "ded-event-notification-request", 0xD3: "ded-action-request", 0xD4: "ded-get-response",
        0xD5: "ded-set-response", 0xD7: "ded-action-response", 0xD9: "access-request",
        0xDA: "access-response", 0xDB: "general-glo-ciphering", 0xDC: "general-ded-ciphering",
        0xDD: "general-ciphering", 0xDF: "general-signing",
    ]

    /// Whether `tag` is one of these APDUs.
    package static func isKnown(_ tag: UInt8) -> Bool { names[tag] != nil }

    /// The standard's name of the APDU.
    package var name: String { CipheredAPDU.names[tag] ?? "ciphered \([tag].hex)" }

    /// Whether content starts with security control and invocation counter.
    package var hasSecurityHeader: Bool { !(0xD9...0xDA).contains(tag) && tag < 0xDD }

    /// Security control octet: low four bits the suite, 10h authenticated, 20h encrypted.
    package var securityControl: UInt8? { hasSecurityHeader ? content.first : nil }

    /// Invocation counter, the four octets after the security control.
    package var invocationCounter: UInt32? {
        guard hasSecurityHeader, content.count >= 5 else { return nil }
        return content[1..<5].reduce(0) { $0 << 8 | UInt32($1) }
    }

    /// An APDU from its outer fields.
    package init(tag: UInt8, systemTitle: [UInt8]? = nil, content: [UInt8]) {
        self.tag = tag
        self.systemTitle = systemTitle
        self.content = content
    }

    /// Reads the outer fields. Throws `unsupported` for a tag that is none of these.
    package init(from reader: inout OctetReader) throws(DecodingError) {
        let start = reader.position
        tag = try reader.octet("ciphered APDU")
        guard CipheredAPDU.isKnown(tag) else { throw DecodingError(.unsupported, at: start, "ciphered APDU") }
        switch tag {
        case 0xDB, 0xDC:
            systemTitle = try reader.octetString(limit: 64, "system-title")
            content = try reader.octetString(limit: DLMSLimit.apdu, "ciphered content")
        case 0xD9, 0xDA, 0xDD...:
            content = try reader.array(reader.remaining, "content")
        default:
            content = try reader.octetString(limit: DLMSLimit.apdu, "ciphered content")
        }
    }

    /// The octets of the APDU.
    var octets: [UInt8] {
        var writer = OctetWriter(capacity: content.count + 16)
        encode(into: &writer)
        return writer.octets
    }

    /// Writes the outer fields and the content as it came.
    package func encode(into writer: inout OctetWriter) {
        writer.octet(tag)
        if let systemTitle { writer.lengthPrefixed(systemTitle) }
        switch tag {
        case 0xD9, 0xDA, 0xDD...: writer.append(content)
        default: writer.lengthPrefixed(content)
        }
    }
}

/// One block of general block transfer.
package struct GeneralBlockTransfer: Sendable, Hashable {
    /// The tag of the APDU.
    package static let tag: UInt8 = 0xE0

    /// Block control: 80h last block, 40h streaming, low six bits the window.
    package var control: UInt8
    /// Number of the block, from 1.
    package var number: UInt16
    /// Number of the newest block acknowledged.
    package var acknowledged: UInt16
    /// A piece of the APDU being carried.
    package var data: [UInt8]

    /// Whether this is the last block.
    package var isLast: Bool { control & 0x80 != 0 }

    /// Whether more blocks of the same window follow by themselves.
    package var isStreaming: Bool { control & 0x40 != 0 }

    /// A block.
    package init(control: UInt8, number: UInt16, acknowledged: UInt16, data: [UInt8]) {
        self.control = control
        self.number = number
        self.acknowledged = acknowledged
        self.data = data
    }

    /// Reads the APDU. Throws `unsupported` for another tag.
    package init(from reader: inout OctetReader) throws(DecodingError) {
        try reader.expect(GeneralBlockTransfer.tag, "general-block-transfer")
        control = try reader.octet("block-control")
        number = try reader.big(UInt16.self, "block-number")
        acknowledged = try reader.big(UInt16.self, "block-number-ack")
        data = try reader.octetString(limit: DLMSLimit.apdu, "block-data")
    }

    /// Writes the APDU.
    package func encode(into writer: inout OctetWriter) {
        writer.append([GeneralBlockTransfer.tag, control])
        writer.big(number)
        writer.big(acknowledged)
        writer.lengthPrefixed(data)
    }
}
