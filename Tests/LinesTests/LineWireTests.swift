import Diagnosis
import Faults
import Lines
import Logging
import Seams
import Testing
import Timekeeping
import VirtualTime

@Suite struct LineWireTests {
    @Test func `the trace keeps the newest thousand bursts whole, whatever has passed before them`() throws {
        try inWorld(guardTime: .zero) { bench in
            try await bench.lease(.backFill) { lease in
                for number in 0..<3_100 {
                    try await lease.write([2, UInt8(number & 0xFF), UInt8(number >> 8)])
                }
            }
            let trace = await bench.lines.trace(of: .interface("Iface1"))
            #expect(trace.map(\.number) == Array(2_101...3_100))
            let said = trace.map { Int($0.octets[1]) | Int($0.octets[2]) << 8 }
            #expect(said == Array(2_100..<3_100) && trace.allSatisfy { $0.octets.count == 3 })
        }
    }

    @Test func `a trace of long bursts keeps no more octets than it may, and hides secrets`() throws {
        try inWorld(guardTime: .zero) { bench in
            try await bench.lease(.backFill) { lease in
                for number in 0..<400 {
                    try await lease.write(
                        Array(repeating: UInt8(number & 0x7F) | 1, count: 2_000), hiding: [10..<20])
                }
            }
            let trace = await bench.lines.trace(of: .interface("Iface1"))
            #expect(trace.reduce(0) { $0 + $1.octets.count } == 262_000 && trace.last?.number == 400)
            #expect(trace.allSatisfy { $0.hidden == [10..<20] && $0.octets[10..<20].allSatisfy { $0 == 0 } })
            #expect(trace.allSatisfy { $0.octets[9] != 0 && $0.octets[20] != 0 })
        }
    }

    @Test func theGuardTimeIsKeptAfterAnAnswerAndOnlyThen() throws {
        try inWorld { bench in
            try await bench.lease(.backFill) { lease in
                try await lease.write([1])
                try await lease.write([2])
                await bench.wire.deliver([9])
                _ = try await lease.read(until: bench.clock.now + .seconds(1))
                try await lease.write([3])
            }
            let instants = await bench.wire.writes.map(\.instant)
            #expect(instants[1] - instants[0] == .milliseconds(1), "no answer, no guard")
            #expect(instants[2] - instants[1] == .milliseconds(1 + 10))
        }
    }

    @Test func theGuardTimeHoldsAcrossLeases() throws {
        try inWorld(guardTime: .milliseconds(50)) { bench in
            try await bench.lease(.backFill) { lease in
                try await lease.write([1])
                await bench.wire.deliver([9])
                _ = try await lease.read(until: bench.clock.now + .seconds(1))
            }
            let end = bench.clock.now
            try await bench.lease(.backFill) { try await $0.write([2]) }
            #expect(await bench.wire.writes[1].instant - end == .milliseconds(50))
        }
    }

    @Test func octetsAreCountedBothWays() throws {
        try inWorld { bench in
            try await bench.lease(.backFill) { lease in
                try await lease.write([1, 2, 3])
                await bench.wire.deliver([4, 5])
                _ = try await lease.read(until: bench.clock.now + .seconds(1))
            }
            await bench.wire.deliver([6])
            try await bench.lease(.backFill) { _ in }
            let counters = await bench.state.counters
            #expect(counters.octetsSent == 3)
            #expect(counters.octetsReceived == 2)
            #expect(counters.octetsStray == 1)
            #expect(counters.leases == 2)
        }
    }

    @Test func whatCameBeforeALeaseIsNotItsAnswer() throws {
        try inWorld { bench in
            try await bench.lease(.backFill) { _ in }
            await bench.wire.deliver([0xEE, 0xEE])
            try await bench.lease(.backFill) { lease in
                let octets = try await lease.read(until: bench.clock.now + .milliseconds(100))
                #expect(octets.isEmpty)
            }
        }
    }

    @Test func aLineWhoseHolderWasCutOffRestsUntilTheAnswerUnderWayIsOver() throws {
        try inWorld { bench in
            func wait(cutting: Bool) async throws -> Duration {
                await withTaskGroup(of: Void.self) { group in
                    group.addTask {
                        try? await bench.lease(.current) { lease in
                            try await lease.write([1])
                            if cutting { try await bench.clock.sleep(for: .seconds(9)) }
                        }
                    }
                    try? await bench.clock.sleep(for: .milliseconds(100))
                    group.cancelAll()
                }
                let free = bench.clock.now
                return try await bench.lease(.current) { _ in bench.clock.now - free }
            }
            #expect(try await wait(cutting: false) == .zero)
            let rest = try await wait(cutting: true)
            #expect(rest > .milliseconds(390) && rest <= .milliseconds(500), "\(rest)")
        }
    }

    @Test func drainingEndsWhenTheLineIsSilent() throws {
        try inWorld { bench in
            let count = try await bench.lease(.backFill) { lease in
                try await withThrowingTaskGroup(of: Int.self) { group in
                    group.addTask {
                        for _ in 0..<5 {
                            try await bench.clock.sleep(for: .milliseconds(100))
                            await bench.wire.deliver([1, 2])
                        }
                        return 0
                    }
                    group.addTask { try await lease.drain(quiet: .milliseconds(200), limit: .seconds(10)) }
                    return try await group.reduce(0, +)
                }
            }
            #expect(count == 10)
            #expect(bench.clock.now < MonotonicInstant(nanoseconds: 1_000_000_000))
        }
    }

    @Test func aBabblerDoesNotKeepTheDrainForever() throws {
        try inWorld { bench in
            try await bench.lease(.backFill) { lease in
                await withTaskGroup(of: Void.self) { group in
                    group.addTask {
                        while (try? await bench.clock.sleep(for: .milliseconds(10))) != nil {
                            await bench.wire.deliver([0x55])
                        }
                    }
                    _ = try? await lease.drain(quiet: .milliseconds(200), limit: .seconds(3))
                    group.cancelAll()
                }
            }
            #expect(bench.clock.now < MonotonicInstant(nanoseconds: 3_100_000_000))
        }
    }

    @Test func anUnpluggedLineFailsItsLeaseAndTheNextOneOpensItAgain() throws {
        try inWorld { bench in
            await #expect(throws: ChannelError.closed("Input/output error")) {
                try await bench.lease(.backFill) { lease in
                    await bench.wire.unplug()
                    _ = try await lease.read(until: bench.clock.now + .seconds(1))
                }
            }
            #expect(await !bench.state.isOpen)
            #expect(await bench.state.lastFailure == "Input/output error")
            try await bench.lease(.backFill) { try await $0.write([1]) }
            #expect(await bench.wire.openings.count == 2)
            #expect(await bench.state.lastFailure == nil)
        }
    }

    @Test func aLineUnpluggedBetweenLeasesIsOpenedAgainUnnoticed() throws {
        try inWorld { bench in
            try await bench.lease(.backFill) { _ in }
            await bench.wire.unplug()
            try await bench.lease(.backFill) { try await $0.write([1]) }
            #expect(await bench.wire.writes.map(\.octets) == [[1]])
        }
    }

    @Test func aLineThatCannotOpenRestsLongerAndLonger() throws {
        try inWorld { bench in
            let missing = ChannelError.openFailed("opening /dev/ttyS1: No such file or directory")
            await bench.wire.failOpening(missing)
            for _ in 0..<120 {
                await #expect(throws: Fault.self) { try await bench.lease(.backFill) { _ in } }
                try await bench.clock.sleep(for: .seconds(1))
            }
            let attempts = await bench.wire.openings.count
            #expect((6...9).contains(attempts), "\(attempts) in two minutes")
            await #expect(
                throws: Fault(
                    .lineOpenFailed,
                    ["line": "Iface1", "reason": "opening /dev/ttyS1: No such file or directory"])
            ) { try await bench.lease(.technician) { _ in } }
            #expect(await bench.wire.openings.count == attempts + 1, "a person does not wait")
            await bench.wire.failOpening(nil)
            try await bench.lease(.technician) { _ in }
            try await bench.lease(.backFill) { _ in }
        }
    }

    @Test func aFarEndThatClosesAtOnceIsABusyHub() throws {
        try inWorld { bench in
            await bench.wire.failOpening(.farEndBusy)
            await #expect(throws: Fault(.hubBusy, ["line": "Iface1"])) {
                try await bench.lease(.current) { _ in }
            }
        }
    }

    @Test func theTraceShowsFramesButNoSecrets() throws {
        try inWorld { bench in
            try await bench.lease(.backFill) { lease in
                try await lease.write([0x7E, 0x31, 0x32, 0x33, 0x7E], hiding: [1..<4, 90..<99])
                await bench.wire.deliver([0x7E])
                _ = try await lease.read(until: bench.clock.now + .seconds(1))
                await bench.wire.deliver([0x0A])
                _ = try await lease.read(until: bench.clock.now + .seconds(1))
            }
            let trace = await bench.lines.trace(of: .interface("Iface1"))
            #expect(trace.map { "\($0.direction.rawValue) \($0.text)" } == [">> 7e •• •• •• 7e", "<< 7e 0a"])
            #expect(trace.allSatisfy { !$0.octets.contains(0x32) })
            #expect(await bench.wire.writes[0].octets == [0x7E, 0x31, 0x32, 0x33, 0x7E])
        }
    }

    @Test func theTraceIsBounded() throws {
        try inWorld { bench in
            try await bench.lease(.backFill) { lease in
                for _ in 0..<300 { try await lease.write([UInt8](repeating: 1, count: 1_000)) }
            }
            var trace = await bench.lines.trace(of: .interface("Iface1"))
            #expect((250_000...262_144).contains(trace.reduce(0) { $0 + $1.octets.count }))
            #expect(trace.last?.number == 300)
            try await bench.lease(.backFill) { lease in
                for _ in 0..<1_500 { try await lease.write([2, 3]) }
            }
            trace = await bench.lines.trace(of: .interface("Iface1"))
            #expect(trace.count == 1_000)
            #expect(trace.last?.number == 1_800)
        }
    }

    @Test func aPasswordInAnEchoOrInTheSecondPieceOfAFrameIsHiddenToo() throws {
        try inWorld { bench in
            let secret = Array("12345678".utf8)
            let octets: [UInt8] = [0x7E, 0xA0, 0x20, 0xAC, 0x0A, 0x80, 0x08] + secret + [0x00, 0x7E]
            try await bench.lease(.remote) { lease in
                try await lease.write(Array(octets.prefix(9)))
                try await lease.write(Array(octets.dropFirst(9)))
                await bench.wire.deliver(octets)
                _ = try await lease.read(until: bench.clock.now + .seconds(1))
            }
            let trace = await bench.lines.trace(of: .interface("Iface1"))
            #expect(trace.count == 2)
            for entry in trace { #expect(entry.text == "7e a0 20 ac 0a 80 08 •• •• •• •• •• •• •• •• 00 7e") }
            let insight = try #require(await bench.lines.insight(of: .interface("Iface1")))
            #expect(!trace.contains { $0.octets.contains(0x35) })
            #expect(insight.observation.exchanges.count == 2)
        }
    }

    @Test func aNewDevicePathIsUsedFromTheNextLeaseOn() throws {
        try inWorld { bench in
            let moved = ["Iface1": LineConfiguration(address: .serial(path: "/dev/ttyS7"))]
            try await bench.lease(.backFill) { lease in
                await bench.lines.configure(moved)
                try await lease.write([1])
            }
            #expect(await bench.wire.closings == 1)
            try await bench.lease(.backFill) { _ in }
            #expect(await bench.state.address == .serial(path: "/dev/ttyS7"))
            await bench.lines.configure([:])
            #expect(await bench.wire.closings == 2)
            await #expect(throws: Fault.self) { try await bench.lease(.technician) { _ in } }
        }
    }
}
