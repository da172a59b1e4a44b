import DLMS
import Metering
import SPODES
import Street
import Testing
import Timekeeping

/// The models of makers, spoken to without a line: what each does against the standard.
@Suite struct MakerMeterTests {
    /// The client machines over one station, no wire between.
    private struct Reader {
        static let wall = WallTime(unixSeconds: 1_773_135_420)

        var station: MeterStation
        var now = MonotonicInstant(nanoseconds: 1_000_000_000)
        var link: HDLCClient
        var application: ApplicationClient

        /// A reader of a meter of the makers' street.
        init(_ index: Int, password: String? = nil, _ change: (inout Personality) -> Void = { _ in }) throws {
            let plan = try DemoStreet.plan(DemoStreet.octets("makers.json"))
            let meter = plan.lines[0].meters[index]
            var personality = meter.personality
            change(&personality)
            let built = meter.build(in: plan)
            let copy = SPODESMeter(
                personality: personality, serial: built.serial, clock: built.clock, element: built.element)
            station = MeterStation(
                meter: copy, address: meter.address, transport: .hdlc, isAlone: false, zone: plan.zone)
            let settings = HDLCClient.Settings(
                client: try #require(HDLCAddress.client(32)),
                server: try #require(HDLCAddress(upper: 1, lower: meter.address, width: .four)), retries: 0)
            link = HDLCClient(settings)
            let secret = password ?? personality.passwords.reader
            application = ApplicationClient(
                settings: ApplicationClient.Settings(authentication: .lowLevel(Array(secret.utf8))))
        }

        mutating func drive(_ first: [HDLCClient.Action]) throws -> HDLCClient.Action? {
            var actions = first
            var decoder = HDLCFrameDecoder()
            for _ in 0..<2_000 {
                var heard: [HDLCClient.Action] = []
                for action in actions {
                    switch action {
                    case .send(let octets):
                        for answer in station.received(octets, at: now, wall: Self.wall) {
                            decoder.append(answer.octets)
                        }
                        while let item = decoder.next() {
                            heard += link.frameReceived(try item.content.get())
                        }
                    case .await: break
                    case .connected, .received, .notified, .disconnected, .failed: return action
                    }
                }
                if heard.isEmpty {
                    now = now + .seconds(1)
                    heard = link.timerFired()
                }
                actions = heard
            }
            return nil
        }

        mutating func connect() throws -> Bool {
            if case .connected? = try drive(link.connect()) { true } else { false }
        }

        mutating func disconnect() throws -> Bool {
            for case .send(let octets) in link.disconnect() {
                let isAnswered = !station.received(octets, at: now, wall: Self.wall).isEmpty
                _ = link.timerFired()
                return isAnswered
            }
            return false
        }

        mutating func ask(_ apdu: [UInt8]) throws -> ApplicationClient.Outcome? {
            var apdu = apdu
            while case .received(let answer)? = try drive(link.send(apdu)) {
                switch application.received(answer) {
                case .sendAPDU(let next): apdu = next
                case .completed(let outcome): return outcome
                case .failed(let error): throw error
                case .ignored, .notified: return nil
                }
            }
            return nil
        }

        mutating func associate() throws {
            application.linkClosed()
            _ = try ask(try application.associate())
        }

        mutating func get(
            _ classID: UInt16, _ code: OBISCode, _ attribute: Int8 = 2, _ selection: AccessSelection? = nil
        ) throws -> DataValue? {
            let name = AttributeDescriptor(
                classID: classID, logicalName: LogicalName(code), attribute: attribute)
            guard case .get(.data(let value))? = try ask(try application.get(name, selection: selection))
            else {
                return nil
            }
            return value
        }
    }

    @Test func `a Mercury 234 left without DISC is deaf until DISC, five seconds and DISC`() throws {
        var reader = try Reader(0)
        #expect(try reader.connect())
        #expect(try !reader.connect(), "the session was not closed")
        #expect(try !reader.disconnect())
        reader.now = reader.now + .seconds(4)
        #expect(try !reader.disconnect(), "too soon")
        reader.now = reader.now + .seconds(5)
        #expect(try reader.disconnect())
        #expect(try reader.connect())
        #expect(try reader.disconnect(), "a session closed in order")
        #expect(try reader.connect())
        reader.now = reader.now + .seconds(121)
        #expect(try reader.connect(), "the old session is over by itself")
    }

    @Test func `five wrong passwords make a Nartis silent for a day`() throws {
        var reader = try Reader(3, password: "wrong")
        for _ in 0..<5 {
            #expect(try reader.connect())
            #expect(throws: ApplicationError.refused(.rejectedPermanent, .authenticationFailure)) {
                try reader.associate()
            }
        }
        #expect(try !reader.connect())
        let now = Reader.wall.civil(in: ZoneOffset(minutes: 180)).seconds * 1_000
        let journal = MeterJournal(number: 6).events(of: reader.station.meter, until: now)
        #expect(journal.suffix(5).map(\.code) == [1, 1, 1, 1, 3])
        reader.now = reader.now + .seconds(86_401)
        #expect(try reader.connect())
    }

    @Test func `a right password between wrong ones keeps a Nartis open`() throws {
        var wrong = try Reader(3, password: "wrong")
        for _ in 0..<3 {
            for _ in 0..<4 {
                #expect(try wrong.connect())
                #expect(throws: ApplicationError.self) { try wrong.associate() }
            }
            let settings = ApplicationClient.Settings(authentication: .lowLevel(Array("111".utf8)))
            var right = wrong
            right.application = ApplicationClient(settings: settings)
            #expect(try right.connect())
            try right.associate()
            wrong.station = right.station
            wrong.now = right.now
        }
        #expect(try wrong.connect())
    }

    @Test func `the setup of the port tells the window and the time-outs that hold on the line`() throws {
        var reader = try Reader(1) {
            $0.link.window = 3
            $0.link.inactivity = 60
        }
        #expect(try reader.connect())
        #expect(reader.link.parameters.windowReceive == 3)
        #expect(reader.link.parameters.maximumReceive == 512)
        try reader.associate()
        let told = try [3, 5, 7, 8].map { try reader.get(23, ObjectTable.hdlcSetup, $0)?.wholeNumber }
        #expect(told == [3, 512, 1_000, 60])
        reader.now = reader.now + .seconds(59)
        #expect(try reader.get(23, ObjectTable.hdlcSetup, 8) != nil)
        reader.now = reader.now + .seconds(61)
        let name = AttributeDescriptor(classID: 8, logicalName: LogicalName(ObjectTable.clock), attribute: 2)
        let asked = try reader.drive(reader.link.send(try reader.application.get(name)))
        #expect(asked == .failed(.disconnectedMode))
    }

    @Test(arguments: [(0, 60_000_000_000), (120, 121)])
    func `inactivity of zero seconds is never`(seconds: Int, wait: Int) throws {
        var reader = try Reader(1) { $0.link.inactivity = seconds }
        #expect(try reader.connect())
        reader.now = reader.now + .seconds(min(wait, 1_000_000))
        let poll = HDLCFrame(
            to: reader.link.settings.server, from: reader.link.settings.client,
            .receiveReady(received: 0, final: true))
        let answers = reader.station.received(poll.encoded, at: reader.now, wall: Reader.wall)
        let frame = try HDLCFrame(between: try #require(answers.first).octets.dropFirst().dropLast())
        #expect((frame.control == .disconnectedMode(final: true)) == (seconds > 0))
    }

    @Test func `a frame broken off is forgotten after the silence of the port`() throws {
        for (silence, isHeard) in [(400, false), (600, true)] {
            var reader = try Reader(0)
            let beginning: [UInt8] = [0x7E, 0xA7, 0xF0, 0x02, 0x23, 0x41, 0x93]
            #expect(reader.station.received(beginning, at: reader.now, wall: Reader.wall).isEmpty)
            reader.now = reader.now + .milliseconds(silence)
            #expect(try reader.connect() == isHeard, "\(silence) ms")
        }
    }

    @Test func `device 40 sends rows of an earlier life between the others, and months of dates alone`()
        throws
    {
        var reader = try Reader(4)
        #expect(try reader.connect())
        try reader.associate()
        let today = Reader.wall.civil(in: ZoneOffset(minutes: 180)).startOfDay
        let range = RangeDescriptor(
            from: DateTimeValue(today.adding(seconds: -3 * 86_400)), to: DateTimeValue(today))
        let rows = try reader.get(7, ArchiveProfile.load.object, 2, range.selection)?.elements ?? []
        let stamps = rows.compactMap { $0.elements?.first?.dateTimeValue.flatMap { CivilStamp($0) } }
        #expect(stamps.filter { $0 < today.adding(seconds: -300 * 86_400) }.count == 6)
        #expect(stamps != stamps.sorted())
        #expect(stamps.filter { $0 > today.adding(seconds: -4 * 86_400) }.count == 145)
        let months = try reader.get(7, ArchiveProfile.month.object)?.elements ?? []
        let widths = months.compactMap { $0.elements?.count }
        #expect(widths.count == 36)
        #expect(widths.prefix(30).allSatisfy { $0 == 1 } && widths.last == 9)
    }

    @Test func `Milur 107S shows the imbalance of its currents at 128, and no rights to read`() throws {
        var reader = try Reader(2)
        #expect(try reader.connect())
        try reader.associate()
        #expect(try reader.get(3, OBISCode(1, 0, 128, 7, 0)) != nil)
        #expect(try reader.get(1, OBISCode(0, 0, 96, 1, 2)) == nil)
        let list = try #require(try reader.get(15, ObjectTable.currentAssociation)?.elements)
        let modes = list.compactMap { $0.elements?.last?.elements?.first?.elements }.flatMap { $0 }
        #expect(modes.count > 100)
        #expect(modes.allSatisfy { $0.elements?[1].wholeNumber == 0 })
    }

    @Test func `angles are those of the model, in the convention of IEC 62056-6-1`() throws {
        for (index, groups) in [(0, [1, 2, 12]), (1, [10, 21, 2, 4, 15, 26])] {
            var reader = try Reader(index)
            #expect(try reader.connect())
            try reader.associate()
            for group in UInt8(0)...66 {
                let isThere = try reader.get(3, OBISCode(1, 0, 81, 7, group)) != nil
                #expect(isThere == groups.contains(Int(group)), "1.0.81.7.\(group)")
            }
        }
    }
}
