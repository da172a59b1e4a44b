// Reads the members of one JSON object and collects every fault with its path instead of stopping at the
// first, so that a person corrects a table in one go. What old clients are known to write (numbers as text, 0
// and 1 as flags, null for absent) is taken.

package import Faults
package import JSONText

/// One JSON object on its way to becoming a record.
package struct RecordReader {
    /// Whether secrets arrive from a client (absent = unchanged) or from the disk (absent = none).
    package let view: SecretView
    /// Faults found so far.
    package private(set) var faults: [Fault] = []
    private let value: JSONValue
    private let path: String

    /// A reader of `value`, which lies at `path` of the text.
    package init(_ value: JSONValue, path: String, view: SecretView) {
        self.value = value
        self.path = path
        self.view = view
        if value.members == nil { faults.append(Fault(.inputType, ["allowed": "object"], path: path)) }
    }

    /// Notes a fault of a member.
    package mutating func refuse(_ code: FaultCode, _ name: String, _ parameters: [String: String] = [:]) {
        faults.append(Fault(code, parameters, path: "\(path)/\(name)"))
    }

    /// The member as it is; nil when absent. JSON null counts as absent.
    package subscript(name: String) -> JSONValue? {
        guard let member = value[name], member != .null else { return nil }
        return member
    }

    /// Whether the member is there and null.
    package func isNull(_ name: String) -> Bool { value[name] == .null }

    /// A whole number within `range`, or nil when absent.
    package mutating func optionalInteger(_ name: String, in range: ClosedRange<Int>) -> Int? {
        guard let member = self[name] else { return nil }
        guard let number = member.wholeNumber else {
            refuse(.inputType, name, ["allowed": "integer"])
            return nil
        }
        guard range.contains(number) else {
            refuse(
                .inputRange, name,
                ["value": "\(number)", "allowed": "\(range.lowerBound)…\(range.upperBound)"])
            return nil
        }
        return number
    }

    /// A whole number within `range`; `fallback` when absent, a fault when there is none.
    package mutating func integer(
        _ name: String, in range: ClosedRange<Int>, fallback: Int? = nil
    ) -> Int {
        if self[name] == nil, fallback == nil { refuse(.inputMissing, name) }
        return optionalInteger(name, in: range) ?? fallback ?? range.lowerBound
    }

    /// Text of a length in characters; `fallback` when absent, a fault when there is none.
    package mutating func text(
        _ name: String, length: ClosedRange<Int>, fallback: String? = nil
    ) -> String {
        guard let member = self[name] else {
            if let fallback { return fallback }
            refuse(.inputMissing, name)
            return ""
        }
        guard let text = member.text else {
            refuse(.inputType, name, ["allowed": "string"])
            return ""
        }
        if text.isEmpty, length.lowerBound > 0 {
            refuse(.inputMissing, name)
        } else if !length.contains(text.count) {
            refuse(.inputTooLarge, name, ["allowed": "\(length.lowerBound)…\(length.upperBound)"])
        } else if text.unicodeScalars.contains(where: {
            $0.value < 32 && $0 != "\n" && $0 != "\t" && $0 != "\r"
        }) {
            refuse(.inputFormat, name, ["allowed": "text"])
        }
        return text
    }

    /// True or false, also as 0 and 1.
    package mutating func flag(_ name: String, fallback: Bool) -> Bool {
        guard let member = self[name] else { return fallback }
        if case .boolean(let value) = member { return value }
        switch member {
        case .string("true"), .integer(1): return true
        case .string("false"), .integer(0): return false
        default:
            refuse(.inputType, name, ["allowed": "boolean"])
            return fallback
        }
    }

    /// One of the raw values of a closed list.
    package mutating func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String, fallback: Choice
    ) -> Choice where Choice.RawValue == String {
        guard let member = self[name] else { return fallback }
        if let text = member.text, let choice = Choice(rawValue: text) { return choice }
        let allowed = Choice.allCases.map(\.rawValue).joined(separator: ", ")
        refuse(.inputRange, name, ["value": member.text ?? "", "allowed": allowed])
        return fallback
    }

    /// A required member of a closed list.
    package mutating func requiredChoice<Choice: RawRepresentable & CaseIterable>(
        _ name: String, placeholder: Choice
    ) -> Choice where Choice.RawValue == String {
        if self[name] == nil { refuse(.inputMissing, name) }
        return choice(name, fallback: placeholder)
    }

    /// An array of whole numbers of 1 and above.
    package mutating func numbers(_ name: String) -> [Int] {
        list(name, allowed: "integer") { $0.wholeNumber.flatMap { $0 > 0 ? $0 : nil } }
    }

    /// An array of texts.
    package mutating func texts(_ name: String) -> [String] { list(name, allowed: "string") { $0.text } }

    private mutating func list<Element>(
        _ name: String, allowed: String, _ element: (JSONValue) -> Element?
    ) -> [Element] {
        guard let member = self[name] else {
            refuse(.inputMissing, name)
            return []
        }
        guard let elements = member.elements else {
            refuse(.inputType, name, ["allowed": "array"])
            return []
        }
        var result: [Element] = []
        for (index, value) in elements.enumerated() {
            if let read = element(value) {
                result.append(read)
            } else {
                refuse(.inputType, "\(name)/\(index)", ["allowed": allowed])
            }
        }
        return result
    }

    /// Reads the object of a member by its own reader and takes over its faults.
    package mutating func object<Value>(
        _ name: String, _ read: (inout RecordReader) -> Value
    ) -> Value? {
        guard let member = self[name] else { return nil }
        return nested(member, name, read)
    }

    /// Reads every object of an array member by its own reader; empty when absent.
    package mutating func objects<Value>(
        _ name: String, _ read: (inout RecordReader) -> Value
    ) -> [Value] {
        guard let member = self[name] else { return [] }
        guard let elements = member.elements else {
            refuse(.inputType, name, ["allowed": "array"])
            return []
        }
        return elements.enumerated().map { nested($1, "\(name)/\($0)", read) }
    }

    private mutating func nested<Value>(
        _ value: JSONValue, _ name: String, _ read: (inout RecordReader) -> Value
    ) -> Value {
        var reader = RecordReader(value, path: "\(path)/\(name)", view: view)
        let result = read(&reader)
        faults += reader.faults
        return result
    }

    /// A secret by D12: from a client absent or `""` keeps `previous`, null removes it; from the disk it is
    /// as it is.
    package mutating func secret(
        _ name: String, previous: Secret?, limit: Int, isHexadecimal: Bool
    ) -> Secret {
        if isNull(name) { return Secret() }
        let text = text(name, length: 0...(isHexadecimal ? limit * 2 : limit), fallback: "")
        if text.isEmpty { return view == .client ? previous ?? Secret() : Secret() }
        guard isHexadecimal else { return Secret(text: text) }
        guard let secret = Secret(hexadecimal: text) else {
            refuse(.inputFormat, name, ["allowed": "hex"])
            return Secret()
        }
        return secret
    }
}
