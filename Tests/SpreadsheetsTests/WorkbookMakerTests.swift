// Workbooks read back: the parts of the zip, cells by their kinds, names and texts that the format forbids.

import CZlib
import Glibc
import Seams
import Testing
import Timekeeping

@testable import Spreadsheets

@Suite struct WorkbookMakerTests {
    private func parts(_ sheet: Spreadsheet) async throws -> [String: String] {
        try ZipFile.parts(of: try await WorkbookMaker().workbook(of: sheet))
    }

    private func sheet(_ rows: [[SpreadsheetCell]], name: String = "Лист") -> Spreadsheet {
        Spreadsheet(
            name: name,
            columns: [
                SpreadsheetColumn("ID", digits: 0), SpreadsheetColumn("Текст"), SpreadsheetColumn("Метка"),
            ], rows: rows)
    }

    private func body(_ rows: [[SpreadsheetCell]]) async throws -> String {
        try #require(try await parts(sheet(rows))["xl/worksheets/sheet1.xml"])
    }

    @Test func cellsKeepTheirKinds() async throws {
        let stamp = try #require(CivilStamp(year: 2026, month: 2, day: 1, hour: 12))
        let parts = try await parts(
            sheet([[.number(12.345), .text("ПУ <1>"), .time(stamp)], [.empty, .text("x")]]))
        let body = try #require(parts["xl/worksheets/sheet1.xml"])
        #expect(body.contains("<v>12.345</v>"))
        #expect(body.contains("ПУ &lt;1&gt;"))
        // 2026-02-01 is day 46054 since 1899-12-30.
        #expect(body.contains("<v>46054.5</v>"))
        #expect(parts["xl/styles.xml"]?.contains("dd.mm.yyyy hh:mm:ss") == true)
        #expect(!body.contains(#"r="A3""#))
    }

    @Test func theHeadIsFrozenAndFiltered() async throws {
        let body = try await body([[.number(1)]])
        #expect(body.contains(#"state="frozen""#) && body.contains(#"ySplit="1""#))
        #expect(body.contains(#"<autoFilter ref="A1:C2""#))
    }

    @Test(arguments: ["=1+1", "+cmd|' /C calc'!A0", "@SUM(A1)", "-1", "http://example.org", "{=A1}"])
    func aTextNeverBecomesAFormula(_ text: String) async throws {
        let body = try await body([[.empty, .text(text)]])
        #expect(!body.contains("<f>") && !body.contains("hyperlink"))
        #expect(body.contains(">\(text.prefix(2))"))
    }

    @Test func whatXMLCannotHoldIsLeftOut() async throws {
        let body = try await body([
            [.number(.nan), .text("a\u{1}b\u{FFFE}c")],
            [.number(.infinity), .text(String(repeating: "я", count: 40_000))],
        ])
        #expect(body.contains(">abc<"))
        #expect(!body.lowercased().contains("nan") && !body.lowercased().contains(">inf"))
        #expect(body.filter { $0 == "я" }.count == 32_000)
    }

    @Test(arguments: [
        ("На начало суток", "На начало суток"), ("a/b:c", "a b c"), ("", "1"), ("'''", "1"),
        (String(repeating: "я", count: 50), String(repeating: "я", count: 31)),
    ])
    func aSheetIsNamedAsTheFormatAllows(_ wanted: String, _ name: String) async throws {
        #expect(WorkbookFile.sheetName(wanted) == name)
        let book = try #require(try await parts(sheet([], name: wanted))["xl/workbook.xml"])
        #expect(book.contains(#"name="\#(name)""#))
    }

    @Test func aLargeTableIsWhole() async throws {
        let body = try await body((0..<20_000).map { [.number(Double($0)), .text("row \($0)")] })
        #expect(body.contains("row 19999") && body.contains(#"<row r="20001""#))
    }

    @Test func nothingIsLeftBehindAndAMissingDirectoryIsSaid() async throws {
        var template = Array("/tmp/workbooks-XXXXXX".utf8CString)
        #expect(mkdtemp(&template) != nil)
        let directory = template.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
        _ = try await WorkbookMaker(directory: directory).workbook(of: sheet([[.number(1)]]))
        // An empty directory can be removed.
        #expect(rmdir(directory) == 0)
        await #expect(throws: SpreadsheetError.self) {
            _ = try await WorkbookMaker(directory: directory).workbook(of: sheet([]))
        }
    }
}

/// Reads a zip file by its central directory (PKWARE APPNOTE 4.3.12).
private enum ZipFile {
    struct Damaged: Error {}

    static func parts(of octets: [UInt8]) throws -> [String: String] {
        func number(_ at: Int, _ count: Int) -> Int {
            (0..<count).reduce(0) { $0 | Int(octets[at + $1]) << (8 * $1) }
        }
        guard let end = octets.indices.dropLast(21).last(where: { number($0, 4) == 0x0605_4B50 }) else {
            throw Damaged()
        }
        var at = number(end + 16, 4)
        var parts: [String: String] = [:]
        for _ in 0..<number(end + 10, 2) {
            let (packed, whole, name) = (number(at + 20, 4), number(at + 24, 4), number(at + 28, 2))
            let local = number(at + 42, 4)
            let start = local + 30 + number(local + 26, 2) + number(local + 28, 2)
            let title = String(decoding: octets[(at + 46)..<(at + 46 + name)], as: UTF8.self)
            let content = Array(octets[start..<(start + packed)])
            parts[title] = String(
                decoding: number(at + 10, 2) == 0 ? content : try inflated(content, whole), as: UTF8.self)
            at += 46 + name + number(at + 30, 2) + number(at + 32, 2)
        }
        return parts
    }

    private static func inflated(_ octets: [UInt8], _ count: Int) throws -> [UInt8] {
        var stream = z_stream()
        guard inflateInit2_(&stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
            throw Damaged()
        }
        defer { inflateEnd(&stream) }
        var (packed, output) = (octets, [UInt8](repeating: 0, count: count))
        let outcome = packed.withUnsafeMutableBufferPointer { source in
            output.withUnsafeMutableBufferPointer { target in
                (stream.next_in, stream.avail_in) = (source.baseAddress, UInt32(source.count))
                (stream.next_out, stream.avail_out) = (target.baseAddress, UInt32(target.count))
                return inflate(&stream, Z_FINISH)
            }
        }
        guard outcome == Z_STREAM_END else { throw Damaged() }
        return output
    }
}
