import DLMS
import Metering
import SPODES
import Seams
import Street
import Testing
import Timekeeping
import VirtualTime

@Suite struct MeterStationTests {
    static let zone = ZoneOffset(minutes: 180)

    /// A line of the demo street in a virtual world, its channel open.
    static func withLine<Value: Sendable>(
        _ index: Int, _ change: @escaping @Sendable (inout SimulatedLine) -> Void = { _ in },
        _ body: @escaping @Sendable (VirtualWorld, any Channel) async throws -> Value
    ) throws -> Value {
        let plan = try DemoStreet.plan()
        return try VirtualWorld(start: WallTime(unixSeconds: 1_773_135_420)).run { world in
            var line = plan.build(plan.lines[index])
            change(&line)
            let wire = SimulatedWire(line: line, clock: world.clock, wall: world.wall)
            return try await body(world, try await wire.open())
        }
    }

    @Test(arguments: [(101, "12345678"), (102, "111"), (103, "111111"), (104, "00000001")])
    func everyModelShowsItsNameItsDaysAndItsProfile(address: Int, password: String) throws {
        try Self.withLine(1) { world, channel in
            var reader = try LineReader(channel, clock: world.clock, address: address, password: password)
            _ = try await reader.open()
            let serial = try await reader.get(1, ObjectTable.serialNumber)
            #expect(serial == .data(.octetString(Array("4200\(address)".utf8))))
            let today = world.wall.now.civil(in: Self.zone).startOfDay
            let days = try await reader.rows(
                ArchiveProfile.day.object, from: today.adding(seconds: -3 * 86_400), to: today)
            #expect(days.count == 4)
            let profile = try await reader.rows(
                ArchiveProfile.load.object, from: today.adding(seconds: -86_400 + 1), to: today)
            #expect(profile.count == 48)
            #expect(profile.last?.first?.dateTimeValue.flatMap { CivilStamp($0) } == today)
            guard case .data(let columns) = try await reader.get(7, ArchiveProfile.load.object, 3) else {
                Issue.record("no capture objects")
                return
            }
            #expect(columns.elements?.count == profile[0].count)
            try await reader.close()
        }
    }

    @Test func aLengthThatACollisionMadeUpIsForgottenAfterASilence() throws {
        try Self.withLine(1) { world, channel in
            try await channel.write([0x7E, 0xA7, 0xF0, 0x02, 0x23, 0x41, 0x93])
            try await world.clock.sleep(for: .seconds(3))
            var reader = try LineReader(channel, clock: world.clock, address: 101, password: "12345678")
            _ = try await reader.open()
            #expect(
                try await reader.get(1, ObjectTable.serialNumber)
                    == .data(.octetString(Array("4200101".utf8))))
        }
    }

    @Test func aFrameForAnotherIsPassedOverUnlessItMayBeTheRestOfOne() throws {
        let plan = try DemoStreet.plan()
        let meter = plan.lines[1].meters[0]
        var station = MeterStation(
            meter: meter.build(in: plan), address: meter.address, transport: .hdlc, isAlone: false,
            zone: Self.zone)
        func head(_ address: Int) throws -> RequestHead {
            let frame = HDLCFrame(
                to: try #require(HDLCAddress(upper: 1, lower: address, width: .four)),
                from: try #require(HDLCAddress.client(16)), .setNormalResponseMode(final: true))
            return try #require(RequestHead(frame.encoded))
        }
        let (begin, wall) = (MonotonicInstant(nanoseconds: 0), WallTime(unixSeconds: 1_773_135_420))
        #expect(!station.passesOver(try head(meter.address), at: begin))
        #expect(station.passesOver(try head(meter.address + 1), at: begin))
        #expect(station.received([0x7E, 0xA7, 0xF0], at: begin, wall: wall).isEmpty)
        #expect(!station.passesOver(try head(meter.address + 1), at: begin + .milliseconds(10)))
        #expect(station.passesOver(try head(meter.address + 1), at: begin + .seconds(60)))
    }

    @Test func theWrapperCarriesTheSameMeter() throws {
        try Self.withLine(3) { world, channel in
            var reader = try LineReader(channel, clock: world.clock, address: nil, password: "111")
            _ = try await reader.open()
            #expect(
                try await reader.get(1, ObjectTable.serialNumber)
                    == .data(.octetString(Array("4300017".utf8))))
        }
    }

    @Test func aWrongPasswordIsRefusedWithItsDiagnostic() throws {
        for refuses in [false, true] {
            try Self.withLine(
                1,
                { line in
                    var faults = StationFaults()
                    faults.refusesPassword = refuses
                    line.setFaults(faults, ofStation: 0)
                }
            ) { world, channel in
                var reader = try LineReader(
                    channel, clock: world.clock, address: 101, password: refuses ? "12345678" : "87654321")
                await #expect(throws: ApplicationError.self) { _ = try await reader.open() }
            }
        }
    }

    @Test func aSmallPDUIsAnnouncedAndKept() throws {
        try Self.withLine(
            1,
            { line in
                var faults = StationFaults()
                faults.pduSize = 100
                line.setFaults(faults, ofStation: 0)
            }
        ) { world, channel in
            var reader = try LineReader(channel, clock: world.clock, address: 101, password: "12345678")
            guard case .associated(let agreed) = try await reader.open() else {
                Issue.record("not associated")
                return
            }
            #expect(agreed.serverMaximumPDU == 100)
            let today = world.wall.now.civil(in: Self.zone).startOfDay
            let days = try await reader.rows(
                ArchiveProfile.day.object, from: today.adding(seconds: -5 * 86_400), to: today)
            #expect(days.count == 6)
        }
    }

    @Test func thePublicClientSeesTheClockAndTheNameOnly() throws {
        try Self.withLine(2) { world, channel in
            var reader = try LineReader(channel, clock: world.clock, address: 16, password: "", client: 16)
            _ = try await reader.open()
            guard case .data(let time) = try await reader.get(8, ObjectTable.clock) else {
                Issue.record("no time")
                return
            }
            let shown = try #require(time.dateTimeValue.flatMap { CivilStamp($0) })
            let difference = shown.seconds - world.wall.now.civil(in: Self.zone).seconds
            #expect(difference.magnitude <= 30)
            #expect(
                try await reader.get(1, ObjectTable.logicalDeviceName)
                    == .data(.octetString(Array("SIM0000004300016".utf8))))
            #expect(try await reader.get(1, ObjectTable.serialNumber) == .accessError(.objectUndefined))
        }
    }

    @Test func aStreetBuiltTwiceAnswersTheSame() throws {
        func conversation() throws -> [[DataValue]] {
            try Self.withLine(1) { world, channel in
                var reader = try LineReader(channel, clock: world.clock, address: 102, password: "111")
                _ = try await reader.open()
                let today = world.wall.now.civil(in: Self.zone).startOfDay
                return try await reader.rows(
                    ArchiveProfile.load.object, from: today.adding(seconds: -7_200), to: today)
            }
        }
        #expect(try conversation() == conversation())
    }
}
