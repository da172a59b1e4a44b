// Data as named fields: the type by the standard's name, the value as JSON can hold it, and what
// octet-strings most likely mean (six octets a logical name, twelve a date-time).

import Octets

extension DataValue {
    /// The value for the analyser: `{type, value}`, with `obis` or `dateTime` beside octet-strings that read
    /// so and `text` beside strings of printable ASCII.
    package var fields: FieldTree {
        .fields([.init("type", .text(tag.name)), .init("value", plain)] + hints)
    }

    private var plain: FieldTree {
        switch self {
        case .nullData, .dontCare: .none
        case .array(let elements), .structure(let elements): .list(elements.map(\.fields))
        case .compactArray(let array):
            (try? array.elements()).map { .list($0.map(\.fields)) } ?? .text(array.contents.hex)
        case .boolean(let value): .flag(value)
        case .bitString(let bits): .text(String((0..<min(bits.count, 4096)).map { bits[$0] ? "1" : "0" }))
        case .octetString(let octets), .visibleString(let octets), .utf8String(let octets): .text(octets.hex)
        case .bcd(let value): .text([value].hex)
        case .float32(let value): .number(Double(value))
        case .float64(let value): .number(value)
        case .long64Unsigned(let value): .number(value)
        case .dateTime(let value): .text(value.text)
        case .date(let value): .text(value.text)
        case .time(let value): .text(value.text)
        case .doubleLong, .doubleLongUnsigned, .integer, .long, .unsigned, .longUnsigned, .long64,
            .enumerated:
            wholeNumber.map(FieldTree.number) ?? .none
        }
    }

    private var hints: [FieldTree.Field] {
        switch self {
        case .octetString(let octets):
            if let name = LogicalName(octets: octets) { return [.init("obis", .text(name.description))] }
            if let stamp = DateTimeValue(octets: octets), stamp.isSpecified {
                return [.init("dateTime", .text(stamp.text))]
            }
            return DataValue.textHint(octets)
        case .visibleString(let octets), .utf8String(let octets): return DataValue.textHint(octets)
        default: return []
        }
    }

    private static func textHint(_ octets: [UInt8]) -> [FieldTree.Field] {
        guard !octets.isEmpty, octets.allSatisfy({ (0x20...0x7E).contains($0) }) else { return [] }
        return [.init("text", .text(String(decoding: octets, as: UTF8.self)))]
    }
}

extension DateValue {
    /// `2022-08-01`, with `*` for fields that are not specified.
    var text: String {
        let year = year == 0xFFFF ? "*" : padded(Int(year), 4)
        return "\(year)-\(padded(month))-\(padded(day))"
    }
}

extension TimeValue {
    /// `00:30:00`, with `*` for fields that are not specified and `.hh` when hundredths are there.
    var text: String {
        let fraction = hundredths == 0 || hundredths == 0xFF ? "" : "." + padded(hundredths)
        return "\(padded(hour)):\(padded(minute)):\(padded(second))\(fraction)"
    }
}

extension DateTimeValue {
    /// `2022-08-01 00:00:00 deviation 180 status 80`; the deviation only when sent, the status unless zero.
    var text: String {
        let deviation = deviationMinutes.map { " deviation \($0)" } ?? ""
        let status = status.rawValue == 0 ? "" : " status \([status.rawValue].hex)"
        return "\(date.text) \(time.text)\(deviation)\(status)"
    }
}

private func padded(_ field: UInt8) -> String { field == 0xFF ? "*" : padded(Int(field), 2) }

private func padded(_ number: Int, _ width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
}
