import CLinux
import EventLoop
import Ports
import Seams
import Testing
import Timekeeping

@Suite(.serialized) struct TCPPortTests {
    @Test func octetsPassBothWays() throws {
        try Loop.run { loop in
            let (near, far) = try await connectedPair(loop)
            try await near.write([1, 2, 3])
            let up = try await far.gather(3, clock: loop.clock)
            #expect(up == [1, 2, 3])
            try await far.write([4, 5])
            let down = try await near.gather(2, clock: loop.clock)
            #expect(down == [4, 5])
        }
    }

    @Test func anEndBeforeTheFirstOctetIsABusyHub() throws {
        try Loop.run { loop in
            let (near, far) = try await connectedPair(loop)
            await far.close()
            await #expect(throws: ChannelError.farEndBusy) {
                try await near.read(until: loop.clock.now + .seconds(2))
            }
        }
    }

    @Test func anEndAfterOctetsIsAClosedConnectionAndTheOctetsComeFirst() throws {
        try Loop.run { loop in
            let (near, far) = try await connectedPair(loop)
            try await far.write([9])
            await far.close()
            try await loop.clock.sleep(for: .milliseconds(10))
            let last = try await near.read(until: loop.clock.now + .seconds(2))
            #expect(last == [9])
            await #expect(throws: ChannelError.closed("the far end closed")) {
                try await near.read(until: loop.clock.now + .seconds(2))
            }
        }
    }

    @Test func aRefusedConnectionSaysWhatWasAttempted() throws {
        try Loop.run { loop in
            let listener = try await TCPListener.listen(loop: loop, host: "127.0.0.1", port: 0)
            let port = listener.port
            await listener.close()
            let reason = "connecting to 127.0.0.1:\(port): Connection refused"
            await #expect(throws: ChannelError.openFailed(reason)) {
                try await PortOpener(loop: loop).open(
                    .tcp(host: "127.0.0.1", port: port), settings: .standard,
                    until: loop.clock.now + .seconds(2))
            }
        }
    }

    @Test func aHostThatNeverAnswersEndsAtTheDeadline() throws {
        let elapsed = try Loop.run { loop -> Duration in
            // An address of the documentation range: nobody answers, or the network says so at once.
            let start = loop.clock.now
            _ = try? await PortOpener(loop: loop).open(
                .tcp(host: "192.0.2.1", port: 4059), settings: .standard, until: start + .milliseconds(50))
            return loop.clock.now - start
        }
        #expect(elapsed < .seconds(1))
    }

    @Test func aNameOfTheHostsFileIsResolvedAndAnUnknownOneIsNot() throws {
        try Loop.run { loop in
            let listener = try await TCPListener.listen(loop: loop, host: "127.0.0.1", port: 0)
            let opener = PortOpener(loop: loop)
            let channel = try await opener.open(
                .tcp(host: "localhost", port: listener.port), settings: .standard,
                until: loop.clock.now + .seconds(2))
            await channel.close()
            await #expect(throws: ChannelError.self) {
                try await opener.open(
                    .tcp(host: "no-such-host.invalid", port: 1), settings: .standard,
                    until: loop.clock.now + .seconds(1))
            }
        }
    }

    @Test func aReaderWhoDoesNotComeHoldsTheSenderBack() throws {
        let finished = try Loop.run { loop -> Bool in
            let (near, far) = try await connectedPair(loop)
            let big = [UInt8](repeating: 0x55, count: 32 << 20)
            let flag = FinishedFlag()
            return try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await near.write(big)
                    await flag.raise()
                }
                try await loop.clock.sleep(for: .milliseconds(200))
                let early = await flag.isRaised
                let got = try await far.gather(big.count, clock: loop.clock, patience: .seconds(20))
                #expect(got.count == big.count)
                try await group.waitForAll()
                return early
            }
        }
        #expect(!finished)
    }

    @Test func manyConnectionsAreAcceptedInTurn() throws {
        let sum = try Loop.run { loop -> Int in
            let listener = try await TCPListener.listen(loop: loop, host: "127.0.0.1", port: 0)
            let opener = PortOpener(loop: loop)
            return try await withThrowingTaskGroup(of: Int.self) { group in
                for index in 0..<50 {
                    group.addTask {
                        let channel = try await opener.open(
                            .tcp(host: "127.0.0.1", port: listener.port), settings: .standard,
                            until: loop.clock.now + .seconds(5))
                        try await channel.write([UInt8(index)])
                        let echo = try await channel.gather(1, clock: loop.clock, patience: .seconds(5))
                        return Int(echo.first ?? 0)
                    }
                }
                for _ in 0..<50 {
                    guard let accepted = await listener.accept() else { break }
                    group.addTask {
                        try await accepted.write(try await accepted.gather(1, clock: loop.clock))
                        return 0
                    }
                }
                return try await group.reduce(0, +)
            }
        }
        #expect(sum == 50 * 49 / 2)
    }

    @Test func closingAListenerEndsTheWaitForConnections() throws {
        try Loop.run { loop in
            let listener = try await TCPListener.listen(loop: loop, host: "127.0.0.1", port: 0)
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    let none = await listener.accept()
                    #expect(none == nil)
                }
                try? await loop.clock.sleep(for: .milliseconds(5))
                await listener.close()
            }
        }
    }
}

private actor FinishedFlag {
    private(set) var isRaised = false
    func raise() { isRaised = true }
}
