// All lines of the device, by name. Services ask it for leases; nobody else opens a device or connects to a
// meter.

import Faults
package import Logging
package import Seams
import Timekeeping

/// The lines and the way to borrow them.
package actor LineRegistry {
    private let opener: any LineOpener
    private let clock: any MonotonicClock
    private let logger: Logger
    private(set) var interfaces: [String: LineConfiguration]
    private(set) var lines: [LineID: Line] = [:]
    /// Lines on which start-of-day rows are being collected.
    private var midnightPasses: Set<LineID> = []

    /// Lines over `opener`; `interfaces` says where `Iface1`… lead.
    package init(
        interfaces: [String: LineConfiguration] = [:], opener: any LineOpener, clock: any MonotonicClock,
        logger: Logger
    ) {
        self.interfaces = interfaces
        self.opener = opener
        self.clock = clock
        self.logger = logger
    }

    package nonisolated var unownedExecutor: UnownedSerialExecutor { clock.executor }

    /// Takes over another table of interfaces. A line in use keeps its channel until its lease ends.
    package func configure(_ interfaces: [String: LineConfiguration]) async {
        self.interfaces = interfaces
        for (id, line) in lines {
            guard case .interface(let name) = id else { continue }
            if let configuration = interfaces[name] {
                await line.reconfigure(configuration)
            } else {
                await line.leaveChannel()
            }
        }
    }

    /// Waits for the line, opens it in the wanted format, and runs `body` as its only owner. The line is
    /// handed on when `body` ends, on every path. Throws `Fault` (`line.busy` when the patience ends first,
    /// `line.missing`, `line.open`, `line.closed`), `CancellationError`, or what `body` throws.
    package func withLease<Value: Sendable>(
        _ request: LeaseRequest, isolation: isolated (any Actor)? = #isolation,
        _ body: (LineLease) async throws -> Value
    ) async throws -> Value {
        let line = try await line(request.line)
        let ticket = try await line.acquire(request)
        do {
            try await line.prepare(ticket, request.settings, by: request.lastRequestBy)
            let lease = LineLease(line: line, ticket: ticket, lastRequestBy: request.lastRequestBy)
            let value = try await body(lease)
            await line.release(ticket)
            return value
        } catch {
            await line.release(ticket)
            throw error
        }
    }

    /// Notes that start-of-day rows are being collected on a line, or no longer.
    package func noteMidnightPass(on line: LineID, isUnderWay: Bool) {
        if isUnderWay { midnightPasses.insert(line) } else { midnightPasses.remove(line) }
    }

    /// How long others let the collecting of start-of-day rows go first (R26).
    package static let midnightPatience = Duration.seconds(60)

    /// Waits while start-of-day rows are being collected on a line, `limit` at most: new transit sessions let
    /// the midnight pass go first (R26).
    package func waitForMidnightPass(on line: LineID, limit: Duration) async {
        let end = clock.now + limit
        while midnightPasses.contains(line), clock.now < end, !Task.isCancelled {
            try? await clock.sleep(until: min(end, clock.now + .milliseconds(500)))
        }
    }

    /// Runs a visit of several leases, between which a TCP connection stays open; it is closed with the end
    /// of the visit. Interfaces stay open anyway.
    package func withVisit<Value: Sendable>(
        _ id: LineID, isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Value
    ) async rethrows -> Value {
        guard let line = try? await line(id) else { return try await body() }
        await line.visitBegan()
        do {
            let value = try await body()
            await line.visitEnded()
            return value
        } catch {
            await line.visitEnded()
            throw error
        }
    }

    /// Closes the connection of a visit that pauses; the next lease opens it again.
    package func pauseVisit(_ id: LineID) async { await lines[id]?.visitPaused() }

    /// Whether somebody holds a line just now.
    package func isHeld(_ id: LineID) async -> Bool { await lines[id]?.state.holder != nil }

    /// What every used line shows of itself, interfaces first, by name.
    package func states() async -> [LineState] {
        var states: [LineState] = []
        for line in lines.values { states.append(await line.state) }
        return states.sorted { ($0.id.order, $0.id.text) < ($1.id.order, $1.id.text) }
    }

    /// The last frames of a line, oldest first; empty when it was never used.
    package func trace(of id: LineID) async -> [LineTraceEntry] {
        await lines[id]?.watch.trace.entries ?? []
    }

    /// The line of a name; throws `line.missing`.
    func line(_ id: LineID) async throws -> Line {
        let configuration: LineConfiguration
        switch id {
        case .interface(let name):
            guard let found = interfaces[name] else { throw Fault(.lineMissing, ["line": name]) }
            configuration = found
        case .tcp(let host, let port):
            configuration = LineConfiguration(address: .tcp(host: host, port: port))
        }
        if let line = lines[id] { return line }
        let line = Line(id: id, configuration: configuration, opener: opener, clock: clock, logger: logger)
        lines[id] = line
        return line
    }
}

extension LineID {
    /// Interfaces come before connections.
    fileprivate var order: Int {
        switch self {
        case .interface: 0
        case .tcp: 1
        }
    }
}
