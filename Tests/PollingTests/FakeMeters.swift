// Meters without octets for the tests of polling: they keep rows like the real ones, take their time, and
// fail on demand. What was asked of them is noted in order.

import Archive
import Configuration
import Drivers
import Faults
import Lines
import Logging
import Metering
import Polling
import Seams
import Storage
import StorageSimulation
import Timekeeping
import VirtualTime

/// The meters of a test and what happened to them.
actor FakeStreet {
    /// How one meter behaves.
    struct Behaviour {
        var serial = "100"
        var failure: Fault?
        var unsupported: Set<Measure> = []
        /// The first interval the meter has recorded.
        var bornAt = CivilStamp(seconds: 0)
        var requestTime: Duration = .milliseconds(300)
        /// Interval of its profile.
        var interval = 30
        /// Its clock minus the gateway's.
        var clockDifference: Int32 = 0
        /// Whether it keeps journals.
        var hasJournals = false
        /// What they tell.
        var events: [JournalEvent] = []
        /// Milliamperes of phase A; nil when it tells no current.
        var current: Int64?
        /// Whether its relay stands open, whatever it was told.
        var isRelayOpen = false
        /// Fails in the middle: after so many requests of a session.
        var breaksAfter: Int?
    }

    private(set) var log: [String] = []
    private var behaviours: [String: Behaviour] = [:]
    private(set) var sessionsNow = 0
    private(set) var sessionsAtMost = 0

    func set(_ address: String, _ behaviour: Behaviour) { behaviours[address] = behaviour }
    func behaviour(of address: String) -> Behaviour {
        behaviours[address] ?? Behaviour(serial: "S" + address)
    }
    func note(_ text: String) { log.append(text) }
    func clearLog() { log = [] }
    func enter() {
        sessionsNow += 1
        sessionsAtMost = max(sessionsAtMost, sessionsNow)
    }
    func leave() { sessionsNow -= 1 }
}

/// Speaks to fake meters.
struct FakeDriver: MeterDriver {
    let street: FakeStreet
    let clock: any MonotonicClock
    let wall: any WallClock

    func session<Value: Sendable>(
        with point: MeterPoint, over channel: any Channel, outlook: SessionOutlook,
        _ body: (any MeterSession) async throws -> Value
    ) async throws -> Value {
        let behaviour = await street.behaviour(of: point.address)
        let station = StationAddress(logical: 1, physical: UInt16(point.address) ?? 0)
        if let until = await channel.engagement(of: station) { throw MeterEngaged(until: until) }
        await street.enter()
        await street.note("open \(point.address)")
        do {
            try await clock.sleep(for: behaviour.requestTime)
            if let failure = behaviour.failure { throw failure }
            let value = try await body(
                FakeSession(
                    identity: MeterIdentity(serial: behaviour.serial), address: point.address,
                    client: point.link.client,
                    behaviour: behaviour, driver: self))
            await street.leave()
            return value
        } catch {
            await street.leave()
            throw error
        }
    }
}

extension FakeDriver {
    /// Nobody is anywhere, and each place costs a second.
    func look(
        at step: SearchStep, over channel: any Channel, medium: MeterPoint.Medium
    ) async throws -> FoundMeter? {
        try await clock.sleep(for: .seconds(1))
        return nil
    }

    func probe(_ point: MeterPoint, over channel: any Channel) async throws {
        await street.note("probe \(point.address)")
        try await clock.sleep(for: .milliseconds(100))
        if let failure = await street.behaviour(of: point.address).failure { throw failure }
    }
}

/// One conversation with a fake meter, thirty-minute profile, Moscow time.
struct FakeSession: MeterSession {
    let identity: MeterIdentity
    let address: String
    let client: Int
    let behaviour: FakeStreet.Behaviour
    let driver: FakeDriver

    private var now: CivilStamp { driver.wall.now.civil(in: ZoneOffset(minutes: 180)) }

    private func take(_ text: String) async throws {
        await driver.street.note("\(address) \(text)")
        try await driver.clock.sleep(for: behaviour.requestTime)
        if let breaksAfter = behaviour.breaksAfter {
            let log = await driver.street.log
            let asked = log.reversed().prefix { $0 != "open \(address)" }.count
            if asked > breaksAfter { throw Fault(.meterSilent) }
        }
    }

    func clock() async throws -> ClockReading {
        try await driver.clock.sleep(for: behaviour.requestTime)
        // A clock that was written shows the right time from then on.
        let isWritten = await driver.street.log.contains { $0.hasPrefix("\(address) clock") }
        let difference = isWritten ? 0 : behaviour.clockDifference
        return ClockReading(
            stamp: MeterStamp(now.adding(seconds: Int64(difference))), differenceSeconds: difference,
            roundTrip: behaviour.requestTime, askedAt: driver.clock.now)
    }

    func shiftClock(bySeconds seconds: Int) async throws { try await take("clock shifted \(seconds)") }
    func setClock(to stamp: CivilStamp) async throws { try await take("clock set \(stamp)") }

    func relay() async throws -> RelayState {
        // A relay that was told something does it.
        let told = await driver.street.log.last { $0.hasPrefix("\(address) relay") }
        let isOn = told?.contains("relay off") != true && !behaviour.isRelayOpen
        return RelayState(isClosed: isOn, control: isOn ? .on : .off)
    }
    func switchRelay(on isOn: Bool) async throws {
        try await take("relay \(isOn ? "on" : "off"), client \(client)")
    }

    func current(_ measure: Measure, tags: [Tag]) async throws -> Reading {
        try await take(measure.rawValue)
        if behaviour.unsupported.contains(measure) { throw Fault(.meterUnsupported) }
        let current = measure == .momentQuality ? behaviour.current : nil
        return Reading(
            measure, at: MeterStamp(now), clockDifferenceSeconds: 0,
            values: [MeasuredValue(.aPlus0, mantissa: now.seconds / 60)]
                + (current.map { [MeasuredValue(.iA, mantissa: $0, scaler: -3)] } ?? []))
    }

    func archive(_ measure: Measure, window: ClosedRange<CivilStamp>) async throws -> ArchiveAnswer {
        try await take("\(measure.rawValue) \(window.lowerBound)…\(window.upperBound)")
        if behaviour.unsupported.contains(measure) { throw Fault(.meterUnsupported) }
        let grid = SlotGrid(measure, intervalMinutes: behaviour.interval)
        let slots = grid?.slots(in: window).filter { $0 >= behaviour.bornAt && $0 <= now } ?? []
        let readings = slots.map { slot in
            Reading(
                measure, at: MeterStamp(slot), clockDifferenceSeconds: 0,
                intervalMinutes: measure == .powerProfile ? UInt8(behaviour.interval) : 0,
                values: [MeasuredValue(measure == .powerProfile ? .pPlus : .aPlus0, mantissa: slot.minutes)])
        }
        let next = grid?.next(after: window.upperBound) ?? now
        return ArchiveAnswer(readings: readings, holdsLaterRow: next <= now)
    }

    func journal(_ journals: Set<Journal>, since: CivilStamp?) async throws -> JournalAnswer {
        guard behaviour.hasJournals else { return JournalAnswer(events: [], unsupported: journals) }
        try await take("journals since \(since.map { "\($0)" } ?? "ever")")
        return JournalAnswer(
            events: behaviour.events.filter { journals.contains($0.journal) }, unsupported: [])
    }

    func profileInterval() async throws -> Int {
        try await take("interval")
        if behaviour.unsupported.contains(.powerProfile) { throw Fault(.meterUnsupported) }
        return behaviour.interval
    }
}

/// A channel nobody listens at.
struct DeadChannel: Channel {
    let opener: FakeOpener
    /// When the far end closes, as one does that made its client wait; nil for never.
    var closing: (clock: any MonotonicClock, at: MonotonicInstant)?

    func write(_ octets: [UInt8]) async throws(ChannelError) {}
    func read(until deadline: MonotonicInstant) async throws(ChannelError) -> [UInt8] {
        guard let closing else { return [] }
        try? await closing.clock.sleep(until: min(deadline, closing.at))
        if closing.clock.now >= closing.at { throw .farEndBusy }
        return []
    }
    func discardInput() async {}
    func close() async { await opener.noteClose() }
}

/// Opens dead channels, or fails.
actor FakeOpener: LineOpener {
    private var failure: ChannelError?
    private var failures: [LineAddress: ChannelError] = [:]
    private var patience: [LineAddress: (clock: any MonotonicClock, span: Duration)] = [:]
    private(set) var openings: [LineAddress] = []
    private(set) var closings = 0

    func fail(_ failure: ChannelError?) { self.failure = failure }
    func fail(_ failure: ChannelError?, at address: LineAddress) { failures[address] = failure }
    /// The far end at `address` says nothing and closes after `span`.
    func close(_ address: LineAddress, after span: Duration, by clock: any MonotonicClock) {
        patience[address] = (clock, span)
    }
    func clearLog() { (openings, closings) = ([], 0) }
    func noteClose() { closings += 1 }

    func open(
        _ address: LineAddress, settings: SerialSettings, until deadline: MonotonicInstant
    ) async throws(ChannelError) -> any Channel {
        openings.append(address)
        if let failure = failures[address] ?? failure { throw failure }
        let closing = patience[address].map { (clock: $0.clock, at: $0.clock.now + $0.span) }
        return DeadChannel(opener: self, closing: closing)
    }
}

/// Everything a test of polling needs.
struct PollingBench: DriverSource {
    let world: VirtualWorld
    let street = FakeStreet()
    let opener = FakeOpener()
    let archive: MeterArchive
    let lines: LineRegistry
    private let fake: FakeDriver

    /// 2026-03-01 12:00 in the device's zone; addresses on the lines `Iface1` and `Iface2`.
    static func world() -> VirtualWorld { VirtualWorld(start: WallTime(unixSeconds: 1_772_355_600)) }

    init(_ world: VirtualWorld, disk: SimulatedDisk? = nil) throws {
        self.world = world
        archive = try MeterArchive(
            path: disk == nil ? ":memory:" : "/data/archive.sqlite", wall: world.wall,
            options: Connection.Options(vfs: disk?.vfsName))
        lines = LineRegistry(
            interfaces: [
                "Iface1": LineConfiguration(address: .serial(path: "/dev/1")),
                "Iface2": LineConfiguration(address: .serial(path: "/dev/2")),
            ], opener: opener, clock: world.clock, logger: .silent)
        fake = FakeDriver(street: street, clock: world.clock, wall: world.wall)
    }

    func driver(for typeName: String) throws(Fault) -> any MeterDriver {
        guard typeName == "SPODES" else { throw Fault(.meterTypeUnknown) }
        return fake
    }

    /// A poller with meters 1…n at addresses 101… on the first line and, with `second`, further ones on the
    /// second.
    func poller(
        first: Int, second: Int = 0, measures: [Measure] = [],
        change: (inout GatewayConfiguration) -> Void = { _ in }
    ) async throws -> MeterPoller {
        var configuration = GatewayConfiguration()
        guard let type = MeterType.named("SPODES") else { throw Fault(.meterTypeUnknown) }
        configuration.meters = (1...(first + second)).map {
            MeterRow(id: $0, type: type, address: "\(100 + $0)", interface: $0 <= first ? .iface1 : .iface2)
        }
        configuration.dataTemplates = [DataTemplate(id: 1, name: "D", types: measures.map(\.rawValue))]
        configuration.pollTemplates = [PollTemplate(id: 1, dataTemplate: "D")]
        change(&configuration)
        return try await poller(configuration)
    }

    /// A poller over this bench's archive and lines, as after a start.
    func poller(_ configuration: GatewayConfiguration) async throws -> MeterPoller {
        let registered = configuration.meters.map {
            RegisteredMeter(id: $0.id, typeName: $0.type.name, address: $0.address)
        }
        try await archive.register(registered, revision: 1)
        let poller = MeterPoller(
            archive: archive, lines: lines, drivers: self, clock: world.clock, wall: world.wall,
            logger: .silent)
        await poller.apply(configuration)
        return poller
    }
}
