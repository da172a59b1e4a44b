// The simulated broker ends connections as a real one does: the publisher hears of it while nothing is sent.

import Configuration
import JSONText
import Publishing
import Runtime
import Seams
import Simulation
import Testing
import Timekeeping
import VirtualTime

@Suite("Ends of the simulated broker's connections")
struct BrokerTests {
    /// How the only broker stands.
    private func link(_ gateway: VirtualGateway) async throws -> BrokerLink? {
        try await gateway.runtime.publisher.connections().first?.link
    }

    /// What subscribers were told of the device.
    private func presences(_ gateway: VirtualGateway) async -> [String] {
        await gateway.broker.messages.filter { $0.topic.hasSuffix("/online") }.map {
            String(decoding: $0.payload, as: UTF8.self)
        }
    }

    @Test("a broker that goes down between two publications is missed at once, and found again by itself")
    func idleLoss() throws {
        try SimulatedSite.live(left: 1, right: 0) { gateway, world in
            // A quarter of an hour before the next publication.
            try await world.clock.sleep(for: .seconds(38 * 60))
            #expect(try await link(gateway) == .connected)
            await gateway.broker.setUp(false)
            try await world.clock.sleep(for: .seconds(2))
            #expect(try await link(gateway) == .lost)
            await gateway.broker.setUp(true)
            try await world.clock.sleep(for: .seconds(300))
            #expect(try await link(gateway) == .connected)
            #expect(await presences(gateway) == ["{\"online\":true}", "{\"online\":true}"])
        }
    }

    @Test("connections end for both sides, whoever ended them, and a second one of a client ends the first")
    func ends() throws {
        try VirtualWorld(start: SimulatedSite.start).run { world in
            let hall = VirtualBrokerHall(clock: world.clock)
            let opener = VirtualBrokerOpener(hall)
            func connection(_ client: String) async throws -> any Broker {
                let made = opener.broker(BrokerSettings(host: "b", port: 1_883, clientID: client))
                // Nothing to wait for before it stands.
                await made.ended()
                try await made.connect()
                return made
            }
            let (first, other) = (try await connection("a"), try await connection("b"))
            let second = try await connection("a")
            await first.ended()
            await second.disconnect(saying: BrokerMessage(topic: "bye", payload: [], qos: 1, retain: true))
            await second.ended()
            #expect(await hall.messages.map(\.topic) == ["bye"])
            try await other.publish(BrokerMessage(topic: "t", payload: [], qos: 1))
            await hall.breakConnections()
            await other.ended()
            await #expect(throws: BrokerError.disconnected) {
                try await other.publish(BrokerMessage(topic: "t", payload: [], qos: 1))
            }
        }
    }
}
