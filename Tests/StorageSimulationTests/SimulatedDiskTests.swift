// The simulated disk against SQLite itself: commits survive every cut, and the disk really loses what was
// not synced.

import Storage
import StorageSimulation
import Testing
import VirtualTime

@Suite("A simulated disk")
struct SimulatedDiskTests {
    private func open(_ disk: SimulatedDisk) throws -> Connection {
        try Connection(path: "/data/a.sqlite", options: .init(vfs: disk.vfsName, checkpointPages: 20))
    }

    /// Inserts numbers until the disk fails; returns the last one whose commit returned.
    private func fill(_ disk: SimulatedDisk, upTo last: Int) -> Int {
        guard let connection = try? open(disk) else { return -1 }
        do {
            try connection.execute("CREATE TABLE IF NOT EXISTS n (value INTEGER PRIMARY KEY, text TEXT)")
        } catch { return -1 }
        let first =
            (try? connection.integer("SELECT max(value) FROM n")).flatMap { $0 }.map { Int($0) + 1 } ?? 0
        var acknowledged = first - 1
        for value in first..<max(first, last) {
            do {
                try connection.transaction { () throws(StorageError) in
                    try connection.execute(
                        "INSERT INTO n VALUES (\(value), '\(String(repeating: "x", count: 700))')")
                }
            } catch { return acknowledged }
            acknowledged = value
        }
        return acknowledged
    }

    private func found(_ disk: SimulatedDisk) throws -> [Int64] {
        let connection = try open(disk)
        #expect(try connection.complaints(thorough: true) == [])
        let query = try connection.statement("SELECT value FROM n ORDER BY value")
        var values: [Int64] = []
        while try query.step() { values.append(query.integer(0)) }
        return values
    }

    @Test("every commit that returned survives a cut at every sync and write", arguments: PowerCut.allCases)
    func everyCut(_ cut: PowerCut) throws {
        let whole = SimulatedDisk(name: "whole-\(cut)", seed: 1)
        #expect(fill(whole, upTo: 40) == 39)
        let points =
            (1...whole.counters.syncs).map(CutPoint.sync) + (1...whole.counters.writes).map(CutPoint.write)
        var lostSome = false
        for (index, point) in points.enumerated() where cut == .tearUnsynced || index % 4 == 0 {
            let disk = SimulatedDisk(name: "cut-\(cut)-\(index)", seed: UInt64(index))
            disk.cutPower(at: point, leaving: cut)
            let acknowledged = fill(disk, upTo: 40)
            #expect(!disk.isPowered)
            disk.powerOn()
            // The second life goes on where the first ended.
            let second = fill(disk, upTo: 40)
            #expect(second == 39)
            let values = try found(disk)
            #expect(values == Array(0..<40), "\(point), acknowledged \(acknowledged)")
            if acknowledged < 39 { lostSome = true }
        }
        #expect(lostSome)
    }

    @Test("what no sync made durable is lost, torn or kept as asked")
    func fates() throws {
        func value(after cut: PowerCut, syncing: Bool) throws -> Int64? {
            let disk = SimulatedDisk(name: "fate-\(cut)-\(syncing)", seed: 3)
            let connection = try open(disk)
            if !syncing { try connection.execute("PRAGMA synchronous = OFF") }
            try connection.execute("CREATE TABLE n (value INTEGER PRIMARY KEY)")
            try connection.execute("INSERT INTO n VALUES (7)")
            disk.cutPower(leaving: cut)
            disk.powerOn()
            let again = try open(disk)
            guard try again.integer("SELECT count(*) FROM sqlite_schema") == 1 else { return nil }
            return try again.integer("SELECT value FROM n")
        }
        #expect(try value(after: .loseUnsynced, syncing: true) == 7)
        #expect(try value(after: .loseUnsynced, syncing: false) == nil)
        #expect(try value(after: .keepEverything, syncing: false) == 7)
    }

    @Test("two disks of one name hold different files")
    func namesakes() throws {
        let (left, right) = (SimulatedDisk(name: "same", seed: 1), SimulatedDisk(name: "same", seed: 1))
        #expect(fill(left, upTo: 5) == 4)
        #expect(fill(right, upTo: 3) == 2)
        #expect(try found(left).count == 5)
        #expect(try found(right).count == 3)
    }

    @Test("a full disk refuses the write and keeps what it has; room brings it back")
    func full() throws {
        let disk = SimulatedDisk(name: "full", seed: 1)
        _ = fill(disk, upTo: 10)
        disk.capacity = disk.octetsHeld + 30_000
        let last = fill(disk, upTo: 1_000)
        #expect(last >= 10 && last < 999)
        disk.capacity = nil
        #expect(try found(disk) == (0...last).map(Int64.init))
        #expect(fill(disk, upTo: last + 20) == last + 19)
    }

    @Test(
        "a failing device fails the operation and heals",
        arguments: [DiskFailure.writes, .syncs, [.reads, .writes]])
    func failing(_ failure: DiskFailure) throws {
        let disk = SimulatedDisk(name: "failing-\(failure.rawValue)", seed: 1)
        let connection = try open(disk)
        try connection.execute("CREATE TABLE n (value INTEGER PRIMARY KEY)")
        disk.failing = failure
        #expect(throws: StorageError.self) { try connection.execute("INSERT INTO n VALUES (1)") }
        disk.failing = []
        try connection.execute("INSERT OR IGNORE INTO n VALUES (1)")
        #expect(try connection.integer("SELECT count(*) FROM n") == 1)
    }

    @Test("the same seed tears the same way, another one differently")
    func deterministic() throws {
        // SQLite salts each WAL from its own generator, so what is compared is what a reader finds.
        func image(_ seed: UInt64, _ write: Int) throws -> [Int] {
            let disk = SimulatedDisk(name: "same-\(seed)-\(write)", seed: seed)
            disk.cutPower(at: .write(write), leaving: .tearUnsynced)
            _ = fill(disk, upTo: 60)
            let sizes = disk.names.map { disk.contents($0)?.count ?? 0 }
            disk.powerOn()
            return sizes + [try found(disk).count]
        }
        let first = try (40..<60).map { try image(9, $0) }
        #expect(try (40..<60).map { try image(9, $0) } == first)
        #expect(try (40..<60).map { try image(10, $0) } != first)
    }
}
