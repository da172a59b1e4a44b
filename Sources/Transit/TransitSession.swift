// One client on one line, octets both ways unchanged. The line is borrowed at the client's first octet and
// given back when it has been quiet for a while; in between nobody interposes (R26). One task carries octets
// to the line and alone decides when the lease ends, so that no octet is taken from the client and then
// dropped; the other carries them back. Where the port says so the client speaks RFC 2217: what it sets holds
// for its own leases, as long as it is connected.

import Faults
import Lines
import Seams
import Telnet
package import Timekeeping

/// Why a session is over.
package enum TransitEnd: String, Sendable, Hashable, CaseIterable {
    /// The client closed, or its connection broke.
    case clientGone
    /// No octets for the idle limit.
    case idle
    /// Others held the line for longer than the client's patience.
    case lineBusy
    /// The line could not be opened, or was lost.
    case lineFailed
    /// A person, or a client that came later, took the port.
    case dropped
    /// The gateway stops, or the port's settings changed.
    case stopped
}

/// What a session has carried so far.
package struct TransitCount: Sendable, Hashable {
    /// Octets from the client to the line.
    package var toLine: Int64 = 0
    /// Octets from the line to the client.
    package var toClient: Int64 = 0
    /// Times the line was borrowed.
    package var leases: Int64 = 0
    /// Since when the line is held; nil between leases.
    package var heldSince: MonotonicInstant?
}

/// One client, from its first octet to its end.
actor TransitSession {
    private let client: any Channel
    private let lines: LineRegistry
    private let settings: TransitSettings
    private let owner: String
    private nonisolated let clock: any MonotonicClock
    private(set) var count = TransitCount()
    /// When an octet of the line last passed, either way.
    private var lastActivity: MonotonicInstant
    /// When the client was last heard of, commands included.
    private var lastHeard: MonotonicInstant
    private var echo = EchoFilter()
    private var links = LinkWatch()
    private var serial: SerialSettings
    private var comPort: ComPortServer?
    /// Whether somebody writes to the client, and who else wants to.
    private var isTelling = false
    private var tellers: [CheckedContinuation<Void, Never>] = []

    init(
        _ client: any Channel, lines: LineRegistry, settings: TransitSettings, owner: String,
        clock: any MonotonicClock
    ) {
        self.client = client
        self.lines = lines
        self.settings = settings
        self.owner = owner
        self.clock = clock
        lastActivity = clock.now
        lastHeard = clock.now
        serial = settings.serial
        comPort = settings.isComPort ? ComPortServer(ComPortFormat(settings.serial)) : nil
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { clock.executor }

    /// Serves the client to its end, which is told. Links it leaves open are closed in its name, so that its
    /// meters need not be left alone until they have timed out (R26).
    func run() async -> TransitEnd {
        let end = await serve()
        if end != .lineFailed, !Task.isCancelled, !links.open.isEmpty { await closeLinks() }
        return end
    }

    private func serve() async -> TransitEnd {
        do throws(ChannelError) {
            if let opening = comPort?.opening() { try await tell(opening) }
            while !Task.isCancelled {
                let octets = try await client.read(until: idleEnd)
                if Task.isCancelled { break }
                guard !octets.isEmpty else { return .idle }
                lastHeard = clock.now
                let wishes = understand(octets)
                let first = wishes.firstIndex { if case .toLine = $0 { true } else { false } }
                for wish in wishes[..<(first ?? wishes.endIndex)] { _ = try await fulfil(wish, nil) }
                guard let first else { continue }
                if let end = await borrow(for: Array(wishes[first...])) { return end }
            }
        } catch {
            return .clientGone
        }
        return .stopped
    }

    /// The hour at which silence ends the connection.
    private var idleEnd: MonotonicInstant {
        max(lastActivity, lastHeard) + (settings.idleLimit ?? .seconds(86_400 * 365))
    }

    /// What octets of the client ask for: of a raw port, that they go to the line.
    private func understand(_ octets: [UInt8]) -> [ComPortAction] {
        comPort?.received(octets) ?? (octets.isEmpty ? [] : [.toLine(octets)])
    }

    /// One lease of the line; nil when it ended in silence and the connection stays.
    private func borrow(for first: [ComPortAction]) async -> TransitEnd? {
        if count.leases == 0 {
            await lines.waitForMidnightPass(on: settings.line, limit: LineRegistry.midnightPatience)
        }
        lastActivity = clock.now
        let request = LeaseRequest(
            line: settings.line, settings: serial, leaseClass: .remote, owner: owner,
            patience: settings.patience, leavesTraffic: true)
        do {
            return try await lines.withLease(request) { lease in
                count.leases += 1
                count.heldSince = clock.now
                let end = await carry(first, over: lease)
                count.heldSince = nil
                await lease.leave(links.engagements)
                return end
            }
        } catch let fault as Fault {
            return fault.code == .lineBusy ? .lineBusy : .lineFailed
        } catch {
            return .stopped
        }
    }

    private func closeLinks() async {
        let request = LeaseRequest(
            line: settings.line, settings: serial, leaseClass: .remote, owner: owner,
            patience: settings.patience, leavesTraffic: true)
        try? await lines.withLease(request) { lease in
            for link in try await LinkWatch.close(links.open.keys, over: lease, clock: clock) {
                links.closed(link)
            }
            await lease.leave(links.engagements)
        }
    }

    /// Both directions until one of them ends the lease.
    private func carry(_ first: [ComPortAction], over lease: LineLease) async -> TransitEnd? {
        await withTaskGroup(of: Ending.self) { group in
            group.addTask { await self.carryToLine(first, lease) }
            group.addTask { await self.carryToClient(lease) }
            let ending = await group.next() ?? .quiet
            group.cancelAll()
            switch ending {
            case .quiet: return nil
            case .client: return .clientGone
            case .line: return .lineFailed
            case .cancelled: return .stopped
            }
        }
    }

    /// What ended a lease.
    private enum Ending: Sendable { case quiet, client, line, cancelled }

    private func carryToLine(_ first: [ComPortAction], _ lease: LineLease) async -> Ending {
        var wishes = first
        do throws(ChannelError) {
            // Whoever left while the line was taken has nothing sent in its name.
            wishes += understand(try await client.read(until: clock.now))
            // An hour that stays while octets come costs no timer for each of them.
            var look = clock.now
            while true {
                for wish in wishes where try await !fulfil(wish, lease) { return .line }
                if wishes.isEmpty {
                    if Task.isCancelled { return .cancelled }
                    if await isOver(lease) { return .quiet }
                }
                if clock.now >= look { look = clock.now + .milliseconds(500) }
                let octets = try await client.read(until: min(look, quietEnd))
                if !octets.isEmpty { lastHeard = clock.now }
                wishes = understand(octets)
            }
        } catch {
            return .client
        }
    }

    /// Does what the client wishes, on the line where it has it; whether the line took part.
    private func fulfil(_ wish: ComPortAction, _ lease: LineLease?) async throws(ChannelError) -> Bool {
        switch wish {
        case .toLine(let octets):
            guard let lease else { return true }
            return await send(octets, lease)
        case .toClient(let octets): try await tell(octets)
        case .purge: await lease?.discardInput()
        case .set(let setting, let number):
            if let format = comPort?.format(with: setting, as: number) { await set(format, lease) }
            if let answer = comPort?.answer(setting) { try await tell(answer) }
        }
        return true
    }

    /// Puts speed and format in force for this client; what no line can do changes nothing.
    private func set(_ format: ComPortFormat, _ lease: LineLease?) async {
        guard let wanted = SerialSettings(format) else { return }
        do throws(ChannelError) {
            try await lease?.apply(wanted)
            serial = wanted
            comPort?.format = format
        } catch {
            return
        }
    }

    /// Sends the client octets, all of them before any others: answers of the line and answers to commands
    /// come from two tasks.
    private func tell(_ octets: [UInt8]) async throws(ChannelError) {
        if isTelling { await withCheckedContinuation { tellers.append($0) } }
        isTelling = true
        defer {
            isTelling = !tellers.isEmpty
            if isTelling { tellers.removeFirst().resume() }
        }
        try await client.write(octets)
    }

    private func send(_ octets: [UInt8], _ lease: LineLease) async -> Bool {
        if settings.hasEcho {
            let time = serial.characterTime * octets.count
            echo.sent(octets, at: clock.now, patience: time + .milliseconds(500))
        }
        do throws(ChannelError) {
            try await lease.write(octets, ahead: TransitSession.lead)
        } catch {
            return false
        }
        count.toLine += Int64(octets.count)
        links.sent(octets, at: clock.now)
        lastActivity = clock.now
        return true
    }

    /// How much of a stream the device may hold: enough that a fast line does not stand still between two
    /// pieces, and less than the silence anybody after us waits for.
    private static let lead = Duration.milliseconds(20)

    private var quietEnd: MonotonicInstant { lastActivity + settings.quietLimit }

    /// Whether the lease has come to its end: the line is quiet, or has been held for long enough while
    /// others wait and no octets flow.
    private func isOver(_ lease: LineLease) async -> Bool {
        if clock.now >= quietEnd { return true }
        guard let since = count.heldSince, clock.now - since >= settings.leaseLimit,
            clock.now - lastActivity >= .seconds(1)
        else { return false }
        return await lease.isAwaited
    }

    private func carryToClient(_ lease: LineLease) async -> Ending {
        while !Task.isCancelled {
            let octets: [UInt8]
            do throws(ChannelError) {
                octets = try await lease.read(until: clock.now + .seconds(60))
            } catch {
                return .line
            }
            guard !octets.isEmpty else { continue }
            lastActivity = clock.now
            let answer = settings.hasEcho ? echo.received(octets, at: clock.now) : octets
            guard !answer.isEmpty else { continue }
            links.received(answer, at: clock.now)
            do throws(ChannelError) {
                try await tell(comPort == nil ? answer : Telnet.escaped(answer))
            } catch {
                return .client
            }
            count.toClient += Int64(answer.count)
        }
        return .cancelled
    }
}

extension ComPortFormat {
    /// The line's format as the option tells it.
    fileprivate init(_ settings: SerialSettings) {
        let parity: Parity =
            switch settings.parity {
            case .none: .none
            case .odd: .odd
            case .even: .even
            }
        self.init(
            speedBaud: settings.speedBaud, dataBits: settings.dataBits, parity: parity,
            stopBits: settings.stopBits)
    }
}

extension SerialSettings {
    /// A format that lines have; nil for any other (manual 4.2.3).
    fileprivate init?(_ format: ComPortFormat) {
        let parities: [ComPortFormat.Parity: Parity] = [.none: .none, .odd: .odd, .even: .even]
        guard SerialSettings.speeds.contains(format.speedBaud), (7...8).contains(format.dataBits),
            (1...2).contains(format.stopBits), let parity = parities[format.parity]
        else { return nil }
        self.init(
            speedBaud: format.speedBaud, dataBits: format.dataBits, parity: parity, stopBits: format.stopBits)
    }
}
