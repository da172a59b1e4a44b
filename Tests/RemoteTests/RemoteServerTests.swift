// Lending a line to a client far away: who gets it, for how long, and what becomes of it when the client is
// lost (REQ-525…536).

import DLMS
import Errands
import Faults
import Lines
import Remote
import Seams
import Testing
import Timekeeping
import VirtualTime

@Suite struct RemoteServerTests {
    private static let request: [UInt8] = [0x7E, 0xA0, 0x07, 0x03, 0x41, 0x93, 0x5A, 0x64, 0x7E]
    private static let answer: [UInt8] = [0x7E, 0xA0, 0x07, 0x41, 0x03, 0x73, 0x11, 0x22, 0x7E]

    @Test func `frames go whole to the line and back, and the client is shown`() throws {
        try VirtualWorld().run { world in
            let bench = RemoteBench(world)
            try await bench.serve {
                let line = try await bench.client().borrow(interface: 1, format: nil, patience: .seconds(10))
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try? await line.run { _ in } }
                    #expect(await line.stream.send(Self.request))
                    let device = try await bench.devices.device()
                    #expect(
                        try await gather(9, from: device, within: .seconds(1), bench.clock) == Self.request)
                    for octet in Self.answer {
                        try await device.write([octet])
                        try await bench.clock.sleep(for: .milliseconds(30))
                    }
                    #expect(await line.stream.piece() == Self.answer)
                    await line.stream.handOn()
                    let guest = try #require(await bench.server.state.first)
                    #expect(guest.peer == "10.0.0.1" && guest.user == "admin" && guest.holdsLine)
                    #expect(guest.line == .interface("Iface1") && guest.received == 9 && guest.sent == 9)
                    await line.giveBack()
                }
                try await bench.clock.sleep(for: .seconds(1))
                #expect(await !bench.lines.isHeld(.interface("Iface1")))
                #expect(await bench.server.state.isEmpty)
            }
        }
    }

    @Test
    func `whoever waits gets the line when it comes free, in the order they came, or hears busy in time`()
        throws
    {
        try VirtualWorld().run { world in
            let bench = RemoteBench(world)
            let log = Events()
            try await bench.serve {
                await withTaskGroup(of: Void.self) { group in
                    group.addTask { await bench.hold("A", for: .seconds(5), in: log) }
                    for (index, name) in ["B", "C", "D"].enumerated() {
                        group.addTask {
                            try? await bench.clock.sleep(for: .milliseconds(100 * (index + 1)))
                            await bench.hold(name, for: name == "B" ? .seconds(2) : .seconds(60), in: log)
                        }
                    }
                    group.addTask {
                        try? await bench.clock.sleep(for: .seconds(1))
                        await bench.hold("Z", patience: .zero, for: .seconds(1), in: log)
                    }
                }
            }
            let all = await log.all
            #expect(all.map { String($0.text.prefix(1)) } == ["A", "Z", "B", "C", "D"])
            #expect(all[1].text.contains("lineBusy") && all[1].second < 1.5)
            #expect(all[2].text == "B has it" && (5.0...6.5).contains(all[2].second))
            #expect(all[3].text == "C has it" && (7.0...9.0).contains(all[3].second))
            #expect(all[4].text.contains("lineBusy") && (10.0...11.0).contains(all[4].second))
        }
    }

    @Test func `interfaces are independent`() throws {
        try VirtualWorld().run { world in
            let bench = RemoteBench(world)
            let log = Events()
            try await bench.serve {
                await withTaskGroup(of: Void.self) { group in
                    group.addTask { await bench.hold("A", for: .seconds(30), in: log) }
                    group.addTask {
                        await bench.hold("B", interface: 2, patience: .zero, for: .seconds(30), in: log)
                    }
                }
            }
            #expect(await log.all.map(\.text).sorted() == ["A has it", "B has it"])
        }
    }

    @Test(arguments: [true, false]) func `a client that is lost keeps the line for a while only`(
        isPulled: Bool
    ) throws {
        try VirtualWorld().run { world in
            let bench = RemoteBench(world, grace: .seconds(20))
            try await bench.serve {
                let cut = Cables()
                let client = bench.client { near, far in await cut.keep(near, far) }
                let line = try await client.borrow(interface: 1, format: nil, patience: .seconds(10))
                _ = line
                let lost = bench.clock.now
                // Without anybody carrying the line at the client's side nothing is said any more.
                if !isPulled { await cut.cut() }
                try await bench.clock.sleep(for: .seconds(19))
                #expect(await bench.lines.isHeld(.interface("Iface1")))
                let log = Events()
                await bench.hold("B", patience: .seconds(60), for: .seconds(1), in: log)
                let begun = try #require(await log.all.first)
                #expect(begun.text == "B has it")
                let waited = begun.second - Double(lost.nanoseconds) / 1e9
                #expect((isPulled ? 29.0...31.0 : 19.5...21.0).contains(waited), "\(waited)")
            }
        }
    }

    @Test func `a client that comes back finds its line and every octet`() throws {
        try VirtualWorld().run { world in
            let bench = RemoteBench(world)
            try await bench.serve {
                let cables = Cables()
                let client = bench.client { near, far in await cables.keep(near, far) }
                let line = try await client.borrow(interface: 1, format: nil, patience: .seconds(10))
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try await line.run { _ in } }
                    let device = try await bench.devices.device()
                    await cables.cut()
                    // Said on both sides while there is no connection.
                    #expect(await line.stream.send(Self.request))
                    try await device.write(Self.answer)
                    #expect(
                        try await gather(9, from: device, within: .seconds(10), bench.clock) == Self.request)
                    #expect(await line.stream.piece() == Self.answer)
                    await line.stream.handOn()
                    #expect(await cables.count == 2)
                    #expect(await bench.server.state.count == 1)
                    await line.giveBack()
                    try await group.waitForAll()
                }
            }
        }
    }

    @Test func `start-of-day rows go first, within the time of the client`() throws {
        try VirtualWorld().run { world in
            let bench = RemoteBench(world)
            let log = Events()
            let line = LineID.interface("Iface1")
            try await bench.serve {
                await bench.lines.noteMidnightPass(on: line, isUnderWay: true)
                await withTaskGroup(of: Void.self) { group in
                    group.addTask { await bench.hold("A", patience: .seconds(10), for: .seconds(1), in: log) }
                    try? await bench.clock.sleep(for: .seconds(4))
                    #expect(await !bench.lines.isHeld(line))
                    await bench.lines.noteMidnightPass(on: line, isUnderWay: false)
                }
            }
            let told = await log.all
            #expect(told.map(\.text) == ["A has it"] && (4.0...5.0).contains(told[0].second))
        }
    }

    @Test func `a poll that runs is ended first, and transit is a holder like any other`() throws {
        try VirtualWorld().run { world in
            let bench = RemoteBench(world)
            let log = Events()
            try await bench.serve {
                let wish = LeaseRequest(
                    line: .interface("Iface1"), leaseClass: .scheduled, owner: "poll meter 7",
                    patience: .seconds(600))
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask {
                        try await bench.lines.withLease(wish, isolation: nil) { lease in
                            while await !lease.shouldYield { try await bench.clock.sleep(for: .seconds(1)) }
                        }
                        await log.add("poll gave way", bench.clock.now)
                    }
                    group.addTask {
                        try await bench.clock.sleep(for: .seconds(3))
                        await bench.hold("A", for: .seconds(30), in: log)
                    }
                    try await group.waitForAll()
                }
            }
            #expect(await log.all.map(\.text) == ["poll gave way", "A has it"])
        }
    }

    @Test func `a wrong password, a lesser account, another protocol and a stranger's token are refused`()
        throws
    {
        try VirtualWorld().run { world in
            let bench = RemoteBench(world)
            try await bench.serve {
                for (client, code) in [
                    (bench.client(password: "wrong"), FaultCode.loginRefused),
                    (bench.client("user"), FaultCode.rightMissing),
                ] {
                    do {
                        _ = try await client.borrow(interface: 1, format: nil, patience: .zero)
                        Issue.record("a stranger has the line")
                    } catch {
                        #expect(error as? RemoteError == .refused(Fault(code)))
                    }
                }
                let (near, _) = await bench.connect()
                try await near.write(Array("GET / HTTP/1.1\r\n\r\n".utf8))
                await #expect(throws: ChannelError.self) {
                    _ = try await near.read(until: bench.clock.now + .seconds(5))
                }
                let (other, _) = await bench.connect()
                let messages: [RemoteMessage] = [
                    .hello(lowest: 1, highest: 1), .login(name: "admin", password: RemotePassword("right")),
                    .resume(token: [UInt8](repeating: 0, count: 16), next: 0),
                ]
                try await other.write(messages.flatMap(\.octets))
                let said = RemoteConnection(other, clock: bench.clock)
                var last: RemoteMessage?
                while let message = try? await said.receive(until: bench.clock.now + .seconds(5)) {
                    last = message
                }
                #expect(last == .refused(Fault(.remoteSession)))
                #expect(await !bench.lines.isHeld(.interface("Iface1")))
            }
        }
    }

    @Test func `a silent gateway is told after the timeout, not earlier`() throws {
        try VirtualWorld().run { world in
            // The far end would go with its last owner.
            let (near, far) = await Wire.pair(world.clock)
            let mute = RemoteClient(login: "admin", password: RemotePassword("right"), clock: world.clock) {
                _ in near
            }
            do {
                _ = try await mute.borrow(interface: 1, format: nil, patience: .seconds(7))
                Issue.record("nobody answered")
            } catch {
                #expect(error as? RemoteError == .silent)
            }
            #expect((7.0...7.1).contains(Double(world.clock.now.nanoseconds) / 1e9))
            await far.close()
        }
    }

    @Test func `a link that a lost client left open is closed in its name`() throws {
        try VirtualWorld().run { world in
            let bench = RemoteBench(world, grace: .seconds(5))
            try await bench.serve {
                let cables = Cables()
                let client = bench.client { near, far in await cables.keep(near, far) }
                let line = try await client.borrow(interface: 1, format: nil, patience: .seconds(10))
                let meter = try #require(HDLCAddress(upper: 1, lower: 16, width: .two))
                let reader = try #require(HDLCAddress(upper: 32, width: .one))
                let hello = HDLCFrame(to: meter, from: reader, .setNormalResponseMode(final: true)).encoded
                let yes = HDLCFrame(to: reader, from: meter, .unnumberedAcknowledge(final: true)).encoded
                let bye = HDLCFrame(to: meter, from: reader, .disconnect(final: true)).encoded
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { try? await line.run { _ in } }
                    #expect(await line.stream.send(hello))
                    let device = try await bench.devices.device()
                    #expect(
                        try await gather(hello.count, from: device, within: .seconds(1), bench.clock) == hello
                    )
                    try await device.write(yes)
                    #expect(await line.stream.piece() == yes)
                    await line.stream.handOn()
                    group.cancelAll()
                    await cables.cut()
                    let last = try await gather(bye.count, from: device, within: .seconds(10), bench.clock)
                    #expect(last == bye)
                    try await device.write(yes)
                }
                try await bench.clock.sleep(for: .seconds(1))
                #expect(await !bench.lines.isHeld(.interface("Iface1")))
            }
        }
    }

    @Test func `a person drops a client, who does not come back`() throws {
        try VirtualWorld().run { world in
            let bench = RemoteBench(world)
            try await bench.serve {
                let line = try await bench.client().borrow(interface: 1, format: nil, patience: .seconds(10))
                await withTaskGroup(of: Void.self) { group in
                    group.addTask { try? await line.run { _ in } }
                    try? await bench.clock.sleep(for: .seconds(3))
                    #expect(await bench.server.drop(line: "Iface2") == [])
                    #expect(await bench.server.drop(line: "Iface1") == ["10.0.0.1"])
                }
                try await bench.clock.sleep(for: .seconds(1))
                #expect(await !bench.lines.isHeld(.interface("Iface1")))
                #expect(await bench.server.state.isEmpty)
            }
        }
    }
}

/// The connections a client made, newest last.
private actor Cables {
    private var all: [(Wire, Wire)] = []
    var count: Int { all.count }
    func keep(_ near: Wire, _ far: Wire) { all.append((near, far)) }
    func cut() async { await all.last?.0.close() }
}
