// Workbooks by libxlsxwriter: one sheet, a frozen bold head row with filters, widths that fit, real dates and
// numbers. The library writes to a file, so a file without a lasting name serves as its memory; rows go there
// as they come (`constant_memory`), which keeps a table of 150,000 cells within a few megabytes.

import CXLSXWriter
import Glibc
package import Seams
import Timekeeping

/// Makes .xlsx files in a directory for temporary files.
package struct WorkbookMaker: SpreadsheetMaker {
    private let directory: String

    /// A maker that works in `directory`; what it leaves there when it ends is nothing.
    package init(directory: String = "/tmp") { self.directory = directory }

    /// The work is sent to the shared pool: it would hold the event loop for tenths of a second.
    package func workbook(of sheet: Spreadsheet) async throws -> [UInt8] {
        let directory = directory
        return try await withTaskExecutorPreference(globalConcurrentExecutor) {
            try WorkbookFile.octets(of: sheet, in: directory)
        }
    }
}

/// One workbook on its way through a temporary file.
enum WorkbookFile {
    /// Makes the file, reads it and removes it. Throws `SpreadsheetError`.
    static func octets(of sheet: Spreadsheet, in directory: String) throws(SpreadsheetError) -> [UInt8] {
        var path = Array("\(directory)/sheet-XXXXXX".utf8CString)
        let descriptor = mkstemp(&path)
        guard descriptor >= 0 else { throw SpreadsheetError("mkstemp in \(directory): errno \(errno)") }
        defer {
            unlink(path)
            close(descriptor)
        }
        let place = strdup(directory)
        defer { free(place) }
        var options = lxw_workbook_options(constant_memory: 1, tmpdir: place, use_zip64: 0)
        guard let book = workbook_new_opt(path, &options) else {
            throw SpreadsheetError("workbook_new_opt: no memory")
        }
        guard let page = workbook_add_worksheet(book, sheetName(sheet.name)) else {
            lxw_workbook_free(book)
            throw SpreadsheetError("workbook_add_worksheet: \(sheet.name)")
        }
        SheetWriter(book: book, page: page, columns: sheet.columns).write(sheet.rows)
        // workbook_close frees the workbook whatever it returns.
        let outcome = workbook_close(book)
        guard outcome == LXW_NO_ERROR else {
            throw SpreadsheetError("workbook_close: \(String(cString: lxw_strerror(outcome)))")
        }
        return try contents(of: path)
    }

    /// The library puts a new file in the place of the named one, so it is read by name.
    private static func contents(of path: [CChar]) throws(SpreadsheetError) -> [UInt8] {
        guard let file = fopen(path, "re") else { throw SpreadsheetError("fopen: errno \(errno)") }
        defer { fclose(file) }
        var octets: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = fread(&piece, 1, piece.count, file)
            octets += piece[..<count]
            guard count == piece.count else { break }
        }
        guard ferror(file) == 0 else { throw SpreadsheetError("fread: errno \(errno)") }
        return octets
    }

    /// A name the format allows: 1…31 characters, none of []:*?/\ and no apostrophe at an end.
    static func sheetName(_ wanted: String) -> String {
        let plain = String(wanted.map { "[]:*?/\\'".contains($0) || $0.isNewline ? " " : $0 })
        let name = String(String.UnicodeScalarView(plain.unicodeScalars.filter { $0.value >= 32 }.prefix(31)))
        return name.allSatisfy { $0 == " " } ? "1" : name
    }
}

/// Writes head and rows into an open sheet.
private struct SheetWriter {
    private let page: UnsafeMutablePointer<lxw_worksheet>
    private let columns: [SpreadsheetColumn]
    private let head: UnsafeMutablePointer<lxw_format>?
    private let date: UnsafeMutablePointer<lxw_format>?
    /// A format for each column's numbers.
    private let numbers: [UnsafeMutablePointer<lxw_format>?]

    init(
        book: UnsafeMutablePointer<lxw_workbook>, page: UnsafeMutablePointer<lxw_worksheet>,
        columns: [SpreadsheetColumn]
    ) {
        self.page = page
        self.columns = columns
        head = workbook_add_format(book)
        format_set_bold(head)
        format_set_text_wrap(head)
        format_set_align(head, UInt8(LXW_ALIGN_VERTICAL_TOP.rawValue))
        date = workbook_add_format(book)
        format_set_num_format(date, "dd.mm.yyyy hh:mm:ss")
        var known: [Int: UnsafeMutablePointer<lxw_format>] = [:]
        numbers = columns.map { column in
            guard let digits = column.digits else { return nil }
            if let format = known[digits] { return format }
            guard let format = workbook_add_format(book) else { return nil }
            let decimals = String(repeating: "0", count: min(9, max(0, digits)))
            format_set_num_format(format, decimals.isEmpty ? "0" : "0.\(decimals)")
            known[digits] = format
            return format
        }
    }

    func write(_ rows: [[SpreadsheetCell]]) {
        for (index, column) in columns.enumerated() {
            worksheet_set_column(page, UInt16(index), UInt16(index), width(of: index, rows), nil)
            worksheet_write_string(page, 0, UInt16(index), SheetWriter.legal(column.head), head)
        }
        for (line, row) in rows.enumerated() {
            for (index, cell) in row.prefix(columns.count).enumerated() {
                write(cell, line: UInt32(line + 1), at: index)
            }
        }
        worksheet_freeze_panes(page, 1, 0)
        if !columns.isEmpty {
            worksheet_autofilter(page, 0, 0, UInt32(rows.count), UInt16(columns.count - 1))
        }
    }

    private func write(_ cell: SpreadsheetCell, line: UInt32, at index: Int) {
        let column = UInt16(index)
        switch cell {
        case .empty: return
        case .number(let value):
            if value.isFinite { worksheet_write_number(page, line, column, value, numbers[index]) }
        case .text(let text): worksheet_write_string(page, line, column, SheetWriter.legal(text), nil)
        case .time(let stamp):
            // Days since 1899-12-30, in which 2000-01-01 is 36526 (ECMA-376 part 1, 18.17.4.1).
            let days = 36_526 + Double(stamp.seconds) / 86_400
            worksheet_write_number(page, line, column, days, date)
        }
    }

    /// Characters that fit the widest cell; heads wrap, so they count by half.
    private func width(of index: Int, _ rows: [[SpreadsheetCell]]) -> Double {
        var most = max(8, columns[index].head.count / 2 + 2)
        for row in rows where index < row.count {
            switch row[index] {
            case .empty: break
            case .number: most = max(most, 12)
            case .text(let text): most = max(most, min(60, text.count + 2))
            case .time: most = max(most, 20)
            }
        }
        return Double(most)
    }

    /// Text as XML can hold it: without control characters, and no longer than a cell may be.
    private static func legal(_ text: String) -> String {
        let scalars = text.unicodeScalars.lazy.filter {
            ($0.value >= 32 || $0 == "\n" || $0 == "\t") && $0.value != 0xFFFE && $0.value != 0xFFFF
        }
        return String(String.UnicodeScalarView(scalars.prefix(32_000)))
    }
}
