// The archive's figures of speed: CPU per stored row and per row read, against the C twin on the same schema,
// in alternating rounds so that both see the same machine. Prints one JSON object a line, as tools/bench
// collects them.

import Archive
import CArchiveTwin
import Glibc
import JSONText
import Metering
import Seams
import Timekeeping

/// Wall time of a bench: trusted and standing still.
struct FixedWall: WallClock {
    let now: WallTime
    var isTrusted: Bool { true }
}

/// Why a bench could not be run.
struct BenchFailure: Error, CustomStringConvertible {
    let description: String
}

/// CPU time of this process, user and system, in nanoseconds.
func processorNanoseconds() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
}

/// Measures the archive beside its twin in a scratch directory.
struct ArchiveBenchmarks {
    static let zone = ZoneOffset(minutes: 180)
    let directory: String

    /// 48-row sessions of eight meters with pruning at work.
    func ingest() async throws {
        let (rounds, sessionsARound, meters) = (20, 40, 8)
        let depthDays = 4
        let archive = try await open(
            "swift.sqlite", RetentionDepths([.powerProfile: .days(depthDays)]), meters)
        _ = try await open("c.sqlite", RetentionDepths(), meters)
        guard let twin = twin_open(directory + "/c.sqlite") else {
            throw BenchFailure(description: "the twin cannot open \(directory)/c.sqlite")
        }
        defer { twin_close(twin) }
        var (swift, plain): (Int64, Int64) = (0, 0)
        for round in 0..<rounds {
            let sessions = (0..<sessionsARound).map { index -> Session in
                let number = round * sessionsARound + index
                return Session(meter: number % meters + 1, day: number / meters)
            }
            let prepared = sessions.map { ($0.rows(), $0.twinRows()) }
            var start = processorNanoseconds()
            for (rows, _) in prepared { _ = try await archive.store(rows) }
            let elapsed = processorNanoseconds() - start
            start = processorNanoseconds()
            for (session, (_, rows)) in zip(sessions, prepared) {
                let series = Int64(session.meter) * 64 + 5
                guard twin_store(twin, series, rows, Int32(rows.count), Int64(depthDays) * 2_880) == 0 else {
                    throw BenchFailure(description: "the twin cannot store")
                }
            }
            // The first rounds warm caches and grow the files.
            if round >= 4 {
                swift += elapsed
                plain += processorNanoseconds() - start
            }
        }
        let rows = Double((rounds - 4) * sessionsARound * 48)
        report(
            "archive-ingest", Double(swift) / Double(plain), target: 1.5,
            detail: "\(microseconds(Double(swift) / rows)) us CPU a row, plain C "
                + "\(microseconds(Double(plain) / rows)) us")
    }

    /// A leap year of half-hours of one meter to `Reading` values.
    func queryYear() async throws {
        let count = 17_568
        let archive = try await open("year.sqlite", RetentionDepths([.powerProfile: .days(400)]), 1)
        for day in 0..<count / 48 { _ = try await archive.store(Session(meter: 1, day: day).rows()) }
        guard let twin = twin_open(directory + "/year.sqlite") else {
            throw BenchFailure(description: "the twin cannot open \(directory)/year.sqlite")
        }
        defer { twin_close(twin) }
        var (swift, plain): ([Int64], [Int64]) = ([], [])
        for _ in 0..<21 {
            var start = processorNanoseconds()
            let rows = try await archive.rows(ArchiveQuery(.powerProfile, meters: [1]))
            swift.append(processorNanoseconds() - start)
            guard rows.count == count else { throw BenchFailure(description: "\(rows.count) rows") }
            start = processorNanoseconds()
            var found: UnsafeMutablePointer<twin_row>?
            let read = twin_read(twin, 64 + 5, &found)
            plain.append(processorNanoseconds() - start)
            free(found)
            guard read == count else { throw BenchFailure(description: "\(read) rows of the twin") }
        }
        let (median, twinMedian) = (swift.sorted()[10], plain.sorted()[10])
        report(
            "archive-query-year", Double(median) / Double(twinMedian), target: 2,
            detail: "\(microseconds(Double(median))) us for \(count) rows, plain C "
                + "\(microseconds(Double(twinMedian))) us")
    }

    func open(_ name: String, _ depths: RetentionDepths, _ meters: Int) async throws -> MeterArchive {
        let wall = FixedWall(now: Session.end)
        let archive = try MeterArchive(path: directory + "/" + name, depths: depths, wall: wall)
        try await archive.register((1...meters).map { RegisteredMeter(id: $0) }, revision: 1)
        return archive
    }

    private func microseconds(_ nanoseconds: Double) -> String {
        DecimalText.text(mantissa: Int64(nanoseconds / 10), scaler: -2)
    }

    func report(_ name: String, _ value: Double, unit: String = "ratio", target: Double, detail: String) {
        var writer = JSONWriter()
        writer.beginObject()
        writer.key("name")
        writer.string(name)
        writer.key("value")
        writer.decimal(mantissa: Int64((value * 1_000).rounded()), scaler: -3)
        writer.key("unit")
        writer.string(unit)
        writer.key("target")
        writer.number(target)
        writer.key("met")
        writer.boolean(value <= target)
        writer.key("detail")
        writer.string(detail)
        writer.endObject()
        print(String(decoding: writer.octets, as: UTF8.self))
    }
}

/// One day of half-hours of one meter.
struct Session {
    let meter: Int
    let day: Int

    /// 2025-01-01, where day 0 begins.
    static let begin = CivilStamp(seconds: 9_132 * 86_400)
    /// Late enough for every day of every bench.
    static let end = WallTime(civil: begin.adding(seconds: 400 * 86_400), offset: ArchiveBenchmarks.zone)

    private var stamps: [CivilStamp] {
        (1...48).map { Session.begin.adding(seconds: Int64(day) * 86_400 + Int64($0) * 1_800) }
    }

    private func mantissa(_ index: Int, _ column: Int) -> Int64 { Int64(index * 37 + column * 11 + day) }

    /// As Polling would store it.
    func rows() -> MeterSessionRows {
        let tags: [Tag] = [.pPlus, .pMinus, .qPlus, .qMinus]
        let readings = stamps.enumerated().map { index, stamp in
            Reading(
                .powerProfile, at: MeterStamp(stamp), clockDifferenceSeconds: 1, intervalMinutes: 30,
                values: tags.enumerated().map { column, tag in
                    MeasuredValue(tag, mantissa: mantissa(index, column), scaler: 0, form: .increment)
                })
        }
        return MeterSessionRows(
            meterID: meter, serial: "\(1_000 + meter)", readAt: Session.end, isTimeTrusted: true,
            zone: ArchiveBenchmarks.zone, clockDifferenceSeconds: 1, readings: readings)
    }

    /// The same for the twin.
    func twinRows() -> [twin_row] {
        stamps.enumerated().map { index, stamp in
            var row = twin_row()
            (row.series, row.slot, row.shape, row.mark) = (
                Int64(meter) * 64 + 5, stamp.minutes * 2 + 1, 1, 1
            )
            row.values = (mantissa(index, 0), mantissa(index, 1), mantissa(index, 2), mantissa(index, 3))
            row.present = 0b1111
            return row
        }
    }
}
