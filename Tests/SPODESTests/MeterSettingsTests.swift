import DLMS
import Metering
import Testing
import Timekeeping

@testable import SPODES

@Suite struct MeterSettingsTests {
    private static func read(_ directory: SPODESDirectory, _ classID: UInt16, _ code: OBISCode, _ index: Int8)
        throws -> DataValue
    {
        try SPODESDirectoryTests.read(directory, classID, code, index)
    }

    private static let calendar = OBISCode(0, 0, 13, 0, 0)

    @Test func `every written setting is kept, noted in journal 3, and gone with the meter`() throws {
        var directory = SPODESDirectoryTests.directory()
        for entry in SPODESDirectory.settings(of: directory.meter.personality) {
            for (index, code) in entry.writable {
                var object = try #require(directory.object(entry.key))
                let value = entry.object(in: directory).values[Int(index) - 2]
                #expect(object.setAttribute(index, to: value) == .success)
                #expect(directory.store(object, after: .attribute(index)) == .success)
                #expect(directory.meter.newestEvent(of: 3, at: directory.instant)?.code == code)
            }
        }
        #expect(!directory.meter.written.isEmpty)
        directory.meter.happen(.replaced, at: directory.instant)
        #expect(directory.meter.written.isEmpty && directory.meter.limits.isEmpty)
    }

    @Test func `only the configurator may write, and nothing else than the table says`() throws {
        var directory = SPODESDirectoryTests.directory()
        for entry in SPODESDirectory.settings(of: directory.meter.personality) {
            let reader = try #require(directory.element(entry.key, for: .reader)).rights
            #expect(!reader.attributes.values.contains(.readAndWrite) && reader.methods.isEmpty)
            let configurator = try #require(directory.element(entry.key, for: .configurator)).rights
            #expect(
                Set(configurator.attributes.filter { $0.value == .readAndWrite }.keys)
                    == Set(entry.writable.keys))
            for index in 2...entry.attributeCount where entry.writable[index] == nil {
                let object = entry.object(in: directory)
                #expect(directory.store(object, after: .attribute(index)) == .readWriteDenied)
            }
        }
    }

    @Test func `the calendar delivered has the tariffs of the model, hour by hour`() throws {
        let directory = SPODESDirectoryTests.directory { $0.tariffs = "222222211133333331111442" }
        let days = try #require(try Self.read(directory, 20, Self.calendar, 5).elements)
        let actions = try #require(days.first?.elements?.last?.elements)
        let changes = actions.compactMap { action -> [Int64]? in
            guard let parts = action.elements, case .octetString(let time) = parts[0] else { return nil }
            return [Int64(time[0]), parts[2].wholeNumber ?? 0]
        }
        #expect(changes == [[0, 2], [7, 1], [10, 3], [17, 1], [21, 4], [23, 2]])
    }

    @Test func `activation puts the passive calendar in force`() throws {
        var directory = SPODESDirectoryTests.directory()
        let key = SPODESDirectoryTests.key(20, Self.calendar)
        var calendar = try #require(directory.object(key))
        #expect(calendar.setAttribute(6, to: .octetString([0x32])) == .success)
        #expect(directory.store(calendar, after: .attribute(6)) == .success)
        #expect(try Self.read(directory, 20, Self.calendar, 2) == .octetString([0x31]))
        calendar = try #require(directory.object(key))
        #expect(calendar.invoke(1, with: .integer(0)).result == .success)
        #expect(directory.store(calendar, after: .method(1)) == .success)
        #expect(try Self.read(directory, 20, Self.calendar, 2) == .octetString([0x32]))
    }

    @Test func `the relay's scripts act on the relay, and no other number does`() throws {
        var directory = SPODESDirectoryTests.directory()
        let key = SPODESDirectoryTests.key(9, ObjectTable.relayScripts)
        for (number, result, isOn) in [
            (UInt16(1), DataAccessResult.success, false), (3, .typeUnmatched, false), (2, .success, true),
        ] {
            var scripts = try #require(directory.object(key))
            #expect(scripts.invoke(1, with: .longUnsigned(number)).result == .success)
            #expect(directory.store(scripts, after: .method(1)) == result)
            #expect(directory.meter.supply.isOn == isOn)
        }
    }

    @Test func `mean powers of a load of one kilowatt are one kilowatt`() throws {
        let directory = SPODESDirectoryTests.directory()
        for index: Int8 in [2, 3] {
            #expect(try Self.read(directory, 5, ObjectTable.demand, index) == .doubleLongUnsigned(10_000))
        }
        #expect(try Self.read(directory, 4, ObjectTable.highestDemand, 2) == .doubleLongUnsigned(10_000))
        let end = try Self.read(directory, 4, ObjectTable.highestDemand, 5).dateTimeValue
        #expect(end.flatMap { CivilStamp($0) } == CivilStamp(year: 2026, month: 3, day: 1, minute: 30))
    }

    @Test func `counters and newest codes tell what the journals hold`() throws {
        var directory = SPODESDirectoryTests.directory()
        let covers = OBISCode(0, 0, 96, 20, 5)
        let before = try #require(try Self.read(directory, 1, covers, 2).wholeNumber)
        directory.meter.happen(.coverOpened, at: directory.instant)
        #expect(try Self.read(directory, 1, covers, 2).wholeNumber == before + 1)
        #expect(try Self.read(directory, 1, OBISCode(0, 0, 96, 11, 4), 2).wholeNumber == 3)
        directory.meter.happen(.clockAhead, at: directory.instant)
        let former = try Self.read(directory, 8, ObjectTable.formerClock, 2).dateTimeValue
        #expect(former.flatMap { CivilStamp($0) } == SPODESDirectoryTests.now)
    }
}
