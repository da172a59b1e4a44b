import DLMS
import Foundation
import Metering
import SPODES
import Seams
import Street
import Testing
import Timekeeping
import VirtualTime

@Suite struct StreetScriptTests {
    /// 2026-03-10 12:37 in the street's zone.
    static let start = WallTime(unixSeconds: 1_773_135_420)

    static func later(_ days: Int64) -> WallTime { WallTime(unixSeconds: 1_773_135_420 + days * 86_400) }

    static func line(_ script: [ScriptedEvent]) throws -> SimulatedLine {
        let plan = try DemoStreet.plan()
        var line = plan.build(plan.lines[1])
        line.script = script
        return line
    }

    @Test func `on the day of the script the meter is another, counting from zero over the same load, R32`()
        throws
    {
        let event = ScriptedEvent(at: Self.later(3), station: 1, happening: .replaced)
        let line = try Self.line([event])
        let before = try #require(StreetTruth(line, wall: Self.later(2)).meters["102"])
        let after = try #require(StreetTruth(line, wall: Self.later(5)).meters["102"])
        let other = try #require(StreetTruth(try Self.line([]), wall: Self.later(5)).meters["102"])
        #expect(before.serial == other.serial)
        #expect(after.serial != before.serial)
        #expect(after.stamps(.day).count == 2)
        // The rows of both meters hold the same energy, within a least digit for each reading.
        let days = after.stamps(.day)
        let window = days.stamp(0)...days.stamp(1)
        func energy(_ truth: MeterTruth) throws -> Int64 {
            let rows = truth.rows(.day, in: window)
            #expect(rows.count == 2)
            let values = try rows.map { try #require($0.values[.aPlus0]).mantissa }
            return values[1] - values[0]
        }
        let difference = try energy(after) - energy(other)
        #expect(abs(difference) <= 2)
        #expect(try energy(after) > 0)
    }

    @Test func `an hourly profile begins anew and balances with the days`() throws {
        let event = ScriptedEvent(at: Self.later(1), station: 0, happening: .hourly)
        let truth = try #require(
            StreetTruth(try Self.line([event]), wall: Self.later(4)).meters["101"])
        #expect(truth.intervalMinutes == 60)
        let days = truth.stamps(.day)
        let (begin, end) = (days.stamp(days.count - 2), days.stamp(days.count - 1))
        let rows = truth.rows(.load, in: begin.adding(seconds: 1)...end)
        #expect(rows.count == 24)
        let profile = rows.compactMap { $0.values[.pPlus]?.double }.reduce(0, +)
        let registers = truth.rows(.day, in: begin...end).compactMap { $0.values[.aPlus0]?.double }
        try #require(registers.count == 2)
        #expect(abs(registers[1] - registers[0] - profile) <= 26 * 10)
    }

    @Test func `a clock put back over boundaries keeps no row of the future, R31`() throws {
        let event = ScriptedEvent(at: Self.later(1), station: 0, happening: .clockBack)
        let truth = try #require(
            StreetTruth(try Self.line([event]), wall: Self.later(2)).meters["101"])
        let series = truth.stamps(.load)
        #expect(series.stamp(series.count - 1) <= truth.clock)
        let correction = try #require(truth.events(ofJournal: 13).last)
        let (old, new) = (try #require(correction.oldReading), try #require(correction.newReading))
        #expect(old - new == 3_600_000)
    }

    @Test func `scripts of one seed are equal, of two seeds are not`() {
        func script(_ seed: UInt64) -> [ScriptedEvent] {
            StreetScript.drawn(seed: seed, count: 50, stations: 4, from: Self.start, days: 365)
        }
        #expect(script(1) == script(1))
        #expect(script(1) != script(2))
        #expect(script(1).allSatisfy { (0..<4).contains($0.station) && $0.at >= Self.start })
        #expect(zip(script(1), script(1).dropFirst()).allSatisfy { $0.at <= $1.at })
    }

    @Test func `the street file names drift, offset and dated events`() throws {
        let text = """
            {"seed":1,"zoneMinutes":180,"installed":"2026-01-01","lines":[{"name":"a","tcp":"h:1","meters":[
              {"address":16,"personalities":["three-phase"],"subscribers":["shop"],"serial":1,
               "drift":5,"clockOffset":3600}]}],
             "script":[{"day":17,"second":60,"line":"a","meter":16,"happen":"replaced"}]}
            """
        let plan = try DemoStreet.plan(Array(text.utf8))
        let meter = plan.lines[0].meters[0].build(in: plan)
        #expect(meter.clock.driftPerDay == 5_000)
        #expect(meter.clock.offset == 3_600_000)
        let at = WallTime(unixSeconds: 1_767_225_600 - 10_800 + 17 * 86_400 + 60)
        #expect(plan.lines[0].script == [ScriptedEvent(at: at, station: 0, happening: .replaced)])
        #expect(throws: StreetFileFault.self) {
            let wrong = text.replacingOccurrences(of: "\"meter\":16", with: "\"meter\":17")
            _ = try DemoStreet.plan(Array(wrong.utf8))
        }
    }
}

@Suite struct BusFaultTests {
    private static func answer(
        _ request: [UInt8], _ change: @escaping @Sendable (inout SimulatedLine) -> Void
    ) throws -> (octets: [UInt8], collisions: Int) {
        var line = SimulatedLineTests.line()
        change(&line)
        return try SimulatedLineTests.withWire(line) { world, wire, channel in
            try await channel.write(request)
            var octets: [UInt8] = []
            let end = world.clock.now + .seconds(2)
            while world.clock.now < end { octets += try await channel.read(until: end) }
            return (octets, await wire.withLine { $0.counters.collisions })
        }
    }

    @Test func `two answers at once spoil each other, R33`() throws {
        let twins = (0..<2).map {
            FaultyStation(
                name: "\($0)", station: ParrotStation(address: 1),
                faults: {
                    var faults = StationFaults()
                    faults.delays = DelayTable(fixed: .milliseconds(20))
                    return faults
                }(), seed: UInt64($0))
        }
        let line = SimulatedLine(
            name: "twins", characterTime: SimulatedLineTests.characterTime, stations: twins, seed: 1)
        let result = try Self.answer([1]) { $0 = line }
        #expect(result.collisions == 1)
        #expect(result.octets.count == 10)
        #expect(result.octets.allSatisfy { $0 != 1 })
    }

    @Test func `a babbler spoils the answer it talks into`() throws {
        let result = try Self.answer([1]) { $0.faults.babble = 1 }
        #expect(result.collisions == 1)
        #expect(result.octets.prefix(3) == [1, 1, 1])
        #expect(result.octets != Array(repeating: 1, count: 10))
    }

    @Test func `a converter that turns late loses the beginning of an answer`() throws {
        let result = try Self.answer([1]) { $0.faults.turnTime = .milliseconds(24) }
        #expect((1..<10).contains(result.octets.count))
    }

    @Test func `a lossy hub loses answers, all or some`() throws {
        func count(_ loss: Double) throws -> Int {
            try Self.answer([1]) { line in
                var faults = line.stations[0].faults
                faults.loss = loss
                line.setFaults(faults, ofStation: 0)
            }.octets.count
        }
        #expect(try count(1) == 0)
        #expect(try count(0) == 10)
    }

    @Test func `a meter busy at midnight answers afterwards`() throws {
        let plan = try DemoStreet.plan()
        var client = HDLCClient(
            HDLCClient.Settings(
                client: try #require(HDLCAddress.client(32)),
                server: try #require(HDLCAddress(upper: 1, lower: 101, width: .two))))
        let request = client.connect().flatMap { action -> [UInt8] in
            if case .send(let octets) = action { octets } else { [] }
        }
        func answers(atSecond second: Int64) -> Int {
            var line = plan.build(plan.lines[1])
            var faults = StationFaults()
            faults.midnightBusy = .seconds(90)
            line.setFaults(faults, ofStation: 0)
            // Seconds after 2026-03-11 00:00 of the street.
            let wall = WallTime(unixSeconds: 1_773_176_400 + second)
            line.received(request, at: MonotonicInstant(nanoseconds: 0))
            return line.advance(to: MonotonicInstant(nanoseconds: 5_000_000_000), wall: wall).count
        }
        #expect(answers(atSecond: 40) == 0)
        #expect(answers(atSecond: 200) > 0)
    }
}
