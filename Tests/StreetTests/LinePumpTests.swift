import Seams
import Street
import Testing
import Timekeeping
import VirtualTime

/// A channel whose far end is the test: what it sends is read by the pump, what the pump writes is kept with
/// its time.
actor ScriptedChannel: Channel {
    private let clock: any MonotonicClock
    private var script: [(at: MonotonicInstant, octets: [UInt8])]
    private(set) var written: [(at: MonotonicInstant, octets: [UInt8])] = []

    init(clock: any MonotonicClock, script: [(at: MonotonicInstant, octets: [UInt8])]) {
        self.clock = clock
        self.script = script
    }

    func write(_ octets: [UInt8]) async throws(ChannelError) { written.append((clock.now, octets)) }

    func read(until deadline: MonotonicInstant) async throws(ChannelError) -> [UInt8] {
        guard let next = script.first else {
            try? await clock.sleep(until: deadline)
            if clock.now.nanoseconds > 3_000_000_000 { throw .closed("end of the script") }
            return []
        }
        try? await clock.sleep(until: min(next.at, deadline))
        guard clock.now >= next.at else { return [] }
        script.removeFirst()
        return next.octets
    }

    func discardInput() async {}
    func close() async {}
}

@Suite struct LinePumpTests {
    @Test func everyOctetIsWrittenAtItsTimeAndTurnaroundIsMeasured() throws {
        try VirtualWorld().run { world in
            let line = SimulatedLineTests.line()
            let pump = LinePump(line: line, clock: world.clock, wall: world.wall)
            let second = MonotonicInstant(nanoseconds: 1_000_000_000)
            let channel = ScriptedChannel(
                clock: world.clock,
                script: [(MonotonicInstant(nanoseconds: 500_000_000), [1]), (second, [2])])
            await pump.run(over: channel)
            let written = await channel.written
            #expect(written.count == 20 && written.allSatisfy { $0.octets.count == 1 })
            let character = SimulatedLineTests.characterTime
            #expect(written[10].at == second + .milliseconds(20) + character * 2)
            #expect(zip(written[10...], written[11...]).allSatisfy { $1.at - $0.at == character })
            let record = await pump.turnarounds
            #expect(record.count == 1)
            #expect(record.percentile(0.5) == second - written[9].at)
        }
    }

    @Test func unpluggingEndsThePump() throws {
        try VirtualWorld().run { world in
            let pump = LinePump(line: SimulatedLineTests.line(), clock: world.clock, wall: world.wall)
            let channel = ScriptedChannel(clock: world.clock, script: [])
            async let served: Void = pump.run(over: channel)
            try await world.clock.sleep(for: .milliseconds(300))
            await pump.setUnplugged(true)
            await served
            #expect(world.clock.now.nanoseconds <= 400_000_000)
            #expect(await pump.isUnplugged)
        }
    }
}
