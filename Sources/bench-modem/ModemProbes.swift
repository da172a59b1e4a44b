// Connections without rows: what a handshake and a probe cost by themselves.

import EventLoop
import Glibc
import Logging
import MQTTClient
import Seams
import Timekeeping

/// Connections to the broker of a plan, with the will that a broker's worker sets.
struct ModemProbes {
    let plan: ModemPlan
    let loop: Loop

    private func settings(keepAlive: Int) -> BrokerSettings {
        BrokerSettings(
            host: "localhost", port: plan.port, clientID: "um-200000963651-1",
            encryption: .tls(verify: true, authority: plan.authority), keepAliveSeconds: keepAlive,
            will: BrokerMessage(
                topic: "um/street/online", payload: Array("{\"online\":false}".utf8), qos: 1, retain: true))
    }

    /// Holds one connection; prints a line when it stands.
    func hold(keepAlive: Int) async throws {
        let broker = MosquittoBrokers(loop: loop, logger: .silent).broker(settings(keepAlive: keepAlive))
        try await broker.connect()
        print("connected")
        fflush(nil)
        await broker.ended()
    }

    /// Connects and leaves, one connection after the other; prints a line after each.
    func sessions(_ count: Int) async throws {
        let opener = MosquittoBrokers(loop: loop, logger: .silent)
        for _ in 0..<count {
            let broker = opener.broker(settings(keepAlive: 60))
            try await broker.connect()
            // Tickets of TLS 1.3 come after the handshake.
            try await loop.clock.sleep(for: .milliseconds(100))
            await broker.disconnect()
            try await loop.clock.sleep(for: .milliseconds(100))
            print("left")
            fflush(nil)
        }
    }
}
