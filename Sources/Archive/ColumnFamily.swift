// Which table and columns a measure is stored in: one row of constants per family. Tags of one physical kind
// share a scaler column, because a meter gives all its voltages, or all its active registers, one scaler; a
// value that departs from its group is named in the row's `exceptions` text, so nothing is lost and the shell
// stays readable.

import Metering

/// The typed columns of one family of measures. A class, so that handing it on counts one reference instead
/// of one for each of its lists.
final class ColumnFamily: Sendable {
    /// One value's column.
    struct Column: Sendable {
        /// The value it holds.
        let tag: Tag
        /// SQL name.
        let name: String
        /// Index into `groups`; -1 for flags and counts, whose scaler is 0 and form `register`.
        let group: Int
    }

    /// SQL name of the table.
    let table: String
    /// Value columns, at most 64.
    let columns: [Column]
    /// Names of the scaler columns.
    let groups: [String]
    /// Text columns.
    let texts: [Column]
    /// How many of the value columns are columns of a row; the others, which hardly ever differ between rows
    /// of one meter, belong to its shape.
    let plainCount: Int
    /// Texts of the queries asked most, made once: they have hundreds of letters.
    let queries: RowQueries

    /// A family; every value has a column of its own in a row unless `plainCount` says less.
    init(table: String, columns: [Column], groups: [String], texts: [Column], plainCount: Int? = nil) {
        self.table = table
        self.columns = columns
        self.groups = groups
        self.texts = texts
        self.plainCount = plainCount ?? columns.count
        queries = RowQueries(table, plain: columns.prefix(self.plainCount), texts: texts)
    }

    /// Value columns of a row.
    var plainColumns: ArraySlice<Column> { columns[..<plainCount] }
    /// Value columns of a shape.
    var shapeColumns: ArraySlice<Column> { columns[plainCount...] }

    /// The family a measure is stored in; nil for what is never stored.
    static func of(_ measure: Measure) -> ColumnFamily? {
        switch measure {
        case .momentEnergy, .dayEnergy, .monthEnergy, .dayConsumption, .monthConsumption: energy
        case .powerProfile: profile
        case .momentQuality: quality
        case .configuration: configuration
        case .clock, .relay, .journal: nil
        }
    }

    /// The family of a stored row's `kind` column.
    static func of(kind: Int64) -> (family: ColumnFamily, measure: Measure)? {
        guard let measure = Measure(archiveNumber: Int(kind)), let family = of(measure) else { return nil }
        return (family, measure)
    }

    /// All tables, in the order the schema makes them.
    static let all = [energy, profile, quality, configuration]

    /// Registers and consumption: twenty energies.
    static let energy = ColumnFamily(
        table: "energy",
        columns: Tag.energy.map { tag in
            Column(tag: tag, name: name(tag), group: tag.unit == .wattHour ? 0 : 1)
        }, groups: ["scaler_a", "scaler_r"], texts: [])

    /// Load profile: four mean powers or increments, and the flags of the interval.
    static let profile = ColumnFamily(
        table: "profile",
        columns: Tag.profile.map { tag in
            Column(
                tag: tag, name: name(tag),
                group: tag == .pPlus || tag == .pMinus ? 0 : (tag == .qPlus || tag == .qMinus ? 1 : -1))
        }, groups: ["scaler_p", "scaler_q"], texts: [], plainCount: 4)

    /// Snapshots of power quality.
    static let quality = ColumnFamily(
        table: "quality",
        columns: Tag.quality.map { tag in Column(tag: tag, name: name(tag), group: qualityGroup(tag)) },
        groups: [
            "scaler_u", "scaler_i", "scaler_p", "scaler_q", "scaler_s", "scaler_ang", "scaler_k",
            "scaler_freq",
        ], texts: [])

    /// What the meter is.
    static let configuration = ColumnFamily(
        table: "configuration",
        columns: Tag.configuration.filter { !$0.isText }.map { tag in
            Column(tag: tag, name: name(tag), group: tag.isFlag ? -1 : 0)
        }, groups: ["scaler"],
        texts: Tag.configuration.filter(\.isText).map { Column(tag: $0, name: name($0), group: -1) })

    /// Values of one physical kind come with one scaler from every meter seen.
    private static func qualityGroup(_ tag: Tag) -> Int {
        switch tag.unit {
        case .volt: 0
        case .ampere: 1
        case .watt: 2
        case .var: 3
        case .voltAmpere: 4
        case .degree: 5
        case .hertz: 7
        default: 6
        }
    }

    /// `A+0` → `a_plus_0`, `P-` → `p_minus`, `isPart` → `is_part`, `UA` → `ua`.
    private static func name(_ tag: Tag) -> String {
        var text = ""
        var previousIsLower = false
        for character in tag.rawValue {
            switch character {
            case "+": text += "_plus_"
            case "-": text += "_minus_"
            default:
                if character.isUppercase && previousIsLower { text += "_" }
                text += character.lowercased()
            }
            previousIsLower = character.isLowercase
        }
        // The neutral's current would be the SQL word IN.
        if tag == .iN { return "i_n" }
        return text.hasSuffix("_") ? String(text.dropLast()) : text
    }
}
