import Seams
import Street
import Testing
import Timekeeping
import VirtualTime

/// Answers every chunk that begins with its address with ten octets of it.
struct ParrotStation: LineStation {
    let address: UInt8

    mutating func received(_ octets: [UInt8], at instant: MonotonicInstant, wall: WallTime) -> [StationAnswer]
    {
        octets.first == address
            ? [StationAnswer(Array(repeating: address, count: 10), requestClass: .get)] : []
    }
}

@Suite struct SimulatedLineTests {
    static let characterTime = SerialSettings.standard.characterTime

    static func line(delay: Duration = .milliseconds(20), _ change: (inout StationFaults) -> Void = { _ in })
        -> SimulatedLine
    {
        var faults = StationFaults()
        faults.delays = DelayTable(fixed: delay)
        change(&faults)
        let stations = (UInt8(1)...3).map {
            FaultyStation(
                name: "\($0)", station: ParrotStation(address: $0), faults: faults, seed: UInt64($0))
        }
        return SimulatedLine(name: "test", characterTime: characterTime, stations: stations, seed: 5)
    }

    static func withWire<Value: Sendable>(
        _ line: SimulatedLine,
        _ body: @escaping @Sendable (VirtualWorld, SimulatedWire, any Channel) async throws -> Value
    ) throws -> Value {
        try VirtualWorld().run { world in
            let wire = SimulatedWire(line: line, clock: world.clock, wall: world.wall)
            return try await body(world, wire, try await wire.open())
        }
    }

    @Test func requestAndAnswerTakeTheirTimeOnTheWire() throws {
        let elapsed = try Self.withWire(Self.line()) { world, _, channel in
            let begin = world.clock.now
            try await channel.write([2, 0, 0, 0, 0])
            #expect(world.clock.now - begin == Self.characterTime * 5)
            let answer = try await channel.read(until: world.clock.now + .seconds(1))
            #expect(answer == Array(repeating: 2, count: 10))
            return world.clock.now - begin
        }
        #expect(elapsed == Self.characterTime * 15 + .milliseconds(20))
    }

    @Test func octetsLeaveOneByOneAtThePaceOfTheWire() {
        var line = Self.line()
        let start = MonotonicInstant(nanoseconds: 0)
        let wall = WallTime(unixSeconds: 1_772_312_400)
        line.received([1], at: start)
        var instants: [MonotonicInstant] = []
        while let event = line.nextEvent {
            for _ in line.advance(to: event, wall: wall) { instants.append(event) }
        }
        #expect(instants.count == 10)
        #expect(zip(instants, instants.dropFirst()).allSatisfy { $1 - $0 == Self.characterTime })
        #expect(instants[0] - start == Self.characterTime * 2 + .milliseconds(20))
    }

    @Test func aSilentStationSaysNothingAndItsNeighbourStillAnswers() throws {
        try Self.withWire(Self.line()) { world, wire, channel in
            await wire.setFaults(ofStation: 0) { $0.isSilent = true }
            try await channel.write([1])
            #expect(try await channel.read(until: world.clock.now + .seconds(2)).isEmpty)
            try await channel.write([2])
            #expect(try await channel.read(until: world.clock.now + .seconds(2)).count == 10)
        }
    }

    @Test func spoiltAnswersAreSpoiltAsTold() throws {
        func answer(_ change: @escaping @Sendable (inout StationFaults) -> Void) throws -> [UInt8] {
            try Self.withWire(Self.line(change)) { world, _, channel in
                try await channel.write([1])
                return try await channel.read(until: world.clock.now + .seconds(2))
            }
        }
        #expect(try answer { $0.wrongFCS = 1 } == [1, 1, 1, 1, 1, 1, 1, 1, 1 ^ 0x5A, 1])
        for length in 1...9 {
            #expect(try answer { $0.truncateAfter = length }.count == length)
        }
        #expect(try answer { $0.truncateAfter = 0 }.isEmpty)
        let garbage = try answer { $0.garbage = 1 }
        #expect(garbage.count == 10 && garbage != Array(repeating: 1, count: 10))
        let late = try answer { $0.noiseBefore = 4 }
        #expect(late.count == 14 && late.suffix(10) == Array(repeating: 1, count: 10)[...])
        #expect(!late.prefix(4).contains(0x7E))
    }

    @Test func aLateReplyComesAfterTheReaderGaveUp() throws {
        try Self.withWire(Self.line { $0.lateness = .seconds(3) }) { world, _, channel in
            try await channel.write([1])
            #expect(try await channel.read(until: world.clock.now + .seconds(2)).isEmpty)
            #expect(try await channel.read(until: world.clock.now + .seconds(2)).count == 10)
        }
    }

    @Test func anEchoingLineReturnsTheRequestFirst() throws {
        var line = Self.line()
        line.faults.echoes = true
        try Self.withWire(line) { world, _, channel in
            try await channel.write([3, 9])
            #expect(try await channel.read(until: world.clock.now + .seconds(1)) == [3, 9])
            #expect(try await channel.read(until: world.clock.now + .seconds(1)).count == 10)
        }
    }

    @Test func talkingIntoAnAnswerSpoilsBoth() throws {
        try Self.withWire(Self.line()) { world, wire, channel in
            try await channel.write([1])
            try await world.clock.sleep(for: .milliseconds(25))
            try await channel.write([2])
            let heard = try await channel.read(until: world.clock.now + .seconds(1))
            #expect(heard.contains(1 ^ 0x55))
            #expect(!heard.contains(2))
            #expect(await wire.withLine { $0.counters.collisions } == 1)
        }
    }

    @Test func noiseFlipsBitsAndUnpluggingClosesTheChannel() throws {
        var line = Self.line()
        line.faults.noise = 0.5
        try Self.withWire(line) { world, wire, channel in
            try await channel.write([1])
            let heard = try await channel.read(until: world.clock.now + .seconds(1))
            #expect(heard.count == 10 && heard.contains(1) && heard.contains { $0 != 1 })
            await wire.setUnplugged(true)
            await #expect(throws: ChannelError.self) { try await channel.write([1]) }
            await #expect(throws: ChannelError.self) { _ = try await wire.open() }
            await wire.setUnplugged(false)
            let again = try await wire.open()
            try await again.write([1])
            #expect(try await again.read(until: world.clock.now + .seconds(1)).count == 10)
        }
    }

    @Test func answeringTimesFollowTheirDistribution() {
        var draws: UInt64 = 0
        let noise = Noise(seed: 4)
        let samples = (0..<2_000).map { _ in
            Delay.typical(.get).sample {
                draws += 1
                return noise.unit(1, Int64(draws))
            }
        }.sorted()
        #expect(samples.allSatisfy { (Duration.milliseconds(20)...Duration.milliseconds(200)).contains($0) })
        #expect((Duration.milliseconds(50)...Duration.milliseconds(70)).contains(samples[1_000]))
        #expect(samples[1_900] > .milliseconds(100))
    }
}
