// The reading half of `JSONValue`: recursive descent over octets with bounded depth. Strict: no comments, no
// trailing commas, no duplicate names, no leading zeros, only valid UTF-8 and paired surrogates.

/// Walks over one JSON text.
struct JSONParser {
    private let octets: [UInt8]
    private var offset = 0

    init(octets: [UInt8]) { self.octets = octets }

    mutating func document() throws(JSONTextError) -> JSONValue {
        let value = try value(depth: 0)
        skipBlanks()
        guard offset == octets.count else { throw failure("end of text") }
        return value
    }

    private func failure(_ expected: String) -> JSONTextError {
        JSONTextError(offset: offset, reason: "expected \(expected)")
    }

    private var current: UInt8? { offset < octets.count ? octets[offset] : nil }

    private mutating func skipBlanks() {
        while let octet = current, octet == 32 || octet == 10 || octet == 13 || octet == 9 { offset += 1 }
    }

    private mutating func accept(_ character: Unicode.Scalar) -> Bool {
        guard let octet = current, UInt32(octet) == character.value else { return false }
        offset += 1
        return true
    }

    private mutating func value(depth: Int) throws(JSONTextError) -> JSONValue {
        guard depth <= JSONValue.depthLimit else { throw failure("less nesting") }
        skipBlanks()
        guard let first = current else { throw failure("a value") }
        switch first {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .boolean(true))
        case UInt8(ascii: "f"): return try word("false", .boolean(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default: throw failure("a value")
        }
    }

    private mutating func word(_ text: StaticString, _ value: JSONValue) throws(JSONTextError) -> JSONValue {
        let expected = text.withUTF8Buffer { Array($0) }
        guard octets[offset...].starts(with: expected) else { throw failure("a value") }
        offset += expected.count
        return value
    }

    private mutating func array(depth: Int) throws(JSONTextError) -> JSONValue {
        offset += 1
        var elements: [JSONValue] = []
        skipBlanks()
        if accept("]") { return .array(elements) }
        while true {
            elements.append(try value(depth: depth + 1))
            skipBlanks()
            if accept("]") { return .array(elements) }
            guard accept(",") else { throw failure("',' or ']'") }
        }
    }

    private mutating func object(depth: Int) throws(JSONTextError) -> JSONValue {
        offset += 1
        var members: [JSONMember] = []
        // Few names are compared one by one: making a set of them costs more than the rest of the object.
        var names: Set<String> = []
        skipBlanks()
        if accept("}") { return .object(members) }
        members.reserveCapacity(4)
        while true {
            skipBlanks()
            guard current == UInt8(ascii: "\"") else { throw failure("a member name") }
            let name = try string()
            if members.count == 16 { names = Set(members.map(\.name)) }
            let isNew =
                members.count < 16
                ? !members.contains { $0.name == name } : names.insert(name).inserted
            guard isNew else { throw failure("another name than '\(name)' twice") }
            skipBlanks()
            guard accept(":") else { throw failure("':'") }
            members.append(JSONMember(name, try value(depth: depth + 1)))
            skipBlanks()
            if accept("}") { return .object(members) }
            guard accept(",") else { throw failure("',' or '}'") }
        }
    }

    private mutating func number() throws(JSONTextError) -> JSONValue {
        let start = offset
        _ = accept("-")
        if !accept("0") { try digits() }
        var isWhole = true
        if accept(".") {
            isWhole = false
            try digits()
        }
        if accept("e") || accept("E") {
            isWhole = false
            if !accept("+") { _ = accept("-") }
            try digits()
        }
        if isWhole, let integer = integer(start..<offset) { return .integer(integer) }
        let text = String(decoding: octets[start..<offset], as: UTF8.self)
        guard let number = Double(text), number.isFinite else {
            offset = start
            throw failure("a number in range")
        }
        return .number(number)
    }

    /// The integer of checked digits, which a minus may go before; nil when 64 bits do not hold it.
    private func integer(_ place: Range<Int>) -> Int64? {
        let isNegative = octets[place.lowerBound] == UInt8(ascii: "-")
        var value: Int64 = 0
        for octet in octets[place].dropFirst(isNegative ? 1 : 0) {
            let (product, isTooLarge) = value.multipliedReportingOverflow(by: 10)
            let digit = Int64(octet) - 48
            let (sum, overflows) = product.addingReportingOverflow(isNegative ? -digit : digit)
            guard !isTooLarge, !overflows else { return nil }
            value = sum
        }
        return value
    }

    private mutating func digits() throws(JSONTextError) {
        let start = offset
        while let octet = current, (48...57).contains(octet) { offset += 1 }
        guard offset > start else { throw failure("a digit") }
    }

    private mutating func string() throws(JSONTextError) -> String {
        offset += 1
        let start = offset
        let end = endOfPlain(from: start)
        if end < octets.count, octets[end] == UInt8(ascii: "\"") {
            offset = end + 1
            return octets.withUnsafeBufferPointer { octets in
                String(decoding: UnsafeBufferPointer(rebasing: octets[start..<end]), as: UTF8.self)
            }
        }
        var text = Array(octets[start..<end])
        offset = end
        while let octet = current {
            offset += 1
            switch octet {
            case UInt8(ascii: "\""):
                guard let string = String(validating: text, as: UTF8.self) else {
                    offset = start
                    throw failure("UTF-8 text")
                }
                return string
            case UInt8(ascii: "\\"): try escape(into: &text)
            case 0..<32:
                offset -= 1
                throw failure("an escaped control character")
            default: text.append(octet)
            }
        }
        throw failure("'\"'")
    }

    /// Where ASCII that stands for itself ends: nearly every string is nothing else and needs no check.
    private func endOfPlain(from start: Int) -> Int {
        octets.withUnsafeBufferPointer { octets in
            var end = start
            while end < octets.count {
                let octet = octets[end]
                guard octet >= 32, octet < 128, octet != UInt8(ascii: "\""), octet != UInt8(ascii: "\\")
                else { break }
                end += 1
            }
            return end
        }
    }

    private mutating func escape(into text: inout [UInt8]) throws(JSONTextError) {
        guard let octet = current else { throw failure("an escape") }
        offset += 1
        switch octet {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(octet)
        case UInt8(ascii: "b"): text.append(8)
        case UInt8(ascii: "f"): text.append(12)
        case UInt8(ascii: "n"): text.append(10)
        case UInt8(ascii: "r"): text.append(13)
        case UInt8(ascii: "t"): text.append(9)
        case UInt8(ascii: "u"): text.append(contentsOf: String(Character(try scalar())).utf8)
        default:
            offset -= 1
            throw failure("an escape")
        }
    }

    private mutating func scalar() throws(JSONTextError) -> Unicode.Scalar {
        let first = try codeUnit()
        guard (0xD800...0xDBFF).contains(first) else {
            guard let scalar = Unicode.Scalar(first) else { throw failure("a paired surrogate") }
            return scalar
        }
        guard accept("\\"), accept("u") else { throw failure("a low surrogate") }
        let second = try codeUnit()
        guard (0xDC00...0xDFFF).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
        else { throw failure("a low surrogate") }
        return scalar
    }

    private mutating func codeUnit() throws(JSONTextError) -> UInt32 {
        guard offset + 4 <= octets.count,
            let unit = UInt32(String(decoding: octets[offset..<offset + 4], as: UTF8.self), radix: 16),
            octets[offset] != UInt8(ascii: "+")
        else { throw failure("four hexadecimal digits") }
        offset += 4
        return unit
    }
}
