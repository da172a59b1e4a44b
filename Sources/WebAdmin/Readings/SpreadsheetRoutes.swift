// «Скачать (Excel)»: `POST /spreadsheet` answers a table as an .xlsx file. Tables of the archive are filled
// here; a table of present readings comes with the request.

import Archive
import Configuration
import Faults
import Logging
import Metering
import Seams
import Timekeeping

extension WebAdmin {
    static let spreadsheetRoutes: [Route] = [
        Route("POST", "/spreadsheet", .read) { try await $0.spreadsheet($1) }
    ]

    private func spreadsheet(_ context: RequestContext) async throws -> Answer {
        let configuration = await parts.store.current.configuration
        let request = try SpreadsheetRequest(try context.object(), offset: configuration.time.offset)
        var rows = request.rows
        if let source = request.source {
            rows = try await stored(source, of: request, configuration)
        }
        let sheet = Spreadsheet(name: request.name, columns: request.columns.map(\.shown), rows: rows)
        let octets: [UInt8]
        do { octets = try await parts.spreadsheets.workbook(of: sheet) } catch {
            parts.logger.log(.error, "no workbook was made", [(.error, "\(error)")])
            throw Faults([Fault(.spreadsheetFailed)])
        }
        let exchange = context.exchange
        try await exchange.start(
            status: 200,
            headers: [
                ("Content-Type", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
                ("Cache-Control", "no-store"), ("Content-Disposition", "attachment"),
            ])
        for start in stride(from: 0, to: octets.count, by: 64 << 10) {
            try await exchange.send(Array(octets[start..<min(start + (64 << 10), octets.count)]))
        }
        await exchange.finish()
        return .streamed
    }

    /// Rows of the archive; each kind in the archive's order, or all of them with the newest first.
    private func stored(
        _ source: MeterDataRequest, of request: SpreadsheetRequest, _ configuration: GatewayConfiguration
    ) async throws -> [[SpreadsheetCell]] {
        let known = configuration.meters.map(\.id)
        let meters = source.meters.isEmpty ? known : source.meters.filter(Set(known).contains)
        guard !meters.isEmpty else { return [] }
        var found: [(stamp: CivilStamp, cells: [SpreadsheetCell])] = []
        let tags = request.columns.compactMap { Tag(rawValue: $0.key) }
        for asked in source.measures {
            let own = Set(asked.measure.tags)
            let query = ArchiveQuery(
                asked.measure, meters: meters, windows: source.windows, tags: tags.filter(own.contains))
            var position: ArchivePosition? = .start
            while let from = position {
                let page = try await parts.archive.page(query, from: from, limit: 300)
                position = page.next
                found += page.rows.map { row in
                    (row.reading.stamp.civil, request.columns.map { $0.cell(row) })
                }
                guard found.count * request.columns.count <= SpreadsheetRequest.cellLimit else {
                    throw Faults([SpreadsheetRequest.tooLarge(path: "/from")])
                }
            }
        }
        // A stable order: equal stamps stay as the archive has them.
        let order = found.indices.sorted {
            let (one, other) = (found[$0].stamp, found[$1].stamp)
            return one == other ? $0 < $1 : one > other
        }
        return request.isNewestFirst ? order.map { found[$0].cells } : found.map(\.cells)
    }
}
