// One connection of a head-end after another, and many at once: octets to requests, requests to the archive,
// answers back. A connection without octets for two minutes is closed, as on the device.

package import Logging
package import RTU327
package import Seams
package import Timekeeping

/// What a connection has done so far; shown by diagnostics.
package struct HeadEndSession: Sendable, Hashable {
    /// Address of the head-end.
    package var peer: String
    /// When it connected.
    package var since: WallTime
    /// Requests answered, refusals among them.
    package var requests = 0
    /// Requests refused, by result.
    package var refusals: [UInt8: Int] = [:]
    /// Octets received and sent.
    package var received: Int64 = 0
    package var sent: Int64 = 0
    /// The last command, and what became of it.
    package var lastCommand: Command?
    package var lastResult: ResultCode?
}

/// The RTU327 server behind its listener.
package actor HeadEndServer {
    private let answers: HeadEndAnswers
    private let wall: any WallClock
    private let logger: Logger
    private nonisolated let clock: any MonotonicClock
    private var settings = HeadEndSettings()
    private var sessions: [Int: HeadEndSession] = [:]
    private var lastNumber = 0

    /// Connections at once; a further one is closed at once.
    package static let sessionLimit = 16
    /// A connection without octets for so long is closed.
    package static let idleLimit = Duration.seconds(120)
    /// The rest of a packet that has begun comes within.
    private static let packetLimit = Duration.seconds(5)
    /// An answer to a wrong password is held back, and so many end the connection: nobody tries them all.
    private static let wrongPause = Duration.seconds(1)
    private static let wrongLimit = 10

    /// A server of `answers`.
    package init(
        _ answers: HeadEndAnswers, clock: any MonotonicClock, wall: any WallClock, logger: Logger
    ) {
        self.answers = answers
        self.clock = clock
        self.wall = wall
        self.logger = logger.labelled("rtu327")
    }

    package nonisolated var unownedExecutor: UnownedSerialExecutor { clock.executor }

    /// Takes over another configuration; connections that stand keep the passwords they came with.
    package func apply(_ settings: HeadEndSettings) async {
        self.settings = settings
        await answers.apply(settings)
        for (number, meters) in await answers.sharedNumbers.sorted(by: { $0.key < $1.key }) {
            logger.log(
                .warning, "meters share their last ten digits and are not served",
                [(.address, "\(number)"), (.meter, meters.map(String.init).joined(separator: " "))])
        }
    }

    /// Numbers that several meters share, with the meters' IDs; they are not served.
    package var sharedNumbers: [MeterNumber: [Int]] { get async { await answers.sharedNumbers } }

    /// The answers to the questions that the reconstruction leaves open.
    package var profile: QuirkProfile { settings.profile }

    /// Connections that stand, oldest first.
    package var state: [HeadEndSession] { sessions.sorted { $0.key < $1.key }.map(\.value) }

    /// Serves one connection until it closes, falls silent, or the task is cancelled.
    @discardableResult
    package func serve(_ channel: any Channel, peer: String) async -> ServedConnection {
        guard sessions.count < HeadEndServer.sessionLimit else {
            logger.log(.notice, "too many head-ends at once", [(.peer, peer)])
            await channel.close()
            return ServedConnection(end: "turnedAway")
        }
        lastNumber += 1
        let number = lastNumber
        sessions[number] = HeadEndSession(peer: peer, since: wall.now)
        logger.log(.info, "head-end connected", [(.peer, peer)])
        var end = HeadEndServer.End.clientGone
        do throws(ChannelError) {
            end = try await converse(channel, number)
        } catch {
            logger.log(.debug, "head-end gone", [(.peer, peer), (.error, "\(error)")])
        }
        await channel.close()
        let session = sessions.removeValue(forKey: number)
        logger.log(
            .info, "head-end left", [(.peer, peer), (.count, String(session?.requests ?? 0))])
        return ServedConnection(
            received: session?.received ?? 0, sent: session?.sent ?? 0, requests: session?.requests ?? 0,
            end: end.rawValue)
    }

    /// How a connection ended.
    private enum End: String { case clientGone, idle, wrongPassword, badPacket, stopped }

    private func converse(_ channel: any Channel, _ number: Int) async throws(ChannelError) -> End {
        var exchange = ServerExchange(passwords: settings.passwords, profile: settings.profile)
        var wrong = 0
        while !Task.isCancelled {
            let limit = exchange.isInsidePacket ? HeadEndServer.packetLimit : HeadEndServer.idleLimit
            let octets = try await channel.read(until: clock.now + limit)
            if octets.isEmpty {
                guard exchange.isInsidePacket else { return Task.isCancelled ? .stopped : .idle }
                exchange.timeRanOut()
                continue
            }
            sessions[number]?.received += Int64(octets.count)
            exchange.received(octets)
            while let action = exchange.next() {
                guard let (answer, code) = await carryOut(action, number) else { return .badPacket }
                if code == .wrongPassword {
                    wrong += 1
                    try? await clock.sleep(for: HeadEndServer.wrongPause)
                }
                try await channel.write(answer)
                sessions[number]?.sent += Int64(answer.count)
                if wrong >= HeadEndServer.wrongLimit { return .wrongPassword }
            }
        }
        return .stopped
    }

    /// The octets of the answer, and its result; nil when the connection is to be closed.
    private func carryOut(_ action: ServerAction, _ number: Int) async -> ([UInt8], ResultCode)? {
        switch action {
        case .close: return nil
        case .send(let octets, let code):
            note(code, nil, number)
            return (octets, code)
        case .find(let request, let packet):
            let answer = await answers.answer(request)
            note(answer.code, request.command, number)
            return (ServerExchange.answer(to: packet, answer.code, answer.data), answer.code)
        }
    }

    private func note(_ code: ResultCode, _ command: Command?, _ number: Int) {
        sessions[number]?.requests += 1
        sessions[number]?.lastCommand = command
        sessions[number]?.lastResult = code
        if code != .good { sessions[number]?.refusals[code.rawValue, default: 0] += 1 }
    }
}
