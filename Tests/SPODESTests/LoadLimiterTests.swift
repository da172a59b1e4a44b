import DLMS
import Metering
import Testing
import Timekeeping

@testable import SPODES

@Suite struct LoadLimiterTests {
    /// A meter of one kilowatt with a limit in watts, over for so many seconds.
    private static func limited(to watts: UInt32, after seconds: UInt32 = 60, mode: UInt8 = 4) throws
        -> SPODESDirectory
    {
        var directory = SPODESDirectoryTests.directory()
        directory.meter.supply.mode = mode
        try write(&directory, 4, .doubleLongUnsigned(watts * 10))
        try write(&directory, 6, .doubleLongUnsigned(seconds))
        return directory
    }

    private static func write(_ directory: inout SPODESDirectory, _ index: Int8, _ value: DataValue) throws {
        var limiter = try #require(directory.object(Limiter.power.key))
        #expect(limiter.setAttribute(index, to: value) == .success)
        #expect(directory.store(limiter, after: .attribute(index)) == .success)
    }

    private static func codes(_ directory: SPODESDirectory, _ number: UInt8) -> [UInt8] {
        MeterJournal(number: number).events(of: directory.meter, until: Self.horizon).map(\.code)
    }

    private static let now = SPODESDirectoryTests.now.seconds * 1_000
    private static let horizon = now + 10 * 86_400_000

    @Test func `power above the limit for the set time opens the relay`() throws {
        var directory = try Self.limited(to: 900)
        #expect(Self.codes(directory, 3).suffix(2) == [19, 20])
        directory.meter.prepare(at: Self.now + 50_000)
        #expect(directory.meter.supply.isOn)
        directory.meter.prepare(at: Self.now + 3_600_000)
        #expect(directory.meter.supply.control == .ready)
        let event = try #require(directory.meter.newestEvent(of: 2, at: Self.horizon))
        #expect(event.code == 8 && event.instant == Self.now + 70_000)
        #expect(directory.meter.diary.word.contains(.powerLimit))
        // Nothing has been counted since.
        let registers = directory.meter.supply.registers(
            at: Self.now + 3_600_000, of: directory.meter.element)
        let then = directory.meter.supply.registers(at: event.instant, of: directory.meter.element)
        #expect(registers.total == then.total)
    }

    @Test func `what happens does not depend on when the meter is asked`() throws {
        var (often, once) = (try Self.limited(to: 900, mode: 6), try Self.limited(to: 900, mode: 6))
        for minute in Int64(1)...120 { often.meter.prepare(at: Self.now + minute * 60_000 + minute * 37) }
        once.meter.prepare(at: Self.now + 120 * 60_000 + 120 * 37)
        #expect(Self.codes(often, 2) == Self.codes(once, 2))
        #expect(often.meter.supply == once.meter.supply)
        #expect(Self.codes(once, 2).contains(20), "in mode 6 the limiter closes what it has opened")
    }

    @Test(arguments: [UInt32(1_001), UInt32.max / 10])
    func `power below the limit leaves the relay alone`(limit: UInt32) throws {
        var directory = try Self.limited(to: limit)
        directory.meter.prepare(at: Self.now + 86_400_000)
        #expect(directory.meter.supply.isOn)
    }

    @Test func `mode 0 never opens, and a dark meter measures nothing`() throws {
        var directory = try Self.limited(to: 900, mode: 0)
        directory.meter.prepare(at: Self.now + 3_600_000)
        #expect(directory.meter.supply.isOn)
        directory = try Self.limited(to: 900)
        directory.meter.mains(isPresent: false, at: Self.now + 5_000)
        directory.meter.prepare(at: Self.now + 3_600_000)
        #expect(directory.meter.supply.isOn)
        #expect(!Self.codes(directory, 2).contains(8))
    }

    @Test func `the relay follows the table of modes`() {
        // mode: after remote off, remote on, and two presses of the button
        let table: [(UInt8, [SupplyState.Control])] = [
            (0, [.connected, .connected, .connected, .connected]),
            (1, [.disconnected, .ready, .connected, .ready]),
            (2, [.disconnected, .connected, .ready, .connected]),
            (3, [.disconnected, .ready, .connected, .connected]),
            (4, [.disconnected, .connected, .connected, .connected]),
            (5, [.disconnected, .ready, .connected, .ready]),
            (6, [.disconnected, .ready, .connected, .connected]),
        ]
        for (mode, states) in table {
            var supply = SupplyState()
            supply.mode = mode
            var seen: [SupplyState.Control] = []
            supply.disconnect(at: 1)
            seen.append(supply.control)
            supply.reconnect(at: 2)
            seen.append(supply.control)
            for press in 3...4 {
                _ = supply.pressButton(at: Int64(press))
                seen.append(supply.control)
            }
            #expect(seen == states, "mode \(mode)")
            #expect(supply.disconnectLocally(at: 5) == (mode != 0 && states[3] == .connected))
            supply.reconnect(at: 6)
            #expect(supply.control == (mode == 0 ? .connected : .ready), "what a limiter opened waits")
            #expect(supply.reconnectLocally(at: 7) == (mode >= 5))
        }
    }
}
