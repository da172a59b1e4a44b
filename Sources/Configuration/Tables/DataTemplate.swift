// «Шаблоны данных ПУ» (api 2.13 templates/arch, manual 4.3.2.2): which kinds of data a poll collects.

import Faults
package import JSONText
package import Metering

/// A named list of measures.
package struct DataTemplate: NamedRecord {
    /// The number the manual shows beside the name.
    package var id: Int
    /// Unique name, 1–64 characters.
    package var name: String
    /// Names of protocol 40, also such as this version does not poll (pulses, water, heat).
    package var types: [String]

    /// A template.
    package init(id: Int = 0, name: String, types: [String]) {
        self.id = id
        self.name = name
        self.types = types
    }

    /// Reads a template; without an `id` it keeps the one of the template of the same name.
    package init(from reader: inout RecordReader, previous: DataTemplate?) {
        id = reader.integer("id", in: 1...1_000_000, fallback: previous?.id ?? 0)
        name = reader.text("name", length: 1...64)
        types = reader.texts("types")
        for (index, type) in types.enumerated() {
            if !MeasureNames.isKnown(type) {
                reader.refuse(.unknownMeasure, "types/\(index)", ["value": type])
            } else if types[..<index].contains(type) {
                reader.refuse(.inputDuplicate, "types/\(index)", ["value": type])
            }
        }
        if types.isEmpty { reader.refuse(.inputMissing, "types") }
    }

    /// The members of the API and the number.
    package func members(for view: SecretView) -> [JSONMember] {
        [JSONMember("name", name), JSONMember("types", types), JSONMember("id", id)]
    }

    /// The measures this version can poll, in the template's order.
    package var measures: [Measure] { types.compactMap(Measure.init(rawValue:)) }
}

/// Every measure name of protocol 40 that a template may list (api 3.3, 3.4): wider than what is polled,
/// because a configuration made on a vendor's device must load.
package enum MeasureNames {
    /// Whether a name belongs to protocol 40.
    package static func isKnown(_ name: String) -> Bool {
        Measure(rawValue: name) != nil || others.contains(name)
    }

    /// Names beyond `Measure`.
    package static let others: Set<String> = [
        "ElJrnlLimESumm", "ElJrnlLimETrf", "ElGetTime", "PlsGetTime", "DigGetTime", "PlsHourPulse",
        "PlsConfig", "DigConfig", "PlsMomentPulse", "PlsDayPulse", "PlsMonthPulse", "PlsJrnlTimeCorr",
        "DigMomentState", "DigJournalState", "WaterMoment", "WaterHour", "WaterDay", "WaterMonth",
        "WaterConfig", "HeatMoment", "HeatHourIntegral",
    ]
}
