// A hand-written writer of compact JSON for hot data: readings, states, event streams. Keys come out in the
// order written, without blanks, as old clients of the device search for literal text (api 1.1).

/// Appends compact JSON to a buffer of UTF-8 octets. The caller keeps the grammar; the writer keeps the
/// commas.
package struct JSONWriter: Sendable {
    /// The UTF-8 text so far.
    package private(set) var octets: [UInt8] = []
    private var needsComma = false

    /// An empty text with room for `capacity` octets.
    package init(capacity: Int = 256) { octets.reserveCapacity(capacity) }

    /// Takes the text written so far and leaves the buffer empty, for streaming.
    package mutating func drain() -> [UInt8] {
        defer { octets.removeAll(keepingCapacity: true) }
        return octets
    }

    /// `{`
    package mutating func beginObject() { open(123) }
    /// `}`
    package mutating func endObject() { close(125) }
    /// `[`
    package mutating func beginArray() { open(91) }
    /// `]`
    package mutating func endArray() { close(93) }

    /// `"name":`
    package mutating func key(_ name: String) {
        separate()
        quoted(name)
        octets.append(58)
        needsComma = false
    }

    /// A string value.
    package mutating func string(_ value: String) {
        separate()
        quoted(value)
        needsComma = true
    }

    /// An integer value.
    package mutating func integer(_ value: some BinaryInteger) { literal(String(value)) }

    /// An integer value.
    package mutating func integer(_ value: Int64) { decimal(mantissa: value, scaler: 0) }

    /// An integer value.
    package mutating func integer(_ value: Int) { integer(Int64(value)) }

    /// A number with fraction; a value JSON cannot hold becomes `null`.
    package mutating func number(_ value: Double) { literal(value.isFinite ? shortest(value) : "null") }

    /// `true` or `false`.
    package mutating func boolean(_ value: Bool) { literal(value ? "true" : "false") }

    /// `null`
    package mutating func null() { literal("null") }

    /// `mantissa × 10^scaler`, exact, without passing through binary fractions.
    package mutating func decimal(mantissa: Int64, scaler: Int) {
        separate()
        DecimalText.append(mantissa: mantissa, scaler: scaler, to: &octets)
        needsComma = true
    }

    /// Text that is already JSON.
    package mutating func raw(_ json: some Sequence<UInt8>) {
        separate()
        octets.append(contentsOf: json)
        needsComma = true
    }

    /// Text that is already JSON as far as the colon of a member, whose value comes next.
    package mutating func begun(_ json: [UInt8]) {
        separate()
        octets.append(contentsOf: json)
        needsComma = false
    }

    private mutating func literal(_ text: String) {
        separate()
        octets.append(contentsOf: text.utf8)
        needsComma = true
    }

    private mutating func open(_ bracket: UInt8) {
        separate()
        octets.append(bracket)
        needsComma = false
    }

    private mutating func close(_ bracket: UInt8) {
        octets.append(bracket)
        needsComma = true
    }

    private mutating func separate() { if needsComma { octets.append(44) } }

    private func shortest(_ value: Double) -> String {
        if let whole = Int64(exactly: value), whole.magnitude < 1_000_000_000_000_000 { return String(whole) }
        return "\(value)"
    }

    private mutating func quoted(_ text: String) {
        octets.append(34)
        var text = text
        let isPlain = text.withUTF8 { utf8 in
            guard utf8.allSatisfy({ $0 >= 32 && $0 != 34 && $0 != 92 }) else { return false }
            octets.append(contentsOf: utf8)
            return true
        }
        if !isPlain { escape(text) }
        octets.append(34)
    }

    private mutating func escape(_ text: String) {
        for octet in text.utf8 {
            switch octet {
            case 34, 92:
                octets.append(92)
                octets.append(octet)
            case 9: octets.append(contentsOf: "\\t".utf8)
            case 10: octets.append(contentsOf: "\\n".utf8)
            case 13: octets.append(contentsOf: "\\r".utf8)
            case 0..<32:
                octets.append(contentsOf: "\\u00".utf8)
                octets.append(JSONWriter.digit(octet >> 4))
                octets.append(JSONWriter.digit(octet & 15))
            default:
                octets.append(octet)
            }
        }
    }

    private static func digit(_ nibble: UInt8) -> UInt8 { nibble < 10 ? 48 + nibble : 87 + nibble }
}

/// Exact decimal text of an integer mantissa and a power of ten.
package enum DecimalText {
    /// `12345, -3` → `12.345`; `12, 2` → `1200`. Trailing zeros of the fraction are dropped. |scaler| ≤ 40.
    package static func text(mantissa: Int64, scaler: Int) -> String {
        var octets: [UInt8] = []
        append(mantissa: mantissa, scaler: scaler, to: &octets)
        return String(decoding: octets, as: UTF8.self)
    }

    /// Appends the same text: digits from the last to the first, then turned round.
    static func append(mantissa: Int64, scaler: Int, to octets: inout [UInt8]) {
        var rest = mantissa.magnitude
        var places = rest == 0 ? 0 : min(max(-scaler, 0), 40)
        while places > 0, rest % 10 == 0 { (rest, places) = (rest / 10, places - 1) }
        let zeros = rest == 0 ? 0 : min(max(scaler, 0), 40)
        if mantissa < 0 { octets.append(45) }
        let first = octets.count
        var count = 0
        repeat {
            octets.append(48 + UInt8(rest % 10))
            rest /= 10
            count += 1
            if count == places { octets.append(46) }
        } while rest > 0 || count <= places
        var (low, high) = (first, octets.count - 1)
        while low < high {
            octets.swapAt(low, high)
            (low, high) = (low + 1, high - 1)
        }
        for _ in 0..<zeros { octets.append(48) }
    }
}
