import DLMS
import Drivers
import Faults
import Metering
import SPODES
import Street
import Testing
import Timekeeping

/// Meters that offer several attributes at once and do not keep what they offer.
@Suite struct SPODESListTests {
    private static let outlook = SessionOutlook(comparesClock: true, alarms: Journal.urgent)

    /// Reads energy and alarms and returns the lengths of the lists that were asked for.
    private static func visit(_ street: StreetFixture) async throws -> [Int] {
        let channel = RecordingChannel(try await street.wire.open())
        let driver = try street.catalogue.driver(for: "SPODES")
        try await driver.session(with: street.point(0), over: channel, outlook: outlook) { session in
            #expect(session.identity.serial == "4200101")
            let clock = try await session.clock()
            #expect(abs(clock.differenceSeconds) < 600)
            let energy = try await session.current(.momentEnergy, tags: [])
            #expect(energy.values.count == 20)
            let alarms = try await session.alarms(filling: Journal.urgent)
            #expect(alarms.word == [] && alarms.fills.count == 3)
        }
        return channel.exchanges.filter { $0.hasPrefix("GET list") }.map {
            $0.split(separator: ",").count
        }
    }

    @Test func `one that keeps its word is asked at once, as much as one frame takes`() throws {
        try StreetFixture.run(quirk: { _, _, _ in .pass }) { street in
            _ = try await Self.visit(street)
            let lengths = try await Self.visit(street)
            #expect(lengths == [6, 12, 8])
        }
    }

    @Test func `one that answers an exception is asked for one attribute at a time from then on`() throws {
        try StreetFixture.run(quirk: { frame, _, _ in frame.listCount > 0 ? .ask([0xFF]) : .pass }) {
            street in
            let first = try await Self.visit(street)
            #expect(first.count == 1)
            let lengths = try await Self.visit(street)
            #expect(lengths == [])
        }
    }

    @Test
    func `one that refuses long lists as a whole is asked for shorter ones, and nothing is called absent`()
        throws
    {
        try StreetFixture.run(quirk: { frame, _, _ in
            guard frame.listCount > 4, let invoke = frame.invoke else { return .pass }
            let nowhere = AttributeDescriptor(
                classID: 1, logicalName: LogicalName(9, 9, 9, 9, 9), attribute: 2)
            return .ask(APDU.getRequest(.normal(invoke, AttributeRequest(nowhere))).encoded)
        }) { street in
            _ = try await Self.visit(street)
            let lengths = try await Self.visit(street)
            #expect(lengths.count >= 7 && lengths.allSatisfy { (2...4).contains($0) })
        }
    }

    @Test func `one that is silent to lists is lost for two visits, not for ever`() throws {
        try StreetFixture.run(quirk: { frame, _, _ in frame.listCount > 0 ? .swallow : .pass }) { street in
            for _ in 0..<2 {
                #expect(await faultCode { _ = try await Self.visit(street) } == .meterSilent)
            }
            let lengths = try await Self.visit(street)
            #expect(lengths == [])
        }
    }

    @Test func `another meter at the same point is found out by its serial number`() throws {
        try StreetFixture.run(line: 1) { street in
            for index in [0, 1, 0, 3] {
                let driver = try street.catalogue.driver(for: "SPODES")
                var point = street.point(index)
                point.id = 7
                let channel = try await street.wire.open()
                try await driver.session(with: point, over: channel, outlook: Self.outlook) { session in
                    #expect(session.identity.serial == "4200\(101 + index)")
                    #expect(session.identity.model == street.line.meters[index].personality.model)
                }
            }
        }
    }
}
