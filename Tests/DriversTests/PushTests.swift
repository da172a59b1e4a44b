// Pushes of simulated meters as the driver reads them: whose they are, what they tell, what is left out, and
// a push in the middle of a conversation.

import DLMS
import Drivers
import Faults
import Metering
import Octets
import SPODES
import Seams
import Security
import Street
import Synchronization
import Testing
import Timekeeping
import VirtualTime

@Suite struct PushTests {
    private static let energy = #"{"class":3,"code":"1.0.1.8.0"}"#
    private static let serial = #"{"class":1,"code":"0.0.96.1.0"}"#
    private static let list = #"{"class":40,"code":"0.0.25.9.0"}"#

    /// Line 1 of the demo street, every meter told to push these objects at every full minute.
    private static func live(
        _ objects: [String], security: String = "",
        _ body: @escaping @Sendable (StreetFixture) async throws -> Void
    ) throws {
        let objects = objects.joined(separator: ",")
        let push = #""push":{"to":"10.0.0.1:4059","at":["*:*:00"],"objects":[\#(objects)]}"#
        try StreetFixture.delivered(security + push, body)
    }

    /// The octets of the next push of the first meter.
    private static func pushed(_ fixture: StreetFixture) async throws -> [UInt8] {
        _ = await fixture.wire.pushes()
        try await fixture.world.clock.sleep(for: .seconds(60))
        return try #require(await fixture.wire.pushes().first).octets
    }

    private static func hear(_ octets: [UInt8], _ ring: PushKeyring = PushKeyring()) -> [PushHearing] {
        var stream = PushStream()
        var ring = ring
        return stream.heard(octets, with: &ring)
    }

    private static func push(_ hearings: [PushHearing]) throws -> MeterPush {
        guard case .push(let push)? = hearings.first, hearings.count == 1 else {
            throw Fault(.meterProtocol, ["detail": "\(hearings)"])
        }
        return push
    }

    @Test func `a described push names its meter, and its registers wait for their digits`() throws {
        try Self.live([Self.list, Self.serial, Self.energy]) { fixture in
            let push = try Self.push(Self.hear(try await Self.pushed(fixture)))
            let driver = try fixture.catalogue.driver(for: "SPODES")
            let serial = fixture.line.meters[0].serial
            let names = driver.names(in: push)
            #expect(names.texts == [serial] && names.areCertain)
            let unknown = await driver.report(of: push, serial: serial, zone: StreetFixture.zone)
            #expect(unknown.isPartial && unknown.readings.isEmpty)
            let point = fixture.point(0)
            let polled = try await fixture.session(point) { session in
                try await session.learn(push)
                return try await session.current(.momentEnergy, tags: [.aPlus0])
            }
            let known = await driver.report(of: push, serial: serial, zone: StreetFixture.zone)
            #expect(!known.isPartial)
            let reading = try #require(known.readings.first)
            #expect(reading.measure == .momentEnergy && reading.values.count == 1)
            #expect(reading.values[0].scaler == polled.values[0].scaler)
            #expect(abs(reading.values[0].mantissa - polled.values[0].mantissa) < 100)
            // Stamped with the meter's clock, which goes right to a few seconds.
            let expected = fixture.world.wall.now.civil(in: StreetFixture.zone)
            #expect(abs(reading.stamp.civil.seconds - expected.seconds) < 600)
        }
    }

    @Test func `bare values are read by the meter's own list, and rows and events as a poll reads them`()
        throws
    {
        let objects = [
            Self.serial, #"{"class":7,"code":"1.0.99.1.0","rows":3}"#, #"{"class":7,"code":"1.0.98.2.0"}"#,
            #"{"class":7,"code":"0.0.99.98.4","rows":2}"#, #"{"class":1,"code":"0.0.97.98.0"}"#,
        ]
        try Self.live(objects) { fixture in
            await fixture.wire.happen(.coverOpened, toStation: 0)
            let push = try Self.push(Self.hear(try await Self.pushed(fixture)))
            let driver = try fixture.catalogue.driver(for: "SPODES")
            let serial = fixture.line.meters[0].serial
            #expect(driver.names(in: push).texts.contains(serial) && !driver.names(in: push).areCertain)
            let blind = await driver.report(of: push, serial: serial, zone: StreetFixture.zone)
            #expect(blind.isPartial && blind.isEmpty)
            let (profile, days, journal) = try await fixture.session(fixture.point(0)) { session in
                try await session.learn(push)
                let now = try await session.clock().stamp.civil
                return (
                    try await session.archive(.powerProfile, window: now.adding(seconds: -7_200)...now),
                    try await session.archive(.dayEnergy, window: now.startOfDay...now),
                    try await session.journal([.coverOpened], since: nil)
                )
            }
            let report = await driver.report(of: push, serial: serial, zone: StreetFixture.zone)
            #expect(!report.isPartial)
            func bare(_ readings: [Reading]) -> [Reading] {
                readings.map {
                    var reading = $0
                    reading.clockDifferenceSeconds = nil
                    return reading
                }
            }
            let rows = report.readings.filter { $0.measure == .powerProfile }
            #expect(rows.count == 3 && rows == Array(bare(profile.readings).suffix(3)))
            #expect(report.readings.filter { $0.measure == .dayEnergy } == bare(days.readings))
            #expect(!report.events.isEmpty && report.events.allSatisfy { journal.events.contains($0) })
            #expect(report.journals == [.coverOpened])
            #expect(report.alarms?.contains(.terminalCover) == true)
        }
    }

    @Test func `a ciphered push is opened with the row's keys, and any octet changed closes it`() throws {
        let (ek, ak) = ("000102030405060708090a0b0c0d0e0f", "d0d1d2d3d4d5d6d7d8d9dadbdcdddedf")
        let keys = #""security":{"ek":"\#(ek)","ak":"\#(ak)"},"#
        try Self.live([Self.list, Self.serial], security: keys) { fixture in
            let octets = try await Self.pushed(fixture)
            #expect(Self.hear(octets) == [.refused(.keys)])
            let ring = fixture.catalogue.keyring([fixture.point(0), fixture.point(1)])
            let push = try Self.push(Self.hear(octets, ring))
            let seal = try #require(push.seal)
            // Both rows have the keys: the serial number tells which it is.
            #expect(seal.meterIDs == [fixture.point(0).id, fixture.point(1).id])
            let later = try Self.push(Self.hear(try await Self.pushed(fixture), ring))
            #expect(later.seal?.series == seal.series && (later.seal?.counter ?? 0) > seal.counter)
            for place in 8..<octets.count {
                var damaged = octets
                damaged[place] ^= 1
                #expect(Self.hear(damaged, ring).allSatisfy { if case .refused = $0 { true } else { false } })
            }
            var other = fixture.point(0)
            other.keys.authenticationKey[0] ^= 1
            #expect(Self.hear(octets, fixture.catalogue.keyring([other])) == [.refused(.keys)])
        }
    }

    @Test func `a push in a frame outside of the link is handed on, and the answer comes`() throws {
        let apdu = APDU.eventNotification(
            EventNotification(
                attribute: AttributeDescriptor(
                    classID: 1, logicalName: LogicalName(0, 0, 97, 98, 0), attribute: 2),
                value: .doubleLongUnsigned(16))
        ).encoded
        try StreetFixture.run(quirk: { frame, _, _ in
            guard frame.asks else { return .pass }
            let (meter, client) = (frame.destination, frame.source)
            return .rewrite { answer in
                let push = HDLCFrame(
                    to: client, from: meter, .unnumberedInformation(final: false),
                    information: (LogicalLinkControl.response + apdu)[...])
                return [push.encoded, answer.encoded]
            }
        }) { fixture in
            let point = fixture.point(0)
            let serial = try await fixture.session(point) { $0.identity.serial }
            #expect(serial == fixture.line.meters[0].serial)
            let pushes = fixture.heard.pushes.withLock { $0 }
            #expect(!pushes.isEmpty && pushes.allSatisfy { $0.meterID == point.id })
            var ring = PushKeyring()
            let (hearing, isProtected) = try #require(pushes.first).hearing(with: &ring)
            #expect(!isProtected)
            let push = try Self.push([hearing])
            let driver = try fixture.catalogue.driver(for: "SPODES")
            let report = await driver.report(of: push, serial: serial, zone: StreetFixture.zone)
            #expect(push.isEvent && report.alarms == .terminalCover)
        }
    }
}
