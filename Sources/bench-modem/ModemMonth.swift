// A month of a site behind a modem: what its meters would have recorded goes into the archive half-hour by
// half-hour, as polls store it, and the publisher sends it at the moments of a schedule over the real door.
// Civil time is set; the publisher's own waits run a thousand times faster.

import Archive
import Compression
import Configuration
import EventLoop
import Glibc
import Logging
import MQTTClient
import Metering
import Publishing
import SPODES
import Seams
import Street
import Synchronization
import Timekeeping

/// What is published, where and when.
struct ModemPlan: Sendable {
    let port: Int
    let authority: String
    var meters = 32
    var days = 30
    var qos = 1
    var isPacked = true
    /// Moments of publications, minutes of the day.
    var minutes: [Int] = []

    /// A plan for a broker on this machine.
    init(port: Int, authority: String) {
        self.port = port
        self.authority = authority
    }

    /// Whether tickets, which OpenSSL's servers honour for two hours, are too old at the next publication.
    /// The month is lived through in seconds, therefore this has to be told.
    var outlivesTickets: Bool { minutes.count < 12 }

    /// The tables of such a site.
    var configuration: GatewayConfiguration {
        var configuration = GatewayConfiguration()
        configuration.brokers = [
            MQTTBroker(
                id: 1, address: "localhost", port: port, qos: qos, prefix: "um", deviceID: "street",
                encryption: .tls, certificate: authority, holding: .sending)
        ]
        configuration.messageTemplates = [
            MessageTemplate(
                id: 1, groupID: 0, format: isPacked ? .jsonZip : .json,
                items: ["ElDayEnergy", "ElMonthEnergy", "ElArr1ConsPower"].map {
                    MessageTemplate.Item(measure: $0, depth: .full)
                })
        ]
        configuration.publications = [
            Publication(id: 1, messageTemplateID: 1, brokerID: 1, topic: "readings")
        ]
        configuration.time = TimeSettings(hours: 3)
        return configuration
    }
}

/// Civil time that is set.
final class SetWall: WallClock, Sendable {
    private let seconds: Mutex<Int64>

    init(_ time: WallTime) { seconds = Mutex(time.unixSeconds) }

    var now: WallTime { WallTime(unixSeconds: seconds.withLock { $0 }) }
    var isTrusted: Bool { true }
    func set(_ time: WallTime) { seconds.withLock { $0 = time.unixSeconds } }
}

/// A clock whose seconds are milliseconds.
struct FastClock: MonotonicClock {
    let clock: any MonotonicClock
    private static let factor: Int64 = 1_000

    var executor: UnownedSerialExecutor { clock.executor }

    var now: MonotonicInstant {
        MonotonicInstant(nanoseconds: clock.now.nanoseconds * FastClock.factor)
    }

    func sleep(until deadline: MonotonicInstant) async throws {
        try await clock.sleep(until: MonotonicInstant(nanoseconds: deadline.nanoseconds / FastClock.factor))
    }
}

/// A door without TLS sessions of the connections before.
struct ForgetfulDoor: BrokerOpener {
    let loop: Loop

    func broker(_ settings: BrokerSettings) -> any Broker {
        MosquittoBrokers(loop: loop, logger: .silent).broker(settings)
    }
}

/// Counts what the publisher hands to the door.
final class CountingOpener: BrokerOpener, Sendable {
    struct Counts {
        var connections = 0
        var messages = 0
        var topics = 0
        var payload = 0
    }

    private let door: any BrokerOpener
    let counts = Mutex(Counts())

    init(_ door: any BrokerOpener) { self.door = door }

    func broker(_ settings: BrokerSettings) -> any Broker {
        counts.withLock { $0.connections += 1 }
        return Counted(broker: door.broker(settings), opener: self)
    }

    private struct Counted: Broker {
        let broker: any Broker
        let opener: CountingOpener

        func connect() async throws(BrokerError) { try await broker.connect() }
        func disconnect(saying farewell: BrokerMessage?) async {
            await broker.disconnect(saying: farewell)
        }
        func ended() async { await broker.ended() }

        func publish(_ message: BrokerMessage) async throws(BrokerError) {
            opener.counts.withLock {
                $0.messages += 1
                $0.topics += message.topic.utf8.count
                $0.payload += message.payload.count
            }
            try await broker.publish(message)
        }
    }
}

/// One month, sent.
struct ModemMonth {
    let plan: ModemPlan
    let loop: Loop

    /// Begins with a month of 30 days.
    private static let begin = CivilStamp(seconds: 9_587 * 86_400)
    private static let zone = ZoneOffset(minutes: 180)

    func run() async throws {
        // In memory: 46,080 durable sessions are not what is measured.
        var template = Array("/dev/shm/bench-modem-XXXXXX".utf8CString)
        let directory = template.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) } ?? "."
        }
        defer {
            for suffix in ["", "-wal", "-shm"] { unlink("\(directory)/archive.sqlite\(suffix)") }
            rmdir(directory)
        }
        let wall = SetWall(WallTime(civil: ModemMonth.begin, offset: ModemMonth.zone))
        let archive = try MeterArchive(path: directory + "/archive.sqlite", wall: wall)
        try await archive.register((1...plan.meters).map { RegisteredMeter(id: $0) }, revision: 1)
        let door = MosquittoBrokers(loop: loop, logger: .silent)
        let opener = CountingOpener(plan.outlivesTickets ? ForgetfulDoor(loop: loop) : door)
        let clock = FastClock(clock: loop.clock)
        let publisher = Publisher(
            PublishingTools(
                archive: archive, opener: opener, compressor: GzipCompressor(), clock: clock, wall: wall,
                device: PublishingDevice(serialNumber: "200000963651", version: "1.0.0")))
        try await publisher.apply(plan.configuration)
        let begun = loop.clock.now
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await publisher.run() }
            try await live(archive, publisher, wall, clock)
            group.cancelAll()
        }
        report(opener.counts.withLock { $0 }, took: loop.clock.now - begun)
    }

    private func live(
        _ archive: MeterArchive, _ publisher: Publisher, _ wall: SetWall, _ clock: FastClock
    ) async throws {
        let site = ModemSite(meters: plan.meters, begin: ModemMonth.begin, days: plan.days)
        for slot in 1...plan.days * 48 {
            let end = ModemMonth.begin.adding(seconds: Int64(slot) * 1_800)
            // The poll of 32 meters takes its minutes; then the publication of the same moment runs.
            let read = WallTime(civil: end.adding(seconds: 120), offset: ModemMonth.zone)
            wall.set(read)
            for meter in 1...plan.meters {
                _ = try await archive.store(site.session(of: meter, at: end, readAt: read))
            }
            guard plan.minutes.contains(Int(end.secondOfDay) / 60) || slot == plan.days * 48 else { continue }
            try await publisher.fire(publication: 1)
            try await settle(publisher)
        }
    }

    /// Waits until everything is acknowledged and the connection closed.
    private func settle(_ publisher: Publisher) async throws {
        var isDone = false
        while !isDone {
            try await loop.clock.sleep(for: .milliseconds(4))
            let states = try await publisher.connections()
            isDone = states.allSatisfy { $0.waitingRows == 0 && $0.link == .resting }
        }
    }

    private func report(_ counts: CountingOpener.Counts, took: Duration) {
        let parts = [
            ("connections", counts.connections), ("messages", counts.messages), ("topics", counts.topics),
            ("payload", counts.payload), ("milliseconds", Int(took.wholeNanoseconds / 1_000_000)),
        ]
        let members = parts.map { "\"\($0)\":\($1)" }.joined(separator: ",")
        print("{\(members)}")
    }
}
