// A port of the device from its row in the table to the connections that are served: listens, tries again
// while another process has the port, turns away whom the row does not admit. Transit, RTU327, the server of
// pushes and that of remote connection each have one.

package import Faults
package import Logging
package import Seams
import Timekeeping

/// One port that is kept open.
package actor ServedPort {
    /// What a port shows of itself.
    package struct State: Sendable, Hashable {
        /// Whether it is listened at.
        package var isListening = false
        /// Why it is not although it should be.
        package var fault: Fault?
        /// Connections that were closed at once.
        package var turnedAway = 0

        /// Not yet open.
        package init() {}
    }

    /// How it fares.
    package private(set) var state = State()
    private let port: Int
    private let security: ConnectionSecurity
    private let door: any ConnectionDoor
    private let logger: Logger
    private nonisolated let clock: any MonotonicClock

    /// Pause before a port that could not be had is tried again.
    private static let listenAgain = Duration.seconds(5)

    /// A port that nobody listens at yet.
    package init(
        _ port: Int, security: ConnectionSecurity = .plain, door: any ConnectionDoor,
        clock: any MonotonicClock, logger: Logger
    ) {
        self.port = port
        self.security = security
        self.door = door
        self.clock = clock
        self.logger = logger
    }

    package nonisolated var unownedExecutor: UnownedSerialExecutor { clock.executor }

    /// Listens until cancelled. `admits` is asked about the numeric address of everybody who connects;
    /// `serve` has each connection in a task of its own, and closes it.
    package func run(
        admits: @escaping @Sendable (String) async -> Bool,
        serve: @escaping @Sendable (IncomingConnection) async -> Void
    ) async {
        while !Task.isCancelled {
            do throws(ChannelError) {
                let listener = try await door.listen(port: port, security: security)
                (state.isListening, state.fault) = (true, nil)
                logger.log(.notice, "listening", [(.address, "\(port)")])
                await accept(from: listener, admits: admits, serve: serve)
                await listener.close()
                state.isListening = false
            } catch {
                let fault = Fault(.serverListen, ["port": "\(port)", "reason": error.reason])
                if state.fault != fault {
                    logger.log(.error, "a server cannot listen", [(.error, error.reason)])
                }
                (state.isListening, state.fault) = (false, fault)
                try? await clock.sleep(for: ServedPort.listenAgain)
            }
        }
    }

    private func accept(
        from listener: any ConnectionListener, admits: @escaping @Sendable (String) async -> Bool,
        serve: @escaping @Sendable (IncomingConnection) async -> Void
    ) async {
        await withDiscardingTaskGroup { group in
            while let connection = await listener.next() {
                guard await admits(connection.peer) else {
                    state.turnedAway += 1
                    await connection.channel.close()
                    continue
                }
                group.addTask { await serve(connection) }
            }
            group.cancelAll()
        }
    }
}
