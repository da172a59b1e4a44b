// A whole JSON text as a tree, for configuration and requests: small texts of strangers, read strictly (RFC
// 8259) and with an offset when they are not JSON. Hot data are written by `JSONWriter` and never read back.

/// A JSON value. Members of objects keep their order; integers stay integers.
package enum JSONValue: Sendable, Hashable {
    case null
    case boolean(Bool)
    /// A number without fraction and exponent that fits 64 bits.
    case integer(Int64)
    /// Any other number.
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([JSONMember])
}

/// One member of an object.
package struct JSONMember: Sendable, Hashable {
    /// Its name; unique within its object.
    package var name: String
    /// Its value.
    package var value: JSONValue

    /// A member.
    package init(_ name: String, _ value: JSONValue) {
        self.name = name
        self.value = value
    }
}

/// Why a text is not JSON.
package struct JSONTextError: Error, Sendable, Hashable {
    /// Octet at which reading stopped.
    package var offset: Int
    /// What was expected there, in English.
    package var reason: String

    /// An error at an octet.
    package init(offset: Int, reason: String) {
        self.offset = offset
        self.reason = reason
    }
}

extension JSONValue {
    /// Nesting beyond this is refused.
    package static let depthLimit = 32

    /// Reads one JSON value that fills `text` but for blanks; throws at the first octet that does not fit.
    package init(parsing text: some Sequence<UInt8>) throws(JSONTextError) {
        var parser = JSONParser(octets: Array(text))
        self = try parser.document()
    }

    /// Reads one JSON value from text.
    package init(parsing text: String) throws(JSONTextError) { try self.init(parsing: text.utf8) }

    /// The member of an object; nil for other values and absent names.
    package subscript(name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }

    /// The elements of an array; nil for other values.
    package var elements: [JSONValue]? {
        guard case .array(let elements) = self else { return nil }
        return elements
    }

    /// The members of an object; nil for other values.
    package var members: [JSONMember]? {
        guard case .object(let members) = self else { return nil }
        return members
    }

    /// The text of a string; nil for other values.
    package var text: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    /// A whole number, written as number, whole fraction (`2.0`) or, as old clients do, as text; nil
    /// otherwise.
    package var wholeNumber: Int? {
        switch self {
        case .integer(let value): Int(exactly: value)
        case .number(let value): Int(exactly: value)
        case .string(let text): Int(text)
        default: nil
        }
    }

    /// The same object with one member set, or removed with nil; other values stay as they are.
    package func setting(_ name: String, to value: JSONValue?) -> JSONValue {
        guard case .object(var members) = self else { return self }
        let index = members.firstIndex { $0.name == name }
        switch (index, value) {
        case (let index?, let value?): members[index].value = value
        case (let index?, nil): members.remove(at: index)
        case (nil, let value?): members.append(JSONMember(name, value))
        case (nil, nil): break
        }
        return .object(members)
    }

    /// Compact text of this value.
    package var octets: [UInt8] {
        var writer = JSONWriter()
        write(into: &writer)
        return writer.octets
    }

    /// Appends this value to a text.
    package func write(into writer: inout JSONWriter) {
        switch self {
        case .null: writer.null()
        case .boolean(let value): writer.boolean(value)
        case .integer(let value): writer.integer(value)
        case .number(let value): writer.number(value)
        case .string(let value): writer.string(value)
        case .array(let elements):
            writer.beginArray()
            for element in elements { element.write(into: &writer) }
            writer.endArray()
        case .object(let members):
            writer.beginObject()
            for member in members {
                writer.key(member.name)
                member.value.write(into: &writer)
            }
            writer.endObject()
        }
    }
}
