// A whole web admin in memory: configuration and pages in virtual files, meters that answer from a table,
// exchanges that keep what was sent. The archive is a real one in a directory of its own.

import Archive
import Configuration
import Drivers
import Faults
import JSONText
import Lines
import Logging
import Metering
import Polling
import Seams
import Testing
import Timekeeping
import VirtualTime
import WebAdmin

#if canImport(Glibc)
    import Glibc
#endif

/// A hasher for tests: the hash is the password in brackets.
struct PlainHasher: PasswordHasher {
    func hash(_ password: String) async throws -> String { "[\(password)]" }
    func verify(_ password: String, against hash: String) async -> Bool { hash == "[\(password)]" }
    func constantTimeEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool { left == right }
}

/// Marks instead of compressing.
struct MarkingCompressor: Compressor {
    func gzip(_ octets: [UInt8]) -> [UInt8] { Array("gz".utf8) + octets.prefix(octets.count / 2) }
}

/// Workbooks as text: head and rows with a bar between cells.
struct TextWorkbooks: SpreadsheetMaker {
    func workbook(of sheet: Spreadsheet) async throws -> [UInt8] {
        guard sheet.name != "broken" else { throw SpreadsheetError("no room") }
        let heads = sheet.columns.map { $0.head + ($0.digits.map { ":\($0)" } ?? "") }
        let lines = sheet.rows.map { row in
            row.map { cell in
                switch cell {
                case .empty: ""
                case .number(let number): "#\(number)"
                case .text(let text): text
                case .time(let stamp): "@\(stamp)"
                }
            }
        }
        let table = ([[sheet.name], heads] + lines).map { $0.joined(separator: "|") }
        return Array(table.joined(separator: "\n").utf8)
    }
}

struct FixedHost: Host {
    func state() async -> HostState {
        HostState(
            model: "УМ SMART", serialNumber: "200000963651", version: "1.0",
            interfaces: [
                HostInterface(
                    name: "eth0", address: "192.168.0.1", mask: "255.255.255.0", gateway: "192.168.1.1")
            ])
    }
    func setClock(_ time: WallTime) async throws {}
    func restart() async throws { throw Fault(.meterUnsupported) }
}

/// Commands of persons as the journal keeps them, numbered from 100.
actor CommandList {
    private(set) var entries: [Int: FiringEntry] = [:]
    private var last = 99

    func add(_ entry: @Sendable (_ number: Int) -> FiringEntry) -> Int {
        last += 1
        let made = entry(last)
        entries[made.number] = made
        return last
    }
}

struct FixedServices: ServiceStates {
    let commands = CommandList()

    func brokers() async -> [BrokerStatus] {
        [
            BrokerStatus(
                id: 1, isConnected: false, fault: Fault(.brokerCertificate, ["reason": "expired"]), waiting: 7
            ), BrokerStatus(id: 2, isConnected: true), BrokerStatus(id: 3, isConnected: false),
            BrokerStatus(id: 4, isConnected: false, isResting: true, waiting: 3),
        ]
    }
    func connections(before: Int?, limit: Int) async throws -> [ConnectionEntry] { [] }
    func firings(before: Int?, limit: Int) async throws -> [FiringEntry] {
        let time = WallTime(unixSeconds: 1_772_316_000)
        let planned = CivilStamp(seconds: 825_300_000)
        return [
            FiringEntry(
                number: 8, planned: planned, rule: 2, event: ("Scheduler", 1),
                action: ("MQTTMeterMessages", 3),
                began: time, ended: time.adding(seconds: 3), result: .failed, fault: Fault(.brokerUnreachable)
            ),
            FiringEntry(
                number: 7, planned: planned, rule: 1, event: ("Scheduler", 1), action: ("Poller", 1),
                began: time, ended: time.adding(seconds: 2), result: .done, good: 31, total: 32),
        ].filter { $0.number < before ?? .max }
            + (await commands.entries.values).filter { $0.number < before ?? .max }
    }
    func record(_ entry: @Sendable (_ number: Int) -> FiringEntry) async -> Int { await commands.add(entry) }
    func pushes() async -> PushStatus {
        var status = PushStatus()
        status.port = 4_059
        (status.received, status.taken, status.rows) = (5, 3, 8)
        status.refused = [.keys: 2]
        return status
    }
    func fault(ofPort port: Int) async -> Fault? {
        port == 7_777 ? Fault(.serverListen, ["port": "7777", "reason": "Address already in use"]) : nil
    }
    func servers() async -> [ServerReport] {
        let since = WallTime(unixSeconds: 1_772_316_000)
        let client = ServerReport.Client(
            peer: "10.0.0.5", since: since, received: 9, sent: 120, holdsLine: true)
        var headEnds = ServerReport(
            type: "rtu327", port: 55, isListening: false,
            fault: Fault(.serverListen, ["port": "55", "reason": "in use"]), clients: [], waiting: [],
            turnedAway: 0)
        headEnds.sharedNumbers = [("0041000016", [1, 7])]
        headEnds.profile = (1, [("lp_gap", "stop")])
        return [
            ServerReport(
                type: "iface1", port: 11, isListening: true, fault: nil, clients: [client],
                waiting: ["10.0.0.6"], turnedAway: 1), headEnds,
        ]
    }
    func dropClient(of type: String, line: String?) async -> String? { type == "iface1" ? "10.0.0.5" : nil }
    func supplies() async -> [SupplyReport] {
        [
            SupplyReport(address: "/dev/ttyUSB3", isOn: true),
            SupplyReport(
                address: "/dev/ttyUSB2", isOn: false,
                fault: Fault(.supplySwitch, ["line": "2", "reason": "no such file"])),
        ]
    }
    func inputs() async -> DiscreteInputState { .watched([1: true, 2: false]) }
    func events() async -> EventStatus {
        EventStatus(next: [(schedule: 1, time: WallTime(unixSeconds: 1_772_316_000))])
    }
}

/// Relays that are on at first; that of meter 2 waits for its button.
actor RelayTable {
    private(set) var commands: [String] = []
    private var isOff: Set<Int> = []

    func switched(_ meter: Int, _ isOn: Bool) -> RelayOutcome {
        commands.append("\(meter) \(isOn)")
        let before = isOff.contains(meter) ? off : RelayState(isClosed: true, control: .on)
        if !isOn { isOff.insert(meter) } else if meter != 2 { isOff.remove(meter) }
        let identity = MeterIdentity(serial: "S\(meter)")
        guard isOn, meter == 2 else {
            let after = isOn ? RelayState(isClosed: true, control: .on) : off
            return RelayOutcome(identity: identity, before: before, after: after)
        }
        return RelayOutcome(
            identity: identity, before: before, after: RelayState(isClosed: false, control: .ready),
            remark: Fault(.relayReady))
    }

    private var off: RelayState { RelayState(isClosed: false, control: .off) }
}

/// Meters that answer after a second, one after the other; odd ones by ID.
struct TableOfMeters: MeterOperations {
    let clock: any MonotonicClock
    let known: Set<Int>

    let relays = RelayTable()

    /// A line with a meter at its third place; `Iface2` is not there.
    func search(
        _ line: LineID, _ order: SearchOrder, progress: @Sendable (SearchProgress) async -> Void
    ) async throws(Fault) {
        if line == .interface("Iface2") { throw Fault(.lineMissing, ["line": "Iface2"]) }
        let steps = order.steps
        for (index, step) in steps.enumerated() {
            do { try await clock.sleep(for: .milliseconds(500)) } catch { return }
            let found =
                index == 2
                ? FoundMeter(step, name: "NRT0000005022173", roundTrip: .milliseconds(80)) : nil
            await progress(SearchProgress(done: index + 1, total: steps.count, garbled: 0, found: found))
        }
    }

    func switchRelay(of meterID: Int, on isOn: Bool) async throws(Fault) -> RelayOutcome {
        do { try await clock.sleep(for: .seconds(2)) } catch { throw Fault(.stopped) }
        if meterID == 10 { throw Fault(.meterNoRelay) }
        return await relays.switched(meterID, isOn)
    }

    func ask(_ question: LiveQuestion, progress: @escaping @Sendable (LiveEvent) async -> Void) async {
        for meter in question.meters where known.contains(meter) && !Task.isCancelled {
            await progress(.asking(meterID: meter))
            do { try await clock.sleep(for: .seconds(1)) } catch { return }
            if meter.isMultiple(of: 10) {
                await progress(.failed(meterID: meter, Fault(.meterSilent)))
                continue
            }
            let stamp = MeterStamp(CivilStamp(seconds: 826_000_000))
            let difference: Int32 = meter == 2 ? 57 : 1
            let answer = LiveAnswer(
                identity: MeterIdentity(serial: "S\(meter)"),
                clock: ClockReading(
                    stamp: stamp, differenceSeconds: difference, roundTrip: .milliseconds(80),
                    askedAt: MonotonicInstant(nanoseconds: 0)),
                reading: question.measure.map { measure in
                    Reading(
                        measure, at: stamp, clockDifferenceSeconds: difference,
                        values: measure == .clock
                            ? []
                            : [
                                MeasuredValue(.aPlus0, mantissa: 12_345_678),
                                MeasuredValue(.rPlus0, mantissa: 24_018, scaler: 1),
                            ])
                }, duration: .milliseconds(320))
            await progress(.answered(meterID: meter, answer))
        }
    }
}

/// One exchange; keeps the answer.
actor MemoryExchange: HTTPExchange {
    nonisolated let request: HTTPRequest
    private(set) var status = 0
    private(set) var headers: [(name: String, value: String)] = []
    private(set) var body: [UInt8] = []
    private(set) var pieces: [[UInt8]] = []
    private(set) var isFinished = false
    private let leavesAfter: Int

    init(_ request: HTTPRequest, leavesAfter: Int = .max) {
        self.request = request
        self.leavesAfter = leavesAfter
    }

    func respond(_ response: HTTPResponse) {
        #expect(status == 0, "answered twice")
        (status, headers, body, isFinished) = (response.status, response.headers, response.body, true)
    }
    func start(status: Int, headers: [(name: String, value: String)]) throws(HTTPClientGone) {
        #expect(self.status == 0, "answered twice")
        (self.status, self.headers) = (status, headers)
    }
    func send(_ piece: [UInt8]) async throws(HTTPClientGone) {
        guard pieces.count < leavesAfter else { throw HTTPClientGone() }
        pieces.append(piece)
        body += piece
    }
    func finish() { isFinished = true }

    func header(_ name: String) -> String? { headers.first { $0.name.lowercased() == name }?.value }
}

/// What came back.
struct Reply: Sendable {
    let status: Int
    let text: String
    let headers: [(name: String, value: String)]
    let pieces: Int

    var json: JSONValue? { try? JSONValue(parsing: text) }
    func header(_ name: String) -> String? { headers.first { $0.name.lowercased() == name }?.value }
}

/// An admin with two accounts, three meters and pages, and a person at it.
final class Bench: Sendable {
    let world: VirtualWorld
    let admin: WebAdmin
    let store: ConfigurationStore
    let archive: MeterArchive
    let meters: TableOfMeters
    let wire: BenchWire
    let lines: LineRegistry

    static let pages = VirtualFiles([
        "index.html": #"<html><script type="module" src="js/shell.js"></script></html>"#,
        "login.html": #"<html><link rel="stylesheet" href="css/base.css">login</html>"#,
        "js/shell.js": "import './dom.js';" + String(repeating: " ", count: 200), "css/base.css": "a{}",
        "i18n/ru.json": "{}", "secret.key": "no",
    ])

    static let factory = VirtualFiles([
        "accounts.json":
            #"""
        {"Settings":[{"id":1,"login":"admin","password":"admin","lvl":2,"mustChange":true},
        {"id":2,"login":"user","password":"user-password","lvl":1},
        {"id":3,"login":"root","password":"root-password","lvl":2},
        {"id":4,"login":"nobody","password":"nobody","lvl":0}]}
        """#,
        "meters.json":
            #"""
        {"Meters":[{"id":1,"pId":0,"typeName":"SPODES","addr":"17","passRd":"3030","passWr":"",
        "ifaceName":"Iface1","ifaceCfg":""},
        {"id":2,"pId":0,"typeName":"SPODES","addr":"18","passRd":"","passWr":"",
        "ifaceName":"Iface1","ifaceCfg":""},
        {"id":10,"pId":0,"typeName":"SPODES","addr":"19","passRd":"","passWr":"",
        "ifaceName":"Iface2","ifaceCfg":""}]}
        """#,
    ])

    init(_ world: VirtualWorld) async throws {
        self.world = world
        store = try await ConfigurationStore.open(
            files: VirtualFiles(), factory: Bench.factory, wall: world.wall, hasher: PlainHasher(),
            logger: .silent)
        var template = Array("/tmp/gateway-webadmin-XXXXXX".utf8CString)
        let directory = template.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.flatMap { mkdtemp($0) }.map { String(cString: $0) } ?? "/tmp"
        }
        archive = try MeterArchive(path: directory + "/archive.sqlite", wall: world.wall)
        try await archive.register(
            [1, 2, 10].map { RegisteredMeter(id: $0, typeName: "SPODES") }, revision: 1)
        meters = TableOfMeters(clock: world.clock, known: [1, 2, 10])
        wire = BenchWire(clock: world.clock)
        lines = LineRegistry(
            interfaces: ["Iface1": LineConfiguration(address: .serial(path: "/dev/ttyS1"))], opener: wire,
            clock: world.clock, logger: .silent)
        admin = try WebAdmin(
            WebAdminParts(
                store: store, archive: archive, meters: meters,
                services: FixedServices(), lines: lines, host: FixedHost(), wall: world.wall,
                clock: world.clock,
                entropy: world.entropy, hasher: PlainHasher(), compressor: MarkingCompressor(),
                spreadsheets: TextWorkbooks(), files: Bench.pages,
                servers: [ListeningServer(type: "http", port: 80)], logger: .silent))
    }

    /// Sends one request.
    func send(
        _ method: String, _ path: String, _ body: String = "", cookie: String = "",
        headers: [(name: String, value: String)] = []
    ) async -> Reply {
        var all = headers
        if !cookie.isEmpty { all.append(("cookie", "sessionid=\(cookie)")) }
        let parts = path.split(separator: "?", maxSplits: 1)
        let query = (parts.count == 2 ? parts[1] : "").split(separator: "&").map { pair in
            let halves = pair.split(separator: "=", maxSplits: 1).map(String.init)
            return (name: halves.first ?? "", value: halves.count == 2 ? halves[1] : "")
        }
        let exchange = MemoryExchange(
            HTTPRequest(
                method: method, path: parts.first.map(String.init) ?? path, query: query, headers: all,
                body: Array(body.utf8)))
        await admin.handle(exchange)
        #expect(await exchange.isFinished, "\(method) \(path) was not finished")
        return Reply(
            status: await exchange.status, text: String(decoding: await exchange.body, as: UTF8.self),
            headers: await exchange.headers, pieces: await exchange.pieces.count)
    }

    /// Logs in and gives the cookie.
    func logIn(_ login: String = "root", _ password: String = "root-password") async -> String {
        let reply = await send("POST", "/auth", #"{"login":"\#(login)","password":"\#(password)"}"#)
        let value = reply.header("set-cookie")?.split(separator: ";").first?.split(separator: "=").last
        return value.map(String.init) ?? ""
    }

    /// Stores half-hours of one meter from a midnight on.
    func storeProfile(meter: Int, rows: Int) async throws {
        let start = try #require(CivilStamp(year: 2026, month: 2, day: 1))
        let readings = (1...rows).map { index in
            Reading(
                .powerProfile, at: MeterStamp(start.adding(seconds: Int64(index) * 1_800)),
                intervalMinutes: 30,
                values: [
                    MeasuredValue(.pPlus, mantissa: Int64(index), form: .demand),
                    MeasuredValue(.qPlus, mantissa: 1, scaler: -1, form: .demand),
                ])
        }
        _ = try await archive.store(
            MeterSessionRows(
                meterID: meter, serial: "S\(meter)", readAt: world.wall.now, isTimeTrusted: true,
                zone: ZoneOffset(minutes: 180), readings: readings))
    }
}

/// Runs a test on virtual time with a bench.
func bench(_ body: @escaping @Sendable (Bench) async throws -> Void) throws {
    try VirtualWorld().run { world in try await body(try await Bench(world)) }
}

let ours: (name: String, value: String) = ("accept", "application/vnd.um+json")

/// Runs the admin's service beside a body that is given the bench and the cookie of a login.
func running(_ body: @escaping @Sendable (Bench, String) async throws -> Void) throws {
    try bench { bench in
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try? await bench.admin.run() }
            try await body(bench, await bench.logIn())
            group.cancelAll()
        }
    }
}
