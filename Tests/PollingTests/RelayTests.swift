// Relays as the poller switches them: whose password, which meter, and that the line is had by a technician.

import Archive
import Configuration
import Drivers
import Faults
import Metering
import Polling
import Seams
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

    @Test func currentBehindAnOpenRelayIsAnAlarmFromThePollThatSeesItToTheOneThatDoesNot() throws {
        try PollingBench.world().run { world in
            let bench = try PollingBench(world)
            let poller = try await bench.poller(first: 1)
            func poll(_ current: Int64?, isOpen: Bool) async throws -> [MeterAlarm] {
                var meter = FakeStreet.Behaviour(serial: "S101")
                (meter.current, meter.isRelayOpen) = (current, isOpen)
                await bench.street.set("101", meter)
                try await world.clock.sleep(for: .seconds(60))
                _ = await poller.poll(meters: [1], measures: [.momentQuality])
                return try await bench.archive.alarms(limit: 10)
            }
            #expect(try await poll(4_070, isOpen: false).isEmpty)
            #expect(try await poll(20, isOpen: true).isEmpty)
            let raised = try await poll(4_070, isOpen: true)
            #expect(raised.map(\.alarm) == [.bridgedRelay] && raised.first?.isActive == true)
            // It holds, and is not told anew; a meter that does not tell its currents says nothing of it.
            #expect(try await poll(4_070, isOpen: true) == raised)
            #expect(try await poll(nil, isOpen: true) == raised)
            let ended = try await poll(0, isOpen: true)
            #expect(ended.count == 1 && ended.first?.until != nil)
        }
    }
}
