import DLMS
import Drivers
import Metering
import SPODES
import Seams
import Street
import Testing
import Timekeeping
import VirtualTime

/// Present values of meters that take no lists: captured at once where that can be believed.
@Suite struct SPODESSnapshotTests {
    /// Reads energy twice and returns the second reading with the requests it took.
    private static func read(_ street: StreetFixture, _ index: Int) async throws -> (Reading, [String]) {
        var last: (Reading, [String])?
        for _ in 0..<2 {
            let channel = RecordingChannel(try await street.wire.open())
            let driver = try street.catalogue.driver(for: "SPODES")
            let reading = try await driver.session(with: street.point(index), over: channel) { session in
                try await session.current(.momentEnergy, tags: [])
            }
            last = (reading, channel.exchanges.filter { $0.contains(" 1.0.") })
        }
        return try #require(last)
    }

    private static let request = "GET 1.0.94.7.0/2 rows"

    @Test(arguments: [(1, 20), (3, 15)])
    func `energy comes in two exchanges and is what the registers say`(index: Int, count: Int) throws {
        try StreetFixture.run(line: 1) { street in
            let (energy, requests) = try await Self.read(street, index)
            #expect(requests == ["ACTION 1.0.94.7.0 2", Self.request])
            #expect(energy.values.count == count)
            #expect(abs(energy.stamp.civil.seconds - street.now.seconds) < 600)
            let single = try await street.session(street.point(index)) { session in
                try await session.current(.momentEnergy, tags: [.aPlus0, .rPlus0])
            }
            for value in single.values {
                let captured = try #require(energy[value.tag])
                #expect(captured.scaler == value.scaler)
                #expect((0...10).contains(value.mantissa - captured.mantissa))
            }
        }
    }

    @Test func `quality comes the same way`() throws {
        try StreetFixture.run(line: 1) { street in
            for _ in 0..<2 {
                let channel = RecordingChannel(try await street.wire.open())
                let driver = try street.catalogue.driver(for: "SPODES")
                try await driver.session(with: street.point(1), over: channel) { session in
                    let quality = try await session.current(.momentQuality, tags: [])
                    #expect((190...250).contains(try #require(quality[.uA]).double))
                    #expect((49...51).contains(try #require(quality[.freq]).double))
                    #expect(quality.values.count >= 25)
                }
                let requests = channel.exchanges.filter { $0.contains(" 1.0.") }
                #expect(requests.contains("ACTION 1.0.94.7.0 2"))
            }
        }
    }

    /// A meter of the second model behind a quirk.
    private static func run(
        _ quirk: @escaping @Sendable (HDLCFrame) -> QuirkyStation.Verdict,
        _ body: @escaping @Sendable (StreetFixture) async throws -> Void
    ) throws {
        try StreetFixture.run(model: 1, quirk: { frame, _, _ in quirk(frame) }, body)
    }

    @Test func `a meter that does not capture is asked for its registers, not for an old row`() throws {
        try Self.run({ frame in frame.actionInvoke.map { .ask(Self.nothing($0)) } ?? .pass }) { street in
            let (energy, requests) = try await Self.read(street, 1)
            #expect(energy.values.count == 20)
            #expect(requests.count == 20 && !requests.contains(Self.request))
        }
    }

    @Test func `a meter that refuses part of the columns gives the whole row`() throws {
        try Self.run({ frame in
            guard let request = frame.getRequest, request.selection != nil,
                OBISCode(request.attribute.object.logicalName) == ObjectTable.snapshot,
                let invoke = frame.invoke
            else { return .pass }
            return .ask(Self.nothing(invoke))
        }) { street in
            let (energy, requests) = try await Self.read(street, 1)
            #expect(energy.values.count == 20)
            #expect(requests == ["ACTION 1.0.94.7.0 2", "GET 1.0.94.7.0/2"])
        }
    }

    @Test func `a meter that writes an event for every snapshot is spared them, on the next day too`() throws
    {
        func journaled(_ model: String) -> String {
            model.replacing("\"isJournaled\": false", with: "\"isJournaled\": true")
        }
        try StreetFixture.run(line: 1, models: journaled) { street in
            for day in 0..<3 {
                let channel = RecordingChannel(try await street.wire.open())
                let driver = try street.catalogue.driver(for: "SPODES")
                try await driver.session(with: street.point(1), over: channel) { session in
                    let energy = try await session.current(.momentEnergy, tags: [])
                    #expect(energy.values.count == 20)
                    let since = energy.stamp.civil
                    let events = try await session.journal([.programming], since: since).events
                    #expect(events.filter { $0.code == 93 }.count <= 1)
                }
                let captures = channel.exchanges.filter { $0.hasPrefix("ACTION") }
                #expect(captures.count == (day == 0 ? 1 : 0))
                try await street.world.clock.sleep(for: .seconds(90_000))
            }
        }
    }

    @Test func `who waits for an answer does not wait for columns to be learned`() throws {
        try StreetFixture.run(line: 1) { street in
            let channel = RecordingChannel(
                try await street.wire.open(), lastRequestBy: street.world.clock.now + .seconds(30))
            let driver = try street.catalogue.driver(for: "SPODES")
            try await driver.session(with: street.point(1), over: channel) { session in
                _ = try await session.current(.momentEnergy, tags: [])
            }
            #expect(!channel.exchanges.contains { $0.contains("1.0.94.7.0") })
        }
    }

    /// A GET of an object nobody has.
    private static func nothing(_ invoke: InvokeID) -> [UInt8] {
        let nowhere = AttributeDescriptor(classID: 1, logicalName: LogicalName(9, 9, 9, 9, 9), attribute: 2)
        return APDU.getRequest(.normal(invoke, AttributeRequest(nowhere))).encoded
    }
}
