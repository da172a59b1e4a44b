// The columns of one journal of a SPODES meter, found by OBIS code as the meter lists them: vendors add
// columns, put the operating time elsewhere and choose other integer types (spodes.md e).

import DLMS
import Metering
import SPODES
import Timekeeping

/// The columns of a journal and what a row of it says.
struct JournalShape: Sendable, Hashable {
    /// Columns of a whole row.
    let width: Int
    private var clock = 0
    private var code: Int?
    private var operatingTime: Int?
    private var channel: Int?
    private var client: Int?
    private var before: Int?

    /// A shape by the capture objects. Nil without a clock.
    init?(_ captured: [CaptureObject]) {
        width = captured.count
        var clock: Int?
        for (index, object) in captured.enumerated() where object.attribute.attribute == 2 {
            let name = OBISCode(object.attribute.object.logicalName)
            switch (name.a, name.b, name.c, name.d, name.e) {
            case (0, 0, 1, 0, 0): clock = index
            case (0, 0, 1, 0, 1): before = index
            case (0, 0, 96, 8, 0): operatingTime = index
            case (0, 0, 96, 12, 4): channel = index
            case (0, 0, 96, 12, 6): client = index
            // The event object of any journal, or the status word of the journal of quality.
            case (0, 0, 96, 11, _), (0, 0, 96, 5, 4), (0, 0, 96, 5, 1): if code == nil { code = index }
            default: continue
            }
        }
        guard let clock else { return nil }
        self.clock = clock
    }

    /// One row; nil for a row of another width or without a date.
    struct Row {
        var stamp: MeterStamp
        var code: Int
        var operatingTime: Int64?
        var channel: Int?
        var client: Int?
        var before: MeterStamp?
    }

    /// The rows of a buffer, oldest first; nil when a row has another width: these are not our columns.
    func rows(of buffer: DataValue, usesSeason: Bool) -> [Row]? {
        guard let rows = buffer.elements else { return nil }
        var found: [Row] = []
        for row in rows {
            guard let cells = row.elements, cells.count == width else { return nil }
            guard let stamp = stamp(cells, clock, usesSeason) else { continue }
            found.append(
                Row(
                    stamp: stamp, code: code.flatMap { number(cells[$0]) } ?? 0,
                    operatingTime: operatingTime.flatMap { cells[$0].wholeNumber },
                    channel: channel.flatMap { number(cells[$0]) },
                    client: client.flatMap { number(cells[$0]) },
                    before: before.flatMap { self.stamp(cells, $0, usesSeason) }))
        }
        return found
    }

    private func stamp(_ cells: [DataValue], _ index: Int, _ usesSeason: Bool) -> MeterStamp? {
        cells[index].dateTimeValue.flatMap { MeterStamp($0, usesSeason: usesSeason) }
    }

    /// An integer of any type; Nartis has octet strings of one octet for channel and client.
    private func number(_ cell: DataValue) -> Int? {
        if let whole = cell.wholeNumber { return Int(exactly: whole) }
        guard case .octetString(let octets) = cell, (1...2).contains(octets.count) else { return nil }
        return octets.reduce(0) { $0 << 8 | Int($1) }
    }
}

extension [JournalShape.Row] {
    /// The events of one of the gateway's journals among the rows of a meter's, oldest first, equal ones
    /// numbered.
    func events(of journal: Journal, number: UInt8, phases: Int, _ profile: MeterProfile) -> [JournalEvent] {
        let events = compactMap { row -> JournalEvent? in
            let code = profile.code(row.code, inJournal: number)
            let event = JournalTable.event(journal, number: number, code: code, phases: phases)
            guard let event else { return nil }
            return JournalEvent(
                journal, at: row.stamp, event: event, code: row.code, operatingTime: row.operatingTime,
                channel: row.channel, client: row.client, before: row.before)
        }
        return events.numbered().enumerated().sorted {
            ($0.element.stamp, $0.offset) < ($1.element.stamp, $1.offset)
        }.map(\.element)
    }
}
