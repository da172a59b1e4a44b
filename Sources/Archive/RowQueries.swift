// SQL texts over a family's table; kept short in number, since every distinct text stays prepared.

/// Texts of row queries.
enum RowQueries {
    /// Names of all columns, in the order that reading and binding rely on.
    static func names(of family: ColumnFamily) -> [String] {
        let prefix = [
            "meter_key", "kind", "period", "season", "stamp", "seq", "rev", "trusted", "diff", "form",
            "interval",
        ]
        return prefix + family.groups + family.columns.map(\.name) + family.texts.map(\.name) + ["exceptions"]
    }

    /// The same as a list for SELECT.
    static func columns(of family: ColumnFamily) -> String { names(of: family).joined(separator: ", ") }

    /// Rows of one life and kind from a period on, ascending; ?3…?4 periods, ?5…?6 exact stamps, and beyond
    /// the position (?7 period, ?8 season); the earlier pass of a repeated hour has season 1 and comes first.
    static func page(_ family: ColumnFamily) -> String {
        "SELECT \(columns(of: family)) FROM \(family.table) WHERE meter_key = ?1 AND kind = ?2 "
            + "AND period BETWEEN ?3 AND ?4 AND stamp BETWEEN ?5 AND ?6 "
            + "AND (period > ?7 OR (period = ?7 AND season < ?8)) ORDER BY period, season DESC"
    }

    /// The newest row of one life and kind within a window; ?3…?4 periods, ?5…?6 exact stamps.
    static func newest(_ family: ColumnFamily) -> String {
        "SELECT \(columns(of: family)) FROM \(family.table) WHERE meter_key = ?1 AND kind = ?2 "
            + "AND period BETWEEN ?3 AND ?4 AND stamp BETWEEN ?5 AND ?6 ORDER BY period DESC, season LIMIT 1"
    }

    /// The row of one slot.
    static func slot(_ family: ColumnFamily) -> String {
        "SELECT \(columns(of: family)) FROM \(family.table) WHERE meter_key = ?1 AND kind = ?2 "
            + "AND period = ?3 AND season = ?4"
    }
}
