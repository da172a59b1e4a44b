// Properties over seeded chance: what goes in comes out, and a cursor that walks in random steps ends up with
// exactly what the archive holds. The seed is part of every failure's message.

import Archive
import Metering
import Seams
import Testing
import Timekeeping
import VirtualTime

@Suite struct PropertyTests {
    private static let seeds: [UInt64] = [1, 7, 20_261_121]
    private static let stored: [Measure] = Measure.plain.filter { $0.archiveNumber != nil }

    /// Any tags, mantissas, scalers and forms, in the order of the columns.
    private func reading(_ measure: Measure, at stamp: CivilStamp, _ chance: SeededEntropy) -> Reading {
        var reading = Reading(
            measure, at: MeterStamp(stamp, isSeason: chance.next() % 4 == 0),
            clockDifferenceSeconds: Int32(chance.next() % 5), values: [])
        // No interval, so that nothing is merged: any stamp is its own slot.
        for tag in measure.tags where chance.next() % 3 != 0 {
            if tag.isText {
                reading.texts.append(TextValue(tag, "№\(chance.next() % 1_000)"))
            } else if tag.isFlag {
                reading.values.append(MeasuredValue(tag, mantissa: Int64(chance.next() % 2)))
            } else {
                let form: ValueForm = chance.next() % 8 == 0 ? .demand : .increment
                reading.values.append(
                    MeasuredValue(
                        tag, mantissa: Int64(truncatingIfNeeded: chance.next()),
                        scaler: Int8(chance.next() % 8 == 0 ? 3 : -2), form: form))
            }
        }
        return reading
    }

    @Test(arguments: seeds) func r12AnyReadingComesBackAsItWent(seed: UInt64) async throws {
        let chance = SeededEntropy(seed: seed)
        let bench = ArchiveBench()
        let archive = try await bench.open(meters: 1)
        for measure in PropertyTests.stored {
            var readings: [Reading] = []
            for index in 0..<15 {
                let stamp = civil("2026-02-01T00:00:00").adding(seconds: Int64(index) * 86_400)
                readings.append(reading(measure, at: stamp, chance))
            }
            let outcome = try await archive.store(session(readings))
            #expect(outcome.inserted == 15, "seed \(seed), \(measure)")
            let rows = try await archive.rows(ArchiveQuery(measure, billing: .all)).map(\.reading)
            #expect(rows == readings, "seed \(seed), \(measure)")
            #expect(try await archive.store(session(readings)).unchanged == 15, "seed \(seed), \(measure)")
        }
    }

    @Test(arguments: seeds) func r18ACursorInRandomStepsEndsWithWhatTheArchiveHolds(seed: UInt64) async throws
    {
        let chance = SeededEntropy(seed: seed)
        let bench = ArchiveBench()
        let archive = try await bench.open(meters: 3)
        let key = CursorKey(publication: 1, broker: 1)
        let scope = PublicationScope(meters: nil, measures: [.dayEnergy, .powerProfile])
        var delivered: [String: Reading] = [:]
        var sequences: [Int64] = []
        for _ in 0..<60 {
            let meter = Int(chance.next() % 3) + 1
            let readings = (0..<Int(chance.next() % 12)).map { _ -> Reading in
                let stamp = civil("2026-02-01T00:00:00").adding(seconds: Int64(chance.next() % 20) * 86_400)
                let value = Int64(chance.next() % 3)
                return Reading(
                    chance.next() % 2 == 0 ? .dayEnergy : .powerProfile, at: MeterStamp(stamp),
                    values: [MeasuredValue(.aPlus0, mantissa: value), MeasuredValue(.pPlus, mantissa: value)])
            }
            _ = try await archive.store(session(readings, meter: meter, serial: "S\(meter)"))
            let from = try await archive.openCursor(key)
            let limit = Int(chance.next() % 7) + 1
            let page = try await archive.outbox(
                after: from, through: archive.newestSequence, scope: scope, limit: limit)
            for row in page.rows {
                let place = "\(row.life.meterID) \(row.reading.measure) \(row.reading.stamp)"
                delivered[place] = row.reading
                sequences.append(row.sequence)
            }
            try await archive.acknowledge(key, through: page.scannedThrough, rows: page.rows.count)
        }
        let rest = try await archive.outbox(
            after: try await archive.openCursor(key), through: archive.newestSequence, scope: scope,
            limit: .max)
        #expect(rest.isComplete)
        for row in rest.rows {
            delivered["\(row.life.meterID) \(row.reading.measure) \(row.reading.stamp)"] = row.reading
            sequences.append(row.sequence)
        }
        var held: [String: Reading] = [:]
        for measure in scope.measures {
            for row in try await archive.rows(ArchiveQuery(measure)) {
                held["\(row.life.meterID) \(row.reading.measure) \(row.reading.stamp)"] = row.reading
            }
        }
        #expect(delivered == held, "seed \(seed)")
        #expect(sequences == sequences.sorted() && Set(sequences).count == sequences.count, "seed \(seed)")
    }

    @Test(arguments: seeds) func theGapQueryAgreesWithSlotBySlotLooking(seed: UInt64) async throws {
        let chance = SeededEntropy(seed: seed)
        let bench = ArchiveBench()
        let archive = try await bench.open(meters: 1)
        let begin = civil("2026-02-20T00:30:00")
        let slots = (0..<200).map { begin.adding(seconds: Int64($0) * 1_800) }
        let present = slots.filter { _ in chance.next() % 3 == 0 }
        let rows = present.map { stamp -> Reading in
            var row = half("2026-02-20T00:30:00", 1)
            row.stamp.civil = stamp
            return row
        }
        let first = Int(chance.next() % 150)
        let absent = slots[first]...slots[first + 40]
        _ = try await archive.store(
            session(
                rows,
                answers: [AnsweredWindow(.powerProfile, absent, intervalMinutes: 30, holdsLaterRow: true)]))
        let missing = try await archive.missing(
            meter: 1, measure: .powerProfile, window: slots[0]...slots[199])
        let grid = try #require(SlotGrid(.powerProfile, intervalMinutes: 30))
        let wanted = slots.filter { !present.contains($0) && !absent.contains($0) }
        #expect(missing.flatMap { grid.slots(in: $0) } == wanted, "seed \(seed)")
    }
}
