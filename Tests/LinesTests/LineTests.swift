import Faults
import Lines
import Logging
import Seams
import Testing
import Timekeeping
import VirtualTime

@Suite struct LineTests {
    @Test func anUnknownInterfaceIsAFault() throws {
        try inWorld { bench in
            await #expect(throws: Fault(.lineMissing, ["line": "Iface9"])) {
                try await bench.lines.withLease(
                    LeaseRequest(
                        line: .interface("Iface9"), leaseClass: .backFill, owner: "poll", patience: .zero)
                ) { _ in }
            }
        }
    }

    @Test func theLineOpensWithTheFirstLeaseAndStaysOpen() throws {
        try inWorld { bench in
            #expect(await bench.wire.openings.isEmpty)
            for _ in 0..<3 { try await bench.lease(.backFill) { _ in } }
            #expect(await bench.wire.openings == [.standard])
            #expect(await bench.wire.closings == 0)
        }
    }

    @Test func anotherFormatIsAppliedWithoutOpeningAgain() throws {
        try inWorld { bench in
            let slow = SerialSettings(speedBaud: 300, dataBits: 7, parity: .even)
            try await bench.lease(.backFill) { _ in }
            try await bench.lease(.backFill, settings: slow) { _ in }
            try await bench.lease(.backFill, settings: slow) { lease in
                try await lease.apply(SerialSettings(speedBaud: 4_800, dataBits: 7, parity: .even))
            }
            #expect(await bench.wire.openings.map(\.text) == ["9600,8n1", "300,7e1", "4800,7e1"])
            #expect(await bench.wire.closings == 0)
        }
    }

    @Test func theMoreUrgentGoFirstAndEqualsInOrderOfArrival() throws {
        let order = try inWorld { bench in
            let log = OwnersLog()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await bench.lease(.backFill, owner: "holder") { _ in
                        try await bench.clock.sleep(for: .seconds(1))
                    }
                }
                try await bench.clock.sleep(for: .milliseconds(10))
                let wishes: [(LeaseClass, String)] = [
                    (.discovery, "scan"), (.backFill, "poll 1"), (.current, "ask"), (.backFill, "poll 2"),
                    (.technician, "admin"), (.remote, "transit"),
                ]
                for (urgency, owner) in wishes {
                    group.addTask {
                        try await bench.lease(urgency, owner: owner) { _ in await log.add(owner) }
                    }
                    try await bench.clock.sleep(for: .milliseconds(10))
                }
                try await group.waitForAll()
            }
            return await log.owners
        }
        #expect(order == ["admin", "transit", "ask", "scan", "poll 1", "poll 2"])
    }

    @Test func whoWaitsBeyondItsPatienceIsToldWhoHoldsTheLine() throws {
        try inWorld { bench in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await bench.lease(.backFill, owner: "poll meter 17") { _ in
                        try await bench.clock.sleep(for: .seconds(60))
                    }
                }
                try await bench.clock.sleep(for: .seconds(1))
                let start = bench.clock.now
                await #expect(throws: Fault(.lineBusy, ["line": "Iface1", "owner": "poll meter 17"])) {
                    try await bench.lease(.technician, patience: .seconds(4)) { _ in }
                }
                #expect(bench.clock.now - start == .seconds(4))
                await #expect(throws: Fault.self) {
                    try await bench.lease(.technician, patience: .zero) { _ in }
                }
                #expect(bench.clock.now - start == .seconds(4))
                try await group.waitForAll()
            }
        }
    }

    @Test func aHolderSeesThatSomebodyMoreUrgentWaits() throws {
        try inWorld { bench in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await bench.lease(.backFill) { lease in
                        #expect(await !lease.shouldYield)
                        try await bench.clock.sleep(for: .seconds(2))
                        #expect(await !lease.shouldYield, "an equal waits")
                        try await bench.clock.sleep(for: .seconds(2))
                        #expect(await lease.shouldYield, "a technician waits")
                    }
                }
                try await bench.clock.sleep(for: .seconds(1))
                group.addTask { try await bench.lease(.backFill) { _ in } }
                try await bench.clock.sleep(for: .seconds(2))
                group.addTask { try await bench.lease(.technician) { _ in } }
                try await group.waitForAll()
            }
        }
    }

    @Test func aCancelledWaiterLeavesTheQueueAndTheLineGoesOn() throws {
        try inWorld { bench in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await bench.lease(.backFill) { _ in try await bench.clock.sleep(for: .seconds(10)) }
                }
                try await bench.clock.sleep(for: .seconds(1))
                await withTaskGroup(of: Void.self) { waiting in
                    waiting.addTask {
                        await #expect(throws: CancellationError.self) {
                            try await bench.lease(.technician, patience: .seconds(100)) { _ in }
                        }
                    }
                    try? await bench.clock.sleep(for: .seconds(1))
                    #expect(await bench.state.waiters.count == 1)
                    waiting.cancelAll()
                }
                #expect(bench.clock.now == MonotonicInstant(nanoseconds: 2_000_000_000))
                #expect(await bench.state.waiters.isEmpty)
                try await group.waitForAll()
            }
            try await bench.lease(.discovery) { _ in }
        }
    }

    @Test func aCancelledHolderHandsTheLineOn() throws {
        try inWorld { bench in
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    _ = try? await bench.lease(.backFill) { lease in
                        _ = try await lease.read(until: bench.clock.now + .seconds(1_000))
                        try Task.checkCancellation()
                    }
                }
                try? await bench.clock.sleep(for: .seconds(1))
                group.cancelAll()
            }
            #expect(bench.clock.now < MonotonicInstant(nanoseconds: 2_000_000_000))
            try await bench.lease(.backFill, patience: .zero) { _ in }
        }
    }

    @Test func aLeaseIsWorthNothingAfterItsEnd() throws {
        try inWorld { bench in
            let kept = try await bench.lease(.backFill) { $0 }
            await #expect(throws: ChannelError.closed("the lease has ended")) { try await kept.write([1]) }
            await #expect(throws: ChannelError.closed("the lease has ended")) {
                try await kept.read(until: bench.clock.now)
            }
            #expect(await bench.wire.writes.isEmpty)
        }
    }

    @Test func aTCPLineIsClosedWhenNobodyWaitsForIt() throws {
        try inWorld { bench in
            let wish = LeaseRequest(
                line: .tcp(host: "10.0.0.7", port: 4_059), leaseClass: .current, owner: "ask",
                patience: .seconds(1))
            try await bench.lines.withLease(wish) { lease in #expect(lease.id.text == "10.0.0.7:4059") }
            #expect(await bench.wire.closings == 1)
            try await bench.lines.withLease(wish) { _ in }
            #expect(await bench.wire.openings.count == 2)
        }
    }

    private static let hub = LeaseRequest(
        line: .tcp(host: "10.0.0.7", port: 2_222), leaseClass: .scheduled, owner: "poll",
        patience: .seconds(5))

    @Test func aVisitKeepsItsConnectionAndClosesItAtTheEnd() throws {
        try inWorld { bench in
            try await bench.lines.withVisit(Self.hub.line) {
                for _ in 0..<3 { try await bench.lines.withLease(Self.hub) { try await $0.write([1]) } }
                #expect(await bench.wire.closings == 0)
            }
            #expect(await bench.wire.openings.count == 1)
            #expect(await bench.wire.closings == 1)
        }
    }

    @Test func twoVisitsAtOnceShareTheConnection() throws {
        try inWorld { bench in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for pause in [100, 300] {
                    group.addTask {
                        try await bench.lines.withVisit(Self.hub.line) {
                            for _ in 0..<2 {
                                try await bench.lines.withLease(Self.hub) { try await $0.write([1]) }
                                try await bench.clock.sleep(for: .milliseconds(pause))
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(await bench.wire.openings.count == 1)
            #expect(await bench.wire.closings == 1)
        }
    }

    @Test func aPausedVisitLetsOthersHaveTheFarEnd() throws {
        try inWorld { bench in
            try await bench.lines.withVisit(Self.hub.line) {
                try await bench.lines.withLease(Self.hub) { _ in }
                await bench.lines.pauseVisit(Self.hub.line)
                #expect(await bench.wire.closings == 1)
                try await bench.lines.withLease(Self.hub) { _ in }
            }
            #expect(await bench.wire.openings.count == 2)
        }
    }

    @Test func whatWasCutOffInAVisitIsHeardByNobody() throws {
        try inWorld { bench in
            try await bench.lines.withVisit(Self.hub.line) {
                await withTaskGroup(of: Void.self) { group in
                    group.addTask {
                        try? await bench.lines.withLease(Self.hub) { lease in
                            try await lease.write([1])
                            try await bench.clock.sleep(for: .seconds(9))
                        }
                    }
                    try? await bench.clock.sleep(for: .milliseconds(100))
                    group.cancelAll()
                }
                #expect(await bench.wire.closings == 1)
                try await bench.lines.withLease(Self.hub) { lease in
                    let octets = try await lease.read(until: bench.clock.now + .milliseconds(50))
                    #expect(octets.isEmpty)
                }
            }
            #expect(await bench.wire.openings.count == 2)
        }
    }

    @Test func aSilentConnectionIsWaitedForOnceAndOneThatSpokeIsNot() throws {
        try inWorld { bench in
            func wait(_ lease: LineLease) async throws -> Duration {
                let begun = bench.clock.now
                try await lease.outlast(age: .seconds(12))
                return bench.clock.now - begun
            }
            try await bench.lines.withVisit(Self.hub.line) {
                let (first, second) = try await bench.lines.withLease(Self.hub) { lease in
                    (try await wait(lease), try await wait(lease))
                }
                #expect(first > .seconds(11) && first <= .seconds(12) && second == .zero)
                await bench.lines.pauseVisit(Self.hub.line)
                try await bench.lines.withLease(Self.hub) { lease in
                    await bench.wire.deliver([9])
                    _ = try await lease.read(until: bench.clock.now + .seconds(1))
                    #expect(try await wait(lease) == .zero)
                }
            }
        }
    }

    @Test(arguments: [
        ("Iface2", "17", LineID.interface("Iface2")),
        ("Ethernet", "10.0.0.7:4059", .tcp(host: "10.0.0.7", port: 4_059)),
        ("Ethernet", "[::1]:80", .tcp(host: "[::1]", port: 80)), ("Ethernet", "10.0.0.7", nil),
        ("Ethernet", ":1", nil), ("Ethernet", "h:0", nil), ("Ethernet", "h:65536", nil), ("", "1", nil),
    ])
    func theRowOfAMeterNamesItsLine(_ interface: String, _ address: String, _ expected: LineID?) {
        #expect(LineID(interfaceName: interface, address: address) == expected)
    }
}

/// Names in the order in which they got the line.
private actor OwnersLog {
    private(set) var owners: [String] = []
    func add(_ owner: String) { owners.append(owner) }
}
