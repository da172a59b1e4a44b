// Short spellings for the members that records write.

import JSONText

extension JSONMember {
    /// A number member; nil becomes null.
    init(_ name: String, _ number: Int?) { self.init(name, number.map { .integer(Int64($0)) } ?? .null) }
    /// A number member.
    init(_ name: String, _ number: Int) { self.init(name, .integer(Int64(number))) }
    /// A text member.
    init(_ name: String, _ text: String) { self.init(name, .string(text)) }
    /// A flag member.
    init(_ name: String, _ flag: Bool) { self.init(name, .boolean(flag)) }
    /// A member of numbers.
    init(_ name: String, _ numbers: [Int]) { self.init(name, .array(numbers.map { .integer(Int64($0)) })) }
    /// A member of texts.
    init(_ name: String, _ texts: [String]) { self.init(name, .array(texts.map { .string($0) })) }
}
