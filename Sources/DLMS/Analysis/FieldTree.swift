// A decoded APDU as named fields, for people and for JSON: what `gatewayctl decode` prints. The tree knows
// nothing of JSON itself; its leaves are what JSON can hold exactly.

/// A value of the analyser's tree.
package indirect enum FieldTree: Sendable, Hashable {
    /// Named fields in order.
    case fields([Field])
    /// A list.
    case list([FieldTree])
    /// Text.
    case text(String)
    /// A whole number within ±2^53; greater ones are text.
    case integer(Int64)
    /// A finite number with a fraction.
    case real(Double)
    /// True or false.
    case flag(Bool)
    /// Absent, or a number that is not finite.
    case none

    /// One named field.
    package struct Field: Sendable, Hashable {
        /// Name in lowerCamelCase.
        package var name: String
        /// Its value.
        package var value: FieldTree

        /// A field.
        package init(_ name: String, _ value: FieldTree) {
            self.name = name
            self.value = value
        }
    }

    /// What stands in place of passwords, challenges and keys.
    package static let masked = FieldTree.text("••")

    /// A whole number, as text beyond ±2^53 where JSON readers lose digits.
    package static func number(_ value: some FixedWidthInteger) -> FieldTree {
        guard let small = Int64(exactly: value), small.magnitude <= 1 << 53 else {
            return .text(String(value))
        }
        return .integer(small)
    }

    /// A floating-point number, `none` when it is not finite.
    package static func number(_ value: Double) -> FieldTree { value.isFinite ? .real(value) : .none }

    /// The field of that name, when the tree has fields; the first of several.
    package subscript(name: String) -> FieldTree? {
        guard case .fields(let fields) = self else { return nil }
        return fields.first { $0.name == name }?.value
    }

    /// This tree's fields followed by `more`; other kinds become a field called `value`.
    func with(_ more: [Field]) -> FieldTree {
        guard case .fields(let fields) = self else { return .fields([Field("value", self)] + more) }
        return .fields(fields + more)
    }
}
