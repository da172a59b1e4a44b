// GETPOK, GETAUTOREAD, GETTESTS, GETMTRLOG, times, and what is refused.

import Archive
import HeadEnd
import Metering
import Octets
import RTU327
import Testing
import Timekeeping
import VirtualTime

@Suite struct RegisterAnswersTests {
    private static func doubles(_ data: [UInt8]) throws -> [Double] {
        var reader = OctetReader(data)
        var values: [Double] = []
        while !reader.isAtEnd { values.append(Double(bitPattern: try reader.little(UInt64.self))) }
        return values
    }

    private static func filled(_ world: VirtualWorld, _ overrides: [String: String] = [:]) async throws
        -> HeadEndBench
    {
        let bench = try await HeadEndBench(world)
        try await bench.apply(overrides)
        try await bench.store([
            registers(.monthEnergy, "2026-03-01T00:00:00", 1_000_000),
            registers(.dayEnergy, "2026-03-01T00:00:00", 1_000_000),
            registers(.dayEnergy, "2026-02-28T00:00:00", 900_000),
            registers(.momentEnergy, "2026-03-01T00:04:00", 1_000_500),
        ])
        return bench
    }

    @Test(
        arguments: [
            (march, 1_000.0), (march + 240, 1_000.5), (march + 300, 1_000.5), (march - 86_400, 900.0),
            (march - 86_400 + 1_799, 900.0),
        ] as [(UInt32, Double)])
    func `registers of the very moment, or of the newest before it within half an hour`(
        time: UInt32, energy: Double
    ) throws {
        try VirtualWorld().run { world in
            let bench = try await Self.filled(world)
            let answer = await bench.answers.answer(.registers(try number(), .all, at: time))
            #expect(try Self.doubles(answer.data) == [energy, -1, -1, 0.5])
        }
    }

    @Test func `not of an older one, nor of any other when the profile wants the very moment`() throws {
        try VirtualWorld().run { world in
            let bench = try await Self.filled(world)
            let late = Request.registers(try number(), .all, at: march - 86_400 + 1_801)
            #expect(await bench.answers.answer(late).code == .noDataForInterval)
            try await bench.apply(["pok_lookup": "exact"])
            let near = Request.registers(try number(), .all, at: march + 241)
            #expect(await bench.answers.answer(near).code == .noDataForInterval)
            let exact = Request.registers(try number(), ChannelMask(rawValue: 1), at: march + 240)
            #expect(try Self.doubles(await bench.answers.answer(exact).data) == [1_000.5])
        }
    }

    @Test func `readings by tariffs come oldest first, each moment once`() throws {
        try VirtualWorld().run { world in
            let bench = try await Self.filled(world)
            let answer = await bench.answers.answer(
                .readings(try number(), from: march - 86_400, channel: .activeImport, count: 5))
            #expect(answer.data.count == 2 * TariffReading.length)
            var reader = OctetReader(answer.data)
            let (first, second) = (try TariffReading(from: &reader), try TariffReading(from: &reader))
            #expect(first.time == march - 86_400 && second.time == march)
            #expect(second.registers == [999.9, 0.1, -1, -1] && second.total == 1_000)
            #expect(second.number == "0041000016")
        }
    }

    @Test func `the profile turns total, digits and beginning of readings`() throws {
        try VirtualWorld().run { world in
            let bench = try await Self.filled(
                world,
                ["autoread_total": "minus1", "autoread_nsh_reversed": "true", "autoread_tday": "exclusive"])
            let answer = await bench.answers.answer(
                .readings(try number(), from: march - 86_400, channel: .activeImport, count: 5))
            var reader = OctetReader(answer.data)
            let reading = try TariffReading(from: &reader)
            #expect(reader.isAtEnd && reading.time == march && reading.total == -1)
            #expect(reading.number == "6100001400")
        }
    }

    @Test func `samples of the network in kW, A, V, Hz`() throws {
        try VirtualWorld().run { world in
            let bench = try await HeadEndBench(world)
            try await bench.apply()
            try await bench.store([
                Reading(
                    .momentQuality, at: MeterStamp(civil("2026-03-01T00:04:00")),
                    values: [
                        MeasuredValue(.uA, mantissa: 2_314, scaler: -1), MeasuredValue(.pA, mantissa: 1_250),
                        MeasuredValue(.freq, mantissa: 4_998, scaler: -2),
                        MeasuredValue(.angAB, mantissa: 120),
                    ])
            ])
            let answer = await bench.answers.answer(.network(try number(), from: march, count: 48))
            let samples = try NetworkSamples(from: answer.data)
            #expect(samples.mask == .usual && samples.elements == 2)
            #expect(samples.samples.map(\.time) == [march + 240])
            let values = Dictionary(
                uniqueKeysWithValues: zip(samples.mask.quantities, try #require(samples.samples.first).values)
            )
            #expect(values[.activePowerA] == 1.25 && values[.frequency] == 49.98)
            #expect(values[.voltageA] == 231.4 && values[.angleAB] == 120 && values[.currentC] == -1)
        }
    }

    @Test func `requests without a meter need none`() throws {
        try VirtualWorld().run { world in
            let bench = try await HeadEndBench(world)
            try await bench.apply()
            #expect(await bench.answers.answer(.version).data == Array("020102".utf8))
            var reader = OctetReader(await bench.answers.answer(.time).data)
            #expect(try reader.little(UInt32.self) == march + 86_700)
        }
    }

    @Test func `the clock is set only behind a password and within the limit`() throws {
        try VirtualWorld().run { world in
            let bench = try await HeadEndBench(world)
            try await bench.apply()
            #expect(await bench.answers.answer(.shiftTime(seconds: 5)).code == .noRights)
            try await bench.apply(passwords: [[0, 0, 0, 0]])
            #expect(await bench.answers.answer(.shiftTime(seconds: 5)).code == .noRights)
            try await bench.apply(passwords: [[1, 2, 3, 4]])
            #expect(await bench.answers.answer(.shiftTime(seconds: -30)).code == .good)
            #expect(await bench.answers.answer(.shiftTime(seconds: 61)).code == .badParameters)
            try await bench.apply(["settime_limit_s": "20"], passwords: [[1, 2, 3, 4]])
            #expect(await bench.answers.answer(.shiftTime(seconds: 21)).code == .badParameters)
            #expect(await bench.answers.answer(.shiftTime(seconds: 13)).code == .serverError)
            #expect(await bench.shifted.shifts == [-30, 13])
        }
    }
}
