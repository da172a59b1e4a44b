// The door behind `BrokerOpener`.

package import EventLoop
package import Logging
package import Seams

/// Makes connections through libmosquitto on one loop.
package struct MosquittoBrokers: BrokerOpener {
    private let loop: Loop
    private let logger: Logger

    /// Brokers on `loop`.
    package init(loop: Loop, logger: Logger) {
        self.loop = loop
        self.logger = logger
    }

    /// A connection, not yet connected.
    package func broker(_ settings: BrokerSettings) -> any Broker {
        MosquittoBroker(loop: loop, settings: settings, logger: logger)
    }
}
