// Who was connected to the device's servers: kept in memory for a little while and stored in batches, so that
// somebody who knocks a thousand times a minute wears nothing out and pushes nobody out of the journal.

import Archive
import Faults
import Logging
import Seams
import Timekeeping

/// The journal of connections.
package actor ConnectionJournal {
    private let archive: MeterArchive
    private let wall: any WallClock
    private let logger: Logger
    private nonisolated let clock: any MonotonicClock
    private var unkept: [ConnectionEntry] = []
    private var unnoted = 0
    private var notedInMinute = 0
    private var minute: MonotonicInstant?
    private let news: AsyncStream<Void>
    private let bell: AsyncStream<Void>.Continuation

    /// Entries taken in a minute; of more only the number is logged.
    static let minuteLimit = 60
    /// Entries that wait for an archive that cannot take them.
    static let waitingLimit = 500
    /// How long entries wait in memory.
    private static let pause = Duration.seconds(10)

    init(archive: MeterArchive, clock: any MonotonicClock, wall: any WallClock, logger: Logger) {
        self.archive = archive
        self.clock = clock
        self.wall = wall
        self.logger = logger.labelled("servers")
        (news, bell) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    package nonisolated var unownedExecutor: UnownedSerialExecutor { clock.executor }

    /// A connection has ended just now.
    func note(server: String, port: Int, peer: String, began: WallTime, _ served: ServedConnection) {
        if minute.map({ clock.now - $0 >= .seconds(60) }) ?? true {
            (minute, notedInMinute) = (clock.now, 0)
        }
        guard notedInMinute < ConnectionJournal.minuteLimit, unkept.count < ConnectionJournal.waitingLimit
        else {
            unnoted += 1
            return
        }
        bell.yield()
        notedInMinute += 1
        unkept.append(
            ConnectionEntry(
                server: server, port: port, peer: peer, began: began, ended: wall.now, served: served))
    }

    /// Connections that have ended, newest first, numbered below `before`.
    func entries(before: Int?, limit: Int) async throws(Fault) -> [ConnectionEntry] {
        await keep()
        return try await archive.connections(before: before, limit: limit)
    }

    /// Stores what comes until cancelled.
    func run() async {
        for await _ in news {
            try? await clock.sleep(for: ConnectionJournal.pause)
            await keep()
        }
    }

    /// Stores what waits; it goes on waiting when the archive cannot take it.
    func keep() async {
        if unnoted > 0 {
            logger.log(
                .notice, "more connections in a minute than the journal takes", [(.count, "\(unnoted)")])
            unnoted = 0
        }
        guard !unkept.isEmpty else { return }
        let entries = unkept
        unkept = []
        do {
            try await archive.note(entries)
        } catch {
            unkept = Array((entries + unkept).suffix(ConnectionJournal.waitingLimit))
            logger.log(.error, "connections could not be journaled", [(.error, error.code.rawValue)])
        }
    }
}
