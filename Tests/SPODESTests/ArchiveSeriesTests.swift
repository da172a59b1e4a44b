import DLMS
import SPODES
import Testing
import Timekeeping

@Suite struct ArchiveSeriesTests {
    static let installed = CivilStamp(year: 2026, month: 1, day: 15, hour: 10)!

    @Test func daysBeginAtTheFirstMidnightOfTheMetersLife() {
        let now = CivilStamp(year: 2026, month: 1, day: 18, hour: 9)!
        let days = ArchiveSeries(step: .seconds(86_400), installed: Self.installed, now: now, depth: 62)
        #expect(days.count == 3)
        #expect(days.stamp(0).description == "2026-01-16 00:00:00")
        #expect(days.stamp(2).description == "2026-01-18 00:00:00")
    }

    @Test func aFullArchiveKeepsTheNewest() {
        let now = CivilStamp(year: 2026, month: 6, day: 1, hour: 0, minute: 29)!
        let rows = ArchiveSeries(step: .seconds(1_800), installed: Self.installed, now: now, depth: 100)
        #expect(rows.count == 100)
        #expect(rows.stamp(99).description == "2026-06-01 00:00:00")
        let months = ArchiveSeries(step: .month, installed: Self.installed, now: now, depth: 3)
        #expect((0..<months.count).map { months.stamp($0).date.month } == [4, 5, 6])
    }

    @Test func monthsMayEndOnAnotherDayAndBeFrozenByHand() {
        let end = CivilStamp(year: 2026, month: 6, day: 20)!
        var meter = TestModel.meter()
        func happen(_ happening: MeterHappening, _ month: Int, _ day: Int, _ hour: Int) {
            let stamp = CivilStamp(year: 2026, month: month, day: day, hour: hour)!
            meter.happen(happening, at: stamp.seconds * 1_000)
        }
        func months(_ meter: SPODESMeter) -> [String] {
            let series = meter.months(at: end.seconds * 1_000)
            return (0..<series.count).map { String(series.stamp($0).description.dropFirst(5).prefix(8)) }
        }
        #expect(months(meter) == ["02-01 00", "03-01 00", "04-01 00", "05-01 00", "06-01 00"])
        happen(.monthEndMoved, 3, 10, 12)
        happen(.monthCaptured, 4, 20, 7)
        #expect(
            months(meter) == [
                "02-01 00", "03-01 00", "03-15 00", "04-15 00", "04-20 07", "05-15 00", "06-15 00",
            ])
        happen(.monthEndMoved, 5, 15, 12)
        #expect(
            months(meter) == [
                "02-01 00", "03-01 00", "03-15 00", "04-15 00", "04-20 07", "05-15 00", "06-01 00",
            ])
        let columns = meter.personality.dayColumns
        let energies = [(4, 15, 0), (4, 20, 7), (5, 15, 0)].map { month, day, hour in
            let stamp = CivilStamp(year: 2026, month: month, day: day, hour: hour)!
            return meter.frozen(columns, at: stamp)[0].wholeNumber ?? 0
        }
        // A kilowatt for five days and seven hours.
        #expect(energies[1] - energies[0] == 127_000 && energies[2] > energies[1])
    }

    @Test func aNewMeterHasNoRows() {
        let soon = Self.installed.adding(seconds: 600)
        for step in [ArchiveSeries.Step.month, .seconds(86_400), .seconds(1_800)] {
            #expect(ArchiveSeries(step: step, installed: Self.installed, now: soon, depth: 10).count == 0)
        }
    }

    @Test func windowsIncludeBothEnds() {
        let now = CivilStamp(year: 2026, month: 2, day: 20)!
        let days = ArchiveSeries(step: .seconds(86_400), installed: Self.installed, now: now, depth: 62)
        let from = CivilStamp(year: 2026, month: 2, day: 1)!
        #expect(days.indices(from: from, to: from).count == 1)
        #expect(days.indices(from: from, to: from.adding(seconds: 2 * 86_400)).count == 3)
        #expect(days.indices(from: from.adding(seconds: 1), to: from.adding(seconds: 2)).isEmpty)
        #expect(days.indices(from: now.adding(seconds: 1), to: now.adding(seconds: 9_999_999)).isEmpty)
        #expect(days.indices(from: now, to: from).isEmpty)
    }
}
