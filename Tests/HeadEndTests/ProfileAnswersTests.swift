// GETLP and GETSHPRM against an archive.

import Archive
import HeadEnd
import Metering
import RTU327
import Testing
import Timekeeping
import VirtualTime

@Suite struct ProfileAnswersTests {
    private static func ask(
        _ bench: HeadEndBench, from start: UInt32, count: UInt16, mask: ChannelMask = .all,
        serial: String = "41000016"
    ) async throws -> (ResultCode, ProfileStretch?) {
        let answer = await bench.answers.answer(
            .profile(try number(serial), mask, from: start, count: count))
        return (answer.code, answer.code == .good ? try ProfileStretch(from: answer.data, mask) : nil)
    }

    /// 00:30, 01:00, 01:30 … of 2026-03-01 with 1, 2, 3 … kWh, without those named.
    private static func store(_ bench: HeadEndBench, count: Int = 6, without missing: Set<Int> = [])
        async throws
    {
        let rows = (1...count).filter { !missing.contains($0) }.map { index in
            Reading(
                .powerProfile,
                at: MeterStamp(civil("2026-03-01T00:00:00").adding(seconds: Int64(index) * 1_800)),
                intervalMinutes: 30,
                values: [
                    MeasuredValue(.pPlus, mantissa: Int64(index) * 1_000, form: .increment),
                    MeasuredValue(.qMinus, mantissa: Int64(index) * 2_000, form: .demand),
                    MeasuredValue(.isPart, mantissa: index == 2 ? 1 : 0),
                ])
        }
        try await bench.store(rows)
    }

    @Test func `energy of the interval whatever the column was, absent channels at -1`() throws {
        try VirtualWorld().run { world in
            let bench = try await HeadEndBench(world)
            try await bench.apply()
            try await Self.store(bench)
            let (_, stretch) = try await Self.ask(bench, from: march + 1_800, count: 2)
            let found = try #require(stretch)
            // 1 kWh passed; 2 kvar of mean power over half an hour are 1 kvarh.
            #expect(found.intervals.map(\.values) == [[1, -1, -1, 1], [2, -1, -1, 2]])
            #expect(found.intervals.map(\.state) == [0, 0] && found.state == 0)
            #expect(found.end == march + 3_600)
        }
    }

    @Test(arguments: [("inclusive_end", [1.0, 2]), ("interval_start", [2.0, 3])])
    func `the time asked for is the first interval's end or beginning, as the profile has it`(
        value: String, energies: [Double]
    ) throws {
        try VirtualWorld().run { world in
            let bench = try await HeadEndBench(world)
            try await bench.apply(["lp_tstart": value])
            try await Self.store(bench)
            let (_, stretch) = try await Self.ask(
                bench, from: march + 1_800, count: 2, mask: ChannelMask(rawValue: 1))
            #expect(stretch?.intervals.map { $0.values[0] } == energies)
        }
    }

    @Test func `times need not be aligned`() throws {
        try VirtualWorld().run { world in
            let bench = try await HeadEndBench(world)
            try await bench.apply()
            try await Self.store(bench)
            let (_, stretch) = try await Self.ask(bench, from: march + 1_080, count: 3)
            #expect(stretch?.intervals.map { $0.values[0] } == [1, 2, 3])
        }
    }

    @Test func `an answer ends before a missing interval and never shifts one`() throws {
        try VirtualWorld().run { world in
            let bench = try await HeadEndBench(world)
            try await bench.apply()
            try await Self.store(bench, without: [3])
            let (_, first) = try await Self.ask(bench, from: march + 1_800, count: 6)
            #expect(first?.intervals.count == 2 && first?.end == march + 3_600)
            let (_, second) = try await Self.ask(bench, from: march + 5_400, count: 4)
            #expect(second?.intervals.map { $0.values[0] } == [4, 5, 6] && second?.end == march + 10_800)
        }
    }

    @Test func `or has -1 in its place, and states of partial intervals`() throws {
        try VirtualWorld().run { world in
            let bench = try await HeadEndBench(world)
            try await bench.apply(["lp_gap": "fill", "lp_stat": "flags"])
            try await Self.store(bench, without: [3])
            let (_, stretch) = try await Self.ask(bench, from: march + 1_800, count: 4)
            #expect(stretch?.intervals.map { $0.values[0] } == [1, 2, -1, 4])
            #expect(stretch?.intervals.map(\.state) == [0, 1, 0, 0] && stretch?.end == march + 7_200)
        }
    }

    @Test func `from zero means from the oldest stored interval`() throws {
        try VirtualWorld().run { world in
            let bench = try await HeadEndBench(world)
            try await bench.apply()
            try await Self.store(bench)
            let (_, stretch) = try await Self.ask(bench, from: 0, count: 1)
            #expect(stretch?.intervals.map { $0.values[0] } == [1] && stretch?.end == march + 1_800)
        }
    }

    @Test(arguments: [("8", ResultCode.noDataForInterval), ("2", .noMoreData), ("0", .good)])
    func `nothing stored is told by the result the profile names`(value: String, code: ResultCode) throws {
        try VirtualWorld().run { world in
            let bench = try await HeadEndBench(world)
            try await bench.apply(["empty_rr": value])
            try await Self.store(bench)
            let (got, stretch) = try await Self.ask(bench, from: march + 86_400, count: 5)
            #expect(got == code && (stretch?.intervals.isEmpty ?? true))
        }
    }

    @Test func `the repeated hour of autumn comes in the order of its instants`() throws {
        try VirtualWorld().run { world in
            let bench = try await HeadEndBench(world)
            try await bench.apply()
            try await bench.store([
                half("2026-03-01T02:30:00", 1_000, season: true),
                half("2026-03-01T03:00:00", 2_000, season: true),
                half("2026-03-01T02:30:00", 3_000), half("2026-03-01T03:00:00", 4_000),
            ])
            let (_, stretch) = try await Self.ask(bench, from: march + 5_400, count: 4)
            #expect(stretch?.intervals.map { $0.values[0] } == [1, 2, 3, 4])
        }
    }

    @Test func `a replaced meter's rows are served under its own number only`() throws {
        try VirtualWorld().run { world in
            let bench = try await HeadEndBench(world)
            try await bench.apply()
            try await Self.store(bench, count: 2)
            try await bench.store([half("2026-03-01T01:30:00", 9_000)], serial: "777")
            let (_, old) = try await Self.ask(bench, from: march + 1_800, count: 9)
            let (_, new) = try await Self.ask(bench, from: march + 1_800, count: 9, serial: "777")
            #expect(old?.intervals.map { $0.values[0] } == [1, 2])
            #expect(new?.intervals.map { $0.values[0] } == [9])
        }
    }

    @Test func `meters that share their last ten digits are not served`() throws {
        try VirtualWorld().run { world in
            let bench = try await HeadEndBench(world)
            try await bench.apply()
            try await bench.store([half("2026-03-01T00:30:00", 1_000)], serial: "110041000016")
            try await bench.store([half("2026-03-01T00:30:00", 2_000)], meter: 2, serial: "220041000016")
            let (code, _) = try await Self.ask(bench, from: march, count: 9)
            #expect(code == .unknownMeter)
            #expect(await bench.answers.sharedNumbers == [try number(): [1, 2]])
        }
    }

    @Test func `a meter never read is known by the serial it was commissioned with`() throws {
        try VirtualWorld().run { world in
            let bench = try await HeadEndBench(world)
            try await bench.apply(meters: HeadEndBench.meters(serials: ["41000016"]))
            let answer = await bench.answers.answer(.parameters(try number()))
            let parameters = try MeterParameters(from: answer.data)
            #expect(parameters.interval == 30 && parameters.multiplier == 1 && parameters.type == 100)
            #expect(parameters.objectNumber == 7 && parameters.feederNumber == 1)
            let unknown = await bench.answers.answer(.parameters(try number("5")))
            #expect(unknown.code == .unknownMeter)
        }
    }

    @Test func `ratios come from the configuration read last, and multiply when the profile says so`() throws
    {
        try VirtualWorld().run { world in
            let bench = try await HeadEndBench(world)
            try await bench.apply(["apply_ratios": "true"])
            try await Self.store(bench)
            try await bench.store([
                Reading(
                    .configuration, at: MeterStamp(civil("2026-03-01T00:01:00")),
                    values: [MeasuredValue(.kI, mantissa: 40), MeasuredValue(.kU, mantissa: 100)])
            ])
            let parameters = try MeterParameters(
                from: await bench.answers.answer(.parameters(try number())).data)
            #expect(parameters.currentRatio == 40 && parameters.voltageRatio == 100)
            let (_, stretch) = try await Self.ask(bench, from: march + 1_800, count: 1)
            #expect(stretch?.intervals.first?.values == [4_000, -1, -1, 4_000])
        }
    }
}
