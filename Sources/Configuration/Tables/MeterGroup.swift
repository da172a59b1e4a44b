// «Группы ПУ» (api 2.13 templates/meter, manual 4.3.2.1): a named set of meters; an empty set means all
// meters.

package import JSONText

/// A named set of meters.
package struct MeterGroup: NamedRecord {
    /// The number the manual shows beside the name.
    package var id: Int
    /// Unique name, 1–64 characters.
    package var name: String
    /// IDs of meter rows; empty means all.
    package var meters: [Int]

    /// A group.
    package init(id: Int = 0, name: String, meters: [Int] = []) {
        self.id = id
        self.name = name
        self.meters = meters
    }

    /// Reads a group; without an `id` it keeps the one of the group of the same name.
    package init(from reader: inout RecordReader, previous: MeterGroup?) {
        id = reader.integer("id", in: 1...1_000_000, fallback: previous?.id ?? 0)
        name = reader.text("name", length: 1...64)
        meters = reader.numbers("meters")
    }

    /// The members of the API and the number.
    package func members(for view: SecretView) -> [JSONMember] {
        [JSONMember("name", name), JSONMember("meters", meters), JSONMember("id", id)]
    }
}
