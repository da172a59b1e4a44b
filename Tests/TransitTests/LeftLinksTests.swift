// Links that a transit client leaves open with meters: closed in its name when it has gone, and known to the
// polls that come after it (D5, R26).

import DLMS
import Lines
import Seams
import Testing
import Timekeeping
import Transit
import VirtualTime

@Suite struct LeftLinksTests {
    private static let meter = StationAddress(logical: 1, physical: 16)

    /// A frame between client 32 and the meter 1/16.
    private static func frame(_ control: HDLCControl, toMeter: Bool) throws -> [UInt8] {
        let client = try #require(HDLCAddress.client(32))
        let server = try #require(HDLCAddress(upper: 1, lower: 16, width: .two))
        return toMeter
            ? HDLCFrame(to: server, from: client, control).encoded
            : HDLCFrame(to: client, from: server, control).encoded
    }

    private static let snrm = HDLCControl.setNormalResponseMode(final: true)
    private static let farewell = HDLCControl.disconnect(final: true)
    private static let agreement = HDLCControl.unnumberedAcknowledge(final: true)

    /// The client asks for a link and gets it.
    private static func link(_ client: PipeEnd, _ bench: TransitBench) async throws -> PipeEnd {
        let request = try frame(snrm, toMeter: true)
        try await client.write(request)
        let device = try await bench.device()
        #expect(try await read(request.count, from: device, within: .seconds(1), bench.clock) == request)
        let answer = try frame(agreement, toMeter: false)
        try await device.write(answer)
        #expect(try await read(answer.count, from: client, within: .seconds(1), bench.clock) == answer)
        return device
    }

    /// How long a holder of a class has to leave the station alone.
    private static func engagement(
        _ leaseClass: LeaseClass, _ bench: TransitBench, _ station: StationAddress = meter
    ) async throws -> Duration? {
        let wish = LeaseRequest(
            line: .interface("Iface1"), leaseClass: leaseClass, owner: "poll", patience: .seconds(60))
        let end = try await bench.lines.withLease(wish, isolation: nil) { await $0.engagement(of: station) }
        return end.map { $0 - bench.clock.now }
    }

    @Test func `a link left open is closed in the name of the client that has gone`() throws {
        try VirtualWorld().run { world in
            let bench = TransitBench(world)
            let port = bench.port()
            let heard = try await withThrowingTaskGroup(of: [UInt8].self) { group in
                group.addTask {
                    let device = try await bench.device()
                    var heard: [UInt8] = []
                    for _ in 0..<2 {
                        heard += try await device.read(until: bench.clock.now + .seconds(10))
                        try await device.write(try Self.frame(Self.agreement, toMeter: false))
                    }
                    return heard
                }
                try await bench.connect(port) { client in
                    try await client.write(try Self.frame(Self.snrm, toMeter: true))
                    _ = try await client.read(until: bench.clock.now + .seconds(1))
                }
                return try await group.next()
            }
            let expected = try Self.frame(Self.snrm, toMeter: true) + Self.frame(Self.farewell, toMeter: true)
            #expect(heard == expected)
            #expect(try await Self.engagement(.scheduled, bench) == nil)
        }
    }

    @Test func `a meter that does not answer the farewell is left alone by polls, not by people`() throws {
        try VirtualWorld().run { world in
            let bench = TransitBench(world)
            let port = bench.port()
            try await bench.connect(port) { client in _ = try await Self.link(client, bench) }
            let left = try #require(try await Self.engagement(.scheduled, bench))
            #expect((110.0...120.0).contains(left / .seconds(1)), "\(left)")
            #expect(try await Self.engagement(.backFill, bench) != nil)
            for urgent in [LeaseClass.technician, .current] {
                #expect(try await Self.engagement(urgent, bench) == nil)
            }
            let other = StationAddress(logical: 1, physical: 17)
            #expect(try await Self.engagement(.scheduled, bench, other) == nil)
            try await bench.clock.sleep(for: .seconds(120))
            #expect(try await Self.engagement(.scheduled, bench) == nil)
        }
    }

    @Test func `a client that only thinks keeps its link, and its connection`() throws {
        try VirtualWorld().run { world in
            let bench = TransitBench(world)
            let port = bench.port()
            try await bench.connect(port) { client in
                let device = try await Self.link(client, bench)
                try await bench.clock.sleep(for: .seconds(12))
                let left = try #require(try await Self.engagement(.scheduled, bench))
                #expect((105.0...109.0).contains(left / .seconds(1)), "\(left)")
                let nothing = try await device.read(until: bench.clock.now)
                #expect(nothing.isEmpty)
                try await client.write(try Self.frame(Self.farewell, toMeter: true))
                _ = try await read(9, from: device, within: .seconds(1), bench.clock)
            }
        }
    }

    @Test func `a client that says farewell itself leaves nothing to be said`() throws {
        try VirtualWorld().run { world in
            let bench = TransitBench(world)
            let port = bench.port()
            let device = try await bench.connect(port) { client in
                let device = try await Self.link(client, bench)
                let farewell = try Self.frame(Self.farewell, toMeter: true)
                try await client.write(farewell)
                #expect(
                    try await read(farewell.count, from: device, within: .seconds(1), bench.clock) == farewell
                )
                let answer = try Self.frame(Self.agreement, toMeter: false)
                try await device.write(answer)
                _ = try await read(answer.count, from: client, within: .seconds(1), bench.clock)
                return device
            }
            #expect(try await device.read(until: bench.clock.now).isEmpty)
            #expect(try await Self.engagement(.scheduled, bench) == nil)
        }
    }

    @Test func `a link that was refused, or never answered, engages nobody`() throws {
        try VirtualWorld().run { world in
            let bench = TransitBench(world)
            let port = bench.port()
            try await bench.connect(port) { client in
                let request = try Self.frame(Self.snrm, toMeter: true)
                try await client.write(request)
                let device = try await bench.device()
                _ = try await read(request.count, from: device, within: .seconds(1), bench.clock)
                try await device.write(try Self.frame(.disconnectedMode(final: true), toMeter: false))
                _ = try await read(9, from: client, within: .seconds(1), bench.clock)
                try await client.write(request)
                _ = try await read(request.count, from: device, within: .seconds(1), bench.clock)
            }
            #expect(try await Self.engagement(.scheduled, bench) == nil)
        }
    }
}
