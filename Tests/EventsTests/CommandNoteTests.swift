// Commands of persons in the journal of the event system: durable at once, numbered with the firings, and
// told again with their end.

import Archive
import Configuration
import Events
import Faults
import Logging
import Testing
import Timekeeping
import VirtualTime

/// Has nothing to do.
private struct NoActions: EventActions {
    func perform(_ action: EventAction, planned: CivilStamp) async throws -> (good: Int, total: Int) {
        (1, 1)
    }
    func isOverdue(_ action: EventAction, planned: CivilStamp) async -> Bool { false }
}

@Suite struct CommandNoteTests {
    private static func entry(_ number: Int, _ result: FiringEntry.Result, _ end: Fault) -> FiringEntry {
        let time = WallTime(unixSeconds: 1_772_316_000)
        return FiringEntry(
            number: number, planned: CivilStamp(seconds: 825_300_000), rule: 0, event: ("User", 0),
            action: ("SetRelay", 7), began: time, ended: time, result: result, fault: end)
    }

    @Test func aCommandIsInTheArchiveBeforeItsEndAndItsEndTakesItsPlace() throws {
        try EventEngineTests.world().run { world in
            let archive = try MeterArchive(path: ":memory:", wall: world.wall)
            let engine = EventEngine(
                actions: NoActions(), archive: archive, clock: world.clock, wall: world.wall, logger: .silent)
            let first = await engine.note { Self.entry($0, .failed, Fault(.relayUnknown, ["user": "admin"])) }
            let kept = try await archive.firings(before: nil, limit: 9)
            #expect(kept.map(\.number) == [first] && kept.first?.fault?.code == .relayUnknown)
            _ = await engine.note { _ in Self.entry(first, .done, Fault(.relaySwitched, ["user": "admin"])) }
            let second = await engine.note { Self.entry($0, .failed, Fault(.meterSilent)) }
            #expect(second > first)
            let listed = try await engine.firings(before: nil, limit: 9)
            #expect(listed.map(\.number) == [second, first])
            #expect(listed.last?.result == .done)
            #expect(listed.last?.fault == Fault(.relaySwitched, ["user": "admin"]))
        }
    }
}
