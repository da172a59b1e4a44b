import Seams
import Street
import Testing
import Timekeeping
import VirtualTime

@Suite struct ControlDeskTests {
    static func withDesk<Value: Sendable>(
        _ body: @escaping @Sendable (ControlDesk, [LinePump]) async throws -> Value
    ) throws -> Value {
        let plan = try DemoStreet.plan()
        return try VirtualWorld().run { world in
            let lines = plan.lines.map { line in
                (plan: line, pump: LinePump(line: plan.build(line), clock: world.clock, wall: world.wall))
            }
            return try await body(ControlDesk(lines: lines), lines.map(\.pump))
        }
    }

    static func ask(_ desk: ControlDesk, _ command: String) async -> String {
        String(decoding: await desk.answer(Array(command.utf8)), as: UTF8.self)
    }

    @Test func faultsOfOneMeterAreSetAndTheRestStays() throws {
        try Self.withDesk { desk, pumps in
            let command =
                #"{"set":{"line":"substation","meter":102,"silent":true,"pdu":100,"truncate":7,"late":1500}}"#
            #expect(await Self.ask(desk, command) == #"{"lines":1,"meters":1,"ok":true}"#)
            let faults = await pumps[1].withLine { $0.stations.map(\.faults) }
            #expect(faults.map(\.isSilent) == [false, true, false, false])
            #expect(faults[1].pduSize == 100 && faults[1].truncateAfter == 7)
            #expect(faults[1].lateness == .milliseconds(1_500))
            _ = await Self.ask(desk, #"{"set":{"line":"substation","meter":102,"pdu":0,"truncate":-1}}"#)
            let after = await pumps[1].withLine { $0.stations[1].faults }
            #expect(after.pduSize == nil && after.truncateAfter == nil && after.isSilent)
        }
    }

    @Test func delaysAreFixedTypicalOrSpread() throws {
        try Self.withDesk { desk, pumps in
            _ = await Self.ask(desk, #"{"set":{"delay":20}}"#)
            #expect(
                await pumps[0].withLine { $0.stations[31].faults.delays }
                    == DelayTable(fixed: .milliseconds(20)))
            let spread =
                #"{"set":{"line":"courtyard","delays":{"profile":{"median":900,"sigma":0.2,"max":2000}}}}"#
            _ = await Self.ask(desk, spread)
            let delays = await pumps[0].withLine { $0.stations[0].faults.delays }
            #expect(delays[.get] == .fixed(.milliseconds(20)))
            let expected = Delay.logNormal(
                median: .milliseconds(900), sigma: 0.2, limits: .zero...Duration.seconds(2))
            #expect(delays[.profile] == expected)
            _ = await Self.ask(desk, #"{"set":{"delay":"typical"}}"#)
            #expect(await pumps[2].withLine { $0.stations[0].faults.delays[.get] } == .typical(.get))
        }
    }

    @Test func faultsOfTheLineAreSet() throws {
        try Self.withDesk { desk, pumps in
            _ = await Self.ask(
                desk, #"{"set":{"line":"courtyard","echo":true,"noise":0.01,"unplugged":true}}"#)
            let faults = await pumps[0].withLine { $0.faults }
            #expect(faults.echoes && faults.isUnplugged && faults.noise == 0.01)
            #expect(await pumps[1].withLine { $0.faults } == SimulatedLine.Faults())
        }
    }

    @Test(arguments: [
        ("{", "error"), ("{}", "one of set, get, stats"),
        (#"{"set":{"line":"x","echo":true}}"#, "no such line"),
        (#"{"set":{"line":"courtyard","meter":99,"silent":true}}"#, "no such meter"),
        (#"{"set":{"delays":{"lunch":5}}}"#, "delays.lunch"), (#"{"set":{"silent":"yes"}}"#, "set.silent"),
    ])
    func whatCannotBeMeantIsRefused(command: String, reason: String) throws {
        try Self.withDesk { desk, _ in
            let answer = await Self.ask(desk, command)
            #expect(answer.contains("error") && answer.contains(reason), "\(answer)")
        }
    }

    @Test func linesMetersAndFiguresAreTold() throws {
        try Self.withDesk { desk, _ in
            let view = await Self.ask(desk, #"{"get":{"line":"remote-wrapper"}}"#)
            #expect(view.contains(#""serial":"4300017""#) && view.contains(#""personality":"nartis-like""#))
            let figures = await Self.ask(desk, #"{"stats":{"line":"courtyard"}}"#)
            #expect(figures.contains(#""octetsIn":0"#) && figures.contains(#""characterUs":1041.666"#))
        }
    }

    @Test func percentilesAndBinsCountEveryTurnaround() {
        var record = TurnaroundRecord()
        for milliseconds in 1...100 { record.record(.milliseconds(milliseconds)) }
        record.record(.seconds(30))
        #expect(record.count == 100)
        #expect(record.percentile(0.5) == .milliseconds(51))
        #expect(record.percentile(0.99) == .milliseconds(100))
        #expect(record.histogram.map(\.count).reduce(0, +) == 100)
        #expect(record.histogram.first { $0.upToMicroseconds == 5_000 }?.count == 3)
    }
}
