// The record of corrected clocks: once a day over restarts, whatever came of the correction.

import Archive
import Faults
import Seams
import Testing
import Timekeeping

@Suite struct ClockEntryTests {
    let bench = ArchiveBench()

    private func entry(_ meter: Int, _ serial: String, _ day: Int, before: Int32) throws -> ClockEntry {
        let stamp = try #require(CivilStamp(year: 2026, month: 3, day: day, hour: 12))
        return ClockEntry(
            meterID: meter, serial: serial, day: stamp, at: WallTime(unixSeconds: 1_772_355_600),
            before: before,
            manner: .shifted, occasion: .event)
    }

    @Test func aCorrectionIsKnownBeforeItsEndAndAfterARestart() async throws {
        let archive = try await bench.open(meters: 2)
        let number = try await archive.begin(entry(1, "100", 5, before: 9))
        let reopened = try bench.open()
        let day = try await reopened.dayOfClockCorrection(meters: [1], serial: "100")
        #expect(day == CivilStamp(year: 2026, month: 3, day: 5))
        #expect(try await reopened.clockEntries(limit: 9).map(\.after) == [nil])
        try await reopened.end(clockEntry: number, after: 1)
        #expect(try await reopened.clockEntries(limit: 9).map(\.after) == [1])
    }

    @Test func theDayIsThatOfTheMeterUnderAnyOfItsIDs() async throws {
        let archive = try await bench.open(meters: 2)
        _ = try await archive.begin(entry(1, "100", 5, before: 9))
        _ = try await archive.begin(entry(2, "100", 7, before: 9))
        _ = try await archive.begin(entry(1, "200", 9, before: 9))
        let day = try await archive.dayOfClockCorrection(meters: [1, 2], serial: "100")
        #expect(day == CivilStamp(year: 2026, month: 3, day: 7))
        #expect(try await archive.dayOfClockCorrection(meters: [2], serial: "200") == nil)
    }

    @Test func theListingIsNewestFirstByPageAndMeterWithReasons() async throws {
        let archive = try await bench.open(meters: 2)
        for index in 1...5 {
            let number = try await archive.begin(
                entry(index % 2 + 1, "100", index, before: Int32(index)))
            try await archive.end(clockEntry: number, after: nil, fault: Fault(.meterSilent, ["meter": "1"]))
        }
        let first = try await archive.clockEntries(limit: 2)
        #expect(first.map(\.before) == [5, 4])
        #expect(first.first?.fault == Fault(.meterSilent, ["meter": "1"]))
        let rest = try await archive.clockEntries(before: first.last?.number, limit: 9)
        #expect(rest.map(\.before) == [3, 2, 1])
        #expect(try await archive.clockEntries(meter: 1, limit: 9).map(\.before) == [4, 2])
    }
}
