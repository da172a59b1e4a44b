// Relays as the poller switches them: whose password, which meter, and that the line is had by a technician.

import Configuration
import Drivers
import Faults
import Metering
import Polling
import Testing
import VirtualTime

@Suite struct RelayTests {
    private static func refusal(_ poller: MeterPoller, _ meter: Int) async -> FaultCode? {
        do throws(Fault) { _ = try await poller.switchRelay(of: meter, on: false) } catch {
            return error.code
        }
        return nil
    }

    @Test func aRelayIsSwitchedByTheConfiguratorAtTheMeterTheTableNames() throws {
        try PollingBench.world().run { world in
            let bench = try PollingBench(world)
            let poller = try await bench.poller(first: 3) {
                $0.meters[0].writePassword = Secret(Array("2".utf8))
                $0.meters[0].serial = "S101"
                $0.meters[1].writePassword = Secret(Array("2".utf8))
                $0.meters[1].serial = "other"
            }
            let outcome = try await poller.switchRelay(of: 1, on: false)
            #expect(outcome.isDone && outcome.before.isClosed && outcome.after?.isClosed == false)
            #expect(await Self.refusal(poller, 2) == .meterSerialChanged)
            #expect(await Self.refusal(poller, 3) == .meterLevelMissing)
            #expect(await Self.refusal(poller, 9) == .notFound)
            let log = await bench.street.log
            #expect(log.filter { $0.contains("relay") } == ["101 relay off, client 48"])
            #expect(!log.contains("open 103"))
        }
    }
}
