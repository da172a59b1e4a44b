// A device that fails reads and writes for a while under the archive: what the archive remembers beside the
// database must not fall apart with it.

import Archive
import Faults
import Metering
import Seams
import StorageSimulation
import Testing
import Timekeeping
import VirtualTime

@Suite("A failing device under the archive")
struct FailingDeviceTests {
    private static let zone = ZoneOffset(minutes: 180)

    private func session(_ day: Int64, scaler: Int8, at now: WallTime) -> MeterSessionRows {
        let stamp = MeterStamp(now.civil(in: Self.zone).startOfDay.adding(seconds: -86_400 * day))
        let value = MeasuredValue(.aPlus0, mantissa: 1_000 - day, scaler: scaler)
        return MeterSessionRows(
            meterID: 1, serial: "1", readAt: now, isTimeTrusted: true, zone: Self.zone,
            readings: [Reading(.dayEnergy, at: stamp, values: [value])])
    }

    @Test("rows keep their values through failed sessions of known and new shapes, and so do later ones")
    func shapes() async throws {
        let disk = SimulatedDisk(name: "failing-shapes", seed: 1)
        let wall = VirtualWallClock(clock: VirtualClock(), start: WallTime(unixSeconds: 1_773_090_420))
        let archive = try MeterArchive(path: "/data/a.sqlite", wall: wall, vfs: disk.vfsName)
        try await archive.register([RegisteredMeter(id: 1)], revision: 1)
        _ = try await archive.store(session(9, scaler: 0, at: wall.now))
        for failure in [DiskFailure.writes, [.reads, .writes], .syncs] {
            disk.failing = failure
            for (day, scaler) in [(8, 0), (7, 1)] as [(Int64, Int8)] {
                let rows = session(day, scaler: scaler, at: wall.now)
                await #expect(throws: Fault.self) { _ = try await archive.store(rows) }
            }
            disk.failing = []
        }
        _ = try await archive.store(session(7, scaler: 1, at: wall.now))
        _ = try await archive.store(session(6, scaler: 2, at: wall.now))
        func values(_ archive: MeterArchive) async throws -> [Double] {
            try await archive.rows(ArchiveQuery(.dayEnergy, meters: [1])).compactMap {
                $0.reading.values.first?.double
            }
        }
        #expect(try await values(archive) == [991, 9_930, 99_400])
        let again = try MeterArchive(path: "/data/a.sqlite", wall: wall, vfs: disk.vfsName)
        #expect(try await values(again) == [991, 9_930, 99_400])
    }

    @Test(
        "an archive whose device refuses it at the start keeps nothing, says why, and is there again later",
        arguments: [DiskFailure.writes, .reads, .syncs])
    func refusedAtTheStart(_ failure: DiskFailure) async throws {
        let disk = SimulatedDisk(name: "refused-\(failure.rawValue)", seed: 1)
        let world = VirtualWorld(start: WallTime(unixSeconds: 1_773_090_420))
        let (path, wall) = ("/data/a.sqlite", world.wall)
        do {
            let before = try MeterArchive(path: path, wall: wall, vfs: disk.vfsName)
            try await before.register([RegisteredMeter(id: 1)], revision: 1)
            _ = try await before.store(session(9, scaler: 0, at: wall.now))
        }
        // A sound file opens without a write; a new one has to be made.
        let fresh = failure == .reads ? path : "/data/b.sqlite"
        disk.failing = failure
        #expect(throws: Fault.self) { _ = try MeterArchive(path: fresh, wall: wall, vfs: disk.vfsName) }
        let archive = try MeterArchive(path: fresh, wall: wall, vfs: disk.vfsName, waitsForDevice: true)
        #expect(await archive.isAway)
        #expect(await archive.trouble?.since == wall.now)
        let later = session(8, scaler: 0, at: wall.now)
        await #expect(throws: Fault.self) { _ = try await archive.store(later) }
        await #expect(throws: Fault.self) {
            try await archive.register([RegisteredMeter(id: 1)], revision: 1)
        }
        #expect(try await archive.rows(ArchiveQuery(.dayEnergy)).isEmpty)
        #expect(try await !archive.openAgain())
        disk.failing = []
        #expect(try await archive.openAgain())
        #expect(await !archive.isAway)
        #expect(await archive.trouble == nil)
        try await archive.register([RegisteredMeter(id: 1)], revision: 1)
        _ = try await archive.store(later)
        #expect(try await archive.rows(ArchiveQuery(.dayEnergy)).count == (fresh == path ? 2 : 1))
    }
}
