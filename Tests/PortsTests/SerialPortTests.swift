import CLinux
import EventLoop
import Ports
import Seams
import Testing
import Timekeeping

@Suite(.serialized) struct SerialPortTests {
    @Test func octetsPassBothWaysUnchanged() throws {
        let all = (0...255).map { UInt8($0) }
        let (up, down) = try Loop.run { loop in
            let line = try await PseudoTerminal.open(loop: loop)
            let port = try await open(line.devicePath, loop)
            try await port.write(all)
            let up = try await line.channel.gather(256, clock: loop.clock)
            try await line.channel.write(all.reversed())
            let down = try await port.gather(256, clock: loop.clock)
            return (up, down)
        }
        #expect(up == all)
        #expect(down == all.reversed())
    }

    @Test(arguments: ["300,7e1", "9600,8n1", "9600,7e1", "19200,8o2", "115200,8e1"])
    func everyFormatOfTheManualOpensOnAPseudoTerminal(_ text: String) throws {
        let settings = try #require(SerialSettings(text))
        try Loop.run { loop in
            let line = try await PseudoTerminal.open(loop: loop)
            let port = try await PortOpener(loop: loop).open(
                .serial(path: line.devicePath), settings: settings, until: loop.clock.now + .seconds(1))
            try await port.write([1, 2, 3])
            let got = try await line.channel.gather(3, clock: loop.clock)
            #expect(got == [1, 2, 3])
            await port.close()
        }
    }

    @Test func anUnpluggedLineIsClosedAndTheSameLinkWorksAgain() throws {
        let link = uniquePath("line")
        defer { unlink(link) }
        try Loop.run { loop in
            let first = try await PseudoTerminal.open(loop: loop, link: link)
            let port = try await open(link, loop)
            await first.close()
            await #expect(throws: ChannelError.self) {
                while true { _ = try await port.read(until: loop.clock.now + .seconds(2)) }
            }
            await #expect(throws: ChannelError.self) { try await port.write([1]) }

            let second = try await PseudoTerminal.open(loop: loop, link: link)
            let again = try await open(link, loop)
            try await again.write([7])
            let got = try await second.channel.gather(1, clock: loop.clock)
            #expect(got == [7])
        }
    }

    @Test func aDeviceInUseIsRefusedWithTheReason() throws {
        try Loop.run { loop in
            let line = try await PseudoTerminal.open(loop: loop)
            let held = try await open(line.devicePath, loop)
            let path = line.devicePath
            await #expect(throws: ChannelError.openFailed("opening \(path): in use by another program")) {
                try await open(path, loop)
            }
            await held.close()
            try await open(path, loop).close()
        }
    }

    @Test func aMissingDeviceIsRefusedWithTheReason() throws {
        try Loop.run { loop in
            await #expect(throws: ChannelError.openFailed("opening /dev/ttyNone: No such file or directory"))
            {
                try await open("/dev/ttyNone", loop)
            }
        }
    }

    @Test func aFileIsNoSerialDevice() throws {
        try Loop.run { loop in
            await #expect(throws: ChannelError.self) { try await open("/dev/null", loop) }
        }
    }

    @Test func aLinkNeverReplacesAFile() throws {
        let path = uniquePath("file")
        close(linux_open(path, O_CREAT | O_WRONLY, 0o600))
        defer { unlink(path) }
        try Loop.run { loop in
            await #expect(throws: LoopError.self) { try await PseudoTerminal.open(loop: loop, link: path) }
        }
    }

    @Test func readingEndsAtItsDeadlineWithNothing() throws {
        let (octets, elapsed) = try Loop.run { loop in
            let line = try await PseudoTerminal.open(loop: loop)
            let port = try await open(line.devicePath, loop)
            let start = loop.clock.now
            let octets = try await port.read(until: start + .milliseconds(20))
            return (octets, loop.clock.now - start)
        }
        #expect(octets.isEmpty)
        #expect(elapsed >= .milliseconds(20))
        #expect(elapsed < .milliseconds(200))
    }

    @Test func cancellationEndsAReadAtOnceAndWritingStillWorks() throws {
        let (elapsed, farewell) = try Loop.run { loop in
            let line = try await PseudoTerminal.open(loop: loop)
            let port = try await open(line.devicePath, loop)
            let start = loop.clock.now
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    let octets = try? await port.read(until: start + .seconds(60))
                    #expect(octets == [])
                    try? await port.write([0x53])
                }
                try? await loop.clock.sleep(for: .milliseconds(5))
                group.cancelAll()
            }
            return (loop.clock.now - start, try await line.channel.gather(1, clock: loop.clock))
        }
        #expect(elapsed < .seconds(5))
        #expect(farewell == [0x53])
    }

    @Test func discardedInputIsNotReadLater() throws {
        let got = try Loop.run { loop in
            let line = try await PseudoTerminal.open(loop: loop)
            let port = try await open(line.devicePath, loop)
            try await line.channel.write([1, 2, 3])
            try await loop.clock.sleep(for: .milliseconds(5))
            await port.discardInput()
            try await line.channel.write([9])
            return try await port.gather(1, clock: loop.clock)
        }
        #expect(got == [9])
    }

    @Test func aLongWriteWaitsForTheFarEndInsteadOfFailing() throws {
        let octets = (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let got = try Loop.run { loop in
            let line = try await PseudoTerminal.open(loop: loop)
            let port = try await open(line.devicePath, loop)
            return try await withThrowingTaskGroup(of: [UInt8].self) { group in
                group.addTask {
                    try await port.write(octets)
                    return []
                }
                group.addTask {
                    try await line.channel.gather(octets.count, clock: loop.clock, patience: .seconds(10))
                }
                var got: [UInt8] = []
                for try await piece in group { got += piece }
                return got
            }
        }
        #expect(got == octets)
    }

    @Test func aDriverThatCannotSwitchTheDirectionIsNamed() throws {
        try Loop.run { loop in
            let line = try await PseudoTerminal.open(loop: loop)
            do throws(ChannelError) {
                _ = try await PortOpener(loop: loop).open(
                    .serial(path: line.devicePath, switchesDirection: true), settings: .standard,
                    until: loop.clock.now + .seconds(1))
                Issue.record("a pseudo-terminal has no direction")
            } catch {
                #expect(error.reason.contains("RS-485") && error.reason.contains(line.devicePath))
            }
        }
    }

    @Test func speedChangesWhileTheLineIsOpen() throws {
        try Loop.run { loop in
            let line = try await PseudoTerminal.open(loop: loop)
            let port = try #require(try await open(line.devicePath, loop) as? any SerialChannel)
            try await port.write([1])
            try await port.apply(SerialSettings(speedBaud: 300))
            try await port.write([2])
            let got = try await line.channel.gather(2, clock: loop.clock)
            #expect(got == [1, 2])
        }
    }
}

/// Opens a device at 9600 8N1.
@discardableResult
private func open(_ path: String, _ loop: Loop) async throws -> any Channel {
    try await PortOpener(loop: loop).open(
        .serial(path: path), settings: .standard, until: loop.clock.now + .seconds(1))
}
