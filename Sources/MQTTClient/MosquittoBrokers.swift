// The door behind `BrokerOpener`. It outlives connections, therefore it keeps what makes the next one cheap.

package import EventLoop
package import Logging
package import Seams
import Synchronization

/// Makes connections through libmosquitto on one loop.
package struct MosquittoBrokers: BrokerOpener {
    private let loop: Loop
    private let logger: Logger
    private let memories = SessionMemories()

    /// Brokers on `loop`.
    package init(loop: Loop, logger: Logger) {
        self.loop = loop
        self.logger = logger
    }

    /// A connection, not yet connected.
    package func broker(_ settings: BrokerSettings) -> any Broker {
        MosquittoBroker(
            loop: loop, settings: settings, logger: logger, memory: memories.memory(for: settings))
    }
}

/// TLS sessions by the demands they were made under.
private final class SessionMemories: Sendable {
    private struct Demands: Hashable {
        let host: String
        let port: Int
        let clientID: String
        let encryption: BrokerSettings.Encryption
    }

    /// Edited brokers leave sessions behind; few edits are made in the life of a process.
    private static let most = 16
    private let known = Mutex<[Demands: TLSSessionMemory]>([:])

    func memory(for settings: BrokerSettings) -> TLSSessionMemory {
        let demands = Demands(
            host: settings.host, port: settings.port, clientID: settings.clientID,
            encryption: settings.encryption)
        return known.withLock { known in
            if let memory = known[demands] { return memory }
            if known.count >= SessionMemories.most { known = [:] }
            let memory = TLSSessionMemory()
            known[demands] = memory
            return memory
        }
    }
}
