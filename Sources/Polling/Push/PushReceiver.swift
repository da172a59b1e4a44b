// What meters tell unasked, at a TCP port of the device or in the middle of a conversation (GOST R 58940,
// 9.7): whose it is, what it means, and its way into the archive beside what is polled.
//
// A push can never make a row of the archive wrong:
// - It counts only from a meter that is known: by a key that makes it authentic, or by its serial number, or
//   by the address of the one row that is reached there. A row with keys takes nothing in the clear, and no
//   authentic push twice, whatever has been restarted in between.
// - Another serial number than the one known is refused: a push never ends a life or begins one (R8).
// - It fills empty slots. A slot that is taken keeps its row, whoever told it; a poll may correct it (R18).
// - It answers for nothing: what it does not hold stays wanted, and no slot becomes absent by it (R15).
// - Its rows are judged like any others: of a stamp ahead of now (R13), and the day against its registers
//   (R14), where a day that does not balance is asked for again.
// - A value whose digits, columns or interval are not known of this very meter is left out, and so is a part
//   of an interval. What a journal was told of stays to be read.
// - What the meter's clock shows in it is no difference of clocks (R3): nobody knows how long it was under
//   way.

package import Archive
package import Configuration
package import Drivers
import Faults
import Listening
package import Logging
import Metering
package import Seams
import Timekeeping

/// Takes pushes.
package actor PushReceiver {
    let archive: MeterArchive
    let poller: MeterPoller
    let clock: any MonotonicClock
    let wall: any WallClock
    let logger: Logger
    private let door: (any ConnectionDoor)?
    private var ring = PushKeyring()
    /// The server as the configuration has it; nil for none.
    private var server: DeviceServer?
    /// Addresses of the meter table.
    private var known: Set<String> = []
    private var sources: PushSources
    private var bell: AsyncStream<Void>.Continuation?
    /// When each row was asked how it pushes.
    private var learned: [Int: MonotonicInstant] = [:]
    private var tally = PushStatus()
    /// The port in service.
    private var port: (number: Int, served: ServedPort)?

    /// A receiver that listens nowhere yet; without a door it only takes what is overheard.
    package init(
        archive: MeterArchive, poller: MeterPoller, door: (any ConnectionDoor)?, clock: any MonotonicClock,
        wall: any WallClock, logger: Logger
    ) {
        self.archive = archive
        self.poller = poller
        self.door = door
        self.clock = clock
        self.wall = wall
        self.logger = logger.labelled("push")
        sources = PushSources()
    }

    package nonisolated var unownedExecutor: UnownedSerialExecutor { clock.executor }

    /// Takes a configuration. Connections stay when the server's row has not changed.
    package func apply(_ configuration: GatewayConfiguration) async {
        ring = await poller.keyring()
        known = Set(configuration.meters.compactMap { TCPEndpoint($0.address)?.host })
        let rows = Set(configuration.meters.map(\.id))
        learned = learned.filter { rows.contains($0.key) }
        let wanted = configuration.servers.first { $0.type == .push }
        guard wanted != server else { return }
        server = wanted
        bell?.yield()
    }

    /// How many facts of strangers and meters are remembered: bounded.
    package var held: Int { sources.count + learned.count }

    // MARK: - Listening

    /// Listens where the configuration says, and takes what is overheard, until cancelled.
    package func run(overheard: AsyncStream<OverheardPush>) async {
        await withDiscardingTaskGroup { group in
            group.addTask { for await push in overheard { await self.take(push) } }
            group.addTask { await self.serve() }
        }
    }

    /// How it fares, for the page of servers.
    package var status: PushStatus {
        get async {
            var status = tally
            guard let port else { return status }
            let now = await port.served.state
            (status.port, status.fault) = (now.isListening ? port.number : nil, now.fault)
            status.turnedAway += now.turnedAway
            return status
        }
    }

    /// One server after another, as the configuration changes.
    private func serve() async {
        guard let door else { return }
        let (changes, bell) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        self.bell = bell
        while !Task.isCancelled {
            let server = server
            await withTaskGroup(of: Void.self) { group in
                if let server {
                    let served = ServedPort(server.port, door: door, clock: clock, logger: logger)
                    port = (server.port, served)
                    group.addTask {
                        await served.run(
                            admits: { peer in await self.admit(peer) },
                            serve: { connection in await self.hear(connection) })
                    }
                }
                group.addTask { for await _ in changes { return } }
                // A server ends only with the configuration that wanted it.
                _ = await group.next()
                group.cancelAll()
            }
            tally.turnedAway += await port?.served.state.turnedAway ?? 0
            port = nil
        }
    }

    /// Whether somebody may connect: by the row's list, else as the address of a meter; and not too often.
    private func admit(_ peer: String) -> Bool {
        guard let server, !peer.isEmpty else { return false }
        let isKnown =
            server.allow.isEmpty ? known.contains(peer) : server.allow.contains { $0.contains(peer) }
        return isKnown && sources.open(peer, at: clock.now)
    }

    /// One connection to its end: silence, strange octets, too many of them, or the far end's own.
    private func hear(_ connection: IncomingConnection) async {
        let peer = connection.peer
        tally.connections += 1
        var stream = PushStream()
        var goesOn = true
        while goesOn, !Task.isCancelled {
            let heard = try? await connection.channel.read(until: clock.now + PushReceiver.patience)
            guard let octets = heard, !octets.isEmpty else { break }
            guard sources.take(octets: octets.count, from: peer, at: clock.now) else {
                await refuse(.flooded, peer: peer)
                break
            }
            for hearing in stream.heard(octets, with: &ring) where goesOn {
                guard sources.takeMessage(from: peer, at: clock.now) else {
                    await refuse(.flooded, peer: peer)
                    goesOn = false
                    break
                }
                switch hearing {
                case .push(let push): await take(push, from: .network(peer))
                case .refused(let fault):
                    await refuse(fault, peer: peer)
                    goesOn = fault != .malformed
                }
            }
        }
        await connection.channel.close()
        sources.close(peer)
        tally.connections -= 1
    }

    /// A connection without a whole push for so long is closed.
    private static let patience = Duration.seconds(60)

    // MARK: - Taking

    /// Where a push came from.
    enum Origin: Sendable {
        /// A connection, by its far end.
        case network(String)
        /// A conversation with the meter of a row; whether the association vouches for it.
        case conversation(Int, isProtected: Bool)
    }

    private func take(_ push: OverheardPush) async {
        let (hearing, isProtected) = push.hearing(with: &ring)
        guard case .push(let message) = hearing else {
            tally.refused[.malformed, default: 0] += 1
            return
        }
        await take(message, from: .conversation(push.meterID, isProtected: isProtected))
    }

    /// One push: whose, what, and into the archive.
    func take(_ push: MeterPush, from origin: Origin) async {
        tally.received += 1
        let peer = if case .network(let peer) = origin { peer } else { "" }
        do throws(PushFault) {
            let sender = try await sender(of: push, from: origin)
            if let seal = push.seal { try await admit(seal) }
            let report = await report(of: push, from: sender)
            try await keep(report, from: sender)
            tally.lastAt = wall.now
        } catch {
            await refuse(error, peer: peer)
        }
    }

    /// Counters that were heard before are old pushes said again.
    private func admit(_ seal: MeterPush.Seal) async throws(PushFault) {
        let isNew: Bool
        do throws(Fault) {
            isNew = try await archive.admit(counter: seal.counter, of: seal.series)
        } catch { throw .archive }
        guard isNew else { throw .replayed }
    }

    /// What it means; a meter whose ways are not known is asked for them first, at most once in a while.
    private func report(of push: MeterPush, from sender: PushSender) async -> PushReport {
        let driver = sender.target.driver
        let zone = sender.target.zone
        let report = await driver.report(of: push, serial: sender.serial, zone: zone)
        let id = sender.target.point.id
        let isTooSoon = learned[id].map { clock.now - $0 < PushReceiver.learnAgain } ?? false
        guard report.isPartial, !isTooSoon else { return report }
        learned[id] = clock.now
        guard await poller.learn(push, from: sender.target, serial: sender.serial) else { return report }
        return await driver.report(of: push, serial: sender.serial, zone: zone)
    }

    private static let learnAgain = Duration.seconds(600)

    private func keep(_ report: PushReport, from sender: PushSender) async throws(PushFault) {
        guard !report.isEmpty else {
            if report.isPartial { throw .unread }
            return
        }
        if report.isPartial { tally.refused[.unread, default: 0] += 1 }
        try await poller.keep(report, of: sender.target, serial: sender.serial)
        tally.taken += 1
        tally.rows += report.readings.count
        for (object, value) in report.codes.sorted(by: { $0.key < $1.key }) where tally.mayNote(at: wall.now)
        {
            let entry = JournalEntry(
                at: wall.now, meterID: sender.target.point.id, code: "push.event",
                parameters: ["object": object, "value": value])
            try? await archive.note(entry)
        }
    }

    /// Counts what was not taken; a source is told of once a day, and not every source of a flood.
    private func refuse(_ fault: PushFault, peer: String) async {
        tally.refused[fault, default: 0] += 1
        guard !peer.isEmpty, sources.mayTell(of: peer, fault, at: clock.now) else { return }
        tally.tell(PushStatus.Refusal(at: wall.now, peer: peer, fault: fault))
        logger.log(.warning, "a push was not taken", [(.address, peer), (.error, fault.rawValue)])
        guard tally.mayNote(at: wall.now) else { return }
        let entry = JournalEntry(
            at: wall.now, meterID: 0, code: "push.refused",
            parameters: ["peer": peer, "reason": fault.rawValue])
        try? await archive.note(entry)
    }
}
