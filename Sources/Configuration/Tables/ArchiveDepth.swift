// How much of every kind of data is kept of a meter (R17, REQ-384): one row a kind, ours in the manner of the
// API (2.12 names no page for depths). A kind without a row has its standard depth.

import Faults
package import JSONText
package import Metering

/// The depth of one kind of data, in the unit the kind is counted in.
package struct ArchiveDepth: NumberedRecord {
    /// Number of the row: the storage code of the kind and one more.
    package var id: Int
    /// Days of profiles and daily data, months of monthly data, records of everything else.
    package var depth: Int

    /// A depth.
    package init(id: Int, depth: Int) {
        self.id = id
        self.depth = depth
    }

    /// The kind; nil for a storage code that names none.
    package var measure: Measure? { Measure(archiveNumber: id - 1) }

    /// Whether it is what the kind has anyway.
    package var isStandard: Bool { measure.map { ArchiveDepth.standard(of: $0) == depth } ?? false }

    /// Profile 400 days, daily data 400 days, monthly data 40 months, snapshots 840, configurations 20 and
    /// every journal 1,000 records: no less than meters hold (R17).
    package static func standard(of measure: Measure) -> Int {
        switch measure {
        case .powerProfile, .dayEnergy, .dayConsumption: 400
        case .monthEnergy, .monthConsumption: 40
        case .configuration: 20
        case .journal: 1_000
        case .momentEnergy, .momentQuality, .clock, .relay: 840
        }
    }

    /// Ten years of half-hours, whatever the unit.
    package static let deepest = 175_320

    /// Every kind that is kept, with the depth of `rows` or its standard, in the order of storage codes.
    package static func completed(_ rows: [ArchiveDepth]) -> [ArchiveDepth] {
        let given = Dictionary(rows.map { ($0.id, $0.depth) }, uniquingKeysWith: { first, _ in first })
        let numbers = Measure.allCases.compactMap { measure in
            measure.archiveNumber.map { (id: $0 + 1, standard: standard(of: measure)) }
        }
        return numbers.sorted { $0.id < $1.id }.map {
            ArchiveDepth(id: $0.id, depth: given[$0.id] ?? $0.standard)
        }
    }

    /// Reads a row, named by `id` or by `measure`.
    package init(from reader: inout RecordReader, previous: ArchiveDepth?) {
        let named = reader["measure"]?.text.flatMap(Measure.init(rawValue:))?.archiveNumber.map { $0 + 1 }
        id = reader.integer("id", in: 1...64, fallback: named)
        depth = reader.integer("depth", in: 1...ArchiveDepth.deepest)
        if measure == nil || (named != nil && named != id) {
            reader.refuse(.inputUnknownReference, "measure", ["value": reader["measure"]?.text ?? ""])
        }
    }

    /// The members of the API.
    package func members(for view: SecretView) -> [JSONMember] {
        [
            JSONMember("id", id), JSONMember("measure", measure?.rawValue ?? ""), JSONMember("depth", depth),
        ]
    }
}
