// The little of BER that ACSE needs (ISO/IEC 8825-1): definite-length fields with one-octet tags, and the
// object identifiers of the DLMS UA under 2.16.756.5.8.

import Octets

/// One tagged field of an ACSE APDU.
struct BERField {
    var tag: UInt8
    var content: ArraySlice<UInt8>

    init(from reader: inout OctetReader) throws(DecodingError) {
        tag = try reader.octet("ACSE field")
        content = try reader.lengthPrefixed(limit: DLMSLimit.apdu, "ACSE field")
    }

    /// The content of a field nested inside this one under `inner`. Throws `invalid` for another tag.
    func nested(_ inner: UInt8, _ what: String) throws(DecodingError) -> ArraySlice<UInt8> {
        var reader = OctetReader(content)
        let field = try BERField(from: &reader)
        guard field.tag == inner else { throw DecodingError(.invalid, at: content.startIndex, what) }
        try reader.finish(what)
        return field.content
    }

    /// The INTEGER nested inside this field, one octet. Throws `invalid` for other forms.
    func integer(_ what: String) throws(DecodingError) -> UInt8 {
        let octets = try nested(0x02, what)
        guard octets.count == 1, let value = octets.first else {
            throw DecodingError(.invalid, at: content.startIndex, what)
        }
        return value
    }
}

extension OctetWriter {
    /// A field: tag, length, content.
    mutating func field(_ tag: UInt8, _ content: [UInt8]) {
        octet(tag)
        lengthPrefixed(content)
    }

    /// A field that wraps another.
    mutating func field(_ tag: UInt8, _ inner: UInt8, _ content: [UInt8]) {
        var nested = OctetWriter()
        nested.field(inner, content)
        field(tag, nested.octets)
    }
}

/// Object identifiers 2.16.756.5.8.branch.value, as seven octets.
enum DLMSObjectIdentifier {
    static let contextBranch: UInt8 = 1
    static let mechanismBranch: UInt8 = 2

    static func octets(branch: UInt8, value: UInt8) -> [UInt8] {
        [0x60, 0x85, 0x74, 0x05, 0x08, branch, value]
    }

    static func value(
        branch: UInt8, in octets: ArraySlice<UInt8>, _ what: String
    ) throws(DecodingError) -> UInt8 {
        guard let value = octets.last,
            octets.elementsEqual(DLMSObjectIdentifier.octets(branch: branch, value: value))
        else { throw DecodingError(.unsupported, at: octets.startIndex, what) }
        return value
    }
}
