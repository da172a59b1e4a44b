// SQL texts over a family's table; kept short in number, since every distinct text stays prepared. A series
// is one measure of one life, a slot a period with its season: together the key of a row.

import Metering

/// One measure of one life: `meter_key` × 64 + `kind`.
enum RowSeries {
    /// The `series` column.
    static func number(_ meterKey: Int64, _ kind: Int64) -> Int64 { meterKey * 64 + kind }
    /// The life of a series.
    static func meterKey(_ series: Int64) -> Int64 { series >> 6 }
    /// The measure of a series.
    static func kind(_ series: Int64) -> Int64 { series & 63 }
    /// Every series of the life ?1.
    static let ofLife = "series BETWEEN ?1 * 64 AND ?1 * 64 + 63"
}

/// The place of a row within its series: period × 2, and 1 more outside the seasonal time, because the pass
/// with the seasonal time comes first when an hour is repeated (R4).
struct RowSlot: Sendable, Hashable, Comparable {
    /// The `slot` column.
    var number: Int64

    /// A stored slot.
    init(_ number: Int64) { self.number = number }

    /// The slot of a period.
    init(period: Int64, isSeason: Bool) { number = period * 2 + (isSeason ? 0 : 1) }

    /// Minutes since 2000-01-01 of the meter's clock.
    var period: Int64 { number >> 1 }
    /// Whether the meter's seasonal time was on.
    var isSeason: Bool { number & 1 == 0 }

    /// By time.
    static func < (left: Self, right: Self) -> Bool { left.number < right.number }
}

/// Texts of row queries of one family.
struct RowQueries: Sendable {
    /// Names of all columns, in the order that reading and binding rely on.
    let names: [String]
    /// The same as a list for SELECT.
    let columns: String
    /// Rows of the series ?1 in the slots ?2…?3, ascending.
    let page: String
    /// The same, newest first.
    let newest: String
    /// The row of the slot ?2 of the series ?1.
    let slot: String

    /// Queries of a table with these value and text columns in a row.
    init(_ table: String, plain: ArraySlice<ColumnFamily.Column>, texts: [ColumnFamily.Column]) {
        names = ["series", "slot", "seq", "shape", "mark"] + plain.map(\.name) + texts.map(\.name)
        columns = names.joined(separator: ", ")
        page = "SELECT \(columns) FROM \(table) WHERE series = ?1 AND slot BETWEEN ?2 AND ?3 ORDER BY slot"
        newest = page + " DESC"
        slot = "SELECT \(columns) FROM \(table) WHERE series = ?1 AND slot = ?2"
    }
}
