// The whole answer to a question for stored data (/meter/data/arch, api 3): written page by page and handed on in
// pieces, so that a year of a thousand meters needs no more memory than a page.

import Metering
package import Timekeeping

/// One element of `measures` in an answer.
package struct ArchiveQuestion: Sendable, Hashable {
    /// The measure's name as the client spelt it (protocol 31 and 40 differ).
    package var name: String
    /// What is asked; unknown meters are left out of the answer.
    package var query: ArchiveQuery

    /// A question.
    package init(_ name: String, _ query: ArchiveQuery) {
        self.name = name
        self.query = query
    }
}

extension MeterArchive {
    /// Writes the document of api 3.2: a device for each known meter in the order asked, `"vals":null` where nothing
    /// is found, one device for each life that has rows (R8). Pieces have `pieceOctets` or a page more; `send` may
    /// wait for a slow client. Rethrows what `send` throws; throws archive faults.
    package nonisolated func answer(
        _ questions: [ArchiveQuestion], offset: ZoneOffset, pieceOctets: Int = 65_536,
        send: ([UInt8]) async throws -> Void
    ) async throws {
        var document = ReadingDocument(offset: offset, capacity: pieceOctets + 16_384)
        document.begin()
        for question in questions {
            document.beginMeasure(question.name)
            for meter in await registered(question.query.meters) {
                var query = question.query
                query.meters = [meter.meterID]
                var position: ArchivePosition? = .start
                var isEmpty = true
                while let from = position {
                    let page = try await page(query, from: from, limit: 200)
                    isEmpty = isEmpty && page.rows.isEmpty
                    document.rows(page.rows)
                    position = page.next
                    if document.count >= pieceOctets { try await send(document.drain()) }
                }
                if isEmpty { document.beginDevice(meterID: meter.meterID, serial: meter.serial) }
            }
            document.endMeasure()
        }
        document.end()
        try await send(document.drain())
    }

    /// Present lives of the meters asked for, in that order without repetition; of all when empty.
    private func registered(_ meters: [Int]) -> [MeterLife] {
        guard !meters.isEmpty else { return present.keys.sorted().compactMap { present[$0] } }
        var seen: Set<Int> = []
        return meters.compactMap { seen.insert($0).inserted ? present[$0] : nil }
    }
}
