// «Шаблоны отправки» (api 2.13 templates/messages, manual 4.6.1.2): what a publication carries. Protocol 40
// of 2022 names a group and a data template by number; manual 1.2 has a name, a format and a depth for each
// kind of data. A row may come in either form and is answered with both.

import Faults
package import JSONText
import Metering

/// One template of a message.
package struct MessageTemplate: NumberedRecord {
    /// How the document is packed.
    package enum Format: String, Sendable, Hashable, CaseIterable {
        case json
        /// The same document in a gzip member.
        case jsonZip = "json-zip"
    }
    /// How much of an archive a message covers.
    package enum Depth: Sendable, Hashable {
        /// A current value: no archive at all.
        case none
        /// Everything not yet acknowledged.
        case full
        /// The newest rows of each meter.
        case records(Int)
        /// The rows of the last days.
        case days(Int)
    }
    /// One kind of data.
    package struct Item: Sendable, Hashable {
        /// Name of protocol 40.
        package var measure: String
        /// How much of it.
        package var depth: Depth

        /// An item.
        package init(measure: String, depth: Depth = .full) {
            self.measure = measure
            self.depth = depth
        }
    }
    /// Number of the row, from 1.
    package var id: Int
    /// Name shown in lists; may be empty.
    package var name: String
    /// Number of the group; 0 means all meters.
    package var groupID: Int
    /// Name of the group as a client wrote it, to be resolved to `groupID`; nil when it wrote a number.
    var unresolvedGroup: String?
    /// How the document is packed.
    package var format: Format
    /// Kinds of data; when empty, those of `dataTemplateID`.
    package var items: [Item]
    /// Number of a data template, the form of 2022; 0 for none.
    package var dataTemplateID: Int
    /// `moment` or `arch`, the form of 2022.
    package var dataClass: String
    /// Rows per meter, the form of 2022; 0 for everything.
    package var dataDepth: Int

    /// A template in the form of manual 1.2.
    package init(id: Int, name: String = "", groupID: Int = 0, format: Format = .json, items: [Item]) {
        self.id = id
        self.name = name
        self.groupID = groupID
        self.format = format
        self.items = items
        dataTemplateID = 0
        dataClass = "arch"
        dataDepth = 0
    }

    /// Reads a template; `group` by name wins over `meterTemplateId`.
    package init(from reader: inout RecordReader, previous: MessageTemplate?) {
        id = reader.integer("id", in: 1...1_000_000)
        name = reader.text("name", length: 0...64, fallback: previous?.name ?? "")
        groupID = reader.integer("meterTemplateId", in: 0...1_000_000, fallback: 0)
        if reader.view == .client, let group = reader["group"]?.text { unresolvedGroup = group }
        format = reader.choice("format", fallback: previous?.format ?? .json)
        items = reader.objects("types") { Item(from: &$0) }
        dataTemplateID = reader.integer("meterDataTemplateId", in: 0...1_000_000, fallback: 0)
        dataClass = reader.text("dataClass", length: 0...8, fallback: "arch")
        if dataClass != "arch", dataClass != "moment" {
            reader.refuse(.inputRange, "dataClass", ["value": dataClass, "allowed": "moment, arch"])
        }
        dataDepth = reader.integer("dataDepth", in: 0...10_000, fallback: 0)
        if items.isEmpty, dataTemplateID == 0 { reader.refuse(.inputMissing, "types") }
        for (index, item) in items.enumerated()
        where items[..<index].contains(where: { $0.measure == item.measure }) {
            reader.refuse(.inputDuplicate, "types/\(index)/measure", ["value": item.measure])
        }
    }

    /// The members of both forms; the group's name is added by the table, which knows it.
    package func members(for view: SecretView) -> [JSONMember] {
        [
            JSONMember("id", id), JSONMember("meterTemplateId", groupID),
            JSONMember("meterDataTemplateId", dataTemplateID), JSONMember("dataClass", dataClass),
            JSONMember("dataDepth", dataDepth), JSONMember("name", name),
            JSONMember("format", format.rawValue),
            JSONMember("types", .array(items.map { .object($0.members) })),
        ]
    }
}

extension MessageTemplate.Item {
    init(from reader: inout RecordReader) {
        measure = reader.text("measure", length: 1...64)
        if !measure.isEmpty, !MeasureNames.isKnown(measure) {
            reader.refuse(.unknownMeasure, "measure", ["value": measure])
        }
        switch reader.choice("depthType", fallback: DepthType.full) {
        case .none: depth = .none
        case .full: depth = .full
        case .records: depth = .records(reader.integer("depth", in: 1...10_000))
        case .days: depth = .days(reader.integer("depth", in: 1...10_000))
        }
    }

    private enum DepthType: String, CaseIterable { case none, full, records, days }

    var members: [JSONMember] {
        let (type, size): (DepthType, Int) =
            switch depth {
            case .none: (.none, 0)
            case .full: (.full, 0)
            case .records(let count): (.records, count)
            case .days(let count): (.days, count)
            }
        return [
            JSONMember("measure", measure), JSONMember("depthType", type.rawValue), JSONMember("depth", size),
        ]
    }
}
