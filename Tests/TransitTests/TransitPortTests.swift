// A transit port: octets unchanged both ways, one owner of the line, one client at a time (R26, REQ-114…121).

import Configuration
import Lines
import Seams
import Testing
import Timekeeping
import Transit
import VirtualTime

@Suite struct TransitPortTests {
    private static let request: [UInt8] = [0x7E, 0xA0, 0x07, 0x03, 0x41, 0x93, 0x5A, 0x64, 0x7E]

    @Test func `octets go unchanged to the line and back, at the port's own format`() throws {
        try VirtualWorld().run { world in
            let bench = TransitBench(world)
            let port = bench.port { $0.serial = SerialSettings(speedBaud: 19_200, parity: .even) }
            let every = (0...255).map { UInt8($0) }
            try await bench.connect(port) { client in
                try await client.write(every)
                let device = try await bench.device()
                #expect(try await read(256, from: device, within: .seconds(1), bench.clock) == every)
                try await device.write(every.reversed())
                #expect(
                    try await read(256, from: client, within: .seconds(1), bench.clock) == every.reversed())
                // A fast line does not stand still between two pieces of a stream.
                #expect(await bench.opener.lines.first?.leads == [.milliseconds(20)])
                let state = await port.state
                #expect(state.client?.peer == "10.0.0.1" && state.client?.count.toLine == 256)
                #expect(state.client?.count.toClient == 256 && state.client?.count.heldSince != nil)
            }
            #expect(await bench.opener.settings == [SerialSettings(speedBaud: 19_200, parity: .even)])
            #expect(await port.state.ends == [.clientGone: 1])
        }
    }

    @Test func `a client of RFC 2217 sets the line for itself, not for the next one`() throws {
        try VirtualWorld().run { world in
            let bench = TransitBench(world)
            let port = bench.port { $0.isComPort = true }
            let speed: [UInt8] = [255, 250, 44, 1, 0, 0, 0x4B, 0, 255, 240]
            let told: [UInt8] = [255, 250, 44, 101, 0, 0, 0x4B, 0, 255, 240]
            let none: [UInt8] = [255, 250, 44, 1, 0, 0, 0x38, 0x40, 255, 240]
            try await bench.connect(port) { client in
                _ = try await read(12, from: client, within: .seconds(1), bench.clock)
                // Before the line is borrowed, then over it, then what no line can do.
                try await client.write([255, 251, 44] + speed)
                let wires: [UInt8] = [255, 250, 44, 107, 0xB0, 255, 240]
                #expect(try await read(17, from: client, within: .seconds(1), bench.clock) == wires + told)
                #expect(await bench.opener.settings.isEmpty)
                try await client.write([1, 255, 255, 2] + none)
                #expect(try await read(10, from: client, within: .seconds(1), bench.clock) == told)
                let device = try await bench.device()
                #expect(try await read(3, from: device, within: .seconds(1), bench.clock) == [1, 255, 2])
                try await device.write([3, 255, 4])
                let back = try await read(4, from: client, within: .seconds(1), bench.clock)
                #expect(back == [3, 255, 255, 4])
                try await client.write([255, 250, 44, 3, 3, 255, 240])
                #expect(
                    try await read(7, from: client, within: .seconds(1), bench.clock)
                        == [255, 250, 44, 103, 3, 255, 240])
                let state = await bench.lines.states().first
                #expect(state?.settings == SerialSettings(speedBaud: 19_200, parity: .even))
            }
            try await bench.connect(port) { client in
                try await client.write([5])
                _ = try await read(1, from: try await bench.device(), within: .seconds(2), bench.clock)
                #expect(await bench.lines.states().first?.settings == .standard)
            }
        }
    }

    @Test func `telnet commands keep a connection, but neither borrow the line nor hold it`() throws {
        try VirtualWorld().run { world in
            let bench = TransitBench(world)
            let port = bench.port {
                ($0.isComPort, $0.quietLimit, $0.idleLimit) = (true, .seconds(2), .seconds(5))
            }
            try await bench.connect(port) { client in
                for _ in 0..<4 {
                    try await client.write([255, 241])
                    try await bench.clock.sleep(for: .seconds(2))
                }
                #expect(await port.state.client?.count.leases == 0)
                try await client.write([7])
                for _ in 0..<4 {
                    try await bench.clock.sleep(for: .seconds(1))
                    try await client.write([255, 241])
                }
                let count = await port.state.client?.count
                #expect(count?.leases == 1 && count?.heldSince == nil)
            }
        }
    }

    @Test func `a connection without octets does not hold the line, and one with octets does`() throws {
        try VirtualWorld().run { world in
            let bench = TransitBench(world)
            let port = bench.port()
            try await bench.connect(port) { client in
                try await bench.clock.sleep(for: .seconds(5))
                try await bench.hold(for: .milliseconds(1))
                #expect(bench.clock.now == MonotonicInstant(nanoseconds: 5_001_000_000))
                try await client.write(Self.request)
                _ = try await read(9, from: try await bench.device(), within: .seconds(1), bench.clock)
                let before = bench.clock.now
                // Ten seconds of a quiet line, then it is given back; the connection stays.
                try await bench.hold(for: .zero)
                #expect((9.0...11.0).contains((bench.clock.now - before) / .seconds(1)))
                try await client.write(Self.request)
                let device = try await bench.device()
                #expect(try await read(9, from: device, within: .seconds(1), bench.clock) == Self.request)
                #expect(await port.state.client?.count.leases == 2)
            }
        }
    }

    @Test func `a poll goes on to its end before the client's octets, and none of them is lost`() throws {
        try VirtualWorld().run { world in
            let bench = TransitBench(world)
            let port = bench.port()
            try await bench.connect(port) { client in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await bench.hold(for: .seconds(4)) }
                    group.addTask {
                        try await bench.clock.sleep(for: .seconds(1))
                        try await client.write(Array(Self.request.prefix(4)))
                        try await bench.clock.sleep(for: .seconds(1))
                        try await client.write(Array(Self.request.dropFirst(4)))
                    }
                    try await group.waitForAll()
                }
                let device = try await bench.device()
                #expect(try await read(9, from: device, within: .seconds(1), bench.clock) == Self.request)
            }
        }
    }

    @Test func `a client that the line does not come free for is closed`() throws {
        try VirtualWorld().run { world in
            let bench = TransitBench(world)
            let port = bench.port()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await bench.hold(for: .seconds(60)) }
                group.addTask {
                    try await bench.connect(port) { client in
                        try await bench.clock.sleep(for: .seconds(1))
                        try await client.write(Self.request)
                        await #expect(throws: ChannelError.self) {
                            try await client.read(until: bench.clock.now + .seconds(30))
                        }
                        #expect(bench.clock.now < MonotonicInstant(nanoseconds: 12_000_000_000))
                    }
                }
                try await group.waitForAll()
            }
            #expect(await port.state.ends == [.lineBusy: 1])
        }
    }

    @Test func `nothing is sent in the name of a client that left while it waited`() throws {
        try VirtualWorld().run { world in
            let bench = TransitBench(world)
            let port = bench.port()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await bench.hold(for: .seconds(5)) }
                group.addTask {
                    try await bench.connect(port) { client in
                        try await bench.clock.sleep(for: .seconds(1))
                        try await client.write(Self.request)
                    }
                }
                try await group.waitForAll()
            }
            let device = try await bench.device()
            #expect(try await device.read(until: bench.clock.now).isEmpty)
        }
    }

    @Test(arguments: [(.wait, 10), (.reject, 0)] as [(TransitRules.SecondClient, Int64)])
    func `a second client waits, or is closed at once`(
        _ way: TransitRules.SecondClient, seconds: Int64
    ) throws {
        try VirtualWorld().run { world in
            let bench = TransitBench(world)
            let port = bench.port { $0.secondClient = way }
            try await bench.connect(port) { _ in
                try await bench.clock.sleep(for: .seconds(1))
                let began = bench.clock.now
                try await bench.connect(port, peer: "10.0.0.2") { client in
                    _ = await #expect(throws: ChannelError.self) {
                        try await client.read(until: bench.clock.now + .seconds(60))
                    }
                }
                #expect((bench.clock.now - began).components.seconds == seconds)
            }
            #expect(await port.state.turnedAway == 1)
        }
    }

    @Test func `waiting clients get the port in their order`() throws {
        try VirtualWorld().run { world in
            let bench = TransitBench(world)
            let port = bench.port()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 1...3 {
                    group.addTask {
                        try await bench.clock.sleep(for: .milliseconds(100 * index))
                        try await bench.connect(port, peer: "10.0.0.\(index)") { client in
                            try await client.write([UInt8(index)])
                            try await bench.clock.sleep(for: .seconds(4 * index))
                        }
                    }
                }
                try await group.waitForAll()
            }
            let device = try await bench.device()
            #expect(try await read(3, from: device, within: .seconds(1), bench.clock) == [1, 2, 3])
        }
    }

    @Test func `the newer client takes the place of the older when the port is set so`() throws {
        try VirtualWorld().run { world in
            let bench = TransitBench(world)
            let port = bench.port { $0.secondClient = .kick }
            try await bench.connect(port) { old in
                try await old.write(Self.request)
                try await bench.clock.sleep(for: .seconds(1))
                try await bench.connect(port, peer: "10.0.0.2") { new in
                    try await new.write([0x55])
                    let device = try await bench.device()
                    #expect(
                        try await read(10, from: device, within: .seconds(1), bench.clock)
                            == Self.request + [0x55])
                    await #expect(throws: ChannelError.self) { try await old.read(until: bench.clock.now) }
                    // What the meter still says to the old request is for nobody.
                    try await device.write([0x77])
                    #expect(try await read(1, from: new, within: .seconds(1), bench.clock) == [0x77])
                }
            }
            #expect(await port.state.ends == [.dropped: 1, .clientGone: 1])
        }
    }

    @Test func `late octets of one client's answer never reach the next client`() throws {
        try VirtualWorld().run { world in
            let bench = TransitBench(world)
            let port = bench.port()
            try await bench.connect(port) { client in
                try await client.write(Self.request)
                _ = try await read(9, from: try await bench.device(), within: .seconds(1), bench.clock)
            }
            try await bench.connect(port, peer: "10.0.0.2") { client in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        let device = try await bench.device()
                        for _ in 0..<3 {
                            try await bench.clock.sleep(for: .milliseconds(100))
                            try await device.write([0xEE])
                        }
                    }
                    group.addTask { try await client.write([0x01]) }
                    try await group.waitForAll()
                }
                let device = try await bench.device()
                #expect(try await read(1, from: device, within: .seconds(3), bench.clock) == [0x01])
                try await device.write([0x02])
                #expect(try await read(1, from: client, within: .seconds(1), bench.clock) == [0x02])
            }
        }
    }

    @Test func `a connection without octets for two minutes is closed, or never`() throws {
        try VirtualWorld().run { world in
            let bench = TransitBench(world)
            try await bench.connect(bench.port()) { client in
                _ = await #expect(throws: ChannelError.self) {
                    try await client.read(until: bench.clock.now + .seconds(150))
                }
            }
            #expect((bench.clock.now - MonotonicInstant(nanoseconds: 0)).components.seconds == 120)
            try await bench.connect(bench.port { $0.idleLimit = nil }) { client in
                let heard = try await client.read(until: bench.clock.now + .seconds(300))
                #expect(heard.isEmpty)
            }
        }
    }

    @Test func `a long lease ends in a silence when others wait, and not while octets flow`() throws {
        try VirtualWorld().run { world in
            let bench = TransitBench(world)
            let port = bench.port { $0.leaseLimit = .seconds(60) }
            try await bench.connect(port) { client in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        // Something every half second for two minutes, then a silence of five seconds.
                        for _ in 0..<240 {
                            try await client.write([0x01])
                            try await bench.clock.sleep(for: .milliseconds(500))
                        }
                        try await bench.clock.sleep(for: .seconds(5))
                    }
                    group.addTask {
                        try await bench.clock.sleep(for: .seconds(1))
                        try await bench.hold(for: .zero)
                        let seconds = (bench.clock.now - MonotonicInstant(nanoseconds: 0)) / .seconds(1)
                        #expect((120.0...123.0).contains(seconds), "\(seconds)")
                    }
                    try await group.waitForAll()
                }
            }
        }
    }

    @Test func `a line that hears itself gives the client nothing of its own`() throws {
        try VirtualWorld().run { world in
            let bench = TransitBench(world)
            let port = bench.port { $0.hasEcho = true }
            try await bench.connect(port) { client in
                try await client.write(Self.request)
                let device = try await bench.device()
                let heard = try await read(9, from: device, within: .seconds(1), bench.clock)
                try await device.write(Array(heard.prefix(5)))
                try await bench.clock.sleep(for: .milliseconds(5))
                try await device.write(Array(heard.dropFirst(5)) + [0x11, 0x22])
                #expect(try await read(2, from: client, within: .seconds(1), bench.clock) == [0x11, 0x22])
            }
        }
    }

    @Test func `a lost line closes the client`() throws {
        try VirtualWorld().run { world in
            let bench = TransitBench(world)
            let port = bench.port()
            try await bench.connect(port) { client in
                try await client.write(Self.request)
                await (try await bench.device()).close()
                await #expect(throws: ChannelError.self) {
                    while true { _ = try await client.read(until: bench.clock.now + .seconds(5)) }
                }
            }
            #expect(await port.state.ends == [.lineFailed: 1])
        }
    }

    @Test func `passwords of a client are not in the trace of the line`() throws {
        try VirtualWorld().run { world in
            let bench = TransitBench(world)
            try await bench.connect(bench.port()) { client in
                try await client.write([0x60, 0x0C, 0xAC, 0x0A, 0x80, 0x08] + Array("12345678".utf8))
                _ = try await read(14, from: try await bench.device(), within: .seconds(1), bench.clock)
            }
            let trace = await bench.lines.trace(of: .interface("Iface1"))
            #expect(trace.map(\.text) == ["60 0c ac 0a 80 08" + String(repeating: " ••", count: 8)])
        }
    }

    @Test func `a new session lets the midnight pass go first, for a minute, and loses no octet`() throws {
        try VirtualWorld().run { world in
            let bench = TransitBench(world)
            let port = bench.port()
            let line = LineID.interface("Iface1")
            await bench.lines.noteMidnightPass(on: line, isUnderWay: true)
            try await bench.connect(port) { client in
                try await client.write(Self.request)
                try await bench.clock.sleep(for: .seconds(59))
                #expect(await bench.opener.devices.isEmpty)
                let device = try await bench.device()
                #expect(try await read(9, from: device, within: .seconds(2), bench.clock) == Self.request)
                #expect(bench.clock.now < MonotonicInstant(nanoseconds: 61_000_000_000))
            }
            try await bench.connect(port) { client in
                try await client.write(Self.request)
                try await bench.clock.sleep(for: .seconds(5))
                await bench.lines.noteMidnightPass(on: line, isUnderWay: false)
                let began = bench.clock.now
                let device = try await bench.device()
                #expect(try await read(9, from: device, within: .seconds(2), bench.clock) == Self.request)
                #expect(bench.clock.now - began <= .seconds(1))
            }
        }
    }
}
