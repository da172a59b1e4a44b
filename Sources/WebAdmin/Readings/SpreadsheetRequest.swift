// What a page wants to have as a workbook: columns with their words, and either the rows themselves or where
// in the archive they are. From the archive the device fills the rows, so that only the workbook crosses a
// GSM link, and no table of JSON has to go up it first.

import Archive
import Faults
import JSONText
import Metering
import Seams
import Timekeeping

/// A column as a page describes it.
struct AskedColumn: Sendable {
    /// `meter`, `serial`, `measure`, `ts`, `diff` or a tag; empty where rows are given.
    let key: String
    /// Words of the head, and decimals of numbers.
    let shown: SpreadsheetColumn
    /// Whether numbers are divided by 1000.
    let isThousands: Bool
    /// Texts that stand for values: by `measure/value`, else by `value`.
    let words: [String: String]

    fileprivate static let known: Set<String> = ["meter", "serial", "measure", "ts", "diff"]

    /// The cell of an archived row.
    func cell(_ row: ArchivedRow) -> SpreadsheetCell {
        let reading = row.reading
        switch key {
        case "meter": return word("\(row.life.meterID)", reading) ?? .number(Double(row.life.meterID))
        case "serial": return .text(row.life.serial)
        case "measure": return word(reading.measure.rawValue, reading) ?? .text(reading.measure.rawValue)
        case "ts": return .time(reading.stamp.civil)
        case "diff": return reading.clockDifferenceSeconds.map { .number(Double($0)) } ?? .empty
        default: return value(of: reading)
        }
    }

    private func value(of reading: Reading) -> SpreadsheetCell {
        guard let tag = Tag(rawValue: key) else { return .empty }
        if let value = reading[tag] {
            let output = reading.output(value)
            let text = DecimalText.text(mantissa: output.mantissa, scaler: output.scaler)
            if let word = word(text, reading) { return word }
            let scaled = DecimalText.text(
                mantissa: output.mantissa, scaler: output.scaler - (isThousands ? 3 : 0))
            return Double(scaled).map(SpreadsheetCell.number) ?? .empty
        }
        let text = reading.texts.first { $0.tag == tag }?.text
        return text.map(SpreadsheetCell.text) ?? .empty
    }

    private func word(_ value: String, _ reading: Reading) -> SpreadsheetCell? {
        guard !words.isEmpty else { return nil }
        guard let word = words["\(reading.measure.rawValue)/\(value)"] ?? words[value] else { return nil }
        return word.isEmpty ? .empty : .text(word)
    }
}

/// A request for a workbook.
struct SpreadsheetRequest: Sendable {
    /// Cells of one workbook: what a small device makes in its memory, and a phone takes in a minute.
    static let cellLimit = 150_000
    private static let columnLimit = 64, textLimit = 1_000

    let name: String
    let columns: [AskedColumn]
    /// Rows of the page's own.
    let rows: [[SpreadsheetCell]]
    /// Where rows are in the archive; nil when they are given.
    let source: MeterDataRequest?
    /// Whether the newest row of all kinds comes first.
    let isNewestFirst: Bool

    /// Reads a request; throws faults by path.
    init(_ body: JSONValue, offset: ZoneOffset) throws(Faults) {
        var faults: [Fault] = []
        name = body["sheet"]?.text ?? ""
        let asked = body["columns"]?.elements ?? []
        if asked.isEmpty { faults.append(Fault(.inputMissing, path: "/columns")) }
        if asked.count > SpreadsheetRequest.columnLimit {
            let allowed = ["allowed": "\(SpreadsheetRequest.columnLimit)"]
            throw Faults([Fault(.inputTooLarge, allowed, path: "/columns")])
        }
        let isStored = body["from"]?.members != nil
        columns = asked.enumerated().map {
            SpreadsheetRequest.column($1, path: "/columns/\($0)", isStored: isStored, &faults)
        }
        if isStored {
            rows = []
            source = try MeterDataRequest(body["from"] ?? .null, kind: .archive, offset: offset)
        } else {
            source = nil
            rows = SpreadsheetRequest.cells(body["rows"], columns: columns.count, offset, &faults)
        }
        isNewestFirst = body["newestFirst"] == .boolean(true)
        guard faults.isEmpty else { throw Faults(faults) }
    }

    private static func column(
        _ value: JSONValue, path: String, isStored: Bool, _ faults: inout [Fault]
    ) -> AskedColumn {
        let head = value["head"]?.text ?? "", key = value["key"]?.text ?? ""
        if head.count > textLimit {
            faults.append(Fault(.inputTooLarge, ["allowed": "\(textLimit)"], path: path + "/head"))
        }
        if isStored, !AskedColumn.known.contains(key), Tag(rawValue: key) == nil {
            faults.append(Fault(.inputRange, ["value": key], path: path + "/key"))
        }
        let digits = value["digits"]?.wholeNumber
        if let digits, !(0...9).contains(digits) {
            faults.append(Fault(.inputRange, ["allowed": "0…9"], path: path + "/digits"))
        }
        let words = (value["words"]?.members ?? []).compactMap { member in
            member.value.text.map { (member.name, $0) }
        }
        return AskedColumn(
            key: key, shown: SpreadsheetColumn(head, digits: digits),
            isThousands: value["scale"]?.wholeNumber == 1_000,
            words: Dictionary(words) { first, _ in first })
    }

    /// Rows as a page sends them: numbers, texts, null, and `{"ts": "2026-02-01T00:30:00+03:00"}` for times.
    private static func cells(
        _ value: JSONValue?, columns: Int, _ offset: ZoneOffset, _ faults: inout [Fault]
    ) -> [[SpreadsheetCell]] {
        let rows = value?.elements ?? []
        if value?.elements == nil { faults.append(Fault(.inputMissing, path: "/rows")) }
        guard rows.count * columns <= cellLimit else {
            faults.append(tooLarge(path: "/rows"))
            return []
        }
        var read: [[SpreadsheetCell]] = []
        for (line, row) in rows.enumerated() {
            let values = row.elements ?? []
            if row.elements == nil || values.count > columns {
                faults.append(Fault(.inputType, ["allowed": "\(columns)"], path: "/rows/\(line)"))
            }
            read.append(
                values.prefix(columns).enumerated().map { index, value in
                    cell(value, offset) ?? refuse("/rows/\(line)/\(index)", &faults)
                })
            // The first wrong cells say enough.
            if faults.count > 20 { break }
        }
        return read
    }

    private static func refuse(_ path: String, _ faults: inout [Fault]) -> SpreadsheetCell {
        faults.append(Fault(.inputType, path: path))
        return .empty
    }

    private static func cell(_ value: JSONValue, _ offset: ZoneOffset) -> SpreadsheetCell? {
        switch value {
        case .null: return .empty
        case .boolean(let flag): return .number(flag ? 1 : 0)
        case .integer(let number): return .number(Double(number))
        case .number(let number): return .number(number)
        case .string(let text): return text.count <= textLimit ? .text(text) : nil
        case .object:
            guard let text = value["ts"]?.text, let stamp = stamp(text, offset) else { return nil }
            return .time(stamp)
        case .array: return nil
        }
    }

    /// The clock's own reading of an ISO-8601 text: what stands before its zone.
    private static func stamp(_ text: String, _ offset: ZoneOffset) -> CivilStamp? {
        guard let time = WallTime(iso8601: text, local: offset) else { return nil }
        guard let tail = text.split(separator: "T").last,
            let at = tail.lastIndex(where: { "+-".contains($0) })
        else { return time.civil(in: offset) }
        let parts = tail[tail.index(after: at)...].split(separator: ":").compactMap { Int($0) }
        guard parts.count == 2 else { return time.civil(in: offset) }
        let minutes = parts[0] * 60 + parts[1]
        return time.civil(in: ZoneOffset(minutes: tail[at] == "-" ? -minutes : minutes))
    }

    /// The refusal of a table that is too large.
    static func tooLarge(path: String) -> Fault {
        Fault(.spreadsheetTooLarge, ["allowed": "\(cellLimit)"], path: path)
    }
}
