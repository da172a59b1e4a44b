// A table as people open it in a spreadsheet program: «Скачать (Excel)». The pages' door says what stands in
// it, the door `Spreadsheets` makes the file.

package import Timekeeping

/// One cell. A text stays a text whatever it begins with: nothing of a meter or a user becomes a formula.
package enum SpreadsheetCell: Sendable, Hashable {
    /// Nothing: a value that the meter lacks is no zero.
    case empty
    /// A number; one that is not finite is written as nothing.
    case number(Double)
    /// A text.
    case text(String)
    /// A date and time without a zone, as the clock it was read from showed it.
    case time(CivilStamp)
}

/// One column.
package struct SpreadsheetColumn: Sendable, Hashable {
    /// What the head row says.
    package var head: String
    /// Decimals that its numbers are shown with, 0…9; nil leaves that to the program. The value stays whole.
    package var digits: Int?

    /// A column.
    package init(_ head: String, digits: Int? = nil) {
        self.head = head
        self.digits = digits
    }
}

/// A sheet with a head row.
package struct Spreadsheet: Sendable, Hashable {
    /// Name of the sheet; the maker fits it into what the format allows.
    package var name: String
    /// Columns from the left.
    package var columns: [SpreadsheetColumn]
    /// Rows from above; a row that is shorter than the head ends with empty cells.
    package var rows: [[SpreadsheetCell]]

    /// A sheet.
    package init(name: String, columns: [SpreadsheetColumn], rows: [[SpreadsheetCell]]) {
        self.name = name
        self.columns = columns
        self.rows = rows
    }
}

/// Why no workbook was made.
package struct SpreadsheetError: Error, Sendable, Hashable {
    /// What was attempted and how it failed, in English.
    package var reason: String

    /// A failure.
    package init(_ reason: String) { self.reason = reason }
}

/// Makes workbooks.
package protocol SpreadsheetMaker: Sendable {
    /// An .xlsx file (ECMA-376, Office Open XML) with this one sheet. Takes as long as it takes without
    /// holding the caller's executor. Throws when there is no room for the work.
    func workbook(of sheet: Spreadsheet) async throws -> [UInt8]
}
