// Present values of a meter that takes no lists, at once: its snapshot profile (GOST R 58940, 1.0.94.7.0) is
// captured and read, two requests where there would be one a register. Only a row that was captured just now
// is a present value; anything else, and the registers are asked one by one.

import DLMS
import Faults
import Metering
import SPODES
import Seams
import Timekeeping

/// What is known of a meter's snapshot.
enum SnapshotUse: Sendable {
    /// Nobody has looked.
    case unknown
    /// The meter has none, or none that can be believed.
    case unusable
    /// Its columns.
    case usable(SnapshotShape)
}

/// The columns of a snapshot and how the meter gives it.
struct SnapshotShape: Sendable, Hashable {
    /// Columns of the whole row.
    let width: Int
    /// Place of the stamp.
    let clockIndex: Int
    /// Places of registers.
    let places: [OBISCode: Int]
    /// Whether it is captured when asked; else it may renew itself.
    var isCapturable = true
    /// Whether part of the columns may be asked for.
    var takesColumns = true

    /// A shape by the capture objects. Nil without a clock, for then nothing tells how old a row is.
    init?(_ captured: [CaptureObject?]) {
        width = captured.count
        var (clock, places): (Int?, [OBISCode: Int]) = (nil, [:])
        for case (let index, let object?) in captured.enumerated() where object.attribute.attribute == 2 {
            let code = OBISCode(object.attribute.object.logicalName)
            if code == ObjectTable.clock { clock = clock ?? index }
            if object.attribute.object.classID == 3, places[code] == nil { places[code] = index }
        }
        guard let clock else { return nil }
        clockIndex = clock
        self.places = places
    }
}

/// A captured row.
struct Snapshot: Sendable {
    /// When it was captured by the meter's clock.
    let stamp: MeterStamp
    /// Its cells.
    let cells: [DataValue]
    /// Places of registers among them.
    let places: [OBISCode: Int]

    /// The value of a register; nil where the row has none.
    subscript(code: OBISCode) -> DataValue? {
        guard let place = places[code], place < cells.count, cells[place] != .nullData else { return nil }
        return cells[place]
    }
}

extension SPODESSession {
    /// Fewer registers are asked for one by one.
    private static let fewest = 4
    /// How old a row may be that the meter renews by itself, seconds.
    private static let oldest: Int64 = 15

    /// The present values of registers from the meter's snapshot; nil where it is of no use.
    func snapshot(of codes: [OBISCode]) async throws -> Snapshot? {
        guard codes.count >= Self.fewest, await !reader.takesLists, let shape = try await snapshotShape()
        else { return nil }
        let places = codes.compactMap { shape.places[$0] }
        guard places.count >= Self.fewest else { return nil }
        do {
            return try await capture(through: places.reduce(shape.clockIndex, max), shape)
        } catch let fault as Fault where fault.isAnswer {
            knowledge.snapshot = .unusable
            return nil
        }
    }

    /// The columns of the snapshot, learned once a day, which is left to sessions that nobody waits for.
    private func snapshotShape() async throws -> SnapshotShape? {
        switch knowledge.snapshot {
        case .usable(let shape): return shape
        case .unusable: return nil
        case .unknown: break
        }
        guard !knowledge.notesSnapshots, reader.dialogue.isUnhurried else { return nil }
        knowledge.snapshot = .unusable
        do {
            let columns = try await reader.value(ObjectTable.snapshot, class: 7, attribute: 3, .profile)
            let captured = columns?.elements?.map { CaptureObject($0) } ?? []
            guard let shape = SnapshotShape(captured) else { return nil }
            knowledge.snapshot = .usable(shape)
            return shape
        } catch let fault as Fault where fault.isAnswer {
            return nil
        }
    }

    /// Captures and reads up to column `last`; nil, and never again, when what comes is not of just now.
    private func capture(through last: Int, _ known: SnapshotShape) async throws -> Snapshot? {
        var shape = known
        let begin = try await meterSeconds()
        if shape.isCapturable { shape.isCapturable = try await reader.capture(ObjectTable.snapshot) }
        let rows = try await rows(through: last, &shape)
        let end = try await meterSeconds()
        let usesSeason = try await usesSeason()
        let dated = rows.compactMap { cells -> (stamp: MeterStamp, cells: [DataValue])? in
            guard cells.count == shape.width || cells.count == last + 1,
                let stamp = cells[shape.clockIndex].dateTimeValue.flatMap({
                    MeterStamp($0, usesSeason: usesSeason)
                })
            else { return nil }
            return (stamp, cells)
        }
        let slack = 2 + (try await sessionClock()).roundTrip.wholeNanoseconds / 1_000_000_000
        let earliest = (shape.isCapturable ? begin : begin - Self.oldest) - slack
        guard let newest = dated.max(by: { $0.stamp < $1.stamp }),
            (earliest...end + 2).contains(newest.stamp.civil.seconds)
        else {
            knowledge.snapshot = .unusable
            return nil
        }
        knowledge.snapshot = .usable(shape)
        if shape.isCapturable, knowledge.capturedSince == nil {
            knowledge.capturedSince = newest.stamp.civil
        }
        return Snapshot(stamp: newest.stamp, cells: newest.cells, places: shape.places)
    }

    /// The cells of the rows, at least up to column `last`: the first columns alone where they can be had.
    private func rows(through last: Int, _ shape: inout SnapshotShape) async throws -> [[DataValue]] {
        let isPart = shape.takesColumns && last + 1 < shape.width
        if isPart, await reader.selects {
            let entry = EntryDescriptor(
                fromEntry: 1, toEntry: 1, fromColumn: 1, toColumn: UInt16(clamping: last + 1))
            do {
                let rows = try await cells(entry.selection)
                if rows.contains(where: { $0.count > last }) { return rows }
            } catch let fault as Fault where fault.isAnswer {
                // The whole row is asked for instead.
            }
            shape.takesColumns = false
        }
        return try await cells(nil)
    }

    private func cells(_ selection: AccessSelection?) async throws -> [[DataValue]] {
        let buffer = try await reader.value(ObjectTable.snapshot, class: 7, selection: selection)
        return buffer?.elements?.compactMap(\.elements) ?? []
    }

    /// What the meter's clock shows now, in seconds, by its last reading.
    private func meterSeconds() async throws -> Int64 {
        let clock = try await sessionClock()
        let elapsed = environment.clock.now - clock.askedAt
        return clock.stamp.civil.seconds + elapsed.wholeNanoseconds / 1_000_000_000
    }

    /// A meter that writes an event for every snapshot is spared them: its journal holds a hundred.
    func lookForSnapshots(in rows: [JournalShape.Row]) {
        guard let since = knowledge.capturedSince,
            rows.contains(where: { $0.code == 93 && $0.stamp.civil >= since })
        else { return }
        knowledge.notesSnapshots = true
        knowledge.snapshot = .unusable
    }
}

extension Fault {
    /// Whether the meter answered, and answered that or what it cannot: the session can go on.
    fileprivate var isAnswer: Bool {
        code == .meterDataAccess || code == .meterUnsupported || code == .meterProtocol
    }
}
