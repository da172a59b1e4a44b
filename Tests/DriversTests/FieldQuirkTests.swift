import DLMS
import Drivers
import Faults
import Metering
import Octets
import SPODES
import Seams
import Street
import Synchronization
import Testing
import Timekeeping
import VirtualTime

/// The oddities of meters in the field, each through the driver against a meter that has it, with real
/// octets.
///
///  n | oddity                               | test
/// ---+--------------------------------------+------------------------------------------------------------
///  1 | SNRM ignored after a broken session  | quirk 1, and `Mercury 234 is woken…` (SPODESQuirksTests)
///  2 | wrong addresses are only silent      | quirk 2
///  3 | UA to DISC with limits, DM           | quirk 3, and `…answers DM to its first SNRM` there
///  4 | invoke-id bits; FRMR                 | quirk 4, and `a meter that forgets the link…` there
///  5 | echo                                 | quirk 5, and `an echo of its own frames…` (SPODESDriverTests)
///  6 | CP1251, padding                      | quirk 6
///  7 | passport objects answer error 4      | quirk 7
///  8 | clock as class 8, deviation, DST bit | quirk 8
///  9 | scalers without clock, order, D=53   | quirk 9
/// 10 | server PDU of 100 octets             | quirk 10
/// 11 | blocks inside segments, last block   | quirk 11
/// 12 | 128 is the imbalance on Milur        | quirk 12
/// 13 | angles                               | quirk 13
/// 14 | stale, unsorted, empty rows          | quirk 14
/// 15 | block after wrong passwords          | quirk 15, and `a wrong password is told…` (SPODESDriverTests)
/// 16 | clock status and weekday FF          | quirk 16
/// 17 | length without its high bits         | quirk 17, and v062 (HDLCFrameTests)
/// 18 | pushes, with a tag before the date   | quirk 18
/// 19 | rights that are not shown; floats    | quirk 19
/// 20 | printed frames with wrong checks     | HDLCFrameTests and RecordedSessionTests: verified ones only
@Suite struct FieldQuirkTests {
    static let mercury = 0
    static let energomera = 1
    static let milur = 2
    static let nartis = 3
    static let device40 = 4

    /// Days and half-hours of a day by the driver are what the meter holds.
    private static func expectTruth(
        _ street: StreetFixture, _ session: any MeterSession, station: Int,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let today = street.now.startOfDay
        let days = today.adding(seconds: -3 * 86_400)...today
        let halfHours = today.adding(seconds: 1 - 86_400)...today
        let truth = try await street.truth(station)
        let archives = [(Measure.dayEnergy, ArchiveProfile.day, days), (.powerProfile, .load, halfHours)]
        for (measure, profile, window) in archives {
            let readings = try await session.archive(measure, window: window).readings
            let rows = truth.rows(profile, in: window)
            #expect(readings.map(\.stamp.civil) == rows.map(\.stamp), sourceLocation: sourceLocation)
            for (reading, row) in zip(readings, rows) {
                let values = row.values.filter { Metering.Tag.energy.contains($0.key) || profile == .load }
                #expect(!values.isEmpty, sourceLocation: sourceLocation)
                for (tag, value) in values {
                    #expect(reading[tag] == value, "\(tag) at \(row.stamp)", sourceLocation: sourceLocation)
                }
            }
        }
    }

    @Test func `quirk 1: Mercury 234 left without DISC is opened after DISC, silence and DISC`() throws {
        try StreetFixture.run(
            maker: Self.mercury,
            quirk: { frame, _, memory in
                // The farewell of the first session is lost on the line.
                guard frame.closes, !memory.hasHappened else { return .pass }
                memory.hasHappened = memory.disconnections.count == 2
                memory.disconnections.append(MonotonicInstant(nanoseconds: 0))
                return .swallow
            }
        ) { street in
            _ = try await street.session(street.point(Self.mercury)) { try await $0.clock() }
            let begin = street.world.clock.now
            _ = try await street.session(street.point(Self.mercury)) { try await $0.clock() }
            let took = street.world.clock.now - begin
            #expect(took > .seconds(5) && took < .seconds(30), "\(took)")
        }
    }

    @Test func `quirk 2: a Milur at a wrong address is silent, at 16 and the last four digits it answers`()
        throws
    {
        try StreetFixture.makers { street in
            let point = street.point(Self.milur)
            var wrong = point
            (wrong.id, wrong.address) = (1, "187")
            let code = await faultCode { try await street.session(wrong) { _ in } }
            #expect(code == .meterSilent)
            let identity = try await street.session(point) { $0.identity }
            #expect(Int(identity.serial.suffix(4)).map { String(16 + $0) } == point.address)
        }
    }

    @Test func `quirk 3: a farewell answered with limits or with DM is over at once`() throws {
        for isDisconnectedMode in [false, true] {
            try StreetFixture.run(
                maker: Self.nartis,
                quirk: { frame, _, _ in
                    guard frame.closes, isDisconnectedMode else { return .pass }
                    return .answer(.disconnectedMode(final: true))
                }
            ) { street in
                var ends: [MonotonicInstant] = []
                _ = try await street.session(street.point(Self.nartis)) {
                    _ = try await $0.clock()
                    ends.append(street.world.clock.now)
                }
                let farewell = street.world.clock.now - ends[0]
                #expect(farewell < .milliseconds(900), "\(farewell)")
            }
        }
    }

    @Test func `quirk 4: answers with other bits beside the invoke number are answers`() throws {
        try StreetFixture.run(
            maker: Self.mercury,
            quirk: { frame, _, memory in
                guard frame.asks else { return .pass }
                return .rewrite { answer in
                    answer.answering { apdu in
                        // The meter clears a bit; here the other one goes too.
                        var apdu = apdu
                        if apdu[0] == 0xC4 { apdu[2] &= 0x0F }
                        return apdu
                    }
                }
            }
        ) { street in
            let clock = try await street.session(street.point(Self.mercury)) { try await $0.clock() }
            #expect(abs(clock.differenceSeconds) < 600)
        }
    }

    @Test func `quirk 4: another client begins with SNRM though the session before was never closed`() throws
    {
        try StreetFixture.run(quirk: { frame, _, memory in
            // Numbers go on where they were for whoever does not open the link anew.
            frame.closes ? .swallow : .pass
        }) { street in
            let configurator = SPODESJournalTests.link(street, client: SPODESJournalTests.configurator)
            for _ in 0..<2 {
                _ = try await street.session(street.point(0)) { try await $0.clock() }
                _ = try await street.session(configurator) { try await $0.clock() }
            }
        }
    }

    @Test func `quirk 5: an optical head returns every frame, SNRM first of all`() throws {
        try StreetFixture.run(quirk: { frame, _, _ in
            let echo = frame.encoded
            return .rewrite { answer in [echo, answer.encoded] }
        }) { street in
            try await street.session(street.point(0)) { session in
                try await Self.expectTruth(street, session, station: 0)
            }
        }
    }

    @Test func `quirk 5: an echo of asking again is not the meter asking again`() throws {
        let state = Mutex((isEchoed: true, lost: 0))
        try StreetFixture.run(
            maker: Self.energomera,
            models: {
                $0.replacing("\"window\": 1", with: "\"window\": 7")
                    .replacing("\"information\": 512", with: "\"information\": 128")
            },
            quirk: { frame, _, _ in
                state.withLock { $0.isEchoed = false }
                let echo = frame.encoded
                return .rewrite { answer in
                    // The same frame of a window is lost as often as may be asked for it again.
                    let (isEchoed, isLost) = state.withLock { state in
                        defer { state.isEchoed = true }
                        guard answer.isSegmented, state.lost < 2, answer.control.sentNumber == 2 else {
                            return (state.isEchoed, false)
                        }
                        state.lost += 1
                        return (state.isEchoed, true)
                    }
                    return (isEchoed ? [] : [echo]) + (isLost ? [] : [answer.encoded])
                }
            }
        ) { street in
            let dialogue = DLMSDialogue(
                try DLMSLink(street.point(Self.energomera)), over: try await street.wire.open(),
                clock: street.world.clock)
            try await dialogue.open(wasHeard: true)
            let name = AttributeDescriptor(
                classID: 7, logicalName: LogicalName(ArchiveProfile.load.object), attribute: 2)
            // After AARQ and this, both sides count 2: the numbers alone do not tell whose REJ it is.
            let selection = EntryDescriptor(fromEntry: 1, toEntry: 48).selection
            guard case .data(.array(let rows)) = try await dialogue.get(name, selection: selection, .profile)
            else {
                Issue.record("no rows")
                return
            }
            #expect(rows.count == 48)
            await dialogue.close()
        }
        #expect(state.withLock(\.lost) == 2)
    }

    @Test func `quirk 6: texts in Windows-1251 and padded numbers are read as what they say`() throws {
        try StreetFixture.run(
            maker: Self.mercury,
            quirk: { frame, _, _ in
                guard frame.getRequest?.attribute.object.logicalName == LogicalName(ObjectTable.serialNumber)
                else {
                    return .pass
                }
                return .rewrite { answer in
                    answer.answering { apdu in
                        // C4 01 invoke 00 09 length …: three octets more.
                        var apdu = apdu
                        apdu[5] += 3
                        return apdu + [0x20, 0x00, 0xFF]
                    }
                }
            }
        ) { street in
            let identity = try await street.session(street.point(Self.mercury)) { $0.identity }
            #expect(identity == MeterIdentity(serial: "4500201", model: "Меркурий 234 УЛИЦА"))
        }
    }

    @Test func `quirk 7: a meter without type and maker in its passport is read all the same`() throws {
        try StreetFixture.makers(models: {
            $0.replacing("\"hidesReadRights\"\n  ],", with: "\"hidesReadRights\"\n  ],").replacing(
                "\"0.0.96.1.2\"", with: "\"0.0.96.1.1\", \"0.0.96.1.3\", \"0.0.96.1.2\"")
        }) { street in
            try await street.session(street.point(Self.milur)) { session in
                #expect(session.identity.model == "")
                try await Self.expectTruth(street, session, station: Self.milur)
            }
        }
    }

    @Test func `quirk 8: the clock is asked for as class 8 and its deviation changes nothing`() throws {
        for maker in [Self.mercury, Self.energomera, Self.milur, Self.device40] {
            try StreetFixture.run(
                maker: maker,
                quirk: { frame, _, _ in
                    guard let request = frame.getRequest?.attribute,
                        request.object.logicalName == LogicalName(ObjectTable.clock),
                        request.object.classID != 8
                    else { return .pass }
                    return .swallow
                }
            ) { street in
                let truth = try await street.truth(0)
                let clock = try await street.session(street.point(maker)) { try await $0.clock() }
                let expected = Int(truth.clockDifferenceSeconds)
                #expect(abs(Int(clock.differenceSeconds) - expected) <= 2, "\(maker)")
            }
        }
    }

    @Test func `quirk 8: the season bit of a meter without season is no season`() throws {
        try StreetFixture.makers { street in
            try await street.session(street.point(Self.device40)) { session in
                let today = street.now.startOfDay
                let rows = try await session.archive(.dayEnergy, window: today...today).readings
                #expect(rows.map(\.stamp) == [MeterStamp(today, isSeason: false)])
            }
        }
    }

    @Test(arguments: [energomera, nartis, milur])
    func `quirk 9: scalers are found by code, without a clock's column and in any order`(maker: Int) throws {
        try StreetFixture.makers { street in
            try await street.session(street.point(maker)) { session in
                try await Self.expectTruth(street, session, station: maker)
                let today = street.now.startOfDay
                let window = today.adding(seconds: 1 - 3_600)...today
                let rows = try await session.archive(.powerProfile, window: window).readings
                let forms = Set(rows.compactMap { $0[.pPlus]?.form })
                #expect(forms == [maker == Self.nartis ? .demand : .increment])
                let scalers = Set(rows.compactMap { $0[.pPlus]?.scaler })
                #expect(scalers == [maker == Self.energomera ? -3 : 0])
            }
        }
    }

    @Test func `quirk 10: a PDU of 100 octets takes a range and comes back in blocks`() throws {
        try StreetFixture.makers { street in
            try await street.session(street.point(Self.device40)) { session in
                try await Self.expectTruth(street, session, station: Self.device40)
            }
            let point = street.point(Self.device40)
            let dialogue = DLMSDialogue(
                try DLMSLink(point), over: try await street.wire.open(), clock: street.world.clock)
            try await dialogue.open(wasHeard: true)
            let name = AttributeDescriptor(
                classID: 1, logicalName: LogicalName(ObjectTable.meteringPoint), attribute: 2)
            await #expect(throws: DialogueFailure.self) {
                _ = try await dialogue.set(name, to: .octetString([UInt8](repeating: 0x41, count: 120)))
            }
            // It was not sent, and the session goes on.
            let clock = AttributeDescriptor(
                classID: 8, logicalName: LogicalName(ObjectTable.clock), attribute: 2)
            guard case .data = try await dialogue.get(clock) else {
                Issue.record("no clock")
                return
            }
            await dialogue.close()
        }
    }

    @Test func `quirk 11: blocks inside segments are joined, and none is asked for after the last`() throws {
        try StreetFixture.run(
            maker: Self.device40,
            models: { $0.replacing("\"information\": 128", with: "\"information\": 32") },
            quirk: { frame, _, _ in
                guard let apdu = LogicalLinkControl.apdu(in: frame.information), apdu.first == 0xC0 else {
                    return .pass
                }
                // Who asks for a block when nothing is under way gets nonsense, as the imitator gives.
                let isNext = apdu.dropFirst().first == 2
                return .rewrite { answer in
                    guard isNext, let given = LogicalLinkControl.apdu(in: answer.information),
                        given.starts(with: [0xC4, 0x02]), given.dropFirst(3).first == 1,
                        given.dropFirst(8).first == 1
                    else { return [answer.encoded] }
                    return []
                }
            }
        ) { street in
            try await street.session(street.point(Self.device40)) { session in
                try await Self.expectTruth(street, session, station: 0)
            }
        }
    }

    @Test func `quirk 12: of Milur 1.0.128.7.0 is not taken for the tangent of phase A`() throws {
        try StreetFixture.makers { street in
            let quality = try await street.session(street.point(Self.milur)) {
                try await $0.current(.momentQuality, tags: [])
            }
            #expect(quality[.kQA] == nil)
            #expect(quality[.uA] != nil)
        }
    }

    @Test func `quirk 12: 1.0.12.7.1 is the voltage between A and B`() throws {
        try StreetFixture.makers { street in
            try await street.session(street.point(Self.energomera)) { session in
                let quality = try await session.current(.momentQuality, tags: [.uA, .uAB, .uBC, .uCA])
                for tag in [Metering.Tag.uAB, .uBC, .uCA] {
                    let volts = try #require(quality[tag]).double
                    #expect((330...430).contains(volts), "\(tag)")
                }
            }
        }
    }

    @Test func `quirk 13: angles are asked for where the maker has them`() throws {
        let angles: [Metering.Tag] = [.angAB, .angBC, .angAC, .angUIA, .angUIB, .angUIC]
        try StreetFixture.makers { street in
            let recorder = RecordingChannel(try await street.wire.open())
            let driver = try street.catalogue.driver(for: "SPODES")
            let mercury = try await driver.session(with: street.point(Self.mercury), over: recorder) {
                try await $0.current(.momentQuality, tags: angles)
            }
            // Nothing was asked for that only other makers have.
            let asked = recorder.exchanges.filter { $0.hasPrefix("GET 1.0.81.7.") && $0.hasSuffix("/2") }
            #expect(asked == ["GET 1.0.81.7.1/2", "GET 1.0.81.7.12/2", "GET 1.0.81.7.2/2"])
            // From B to A, C to B and C to A: 1.0.81.7.1, .12 and .2.
            #expect(mercury.values.map(\.tag) == [.angAB, .angBC, .angAC])
            #expect(mercury.values.map { Int($0.double.rounded()) } == [240, 240, 120])
            let energomera = try await street.session(street.point(Self.energomera)) {
                try await $0.current(.momentQuality, tags: angles)
            }
            #expect(energomera.values.map(\.tag) == angles)
            #expect(energomera.values.prefix(3).map { Int($0.double.rounded()) } == [120, 120, 120])
        }
    }

    @Test func `quirk 14: rows of an earlier life and empty months are left out`() throws {
        try StreetFixture.makers { street in
            try await street.session(street.point(Self.device40)) { session in
                let today = street.now.startOfDay
                let window = today.adding(seconds: 1 - 3 * 86_400)...today
                let rows = try await session.archive(.powerProfile, window: window).readings
                #expect(rows.count == 144)
                #expect(rows.map(\.stamp) == rows.map(\.stamp).sorted())
                #expect(rows.allSatisfy { $0[.pPlus]?.mantissa != 999 })
                let month = today.startOfMonth
                let months = try await session.archive(
                    .monthEnergy, window: month.startOfMonth(adding: -24)...month)
                #expect(months.readings.map(\.stamp.civil) == (-2...0).map { month.startOfMonth(adding: $0) })
            }
        }
    }

    @Test func `quirk 14: rows that a meter gives in another order come ascending`() throws {
        let turned = Atomic(0)
        try StreetFixture.run(
            models: { $0.replacing("\"information\": 128", with: "\"information\": 1024") },
            quirk: { frame, _, _ in
                guard let asked = frame.getRequest?.attribute, asked.attribute == 2,
                    asked.object.logicalName == LogicalName(ArchiveProfile.load.object)
                else { return .pass }
                return .rewrite { answer in
                    answer.answering { octets in
                        guard
                            case .getResponse(.normal(let invoke, .data(.array(let rows))))? = try? APDU(
                                octets: octets), rows.count > 1
                        else { return octets }
                        turned.add(1, ordering: .relaxed)
                        return APDU.getResponse(.normal(invoke, .data(.array(rows.reversed())))).encoded
                    }
                }
            }
        ) { street in
            try await street.session(street.point(0)) { session in
                let today = street.now.startOfDay
                let window = today.adding(seconds: 1)...today.adding(seconds: 7_200)
                let rows = try await session.archive(.powerProfile, window: window).readings
                #expect(rows.map(\.stamp.civil) == (1...4).map { today.adding(seconds: $0 * 1_800) })
            }
        }
        #expect(turned.load(ordering: .relaxed) > 0)
    }

    @Test func `quirk 15: a wrong password costs a Nartis one try a session, and no block`() throws {
        try StreetFixture.makers { street in
            for _ in 0..<4 {
                let wrong = street.point(Self.nartis, password: "no")
                let code = await faultCode { try await street.session(wrong) { _ in } }
                #expect(code == .meterRefusedPassword)
            }
            _ = try await street.session(street.point(Self.nartis)) { try await $0.clock() }
            for _ in 0..<5 {
                let wrong = street.point(Self.nartis, password: "no")
                _ = await faultCode { try await street.session(wrong) { _ in } }
            }
            // That was one too many: even the right one is met with silence now.
            let code = await faultCode { try await street.session(street.point(Self.nartis)) { _ in } }
            #expect(code == .meterSilent)
        }
    }

    @Test func `quirk 16: a clock without status and rows without weekday are told as they are`() throws {
        try StreetFixture.run(
            maker: Self.mercury,
            quirk: { frame, _, _ in
                guard frame.getRequest?.attribute.object.logicalName == LogicalName(ObjectTable.clock) else {
                    return .pass
                }
                // The meter says that it knows a season: only then could a status of FF be taken for one.
                if frame.getRequest?.attribute.attribute == 8 {
                    return .rewrite { $0.answering { $0.prefix(4) + [0x03, 0x01] } }
                }
                guard frame.getRequest?.attribute.attribute == 2 else { return .pass }
                return .rewrite { answer in
                    // C4 01 invoke 00 09 0C and twelve octets: the weekday is the fifth, the status the last.
                    answer.answering { apdu in
                        var apdu = apdu
                        if apdu.count == 18 { (apdu[10], apdu[17]) = (0xFF, 0xFF) }
                        return apdu
                    }
                }
            }
        ) { street in
            try await street.session(street.point(Self.mercury)) { session in
                let clock = try await session.clock()
                #expect(!clock.stamp.isSeason && abs(clock.differenceSeconds) < 600)
                try await Self.expectTruth(street, session, station: 0)
            }
        }
    }

    @Test func `quirk 17: a frame whose length lost its high bits gives a fault and never a value`() throws {
        let shortened = Atomic(0)
        try StreetFixture.run(
            maker: Self.energomera,
            quirk: { frame, _, _ in
                guard frame.asks else { return .pass }
                return .rewrite { answer in
                    // The low octet alone would be too short for a frame, as in the one capture there is.
                    guard answer.information.count > 0x100 else { return [answer.encoded] }
                    shortened.add(1, ordering: .relaxed)
                    return [Self.withoutHighLength(answer)]
                }
            }
        ) { street in
            let today = street.now.startOfDay
            let code = await faultCode {
                try await street.session(street.point(Self.energomera)) { session in
                    _ = try await session.archive(
                        .powerProfile, window: today.adding(seconds: -86_400)...today)
                }
            }
            #expect(code == .meterGarbage || code == .meterSilent)
            #expect(shortened.load(ordering: .relaxed) > 0)
        }
    }

    /// The frame with only the low octet of its length, checks made to fit.
    private static func withoutHighLength(_ frame: HDLCFrame) -> [UInt8] {
        var inside = Array(frame.encoded.dropFirst().dropLast())
        inside[0] &= 0xF8
        // Format, client, server, control, then HCS.
        let header = 2 + frame.destination.width.rawValue + frame.source.width.rawValue + 1
        let check = CRC16.x25(inside[..<header])
        (inside[header], inside[header + 1]) = (UInt8(check & 0xFF), UInt8(check >> 8))
        let end = inside.count - 2
        let whole = CRC16.x25(inside[..<end])
        inside[end] = UInt8(whole & 0xFF)
        inside[end + 1] = UInt8(whole >> 8)
        return [HDLCFrame.flag] + inside + [HDLCFrame.flag]
    }

    @Test func `quirk 18: a push in the middle, its date with a tag or without, is no answer`() throws {
        try StreetFixture.run(quirk: { frame, _, memory in
            guard frame.asks else { return .pass }
            memory.hasHappened.toggle()
            let isTagged = memory.hasHappened
            let (meter, client) = (frame.destination, frame.source)
            return .rewrite { answer in
                let date: [UInt8] = [0x07, 0xEA, 3, 10, 0xFF, 12, 0, 0, 0xFF, 0x80, 0, 0xFF]
                let length: [UInt8] = isTagged ? [0x09, 0x0C] : [0x0C]
                let push = [0x0F, 0, 0, 0, 1] + length + date + [0x02, 0x01, 0x12, 0, 3]
                let frame = HDLCFrame(
                    to: client, from: meter, .unnumberedInformation(final: false),
                    information: (LogicalLinkControl.response + push)[...])
                return [frame.encoded, answer.encoded]
            }
        }) { street in
            try await street.session(street.point(0)) { session in
                try await Self.expectTruth(street, session, station: 0)
            }
            // Both forms are understood, and come in turn.
            var ring = PushKeyring()
            let heard = street.heard.pushes.withLock { $0 }
            let understood = heard.filter { push in
                guard case .push = push.hearing(with: &ring).hearing else { return false }
                return true
            }
            #expect(heard.count >= 4 && understood.count == heard.count)
        }
    }

    @Test func `quirk 19: objects without a shown right are read`() throws {
        try StreetFixture.makers { street in
            try await street.session(street.point(Self.milur)) { session in
                try await Self.expectTruth(street, session, station: Self.milur)
                #expect(try await session.current(.momentQuality, tags: [.uA])[.uA] != nil)
            }
        }
    }

    @Test func `quirk 19: a voltage as a floating-point number keeps three more digits`() throws {
        try StreetFixture.run(
            maker: Self.mercury,
            quirk: { frame, _, _ in
                guard let name = frame.getRequest?.attribute, name.attribute == 2,
                    name.object.logicalName == LogicalName(OBISCode(1, 0, 32, 7, 0))
                else { return .pass }
                return .rewrite { answer in
                    // float32 of 23012.5 with the scaler -2.
                    answer.answering { apdu in Array(apdu[..<4]) + [23, 0x46, 0xB3, 0xC9, 0x00] }
                }
            }
        ) { street in
            let quality = try await street.session(street.point(Self.mercury)) {
                try await $0.current(.momentQuality, tags: [.uA])
            }
            #expect(quality[.uA] == MeasuredValue(.uA, mantissa: 23_012_500, scaler: -5))
        }
    }
}
