// SQL texts over a family's table; kept short in number, since every distinct text stays prepared. A series
// is one measure of one life, a slot a period with its season: together the key of a row.

import Metering
import Storage

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
    let page: SQLText
    /// The same, newest first.
    let newest: SQLText
    /// The row of the slot ?2 of the series ?1.
    let slot: SQLText
    /// Slots ?2…?3 of the series ?1 that have rows, ascending.
    let present: SQLText
    /// The same, of rows that are labelled exactly at their slots only.
    let whole: SQLText
    /// The oldest and the newest slot of the series ?1.
    let ends: SQLText
    /// The slot of the trusted row of the series ?1 that ?2 newer ones follow.
    let trusted: SQLText
    /// The slot of the trusted row of the series ?1 that comes after the slot ?2 and ?3 others.
    let trustedAfter: SQLText
    /// Trusted rows of the series ?1.
    let trustedCount: SQLText
    /// How many rows of the series ?1 lie before the slot ?2, and the newest of their numbers.
    let countBefore: SQLText
    /// How many of them have a number after ?3.
    let countBeforeAfter: SQLText
    /// Drops them.
    let deleteBefore: SQLText

    /// Queries of a table with these value and text columns in a row.
    init(_ table: String, plain: ArraySlice<ColumnFamily.Column>, texts: [ColumnFamily.Column]) {
        names = ["series", "slot", "seq", "shape", "mark"] + plain.map(\.name) + texts.map(\.name)
        columns = names.joined(separator: ", ")
        let series = "FROM \(table) WHERE series = ?1"
        let pages = "SELECT \(columns) \(series) AND slot BETWEEN ?2 AND ?3 ORDER BY slot"
        page = SQLText(pages)
        newest = SQLText(pages + " DESC")
        slot = SQLText("SELECT \(columns) \(series) AND slot = ?2")
        let slots = "SELECT slot \(series) AND slot BETWEEN ?2 AND ?3 "
        present = SQLText(slots + "ORDER BY slot")
        whole = SQLText(slots + "AND \(RowMark.isWhole) ORDER BY slot")
        ends = SQLText(
            "SELECT (SELECT slot \(series) ORDER BY slot LIMIT 1), "
                + "(SELECT slot \(series) ORDER BY slot DESC LIMIT 1)")
        let isTrusted = "AND NOT (\(RowMark.untrusted))"
        trusted = SQLText("SELECT slot \(series) \(isTrusted) ORDER BY slot DESC LIMIT 1 OFFSET ?2")
        trustedAfter = SQLText(
            "SELECT slot \(series) AND slot > ?2 \(isTrusted) ORDER BY slot LIMIT 1 OFFSET ?3")
        trustedCount = SQLText("SELECT count(*) \(series) \(isTrusted)")
        let before = "\(series) AND slot < ?2"
        countBefore = SQLText("SELECT count(*), max(seq) \(before)")
        countBeforeAfter = SQLText("SELECT count(*) \(before) AND seq > ?3")
        deleteBefore = SQLText("DELETE \(before)")
    }
}
