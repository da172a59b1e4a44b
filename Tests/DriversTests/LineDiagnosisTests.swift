// Faults planted on simulated lines, real sessions of the driver through a real registry of lines, and the
// verdict about what the line saw. One table: fault, expected word, found word.

import DLMS
import Diagnosis
import Drivers
import Faults
import Lines
import Logging
import Metering
import Octets
import SPODES
import Seams
import Street
import Testing
import Timekeeping
import VirtualTime

/// Opens the fixture's wire, or fails, and may change what is heard.
private struct FaultyDoor: LineOpener {
    let wire: SimulatedWire
    var refusal: ChannelError?
    /// What a read brings instead, by what came.
    var heard: (@Sendable ([UInt8]) -> [UInt8])?
    /// Hangs up at the first reading.
    var isBusy = false

    func open(
        _ address: LineAddress, settings: SerialSettings, until deadline: MonotonicInstant
    ) async throws(ChannelError) -> any Channel {
        if let refusal { throw refusal }
        return FaultyChannel(channel: try await wire.open(), heard: heard, isBusy: isBusy)
    }
}

private struct FaultyChannel: SerialChannel {
    let channel: any Channel
    let heard: (@Sendable ([UInt8]) -> [UInt8])?
    let isBusy: Bool

    func write(_ octets: [UInt8]) async throws(ChannelError) { try await channel.write(octets) }
    func read(until deadline: MonotonicInstant) async throws(ChannelError) -> [UInt8] {
        if isBusy { throw .farEndBusy }
        let octets = try await channel.read(until: deadline)
        return heard?(octets) ?? octets
    }
    func discardInput() async { await channel.discardInput() }
    func close() async { await channel.close() }
    func apply(_ settings: SerialSettings) async throws(ChannelError) {}
}

/// A device that answers every SNRM with DM.
private struct RefusingStation: LineStation {
    let address: Int
    mutating func received(
        _ octets: [UInt8], at instant: MonotonicInstant, wall: WallTime
    ) -> [StationAnswer] {
        var decoder = HDLCFrameDecoder()
        decoder.append(octets)
        guard let frame = try? decoder.nextAtSilence()?.content.get(), Int(frame.destination.lower) == address
        else { return [] }
        let answer = HDLCFrame(to: frame.source, from: frame.destination, .disconnectedMode(final: true))
        return [StationAnswer(answer.encoded, requestClass: .link)]
    }
}

/// One planted fault.
private struct Planted: Sendable {
    let name: String
    let expected: LineFinding
    var line = 1
    /// Meters visited, each so often.
    var visits = [0, 1, 2, 3]
    var rounds = 3
    var password: String?
    var medium = MeterPoint.Medium.serial
    /// Whether a visit only asks who is there.
    var isBrief = false
    var plant: @Sendable (inout SimulatedLine) -> Void = { _ in }
    var door: @Sendable (inout FaultyDoor) -> Void = { _ in }
}

@Suite struct LineDiagnosisTests {
    private static let planted: [Planted] = [
        Planted(name: "wires off", expected: .noOctets, plant: { $0.setAll { $0.isSilent = true } }),
        Planted(
            name: "wrong speed, or A and B swapped", expected: .garbage,
            plant: { $0.setAll { $0.garbage = 1 } }),
        Planted(
            name: "meters speak 7E1", expected: .parity,
            door: { door in
                door.heard = {
                    $0.map { octet in
                        let seven = octet & 0x7F
                        return seven.nonzeroBitCount.isMultiple(of: 2) ? seven : seven | 0x80
                    }
                }
            }),
        Planted(
            name: "noise on a long line", expected: .noise, rounds: 4, plant: { $0.faults.noise = 0.004 }),
        Planted(
            name: "two meters at one address", expected: .twoAnswers, visits: [0, 2, 0, 3],
            plant: { line in
                line.readdress(101, ofStation: 1)
                var faults = StationFaults()
                faults.lateness = .milliseconds(45)
                line.setFaults(faults, ofStation: 1)
            }),
        Planted(name: "echo", expected: .echo, plant: { $0.faults.echoes = true }),
        Planted(
            name: "a second master", expected: .foreignMaster, visits: [0, 1, 2, 3], rounds: 4,
            plant: { line in
                line.faults.foreignMaster = 0.3
                line.setFaults(
                    {
                        var faults = StationFaults(); faults.isSilent = true; return faults
                    }(), ofStation: 2)
            }),
        Planted(
            name: "DM: no free link", expected: .refused, visits: [9, 0],
            plant: { line in
                let refusing = FaultyStation(name: "110", station: RefusingStation(address: 110), seed: 9)
                line = SimulatedLine(
                    name: line.name, characterTime: line.characterTime, stations: line.stations + [refusing],
                    seed: 1)
            }),
        Planted(name: "wrong password", expected: .password, visits: [0], rounds: 1, password: "00000000"),
        Planted(
            name: "converter serves another client", expected: .hubBusy, line: 2, visits: [0],
            medium: .network, door: { $0.isBusy = true }),
        Planted(
            name: "converter is off", expected: .unopened, line: 2, visits: [0], medium: .network,
            door: { $0.refusal = .openFailed("no route to host") }),
        Planted(
            name: "one meter dead", expected: .meterSilent,
            plant: { line in
                var faults = StationFaults()
                faults.isSilent = true
                line.setFaults(faults, ofStation: 1)
            }),
        Planted(
            name: "one meter at another speed", expected: .meterGarbled,
            plant: { line in
                var faults = StationFaults()
                faults.garbage = 1
                line.setFaults(faults, ofStation: 1)
            }),
        Planted(
            name: "answers later than time-outs", expected: .late, visits: [0], rounds: 4, isBrief: true,
            plant: { $0.setAll { $0.lateness = .seconds(9) } }),
        Planted(name: "a good line", expected: .good),
        Planted(name: "a good connection", expected: .good, line: 2, visits: [0], medium: .network),
        Planted(
            name: "a good line with slow meters", expected: .good,
            plant: { $0.setAll { $0.lateness = .milliseconds(300) } }),
        Planted(name: "a line not used yet", expected: .unseen, visits: []),
    ]

    @Test func `at least eleven of twelve planted faults are named, and good lines are called good`() throws {
        var right = 0
        var rows: [String] = []
        for planted in Self.planted {
            let verdict = try Self.verdict(of: planted)
            let isRight = verdict.finding == planted.expected
            let isFault = planted.expected != .good && planted.expected != .unseen
            if isRight, isFault { right += 1 }
            if !isFault { #expect(isRight, "\(planted.name) is called \(verdict.finding)") }
            let numbers = verdict.evidence.map { "\($0.name) \($0.count)" }.joined(separator: ", ")
            rows.append(
                "\(isRight ? "ok  " : "MISS") \(planted.name): \(planted.expected) → \(verdict.finding) "
                    + "\(verdict.station?.text ?? "") (\(numbers)) frames \(verdict.frames)")
            if isFault { #expect(!verdict.evidence.isEmpty, "\(planted.name) has no evidence") }
        }
        print(rows.joined(separator: "\n"))
        let faults = Self.planted.filter { $0.expected != .good && $0.expected != .unseen }.count
        #expect(faults >= 12)
        #expect(right * 12 >= faults * 11, "\(rows.filter { $0.hasPrefix("MISS") }.joined(separator: "\n"))")
    }

    private static func verdict(of planted: Planted) throws -> LineVerdict {
        try StreetFixture.run(line: planted.line, planted.plant) { fixture in
            var door = FaultyDoor(wire: fixture.wire)
            planted.door(&door)
            let id: LineID =
                planted.medium == .serial ? .interface("Iface1") : .tcp(host: "127.0.0.1", port: 4_059)
            let lines = LineRegistry(
                interfaces: ["Iface1": LineConfiguration(address: .serial(path: "/dev/ttyS1"))], opener: door,
                clock: fixture.world.clock, logger: .silent)
            let driver = try fixture.catalogue.driver(for: "SPODES")
            for _ in 0..<planted.rounds {
                for visit in planted.visits {
                    var point = fixture.point(
                        min(visit, fixture.line.meters.count - 1), password: planted.password,
                        medium: planted.medium)
                    if visit == 9 { point.address = "110" }
                    let request = LeaseRequest(
                        line: id, leaseClass: .technician, owner: "test", patience: .seconds(60))
                    try? await lines.withLease(request) { lease in
                        try await driver.session(with: point, over: lease) { session in
                            if planted.isBrief { return }
                            _ = try await session.current(.momentEnergy, tags: [])
                            let day = fixture.now.startOfDay
                            _ = try await session.archive(
                                .dayEnergy, window: day.adding(seconds: -30 * 86_400)...day)
                        }
                    }
                    try await fixture.world.clock.sleep(for: .seconds(1))
                }
            }
            guard let insight = await lines.insight(of: id) else { return LineVerdict(.unseen) }
            return LineJudge(insight.observation).verdict
        }
    }
}

extension SimulatedLine {
    /// Changes the faults of all stations.
    fileprivate mutating func setAll(_ change: (inout StationFaults) -> Void) {
        for index in stations.indices {
            var faults = stations[index].faults
            change(&faults)
            setFaults(faults, ofStation: index)
        }
    }
}
