// How complete days are, asked twice: what was counted once is not counted again, and whatever changes a day
// that is over is seen at the next look.

import Archive
import Faults
import Glibc
import Metering
import Storage
import Testing
import Timekeeping

@Suite struct CoverageTests {
    let bench = ArchiveBench()
    /// The day all tests look at, and the one before.
    private let friday = civil("2026-02-27T00:00:00")

    /// Half-hours 1…48 of the day that begins at `begin`, without those left out.
    private func halves(of begin: CivilStamp, without missing: Set<Int> = []) -> [Reading] {
        (1...48).filter { !missing.contains($0) }.map { index in
            var reading = half("2026-02-27T00:00:00", Int64(index))
            reading.stamp.civil = begin.adding(seconds: Int64(index) * 1_800)
            return reading
        }
    }

    /// Friday lacks half-hours 10 and 48, its registers are there.
    private func filled(_ depths: RetentionDepths = RetentionDepths()) async throws -> MeterArchive {
        let archive = try await bench.open(meters: 2, depths)
        _ = try await archive.store(
            session(halves(of: friday, without: [10, 48]) + [day("2026-02-27T00:00:00", 5)]))
        #expect(try await look(archive) == [0, 47])
        // The same again, now from memory.
        #expect(try await look(archive) == [0, 47])
        return archive
    }

    private func days(_ archive: MeterArchive, now: String = "2026-03-01T06:00:00") async throws
        -> [DayCoverage]
    {
        try await archive.coverage(
            meter: 1, measures: [.powerProfile, .dayEnergy, .monthEnergy],
            from: friday.adding(seconds: -86_400), through: friday, now: civil(now))
    }

    /// Rows of Thursday and Friday.
    private func look(_ archive: MeterArchive) async throws -> [Int] {
        try await days(archive).map(\.present)
    }

    @Test func daysThatAreOverAreCountedOnce() async throws {
        let archive = try await filled()
        // Behind the archive's back: only a second count would see it.
        try bench.shell().execute("DELETE FROM profile")
        #expect(try await look(archive) == [0, 47])
        #expect(try await days(archive).map(\.due) == [49, 49])
        let reopened = try bench.open()
        #expect(try await look(reopened) == [0, 1])
    }

    @Test func aDayThatIsNotOverIsCountedAnew() async throws {
        let archive = try await bench.open(meters: 1)
        let noon = "2026-02-27T12:05:00"
        _ = try await archive.store(session(Array(halves(of: friday).prefix(20)), at: noon))
        #expect(try await days(archive, now: noon).map(\.present) == [0, 20])
        #expect(try await days(archive, now: noon).map(\.due) == [49, 25])
        try bench.shell().execute("DELETE FROM profile")
        #expect(try await days(archive, now: noon).map(\.present) == [0, 0])
        // The last half-hour is due two minutes after midnight, and so is the start of the next day.
        #expect(try await days(archive, now: "2026-02-28T00:01:59").map(\.due) == [49, 48])
        #expect(try await days(archive, now: "2026-02-28T00:02:00").map(\.due) == [49, 49])
    }

    @Test(arguments: [(10, 1), (48, 1), (5, 0)])
    func aRowThatComesLateIsSeen(index: Int, more: Int) async throws {
        let archive = try await filled()
        let late = halves(of: friday).filter { $0.values.first?.mantissa == Int64(index) }
        _ = try await archive.store(session(late))
        #expect(try await look(archive) == [0, 47 + more])
    }

    @Test func aCorrectionThatMakesARowAPartIsSeen() async throws {
        let archive = try await filled()
        // A second row within the interval that ends at 02:30: the slot holds parts from now on.
        _ = try await archive.store(session([half("2026-02-27T04:50:00", 3)]))
        let before = try await look(archive)
        _ = try await archive.store(session([half("2026-02-27T05:00:00", 3)]))
        let after = try await look(archive)
        #expect(before == [0, 47] && after == [0, 48])
    }

    @Test func slotsFoundAbsentAreSeen() async throws {
        let archive = try await filled()
        let stamps = friday.adding(seconds: 1_800)...friday.adding(seconds: 86_400)
        let answer = AnsweredWindow(
            .powerProfile, stamps, intervalMinutes: 30, holdsLaterRow: true, reason: .cleared)
        _ = try await archive.store(session([], answers: [answer]))
        let day = try #require(try await days(archive).last)
        #expect(day.absent == 2 && day.isFull && day.reason == .cleared)
    }

    @Test func rowsThatDepthDropsAreSeen() async throws {
        let archive = try await filled(RetentionDepths([.powerProfile: .days(1), .dayEnergy: .days(1)]))
        let sunday = civil("2026-03-01T00:00:00")
        _ = try await archive.store(
            session(halves(of: sunday), at: "2026-03-02T00:05:00"))
        try await archive.pruneProfiles()
        #expect(try await look(archive) == [0, 1])
        _ = try await archive.store(session([day("2026-03-02T00:00:00", 7)], at: "2026-03-02T00:05:00"))
        #expect(try await look(archive) == [0, 0])
    }

    @Test func rowsOfAnUntrustedTimeThatAreSetAsideAreSeen() async throws {
        let archive = try await filled()
        _ = try await archive.store(
            session(halves(of: friday).filter { $0.values.first?.mantissa == 10 }, trusted: false))
        #expect(try await look(archive) == [0, 48])
        // Time turns out to be a week earlier: the row was of the future.
        _ = try await archive.store(session([], at: "2026-02-20T00:05:00"))
        #expect(try await look(archive) == [0, 47])
    }

    @Test func anotherMeterInItsPlaceBeginsWithNothing() async throws {
        let archive = try await filled()
        _ = try await archive.store(session([day("2026-02-27T00:00:00", 1)], serial: "200"))
        #expect(try await look(archive) == [0, 1])
        // The first one comes back from repair with what it had.
        _ = try await archive.store(session([], serial: "100"))
        #expect(try await look(archive) == [0, 47])
    }

    @Test func aMeterThatWasDeletedAndCameAgainBeginsWithNothing() async throws {
        let archive = try await filled()
        try await archive.register([RegisteredMeter(id: 2)], revision: 2)
        try await archive.register([RegisteredMeter(id: 1), RegisteredMeter(id: 2)], revision: 3)
        #expect(try await look(archive) == [0, 0])
    }

    @Test func anotherIntervalOfTheProfileIsSeen() async throws {
        let archive = try await filled()
        _ = try await archive.store(session([half("2026-02-28T01:00:00", 1, interval: 60)]))
        #expect(try await days(archive).map(\.due) == [25, 25])
        #expect(try await look(archive) == [0, 23])
    }

    @Test func whatARepairLostAndBroughtBackIsSeen() async throws {
        let archive = try await filled()
        try await archive.repair(reason: "a test says so")
        #expect(try await look(archive) == [0, 0])
        // Between two slices, so that the next one must be seen too.
        while !(try await archive.salvageSlice(limit: 20)) { _ = try await look(archive) }
        #expect(try await look(archive) == [0, 47])
    }
}
