// «Шаблоны опросов ПУ» (api 2.13 actions/meter, manual 4.3.2.3): a group of meters joined with a data
// template, both by name.

package import JSONText

/// What an event of action «Опрос ПУ» polls.
package struct PollTemplate: NumberedRecord {
    /// Number of the row, from 1.
    package var id: Int
    /// Name of the data template.
    package var dataTemplate: String
    /// Name of the group; nil means all meters.
    package var group: String?

    /// A poll template.
    package init(id: Int, dataTemplate: String, group: String? = nil) {
        self.id = id
        self.dataTemplate = dataTemplate
        self.group = group
    }

    /// Reads a row; an empty `metersName` counts as absent.
    package init(from reader: inout RecordReader, previous: PollTemplate?) {
        id = reader.integer("id", in: 1...1_000_000)
        dataTemplate = reader.text("archTypesName", length: 1...64)
        let name = reader.text("metersName", length: 0...64, fallback: "")
        group = name.isEmpty ? nil : name
    }

    /// The members of the API; `metersName` is absent for all meters.
    package func members(for view: SecretView) -> [JSONMember] {
        var members = [JSONMember("id", id), JSONMember("archTypesName", dataTemplate)]
        if let group { members.append(JSONMember("metersName", group)) }
        return members
    }
}
