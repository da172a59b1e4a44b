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

/// Texts of row queries.
enum RowQueries {
    /// Names of all columns, in the order that reading and binding rely on.
    static func names(of family: ColumnFamily) -> [String] {
        ["series", "slot", "seq", "shape", "mark"] + family.plainColumns.map(\.name)
            + family.texts.map(\.name)
    }

    /// The same as a list for SELECT.
    static func columns(of family: ColumnFamily) -> String { names(of: family).joined(separator: ", ") }

    /// Rows of the series ?1 in the slots ?2…?3, ascending.
    static func page(_ family: ColumnFamily) -> String {
        "SELECT \(columns(of: family)) FROM \(family.table) WHERE series = ?1 AND slot BETWEEN ?2 AND ?3 "
            + "ORDER BY slot"
    }

    /// The same, newest first.
    static func newest(_ family: ColumnFamily) -> String { page(family) + " DESC" }

    /// The row of the slot ?2 of the series ?1.
    static func slot(_ family: ColumnFamily) -> String {
        "SELECT \(columns(of: family)) FROM \(family.table) WHERE series = ?1 AND slot = ?2"
    }
}
