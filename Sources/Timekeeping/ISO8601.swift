// ISO-8601 text as the device's API writes and accepts it: with an offset, with `Z`, or with neither
// (then the device's own offset holds), with or without a fraction (api 3.1).

extension WallTime {
    /// `2026-03-01T00:30:00+03:00`, whole seconds, in the zone `offset`.
    package func iso8601(in offset: ZoneOffset) -> String {
        civil(in: offset).text(between: "T") + offset.text
    }

    /// Reads ISO-8601 text; text without an offset is civil time in `local`. Nil when it is not such a text.
    package init?(iso8601 text: String, local: ZoneOffset) {
        var scanner = DigitScanner(text.utf8)
        guard let year = scanner.number(digits: 4), scanner.skip("-"), let month = scanner.number(digits: 2),
            scanner.skip("-"), let day = scanner.number(digits: 2)
        else { return nil }
        var (hour, minute, second) = (0, 0, 0)
        if scanner.skip("T") || scanner.skip(" ") {
            guard let hours = scanner.number(digits: 2), scanner.skip(":"),
                let minutes = scanner.number(digits: 2)
            else { return nil }
            (hour, minute) = (hours, minutes)
            if scanner.skip(":") {
                guard let seconds = scanner.number(digits: 2) else { return nil }
                second = seconds
                if scanner.skip(".") { guard scanner.skipDigits() > 0 else { return nil } }
            }
        }
        guard let offset = scanner.offset(local: local), scanner.atEnd,
            let civil = CivilStamp(
                year: year, month: month, day: day, hour: hour, minute: minute, second: second)
        else { return nil }
        self.init(civil: civil, offset: offset)
    }
}

/// Walks over ASCII text of fixed-width numbers.
private struct DigitScanner {
    private var octets: Substring.UTF8View

    init(_ octets: String.UTF8View) { self.octets = octets[...] }

    var atEnd: Bool { octets.isEmpty }

    mutating func number(digits: Int) -> Int? {
        guard octets.count >= digits else { return nil }
        var value = 0
        for octet in octets.prefix(digits) {
            guard (48...57).contains(octet) else { return nil }
            value = value * 10 + Int(octet - 48)
        }
        octets = octets.dropFirst(digits)
        return value
    }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard let first = octets.first, UInt32(first) == character.value else { return false }
        octets = octets.dropFirst()
        return true
    }

    mutating func skipDigits() -> Int {
        let count = octets.prefix { (48...57).contains($0) }.count
        octets = octets.dropFirst(count)
        return count
    }

    /// `Z`, `+03:00`, `-0300`, `+03`, or nothing for the local offset. Nil when malformed.
    mutating func offset(local: ZoneOffset) -> ZoneOffset? {
        if atEnd { return local }
        if skip("Z") { return .utc }
        let sign = skip("-") ? -1 : (skip("+") ? 1 : 0)
        guard sign != 0, let hours = number(digits: 2), hours <= 14 else { return nil }
        var minutes = 0
        if !atEnd {
            _ = skip(":")
            guard let read = number(digits: 2), read < 60 else { return nil }
            minutes = read
        }
        return ZoneOffset(minutes: sign * (hours * 60 + minutes))
    }
}
