// Fields taken apart as JSON, and as lines for people.

import DLMS
import JSONText

extension FieldTree {
    /// The tree as JSON.
    func write(into writer: inout JSONWriter) {
        switch self {
        case .fields(let fields):
            writer.beginObject()
            for field in fields {
                writer.key(field.name)
                field.value.write(into: &writer)
            }
            writer.endObject()
        case .list(let elements):
            writer.beginArray()
            for element in elements { element.write(into: &writer) }
            writer.endArray()
        case .text(let text): writer.string(text)
        case .integer(let number): writer.integer(number)
        case .real(let number): writer.number(number)
        case .flag(let flag): writer.boolean(flag)
        case .none: writer.null()
        }
    }

    /// The tree as one JSON text.
    var json: [UInt8] {
        var writer = JSONWriter(capacity: 1_024)
        write(into: &writer)
        return writer.octets
    }

    /// The tree for people: a field a line, an element of a list a line.
    func lines(indent: Int = 0) -> String {
        let space = String(repeating: "  ", count: indent)
        switch self {
        case .fields(let fields):
            return fields.map { field in
                switch field.value {
                case .fields, .list: "\(space)\(field.name)\n\(field.value.lines(indent: indent + 1))"
                default: "\(space)\(field.name)  \(field.value.word)\n"
                }
            }.joined()
        case .list(let elements): return elements.map { "\(space)\($0.word)\n" }.joined()
        default: return "\(space)\(word)\n"
        }
    }

    /// The tree in one line.
    private var word: String {
        switch self {
        case .fields(let fields): fields.map { "\($0.name) \($0.value.word)" }.joined(separator: "  ")
        case .list(let elements): elements.map(\.word).joined(separator: " ")
        case .text(let text): text
        case .integer(let number): String(number)
        case .real(let number): "\(number)"
        case .flag(let flag): flag ? "yes" : "no"
        case .none: "-"
        }
    }
}
