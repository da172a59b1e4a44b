// What the web admin needs from the rest of the gateway. What other modules do not own as a type is asked for
// by narrow protocols; the assembly conforms, tests use small conformers in memory.

package import Archive
package import Configuration
package import Drivers
package import Faults
package import Lines
package import Logging
package import Polling
package import Seams
package import Timekeeping

/// Conversations with meters that somebody waits for.
package protocol MeterOperations: Sendable {
    /// Asks meters now, lines side by side, and tells what comes as it comes. Obeys cancellation at once.
    func ask(_ question: LiveQuestion, progress: @escaping @Sendable (LiveEvent) async -> Void) async
    /// Switches the relay of one meter, once (R23, R24). Throws why no command was given or the meter refused
    /// it.
    func switchRelay(of meterID: Int, on isOn: Bool) async throws(Fault) -> RelayOutcome
    /// Searches a line for meters and tells how far it has come after every place. Obeys cancellation. Throws
    /// why the line cannot be used.
    func search(
        _ line: LineID, _ order: SearchOrder, progress: @Sendable (SearchProgress) async -> Void
    ) async throws(Fault)
}

extension MeterPoller: MeterOperations {}

/// How a broker's connection stands.
package struct BrokerStatus: Sendable, Hashable {
    /// Number of the broker's row.
    package var id: Int
    /// Whether it is connected now.
    package var isConnected: Bool
    /// Whether the connection is closed by plan until there is something to send.
    package var isResting: Bool
    /// Why not, when it was tried.
    package var fault: Fault?
    /// Rows that wait to be sent.
    package var waiting: Int

    /// A status.
    package init(
        id: Int, isConnected: Bool, isResting: Bool = false, fault: Fault? = nil, waiting: Int = 0
    ) {
        self.id = id
        self.isResting = isResting
        self.isConnected = isConnected
        self.fault = fault
        self.waiting = waiting
    }
}

/// How the event system stands.
package struct EventStatus: Sendable {
    /// Next firing by schedule number.
    package var next: [(schedule: Int, time: WallTime)]
    /// Newest end of each rule by rule number.
    package var last: [Int: (time: WallTime, fault: Fault?)]
    /// Seconds that rules wait after their moment, by rule number; those that wait none are left out (R7).
    package var jitter: [Int: Int]

    /// A status.
    package init(
        next: [(schedule: Int, time: WallTime)] = [], last: [Int: (time: WallTime, fault: Fault?)] = [:],
        jitter: [Int: Int] = [:]
    ) {
        self.jitter = jitter
        self.next = next
        self.last = last
    }
}

/// What the pages show of services at work.
package protocol ServiceStates: Sendable {
    /// All brokers of the configuration.
    func brokers() async -> [BrokerStatus]
    /// The server of pushes.
    func pushes() async -> PushStatus
    /// Transit ports and the RTU327 server, as JSON objects in the order of their types.
    func servers() async -> [ServerReport]
    /// Why nobody could listen at a port just now: another program has it; nil when somebody could.
    func fault(ofPort port: Int) async -> Fault?
    /// Closes the client of a transit port, or the clients of remote connection at a line (nil is any);
    /// their addresses, nil when there are none.
    func dropClient(of type: String, line: String?) async -> String?
    /// The supply lines of the interfaces, in their order.
    func supplies() async -> [SupplyReport]
    /// The device's discrete inputs.
    func inputs() async -> DiscreteInputState
    /// Schedules and rules.
    func events() async -> EventStatus
    /// Connections to the servers that have ended, newest first, numbered below `before`.
    func connections(before: Int?, limit: Int) async throws -> [ConnectionEntry]
    /// Firings that have ended, newest first, numbered below `before`.
    func firings(before: Int?, limit: Int) async throws -> [FiringEntry]
    /// Enters a command of a person into the same journal; `entry` is told the next number and may answer
    /// with an older one, whose entry it takes the place of. Returns the number offered.
    func record(_ entry: @Sendable (_ number: Int) -> FiringEntry) async -> Int
}

/// How a supply line stands.
package struct SupplyReport: Sendable {
    /// What the API calls it.
    package var address: String
    /// Whether it is on.
    package var isOn: Bool
    /// Why it is not as it should be.
    package var fault: Fault?

    /// A line.
    package init(address: String, isOn: Bool, fault: Fault? = nil) {
        self.address = address
        self.isOn = isOn
        self.fault = fault
    }
}

/// What a server beside the admin's shows of itself.
package struct ServerReport: Sendable {
    /// One connection.
    package struct Client: Sendable {
        /// Numeric address.
        package var peer: String
        /// When it connected.
        package var since: WallTime
        /// Octets from it and to it.
        package var received: Int64
        package var sent: Int64
        /// Whether it holds its line now; of transit and remote connection.
        package var holdsLine: Bool
        /// The line it has or waits for, and its account; of remote connection.
        package var line: String?
        package var user: String?
        /// Requests, and the last one with its result; of head-ends.
        package var requests: Int?
        package var last: String?

        /// A connection.
        package init(
            peer: String, since: WallTime, received: Int64, sent: Int64, holdsLine: Bool = false,
            line: String? = nil, user: String? = nil, requests: Int? = nil, last: String? = nil
        ) {
            self.line = line
            self.user = user
            self.peer = peer
            self.since = since
            self.received = received
            self.sent = sent
            self.holdsLine = holdsLine
            self.requests = requests
            self.last = last
        }
    }

    /// `iface1`…, `rtu327`, `remote`.
    package var type: String
    /// Port of the configuration.
    package var port: Int
    /// Whether it listens.
    package var isListening: Bool
    /// Why it does not.
    package var fault: Fault?
    /// Connections that stand.
    package var clients: [Client]
    /// Addresses of those that wait for the port, next one first.
    package var waiting: [String]
    /// Connections closed at once: not on the list, or the port was taken.
    package var turnedAway: Int
    /// Numbers that several meters share, with the meters' IDs: they are not served; of RTU327.
    package var sharedNumbers: [(number: String, meters: [Int])] = []
    /// Version and values of the profile of open questions; of RTU327.
    package var profile: (version: Int, values: [(key: String, value: String)])?

    /// A report.
    package init(
        type: String, port: Int, isListening: Bool, fault: Fault?, clients: [Client], waiting: [String],
        turnedAway: Int
    ) {
        self.type = type
        self.port = port
        self.isListening = isListening
        self.fault = fault
        self.clients = clients
        self.waiting = waiting
        self.turnedAway = turnedAway
    }
}

/// A server that listens, for the page that lists them.
package struct ListeningServer: Sendable, Hashable {
    /// `http`, `https`, `rtu327`, `iface1`…
    package var type: String
    /// Port.
    package var port: Int

    /// A server.
    package init(type: String, port: Int) {
        self.type = type
        self.port = port
    }
}

/// Everything the web admin is made of.
package struct WebAdminParts: Sendable {
    /// Configuration and its revisions.
    package var store: ConfigurationStore
    /// Stored readings.
    package var archive: MeterArchive
    /// Meters.
    package var meters: any MeterOperations
    /// Services at work.
    package var services: any ServiceStates
    /// Lines to meters.
    package var lines: LineRegistry
    /// The machine.
    package var host: any Host
    /// Wall time.
    package var wall: any WallClock
    /// Monotonic time.
    package var clock: any MonotonicClock
    /// Chance, for session cookies.
    package var entropy: any Entropy
    /// Password hashes.
    package var hasher: any PasswordHasher
    /// gzip for static files.
    package var compressor: any Compressor
    /// Workbooks.
    package var spreadsheets: any SpreadsheetMaker
    /// The pages, `www/`.
    package var files: any FileTree
    /// What listens.
    package var servers: [ListeningServer]
    /// Who may log in.
    package var gate: AccountGate
    /// Log.
    package var logger: Logger

    /// The parts.
    package init(
        store: ConfigurationStore, archive: MeterArchive, meters: any MeterOperations,
        services: any ServiceStates, lines: LineRegistry, host: any Host, wall: any WallClock,
        clock: any MonotonicClock,
        entropy: any Entropy, hasher: any PasswordHasher, compressor: any Compressor,
        spreadsheets: any SpreadsheetMaker, files: any FileTree,
        servers: [ListeningServer], gate: AccountGate? = nil, logger: Logger
    ) {
        self.gate =
            gate ?? AccountGate(store: store, hasher: hasher, clock: clock, logger: logger.labelled("web"))
        self.store = store
        self.archive = archive
        self.meters = meters
        self.services = services
        self.lines = lines
        self.host = host
        self.wall = wall
        self.clock = clock
        self.entropy = entropy
        self.hasher = hasher
        self.compressor = compressor
        self.spreadsheets = spreadsheets
        self.files = files
        self.servers = servers
        self.logger = logger
    }
}
