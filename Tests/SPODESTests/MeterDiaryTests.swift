import DLMS
import Metering
import SPODES
import Testing
import Timekeeping

@Suite struct MeterDiaryTests {
    private static let now = SPODESDirectoryTests.now.seconds * 1_000

    private static func name(_ code: OBISCode) -> LogicalName { LogicalName(code) }

    private static func directory() -> SPODESDirectory {
        var directory = SPODESDirectory(meter: TestModel.meter(), address: 16)
        directory.instant = now
        return directory
    }

    private static func word(_ directory: SPODESDirectory) -> Int64? {
        let key = ObjectKey(classID: 1, logicalName: name(ObjectTable.alarms))
        return (directory.object(key) as? DataObject)?.value.wholeNumber
    }

    @Test(arguments: MeterJournal.numbers)
    func `the journals of a meter's whole life come to an end`(number: UInt8) {
        let meter = Self.directory().meter
        let journal = MeterJournal(number: number)
        let all = journal.events(of: meter, until: .max)
        let lifetime = CivilStamp(year: 2100, month: 1, day: 1)?.seconds ?? 0
        // After its life nothing happens any more: the end of time sees what the year 2100 sees.
        #expect(all == journal.events(of: meter, until: lifetime * 1_000))
        #expect(all.count <= MeterJournal.capacity)
        let now = journal.events(of: meter, until: Self.now)
        #expect(all.count >= now.count && (all.last?.instant ?? 0) >= (now.last?.instant ?? 0))
    }

    @Test func `push setup tells whom it is written to, at its times, at events and when it is invoked`()
        throws
    {
        var directory = Self.directory()
        #expect(!directory.mayPush && directory.takePush() == nil)
        directory.meter.pushes.plan = PushPlan(destination: "10.0.0.1:4059", times: [[0xFF, 30, 0]])
        func push(after seconds: Int64) -> PushMessage? {
            directory.instant += seconds * 1_000
            directory.meter.prepare(at: directory.instant)
            return directory.takePush()
        }
        #expect(push(after: 0) == nil)
        directory.meter.happen(.coverOpened, at: directory.instant)
        let message = try #require(push(after: 1))
        #expect(message.destination == "10.0.0.1:4059" && message.retries == 2)
        guard case .dataNotification(let data) = try APDU(octets: message.apdu),
            case .named(let values) = PushBody(data.body)
        else {
            Issue.record("not a described notification")
            return
        }
        let alarms = values.first { $0.logicalName == Self.name(ObjectTable.alarms) }
        #expect(alarms?.value.wholeNumber.map { $0 & 0b10000 } == 0b10000)
        #expect(values.count == 4 && data.longInvokeID == 1)
        // The cover is still open: that is no news.
        #expect(push(after: 1) == nil)
        #expect((0..<3_600).compactMap { _ in push(after: 1) }.count == 1)
        let relay = ObjectKey(classID: 70, logicalName: Self.name(ObjectTable.relay))
        var contacts = try #require(directory.object(relay))
        #expect(contacts.invoke(1, with: .integer(0)).result == .success)
        #expect(directory.store(contacts, after: .method(1)) == .success)
        #expect(push(after: 1) != nil)
        let key = ObjectKey(
            classID: PushSetupClass.classID, logicalName: Self.name(ObjectTable.pushSetup))
        var setup = try #require(directory.object(key))
        #expect(setup.invoke(1, with: .integer(0)).result == .success)
        #expect(directory.store(setup, after: .method(1)) == .success)
        #expect(push(after: 1) != nil && push(after: 1) == nil)
    }

    @Test func `alarms stay until they are taken back, and the filter hides them`() {
        var directory = Self.directory()
        directory.meter.happen(.magnetOn, at: Self.now)
        directory.meter.happen(.magnetOff, at: Self.now)
        directory.meter.happen(.coverOpened, at: Self.now)
        #expect(Self.word(directory) == 0b11000)
        let filter = DataObject(
            Self.name(ObjectTable.alarmFilter), value: .doubleLongUnsigned(AlarmWord.magnet.rawValue))
        #expect(directory.store(filter, after: .attribute(2)) == .success)
        #expect(Self.word(directory) == 0b01000)
        let reset = DataObject(
            Self.name(ObjectTable.alarmReset), value: .doubleLongUnsigned(AlarmWord.magnet.rawValue))
        #expect(directory.store(reset, after: .attribute(2)) == .success)
        #expect(Self.word(directory) == 0)
        #expect(directory.meter.diary.alarms == .terminalCover)
        let events = MeterJournal(number: 3).events(of: directory.meter, until: Self.now)
        #expect(events.last?.code == 70)
    }

    @Test func `only the configurator may write the filter and take alarms back`() {
        let directory = Self.directory()
        let key = ObjectKey(classID: 1, logicalName: Self.name(ObjectTable.alarmReset))
        #expect(
            directory.element(key, for: .configurator)?.rights != directory.element(key, for: .reader)?.rights
        )
    }

    @Test func `codes go to the gateway's journals and their beginnings and ends, section e`() {
        func event(_ journal: Journal, _ number: UInt8, _ code: Int, phases: Int = 3) -> Int? {
            JournalTable.event(journal, number: number, code: code, phases: phases)
        }
        #expect(event(.power, 2, 1) == 0)
        #expect(event(.power, 2, 2) == 1)
        #expect(event(.power, 2, 3) == nil)
        #expect(event(.relay, 2, 3) == 0)
        #expect(event(.relay, 2, 4) == 1)
        #expect(event(.relay, 2, 16) == nil)
        #expect(event(.phaseB, 0, 3) == 0)
        #expect(event(.phaseB, 0, 4) == 1)
        #expect(event(.voltageMaximumA, 0, 13) == 1)
        // Codes 7 to 10 name no phase: they are phase A only where there is no other.
        #expect(event(.voltageMaximumA, 0, 7) == nil)
        #expect(event(.voltageMaximumA, 0, 7, phases: 1) == 1)
        #expect(event(.voltageMinimumA, 0, 10, phases: 1) == 0)
        #expect(event(.reverse, 1, 6) == 0)
        #expect(event(.programming, 3, 1_024) == 0)
        #expect(event(.tariffCorrection, 3, 10) == nil)
        #expect(event(.frequencyMaximum, 9, 0x80) == 1)
        #expect(event(.frequencyMinimum, 9, 0x80) == nil)
        let unsupported = Journal.allCases.filter { JournalTable.sources(of: $0).isEmpty }
        #expect(unsupported.count == 14)
    }

    @Test func `journals that are kept between events are those that arithmetic makes`() {
        var (kept, plain) = (TestModel.meter(), TestModel.meter())
        let happenings: [MeterHappening] = [
            .coverOpened, .clockBack, .powerOff, .profileCleared, .batteryDied, .unauthorised, .replaced,
            .magnetOn, .clockAhead, .powerOn,
        ]
        var instant = Self.now
        for step in 0..<200 {
            instant += Int64(step % 7) * 5_000_000 + 1
            if step % 9 == 4 {
                let happening = happenings[step / 9 % happenings.count]
                kept.happen(happening, at: instant)
                plain.happen(happening, at: instant)
            }
            kept.prepare(at: instant)
            for number in MeterJournal.numbers {
                let journal = MeterJournal(number: number)
                let expected = journal.events(of: plain, until: instant)
                #expect(journal.events(of: kept, until: instant) == expected, "\(step), journal \(number)")
                let earlier = instant - 40_000_000
                #expect(
                    journal.events(of: kept, until: earlier) == journal.events(of: plain, until: earlier))
            }
        }
    }
}
