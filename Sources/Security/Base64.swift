// Base64 of RFC 4648 for the texts of this door; written out because the daemons carry no Foundation.

/// Standard alphabet, with padding.
enum Base64 {
    private static let alphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func encode(_ octets: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((octets.count + 2) / 3 * 4)
        for start in stride(from: 0, to: octets.count, by: 3) {
            let group = octets[start..<min(start + 3, octets.count)]
            let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
            for place in 0..<4 {
                text.append(place <= group.count ? alphabet[bits >> (18 - 6 * place) & 63] : 61)
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    static func decode(_ text: String) -> [UInt8]? {
        let symbols = Array(text.utf8)
        guard symbols.count.isMultiple(of: 4) else { return nil }
        let padding = symbols.reversed().prefix { $0 == 61 }.count
        guard padding <= 2 else { return nil }
        var octets: [UInt8] = []
        for start in stride(from: 0, to: symbols.count, by: 4) {
            var bits = 0
            for (place, symbol) in symbols[start..<start + 4].enumerated() {
                let isPadding = start + place >= symbols.count - padding
                guard let value = isPadding ? 0 : alphabet.firstIndex(of: symbol) else { return nil }
                bits = bits << 6 | value
            }
            octets += [UInt8(bits >> 16 & 255), UInt8(bits >> 8 & 255), UInt8(bits & 255)]
        }
        octets.removeLast(padding)
        return octets
    }
}
