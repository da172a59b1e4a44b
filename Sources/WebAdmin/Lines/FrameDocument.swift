// Bursts of a line taken apart for people: one line of meaning for each frame, and all of its parts for one
// burst. Secrets show as •• wherever they were found: by the driver that declared them, in the trace, or by
// the decoder (D12).

import DLMS
import Diagnosis
import JSONText
import Lines
import Octets

/// Writes bursts.
struct FrameDocument {
    let lines: LineDocument

    /// `{n, time, direction, octets, hex, Frames: [{text, error?}]}`
    func brief(_ entry: LineTraceEntry) -> JSONValue {
        let units = units(of: entry)
        let frames = units.map { unit -> JSONValue in
            var members: [(String, JSONValue)] = [("text", .string(FrameDocument.text(of: unit)))]
            if let error = unit.error { members.append(("error", .string(error.text))) }
            return .make(members)
        }
        return .make(head(entry, units) + [("Frames", .array(frames))])
    }

    /// The same with the parts of every frame: `Frames: [{text, error?, offset, hex, link, apdu}]`.
    func whole(_ entry: LineTraceEntry) -> JSONValue {
        let units = units(of: entry)
        let frames = units.map { unit -> JSONValue in
            var members: [(String, JSONValue)] = [
                ("text", .string(FrameDocument.text(of: unit))), ("offset", .integer(Int64(unit.offset))),
                ("length", .integer(Int64(unit.octets.count))),
                ("link", unit.link?.json ?? .null), ("apdu", unit.apdu?.json ?? .null),
            ]
            if let error = unit.error { members.append(("error", .string(error.text))) }
            return .make(members)
        }
        return .make(head(entry, units) + [("Frames", .array(frames))])
    }

    private func head(_ entry: LineTraceEntry, _ units: [AnalysedUnit]) -> [(String, JSONValue)] {
        var shown = entry
        shown.hide(
            units.flatMap { unit in
                unit.secrets.map { $0.lowerBound + unit.offset..<$0.upperBound + unit.offset }
            })
        return [
            ("n", .integer(Int64(clamping: entry.number))), ("time", .string(lines.time(entry.instant))),
            ("direction", .string(entry.direction == .sent ? "request" : "response")),
            ("octets", .integer(Int64(entry.octets.count))), ("hex", .string(shown.text)),
        ]
    }

    /// What a burst consists of; nothing of one that is hidden or of another protocol.
    private func units(of entry: LineTraceEntry) -> [AnalysedUnit] {
        guard entry.hidden.first != 0..<entry.octets.count else { return [] }
        let direction: TrafficDirection = entry.direction == .sent ? .request : .response
        if entry.octets.starts(with: [0, 1]) {
            return FrameAnalyser.wrapper(entry.octets, from: direction)
        }
        guard entry.octets.contains(HDLCFrame.flag) else { return [] }
        return FrameAnalyser.hdlc(entry.octets, from: direction)
    }

    /// `I get-request 1.0.1.8.0.255`: the kind of frame and what it carries.
    static func text(of unit: AnalysedUnit) -> String {
        var words: [String] = []
        if case .text(let frame)? = unit.link?["frame"] { words.append(frame) }
        if case .text(let name)? = unit.apdu?["name"] { words.append(name) }
        words += unit.apdu.map(FrameDocument.names) ?? []
        return words.joined(separator: " ")
    }

    /// Logical names in an APDU, at most three.
    private static func names(in tree: FieldTree) -> [String] {
        var found: [String] = []
        var waiting = [tree]
        while let next = waiting.popLast(), found.count < 3 {
            switch next {
            case .fields(let fields):
                for field in fields.reversed() {
                    if field.name == "obis", case .text(let code) = field.value { found.append(code) }
                    waiting.append(field.value)
                }
            case .list(let elements): waiting += elements.prefix(16).reversed()
            default: break
            }
        }
        return found
    }
}

extension FieldTree {
    /// The tree as JSON.
    var json: JSONValue {
        switch self {
        case .fields(let fields): .object(fields.map { JSONMember($0.name, $0.value.json) })
        case .list(let elements): .array(elements.map(\.json))
        case .text(let text): .string(text)
        case .integer(let number): .integer(number)
        case .real(let number): .number(number)
        case .flag(let flag): .boolean(flag)
        case .none: .null
        }
    }
}
