// A broker in memory and virtual time: delivers late, goes away, refuses; remembers every message it took.

import Archive
import Configuration
import Glibc
import JSONText
import Metering
import Publishing
import Seams
import Timekeeping
import VirtualTime

/// All that the broker of a test has seen and how it behaves.
actor BrokerHall {
    /// Whether connections are taken and kept.
    var isUp = true
    /// Time from a message's arrival to its acknowledgement.
    var delay: Duration = .milliseconds(20)
    /// Thrown by `connect` instead of connecting.
    var refusal: BrokerError?
    /// Payload size above which a message is refused for good.
    var largest = Int.max
    /// Messages acknowledged or lost before their acknowledgement, in order of arrival.
    private(set) var arrived: [BrokerMessage] = []
    private(set) var settings: [BrokerSettings] = []
    private(set) var connects = 0
    private(set) var mostInFlight = 0
    private var inFlight = 0
    private var generation = 0

    /// Connections ended by the client.
    private(set) var farewells = 0
    private var mourners: [AsyncStream<Void>.Continuation] = []

    func set(up: Bool) {
        isUp = up
        generation += 1
        release()
    }

    private func release() {
        for mourner in mourners { mourner.finish() }
        mourners = []
    }

    fileprivate func leave(_ connection: Int) {
        if connection == generation, isUp { farewells += 1 }
        release()
    }

    /// Returns when the connection is broken off, ended, or the caller cancelled.
    fileprivate func end(of connection: Int) async {
        guard isUp, connection == generation else { return }
        let (stream, mourner) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        mourners.append(mourner)
        for await _ in stream {}
    }

    func set(delay: Duration) { self.delay = delay }
    func set(refusal: BrokerError?) { self.refusal = refusal }
    func set(largest: Int) { self.largest = largest }

    fileprivate func connect(_ settings: BrokerSettings) throws(BrokerError) -> Int {
        connects += 1
        self.settings.append(settings)
        if let refusal { throw refusal }
        guard isUp else { throw .unreachable("connection refused") }
        return generation
    }

    fileprivate func take(_ message: BrokerMessage, connection: Int) throws(BrokerError) -> Duration {
        guard isUp, connection == generation else { throw .disconnected }
        if message.payload.count > largest { throw .invalidMessage("too large") }
        arrived.append(message)
        inFlight += 1
        mostInFlight = max(mostInFlight, inFlight)
        return delay
    }

    /// A last message; nobody waits for its acknowledgement.
    fileprivate func hear(_ farewell: BrokerMessage, connection: Int) {
        if isUp, connection == generation { arrived.append(farewell) }
    }

    fileprivate func settle(connection: Int) throws(BrokerError) {
        inFlight -= 1
        guard isUp, connection == generation else { throw .disconnected }
    }

    /// Messages that are documents, without presence.
    var documents: [BrokerMessage] { arrived.filter { !$0.retain } }
}

struct MemoryBrokerOpener: BrokerOpener {
    let hall: BrokerHall
    let clock: VirtualClock

    func broker(_ settings: BrokerSettings) -> any Broker {
        MemoryBroker(hall: hall, clock: clock, settings: settings)
    }
}

private actor MemoryBroker: Broker {
    let hall: BrokerHall
    let clock: VirtualClock
    let settings: BrokerSettings
    private var connection: Int?

    init(hall: BrokerHall, clock: VirtualClock, settings: BrokerSettings) {
        self.hall = hall
        self.clock = clock
        self.settings = settings
    }

    func connect() async throws(BrokerError) { connection = try await hall.connect(settings) }

    func publish(_ message: BrokerMessage) async throws(BrokerError) {
        guard let connection else { throw .disconnected }
        let delay = try await hall.take(message, connection: connection)
        do { try await clock.sleep(for: delay) } catch {
            try await hall.settle(connection: -1)
        }
        try await hall.settle(connection: self.connection == nil ? -1 : connection)
    }

    func disconnect(saying farewell: BrokerMessage?) async {
        if let connection {
            if let farewell { await hall.hear(farewell, connection: connection) }
            await hall.leave(connection)
        }
        connection = nil
    }

    func ended() async {
        if let connection { await hall.end(of: connection) }
    }
}

/// Marks what it packed, so that a test can unpack it.
struct MarkingCompressor: Compressor {
    func gzip(_ octets: [UInt8]) -> [UInt8] { [0x1F, 0x8B] + octets }
}

/// Answers with one reading and one failure.
struct FixedCurrent: CurrentReadingSource {
    func readings(_ measure: Measure, meters: [Int]?) async -> [CurrentReading] {
        let stamp = MeterStamp(CivilStamp(seconds: 0))
        return [
            CurrentReading(
                meterID: 1, serial: "100",
                reading: Reading(measure, at: stamp, clockDifferenceSeconds: -2, values: [])),
            CurrentReading(meterID: 2, serial: "", reading: nil, failure: "no answer"),
        ]
    }
}

/// A world with an archive, a broker and a publisher.
struct PublishingBench: Sendable {
    let world: VirtualWorld
    let directory: TemporaryArchive
    let archive: MeterArchive
    let hall = BrokerHall()
    let publisher: Publisher

    init(_ world: VirtualWorld, depths: RetentionDepths = RetentionDepths(), startDelay: Duration = .zero)
        throws
    {
        try self.init(
            world, TemporaryArchive(), depths: depths, startDelay: startDelay)
    }

    init(
        _ world: VirtualWorld, _ directory: TemporaryArchive, depths: RetentionDepths = RetentionDepths(),
        startDelay: Duration = .zero
    ) throws {
        self.world = world
        self.directory = directory
        archive = try MeterArchive(path: directory.path, depths: depths, wall: world.wall)
        publisher = Publisher(
            PublishingTools(
                archive: archive, opener: MemoryBrokerOpener(hall: hall, clock: world.clock),
                compressor: MarkingCompressor(), current: FixedCurrent(), clock: world.clock,
                wall: world.wall,
                device: PublishingDevice(serialNumber: "000000000042", version: "1.0")),
            startDelay: startDelay)
    }

    /// Runs `body` beside the publisher's service and stops the service afterwards.
    func serving(_ body: @escaping @Sendable (PublishingBench) async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await publisher.run() }
            try await body(self)
            group.cancelAll()
        }
    }

    /// Waits in virtual time until the publication has nothing left to do.
    func settle(within limit: Duration = .seconds(3_600)) async throws {
        let deadline = world.clock.now + limit
        repeat {
            try await world.clock.sleep(for: .seconds(1))
        } while try await publisher.status().contains { $0.activity != .idle } && world.clock.now < deadline
    }

    /// Stores a half-hour row of each meter that ends now.
    func storeHalfHour(meters: ClosedRange<Int>) async throws {
        let zone = ZoneOffset(minutes: 180)
        let now = world.wall.now.civil(in: zone)
        let stamp = CivilStamp(seconds: now.seconds / 1_800 * 1_800)
        for meter in meters {
            let reading = Reading(
                .powerProfile, at: MeterStamp(stamp), intervalMinutes: 30,
                values: [MeasuredValue(.pPlus, mantissa: Int64(meter), form: .demand)])
            _ = try await archive.store(
                MeterSessionRows(
                    meterID: meter, serial: "S\(meter)", readAt: world.wall.now, isTimeTrusted: true,
                    zone: zone, clockDifferenceSeconds: 0, readings: [reading]))
        }
    }
}

/// A directory that goes away with the test.
final class TemporaryArchive: Sendable {
    let directory: String
    var path: String { directory + "/archive.sqlite" }

    init() {
        var template = Array("/tmp/gateway-publishing-XXXXXX".utf8CString)
        directory = template.withUnsafeMutableBufferPointer { String(cString: mkdtemp($0.baseAddress!)) }
    }

    deinit {
        for suffix in ["", "-wal", "-shm"] { unlink(path + suffix) }
        rmdir(directory)
    }
}

/// One document as a test looks at it.
struct Document {
    let json: JSONValue
    let from: Int
    let through: Int

    init(_ message: BrokerMessage) throws {
        let packed = message.payload.starts(with: [0x1F, 0x8B])
        json = try JSONValue(parsing: packed ? Array(message.payload.dropFirst(2)) : message.payload)
        from = json["seqFrom"]?.wholeNumber ?? -1
        through = json["seqTo"]?.wholeNumber ?? -1
    }

    /// `meter serial ts` of every row.
    var rows: [String] {
        (json["measures"]?.elements ?? []).flatMap { measure in
            (measure["devices"]?.elements ?? []).flatMap { device in
                let name = "\(device["id"]?.wholeNumber ?? 0) \(device["serial"]?.text ?? "")"
                return (device["vals"]?.elements ?? []).map { "\(name) \($0["ts"]?.text ?? "")" }
            }
        }
    }
}
