// Shared by the suites of this target: an archive in a temporary directory, and readings made in one line.

import Archive
import Glibc
import Logging
import Metering
import Seams
import Storage
import Testing
import Timekeeping
import VirtualTime

/// 2026-03-01 00:00:00 at +03:00 and civil arithmetic around it.
let zone = ZoneOffset(minutes: 180)

func civil(_ text: String) -> CivilStamp {
    guard let time = WallTime(iso8601: text, local: .utc) else { fatalError("\(text) is no time") }
    return time.civil(in: .utc)
}

/// A directory that goes away with the test, and archives in it.
final class ArchiveBench {
    let directory: String
    let wall: VirtualWallClock
    let clock = VirtualClock()

    init(now: String = "2026-03-01T00:05:00") {
        var template = Array("/tmp/gateway-archive-XXXXXX".utf8CString)
        directory = template.withUnsafeMutableBufferPointer { String(cString: mkdtemp($0.baseAddress!)) }
        wall = VirtualWallClock(clock: clock, start: WallTime(civil: civil(now), offset: zone))
    }

    deinit {
        if let listing = opendir(directory) {
            while let entry = readdir(listing) {
                let name = withUnsafePointer(to: &entry.pointee.d_name) {
                    $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
                }
                unlink(directory + "/" + name)
            }
            closedir(listing)
        }
        rmdir(directory)
    }

    var path: String { directory + "/archive.sqlite" }

    func open(_ depths: RetentionDepths = RetentionDepths()) throws -> MeterArchive {
        try MeterArchive(path: path, depths: depths, wall: wall)
    }

    /// An archive that knows meters 1…count.
    func open(meters count: Int, _ depths: RetentionDepths = RetentionDepths()) async throws -> MeterArchive {
        let archive = try open(depths)
        try await archive.register((1...count).map { RegisteredMeter(id: $0) }, revision: 1)
        return archive
    }

    /// The archive as the stock shell sees it.
    func shell() throws -> Connection { try Connection(path: path) }
}

/// A half-hour of increments.
func half(_ stamp: String, _ plus: Int64, form: ValueForm = .increment, interval: UInt8 = 30) -> Reading {
    Reading(
        .powerProfile, at: MeterStamp(civil(stamp)), intervalMinutes: interval,
        values: [MeasuredValue(.pPlus, mantissa: plus, scaler: 0, form: form)])
}

/// Registers at the start of a day.
func day(_ stamp: String, _ plus: Int64) -> Reading {
    Reading(.dayEnergy, at: MeterStamp(civil(stamp)), values: [MeasuredValue(.aPlus0, mantissa: plus)])
}

func month(_ stamp: String, _ plus: Int64) -> Reading {
    Reading(.monthEnergy, at: MeterStamp(civil(stamp)), values: [MeasuredValue(.aPlus0, mantissa: plus)])
}

/// A session of meter 1 read at `at` of the device's zone.
func session(
    _ readings: [Reading], at: String = "2026-03-01T00:05:00", meter: Int = 1, serial: String? = "100",
    trusted: Bool = true, difference: Int32? = 0, answers: [AnsweredWindow] = [],
    outcomes: [ItemOutcome] = []
) -> MeterSessionRows {
    MeterSessionRows(
        meterID: meter, serial: serial, readAt: WallTime(civil: civil(at), offset: zone),
        isTimeTrusted: trusted, zone: zone, clockDifferenceSeconds: difference, readings: readings,
        answers: answers, outcomes: outcomes)
}

extension ArchivedRow {
    /// Mantissa of P+ or A+0.
    var main: Int64? { (reading[.pPlus] ?? reading[.aPlus0])?.mantissa }
    var isPart: Bool { reading[.isPart]?.mantissa == 1 }
}

/// Files beside the tests.
enum FixtureFile {
    static func text(_ path: String) -> String? {
        guard let file = fopen(path, "r") else { return nil }
        defer { fclose(file) }
        var octets: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 65_536)
        while case let count = fread(&piece, 1, piece.count, file), count > 0 {
            octets += piece.prefix(count)
        }
        return String(decoding: octets, as: UTF8.self)
    }
}
