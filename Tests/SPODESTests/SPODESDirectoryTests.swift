import DLMS
import Metering
import SPODES
import Testing
import Timekeeping

@Suite struct SPODESDirectoryTests {
    static let now = CivilStamp(year: 2026, month: 3, day: 10, hour: 12, minute: 40)!

    static func directory(_ change: (inout Personality) -> Void = { _ in }) -> SPODESDirectory {
        var directory = SPODESDirectory(meter: TestModel.meter(change), address: 16)
        directory.instant = now.seconds * 1_000
        return directory
    }

    static func key(_ classID: UInt16, _ code: OBISCode) -> ObjectKey {
        ObjectKey(classID: classID, logicalName: LogicalName(code))
    }

    static func read(
        _ directory: SPODESDirectory, _ classID: UInt16, _ code: OBISCode, _ attribute: Int8 = 2
    ) throws -> DataValue {
        let object = try #require(directory.object(key(classID, code)))
        switch object.attribute(attribute, selection: nil) {
        case .value(let value): return value
        case .rows(let rows): return rows.value
        case .failure(let result): throw Refused(result: result)
        }
    }

    struct Refused: Error { let result: DataAccessResult }

    @Test func registersAndTheirScalersAgreeWithTheModel() throws {
        let directory = Self.directory()
        let elapsed = Self.now.seconds - TestModel.installed.seconds
        #expect(
            try Self.read(directory, 3, OBISCode(1, 0, 1, 8, 0))
                == .doubleLongUnsigned(UInt32(elapsed * 1_000 / 3_600)))
        #expect(
            try Self.read(directory, 3, OBISCode(1, 0, 1, 8, 0), 3)
                == .structure([.integer(0), .enumerated(30)]))
        #expect(try Self.read(directory, 3, OBISCode(1, 0, 32, 7, 0)) == .doubleLongUnsigned(23_000))
        #expect(try Self.read(directory, 3, OBISCode(1, 0, 12, 7, 1)).wholeNumber == 39_837)
        #expect(try Self.read(directory, 3, OBISCode(1, 0, 81, 7, 4)).wholeNumber == 140)
        #expect(try Self.read(directory, 1, ObjectTable.deviceType) == .octetString(CP1251.octets("ПРОБА-1")))
    }

    @Test(arguments: [(UInt8(29), Int8(0), 500), (29, -3, 500_000), (53, 0, 1_000), (53, -1, 10_000)])
    func aHalfHourOfOneKilowattIsShownInEveryForm(processing: UInt8, scaler: Int8, expected: Int) throws {
        let directory = Self.directory {
            $0.profile.processing = processing
            $0.profile.scaler = scaler
        }
        let rows = try #require(try Self.read(directory, 7, ArchiveProfile.load.object).elements)
        let last = try #require(rows.last?.elements)
        #expect(last[0].dateTimeValue.flatMap { CivilStamp($0) }?.description == "2026-03-10 12:30:00")
        #expect(last[1].wholeNumber == Int64(expected))
        #expect(rows.count == Int((Self.now.seconds - TestModel.installed.seconds) / 1_800))
    }

    @Test func scalerProfilesHaveTheClockOrNot() throws {
        for hasClock in [false, true] {
            let directory = Self.directory { $0.scalerProfiles.hasClock = hasClock }
            let captures = try Self.read(directory, 7, ArchiveProfile.day.scalers, 3)
            let rows = try Self.read(directory, 7, ArchiveProfile.day.scalers)
            let count = hasClock ? 3 : 2
            #expect(captures.elements?.count == count)
            #expect(rows.elements?.first?.elements?.count == count)
            #expect(rows.elements?.first?.elements?.last == .structure([.integer(0), .enumerated(32)]))
        }
        let without = Self.directory { $0.scalerProfiles.isPresent = false }
        #expect(without.object(Self.key(7, ArchiveProfile.day.scalers)) == nil)
    }

    @Test func aSnapshotHoldsThePresentValuesOfTheInstantItWasCaptured() throws {
        var directory = Self.directory()
        let key = Self.key(7, ObjectTable.snapshot)
        let empty = try Self.read(directory, 7, ObjectTable.snapshot)
        #expect(empty.elements?.isEmpty == true)
        #expect(directory.element(key, for: .reader)?.rights.methods == [2])
        #expect(directory.element(key, for: .publicClient) == nil)
        var profile = try #require(directory.object(key))
        #expect(profile.invoke(1, with: .integer(0)).result == .readWriteDenied)
        #expect(profile.invoke(2, with: .integer(0)).result == .success)
        #expect(directory.store(profile, after: .method(2)) == .success)
        let energy = try Self.read(directory, 3, OBISCode(1, 0, 1, 8, 0))
        directory.instant += 3_600_000
        let rows = try #require(try Self.read(directory, 7, ObjectTable.snapshot).elements)
        let row = try #require(rows.first?.elements)
        #expect(rows.count == 1)
        #expect(row[0].dateTimeValue.flatMap { CivilStamp($0) } == Self.now)
        #expect(row[1] == energy)
        let later = try Self.read(directory, 3, OBISCode(1, 0, 1, 8, 0))
        #expect(later != energy)
        #expect(Self.directory { $0.snapshot.isPresent = false }.object(key) == nil)
    }

    @Test func clientsSeeWhatTheyMay() throws {
        let directory = Self.directory()
        // The clock, the device's name, the association and the logical devices.
        #expect(directory.objectList(for: .publicClient).map(\.key.classID).sorted() == [1, 8, 15, 17])
        let clock = Self.key(8, ObjectTable.clock)
        let reader = try #require(directory.element(clock, for: .reader)?.rights)
        let configurator = try #require(directory.element(clock, for: .configurator)?.rights)
        #expect(reader.attributes[2] == .readOnly && configurator.attributes[2] == .readAndWrite)
        #expect(reader.methods == [3, 6])
        let relay = Self.key(70, ObjectTable.relay)
        #expect(directory.element(relay, for: .reader)?.rights.methods == [])
        #expect(directory.element(relay, for: .configurator)?.rights.methods == [1, 2])
    }

    @Test func settingAndShiftingTheClockMovesItAndIsJournaled() throws {
        var directory = Self.directory()
        let before = try #require(try Self.read(directory, 7, MeterJournal(number: 13).code).elements).count
        var clock = try #require(directory.object(Self.key(8, ObjectTable.clock)) as? ClockObject)
        #expect(clock.invoke(6, with: .long(-30)).result == .success)
        #expect(directory.store(clock, after: .method(6)) == .success)
        #expect(directory.meter.clock.civil(at: directory.instant) == Self.now.adding(seconds: -30))
        clock = try #require(directory.object(Self.key(8, ObjectTable.clock)) as? ClockObject)
        let wanted = CivilStamp(year: 2026, month: 3, day: 11, hour: 1)!
        #expect(clock.setAttribute(2, to: .octetString(DateTimeValue(wanted))) == .success)
        #expect(directory.store(clock, after: .attribute(2)) == .success)
        #expect(directory.meter.clock.civil(at: directory.instant) == wanted)
        let rows = try #require(try Self.read(directory, 7, MeterJournal(number: 13).code).elements)
        #expect(rows.count == before + 2)
        #expect(rows.last?.elements?[0].dateTimeValue.flatMap { CivilStamp($0) } == wanted)
        #expect(
            rows.last?.elements?[1].dateTimeValue.flatMap { CivilStamp($0) } == Self.now.adding(seconds: -30))
    }

    @Test func theRelayObeysAndOtherObjectsCannotBeChanged() throws {
        var directory = Self.directory()
        var relay = try #require(
            directory.object(Self.key(70, ObjectTable.relay)) as? DisconnectControlObject)
        #expect(relay.invoke(1, with: .integer(0)).result == .success)
        #expect(directory.store(relay, after: .method(1)) == .success)
        #expect(!directory.meter.supply.isOn)
        #expect(try Self.read(directory, 70, ObjectTable.relay) == .boolean(false))
        let name = try #require(directory.object(Self.key(1, ObjectTable.serialNumber)))
        #expect(directory.store(name, after: .attribute(2)) == .readWriteDenied)
    }

    @Test func everyObjectOfTheListExists() {
        let directory = Self.directory()
        // The server itself answers for the association a request comes in.
        let own = LogicalName(ObjectTable.currentAssociation)
        for element in directory.objectList(for: .reader) where element.key.logicalName != own {
            #expect(directory.object(element.key) != nil, "\(element.key)")
        }
    }
}
