// Connections: answers in order, silence, wrong passwords, too many at once.

import HeadEnd
import Logging
import Octets
import RTU327
import Seams
import Testing
import Timekeeping
import VirtualTime

/// A connection whose far end sends pieces at their times and keeps what it gets.
private actor ScriptedConnection: Channel {
    private var pieces: [(at: MonotonicInstant, octets: [UInt8])]
    private(set) var got: [UInt8] = []
    private(set) var isClosed = false
    private nonisolated let clock: any MonotonicClock

    init(_ clock: any MonotonicClock, _ pieces: [(Duration, [UInt8])]) {
        self.clock = clock
        self.pieces = pieces.map { (clock.now + $0.0, $0.1) }
    }

    nonisolated var unownedExecutor: UnownedSerialExecutor { clock.executor }

    func write(_ octets: [UInt8]) throws(ChannelError) { got += octets }

    func read(until deadline: MonotonicInstant) async throws(ChannelError) -> [UInt8] {
        let next = pieces.first.map { min($0.at, deadline) } ?? deadline
        if next > clock.now { try? await clock.sleep(until: next) }
        guard let piece = pieces.first, piece.at <= clock.now else { return [] }
        pieces.removeFirst()
        return piece.octets
    }

    func discardInput() {}
    func close() { isClosed = true }
}

@Suite struct HeadEndServerTests {
    private static func serve(
        _ pieces: [(Duration, [UInt8])], passwords: [[UInt8]] = []
    ) throws -> (packets: [Packet], seconds: Int64, isClosed: Bool) {
        try VirtualWorld().run { world in
            let bench = try await HeadEndBench(world)
            let server = HeadEndServer(
                bench.answers, clock: world.clock, wall: bench.wall, logger: .silent)
            await server.apply(HeadEndSettings(meters: HeadEndBench.meters(), passwords: passwords))
            let connection = ScriptedConnection(world.clock, pieces)
            let began = world.clock.now
            await server.serve(connection, peer: "10.0.0.5")
            #expect(await server.state.isEmpty)
            var decoder = PacketDecoder()
            decoder.append(await connection.got)
            var packets: [Packet] = []
            while let item = decoder.next() { packets.append(try item.content.get()) }
            let seconds = (world.clock.now - began).components.seconds
            return (packets, seconds, await connection.isClosed)
        }
    }

    @Test func `requests in any pieces are answered in their order`() throws {
        let first = Request.version.packet(number: 1).encoded
        let both = first + Request.time.packet(number: 2).encoded
        let done = try Self.serve([(.zero, Array(both.prefix(5))), (.seconds(1), Array(both.dropFirst(5)))])
        #expect(done.packets.map(\.number) == [1, 2] && done.packets.map(\.code) == [0, 0])
        #expect(done.packets.first?.data == Array("020102".utf8) && done.isClosed)
    }

    @Test func `a connection without octets for two minutes is closed`() throws {
        let done = try Self.serve([(.seconds(60), Request.time.packet(number: 1).encoded)])
        #expect(done.packets.count == 1 && done.seconds == 180 && done.isClosed)
    }

    @Test func `a packet that stops in the middle is forgotten after five seconds`() throws {
        let request = Request.time.packet(number: 7).encoded
        let done = try Self.serve([(.zero, Array(request.prefix(6))), (.seconds(6), request)])
        #expect(done.packets.map(\.number) == [7])
    }

    @Test func `wrong passwords are answered slowly and ten of them end the connection`() throws {
        let wrong = (1...20).flatMap { Request.time.packet(number: $0, password: [9, 9, 9, 9]).encoded }
        let done = try Self.serve([(.zero, wrong)], passwords: [[1, 2, 3, 4]])
        #expect(done.packets.map(\.code) == Array(repeating: 10, count: 10) && done.seconds == 10)
    }

    @Test func `a further head-end beyond the limit is turned away at once`() throws {
        try VirtualWorld().run { world in
            let bench = try await HeadEndBench(world)
            let server = HeadEndServer(
                bench.answers, clock: world.clock, wall: bench.wall, logger: .silent)
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<HeadEndServer.sessionLimit {
                    let connection = ScriptedConnection(world.clock, [])
                    group.addTask { await server.serve(connection, peer: "10.0.0.5") }
                }
                try? await world.clock.sleep(for: .seconds(1))
                #expect(await server.state.count == HeadEndServer.sessionLimit)
                let began = world.clock.now
                let further = ScriptedConnection(
                    world.clock, [(.zero, Request.time.packet(number: 1).encoded)])
                await server.serve(further, peer: "10.0.0.6")
                #expect(await further.isClosed && world.clock.now == began)
                #expect(await further.got.isEmpty)
            }
        }
    }
}
