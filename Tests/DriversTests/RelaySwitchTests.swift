// Relays (R23, R24): of simulated meters, whose command goes over a real conversation, and of one that says
// what a test wants it to.

import DLMS
import Drivers
import Faults
import Metering
import SPODES
import Seams
import Street
import Testing
import Timekeeping
import VirtualTime

/// A meter whose relay does as its plan says. Counts sessions and commands.
private actor OddRelay {
    /// States told one after another; the last one stays.
    private var states: [RelayState]
    private let failure: Fault?
    private let amperes: [Double]
    private(set) var sessions = 0
    private(set) var commands: [Bool] = []
    private var looks = 0

    init(_ states: [RelayState], failure: Fault? = nil, amperes: [Double] = [0]) {
        self.states = states
        self.failure = failure
        self.amperes = amperes
    }

    func enter() { sessions += 1 }
    func look() -> RelayState {
        if states.count > 1 { return states.removeFirst() }
        return states[0]
    }
    func command(_ isOn: Bool) throws {
        commands.append(isOn)
        if let failure { throw failure }
    }
    func current() -> Double {
        defer { looks += 1 }
        return amperes[min(looks, amperes.count - 1)]
    }
}

/// Speaks to it.
private struct OddDriver: MeterDriver {
    let meter: OddRelay

    func session<Value: Sendable>(
        with point: MeterPoint, over channel: any Channel, outlook: SessionOutlook,
        _ body: (any MeterSession) async throws -> Value
    ) async throws -> Value {
        await meter.enter()
        return try await body(OddSession(meter: meter))
    }
}

private struct OddSession: MeterSession {
    let meter: OddRelay
    let identity = MeterIdentity(serial: "77")
    func relay() async throws -> RelayState { await meter.look() }
    func switchRelay(on isOn: Bool) async throws { try await meter.command(isOn) }
    func clock() async throws -> ClockReading { throw Fault(.meterUnsupported) }
    func current(_ measure: Measure, tags: [Metering.Tag]) async throws -> Reading {
        let value = MeasuredValue(.iA, mantissa: Int64(await meter.current() * 100), scaler: -2)
        return Reading(measure, at: MeterStamp(CivilStamp(seconds: 0)), values: [value])
    }
    func archive(_ measure: Measure, window: ClosedRange<CivilStamp>) async throws -> ArchiveAnswer {
        throw Fault(.meterUnsupported)
    }
    func profileInterval() async throws -> Int { 30 }
}

/// A channel that an odd relay does not need.
private struct NobodysChannel: Channel {
    func write(_ octets: [UInt8]) async throws(ChannelError) {}
    func read(until deadline: MonotonicInstant) async throws(ChannelError) -> [UInt8] { [] }
    func discardInput() async {}
    func close() async {}
}

@Suite struct RelaySwitchTests {
    private static let on = RelayState(isClosed: true, control: .on, mode: 4)
    private static let off = RelayState(isClosed: false, control: .off, mode: 4)
    private static let ready = RelayState(isClosed: false, control: .ready, mode: 3)

    /// Switches an odd relay in virtual time.
    private static func switched(
        _ relay: OddRelay, on isOn: Bool, serial: String = ""
    ) throws -> (outcome: RelayOutcome?, code: FaultCode?) {
        try VirtualWorld(start: StreetFixture.noon).run { world in
            let point = MeterPoint(id: 5, typeName: "SPODES", address: "16")
            let command = RelaySwitch(
                OddDriver(meter: relay), point, on: isOn, serial: serial, clock: world.clock)
            do { return (try await command.run(over: NobodysChannel()), nil) } catch let fault as Fault {
                return (nil, fault.code)
            }
        }
    }

    private static func configurator(_ street: StreetFixture, _ index: Int = 0) -> MeterPoint {
        var point = street.point(index, link: MeterLink(client: 48))
        point.writePassword = Array(street.line.meters[index].personality.passwords.configurator.utf8)
        return point
    }

    @Test func `a relay goes off and on again and each time is read to be so`() throws {
        try StreetFixture.run(line: 1) { street in
            let driver = try street.catalogue.driver(for: "SPODES")
            for wanted in [false, true] {
                let command = RelaySwitch(
                    driver, Self.configurator(street), on: wanted, serial: "4200101",
                    clock: street.world.clock)
                let outcome = try await command.run(over: try await street.wire.open())
                #expect(outcome.isCommanded && outcome.remark == nil)
                #expect(outcome.before.isClosed == !wanted)
                #expect(outcome.after?.isSwitched(on: wanted) == true && outcome.after?.mode == 4)
                try await street.session(street.point(0)) { session in
                    let reading = try await session.current(.relay, tags: [])
                    #expect(reading.values.map(\.tag) == [.relayId, .relayState])
                    #expect(reading[.relayState]?.mantissa == (wanted ? 1 : 0))
                    let control = try await session.current(.relay, tags: [.relayControl])
                    #expect(control.values == [MeasuredValue(.relayControl, mantissa: wanted ? 1 : 0)])
                }
            }
        }
    }

    @Test func `a reader is refused, and another meter than expected is left alone`() throws {
        try StreetFixture.run(line: 1) { street in
            let driver = try street.catalogue.driver(for: "SPODES")
            let clock = street.world.clock
            let channel = try await street.wire.open()
            let reader = RelaySwitch(driver, street.point(0), on: false, clock: clock)
            #expect(await faultCode { _ = try await reader.run(over: channel) } == .meterDataAccess)
            let other = RelaySwitch(
                driver, Self.configurator(street), on: false, serial: "1", clock: clock)
            #expect(await faultCode { _ = try await other.run(over: channel) } == .meterSerialChanged)
            try await street.session(street.point(0)) { session in
                let state = try await session.relay()
                #expect(state.isSwitched(on: true))
            }
        }
    }

    @Test func `a meter without the object has no relay`() throws {
        let nowhere = LogicalName(9, 9, 9, 9, 9)
        try StreetFixture.run(quirk: { frame, _, _ in
            guard let apdu = LogicalLinkControl.apdu(in: frame.information),
                case .getRequest(let request)? = try? APDU(octets: Array(apdu))
            else { return .pass }
            func hidden(_ asked: AttributeRequest) -> AttributeRequest {
                guard asked.attribute.object.classID == 70 else { return asked }
                return AttributeRequest(
                    AttributeDescriptor(
                        classID: 70, logicalName: nowhere, attribute: asked.attribute.attribute))
            }
            switch request {
            case .normal(let invoke, let asked):
                return .ask(APDU.getRequest(.normal(invoke, hidden(asked))).encoded)
            case .withList(let invoke, let asked):
                return .ask(APDU.getRequest(.withList(invoke, asked.map(hidden))).encoded)
            case .next: return .pass
            }
        }) { street in
            try await street.session(street.point(0)) { session in
                #expect(await faultCode { _ = try await session.relay() } == .meterNoRelay)
                #expect(await faultCode { _ = try await session.current(.relay, tags: []) } == .meterNoRelay)
            }
        }
    }

    @Test func `a relay that stands as wished gets no command`() async throws {
        let relay = OddRelay([Self.on])
        let outcome = try #require(try Self.switched(relay, on: true).outcome)
        #expect(!outcome.isCommanded && outcome.isDone)
        #expect(await relay.commands == [])
    }

    @Test func `ready for a person's button is not on, and is told at once`() async throws {
        let relay = OddRelay([Self.off, Self.off, Self.ready])
        let outcome = try #require(try Self.switched(relay, on: true).outcome)
        #expect(outcome.remark?.code == .relayReady && !outcome.isDone)
        #expect(outcome.after == Self.ready)
        #expect(await relay.commands == [true])
    }

    @Test func `a relay that has not moved after ten seconds is told`() async throws {
        let slow = OddRelay(Array(repeating: Self.on, count: 8) + [Self.off])
        #expect(try Self.switched(slow, on: false).outcome?.remark == nil)
        let stuck = OddRelay([Self.on])
        let outcome = try #require(try Self.switched(stuck, on: false).outcome)
        #expect(outcome.remark?.code == .relayUnchanged && !outcome.isDone)
        #expect(await stuck.commands == [false])
    }

    @Test func `a command without an answer is not sent again, a new session reads what became of it`()
        async throws
    {
        let done = OddRelay([Self.on, Self.off], failure: Fault(.meterSilent))
        let outcome = try #require(try Self.switched(done, on: false).outcome)
        #expect(outcome.isDone && outcome.after == Self.off)
        #expect(await done.commands == [false])
        #expect(await done.sessions == 2)
        let lost = OddRelay([Self.on], failure: Fault(.meterSilent))
        #expect(try Self.switched(lost, on: false).outcome?.remark?.code == .relayUnchanged)
        #expect(await lost.commands == [false])
    }

    @Test func `a refusal is a fault and nothing is tried again`() async throws {
        let relay = OddRelay([Self.on], failure: Fault(.meterDataAccess))
        #expect(try Self.switched(relay, on: false).code == .meterDataAccess)
        #expect(await relay.sessions == 1)
    }

    @Test func `current that flows behind an open relay is told, one that fades is not`() async throws {
        let welded = OddRelay([Self.on, Self.off], amperes: [4.07])
        let outcome = try #require(try Self.switched(welded, on: false).outcome)
        #expect(outcome.isDone)
        #expect(outcome.remark == Fault(.relayCurrent, ["meter": "5", "value": "4.07"]))
        let fading = OddRelay([Self.on, Self.off], amperes: [4.07, 1.2, 0.01])
        #expect(try Self.switched(fading, on: false).outcome?.remark == nil)
    }
}
