// Shared by the suites of this target: an archive with two meters, and a head-end that asks of it.

import Archive
import Foundation
import HeadEnd
import Logging
import Metering
import RTU327
import Seams
import Testing
import Timekeeping
import VirtualTime

/// Meters' clocks and the device's are three hours ahead of UTC.
let zone = ZoneOffset(minutes: 180)

/// 2026-03-01 00:00:00 of the meters, seconds of Unix time.
let march: UInt32 = 1_772_312_400

func civil(_ text: String) -> CivilStamp {
    guard let time = WallTime(iso8601: text, local: .utc) else { fatalError("\(text) is no time") }
    return time.civil(in: .utc)
}

/// Sets a clock that is not there; notes by how much.
actor ShiftedClock: ClockShifting {
    private(set) var shifts: [Int] = []
    private nonisolated let clock: any MonotonicClock
    init(_ clock: any MonotonicClock) { self.clock = clock }
    nonisolated var unownedExecutor: UnownedSerialExecutor { clock.executor }

    func shift(seconds: Int) -> Bool {
        shifts.append(seconds)
        return seconds != 13
    }
}

/// A directory that goes away with the test, an archive in it, and answers from that.
final class HeadEndBench: Sendable {
    let directory: URL
    let archive: MeterArchive
    let answers: HeadEndAnswers
    let shifted: ShiftedClock
    let world: VirtualWorld
    let wall: VirtualWallClock

    init(_ world: VirtualWorld, meters: Int = 2) async throws {
        directory = FileManager.default.temporaryDirectory.appending(path: "head-end-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        self.world = world
        wall = VirtualWallClock(
            clock: world.clock, start: WallTime(civil: civil("2026-03-02T00:05:00"), offset: zone))
        archive = try MeterArchive(path: directory.appending(path: "archive.sqlite").path, wall: wall)
        try await archive.register((1...meters).map { RegisteredMeter(id: $0) }, revision: 1)
        shifted = ShiftedClock(world.clock)
        answers = HeadEndAnswers(archive: archive, clock: world.clock, wall: wall, shifting: shifted)
    }

    deinit { try? FileManager.default.removeItem(at: directory) }

    /// Meters as configuration would have them.
    static func meters(_ count: Int = 2, serials: [String] = []) -> [HeadEndMeter] {
        (1...count).map { id in
            HeadEndMeter(
                id: id, serial: id <= serials.count ? serials[id - 1] : "", zone: zone, objectType: 1,
                objectNumber: 7, feederNumber: Int32(id))
        }
    }

    func apply(
        _ overrides: [String: String] = [:], passwords: [[UInt8]] = [], meters: [HeadEndMeter] = meters()
    ) async throws {
        let profile = try QuirkProfile.make(overrides).get()
        await answers.apply(HeadEndSettings(meters: meters, passwords: passwords, profile: profile))
    }

    /// Stores what a visit of a meter brought.
    func store(_ readings: [Reading], meter: Int = 1, serial: String = "41000016") async throws {
        _ = try await archive.store(
            MeterSessionRows(
                meterID: meter, serial: serial, readAt: wall.now, isTimeTrusted: true, zone: zone,
                clockDifferenceSeconds: 0, readings: readings))
    }
}

func number(_ serial: String = "41000016") throws -> MeterNumber { try #require(MeterNumber(serial: serial)) }

/// A half-hour: Wh that passed, in four channels.
func half(_ stamp: String, _ energy: Int64, season: Bool = false) -> Reading {
    Reading(
        .powerProfile, at: MeterStamp(civil(stamp), isSeason: season), intervalMinutes: 30,
        values: [
            MeasuredValue(.pPlus, mantissa: energy, form: .increment),
            MeasuredValue(.qPlus, mantissa: energy, scaler: 1, form: .demand),
        ])
}

/// Registers of A+ and R-: the sum and two tariffs, Wh and varh.
func registers(_ measure: Measure, _ stamp: String, _ energy: Int64) -> Reading {
    Reading(
        measure, at: MeterStamp(civil(stamp)),
        values: [
            MeasuredValue(.aPlus0, mantissa: energy), MeasuredValue(.aPlus1, mantissa: energy - 100),
            MeasuredValue(.aPlus2, mantissa: 100), MeasuredValue(.rMinus0, mantissa: 5, scaler: 2),
        ])
}
