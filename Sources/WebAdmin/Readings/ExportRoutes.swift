// A stored archive as a table for people: CSV with a row for every stored one, streamed while the gateway
// runs, with a bounded buffer however long it gets. Ours; a program takes `POST /meter/data/arch`.

import Archive
import Configuration
import Faults
import JSONText
import Metering
import Seams
import Timekeeping

extension WebAdmin {
    static let exportRoutes: [Route] = [
        Route("GET", "/archive/export", .read) { try await $0.export($1) }
    ]

    /// `?measure&ids&tags&start&end`: numbers and names with commas between them, both bounds inclusive.
    private func export(_ context: RequestContext) async throws -> Answer {
        func words(_ name: String) -> [String] {
            let text = context.request.query.first { $0.name == name }?.value ?? ""
            return text.split(separator: ",").map(String.init)
        }
        func bound(_ name: String) -> JSONValue { words(name).first.map(JSONValue.string) ?? .null }
        let body = JSONValue.make([
            ("measures", .array(words("measure").map(JSONValue.string))),
            ("ids", .array(words("ids").map { Int64($0).map(JSONValue.integer) ?? .string($0) })),
            ("tags", .array(words("tags").map(JSONValue.string))),
            ("time", .array([.make([("start", bound("start")), ("end", bound("end"))])])),
        ])
        let configuration = await parts.store.current.configuration
        let offset = configuration.time.offset
        let request = try MeterDataRequest(body, kind: .archive, offset: offset)
        guard let measure = request.measures.first?.measure, request.measures.count == 1 else {
            throw Faults([Fault(.inputTooLarge, ["allowed": "1"], path: "/measures")])
        }
        let tags = request.tags(of: measure) ?? []
        let query = ArchiveQuery(
            measure, meters: request.meters, windows: request.windows, tags: tags, billing: .all)
        try await stream(ArchiveTable(measure, tags: tags, offset: offset), of: query, into: context.exchange)
        return .streamed
    }

    /// Sends a table page by page; the next page is read when the client has taken the last.
    private func stream(
        _ table: ArchiveTable, of query: ArchiveQuery, into exchange: any HTTPExchange
    ) async throws {
        var page = try await parts.archive.page(query, limit: 300)
        try await exchange.start(
            status: 200,
            headers: [
                ("Content-Type", "text/csv; charset=utf-8"), ("Cache-Control", "no-store"),
                ("Content-Disposition", "attachment; filename=\"\(query.measure.rawValue).csv\""),
            ])
        try await exchange.send(table.head)
        while true {
            if !page.rows.isEmpty { try await exchange.send(table.lines(page.rows)) }
            guard let next = page.next else { break }
            page = try await parts.archive.page(query, from: next, limit: 300)
        }
        await exchange.finish()
    }
}

/// Stored rows as CSV: semicolons and a mark of UTF-8, as spreadsheets of both languages open it.
struct ArchiveTable: Sendable {
    private let tags: [Tag]
    private let offset: ZoneOffset

    /// A table of one measure; empty `tags` stands for all of it.
    init(_ measure: Measure, tags: [Tag], offset: ZoneOffset) {
        self.tags = tags.isEmpty ? measure.tags : tags
        self.offset = offset
    }

    /// The line of names.
    var head: [UInt8] {
        let names = ["meter", "serial", "ts", "diff", "rev", "seq"] + tags.map(\.rawValue)
        return Array("\u{FEFF}\(names.joined(separator: ";"))\r\n".utf8)
    }

    /// One line a row; what a row lacks stays empty.
    func lines(_ rows: [ArchivedRow]) -> [UInt8] {
        var octets: [UInt8] = []
        for row in rows {
            let reading = row.reading
            var cells = [
                String(row.life.meterID), ArchiveTable.quoted(row.life.serial),
                ReadingDocument.text(of: reading.stamp, offset: offset),
                reading.clockDifferenceSeconds.map { String($0) } ?? "", String(row.revision),
                String(row.sequence),
            ]
            for tag in tags {
                if let value = reading[tag] {
                    let output = reading.output(value)
                    cells.append(
                        DecimalText.text(mantissa: output.mantissa, scaler: Int(output.scaler)))
                } else {
                    let text = reading.texts.first { $0.tag == tag }?.text
                    cells.append(text.map(ArchiveTable.quoted) ?? "")
                }
            }
            octets += Array(cells.joined(separator: ";").utf8) + [13, 10]
        }
        return octets
    }

    /// Text that may hold separators; a formula of a spreadsheet is made harmless.
    private static func quoted(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { $0 > 32 && $0 != 34 && $0 != 59 && $0 < 127 }
        let isFormula = text.first.map { "=+-@".contains($0) } ?? false
        guard !isPlain || isFormula else { return text }
        let doubled = text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
        return "\"\(isFormula ? "'" : "")\(doubled)\""
    }
}
